"""flame record beside other recorders and administrators: perf record survives it, perf reads its
recordings, file systems can be unmounted, deleted files are gone."""

import contextlib
import os
import re
import signal
import subprocess
import unittest

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


# Prints how long it took, in s, until the command succeeded; "never" after a minute.
PATIENT = """
patient() {
    start=$(date +%s%N)
    for i in $(seq 300); do
        if "$@" 2>/dev/null; then
            echo $((($(date +%s%N) - start) / 1000000)) ms
            return
        fi
        sleep 0.2
    done
    echo never
}
set -e; cd "$1"
"""


def copy_with_own_id(path, to):
    """Copies a program with another build id: no other file of this machine is the same."""
    notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    build_id = bytes.fromhex(re.search(r"Build ID: (\S+)", notes)[1])
    with open(path, "rb") as f:
        data = f.read()
    with open(to, "wb") as f:
        f.write(data.replace(build_id, os.urandom(len(build_id))))
    os.chmod(to, 0o755)
    return to


@needs_recording
@unittest.skipUnless(os.geteuid() == 0, "only root may mount")
class LetsGo(Test):
    """Scripts in a mount namespace of their own, while flame records the whole machine."""

    def run_beside(self, script, *args):
        """Runs the script, which ends with the word "done", in an empty folder, $1. $2 is a copy of
        a program that runs for as many seconds as its argument states. Returns the other words that
        it printed, and the folded stacks of the program."""
        folder, copy, data = self.path("folder"), self.path("program"), self.path("x.data")
        os.mkdir(folder)
        copy_with_own_id(program("split"), copy)
        job = subprocess.Popen([FLAME, "record", "-a", "-F", "499", "--no-svg", "-o", data, *args],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        try:
            wait_until_recording(job)
            done = subprocess.run(["unshare", "--mount", "bash", "-c", PATIENT + script, "bash", folder,
                                   copy], capture_output=True, text=True, timeout=300)
            job.send_signal(signal.SIGINT)
            said = job.communicate(timeout=120)
        finally:
            job.kill()
            job.wait()
        self.assertEqual(job.returncode, 0, said)
        if "mount:" in done.stderr:
            self.skipTest(f"cannot mount here: {done.stderr}")
        self.assertTrue(done.stdout.endswith("done\n"), done.stdout + done.stderr)
        self.assertNotIn("never", done.stdout)
        return done.stdout.split()[:-1], self.folded(data)

    def assert_named(self, folded, comm):
        stacks = {stack: n for stack, n in folded.items() if stack.startswith(comm + ";")}
        named = sum(n for stack, n in stacks.items() if ";main;split_round;split_" in stack)
        # Without the name of a file: the address space during an exec.
        unnamed = [stack for stack in stacks
                   if f"[unknown {comm}]" in stack or f"[replaced {comm}]" in stack]
        self.assertGreater(named, 0, stacks)
        self.assertEqual(unnamed, [])
        # The rest are samples in the kernel, in the loader, and at the first instructions.
        self.assertGreater(named, sum(stacks.values()) / 2, stacks)

    def test_a_tmpfs_is_unmounted(self):
        _, folded = self.run_beside("""
            mkdir m; mount -t tmpfs none m; cp "$2" m/on_tmpfs; m/on_tmpfs 1; patient umount m
            echo done""")
        self.assert_named(folded, "on_tmpfs")

    def test_also_with_frame_pointers_only(self):
        _, folded = self.run_beside("""
            mkdir m; mount -t tmpfs none m; cp "$2" m/on_tmpfs; m/on_tmpfs 1; patient umount m
            echo done""", "-g", "fp")
        self.assertTrue(any(stack.startswith("on_tmpfs;") and ";split_" in stack for stack in folded))

    def test_a_program_that_ran_before(self):
        """Its file is held from the start of the recording."""
        folder = self.path("m")
        os.mkdir(folder)
        script = """set -e; mount -t tmpfs none "$1"; cp "$2" "$1/early"; "$1/early" 4 &
                    echo started; wait; cd /""" + PATIENT.replace('set -e; cd "$1"', "") + """
                    patient umount "$1"; touch "$1.done"; echo done"""
        with subprocess.Popen(["unshare", "--mount", "bash", "-c", script, "bash", folder,
                               copy_with_own_id(program("split"), self.path("own"))], stdout=subprocess.PIPE, text=True) as mounted:
            self.assertEqual(mounted.stdout.readline(), "started\n")
            _, folded = self.run_beside("""
                for i in $(seq 400); do [ -e ../m.done ] && break; sleep 0.2; done; echo done""")
            rest = mounted.stdout.read()
        self.assertTrue(rest.endswith("done\n") and "never" not in rest, rest)
        self.assert_named(folded, "early")

    def test_a_disk_is_unmounted(self):
        _, folded = self.run_beside("""
            mkdir t m; mount -t tmpfs none t; truncate -s 32M t/disk; mkfs.ext4 -q t/disk
            mount -o loop t/disk m; cp "$2" m/on_disk; m/on_disk 1; patient umount m; rm t/disk
            patient umount t
            echo done""")
        self.assert_named(folded, "on_disk")

    def test_an_overlay_is_mounted_again(self):
        """The upper folder of an overlay must not be in use."""
        _, folded = self.run_beside("""
            mkdir t; mount -t tmpfs none t; cd t; mkdir lower upper work all; cp "$2" lower/layered
            over() { mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work,index=on none all; }
            over; all/layered 1; patient umount all; over; all/layered 1; patient umount all
            cd ..; patient umount t
            echo done""")
        self.assert_named(folded, "layered")

    def test_a_deleted_file_is_gone(self):
        """Its space is free again."""
        _, folded = self.run_beside("""
            mkdir m; mount -t tmpfs -o size=8m none m; cp "$2" m/deleted
            head -c 5M /dev/zero | dd of=m/deleted bs=1M seek=1 conv=notrunc status=none
            m/deleted 1; rm m/deleted
            is_free() { [ "$(df --output=used m | tail -1)" -eq 0 ]; }
            patient is_free; umount m
            echo done""")
        self.assert_named(folded, "deleted")


if __name__ == "__main__":
    main()
