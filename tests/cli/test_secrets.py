"""Passwords in command lines are not stored, in any file that flame writes."""

import os
import struct

from flame_test import Test, flame, main, needs_recording

SECRET = "hunter2x7"
ARGUMENTS = [["--password=" + SECRET], ["--password", SECRET], ["--token", SECRET],
             ["-p" + SECRET], ["PASSWORD=" + SECRET], ["api_key=" + SECRET],
             ["--client-secret", SECRET], ["Authorization: Bearer " + SECRET],
             ["Bearer", SECRET], ["https://me:" + SECRET + "@host/x"]]


def perf_recording(*args):
    """A perf.data file with a command line as perf stores it, an argument each."""
    attr = struct.pack("<IIQQQQ", 1, 128, 0, 1_000_000, 7, 0) + bytes(88) + struct.pack("<QQ", 0, 0)
    records = struct.pack("<IHHQIIQ", 9, 2, 32, 0x1000, 7, 7, 1)
    end = 104 + len(attr) + len(records)
    line = struct.pack("<I", len(args))
    for arg in args:
        text = arg.encode() + b"\0"
        text += bytes(-len(text) % 64)
        line += struct.pack("<I", len(text)) + text
    sections = struct.pack("<QQQQQQ", 104, len(attr), 104 + len(attr), len(records), 0, 0)
    bits = struct.pack("<QQQQ", 1 << 11, 0, 0, 0)
    return (b"PERFILE2" + struct.pack("<QQ", 104, len(attr)) + sections + bits + attr + records
            + struct.pack("<QQ", end + 16, len(line)) + line)


class PerfRecordings(Test):
    def test_pictures(self):
        """The head of a picture shows the command; its data is packed, so that only flame itself
        can look for the secret there."""
        for args in ARGUMENTS:
            path = self.write("x.data", perf_recording("perf", "record", "prog", *args, "end"))
            picture = self.path("x.svg")
            result = flame("render", path, "-o", picture)
            self.assertEqual(result.returncode, 0, result.stderr)
            again = flame("render", picture, "-o", "-").stdout
            with open(picture, encoding="utf-8") as f:
                for text in (f.read(), again):
                    self.assertNotIn(SECRET, text)
                    self.assertIn("perf record prog", text)
                    self.assertIn("***", text)
                    self.assertIn("end", text)


    def test_recordings_with_more_names(self):
        words = [word for args in ARGUMENTS for word in args]
        path = self.write("x.data", perf_recording("perf", "record", "prog", *words, "end"))
        result = flame("symbolize", path, "-o", self.path("y.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path("y.data"), "rb") as f:
            content = f.read()
        self.assertNotIn(SECRET.encode(), content)
        self.assertIn(b"--password=***\0", content)
        self.assertIn(b"end\0", content)


@needs_recording
class Recordings(Test):
    def stored(self, *options, command=(), variables=None):
        """All bytes of the files that a recording leaves, and the head of its picture."""
        result = flame("record", "-F", "99", "-o", self.path("x.data"), *options, "--", *command,
                       env=dict(os.environ, **(variables or {})))
        self.assertEqual(result.returncode, 0, result.stderr)
        found = {}
        for name in ("x.data", "x.svg"):
            with open(self.path(name), "rb") as f:
                found[name] = f.read().decode(errors="replace")
        return found

    def test_secrets_of_the_command(self):
        words = [word for args in ARGUMENTS for word in args]
        found = self.stored(command=["true", "first", *words, "last"])
        for content in found.values():
            self.assertNotIn(SECRET, content)
        self.assertIn("true first --password=*** --password *** --token *** -p***",
                      found["x.data"])
        self.assertIn("last", found["x.data"])

    def test_no_command_line(self):
        found = self.stored("--no-command-line", command=["true", "needle-a"])
        for content in found.values():
            self.assertNotIn("needle-a", content)
            self.assertNotIn("no-command-line", content)
        self.assertIn("needle-a", self.stored(command=["true", "needle-a"])["x.data"])


if __name__ == "__main__":
    main()
