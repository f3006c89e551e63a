"""flame record when something fails: the samples are in a complete recording or in one that 'flame
recover' completes, a line says where, and the exit status is not 0."""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, program, running, stat_of,
                        wait_until, wait_until_busy, wait_until_recording)

RATE = 999
# CPU time that may be missing, in s.
MISSING = 0.5
# /proc/PID/stat counts in ticks, and starts of programs are not exact.
INEXACT = 0.1


def samples_of(path):
    """Number of samples of 'split' in a recording that must be complete."""
    result = flame("fold", "--comm", "split", path)
    assert result.returncode == 0, result.stderr
    return sum(int(line.rsplit(" ", 1)[1]) for line in result.stdout.splitlines())


def may_mount():
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                          capture_output=True).returncode == 0


needs_mounts = unittest.skipUnless(may_mount(), "this user may not mount")


class Failures(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")

    def load(self):
        """A program that runs until the end of the test."""
        load = running(f"exec {program('split')} 240")
        pid = load.__enter__()[0].pid
        self.addCleanup(load.__exit__, None, None, None)
        wait_until_busy(pid, "split")
        return pid

    def start(self, *args, picture=("--no-svg",), **kwargs):
        """Starts a recording and waits until it runs."""
        job = subprocess.Popen([FLAME, "record", "-F", str(RATE), "-o", self.data, *picture,
                                *map(str, args)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               **kwargs)
        self.addCleanup(job.communicate)
        self.addCleanup(job.kill)
        wait_until_recording(job)
        return job

    def start_part(self, size=20000):
        """Starts a recording and waits until its part has some samples."""
        job = self.start("-p", self.load())
        wait_until(lambda: self.parts() and os.path.getsize(self.parts()[0]) > size, "samples")
        return job

    def parts(self):
        return [self.path(name) for name in sorted(os.listdir(self.folder)) if ".part-" in name]

    def recover(self, *args):
        """Completes the only part, by the command that 'told' contains."""
        part, = self.parts()
        result = flame("recover", part, *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.parts(), [])

    def check_line(self, err, text):
        lines = [line for line in err.splitlines() if text in line]
        self.assertEqual(len(lines), 1, err)
        self.assertTrue(lines[0].startswith("flame: "), err)


@needs_recording
class Kills(Failures):
    def check_killed(self, seconds, *args):
        """Kills the recorder of a program after the program has used so much CPU time."""
        pid = self.load()
        job = self.start("-p", pid, *args)
        begun = stat_of(pid)[1]
        wait_until_busy(pid, "split", seconds)
        used = stat_of(pid)[1]
        job.kill()
        _, err = job.communicate(timeout=120)
        part, = self.parts()
        self.check_line(err, f"'flame recover {part}'")
        self.recover()
        self.assertGreater(samples_of(self.data) / RATE, used - begun - MISSING - INEXACT)

    def test_sigkill(self):
        for args in ([], ["-z"]):
            with self.subTest(args):
                self.check_killed(random.uniform(0.8, 2), *args)

    def test_next_recording_mentions_it_and_keeps_it(self):
        job = self.start_part()
        job.kill()
        job.communicate()
        part, = self.parts()
        result = flame("record", "-o", self.path("y.data"), "--no-svg", "--", "true")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_line(result.stderr, f"'flame recover {part}'")
        self.assertEqual(self.parts(), [part])

    def test_running_recorders_are_left_alone(self):
        job = self.start_part()
        part, = self.parts()
        result = flame("recover", part)
        self.assert_one_line_error(result)
        self.assertIn("still being recorded", result.stderr)
        result = flame("record", "-o", self.path("y.data"), "--no-svg", "--", "true")
        self.assertNotIn("recover", result.stderr)
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
        self.assertNotEqual(samples_of(self.data), 0, err)

    def test_out_of_memory(self):
        """flame ends itself when it gets no memory."""
        job = self.start_part()
        resource.prlimit(job.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
        part, = self.parts()
        self.assertNotEqual(job.returncode, 0)
        self.check_line(err, f"'flame recover {part}'")
        self.recover()
        self.assertGreater(samples_of(self.data), 0)

    def test_few_descriptors(self):
        """Before the first sample: an error, or a recording, which may lack its names if the error
        says so."""
        for number in range(4, 24, 3):
            def limit(number=number):
                resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))

            with self.subTest(number):
                result = flame("record", "-o", self.data, "--no-svg", "--", "true",
                               preexec_fn=limit)
                if result.returncode:
                    self.assertTrue(result.stderr)
                if not result.returncode or os.listdir(self.folder):
                    self.assertEqual(os.listdir(self.folder), ["x.data"])
                    if result.returncode:
                        self.check_line(result.stderr, f"'{self.data}' is complete but for names")
                    self.assertEqual(flame("fold", self.data).returncode, 0)
                    os.unlink(self.data)

    def test_out_of_descriptors(self):
        job = self.start_part()
        resource.prlimit(job.pid, resource.RLIMIT_NOFILE, (3, 3))
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
        if self.parts():
            self.assertNotEqual(job.returncode, 0)
            self.check_line(err, f"'flame recover {self.parts()[0]}'")
            self.recover()
        self.assertGreater(samples_of(self.data), 0)


@needs_recording
class Ends(Failures):
    def test_recovered_part_is_as_good_as_a_recording(self):
        """Names and metadata: of the start of the recording, and of this machine."""
        job = self.start_part()
        job.kill()
        job.communicate()
        self.recover("-o", self.path("y.data"))
        told = flame("render", self.path("y.data"), "-o", "-").stdout
        self.assertIn("split_large", told)
        self.assertRegex(told, "flame record -F")
        self.assertIn(os.uname().nodename, told)
        self.assert_one_line_error(flame("recover", self.path("y.data")))

    def test_finished_file_without_its_end(self):
        result = flame("record", "-F", RATE, "-o", self.data, "--no-svg", "--", program("split"),
                       "0.5")
        self.assertEqual(result.returncode, 0, result.stderr)
        samples = samples_of(self.data)
        os.truncate(self.data, os.path.getsize(self.data) - 100)
        result = flame("recover", self.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(samples_of(self.data), samples)
        self.assertTrue(os.path.exists(self.data + ".old"))
        self.assertNotIn("missing", flame("report", self.data).stderr)

    def test_damage_is_told_and_the_input_stays(self):
        job = self.start_part(60000)
        job.kill()
        job.communicate()
        part, = self.parts()
        with open(part, "r+b") as f:
            f.seek(40000)
            f.write(bytes(1000))
        result = flame("recover", part)
        self.assertEqual(result.returncode, 1)
        self.assertIn("damaged at offset", result.stderr)
        self.assertEqual(self.parts(), [part])
        self.assertGreater(samples_of(self.data), 0)

    def test_max_size(self):
        pid = self.load()
        for args in ([], ["-z"]):
            with self.subTest(args):
                result = flame("record", "-F", 9999, "-o", self.data, *args, "--no-svg",
                               "--max-size", "200K", "-p", pid, "60")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.check_line(result.stderr, "--max-size")
                self.assertLess(os.path.getsize(self.data), 200 << 10)
                self.assertEqual(flame("fold", self.data).returncode, 0)


@needs_recording
class Disks(Failures):
    def check_full(self, result):
        """A recording of a disk that was full."""
        self.assertEqual(result.returncode, 1, result.stderr)
        self.check_line(result.stderr, "the recording did not end as planned")
        self.assertEqual(self.parts(), [])
        self.assertGreater(samples_of(self.data), 0)

    def end(self, job):
        """Ends a recording, which must fail; returns its messages."""
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 1, err)
        return err

    def test_folder_that_is_renamed(self):
        os.mkdir(self.path("one"))
        self.data = self.path("one/x.data")
        job = self.start("-p", self.load())
        os.rename(self.path("one"), self.path("two"))
        err = self.end(job)
        self.check_line(err, f"'{self.path('two/x.data')}' is complete")
        self.assertEqual(os.listdir(self.path("two")), ["x.data"], err)
        self.assertGreater(samples_of(self.path("two/x.data")), 0)

    def test_folder_that_is_removed(self):
        """A copy is put elsewhere."""
        os.mkdir(self.path("one"))
        self.data = self.path("one/x.data")
        job = self.start("-p", self.load())
        shutil.rmtree(self.path("one"))
        err = self.end(job)
        path = re.search(r"'(/[^']*)' is complete", err)[1]
        self.addCleanup(os.unlink, path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertGreater(samples_of(path), 0)

    def test_folder_that_is_removed_with_the_place_of_the_picture(self):
        """The last line has the path of the copy, and no other line claims another one."""
        os.mkdir(self.path("one"))
        self.data = self.path("one/x.data")
        job = self.start("-p", self.load(), picture=())
        shutil.rmtree(self.path("one"))
        err = self.end(job)
        paths = re.findall(r"'([^']*)' is complete", err)
        self.assertEqual(len(paths), 1, err)
        self.addCleanup(os.unlink, paths[0])
        self.assertGreater(samples_of(paths[0]), 0)

    @needs_mounts
    def test_full_disk(self):
        """File systems of random sizes. The files are copied out of the mount namespace."""
        script = ("mount -t tmpfs -o size=$1k none $2 && shift && out=$1 && shift && mkdir $out/d &&"
                  " $@ -o $out/d/x.data; status=$?; ls $out/d >&2; cp $out/d/* $0; exit $status")
        mount, pid = self.path("mnt"), self.load()
        os.mkdir(mount)
        for _ in range(3):
            size = random.randrange(200, 1500)
            with self.subTest(size):
                result = subprocess.run(
                    ["unshare", "-m", "sh", "-c", script, self.folder, str(size), mount, FLAME,
                     "record", "-p", str(pid), "-F", "9999", "--no-svg", "60"],
                    capture_output=True, text=True)
                self.check_full(result)

    def test_limit_of_the_size_of_files(self):
        """RLIMIT_FSIZE, with SIGXFSZ."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (150000, 150000))

        result = flame("record", "-p", self.load(), "-F", "9999", "--no-svg", "60", "-o", self.data,
                       preexec_fn=limit)
        self.check_full(result)

    def test_picture_that_cannot_be_written(self):
        result = flame("record", "-F", RATE, "-o", self.data, "--", "sh", "-c",
                       f"mkdir {self.path('x.svg')}; exec {program('split')} 0.2")
        self.assertEqual(result.returncode, 1)
        self.check_line(result.stderr, f"'flame render {self.data}' draws it")
        self.assertGreater(samples_of(self.data), 0)


@needs_recording
class Signals(Failures):
    def test_ignored_signals_are_honoured(self):
        """As under nohup, and in the background jobs of a script."""
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        pid = self.load()
        job = self.start("-p", pid, preexec_fn=ignore)
        job.send_signal(signal.SIGINT)
        job.send_signal(signal.SIGHUP)
        wait_until_busy(pid, "split", 1)
        self.assertIsNone(job.poll())
        job.send_signal(signal.SIGTERM)
        _, err = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0, err)
        self.assertGreater(samples_of(self.data), 0.5 * RATE)

    def test_many_at_once_are_one(self):
        pid = self.load()
        for signals in ((signal.SIGINT, signal.SIGTERM), (signal.SIGHUP, signal.SIGINT),
                        10 * (signal.SIGINT, signal.SIGTERM)):
            with self.subTest(signals):
                job = self.start("-p", pid)
                wait_until_busy(pid, "split", 0.5)
                for number in signals:
                    job.send_signal(number)
                _, err = job.communicate(timeout=120)
                if job.returncode:
                    self.recover()
                    self.check_line(err, "'flame recover")
                self.assertGreater(samples_of(self.data), 0.1 * RATE)

    def test_closed_outputs(self):
        """Readers that end, such as head: SIGPIPE."""
        job = subprocess.Popen([FLAME, "record", "-F", str(RATE), "-o", self.data, "--",
                                program("split"), "0.5"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        job.stdout.close()
        job.stderr.close()
        self.assertEqual(job.wait(timeout=120), 1)
        self.assertEqual(sorted(os.listdir(self.folder)), ["x.data", "x.svg"])
        self.assertGreater(samples_of(self.data), 0)

    def test_stop_and_continue(self):
        job = self.start("--", program("split"), 1)
        job.send_signal(signal.SIGTSTP)
        wait_until(lambda: self.state(job.pid) == "T", "the recorder does not stop")
        job.send_signal(signal.SIGCONT)
        _, err = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0, err)
        self.assertGreater(samples_of(self.data), 0)

    @staticmethod
    def state(pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rsplit(") ", 1)[1][0]

    def test_command_that_ignores_sigterm(self):
        """It and the processes that it started."""
        pids = self.path("pids")
        script = (f"trap '' TERM; {program('split')} 120 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; "
                  f"while :; do sleep 1; done")
        job = self.start("--", "sh", "-c", script)
        wait_until(lambda: os.path.exists(pids) and os.path.getsize(pids), "no script")
        with open(pids, encoding="ascii") as f:
            started = f.read().split()
        wait_until_busy(int(started[0]), "split", 0.5)
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 128 + signal.SIGKILL)
        self.check_line(err, "ignored SIGTERM")
        for pid in started:
            wait_until(lambda pid=pid: stat_of(pid)[0] in (None,) or self.state(pid) == "Z",
                       f"process {pid} lives")
        self.assertGreater(samples_of(self.data), 0.1 * RATE)


if __name__ == "__main__":
    main()
