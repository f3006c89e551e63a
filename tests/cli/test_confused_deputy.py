"""flame record, live: programs whose files name other files, which only root can read or which
must not be read at all."""

import os
import shutil
import subprocess
import unittest

from flame_test import (Test, flame, main, needs_recording, needs_tool, running,
                        wait_until_busy)

SOURCE = os.path.join(os.path.dirname(__file__), "../../samples/programs/split.c")
NOBODY = 65534

# A unit that has its DWARF in the file {dwo}, for the code of split_large.
SKELETON = """
	.section .debug_abbrev
	.uleb128 1, 0x11
	.byte 0
	.uleb128 0x11, 1, 0x12, 7, 0x2130, 8, 0x2131, 7, 0x1b, 8, 0, 0, 0
	.section .debug_info
	.long 2f - 1f
1:	.short 4
	.long .debug_abbrev
	.byte 8
	.uleb128 1
	.quad split_large
	.quad 4096
	.asciz "{dwo}"
	.quad 0x1234567812345678
	.asciz "/"
2:
	.section .note.GNU-stack
"""


@needs_recording
@needs_tool("cc")
@needs_tool("objcopy")
@unittest.skipUnless(os.geteuid() == 0, "only root can be deceived")
class Deputy(Test):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.home = self.path("home")
        os.mkdir(self.home)
        self.program = os.path.join(self.home, "split")

    def build(self, *more):
        subprocess.run(["cc", "-O1", "-static", "-fno-omit-frame-pointer", "-Wl,--build-id=none",
                        SOURCE, *more, "-lm", "-o", self.program], check=True)

    def strip(self, debug):
        """Moves the program's symbols to the file 'debug', which it names."""
        subprocess.run(["objcopy", "--only-keep-debug", self.program, debug], check=True)
        subprocess.run(["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", self.program],
                       check=True)

    def give_away(self):
        for folder, _, files in os.walk(self.home):
            for name in [folder, *(os.path.join(folder, f) for f in files)]:
                os.chown(name, NOBODY, NOBODY, follow_symlinks=False)

    def record(self, command, timeout=60):
        with running(command) as jobs:
            wait_until_busy(jobs[0].pid, "split")
            result = flame("record", "-p", jobs[0].pid, "-F", "499", "-o", self.path("x.data"),
                           "1", timeout=timeout)
        self.assertEqual(result.returncode, 0, result.stderr)
        return "\n".join(self.folded(self.path("x.data")))

    def record_of_nobody(self):
        self.give_away()
        return self.record("exec setpriv --reuid=65534 --regid=65534 --clear-groups "
                           f"'{self.program}' 60")

    def test_own_debug_file(self):
        self.build()
        self.strip(os.path.join(self.home, "split.debug"))
        self.assertIn(";split_large", self.record_of_nobody())

    def test_link_to_a_file_of_root(self):
        self.build()
        secret = self.path("split.debug")
        self.strip(secret)
        os.chmod(secret, 0o600)
        os.symlink(secret, os.path.join(self.home, "split.debug"))
        stacks = self.record_of_nobody()
        self.assertNotIn("split_large", stacks)
        self.assertIn("[unknown split]", stacks)

    def test_path_in_another_mount_namespace(self):
        """The debug file at the program's path in our root is not the program's."""
        self.build()
        self.strip(os.path.join(self.home, "split.debug"))
        other = self.path("other")
        os.mkdir(other)
        shutil.copy(self.program, other)
        stacks = self.record("exec unshare --mount --propagation private sh -c "
                             f"'mount --bind {other} {self.home} && exec {self.program} 60'")
        self.assertNotIn("split_large", stacks)
        self.assertIn("[unknown split]", stacks)

    def test_other_part_of_the_dwarf(self):
        """Nobody writes into the FIFO: opening it would take for ever."""
        fifo = os.path.join(self.home, "split.dwo")
        os.mkfifo(fifo)
        part = self.path("skeleton.s")
        with open(part, "w", encoding="ascii") as f:
            f.write(SKELETON.format(dwo=fifo))
        self.build(part)
        self.assertIn(";split_large", self.record(f"exec '{self.program}' 60"))


if __name__ == "__main__":
    main()
