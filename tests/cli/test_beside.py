"""flame record beside other recorders and administrators: perf record survives it, perf reads its
recordings."""

import contextlib
import os
import re
import signal
import subprocess

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, program, running,
                        wait_until_recording)

TRIES = 10
ROUNDS = int(os.environ.get("FLAME_ROUNDS", "3"))
# Processes that map files while perf records: each mapping is a record in perf's buffers.
STARTS = "while :; do /bin/true; done"


def recorders():
    """The PIDs of all processes that have perf events open."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    if os.readlink(f"/proc/{pid}/fd/{fd}") == "anon_inode:[perf_event]":
                        found.add(int(pid))
                        break
    return found


@needs_recording
@needs_tool("perf")
class PerfBeside(Test):
    def alone(self, run):
        """Runs 'run' and fails as it does, unless a third recorder ran meanwhile: that one may ruin
        perf's records. Then it tries again."""
        for _ in range(TRIES):
            others = recorders() - {os.getpid()}
            try:
                return run(others)
            except AssertionError:
                if not others:
                    raise
        self.skipTest("other recorders run all the time")

    def perf_round(self, number, others):
        """perf record begins before flame, and ends while flame records or after it."""
        theirs, ours = self.path(f"perf{number}.data"), self.path(f"flame{number}.data")
        perf = subprocess.Popen(["perf", "record", "-q", "-N", "-a", "-g", "-o", theirs, "--",
                                 "sleep", "2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True)
        job = subprocess.Popen([FLAME, "record", "-a", "-F", "99", "--no-svg", "-o", ours],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        try:
            wait_until_recording(job)
            others |= recorders() - {perf.pid, job.pid}
            if number % 2:
                perf.wait(timeout=120)
            job.send_signal(signal.SIGINT)
            said = job.communicate(timeout=120)
            others |= recorders() - {perf.pid, job.pid}
            perf_said = perf.communicate(timeout=120)[0]
        finally:
            for process in (perf, job):
                process.kill()
                process.wait()
        self.assertEqual(job.returncode, 0, said)
        self.assertEqual(perf.returncode, 0, perf_said)
        self.assertNotIn("smashing", perf_said)
        report = subprocess.run(["perf", "report", "--stats", "-i", theirs], capture_output=True,
                                text=True)
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertIn("MMAP2 events", report.stdout)

    def test_perf_record_survives(self):
        with running(STARTS):
            for number in range(ROUNDS):
                with self.subTest(round=number):
                    self.alone(lambda others, number=number: self.perf_round(number, others))

    def test_perf_names_the_functions_of_our_recording(self):
        """Also that of a program whose only identity in the mappings is its inode."""
        data = self.path("x.data")
        job = flame("record", "-F", "999", "--no-svg", "-o", data, "--", program("split"), "1")
        self.assertEqual(job.returncode, 0, job.stderr)
        report = subprocess.run(["perf", "report", "-i", data, "--no-children", "--stdio", "--sort",
                                 "dso,symbol"], capture_output=True, text=True,
                                env={**os.environ, "DEBUGINFOD_URLS": ""})
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertRegex(report.stdout, r"split +\[\.\] split_large")
        notes = subprocess.run(["readelf", "-n", program("split")], capture_output=True, text=True,
                               check=True).stdout
        listed = subprocess.run(["perf", "buildid-list", "-i", data], capture_output=True, text=True,
                                check=True).stdout
        self.assertIn(re.search(r"Build ID: (\S+)", notes)[1] + " " + program("split"), listed)


if __name__ == "__main__":
    main()
