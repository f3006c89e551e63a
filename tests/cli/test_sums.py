"""Numbers that add up to 2^64 or more: one line that names the file, and nothing printed."""

import struct

from flame_test import Test, flame, main

MOST = 2**64 - 1


def recording(*samples, lost=()):
    """A perf.data file. A sample is its address and its period."""
    attr = struct.pack("<IIQQQQQ", 1, 128, 0, 4000, 0x107, 0, 1 << 10) + bytes(80)
    records = b"".join(struct.pack("<IHHQIIQQ", 9, 2, 40, address, 7, 7, 100 + i, period)
                       for i, (address, period) in enumerate(samples))
    records += b"".join(struct.pack("<IHHQQ", 2, 0, 24, 1, n) for n in lost)
    sections = struct.pack("<QQQQQQ", 104, len(attr) + 16, 120 + len(attr), len(records), 0, 0)
    return (b"PERFILE2" + struct.pack("<QQ", 104, len(attr) + 16) + sections + bytes(32)
            + attr + bytes(16) + records)


def script(*periods):
    return "".join(f"x 1 [000] {i}.0: {period} cycles:\n\t1000 f{i} (/x)\n\n"
                   for i, period in enumerate(periods))


class Sums(Test):
    def assert_refused(self, name, content, line=None):
        path = self.write(name, content)
        where = f"line {line} of '{path}'" if line else f"'{path}'"
        for args in (["fold", path], ["report", path], ["fold", "--unit", "samples", path],
                     ["render", path, "-o", self.path("x.svg")],
                     ["diff", path, path, "--no-svg"]):
            result = flame(*args)
            self.assert_one_line_error(result)
            self.assertIn(f"flame: {where}: ", result.stderr)
            self.assertIn("2^64", result.stderr)
            self.assertEqual(result.stdout, "")

    def assert_folds(self, name, content, *args):
        result = flame("fold", self.write(name, content), *args)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_folded_text(self):
        self.assert_refused("a.folded", f"a;b {MOST}\na;b 1\n", 2)
        self.assert_refused("b.folded", f"a;b 3\n\nc {MOST - 2}\nd 1\n", 3)
        self.assert_refused("c.folded", f"a;b {MOST + 1}\n", 1)
        self.assert_refused("d.folded", "a 1\nb " + "9" * 40 + ".5\n", 2)
        self.assertEqual(self.assert_folds("e.folded", f"a {MOST - 1}\nb 1\n"),
                         f"a {MOST - 1}\nb 1\n")

    def test_perf_script(self):
        self.assert_refused("a.txt", script(MOST, 1), 4)
        self.assert_refused("b.txt", script(5, MOST + 1), 4)
        self.assertIn(str(MOST - 1), self.assert_folds("c.txt", script(MOST - 1, 1)))

    def test_recording(self):
        self.assert_refused("a.data", recording((1, MOST), (1, 1)))
        self.assert_refused("b.data", recording((1, MOST), (2, 1)))
        self.assertIn(str(MOST), self.assert_folds(
            "c.data", recording((1, MOST - 1), (1, 1)), "--unit", "events"))

    def test_losses(self):
        self.assert_refused("a.data", recording((1, 1), lost=[MOST, 1]))
        self.assert_refused("b.data", recording((1, 1), (1, 1), lost=[MOST - 1]))

    def test_several_files(self):
        half = self.write("half.folded", f"a {2**63}\n")
        less = self.write("less.folded", f"a {2**63 - 1}\n")
        self.assertEqual(flame("diff", half, less, "--no-svg").returncode, 0)
        result = flame("diff", half, half, "--no-svg")
        self.assert_one_line_error(result)
        self.assertIn(f"'{half}'", result.stderr)
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    main()
