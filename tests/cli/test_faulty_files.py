"""Files that kill the process which reads them: the recording is complete but for their names."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from flame_test import Test, main, needs_recording, program, wait_until

FAULTY = os.environ["FLAME_FAULTY"]
TAIL = b"planted fault"
CAUSES = {"abort": r"crashed \(signal 6\)",
          "loop": "took longer than 1 s of CPU time",
          "memory": "ran out of memory"}
# The recording may end before a second of CPU time is used.
LATE = "needed too long at the end"
# On a loaded machine the recording may end before the fault has its effect, and to fill the memory
# may take more than a second.
UNWINDING_CAUSES = {kind: f"({cause}|{LATE})" for kind, cause in CAUSES.items()} | {
    "memory": f"({CAUSES['memory']}|{CAUSES['loop']}|{LATE})", "sleep": LATE}


def faulty(fault, *args):
    return subprocess.run([FAULTY, *args], capture_output=True, text=True, timeout=300,
                          check=False, env={**os.environ, "FLAME_FAULT": fault})


class Faulty(Test):
    def setUp(self):
        super().setUp()
        self.bad = shutil.copy(program("split"), self.path("bad"))
        with open(self.bad, "ab") as f:
            f.write(TAIL)


@needs_recording
class FaultyFiles(Faulty):
    def record(self, fault):
        command = f"{program('spin')} 1 1 & {self.bad} 1; wait"
        # On a busy machine the programs have little CPU time, and each needs a sample of its rarest
        # function.
        return faulty(fault, "record", "-F", "9999", "--max-cost", "100", "-o",
                      self.path("x.data"), "--", "sh", "-c", command)

    def remove_outputs(self):
        """Those of an earlier kind."""
        for name in ("x.data", "x.svg"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))

    def check(self, place, kind):
        self.remove_outputs()
        done = self.record(f"{place}:{kind}")
        self.assertEqual(done.returncode, 0, done.stderr)
        note = rf"(?m)^flame: reading '{self.bad}' failed: the process {CAUSES[kind]}; its names"
        self.assertEqual(len(re.findall(note, done.stderr)), 1, done.stderr)
        self.assertTrue(os.path.exists(self.path("x.svg")))
        names = set(re.split("[;\n]", faulty("", "fold", self.path("x.data")).stdout))
        self.assertIn("[unreadable bad]", names)
        self.assertLessEqual({"left", "right"}, names)
        self.assertFalse([name for name in names if name.startswith("split_")])
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "x.data", "x.svg"])

    def test_without_fault(self):
        done = self.record("")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("failed", done.stderr)
        self.assertIn("split_large", faulty("", "fold", self.path("x.data")).stdout)

    def test_elf(self):
        for kind in CAUSES:
            with self.subTest(kind):
                self.check("elf", kind)

    def test_dwarf(self):
        for kind in CAUSES:
            with self.subTest(kind):
                self.check("dwarf", kind)

    def test_demangler(self):
        for kind in CAUSES:
            with self.subTest(kind):
                self.check("demangler", kind)

    def check_unwinding(self, place, kind):
        """The unwind tables kill the process that unwinds; all else is as without the fault."""
        self.remove_outputs()
        done = self.record(f"{place}:{kind}")
        self.assertEqual(done.returncode, 0, done.stderr)
        note = (rf"(?m)^flame: reading '{self.bad}' failed: the process {UNWINDING_CAUSES[kind]}; "
                "its unwind tables are not used$")
        self.assertEqual(len(re.findall(note, done.stderr)), 1, done.stderr)
        self.assertNotIn("stacks were not unwound", done.stderr)
        stacks = faulty("", "fold", self.path("x.data")).stdout
        # Names do not need unwind tables; the stacks of other programs are whole.
        self.assertIn("split_", stacks)
        spin = [line for line in stacks.splitlines() if re.search(r";(left|right|leaf)\b", line)]
        self.assertTrue(spin)
        self.assertFalse([line for line in spin if "start_thread" not in line], spin)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "x.data", "x.svg"])

    def test_unwind_tables(self):
        for kind in UNWINDING_CAUSES:
            with self.subTest(kind):
                self.check_unwinding("tables", kind)

    def test_unwind_rules(self):
        for kind in UNWINDING_CAUSES:
            with self.subTest(kind):
                self.check_unwinding("rules", kind)

    def check_copy(self, kind, causes):
        """Programs that have ended and are deleted have the names that their copies have."""
        command = (f"({self.bad} 1; rm {self.bad}) & "
                   f"(sleep 2; {self.path('good')} 1 1; rm {self.path('good')}) & sleep 9; wait")
        self.remove_outputs()
        shutil.copy(program("split"), self.bad)
        with open(self.bad, "ab") as f:
            f.write(TAIL)
        shutil.copy(program("spin"), self.path("good"))
        done = faulty(f"copy:{kind}" if kind else "", "record", "-F", "999", "--max-cost", "100",
                      "--no-svg", "-o", self.path("x.data"), "--", "sh", "-c", command)
        self.assertEqual(done.returncode, 0, done.stderr)
        notes = re.findall(rf"(?m)^flame: reading '{self.bad}' failed: the process (.*); flame has "
                           "no copy of the file$", done.stderr)
        self.assertEqual(len(notes), 1 if kind else 0, done.stderr)
        self.assertTrue(all(re.fullmatch(causes, note) for note in notes), notes)
        stacks = faulty("", "fold", self.path("x.data")).stdout
        self.assertRegex(stacks, r";(left|right)\b")
        self.assertEqual("split_large" in stacks, not kind)
        self.assertEqual(os.listdir(self.folder), ["x.data"])

    def test_copies(self):
        for kind, causes in ({"": ""} | UNWINDING_CAUSES).items():
            with self.subTest(kind):
                self.check_copy(kind, causes)

    def test_symbolize(self):
        """A finished recording stays as it is if a file kills the worker, but for that file."""
        self.assertEqual(self.record("elf:abort").returncode, 0)
        done = faulty("elf:abort", "symbolize", self.path("x.data"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("its names are missing", done.stderr)
        done = faulty("", "symbolize", self.path("x.data"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("split_large", faulty("", "fold", self.path("x.data")).stdout)

    def test_recover(self):
        """The part of a recorder is completed but for the names of that file."""
        self.assertEqual(self.record("elf:abort").returncode, 0)
        part = self.path("y.data.part-1")
        for fault in ("elf:abort", "demangler:abort"):
            os.truncate(shutil.copy(self.path("x.data"), part),
                        os.path.getsize(self.path("x.data")) - 100)
            done = faulty(fault, "recover", part)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("its names are missing", done.stderr)
            self.assertFalse(os.path.exists(part))
            names = faulty("", "fold", self.path("y.data")).stdout
            self.assertIn("[unreadable bad]", names)
            self.assertIn("spin", names)

    def test_downloads_change_nothing_but_their_folder(self):
        """A process that may download files creates one in the user's home."""
        if "no Landlock" in faulty("", "--version", "--verbose").stdout:
            self.skipTest("this kernel has no Landlock")
        self.assertEqual(self.record("elf:abort").returncode, 0)
        home, cache = self.path("home"), self.path("home/.cache/debuginfod_client")
        os.mkdir(home)
        variables = {key: value for key, value in os.environ.items()
                     if key not in ("DEBUGINFOD_CACHE_PATH", "XDG_CACHE_HOME")}
        for name, may_create in ((home + "/.profile", False), (home + "/.cache/other", False),
                                 (cache + "/file", True)):
            done = subprocess.run(
                [FAULTY, "symbolize", "--debuginfod=1", self.path("x.data")], check=False,
                capture_output=True, text=True, timeout=300,
                env=variables | {"HOME": home, "DEBUGINFOD_URLS": "http://127.0.0.1:9",
                                 "FLAME_FAULT": "elf:create", "FLAME_FAULT_FILE": name})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(os.path.exists(name), may_create, name)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


@needs_recording
class SecondSignal(Faulty):
    """Signals while names are read: the reader of a file waits."""

    def start(self):
        command = f"{program('spin')} 1 1 & {self.bad} 1; wait"
        # pylint: disable=consider-using-with
        job = subprocess.Popen(
            [FAULTY, "record", "-F", "499", "-o", self.path("x.data"), "--", "sh", "-c", command],
            env={**os.environ, "FLAME_FAULT": "elf:wait"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(job.__exit__, None, None, None)
        return job

    def in_worker(self, pid):
        """Whether names are read: that process has the recording, unlike the one that unwinds."""
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return any(self.reads_names(child) for child in f.read().split())

    def reads_names(self, pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return status_of(pid).get("Seccomp") == "2" and any(
                os.readlink(f"/proc/{pid}/fd/{fd}").startswith(self.path("x.data"))
                for fd in os.listdir(f"/proc/{pid}/fd"))
        return False

    def interrupt(self, job):
        """Signals of one second count as one."""
        time.sleep(1.2)
        job.send_signal(signal.SIGINT)
        wait_until(lambda: job.poll() is not None or
                   not int(status_of(job.pid)["ShdPnd"], 16) >> (signal.SIGINT - 1) & 1,
                   "the signal does not arrive")
        time.sleep(0.2)

    def begin(self):
        job = self.start()
        wait_until(lambda: self.in_worker(job.pid), "no worker")
        self.interrupt(job)
        self.assertIsNone(job.poll())
        return job

    def test_ends_names(self):
        job = self.begin()
        out, err = job.communicate(timeout=60)
        self.assertEqual((job.returncode, out), (-signal.SIGINT, ""), err)
        self.assertIn(f"'{self.path('x.data')}' is complete: 'flame render", err)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "x.data"])
        names = set(re.split("[;\n]", faulty("", "fold", self.path("x.data")).stdout))
        self.assertLessEqual({"left", "right"}, names)
        done = faulty("", "symbolize", self.path("x.data"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("split_large", faulty("", "fold", self.path("x.data")).stdout)

    def test_reader_that_goes_on(self):
        job = self.begin()
        self.assertEqual(job.wait(timeout=60), -signal.SIGINT)
        err = job.stderr.read()
        self.assertIn("is complete but for names: 'flame symbolize' adds them", err)
        self.assertEqual(faulty("", "fold", self.path("x.data")).returncode, 0)

    def test_third_signal(self):
        job = self.begin()
        self.interrupt(job)
        self.assertEqual(job.wait(timeout=60), -signal.SIGINT)
        command = re.search("'flame recover (.*)'", job.stderr.read())
        done = faulty("", "recover", command[1])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("split_large", faulty("", "fold", self.path("x.data")).stdout)


if __name__ == "__main__":
    main()
