"""Recordings that perf takes during the test, in all its modes: flame fold shows the same stacks as
perf script (perf_stacks explains differences), and the reader counts as many records of every type.
If a recorded program allows only one correct stack, both must show it."""

import collections
import os
import re
import subprocess
import time

from flame_test import (FLAME, flame, main, needs_recording, needs_tool, program, running,
                        wait_until_busy)
from perf_stacks import OWN, StacksTest, perf

COUNT_RECORDS = os.environ.get("FLAME_COUNT_RECORDS", "")

# Names of record types in perf report, by number.
TYPES = {"MMAP": 1, "LOST": 2, "COMM": 3, "EXIT": 4, "THROTTLE": 5, "UNTHROTTLE": 6, "FORK": 7,
         "READ": 8, "SAMPLE": 9, "MMAP2": 10, "LOST_SAMPLES": 13, "SWITCH": 14,
         "SWITCH_CPU_WIDE": 15, "NAMESPACES": 16, "KSYMBOL": 17, "BPF_EVENT": 18, "CGROUP": 19}

MIX = ["while :; do gzip -c /usr/bin/perf > /dev/null; ls -lR /usr/share > /dev/null; done",
       "while :; do perl -e 'my %h; $h{$_ % 1000} .= $_ for 1..300000'; done"]
SPLIT = f"exec {program('split')} 600"
SHORT = "while :; do /bin/true; ls / > /dev/null; sh -c 'cat /etc/passwd | sort | wc -l'; done"
CHAIN = "while :; do sh -c 'exec sh -c \"exec env nice sort /etc/services\"'; done"

STATISTIC = re.compile(r"\s*(\w+) events:\s+(\d+)")
LOST = re.compile(r"PERF_RECORD_LOST lost (\d+)")


@needs_recording
@needs_tool("perf")
class Recordings(StacksTest):
    def record(self, *args, load=(), seconds=1, command=None, at_least=500):
        """Records the running load with perf."""
        def take(path, seconds):
            with running(*load):
                perf("record", "-q", "-N", "-o", path, *args, "--",
                     *(command or ["sleep", seconds]))

        return self.repeat(take, seconds, at_least)

    def repeat(self, take, seconds=1, at_least=500):
        """Records with perf and counts the records. If there are too few samples, for example on a
        busy machine, repeats it for twice as long."""
        path = self.path("x.data")
        for _ in range(5):
            take(path, seconds)
            if self.check_counts(path) >= at_least:
                break
            seconds *= 2
        return path

    def check_counts(self, path):
        """Asserts that the reader counts the same records as perf report. Returns the number of
        samples."""
        report = perf("report", "--stats", "-i", path)
        theirs = dict.fromkeys(TYPES.values(), 0)
        for name, number in STATISTIC.findall(report.split("Aggregated stats:")[1]
                                              .split(" stats:")[0]):
            if name in TYPES:
                theirs[TYPES[name]] = int(number)
        lost = 0
        if theirs[TYPES["LOST"]]:
            script = perf("script", "-i", path, "--show-lost-events", "-F", "comm,tid,time")
            lost = sum(map(int, LOST.findall(script)))
        ours = subprocess.run([COUNT_RECORDS, path], capture_output=True, text=True, check=True)
        counts = dict(line.split() for line in ours.stdout.splitlines())
        self.assertEqual({t: int(counts.get(str(t), 0)) for t in theirs}, theirs)
        self.assertEqual(int(counts["lost"]), lost)
        self.assertGreater(theirs[TYPES["SAMPLE"]], 0)
        return theirs[TYPES["SAMPLE"]]

    def frames_by_root(self, path):
        """Sampled frames of each root, by name, with their numbers of samples."""
        frames = collections.defaultdict(collections.Counter)
        for stack, number in self.folded("--idle", path).items():
            root, *names = stack.split(";")
            for name in set(names):
                frames[root][name] += number
        return frames

    def test_mixed_load(self):
        path = self.record("-a", "-g", "-F", "499", load=[*MIX, SPLIT])
        self.compare(path)

    def test_forks(self):
        """Processes that live for milliseconds, forks without exec, threads that change their
        names."""
        path = self.record("-a", "-g", "-F", "499", seconds=1.5, at_least=1000,
                           load=[SHORT, f"exec {program('family')} 600"])
        self.compare(path)
        frames = self.frames_by_root(path)
        for name, right, wrong in (("sowing", "sow", "reap"), ("reaping", "reap", "sow")):
            self.assertGreater(frames[name][right], 0)
            self.assertEqual(frames[name][wrong], 0)
        for name in ("be_parent", "be_child", "be_grandchild"):
            self.assertGreater(frames["family"][name], 0)
        self.assertEqual(frames["tilling"]["sow"] + frames["tilling"]["reap"], 0)

    def test_execs(self):
        """Programs that execute each other in one process, with code at the same address."""
        until = str(int(time.monotonic()) + 600)
        # Some samples are from the middle of execve(), where perf keeps removed mappings.
        for _ in range(5):
            path = self.record("-a", "-g", "-F", "499", seconds=1.5,
                               load=[CHAIN, f"exec {program('relay_a')} {until}"])
            execs = self.compare(path).reasons["exec"]
            if execs:
                break
        self.assertGreater(execs, 0)
        frames = self.frames_by_root(path)
        for name, other in (("relay_a", "relay_b"), ("relay_b", "relay_a")):
            self.assertGreater(frames[name][f"{name}_run"], 0)
            self.assertEqual(frames[name][f"{other}_run"], 0)

    def test_dlopen(self):
        """After dlclose() another library is mapped at the same address, with its own names."""
        for seconds in "0.2", "2", "20":
            told = subprocess.run([program("reload"), seconds], capture_output=True, text=True,
                                  check=True).stdout
            same, loads = map(int, told.split(" of "))
            if loads > 5:
                break
        self.assertGreater(same, loads / 2, "plugins don't land at one address")
        path = self.record("-g", "-e", "cpu-clock", "-F", "999", command=[program("reload"), "2"],
                           at_least=100)
        self.compare(path)
        works = collections.Counter()
        for stack, number in self.folded(path).items():
            caller = re.search(r";with_(plugin_[ab]);", stack)
            if caller and "_work" in stack:
                self.assertIn(f";{caller.group(1)}_work", stack)
                works[caller.group(1)] += number
        self.assertGreater(min(works["plugin_a"], works["plugin_b"]), 0)

    def test_two_events(self):
        # The number of sampled faults depends on all programs of the machine.
        for _ in range(5):
            path = self.record("-a", "-g", "-F", "499", "-e", "cpu-clock", "-e", "page-faults",
                               load=[*MIX, SHORT], at_least=1500)
            if self.folded("--comm", ",".join(OWN), "--event", "page-faults", path):
                break
        clock = self.compare(path, event="cpu-clock").all
        faults = self.compare(path, event="page-faults").all
        larger = "cpu-clock" if clock >= faults else "page-faults"
        everything = self.folded("--idle", "--event", "all", path)
        self.assertEqual(sum(everything.values()), clock + faults)
        default = flame("fold", "--idle", path)
        self.assertEqual(sum(int(line.rsplit(" ", 1)[1]) for line in default.stdout.splitlines()),
                         max(clock, faults))
        self.assertIn(larger, default.stderr)

    def test_compressed(self):
        path = self.record("-a", "-g", "-z", "-F", "499", load=[*MIX, SPLIT])
        self.assertRegex(perf("report", "--stats", "-i", path), r"COMPRESSED events:")
        self.compare(path)

    def test_pipe_mode_in_a_file(self):
        def take(path, seconds):
            with running(*MIX, SHORT), open(path, "wb") as out:
                subprocess.run(["perf", "record", "-q", "-N", "-a", "-g", "-F", "499", "-o", "-",
                                "--", "sleep", str(seconds)], stdout=out, stderr=subprocess.PIPE,
                               check=True)

        self.compare(self.repeat(take))

    def test_pipe_mode_through_a_pipe(self):
        own = ["--idle", "--comm", ",".join(sorted(OWN))]

        def take(path, seconds):
            with running(*MIX, SPLIT):
                result = subprocess.run(f"perf record -qNag -F 499 -o - -- sleep {seconds} | "
                                        f"tee {path} | {FLAME} fold {' '.join(own)} -", shell=True,
                                        capture_output=True, text=True, errors="surrogateescape")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, flame("fold", *own, path).stdout)

        self.compare(self.repeat(take))

    def test_without_callchains(self):
        path = self.record("-a", "-F", "499", load=[*MIX, SPLIT])
        self.compare(path)
        self.assertEqual({stack.count(";") for stack in
                          self.folded("--idle", "--no-inline", path)}, {1})

    def test_process(self):
        with running(SPLIT) as jobs:
            wait_until_busy(jobs[0].pid, "split")
            path = self.record("-g", "-F", "999", "-p", str(jobs[0].pid), at_least=100)
        self.compare(path)
        self.assertEqual(list(self.frames_by_root(path)), ["split"])

    def test_command(self):
        path = self.record("-g", "-F", "999", command=[program("split"), "1"], at_least=100)
        self.compare(path)
        self.assertGreater(self.frames_by_root(path)["split"]["split_large"], 0)

    def test_build_ids_in_mappings(self):
        path = self.record("-a", "-g", "--buildid-mmap", "-F", "499", load=[*MIX, SHORT])
        self.compare(path)

    def test_fixed_periods(self):
        path = self.record("-a", "--call-graph", "fp", "-e", "cpu-clock", "-c", "2000000",
                           load=[*MIX, SPLIT])
        comparison = self.compare(path)
        weights = self.folded("--idle", "--unit", "events", path)
        self.assertEqual(sum(weights.values()), comparison.all * 2000000)

    def test_lost_samples(self):
        """Rings of one page, which lose many samples on any machine: all others are in the
        output."""
        path = self.record("-a", "-g", "-m", "1", "-F", "10000", load=[*MIX, SPLIT],
                           seconds=0.3)
        self.compare(path)


if __name__ == "__main__":
    main()
