#!/usr/bin/env python3
"""The checker over recordings whose chains are known to be wrong: it has to find that. Frame pointers
alone, in programs without them, make frames that never ran."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checker import Checker  # noqa: E402
from perf_data import Recording  # noqa: E402
from programs import PROGRAMS, Workshop  # noqa: E402

SKIPPED = 77
FLAME = os.environ.get("FLAME", "flame")


class Finds(unittest.TestCase):
    def result(self, name, stacks):
        program = next(p for p in PROGRAMS if p.name == name)
        with tempfile.TemporaryDirectory() as folder:
            workshop = Workshop(folder)
            lack = workshop.lacks(program) or workshop.build(program)
            if lack:
                self.skipTest(f"no {lack}")
            done = subprocess.run([FLAME, "record", "-F", "997", "-g", stacks, "--no-svg", "-o",
                                   f"{folder}/x.data", "--", *workshop.command(program, 0)],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                self.skipTest(f"this user may not record: {done.stderr}")
            return Checker().check(Recording(f"{folder}/x.data"))

    def test_frame_pointers_alone(self):
        """A program with frame pointers that goes through functions without them."""
        result = self.result("skip", "fp")
        self.assertGreater(result.wrong(), result.samples / 3, result.problems)

    def test_no_frame_pointers(self):
        result = self.result("calls", "fp")
        found = result.impossible() + result.wrong() + result.untold.total()
        self.assertGreater(found, result.samples / 3, result.problems)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    skipped = len(program.result.skipped) == program.result.testsRun
    sys.exit(SKIPPED if skipped else not program.result.wasSuccessful())
