"""Files that kill the process which reads them: the recording is complete but for their names."""

import contextlib
import os
import re
import shutil
import subprocess
import unittest

from flame_test import Test, main, needs_recording, program

FAULTY = os.environ["FLAME_FAULTY"]
TAIL = b"planted fault"
CAUSES = {"abort": r"crashed \(signal 6\)",
          "loop": "took longer than 1 s of CPU time",
          "memory": "ran out of memory"}


def faulty(fault, *args):
    return subprocess.run([FAULTY, *args], capture_output=True, text=True, timeout=300,
                          check=False, env={**os.environ, "FLAME_FAULT": fault})


@needs_recording
class FaultyFiles(Test):
    def setUp(self):
        super().setUp()
        self.bad = shutil.copy(program("split"), self.path("bad"))
        with open(self.bad, "ab") as f:
            f.write(TAIL)

    def record(self, fault):
        command = f"{program('spin')} 1 1 & {self.bad} 1; wait"
        # On a busy machine the programs have little CPU time, and each needs a sample of its rarest
        # function.
        return faulty(fault, "record", "-F", "9999", "--max-cost", "100", "-o",
                      self.path("x.data"), "--", "sh", "-c", command)

    def check(self, place, kind):
        for name in ("x.data", "x.svg"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))
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


if __name__ == "__main__":
    main()
