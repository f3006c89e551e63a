"""Recordings and the files that they name are read in a process without privileges."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import unittest

from flame_test import FLAME, Test, flame, main, status_of_process, worker_of

STACKS = "a;b 3\na;c 4\n"
NOBODY = "65534"
# AddressSanitizer leaves the signal of a crash to the kernel, as in a build without it.
ENVIRONMENT = os.environ | {
    "ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "handle_segv=0")))}


def wait_for(condition):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came")


class Reading:
    """flame, which reads a pipe until end() or kill()."""

    def __init__(self, folder, *args):
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo, 0o600)
        self.process = subprocess.Popen(
            [FLAME, *(arg.replace("FIFO", fifo) for arg in args)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.writer = None
        try:
            self.worker = wait_for(lambda: worker_of(self.process.pid))
            self.writer = os.open(fifo, os.O_WRONLY)
        except BaseException:
            self.kill()
            raise

    def end(self, text=STACKS):
        """Returns standard output, standard error and the exit status."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.writer, text.encode())
        os.close(self.writer)
        out, err = self.process.communicate(timeout=60)
        return out, err, self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=60)
        if self.writer is not None:
            os.close(self.writer)


class Sandbox(Test):
    def check_worker(self, worker):
        status = status_of_process(worker)
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[kind], 16), 0, kind)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        if os.geteuid() == 0:
            self.assertEqual(int(status["CapBnd"], 16), 0)
            self.assertEqual(status["Uid"].split(), [NOBODY] * 4)
            self.assertEqual(status["Gid"].split(), [NOBODY] * 4)
            self.assertEqual(status["Groups"].split(), [])

    def test_commands(self):
        for args in (["fold"], ["render", "-o", "-"], ["report"], ["diff", "--no-svg", "FIFO"],
                     ["symbolize", "-o", self.path("x.data")]):
            with self.subTest(args[0]), tempfile.TemporaryDirectory() as folder:
                reading = Reading(folder, *args, "FIFO")
                try:
                    self.check_worker(reading.worker)
                finally:
                    reading.kill()

    def test_version_has_its_parts(self):
        line = flame("--version", "--verbose").stdout.splitlines()[-1]
        user = "user nobody" if os.geteuid() == 0 else "user stays"
        self.assertRegex(line, rf"^sandbox: no capabilities, {user}, seccomp, (no )?Landlock")

    def test_output(self):
        self.assertEqual(Reading(self.folder, "fold", "FIFO").end(), (STACKS, "", 0))

    def test_worker_ends_with_flame(self):
        reading = Reading(self.folder, "fold", "FIFO")
        reading.kill()
        wait_for(lambda: not os.path.exists(f"/proc/{reading.worker}"))

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes nobody")
    def test_record(self):
        """The process that unwinds stacks has no rights, and no events or recording."""
        with subprocess.Popen([FLAME, "record", "--no-svg", "-o", os.path.join(self.folder, "x.data"),
                               "--", "sleep", "100"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as job:
            try:
                worker = wait_for(lambda: worker_of(job.pid))
                self.check_worker(worker)
                opened = " ".join(os.readlink(f"/proc/{worker}/fd/{fd}")
                                  for fd in os.listdir(f"/proc/{worker}/fd"))
                self.assertNotIn("perf_event", opened)
                self.assertNotIn("x.data", opened)
            finally:
                job.send_signal(signal.SIGINT)

    def test_worker_dies(self):
        for sig, cause in ((signal.SIGSEGV, "crashed (signal 11)"),
                           (signal.SIGKILL, "was killed")):
            with self.subTest(sig), tempfile.TemporaryDirectory() as folder:
                reading = Reading(folder, "fold", "-o", os.path.join(folder, "x"), "FIFO")
                os.kill(reading.worker, sig)
                _, err, status = reading.end()
                self.assertEqual(status, 1)
                self.assertIn(cause, err)
                self.assertEqual(len(err.splitlines()), 1)
                self.assertEqual(os.listdir(folder), ["fifo"])

    def test_closed_pipe_ends_as_before(self):
        path = self.write("many.folded", "".join(f"main;f_{i} 1\n" for i in range(100000)))
        with subprocess.Popen([FLAME, "fold", path], stdout=subprocess.PIPE) as process:
            process.stdout.read(1)
            process.stdout.close()
            self.assertEqual(process.wait(timeout=60), -signal.SIGPIPE)

    @unittest.skipUnless(os.geteuid() == 0, "only root reads files of others")
    def test_private_files_of_others(self):
        """Input and output in a private folder of another user: root may, and nobody not."""
        path, out = self.write("in.folded", STACKS), self.path("out.folded")
        for name, mode in ((path, 0o600), (self.folder, 0o700)):
            os.chmod(name, mode)
            os.chown(name, 12345, 12345)
        done = flame("fold", path, "-o", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(out, encoding="utf-8") as f:
            self.assertEqual(f.read(), STACKS)


if __name__ == "__main__":
    main()
