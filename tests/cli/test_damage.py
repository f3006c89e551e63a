"""Truncated and damaged recordings: one line, exit status 1, and all stacks before the damage."""

import os
import random
import subprocess
import unittest

from flame_test import FLAME, Test, flame, main, needs_recording, program

COMMANDS = ("fold", "report", "render")


def small_recording(folder):
    path = os.path.join(folder, "small.data")
    result = flame("record", "-F", "997", "-o", path, "--no-svg", "--", program("split"), "0.1")
    assert result.returncode == 0, result.stderr
    with open(path, "rb") as f:
        return f.read()


class NoRecording(Test):
    def test_files_that_are_something_else(self):
        self.write("empty", b"")
        self.write("text", "just some text\nof no meaning\n")
        self.write("random", random.Random(1).randbytes(5000))
        self.write("zeros", bytes(5000))
        self.write("magic", b"PERFILE2")
        self.write("magic and random", b"PERFILE2" + random.Random(2).randbytes(5000))
        os.mkdir(self.path("folder"))
        for name in (*os.listdir(self.folder), "missing", "/dev/null", "/proc/self/mem"):
            for command in COMMANDS:
                with self.subTest(f"{command} {name}"):
                    result = flame(command, self.path(name))
                    self.assert_one_line_error(result)
                    self.assertEqual(result.stdout, "")

    def test_output_that_cannot_be_written(self):
        source = self.write("x.folded", "a;b 1\n")
        with open("/dev/full", "wb") as full:
            result = subprocess.run([FLAME, "fold", source], stdout=full,
                                    stderr=subprocess.PIPE, text=True)
        self.assert_one_line_error(result)
        self.assert_one_line_error(flame("fold", source, "-o", "/dev/full"))
        self.assert_one_line_error(flame("render", source, "-o", self.folder))
        self.assert_one_line_error(flame("render", source, "-o", self.path("no/x.svg")))
        self.assertEqual(os.listdir(self.folder), ["x.folded"])

    def test_pipes_are_as_good_as_files(self):
        source = self.write("x.folded", "a;b 1\na;c 2\n")
        result = subprocess.run(f"cat {source} | {FLAME} fold - | {FLAME} fold - -o -",
                                shell=True, capture_output=True, text=True)
        self.assertEqual(result.stdout, "a;b 1\na;c 2\n", result.stderr)


@needs_recording
class Damage(Test):
    def setUp(self):
        super().setUp()
        self.good = small_recording(self.folder)

    def check(self, name, data):
        path = self.write(name, data)
        for command in COMMANDS:
            args = ["-o", "-"] if command == "render" else []
            result = flame(command, path, *args)
            self.assertIn(result.returncode, (0, 1), result.stderr[-2000:])
            self.assertNotIn("Sanitizer", result.stderr)
            self.assertNotIn("runtime error", result.stderr)
            if result.returncode:
                self.assertTrue(result.stderr)

    def test_prefixes(self):
        """A hundred prefixes; tests/record reads every prefix."""
        size = len(self.good)
        for length in sorted({size * i // 100 for i in range(100)} |
                             set(range(0, 300, 23))):
            with self.subTest(length):
                self.check("prefix.data", self.good[:length])

    def test_truncated_recording(self):
        start, size = (int.from_bytes(self.good[at:at + 8], "little") for at in (40, 48))
        path = self.write("cut.data", self.good[:start + size - 20])
        result = flame("fold", path)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"truncated: it holds \d+ of \d+ bytes")
        self.assertIn("split", result.stdout)

    def test_missing_end(self):
        path = self.write("cut.data", self.good[:-20])
        result = flame("fold", path)
        self.assertIn("names and metadata at its end are missing", result.stderr)
        self.assertIn("split", result.stdout)

    def test_never_finished(self):
        """The recorder was killed: the size of the records is still zero."""
        data = bytearray(self.good)
        size = int.from_bytes(data[48:56], "little")
        start = int.from_bytes(data[40:48], "little")
        data[48:56] = bytes(8)
        result = flame("fold", self.write("killed.data", data[:start + size]))
        self.assertEqual(result.returncode, 1)
        self.assertIn("never finished", result.stderr)
        self.assertIn("split", result.stdout)

    def test_random_damage(self):
        chance = random.Random(3)
        for i in range(60):
            data = bytearray(self.good)
            for _ in range(chance.randint(1, 30)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with self.subTest(i):
                self.check("damaged.data", data)


if __name__ == "__main__":
    main()
