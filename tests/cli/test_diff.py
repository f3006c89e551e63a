#!/usr/bin/env python3
"""flame diff: its numbers against an independent calculation, its options, and real recordings."""

import collections
import csv
import io
import json
import os
import random
import shutil
import subprocess
import time
import unittest

import flame_test
from flame_test import (Test, main, needs_recording, needs_tool, program, record_work, running,
                        wait_until_busy)
from perf_stacks import perf

DIFFFOLDED = os.environ.get("DIFFFOLDED") or shutil.which("difffolded.pl")


def flame(command, *args):
    """Runs flame; comparisons draw no picture, because test_diff_picture.py tests pictures."""
    return flame_test.flame(command, *args, *(["--no-svg"] if command == "diff" else []))


def random_stacks(seed, n):
    """Folded stacks, some only on one side: {stack: (before, after)}."""
    chance = random.Random(seed)
    stacks = {}
    for _ in range(n):
        frames = [f"f{chance.randrange(40)}" for _ in range(chance.randrange(1, 9))]
        before, after = chance.randrange(1, 400), chance.randrange(1, 400)
        side = chance.random()
        stacks[";".join([f"app{chance.randrange(3)}", *frames])] = (
            0 if side < 0.2 else before, 0 if side > 0.8 else after)
    return stacks


def folded(stacks, side):
    return "".join(f"{stack} {n[side]}\n" for stack, n in stacks.items() if n[side])


def sums(stacks):
    """{function: [self before, after, total before, after]}"""
    result = collections.defaultdict(lambda: [0, 0, 0, 0])
    for stack, numbers in stacks.items():
        frames = stack.split(";")[1:]
        for side in (0, 1):
            result[frames[-1]][side] += numbers[side]
            for name in set(frames):
                result[name][2 + side] += numbers[side]
    return result


class DiffTest(Test):
    def diff(self, *args):
        result = flame("diff", "--format", "json", *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def pair(self, stacks):
        return self.write("before.folded", folded(stacks, 0)), \
            self.write("after.folded", folded(stacks, 1))


class Numbers(DiffTest):
    def test_samples_and_shares_are_those_of_the_stacks(self):
        stacks = random_stacks(1, 300)
        expected = sums(stacks)
        all_of = [sum(n[side] for n in stacks.values()) for side in (0, 1)]
        said = self.diff(*self.pair(stacks))
        self.assertEqual(said["measure"], "share")
        self.assertEqual([said[side]["samples"] for side in ("before", "after")], all_of)
        self.assertEqual({f["name"] for f in said["functions"]}, set(expected))
        for f in said["functions"]:
            numbers = expected[f["name"]]
            self.assertEqual(f["self"]["samples"], numbers[:2], f["name"])
            self.assertEqual(f["total"]["samples"], numbers[2:], f["name"])
            shares = [100 * numbers[2 + side] / all_of[side] for side in (0, 1)]
            self.assertAlmostEqual(f["total"]["before"], shares[0], 3)
            self.assertAlmostEqual(f["total"]["after"], shares[1], 3)
            self.assertAlmostEqual(f["total"]["delta"], shares[1] - shares[0], 3)

    @unittest.skipUnless(DIFFFOLDED, "difffolded.pl is not at hand (DIFFFOLDED)")
    def test_samples_are_the_columns_of_difffolded(self):
        stacks = random_stacks(2, 300)
        before, after = self.pair(stacks)
        columns = subprocess.run([DIFFFOLDED, before, after], capture_output=True, text=True,
                                 check=True).stdout
        theirs = {}
        for line in columns.splitlines():
            stack, *numbers = line.rsplit(" ", 2)
            theirs[stack] = tuple(map(int, numbers))
        self.assertEqual(theirs, {s: n for s, n in stacks.items() if any(n)})
        expected = sums(theirs)
        for f in self.diff(before, after)["functions"]:
            self.assertEqual(f["self"]["samples"] + f["total"]["samples"], expected[f["name"]])

    def test_the_same_twice_says_nothing(self):
        path = self.pair(random_stacks(3, 200))[0]
        said = self.diff(path, path)
        self.assertEqual(said["evidence"]["found"], 0)
        self.assertEqual({f[of]["verdict"] for f in said["functions"] for of in ("self", "total")},
                         {"no evidence"})
        self.assertIn("no function changed", flame("diff", path, path).stdout)

    def test_one_per_cent_new_or_gone_has_its_line(self):
        stacks = random_stacks(4, 200)
        all_of = sum(n[0] for n in stacks.values())
        stacks["app0;main;went_away"] = (all_of // 90, 0)
        all_of = sum(n[1] for n in stacks.values())
        stacks["app0;main;came_up"] = (0, all_of // 90)
        stacks["app0;main;a_bit"] = (0, all_of // 200)
        before, after = self.pair(stacks)
        lines = flame("diff", "-n", "1", before, after).stdout.splitlines()
        for name in ("went_away", "came_up"):
            self.assertTrue(any(line.endswith(name) for line in lines), name)
        self.assertFalse(any(line.endswith("a_bit") for line in lines))

    def test_csv_has_the_same_numbers(self):
        before, after = self.pair(random_stacks(5, 100))
        rows = list(csv.DictReader(io.StringIO(
            flame("diff", "--format", "csv", before, after).stdout)))
        functions = self.diff(before, after)["functions"]
        self.assertEqual([r["name"] for r in rows], [f["name"] for f in functions])
        for row, f in zip(rows, functions):
            self.assertEqual(float(row["total_delta"]), f["total"]["delta"])
            self.assertEqual(row["self_verdict"], f["self"]["verdict"])
        limited = flame("diff", "--format", "csv", "-n", "3", before, after).stdout
        self.assertEqual(len(limited.splitlines()), 4)

    def test_output_does_not_depend_on_the_order_of_lines(self):
        stacks = random_stacks(6, 200)
        before, after = self.pair(stacks)
        shuffled = folded(stacks, 0).splitlines(True)
        random.Random(7).shuffle(shuffled)
        other = self.write("shuffled.folded", "".join(shuffled))
        self.assertEqual(flame("diff", before, after).stdout, flame("diff", other, after).stdout)

    def test_hostile_names(self):
        names = ['<script>alert(1)</script>', 'a"b\\c', "]]>", "x\x01y", "\u202eabc", "n" * 10000]
        before = self.write("before.folded", "".join(f"p;{n} 5000\n" for n in names))
        after = self.write("after.folded", "p;other 5000\n")
        said = self.diff(before, after)
        self.assertEqual(len(said["functions"]), len(names) + 1)
        rows = list(csv.reader(io.StringIO(flame("diff", "--format", "csv", before,
                                                 after).stdout)))
        self.assertEqual({len(r) for r in rows}, {16})
        table = flame("diff", before, after).stdout
        self.assertIn("x\x01y", table)  # test_terminal has the same on a terminal
        self.assertIn("\u202eabc", table)


class Times(DiffTest):
    """perf script text is cut into slices of time, as recordings are."""

    @staticmethod
    def script(share, step=0.01, n=6000):
        """perf script text; bursts of f: 0.1 s of each 1/share."""
        lines = []
        for i in range(n):
            name = "f" if i % int(10 / share) < 10 else f"g{i * 7919 % 13}"
            lines.append(f"app 1 [000] {100 + i * step:.6f}: 10000 cpu-clock:\n"
                         f"\t401000 {name} (/bin/app)\n\t400000 main (/bin/app)\n\n")
        return "".join(lines)

    def test_perf_script_has_slices(self):
        before = self.write("before.txt", self.script(0.1))
        after = self.write("after.txt", self.script(0.2))
        said = self.diff(before, after)
        self.assertEqual(said["measure"], "share")
        self.assertGreaterEqual(said["evidence"]["slices"], 10)
        self.assertAlmostEqual(said["evidence"]["slice"] * said["evidence"]["slices"], 60, 0)
        first = said["functions"][0]
        self.assertEqual((first["name"], first["total"]["verdict"]), ("f", "more"))
        self.assertIn("over slices", flame("diff", before, after).stdout)
        # Without times there are none.
        folded_text = self.write("before.folded", flame("fold", before).stdout)
        self.assertEqual(self.diff(folded_text, after)["evidence"]["slices"], 0)
        self.assertEqual(self.diff(before, after, "--spread", "2")["evidence"]["slices"], 0)


class Options(DiffTest):
    def setUp(self):
        super().setUp()
        self.before = self.write("b.folded", "p;main;culprit 9000\np;main;rest 9000\n")
        self.after = self.write("a.folded", "p;main;culprit 500\np;main;rest 9000\n")

    def test_fail_on(self):
        for condition, status in (("total(culprit) > +2%", 3), ("total(*ulpri*) > +2%", 3),
                                  ("total(ulpri) > +2%", 0), ("total(culprit) > +60%", 0),
                                  ("self(culprit) < -2%", 0), ("any", 3)):
            result = flame("diff", self.after, self.before, "--fail-on", condition)
            self.assertEqual(result.returncode, status, (condition, result.stderr))
            self.assertEqual("culprit" in result.stderr, status == 3, result.stderr)
        for condition in ("total(culprit) < -2%", "any"):
            self.assertEqual(flame("diff", self.before, self.after,
                                   "--fail-on", condition).returncode, 3)
        self.assertEqual(flame("diff", self.before, self.before, "--fail-on", "any").returncode, 0)

    def test_several_runs_a_side(self):
        said = self.diff("--before", self.before, self.before, "--after", self.after, self.after,
                         self.after)
        self.assertEqual((said["before"]["runs"], said["after"]["runs"]), (2, 3))
        self.assertEqual(said["after"]["samples"], 3 * 9500)
        self.assertTrue(said["evidence"]["runs"])
        self.assertEqual(said["functions"][0]["name"], "culprit")

    def test_by_self_or_total(self):
        text = flame("diff", "--by", "self", self.before, self.after).stdout
        self.assertNotRegex(text, r"(?m) main$")
        # Roots are of samples, and folded text has none.
        result = flame("diff", "--by", "pid", self.before, self.after)
        self.assert_one_line_error(result)
        self.assertIn("has no process ids (--by pid)", result.stderr)
        self.assertEqual(flame("diff", "--by", "colour", self.before, self.after).returncode, 2)

    def test_what_makes_no_sense(self):
        for args in ((self.before,), (self.before, self.after, self.after),
                     ("--before", self.before), (self.before, "--after", self.after),
                     (self.before, self.after, "--format", "xml"),
                     (self.before, self.after, "--fail-on", "often"),
                     (self.before, self.after, "--work", "5"),
                     (self.before, self.after, "--work", "5:0"),
                     (self.before, self.after, "--work-before", "5"),
                     (self.before, self.after, "--work", "5:6", "--share"),
                     (self.before, self.after, "--work-log", self.before),
                     (self.before, self.after, "--work", "5:6", "--work-log", self.before,
                      "--work-log", self.before),
                     (self.before, self.after, "--fdr", "0"),
                     (self.before, self.after, "--fdr", "0.5x"),
                     (self.before, self.after, "--fdr", "5%%"),
                     (self.before, self.after, "-n", "x")):
            self.assert_one_line_error(flame("diff", *args), 2)
        self.assert_one_line_error(flame("diff", self.before, self.path("none")))
        self.assert_one_line_error(flame("diff", self.before, self.after, "--work", "5:6"))


@needs_recording
class Recordings(DiffTest):
    """Only the test's own program counts, because other programs may run as well, also of its
    name."""

    def setUp(self):
        super().setUp()
        self.comm = f"spin{os.getpid()}"
        self.spin = shutil.copy(program("spin"), self.path(self.comm))

    def record_spin(self):
        """Records until the program has used 1.5 s of CPU time, at least 2 s."""
        path = self.path("one.data")
        with running(f"exec {self.spin} 1 240") as jobs:
            wait_until_busy(jobs[0].pid, self.comm)
            result = record_work(jobs[0].pid, self.comm, 1.5, "-a", "-F", "499",
                                 "--max-cost", "100", "--no-svg", "-o", path,
                                 meanwhile=lambda: time.sleep(0.5))
        self.assertEqual(result.returncode, 0, result.stderr)
        return path

    def test_what_really_changed_comes_first(self):
        one, none = self.record_spin(), self.path("none.data")
        result = flame("record", "-a", "3", "-F", "499", "--max-cost", "100", "--no-svg",
                       "-o", none)
        self.assertEqual(result.returncode, 0, result.stderr)
        said = self.diff(one, none, "--comm", self.comm)
        self.assertEqual(said["measure"], "rate")
        self.assertEqual(said["unit"], "% of a CPU")
        self.assertGreater(said["all"]["before"], 0)
        self.assertLessEqual(said["all"]["before"], 105)
        self.assertEqual(said["all"]["after"], 0)
        first = said["functions"][0]
        self.assertEqual(first["total"]["verdict"], "gone", first)
        # Both sides exchanged, and a pipeline that fails.
        result = flame("diff", none, one, "--comm", self.comm, "--fail-on", "any")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("new", result.stderr)

    def test_rates_do_not_depend_on_length_or_frequency(self):
        with running(f"exec {program('spin')} 1 60"):
            for name, seconds, rate in (("a.data", "2", "499"), ("b.data", "4", "997")):
                result = flame("record", "-a", seconds, "-F", rate, "--max-cost", "100",
                               "--no-svg", "-o", self.path(name))
                self.assertEqual(result.returncode, 0, result.stderr)
        said = self.diff(self.path("a.data"), self.path("b.data"))
        # The number of samples, divided by rate and duration of the recording. Samples that are
        # missing because the host was busy do not matter.
        for side, rate in (("before", 499), ("after", 997)):
            run = said[side]
            for what, samples in ((said["all"], run["samples"]), (said["idle"], run["idle"])):
                self.assertAlmostEqual(what[side], 100 * samples / rate / run["seconds"],
                                       delta=0.01 * what[side])
        self.assertGreater(said["before"]["samples"], 0)
        self.assertGreaterEqual(said["before"]["seconds"], 1.9)
        self.assertGreaterEqual(said["after"]["seconds"], 3.9)
        per_unit = self.diff(self.path("a.data"), self.path("b.data"), "--work", "1000:2000")
        self.assertEqual(per_unit["measure"], "work")
        # 2 s at said["all"] per cent of a CPU, divided by 1000 units, in us.
        self.assertAlmostEqual(per_unit["all"]["before"],
                               said["all"]["before"] / 100 * said["before"]["seconds"] * 1e3,
                               delta=0.01 * per_unit["all"]["before"])
        shares = self.diff(self.path("a.data"), self.path("b.data"), "--share")
        self.assertAlmostEqual(shares["all"]["before"], 100, 3)

    def test_recordings_have_slices_text_has_none(self):
        data = self.record_spin()
        self.assertGreaterEqual(self.diff(data, data)["evidence"]["slices"], 10)
        text = self.write("a.folded", flame("fold", data).stdout)
        said = self.diff(data, text)
        self.assertEqual((said["measure"], said["evidence"]["slices"]), ("share", 0))

    def test_work_logs(self):
        data = self.record_spin()
        seconds = self.diff(data, data)["before"]["seconds"]
        steady = self.write("steady.log", f"# seconds, requests\n0 1000\n{seconds + 1} "
                            f"{1000 + 100 * (seconds + 1)}\n")
        double = self.write("double.log", f"0,0\n{seconds + 1},{200 * (seconds + 1)}\n")
        said = self.diff(data, data, "--work-log", steady, "--work-log", double)
        self.assertEqual(said["measure"], "work")
        self.assertAlmostEqual(said["before"]["work"], 100 * seconds, 0)
        self.assertAlmostEqual(said["all"]["before"], 2 * said["all"]["after"], 1)
        for name, text, message in (("short.log", "0 0\n0.1 5\n", "it covers"),
                                    ("bad.log", "0 0\nx y\n", "line 2"),
                                    ("idle.log", f"0 7\n{seconds + 1} 7\n", "no work")):
            log = self.write(name, text)
            result = flame("diff", data, data, "--work-log", log, "--work-log", double)
            self.assert_one_line_error(result)
            self.assertIn(message, result.stderr)

    def test_pictures_of_recordings_have_slices(self):
        data, picture = self.record_spin(), self.path("one.svg")
        self.assertEqual(flame("render", data, "-o", picture).returncode, 0)
        self.assertGreaterEqual(self.diff(picture, picture)["evidence"]["slices"], 10)

    @needs_tool("perf")
    def test_unlike_events_are_refused(self):
        for name, *event in (("a.data", "-e", "cpu-clock", "-F", "999"),
                             ("b.data", "-e", "page-faults", "-c", "1")):
            perf("record", "-q", *event, "-o", self.path(name), "--", program("spin"), "1", "0.3")
        pair = self.path("a.data"), self.path("b.data")
        result = flame("diff", *pair)
        self.assert_one_line_error(result)
        self.assertIn("--force", result.stderr)
        self.assertEqual(self.diff(*pair, "--force")["measure"], "share")


if __name__ == "__main__":
    main()
