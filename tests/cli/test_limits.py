"""Limits of time and memory for names, live."""

import os
import struct
import subprocess
import unittest
import zlib

from flame_test import FLAME, Test, flame, main, needs_recording, needs_tool

SOURCE = os.path.join(os.path.dirname(__file__), "../../samples/programs/split.c")
SHF_COMPRESSED = 0x800


@needs_recording
@needs_tool("cc")
@needs_tool("objcopy")
class Limits(Test):
    def setUp(self):
        super().setUp()
        self.program = self.path("split")
        subprocess.run(["cc", "-O1", "-g", "-fno-omit-frame-pointer", SOURCE, "-lm", "-o",
                        self.program], check=True)

    def record(self, *options):
        result = flame("record", *options, "-o", self.path("x.data"), "--no-svg", "--",
                       self.program, "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def test_names_come_later(self):
        self.assertIn("--name-time", self.record("--name-time", "0.000001"))
        result = flame("symbolize", self.path("x.data"), "-o", self.path("y.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        os.rename(self.program, self.path("gone"))
        self.assertNotIn("split_large", "\n".join(self.folded(self.path("x.data"))))
        self.assertIn(";split_large", "\n".join(self.folded(self.path("y.data"))))

    def test_no_limit(self):
        self.assertNotIn("--name-time", self.record("--name-time", "0"))
        os.rename(self.program, self.path("gone"))
        self.assertIn(";split_large", "\n".join(self.folded(self.path("x.data"))))

    def test_bomb(self):
        """A small file whose DWARF becomes 1.5 GB when it is unpacked."""
        sections = ("info", "abbrev", "str", "ranges", "addr", "rnglists")
        zeros = zlib.compressobj(9)
        packed = b"".join(zeros.compress(bytes(1 << 20)) for _ in range(250)) + zeros.flush()
        header = struct.pack("<IIQQ", 1, 0, 250 << 20, 1)
        arguments = []
        for name in sections:
            self.write(name, header + packed)
            arguments += [f"--remove-section=.debug_{name}",
                          f"--add-section=.debug_{name}={self.path(name)}"]
        subprocess.run(["objcopy", *arguments, self.program], check=True)
        with open(self.program, "r+b") as f:
            self.mark_as_packed(f, sections)
        with open(self.path("told"), "w", encoding="utf-8") as told:
            job = subprocess.Popen([FLAME, "record", "-F", "99", "-o", self.path("x.data"),
                                    "--no-svg", "--", self.program, "1"], stderr=told)
            _, status, usage = os.wait4(job.pid, 0)
            job.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(job.returncode, 0)
        self.assertLess(usage.ru_maxrss, 700 << 10)
        with open(self.path("told"), encoding="utf-8") as told:
            self.assertIn("too much memory", told.read())
        self.assertIn(";split_large", "\n".join(self.folded(self.path("x.data"))))

    def mark_as_packed(self, f, sections):
        head = f.read(64)
        at, = struct.unpack_from("<Q", head, 40)
        size, number, names = struct.unpack_from("<HHH", head, 58)
        f.seek(at)
        table = f.read(size * number)
        text, = struct.unpack_from("<Q", table, names * size + 24)
        for i in range(number):
            name, _, flags = struct.unpack_from("<IIQ", table, i * size)
            f.seek(text + name)
            if f.read(64).split(b"\0")[0].decode().removeprefix(".debug_") in sections:
                f.seek(at + i * size + 8)
                f.write(struct.pack("<Q", flags | SHF_COMPRESSED))


if __name__ == "__main__":
    main()
