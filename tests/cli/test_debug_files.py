"""flame record, live: separate debug files of a program with its own root directory."""

import os
import shutil
import subprocess
import unittest

from flame_test import (Test, flame, main, needs_recording, needs_tool, running,
                        wait_until_busy)

SOURCE = os.path.join(os.path.dirname(__file__), "../../samples/programs/split.c")


@needs_recording
@needs_tool("cc")
@needs_tool("objcopy")
@unittest.skipUnless(os.geteuid() == 0, "chroot is root's")
class OwnRoot(Test):
    def setUp(self):
        super().setUp()
        self.root = self.path("root")
        self.debug = self.path("split.debug")
        program = os.path.join(self.root, "split")
        os.makedirs(os.path.join(self.root, "usr/lib/debug"))
        subprocess.run(["cc", "-O1", "-static", "-fno-omit-frame-pointer", "-Wl,--build-id=none",
                        SOURCE, "-lm", "-o", program], check=True)
        subprocess.run(["objcopy", "--only-keep-debug", program, self.debug], check=True)
        subprocess.run(["objcopy", "--strip-all", f"--add-gnu-debuglink={self.debug}", program],
                       check=True)

    def record(self):
        with running(f"exec chroot '{self.root}' /split 60") as jobs:
            wait_until_busy(jobs[0].pid, "split")
            result = flame("record", "-p", jobs[0].pid, "-F", "499", "-o", self.path("x.data"),
                           "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        return "\n".join(self.folded(self.path("x.data"))), result.stderr

    def test_found_in_the_root(self):
        shutil.copy(self.debug, os.path.join(self.root, "usr/lib/debug"))
        stacks, told = self.record()
        self.assertIn(";split_large", stacks)
        self.assertNotIn("[unknown split]", stacks)
        self.assertNotIn("debug file", told)

    def test_other_file_is_refused_and_told(self):
        shutil.copy(self.debug, self.root)
        with open(os.path.join(self.root, "split.debug"), "ab") as f:
            f.write(b"x")
        stacks, told = self.record()
        self.assertNotIn("split_large", stacks)
        self.assertIn("[unknown split]", stacks)
        self.assertIn(f"'/split.debug' is not the debug file of '{self.root}/split'", told)


if __name__ == "__main__":
    main()
