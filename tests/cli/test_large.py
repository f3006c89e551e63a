"""Large recordings: several threads give the same result as one."""

import os
import shutil
import struct
import subprocess
import unittest

from flame_test import FLAME, Test, flame, main, needs_recording, program, running

IP, TID, TIME, CPU, PERIOD = 1, 2, 4, 1 << 7, 1 << 8  # PERF_SAMPLE_*
SIZE = 200 << 20  # bytes of input, enough for two threads


@needs_recording
@unittest.skipIf(os.cpu_count() < 2, "one CPU is not enough for two threads")
class Large(Test):
    def setUp(self):
        super().setUp()
        if shutil.disk_usage(self.folder).free < 4 * SIZE:
            self.skipTest("not enough room for a large file")
        seed = self.path("seed.data")
        with running(f"exec {program('split')} 30", "while :; do ls -l /usr/bin; done"):
            result = flame("record", "-a", "-F", "9999", "1", "-o", seed, "--no-svg")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.data = self.path("large.data")
        times = SIZE // os.path.getsize(seed) + 1
        subprocess.run([os.environ["FLAME_MULTIPLY"], seed, self.data, str(times)], check=True)

    def fold(self, *args, cpus=None):
        command = ["taskset", "-c", cpus] if cpus else []
        result = subprocess.run([*command, FLAME, "fold", "--idle", *args, self.data],
                                capture_output=True, timeout=300)
        return result.returncode, result.stdout, result.stderr

    def compare(self, *args):
        cpu = str(min(os.sched_getaffinity(0)))
        one, many = self.fold(*args, cpus=cpu), self.fold(*args)
        self.assertTrue(one[1], one[2])
        self.assertEqual(one, many)
        return one[0]

    def test_threads_find_what_one_does(self):
        self.assertEqual(self.compare("--by", "comm,tid,cpu,container"), 0)
        self.assertEqual(self.compare("--time", "0.2,0.7"), 0)

    def test_a_large_one_that_is_cut_short(self):
        os.truncate(self.data, os.path.getsize(self.data) - (8 << 20) - 3)
        self.assertEqual(self.compare(), 1)

    def test_a_callchain_in_the_first_part_that_is_damaged(self):
        """The record itself is complete, so only reading the sample finds the damage."""
        with open(self.data, "r+b") as f:
            f.seek(24)
            attrs, _, at = struct.unpack("<QQQ", f.read(24))
            f.seek(attrs + 24)
            sample_type, = struct.unpack("<Q", f.read(8))
            kind = None
            while at < SIZE // 4 or kind != 9:
                f.seek(at)
                kind, _, size = struct.unpack("<IHH", f.read(8))
                at += size
            # After ip, pid and tid, time, cpu and an optional period: the number of addresses.
            fixed = sample_type & (IP | TID | TIME | CPU | PERIOD)
            f.seek(at - size + 8 + 8 * fixed.bit_count())
            f.write(b"\xff" * 8)
        self.assertEqual(self.compare(), 1)

    def test_a_record_in_the_middle_that_is_damaged(self):
        with open(self.data, "r+b") as f:
            middle = os.path.getsize(self.data) // 3 & ~7
            f.seek(middle)
            f.write(b"\xff" * 4096)
        self.assertEqual(self.compare(), 1)


if __name__ == "__main__":
    main()
