#!/usr/bin/env python3
"""The checker must find the errors in recordings that are known to be wrong. Frame pointers in
programs without them lead to frames that never ran."""

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checker import MARKS, Checker  # noqa: E402
from perf_data import Recording  # noqa: E402
from programs import PROGRAMS, Workshop  # noqa: E402
from spaces import samples_with_spaces  # noqa: E402

SKIPPED = 77
FLAME = os.environ.get("FLAME", "flame")


class Finds(unittest.TestCase):
    @contextlib.contextmanager
    def recorded(self, name, *options):
        program = next(p for p in PROGRAMS if p.name == name)
        with tempfile.TemporaryDirectory() as folder:
            workshop = Workshop(folder)
            lack = workshop.lacks(program) or workshop.build(program)
            if lack:
                self.skipTest(f"no {lack}")
            done = subprocess.run([FLAME, "record", "-F", "997", "--max-cost", "100", *options,
                                   "--no-svg", "-o", f"{folder}/x.data", "--",
                                   *workshop.command(program, 1)],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                self.skipTest(f"this user may not record: {done.stderr}")
            checker, recording = Checker(), Recording(f"{folder}/x.data")
            if len(recording.samples) < 10:
                self.skipTest("this machine is too busy for ten samples")
            yield checker, recording

    def result(self, name, stacks):
        with self.recorded(name, "-g", stacks) as (checker, recording):
            return checker.check(recording)

    def assert_share(self, found, n, least):
        """Within three standard errors."""
        self.assertGreater(found, n * least - 3 * math.sqrt(n * least * (1 - least)))

    def test_frame_pointers_alone(self):
        """A program with frame pointers that goes through functions without them."""
        result = self.result("skip", "fp")
        self.assert_share(result.wrong(), result.samples, 2 / 3)

    def test_no_frame_pointers(self):
        result = self.result("calls", "fp")
        found = result.impossible() + result.wrong() + result.untold.total()
        self.assert_share(found, result.samples, 2 / 3)

    def test_changed(self):
        """Chains that are right, with one return address moved or left out."""
        chains = moved = shortened = 0
        with self.recorded("calls") as (checker, recording):
            for sample, space in samples_with_spaces(recording):
                chain = sample.chain
                if len(chain) < 4 or chain[-1] in MARKS or checker.verdict(space, chain).problems:
                    continue
                for at in range(1, len(chain) - 1):
                    before, after = chain[:at], chain[at + 1:]
                    chains += 1
                    moved += bool(checker.verdict(space, (*before, chain[at] + 1, *after)).problems)
                    shortened += bool(checker.verdict(space, before + after).problems)
        self.assertEqual(moved, chains)
        self.assert_share(shortened, chains, 1 / 3)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    skipped = len(program.result.skipped) == program.result.testsRun
    sys.exit(SKIPPED if skipped else not program.result.wasSuccessful())
