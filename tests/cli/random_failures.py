"""Recordings that fail at random: python3 tests/cli/random_failures.py FLAME PROGRAMS [ROUNDS [SEED [FAULT]]].

Each round records the machine, or a busy program, at 999 Hz, and lets something fail: signals
alone, in pairs or twenty at once, SIGKILL, full disks, disks that return errors, limits of descriptors,
memory and file sizes, a folder that is renamed or removed. Then the recording must be complete, or 'flame
recover' completes it; at most half a second of samples may be missing: of the time of each CPU, or of the
program's CPU time; and a failure must be told with a place and an exit status. Needs root and perf, takes
about ten seconds a round, and is no part of ctest: it measures."""

import contextlib
import ctypes
import fcntl
import glob
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

FLAME, PROGRAMS = map(os.path.abspath, sys.argv[1:3])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 60
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(10000)
ONLY = sys.argv[5] if len(sys.argv) > 5 else None
RATE = 999
MISSING = 0.5  # s
INEXACT = 0.01  # a clock's samples and the scheduler's CPU time differ a little
CLONE_NEWNS = 0x20000
EXT4_IOC_SHUTDOWN = 0x8004587d
EXT4_GOING_FLAGS_NOLOGFLUSH = 2


class Clock(threading.Thread):
    """Values that grow, over time."""

    def __init__(self, read):
        super().__init__(daemon=True)
        self.read, self.values = read, []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                self.values.append((time.monotonic(), self.read()))
                time.sleep(0.01)

    def at(self, moment):
        """The values at a moment of CLOCK_MONOTONIC."""
        return next((value for t, value in reversed(self.values) if t <= moment),
                    self.values[0][1])


def cpu_time(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e9


def stolen():
    """Seconds that the host took from each CPU."""
    with open("/proc/stat", encoding="ascii") as f:
        return [int(line.split()[8]) / os.sysconf("SC_CLK_TCK")
                for line in f if re.match(r"cpu\d", line)]


class Sample:
    def __init__(self, match):
        self.comm, self.cpu, self.time = match[1], int(match[2]), float(match[3])
        self.weight = int(match[4]) / 1e9


def samples_of(path):
    """All samples; times are s of CLOCK_MONOTONIC, weights s of CPU time."""
    with tempfile.TemporaryDirectory() as no_files:  # perf must not read what others wrote
        result = subprocess.run(["perf", "script", "--symfs", no_files, "-i", path, "-F",
                                 "comm,cpu,time,period", "--ns"],
                                capture_output=True, text=True, errors="replace")
    if result.returncode:
        raise SystemExit(f"perf script ends with {result.returncode}")
    return [Sample(m) for m in re.finditer(r"(?m)^ *(.*?) +\[(\d+)\] +(\d+\.\d+): +(\d+)",
                                           result.stdout)]


class Round:
    def __init__(self, number, chance):
        self.chance, self.number = chance, number
        self.folder = tempfile.mkdtemp(prefix="flame-failures-")
        self.disk = f"{self.folder}/disk"
        self.out = f"{self.disk}/out"
        os.mkdir(self.disk)
        self.args = ["-z"] if chance.random() < 0.3 else []
        self.may_be_refused = False  # before the first sample
        self.ends_by_itself = False
        self.fault_at = None
        self.limits = None
        self.places = [self.out]
        self.whole = chance.random() < 0.75
        self.image = None
        self.has_samples = False

    # Faults. Each is called when the recorder runs, and stores when it happened.

    def send(self, *signals):
        self.fault_at = time.monotonic()
        for number in signals:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.job.pid, number)

    def kill(self):
        self.send(signal.SIGKILL)

    def one_signal(self):
        self.send(self.chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))

    def pair(self):
        self.send(*self.chance.choices((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), k=2))

    def twenty(self):
        self.send(*self.chance.choices((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), k=20))

    def second_later(self):
        self.one_signal()
        moment = self.fault_at
        time.sleep(self.chance.uniform(0.01, 0.6))
        self.one_signal()
        self.fault_at = moment

    def killed_later(self):
        """While it looks for names."""
        self.one_signal()
        moment = self.fault_at
        time.sleep(self.chance.uniform(0.01, 0.6))
        self.kill()
        self.fault_at = moment

    def quit(self):
        self.send(signal.SIGQUIT)

    def descriptors(self):
        n = self.chance.choice((0, 3, 8, 20, 40))
        resource.prlimit(self.job.pid, resource.RLIMIT_NOFILE, (n, n))
        self.one_signal()

    def memory(self):
        """No more memory than now, from now on."""
        self.fault_at = time.monotonic()
        with open(f"/proc/{self.job.pid}/statm", encoding="ascii") as f:
            size = int(f.read().split()[0]) * 4096 + self.chance.randrange(1 << 22)
        resource.prlimit(self.job.pid, resource.RLIMIT_AS, (size, size))
        self.one_signal()

    def folder_renamed(self):
        os.rename(self.out, self.out + " 2")
        self.places.append(self.out + " 2")
        self.one_signal()

    def folder_removed(self):
        shutil.rmtree(self.out)
        self.one_signal()

    def by_itself(self):
        self.job.wait(timeout=120)

    # Preparations.

    def prepare_tmpfs(self):
        size = self.chance.randrange(100, 2000)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", self.disk],
                       check=True)
        self.may_be_refused = size < 200
        self.fault = self.by_itself

    def prepare_failing_disk(self):
        """A file system on a sparse file in a tmpfs that is too small for it: the device fails when
        the file system writes to it, at once if it is mounted so, else after the write succeeded."""
        below = f"{self.folder}/below"
        os.mkdir(below)
        size = self.chance.randrange(450, 1500)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", below], check=True)
        with open(f"{below}/image", "wb") as f:
            f.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-E", "lazy_itable_init=1",
                        f"{below}/image"], check=True)
        how = self.chance.choice(("sync", "async"))
        self.name += " " + how
        subprocess.run(["mount", "-o", f"loop,errors=continue,{how}", f"{below}/image", self.disk],
                       check=True)
        self.may_be_refused = size < 700

        def fault():
            time.sleep(self.chance.uniform(1, 5))
            if self.job.poll() is None:
                self.one_signal()
        self.fault = fault

    def prepare_dead_disk(self):
        """All accesses of a file system fail with EIO from one moment on. What is on the disk is there
        when it is mounted again."""
        below = f"{self.folder}/below"
        os.mkdir(below)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", below], check=True)
        self.image = f"{below}/image"
        with open(self.image, "wb") as f:
            f.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", self.image], check=True)
        subprocess.run(["mount", "-o", "loop,sync", self.image, self.disk], check=True)

        def fault():
            folder = os.open(self.disk, os.O_RDONLY)
            self.fault_at = time.monotonic()
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", EXT4_GOING_FLAGS_NOLOGFLUSH))
            os.close(folder)
            self.by_itself()
        self.fault = fault

    def disk_repair(self):
        subprocess.run(["umount", "-l", self.disk], check=True)
        subprocess.run(["e2fsck", "-fy", self.image], capture_output=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.disk], check=True)

    def prepare_file_size(self):
        size = self.chance.randrange(100000, 1000000)
        self.limits = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        self.fault = self.by_itself

    def prepare_max_size(self):
        self.args += ["--max-size", f"{self.chance.randrange(150, 1000)}K"]
        self.fault = self.by_itself

    def prepare_cgroup(self):
        """The kernel kills the recorder in a cgroup without memory."""
        parent = "/sys/fs/cgroup/memory"
        group = f"{parent if os.path.isdir(parent) else '/sys/fs/cgroup'}/flame-{os.getpid()}"
        os.makedirs(group, exist_ok=True)
        self.group = group

        def fault():
            limit = ("memory.limit_in_bytes" if "memory/" in group else "memory.max")
            with open(f"{group}/cgroup.procs", "w", encoding="ascii") as f:
                f.write(str(self.job.pid))
            with open(f"{group}/{limit}", "w", encoding="ascii") as f:
                f.write(str(3 << 20))
            self.one_signal()
        self.fault = fault

    def fault_choose(self):
        faults = (self.kill, self.kill, self.kill, self.one_signal, self.pair, self.pair,
                  self.twenty, self.second_later, self.killed_later, self.quit, self.descriptors,
                  self.memory, self.folder_renamed, self.folder_removed, "tmpfs", "tmpfs",
                  "failing_disk", "failing_disk", "dead_disk", "file_size", "max_size", "cgroup")
        fault = faults[self.number % len(faults)]
        if ONLY:
            fault = ONLY if hasattr(self, "prepare_" + ONLY) else getattr(self, ONLY)
        if isinstance(fault, str):
            self.name = fault
            getattr(self, "prepare_" + fault)()
        else:
            self.name = fault.__name__
            self.fault = fault

    def wait_for_sample(self):
        """The file has a name from the first sample on."""
        end = time.monotonic() + 30
        while self.job.poll() is None and time.monotonic() < end and not self.has_samples:
            time.sleep(0.02)
            self.has_samples = bool(glob.glob(f"{self.out}/*.part-*"))

    def wait_for_words(self, errors):
        """Of the witness, if flame was killed."""
        end = time.monotonic() + 10
        while time.monotonic() < end and (self.job.returncode < 0) and not os.fstat(
                errors.fileno()).st_size:
            time.sleep(0.1)
        time.sleep(0.3)

    def run(self, load, clocks):
        self.fault_choose()
        os.makedirs(self.out, exist_ok=True)
        errors = open(f"{self.folder}/stderr", "w+", encoding="utf-8", errors="replace")
        self.job = subprocess.Popen(
            [FLAME, "record", "-a" if self.whole else "-p" + str(load.pid), "-F",
             str(RATE), "-o", f"{self.out}/x.data", *self.args, "60"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=self.limits)
        try:
            self.wait_for_sample()
            time.sleep(self.chance.uniform(1, 4))
            if self.job.poll() is None:
                self.fault()
            status = self.job.wait(timeout=120)
            self.wait_for_words(errors)
        finally:
            self.job.kill()
            self.job.wait()
        if self.image:
            self.disk_repair()
        errors.seek(0)
        return self.check(status, errors.read(), clocks)

    def recording(self, told):
        """The recording, if need be completed by the command that was told."""
        found = re.findall(r"'flame recover ([^']*)'", told)
        part = found[-1] if found else None
        if part and not os.path.exists(part):  # of a folder that was renamed
            part = next((f for p in self.places for f in glob.glob(f"{p}/*.part-*")), part)
        if part:
            result = subprocess.run([FLAME, "recover", part, "-o", f"{self.folder}/r.data"],
                                    capture_output=True, text=True)
            return f"{self.folder}/r.data" if result.returncode == 0 else None, result.stderr
        elsewhere = re.findall(r"'([^']*x\.data[^']*)'", told)
        for path in [*[f"{p}/x.data" for p in self.places], *elsewhere]:
            if os.path.exists(path):
                # What the disk has, not what the kernel has in memory.
                with open(path, "rb") as f:
                    os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                shutil.copy(path, f"{self.folder}/r.data")
                if re.match(r"(/var/tmp|/tmp|/dev/shm)/x\.data-", path):
                    os.unlink(path)
                return f"{self.folder}/r.data", ""
        return None, ""

    def missing_samples(self, samples, clocks):
        """Seconds of CPU time without samples, and of how many; the worst CPU counts."""
        end = self.fault_at
        # A disk fails at a moment that only flame knows, and ends the recording: no sample before
        # the last one may be missing.
        if not end or self.job.returncode and self.name.startswith("failing_disk"):
            end = max(s.time for s in samples)
        cpu, host = clocks
        if not self.whole:
            samples = [s for s in samples if s.comm == "split"]
            used = cpu.at(end) - cpu.at(samples[0].time) if samples else 0
            return used - sum(s.weight for s in samples), used
        worst = (-60, 0)
        for number in {s.cpu for s in samples}:
            ours = [s for s in samples if s.cpu == number]
            begin = min(s.time for s in ours)
            used = end - begin - (host.at(end)[number] - host.at(begin)[number])
            worst = max(worst, (used - sum(s.weight for s in ours), used))
        return worst

    def check(self, status, told, clocks):
        """Returns what is wrong, or None."""
        self.told = (told.strip().splitlines()[-1:] or [""])[0]
        path, why = self.recording(told)
        if not path:
            # Killed before the first sample.
            if not os.path.isdir(self.out) or not os.listdir(self.out) or "no samples" in why:
                return None if self.fault_at else "nothing is recorded"
            if (self.may_be_refused or not self.has_samples) and told:
                return None
            return f"no recording: {why}"
        if subprocess.run([FLAME, "fold", path], capture_output=True).returncode:
            return "it cannot be read"
        if status and "flame: " not in told:
            return "nothing is told"
        if status and not re.search(r"'[^']*x\.data[^']*'", told):
            return "it does not say where"
        samples = samples_of(path)
        if not samples:
            return None if self.may_be_refused else "it has no samples"
        self.missing, used = self.missing_samples(samples, clocks)
        self.used = used
        if self.missing > MISSING + INEXACT * used:
            return f"{self.missing:.2f} s of {used:.2f} s are missing"
        return None

    def end(self):
        for place in (self.disk, f"{self.folder}/below"):
            subprocess.run(["umount", "-l", place], capture_output=True)
        if hasattr(self, "group"):
            with contextlib.suppress(OSError):
                os.rmdir(self.group)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        sys.exit("cannot unshare mounts: run as root")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    chance = random.Random(SEED)
    failed, worst = 0, 0
    # Not less important than what else runs, or nothing of it would be missing.
    loads = [subprocess.Popen([f"{PROGRAMS}/{name}", *args], stdout=subprocess.DEVNULL,
                              preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, 0))
             for name, *args in (("split", "10000"), ("spin", "1", "10000"))]
    clocks = Clock(lambda: cpu_time(loads[0].pid)), Clock(stolen)
    print(f"seed {SEED}")
    try:
        for number in range(ROUNDS):
            r = Round(number, chance)
            r.missing = r.used = 0
            try:
                wrong = r.run(loads[0], clocks)
            finally:
                r.end()
            failed += wrong is not None
            worst = max(worst, r.missing)
            print(f"{number:3} {r.name:18} {'-a' if r.whole else '-p'} {r.missing:6.2f} s of "
                  f"{r.used:5.2f} s missing  {wrong or 'ok'}   {r.told}",
                  flush=True)
    finally:
        for load in loads:
            load.kill()
    print(f"{ROUNDS} rounds, {failed} failed, at most {worst:.2f} s missing")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
