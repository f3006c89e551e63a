"""hardening.py BUILD CC CONFIG: checks that build/flame and the folders' libraries have all that
cmake/hardening.cmake asks of the compiler and the linker. CONFIG is "fortified" or "plain"."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import unittest

BUILD, CC, CONFIG = sys.argv[1:4]
FLAME = f"{BUILD}/flame"
MARK = r"x86 feature:.*\bIBT\b.*\bSHSTK\b"

needs_x86 = unittest.skipUnless(platform.machine() == "x86_64", "x86 only")


def readelf(*args):
    return subprocess.run(["readelf", "-W", *args], env=dict(os.environ, LC_ALL="C"), check=True,
                          capture_output=True, text=True).stdout


def segment_flags(kind):
    return re.findall(rf"^\s+{kind}(?:\s+0x\w+){{5}}\s+([RWE ]+?)\s+0x", readelf("-l", FLAME), re.M)


class Hardening(unittest.TestCase):
    def test_program_is_position_independent(self):
        self.assertRegex(readelf("-h", FLAME), r"Type:\s+DYN")
        self.assertRegex(readelf("-d", FLAME), r"FLAGS_1\).*\bPIE\b")

    def test_symbols_are_bound_before_main(self):
        self.assertRegex(readelf("-d", FLAME), r"\(FLAGS\).*\bBIND_NOW\b")
        self.assertRegex(readelf("-d", FLAME), r"FLAGS_1\).*\bNOW\b")

    def test_relocated_data_is_read_only(self):
        self.assertEqual(segment_flags("GNU_RELRO"), ["R"])

    def test_stack_is_not_executable(self):
        self.assertEqual(segment_flags("GNU_STACK"), ["RW"])

    def test_no_segment_is_writable_and_executable(self):
        flags = segment_flags("LOAD")
        self.assertIn("R E", flags)
        self.assertNotIn("RWE", flags)

    def test_stack_frames_are_checked(self):
        self.assertRegex(readelf("--dyn-syms", FLAME), r"\b__stack_chk_fail\b")

    @unittest.skipUnless(CONFIG == "fortified", "not in debug builds or with sanitizers")
    def test_sizes_of_buffers_are_checked(self):
        self.assertRegex(readelf("--dyn-syms", FLAME), r"\b__vsnprintf_chk\b")

    @needs_x86
    def test_libraries_are_marked_for_checked_jumps(self):
        libraries = sorted(pathlib.Path(BUILD).glob("[a-z]*/lib*.a"))
        names = [library.name for library in libraries]
        for name in ("libbase.a", "libmodel.a", "libelf.a", "libsymbolize.a"):
            self.assertIn(name, names)
        for library in libraries:
            objects = readelf("-n", library).split("\nFile: ")[1:]
            self.assertTrue(objects, library)
            for text in objects:
                self.assertRegex(text, MARK)

    @needs_x86
    def test_program_is_marked_for_checked_jumps(self):
        """The linker marks a program if all its objects are marked, also the C library's."""
        startup = subprocess.run([CC, "-print-file-name=Scrt1.o"], check=True, text=True,
                                 capture_output=True).stdout.strip()
        if not re.search(MARK, readelf("-n", startup)):
            self.skipTest(f"{startup} is not marked")
        self.assertRegex(readelf("-n", FLAME), MARK)


unittest.main(argv=sys.argv[:1])
