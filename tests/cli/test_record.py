"""flame record, live: samples, messages, and files."""

import os
import re
import signal
import subprocess
import unittest

from flame_test import (FLAME, Test, by_chance, flame, main, needs_recording, program,
                        record_work, running, wait_until_busy, wait_until_recording)

# samples/programs/split.c: shares of CPU time of its three functions.
SPLIT = {"split_large": 0.6, "split_medium": 0.3, "split_small": 0.1}


@needs_recording
class Shares(Test):
    def check_split(self, stacks):
        counts = dict.fromkeys(SPLIT, 0)
        for stack, number in stacks.items():
            frames = stack.split(";")
            for name in SPLIT:
                if frames[0] == "split" and name in frames:
                    counts[name] += number
        total = sum(counts.values())
        self.assertGreater(total, 0)
        for name, share in SPLIT.items():
            self.assertAlmostEqual(counts[name] / total, share,
                                   delta=by_chance(share, total), msg=f"{counts} of {total}")

    def test_command(self):
        result = flame("record", "-F", "1777", "--max-cost", "100", "-o",
                       self.path("x.data"), "--", program("split"), "3")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_split(self.folded(self.path("x.data")))

    def test_running_process(self):
        with running(f"exec {program('split')} 60") as jobs:
            wait_until_busy(jobs[0].pid, "split")
            result = record_work(jobs[0].pid, "split", 2, "-p", jobs[0].pid, "-F", "1777",
                                 "--max-cost", "100", "-o",
                                 self.path("x.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_split(self.folded(self.path("x.data")))

    def test_whole_machine(self):
        with running(f"exec {program('split')} 60") as jobs:
            wait_until_busy(jobs[0].pid, "split")
            result = record_work(jobs[0].pid, "split", 2, "-a", "-F", "1777",
                                 "--max-cost", "100", "-o",
                                 self.path("x.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_split(self.folded(self.path("x.data")))


@needs_recording
class Files(Test):
    def record(self, *args, **kwargs):
        result = flame("record", "-a", "0.3", *args, cwd=self.folder, **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_default_names_and_old_recording(self):
        self.record()
        self.assertEqual(sorted(os.listdir(self.folder)), ["flame.data", "flame.svg"])
        with open(self.path("flame.data"), "rb") as f:
            first = f.read()
        self.record()
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["flame.data", "flame.data.old", "flame.svg"])
        with open(self.path("flame.data.old"), "rb") as f:
            self.assertEqual(f.read(), first)

    def test_picture_stands_beside_the_recording(self):
        os.mkdir(self.path("d.x"))
        self.record("-o", "d.x/before.data")
        self.record("-o", "d.x/plain")
        self.record("-o", "d.x/none.data", "--no-svg")
        self.assertEqual(sorted(os.listdir(self.path("d.x"))),
                         ["before.data", "before.svg", "none.data", "plain", "plain.svg"])

    def test_recording_is_private(self):
        self.record()
        self.assertEqual(os.stat(self.path("flame.data")).st_mode & 0o777, 0o600)

    def test_compressed_is_smaller(self):
        """Equal stack copies compress to a thousandth: the reader must not take that for damage."""
        size = 65528
        result = flame("record", "-F", "1999", "--max-cost", "100", "--no-svg", "-g", "dwarf-raw",
                       "--stack-size", size, "-z1", "--", program("spin"), "1", "3",
                       cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        told = int(re.search(r"(\d+) samples, \d+ lost", result.stderr)[1])
        self.assertLess(os.path.getsize(self.path("flame.data")), told * size / 20)
        self.assertEqual(sum(self.folded(self.path("flame.data")).values()), told)

    def test_what_is_said(self):
        result = self.record()
        self.assertIn("open flame.svg", result.stdout)
        self.assertIn("by self", result.stdout)
        self.assertIn("by total", result.stdout)
        self.assertRegex(result.stderr, r"cpu-clock|cycles")
        self.assertRegex(result.stderr, r"\d+ samples, \d+ lost")
        busy, idle = map(float, re.search(r"CPUs ([\d.]+) % busy, ([\d.]+) % idle",
                                          result.stderr).groups())
        self.assertAlmostEqual(busy + idle, 100, delta=1)
        self.assertRegex(result.stderr, r"own CPU time: [\d.]+ s; while recording \d+\.\d*[1-9]")
        self.assertNotIn("\r", result.stderr)

    def test_same_file_same_text_and_picture(self):
        self.record()
        for command in (["fold"], ["render", "-o", "-"], ["report"]):
            first = flame(*command, self.path("flame.data"))
            self.assertEqual(first.returncode, 0, first.stderr)
            self.assertEqual(first.stdout, flame(*command, self.path("flame.data")).stdout)

    def test_names_are_in_the_file(self):
        """The recording gives the same stacks without the recorded files and kernel."""
        copy = self.path("split copy")
        subprocess.run(["cp", program("split"), copy], check=True)
        result = flame("record", "-F", "997", "-o", self.path("x.data"), "--", copy, "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        before = self.folded("--idle", self.path("x.data"))
        os.unlink(copy)
        self.assertEqual(self.folded("--idle", self.path("x.data")), before)
        self.assertTrue(any("split_large;unit_[i]" in s for s in before), "inlined")
        plain = self.folded("--idle", "--no-inline", self.path("x.data"))
        self.assertFalse(any("unit" in s for s in plain))
        self.assertTrue(any(s.endswith("split_large") for s in plain))
        lines = self.folded("--idle", "--context", self.path("x.data"))
        self.assertTrue(any(re.search(r"split_large:split\.c:\d+;unit:split\.c:\d+_\[i\]", s)
                            for s in lines))

    def test_idle_is_left_out_unless_wanted(self):
        self.record("-F", "997")
        busy = sum(self.folded(self.path("flame.data")).values())
        everything = sum(self.folded("--idle", self.path("flame.data")).values())
        self.assertGreaterEqual(everything, busy)


@needs_recording
class Ends(Test):
    def start(self, *args):
        job = subprocess.Popen([FLAME, "record", "-o", self.path("x.data"), *args],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        wait_until_recording(job)
        return job

    def test_signals_end_it_as_if_time_were_up(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), running(f"exec {program('split')} 120") as jobs:
                job = self.start("-a")
                wait_until_busy(jobs[0].pid, "split", 0.5)
                job.send_signal(number)
                _, err = job.communicate(timeout=120)
                self.assertEqual(job.returncode, 0, err)
                self.assertTrue(self.folded(self.path("x.data")))

    def test_killed_it_leaves_what_it_has_seen(self):
        for args in ([], ["-z"]):
            with self.subTest(args), running(f"exec {program('split')} 120") as jobs:
                job = self.start("-a", *args)
                wait_until_busy(jobs[0].pid, "split", 2)
                job.kill()
                job.communicate()
                # There may be more messages, about other programs' files.
                left = flame("fold", "--comm", "split", self.path(f"x.data.part-{job.pid}"))
                self.assertIn("split_large", left.stdout, left.stderr)
                self.assert_one_line_error(left)

    def test_process_ends(self):
        with running(f"exec {program('split')} 120") as jobs:
            job = self.start("-p", str(jobs[0].pid))
            jobs[0].terminate()
            _, err = job.communicate(timeout=120)
            self.assertEqual(job.returncode, 0, err)

    def test_status_of_the_command(self):
        for command, status in (("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)):
            result = flame("record", "-o", self.path("x.data"), "--", "sh", "-c", command)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertTrue(os.path.exists(self.path("x.data")))

    def test_command_without_dashes(self):
        result = flame("record", "-o", self.path("x.data"), "sh", "-c", "exit 4")
        self.assertEqual(result.returncode, 4, result.stderr)

    def test_new_threads_and_children(self):
        result = flame("record", "-F", "997", "-o", self.path("x.data"), "--", "sh", "-c",
                       f"{program('split')} 1; {program('split')} 1 & wait")
        self.assertEqual(result.returncode, 0, result.stderr)
        stacks = self.folded(self.path("x.data"))
        self.assertGreater(sum(n for s, n in stacks.items() if s.startswith("split;")), 0)


class Mistakes(Test):
    def test_wrong_command_lines(self):
        for args in ([], ["-a", "-p", "1"], ["-p", "x"], ["-p", "1,"], ["-F", "0", "-a"],
                     ["-F", "many", "-a"], ["-a", "--frequency-of-what"], ["-a", "5x"],
                     ["-a", "-1"], ["-o"], ["-a", "3", "4"], ["-a", "-z0"],
                     ["-a", "-zx"], ["-a", "--compression-level=23"]):
            with self.subTest(args):
                self.assert_one_line_error(flame("record", *args, cwd=self.folder), 2)
        self.assert_one_line_error(flame(), 2)
        self.assert_one_line_error(flame("recrod"), 2)
        self.assertEqual(os.listdir(self.folder), [])

    def test_command_that_is_not_there(self):
        result = flame("record", "-o", self.path("x.data"), "--", "./no such command")
        self.assert_one_line_error(result, 127)
        self.assertIn("no such command", result.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_command_that_is_not_executable(self):
        self.write("text", "no program")
        result = flame("record", "-o", self.path("x.data"), "--", self.path("text"))
        self.assert_one_line_error(result, 126)

    def test_no_such_pid(self):
        result = flame("record", "-p", "4194304", "-o", self.path("x.data"))
        self.assert_one_line_error(result)
        self.assertIn("4194304", result.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_unwritable_output(self):
        result = flame("record", "-a", "1", "-o", self.path("none/x.data"))
        self.assert_one_line_error(result)
        result = flame("record", "-a", "1", "-o", self.folder)
        self.assert_one_line_error(result)

    @needs_recording
    def test_full_disk_keeps_the_old_recording(self):
        """A file system of 1 MB with an older recording. The new one ends before the disk is
        full."""
        old = self.write("old", "what was there before")
        script = ("mount -t tmpfs -o size=1m none $1 && cp $2 $1/x.data && "
                  "{ $3 record -a -F 9999 10 -o $1/x.data --no-svg >/dev/null; echo $?; "
                  "ls $1; cat $1/x.data.old; echo; $3 fold $1/x.data | wc -l; }")
        mount = self.path("mnt")
        os.mkdir(mount)
        with running(*[f"exec {program('split')} 60"] * 2):
            result = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", mount, old,
                                     FLAME], capture_output=True, text=True)
        if not result.stdout:
            self.skipTest(f"no mounts here: {result.stderr}")
        status, *files, rest, stacks = result.stdout.splitlines()
        self.assertEqual(status, "1", result.stderr)
        self.assertIn("No space left", result.stderr)
        self.assertEqual((files, rest), (["x.data", "x.data.old"], "what was there before"))
        self.assertGreater(int(stacks), 0)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_no_permission(self):
        os.chmod(self.folder, 0o777)
        with open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii") as f:
            if int(f.read()) < 1:
                self.skipTest("everybody may record here")
        result = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                 FLAME, "record", "-a", "1", "-o", self.path("x.data")],
                                capture_output=True, text=True)
        self.assert_one_line_error(result)
        self.assertRegex(result.stderr, "perf_event_paranoid|CAP_PERFMON")
        self.assertIn("sudo", result.stderr)

    @needs_recording
    def test_terminal_shows_progress(self):
        leader, follower = os.openpty()
        job = subprocess.Popen([FLAME, "record", "-a", "2", "-o", self.path("x.data")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=follower)
        self.assertEqual(job.wait(timeout=120), 0)
        os.close(follower)
        self.assertIn(b"\rflame: recording", os.read(leader, 65536))
        os.close(leader)


if __name__ == "__main__":
    main()
