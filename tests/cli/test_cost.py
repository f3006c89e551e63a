"""flame record --max-cost: the rate falls, the shares stay right, and the outputs state it."""

import os
import re

from flame_test import Test, by_chance, flame, main, needs_recording, program

# samples/programs/split.c: shares of CPU time of its three functions.
SPLIT = {"split_large": 0.6, "split_medium": 0.3, "split_small": 0.1}
SHORTENED = re.compile(r"copies of stacks were shortened .*: to (\d+) bytes at least")
LOWERED = re.compile(r"the rate was lowered .*: (\d+) Hz on average, (\d+) Hz at least")


class CommandLine(Test):
    def test_wrong_limits(self):
        for limit in ("0", "-1", "x", "", "100.1", "1e1", "0x3", "3 ", "0.001"):
            result = flame("record", "--max-cost", limit, "true")
            self.assertNotEqual(result.returncode, 0, limit)
            self.assertIn("expected per cent from 0.01 to 100", result.stderr)

    def test_help(self):
        self.assertIn("--max-cost", flame("help", "record").stdout)


@needs_recording
class Cost(Test):
    def record(self, *args):
        result = flame("record", "-F", "20000", "-o", self.path("x.data"), *args, "--",
                       program("split"), "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def counts(self, *args):
        counts = dict.fromkeys(SPLIT, 0)
        for stack, number in self.folded(self.path("x.data"), *args).items():
            frames = stack.split(";")
            for name in SPLIT:
                if frames[0] == "split" and name in frames:
                    counts[name] += number
        return counts

    def check_shares(self, counts, samples):
        total = sum(counts.values())
        self.assertGreater(total, 0)
        for name, share in SPLIT.items():
            self.assertAlmostEqual(counts[name] / total, share,
                                   delta=by_chance(share, samples), msg=f"{counts}")

    def test_the_rate_falls(self):
        # Low enough for a machine of any size, and high enough to leave some hundred samples.
        said = self.record("--max-cost", f"{max(0.01, 1 / os.cpu_count()):.2f}")
        match = LOWERED.search(said)
        self.assertTrue(match, said)
        mean, least = (int(number) for number in match.groups())
        self.assertLess(least, 20000)
        self.assertTrue(least <= mean < 20000, said)
        samples = int(re.search(r"Hz: (\d+) samples", said).group(1))
        counts = self.counts()
        # Each sample counts for those that were left out.
        self.assertGreater(sum(counts.values()), 1.5 * samples)
        # As if all CPU time had been sampled at the least rate.
        self.check_shares(counts, least * sum(counts.values()) / 20000)
        times = self.counts("--unit", "time")
        for name, count in counts.items():
            self.assertAlmostEqual(times[name] / sum(times.values()),
                                   count / sum(counts.values()), delta=0.001)
        with open(self.path("x.svg"), encoding="utf-8") as picture:
            self.assertRegex(picture.read(), r"rate lowered to \d+ Hz, \d+ Hz on average")

    def record_slowly(self, limit, *args):
        """At 19 Hz the rate cannot fall."""
        deep = f"{program('deep')} 64 1000000"
        result = flame("record", "-F", "19", "--max-cost", limit, "-o", self.path("x.data"), *args,
                       "--", "sh", "-c", f"{deep} & timeout 6 {deep}; kill $!")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotRegex(result.stderr, LOWERED)
        return result.stderr

    def test_copies_of_stacks_shrink_last(self):
        for stacks in ("auto", "dwarf-raw"):
            with self.subTest(stacks):
                match = SHORTENED.search(self.record_slowly("0.01", "-g", stacks))
                self.assertTrue(match)
                self.assertLess(int(match.group(1)), 16384)
                with open(self.path("x.svg"), encoding="utf-8") as picture:
                    self.assertIn(f"stack copies shortened to {match.group(1)} bytes",
                                  picture.read())
                self.assertNotRegex(self.record_slowly("100", "-g", stacks), SHORTENED)

    def test_no_limit(self):
        self.assertNotRegex(self.record("--max-cost", "100"), LOWERED)


if __name__ == "__main__":
    main()
