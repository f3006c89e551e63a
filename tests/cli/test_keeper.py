"""Names of processes, binaries and root directories that are gone before the recording ends."""

import contextlib
import hashlib
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, program, stat_of,
                        wait_until, wait_until_busy, wait_until_recording)

TURNS = b"!! turns"
BUILD_ID = bytes.fromhex("00112233445566778899aabbccddeeff00112233")
FREQUENCY = 4999

needs_brief = unittest.skipUnless(os.path.exists(program("brief")),
                                  "no program for this kind of machine")
needs_root = unittest.skipUnless(os.geteuid() == 0, "only root may open what others mapped")


def write_brief(path, number, ms, source="brief", id_of=None):
    """Writes a program that is busy for 'ms' in brief_NUMBER(). It has the build id of number
    'id_of', else one of its own."""
    with open(program(source), "rb") as f:
        data = f.read()
    assert data.count(TURNS) == 1 and data.count(b"brief_0000") >= 1
    name = b"brief_%04d" % number
    data = data.replace(TURNS, struct.pack("<Q", max(1, int(ms * turns_per_ms()))))
    owner = b"brief_%04d" % (number if id_of is None else id_of)
    data = data.replace(BUILD_ID, hashlib.sha1(owner).digest()).replace(b"brief_0000", name)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o755)
    return path


def turns_per_ms(known=[]):
    if not known:
        known.append(1000)
        with tempfile.TemporaryDirectory() as folder:
            path = write_brief(f"{folder}/brief", 0, 20000)
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run([path], check=True)
            used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        known[0] = 20000 * 1000 / (used * 1000)
    return known[0]


def run(path):
    """Runs a program to its end with as little delay as possible. Returns its PID."""
    pid = os.posix_spawn(path, [path], {})
    assert os.waitpid(pid, 0)[1] == 0
    return pid


def pid_of(name):
    """Waits for a process with this name. Returns its PID."""
    found = []

    def is_there():
        found.extend(pid for pid in os.listdir("/proc") if pid.isdigit() and stat_of(pid)[0] == name)
        return found

    wait_until(is_there, f"no {name} runs")
    return int(found[0])


def has_open(pid, path):
    """Whether the process has this file open, also if its path has changed."""
    wanted = os.stat(path)
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/{fd}"), wanted):
                return True
    return False


class BareRoot:
    """A root directory with flame and its libraries only."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        listed = subprocess.run(["ldd", FLAME], capture_output=True, text=True, check=True)
        for path in re.findall(r"(/\S+) \(0x", listed.stdout):
            os.makedirs(self.folder + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, self.folder + path)
        shutil.copy(FLAME, self.folder + "/flame")
        os.mkdir(self.folder + "/proc")

    def fold(self, data):
        shutil.copy(data, self.folder + "/x.data")
        script = 'mount --bind /proc "$0/proc" && exec chroot "$0" /flame fold --pid --kernel x.data'
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, self.folder],
                                capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def remove(self):
        shutil.rmtree(self.folder)


class Recorded(Test):
    """A recording of the whole machine, and the processes and names that it must contain."""

    @classmethod
    def setUpClass(cls):
        cls.root = BareRoot()
        cls.addClassCleanup(cls.root.remove)

    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")
        self.said = ""

    @contextlib.contextmanager
    def recording(self, *before):
        job = subprocess.Popen([*before, FLAME, "record", "-a", "-F", str(FREQUENCY),
                                "--max-cost", "100", "-o", self.data, "--no-svg"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        try:
            wait_until_recording(job)
            yield job
            job.send_signal(signal.SIGINT)
            _, self.said = job.communicate(timeout=300)
        finally:
            job.kill()
            job.wait()
        self.assertEqual(job.returncode, 0, self.said)

    def stacks_of(self, expected, text):
        """The process, frames and samples of the stacks of the processes in 'expected'."""
        found = []
        for line in text.splitlines():
            stack, samples = line.rsplit(" ", 1)
            process, *frames = stack.split(";")
            name, pid = process.rsplit("-", 1)
            key = int(pid) if int(pid) in expected else name
            # A process runs the test's own program until it executes another.
            if key in expected and not name.startswith("python"):
                found.append((key, frames, int(samples)))
        return found

    def count(self, expected):
        """Counts user frames of the processes in 'expected' (PID or name -> number). Returns the
        number of frames, of frames without a name, and of frames with a wrong name, and the
        processes seen."""
        total = unknown = wrong = 0
        seen = set()
        here = self.stacks_of(expected, flame("fold", "--pid", "--kernel", self.data).stdout)
        self.assertEqual(self.stacks_of(expected, self.root.fold(self.data)), here)
        for key, frames, samples in here:
            # During execve() the registers still hold an address in the previous program.
            if any("execve" in frame for frame in frames):
                continue
            right = {"_start", "brief_main", f"brief_{expected[key]:04}"}
            for frame in frames:
                # A recorder that is too slow for all stacks keeps short ones.
                if frame.endswith("_[k]") or frame == "[truncated stack]":
                    continue
                seen.add(key)
                total += samples
                unknown += samples * frame.startswith("[")
                wrong += samples * (not frame.startswith("[") and frame not in right)
        return total, unknown, wrong, seen

    def check(self, expected):
        total, unknown, wrong, seen = self.count(expected)
        self.assertEqual(seen, set(expected), self.said)
        self.assertEqual(wrong, 0)
        self.assertLessEqual(unknown, total / 100, self.said)


@needs_brief
@needs_root
@needs_recording
class Gone(Recorded):
    def test_process_and_binary_are_gone(self):
        for source in ("brief", "brief_noid"):
            with self.subTest(source):
                path = write_brief(self.path("app"), 1, 300, source)
                with self.recording():
                    pid = run(path)
                    os.unlink(path)
                self.check({pid: 1})

    def test_copies_of_a_build_id(self):
        """Each program has its own names, although another one has its build id: at another path,
        and at the same path later."""
        paths = [self.path("first"), self.path("second")]
        expected = {}
        with self.recording():
            for number in range(1, 5):
                path = write_brief(paths[number % 2], number, 200, id_of=1)
                expected[run(path)] = number
                os.unlink(path)
        self.check(expected)

    def test_a_copy_in_the_same_inode(self):
        """The first program has no names if it was overwritten at once, but never those of the
        second."""
        with self.recording():
            first = run(write_brief(self.path("app"), 1, 200, id_of=1))
            second = run(write_brief(self.path("app"), 2, 200, id_of=1))
        self.check({second: 2})
        self.assertEqual(self.count({first: 1})[2], 0)

    def test_binary_is_deleted_while_it_runs(self):
        for when in ("before", "after"):
            with self.subTest(when), contextlib.ExitStack() as ends:
                path = write_brief(self.path("app"), 1, 120000)
                if when == "after":
                    ends.enter_context(self.recording())
                job = subprocess.Popen([path])
                ends.callback(job.kill)
                if when == "before":
                    os.unlink(path)
                    ends.enter_context(self.recording())
                else:
                    wait_until_busy(job.pid, "app", 0.3)
                    os.unlink(path)
                wait_until_busy(job.pid, "app", 0.3)
                job.kill()
                job.wait()
                ends.close()
                self.check({job.pid: 1})

    def test_process_from_before_ends(self):
        path = write_brief(self.path("app"), 1, 120000)
        job = subprocess.Popen([path])
        try:
            with self.recording():
                wait_until_busy(job.pid, "app", 0.5)
                job.kill()
                job.wait()
                os.unlink(path)
        finally:
            job.kill()
        self.check({job.pid: 1})

    def test_memfd(self):
        with open(write_brief(self.path("app"), 1, 300), "rb") as f:
            code = f.read()
        with self.recording():
            pid = os.fork()
            if pid == 0:
                fd = os.memfd_create("app")
                os.write(fd, code)
                os.execve(fd, ["app"], {})
            os.waitpid(pid, 0)
        self.check({pid: 1})

    def test_three_hundred_brief_processes(self):
        """Each process has its own file, removed when the process ends; 200 processes live less
        than 1 ms. The host may take a CPU away for longer, so one of three attempts must
        succeed."""
        for _ in range(3):
            expected = {}
            with self.recording():
                for i in range(1, 301):
                    ms = 1 + i % 20 if i % 3 == 0 else 0.1 + i % 8 / 10
                    path = write_brief(self.path(f"app{i}"), i, ms)
                    expected[run(path)] = i
                    os.unlink(path)
            total, unknown, wrong, seen = self.count(expected)
            print(f"\n{len(seen)} of 300 seen, {unknown} of {total} user frames without a name")
            self.assertEqual(wrong, 0)
            self.assertGreater(len(seen), 0)
            if unknown <= total / 100:
                return
            self.assertIn("has no names", self.said)
        self.fail(self.said)


@needs_brief
@needs_root
@needs_recording
class Targets(Recorded):
    """Recordings of processes and of a command, and recordings of an ordinary user."""

    def setUp(self):
        super().setUp()
        self.app = write_brief(self.path("app"), 1, 300)
        self.script = f"{self.app}; rm {self.app}; sleep 0.1"

    def record(self, *args, before=(), meanwhile=lambda job: None):
        job = subprocess.Popen([*before, FLAME, "record", "-F", str(FREQUENCY),
                                "--max-cost", "100", "-o", self.data, "--no-svg", *args],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        try:
            meanwhile(job)
            _, self.said = job.communicate(timeout=300)
        finally:
            job.kill()
            job.wait()
        self.assertEqual(job.returncode, 0, self.said)
        self.assertFalse(os.path.exists(self.app))

    def test_command(self):
        self.record("--", "sh", "-c", self.script)
        self.check({"app": 1})

    def test_processes(self):
        """One process ends at once, the other one has a child."""
        jobs = [subprocess.Popen(["sh", "-c", "read line; " + script], stdin=subprocess.PIPE)
                for script in (self.script, "true")]
        for job in jobs:
            self.addCleanup(job.communicate)

        def begin(recording):
            wait_until_recording(recording)
            for job in reversed(jobs):
                job.stdin.write(b"\n")
                job.stdin.flush()

        self.record("-p", ",".join(str(job.pid) for job in jobs), meanwhile=begin)
        self.check({"app": 1})

    def test_nobody(self):
        """An ordinary user has no mappings of other users' processes and no real-time priority, but
        records its own processes."""
        os.chmod(self.folder, 0o777)
        self.record("--", "sh", "-c", self.script, before=(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
        self.check({"app": 1})


@needs_brief
@needs_root
@needs_recording
class Others(Recorded):
    """Another file has replaced the program at the path from which it was mapped."""

    def test_replaced_while_recording(self):
        for source in ("brief", "brief_noid"):
            with self.subTest(source):
                path = write_brief(self.path("app"), 1, 300, source)
                other = write_brief(self.path("new"), 2, 300, source)
                with self.recording():
                    first = run(path)
                    os.rename(other, path)
                    second = run(path)
                self.check({first: 1, second: 2})

    def test_written_over_while_recording(self):
        """The program's code exists nowhere any more: it has no name, and a message reports the
        file."""
        for source in ("brief", "brief_noid"):
            with self.subTest(source):
                path = write_brief(self.path("app"), 1, 120000, source)
                with self.recording() as recording, subprocess.Popen([path]) as job:
                    try:
                        wait_until(lambda: has_open(recording.pid, path), "the file is not kept")
                        wait_until_busy(job.pid, "app", 0.3)
                    finally:
                        job.kill()
                        job.wait()
                    write_brief(path, 2, 100, source)
                total, unknown, wrong, _ = self.count({job.pid: 1})
                self.assertEqual((unknown, wrong), (total, 0))
                self.assertGreater(total, 0)
                self.assertIn(f"'{path}' is not the file that ran", self.said)

    def test_decoy_at_our_path(self):
        path = write_brief(self.path("app"), 2, 100)
        inside = self.path("root") + path
        os.makedirs(os.path.dirname(inside))
        write_brief(inside, 1, 300)
        with self.recording():
            done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net",
                                   f"--root={self.path('root')}", path])
            self.assertEqual(done.returncode, 0)
            shutil.rmtree(self.path("root"))
        self.check({"app": 1})

    def test_overlay_that_is_gone(self):
        path = write_brief(self.path("layered"), 1, 300)
        os.mkdir(self.path("mnt"))
        script = ('set -e; cd "$1"; mount -t tmpfs none .; cd "$1"; mkdir lower upper work all; '
                  'cp "$2" lower/; mount -t overlay -o '
                  "lowerdir=lower,upperdir=upper,workdir=work none all; "
                  'chroot all /layered; umount -l all; rm -rf lower upper work')
        with self.recording():
            done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh",
                                   self.path("mnt"), path], capture_output=True, text=True)
            os.unlink(path)
        if "mount:" in done.stderr:
            self.skipTest(f"no overlay here: {done.stderr}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check({"layered": 1})

    def test_no_room_is_told(self):
        """With few descriptors, flame closes the oldest files and reports it. Which ones have names
        depends on the time that copies need, so one of three attempts must succeed."""
        for _ in range(3):
            first = write_brief(self.path("first"), 1, 100)
            expected = {}
            with self.recording("prlimit", "--nofile=100:100"):
                run(first)
                os.unlink(first)
                for i in range(2, 152):
                    path = write_brief(self.path(f"app{i}"), i, 2)
                    expected[run(path)] = i
                    os.unlink(path)
            # Programs of other users of this machine may have lines, too.
            lines = self.said.count("has no names: it was gone")
            self.assertLessEqual(lines, 20)
            gone, unknown, wrong, _ = self.count({"first": 1})
            total, nameless, mistaken, _ = self.count(expected)
            self.assertEqual((wrong, mistaken), (0, 0))
            self.assertGreater(gone, 0)
            if unknown == gone and nameless < total:
                if lines < 20:
                    self.assertIn(f"'{first}' has no names: it was gone", self.said)
                return
        self.fail(self.said)


@needs_brief
@needs_root
@needs_recording
@needs_tool("podman")
@needs_tool("runc")
class Containers(Recorded):
    """Real containers, with images and storage in the test's own folder."""

    def setUp(self):
        super().setUp()
        config = self.write("containers.conf", "[containers]\ndefault_ulimits = "
                                               '["nofile=1024:1024","nproc=1024:1024"]\n')
        self.environment = {**os.environ, "CONTAINERS_CONF": config}
        self.podman = ["podman", "--root", self.path("store"), "--runroot", self.path("run"),
                       "--storage-driver", "overlay", "--runtime", shutil.which("runc")]
        self.addCleanup(self.end_all)
        image = self.path("image")
        os.makedirs(f"{image}/opt")
        write_brief(f"{image}/opt/contained", 1, 300)
        write_brief(f"{image}/opt/endless", 2, 600000)
        archive = subprocess.run(["tar", "-C", image, "-c", "."], capture_output=True, check=True)
        shutil.rmtree(image)
        result = self.run_podman("import", "-", "flame/test:1", input=archive.stdout)
        if result.returncode:
            self.skipTest(f"no containers here: {result.stderr.decode()}")

    def run_podman(self, *args, **kwargs):
        return subprocess.run([*self.podman, *args], capture_output=True, env=self.environment,
                              timeout=120, **kwargs)

    def end_all(self):
        self.run_podman("rm", "--all", "--force", "--time", "0")
        # Podman's helpers may still run, and its mount may exist more than once.
        for _ in range(50):
            while subprocess.run(["umount", "-l", self.path("store/overlay")],
                                 capture_output=True).returncode == 0:
                pass
            shutil.rmtree(self.path("store"), ignore_errors=True)
            if not os.path.exists(self.path("store")):
                break
            time.sleep(0.1)

    def start(self, *args):
        result = self.run_podman("run", "--network=none", *args)
        if result.returncode:
            self.skipTest(f"no containers here: {result.stderr.decode()}")

    def test_running_container(self):
        with self.recording():
            self.start("--detach", "flame/test:1", "/opt/endless")
            wait_until_busy(pid_of("endless"), "endless", 0.3)
        self.check({"endless": 2})

    def test_container_from_before(self):
        self.start("--detach", "--name", "old", "flame/test:1", "/opt/endless")
        with self.recording():
            wait_until_busy(pid_of("endless"), "endless", 0.3)
            self.run_podman("rm", "--force", "--time", "0", "old")
        self.check({"endless": 2})

    def test_container_gone_before_the_end(self):
        with self.recording():
            self.start("--rm", "flame/test:1", "/opt/contained")
            self.run_podman("rmi", "--all", "--force")
        self.check({"contained": 1})


if __name__ == "__main__":
    main()
