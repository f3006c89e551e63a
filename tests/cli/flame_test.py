"""Shared by all tests of the command line: the binary under test, temporary folders, background
loads, and a runner that exits with 77 for ctest if all tests were skipped."""

import contextlib
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FLAME = os.environ["FLAME"]
PROGRAMS = os.environ.get("FLAME_PROGRAMS", "")
CASES = os.environ.get("FLAME_CASES", "")
SKIPPED = 77


def flame(*args, **kwargs):
    """Runs flame. Returns its output as text; surrogates keep invalid bytes."""
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    kwargs.setdefault("timeout", 300)
    return subprocess.run([FLAME, *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="surrogateescape",
                          **kwargs)


def program(name):
    return os.path.join(PROGRAMS, name)


def can_record():
    """Whether this machine and user may sample the whole machine."""
    with tempfile.TemporaryDirectory() as folder:
        result = flame("record", "-a", "0.1", "-o", f"{folder}/x.data", "--no-svg")
    if result.returncode and not re.search(r"may not|permi|paranoid", result.stderr):
        raise RuntimeError(f"flame record fails: {result.stderr}")
    return result.returncode == 0


needs_recording = unittest.skipUnless(can_record(), "this user may not sample the machine")


def perf_sees_our_files():
    """False in a chroot: perf enters the mount namespace again and sees the files of its root."""
    outside = subprocess.run(["nsenter", "--mount=/proc/self/ns/mnt", "stat", "-c", "%d:%i", "/"],
                             capture_output=True, text=True).stdout.strip()
    here = os.stat("/")
    return outside in ("", f"{here.st_dev}:{here.st_ino}")


def needs_tool(name):
    if name == "perf" and not perf_sees_our_files():
        return unittest.skip("perf does not see the files of a chroot")
    return unittest.skipUnless(shutil.which(name), f"{name} is not installed")


def libc_has_names():
    """Whether libc's internal functions (start_thread, __restore_rt) have names on this machine."""
    libc = next((line.split()[-1] for line in open("/proc/self/maps", encoding="utf-8")
                 if "/libc.so.6" in line), None)
    if not libc:
        return False
    told = subprocess.run(["readelf", "-SnW", libc], capture_output=True, text=True).stdout
    build_id = re.search(r"Build ID: ([0-9a-f]+)", told)
    return " .symtab " in told or bool(build_id) and os.path.exists(
        f"/usr/lib/debug/.build-id/{build_id[1][:2]}/{build_id[1][2:]}.debug")


needs_libc_names = unittest.skipUnless(libc_has_names(), "libc's debug package is not installed")


def needs_cases(folder):
    return unittest.skipUnless(os.path.isdir(os.path.join(CASES, folder)),
                               f"no cases in {CASES}/{folder}")


@contextlib.contextmanager
def running(*commands):
    """Runs shell commands during the test, then kills each with all its children."""
    jobs = [subprocess.Popen(["sh", "-c", c], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True) for c in commands]
    try:
        yield jobs
    finally:
        for job in jobs:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)
            job.wait()


def wait_until(condition, what, seconds=120):
    """Waits until the condition holds. Long, because a busy machine may need long."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"timeout: {what}")
        time.sleep(0.01)


def stat_of(pid):
    """The name of a process and the CPU time of all its threads, in s. (None, 0) if it has
    ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            name, rest = f.read().split(" (", 1)[1].rsplit(") ", 1)
    except OSError:
        return None, 0
    return name, sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def wait_until_busy(pid, name, seconds=0.1):
    """Waits until the process, which a shell may still have to start, has this name and has used
    'seconds' of CPU time from now on."""
    wait_until(lambda: stat_of(pid)[0] == name, f"process {pid} does not become {name}")
    start = stat_of(pid)[1]
    wait_until(lambda: stat_of(pid)[1] >= start + seconds, f"{name} is not busy")


def sleeps_of(pid):
    """Number of voluntary context switches of the first thread of a process."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return int(re.search(r"(?m)^voluntary_ctxt_switches:\s*(\d+)", f.read())[1])


def wait_until_recording(job):
    """Waits until flame record samples. It starts its threads right before the events; from then on
    it sleeps repeatedly, to wait for samples."""
    def has_ended():
        if job.poll() is not None:
            raise AssertionError(f"flame record ended with {job.returncode}")

    wait_until(lambda: has_ended() or len(os.listdir(f"/proc/{job.pid}/task")) > 1,
               "flame record does not begin")
    start = sleeps_of(job.pid)
    wait_until(lambda: has_ended() or sleeps_of(job.pid) > start + 3,
               "flame record does not wait for samples")


def record_work(pid, name, seconds, *args, meanwhile=lambda: None):
    """Runs flame record with these arguments until the process 'name' has used 'seconds' of CPU
    time during the recording. Calls 'meanwhile' before it stops the recording."""
    job = subprocess.Popen([FLAME, "record", *map(str, args)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           errors="surrogateescape")
    try:
        wait_until_recording(job)
        wait_until_busy(pid, name, seconds)
        meanwhile()
        job.send_signal(signal.SIGINT)
        out, err = job.communicate(timeout=300)
    finally:
        job.kill()
        job.wait()
    return subprocess.CompletedProcess(job.args, job.returncode, out, err)


def status_of_process(pid):
    """The fields of /proc/PID/status; none if the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except (FileNotFoundError, ProcessLookupError):
        return {}


def worker_of(pid):
    """The child that reads inputs in the sandbox, or None. Other children may end at any time."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            children = [int(child) for child in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return next((child for child in children
                 if status_of_process(child).get("Seccomp") == "2"), None)


def by_chance(share, total):
    """Five standard errors of a share that is estimated from 'total' samples: a whole run of the
    tests checks some thirty shares, and one of them is off by three standard errors in every
    twelfth run."""
    return 5 * math.sqrt(share * (1 - share) / total)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data.encode(errors="surrogateescape") if isinstance(data, str) else data)
        return self.path(name)

    def assert_one_line_error(self, result, status=1):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertRegex(result.stderr, r"\Aflame[^\n]*\n\Z")
        self.assertNotIn("Sanitizer", result.stderr)

    def assert_most(self, found, total, share, msg=None):
        """Asserts that there are samples, and that at least this share of them is 'found', except
        for chance: the number of samples depends on the machine."""
        self.assertGreater(total, 0, msg)
        self.assertGreaterEqual(found / total, share - by_chance(share, total), msg)

    def folded(self, *args):
        """The output of flame fold, as a dict from stack to number."""
        result = flame("fold", *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        stacks = {}
        for line in result.stdout.splitlines():
            stack, number = line.rsplit(" ", 1)
            self.assertNotIn(stack, stacks)
            stacks[stack] = int(number)
        return stacks


def main():
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIPPED)
