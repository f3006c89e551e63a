"""Stacks of programs without frame pointers: what flame record -g stores, what perf reads of it."""

import statistics
import subprocess
import unittest

from flame_test import Test, flame, main, needs_recording, needs_tool, program

# What Debian builds without frame pointers: compresses perf itself.
XZ = ["sh", "-c", "xz -3 -c /usr/bin/perf > /dev/null"]


def perf_frames(path):
    """For each sample of xz that perf script prints, its user frames, innermost first."""
    text = subprocess.run(["perf", "script", "-i", path, "--no-inline", "--comms", "xz", "-F",
                           "comm,ip,sym"], capture_output=True, text=True, check=True).stdout
    samples = []
    for line in text.splitlines():
        if line and not line[0].isspace():
            samples.append([])
        elif line.strip():
            address, name = line.split(maxsplit=1)
            if int(address, 16) < 1 << 63:
                samples[-1].append(name)
    return samples


@needs_recording
@needs_tool("xz")
class Modes(Test):
    def record(self, *args):
        result = flame("record", "-F", "499", "-o", self.path("x.data"), "--no-svg", *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(" 0 lost", result.stderr)
        return self.path("x.data")

    def test_none(self):
        for stack in self.folded("--no-inline", self.record("-g", "none", "--", *XZ)):
            self.assertEqual(stack.count(";"), 1, stack)

    @needs_tool("perf")
    def test_perf_unwinds_what_is_stored_for_it(self):
        samples = perf_frames(self.record("-g", "dwarf-raw", "--", *XZ))
        self.assertGreater(len(samples), 300)
        ends = sum("__libc_start_main" in " ".join(s[-3:]) for s in samples) / len(samples)
        self.assertGreater(ends, 0.95)
        self.assertGreater(statistics.median(len(s) for s in samples), 8)

    @needs_tool("perf")
    def test_size_of_the_copy(self):
        path = self.record("--call-graph", "dwarf-raw", "--stack-size", "65528", "--", *XZ)
        attrs = subprocess.run(["perf", "evlist", "-v", "-i", path], capture_output=True,
                               text=True, check=True).stdout
        self.assertIn("sample_stack_user: 65528", attrs)
        self.assertTrue(perf_frames(path))


class Mistakes(Test):
    def test_wrong_command_lines(self):
        for args in (["-g", "dwarf"], ["-g"], ["--stack-size", "0"], ["--stack-size", "100"],
                     ["--stack-size", "65536"], ["--stack-size", "8k"]):
            with self.subTest(args):
                self.assert_one_line_error(
                    flame("record", "-o", self.path("x.data"), *args, "true"), 2)


if __name__ == "__main__":
    main()
