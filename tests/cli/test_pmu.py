"""Recordings of hardware counters, which machines without a PMU cannot take: perf's own, of many
versions. Each sample has its own period; precise events (":pp") have modifiers; the kernel throttles;
a hybrid CPU has an event for each kind of its CPUs."""

import os
import struct
import subprocess
import unittest

from flame_test import CASES, Test, flame, main, needs_cases, needs_tool

FOLDER = os.path.join(CASES or "", "perf-data")
HARDWARE = {  # the event with most samples, and its name
    "perf.data.hybrid_topology": "cpu_core/cycles:ppp/",
    "perf.data.branch-4.14": "cycles:ppp",
    "perf.data.lost_samples-4.4": "cycles:pp",
    "perf.data.piped.target.throttled-3.4": "cycles",
    "perf.data.group_desc-4.14": "cache-references",
    "perf.data.singleprocess-3.4": "cycles",
    "perf.data.callgraph-3.4": "cycles",
}
RECORD_SAMPLE = 9


def records(data):
    """The position, type and size of each record of the data section."""
    start, size = struct.unpack_from("<QQ", data, 40)
    at = start
    while at < start + size:
        kind, _, length = struct.unpack_from("<IHH", data, at)
        yield at, kind, length
        at += length


@needs_cases("perf-data")
class HardwareEvents(Test):
    def total(self, *args):
        return sum(self.folded("--all", *args).values())

    def test_names(self):
        for name, event in HARDWARE.items():
            with self.subTest(name):
                result = flame("report", os.path.join(FOLDER, name))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f" samples of {event}", result.stdout.split("\n")[0] + ";")
                base = event.rstrip("/").split(":")[0]
                self.assertEqual(self.total("--event", base, os.path.join(FOLDER, name)),
                                 self.total(os.path.join(FOLDER, name)))

    @needs_tool("perf")
    def test_periods(self):
        """--unit events adds the period of each sample, as perf prints them."""
        for name, event in HARDWARE.items():
            path = os.path.join(FOLDER, name)
            with self.subTest(name):
                said = subprocess.run(["perf", "script", "-i", path, "-F", "event,period"],
                                      capture_output=True, text=True, check=False)
                lines = [line.split() for line in said.stdout.splitlines() if line.strip()]
                expected = sum(int(line[0]) for line in lines if line[1].rstrip(":") == event)
                if not expected:
                    self.skipTest("perf does not print the periods")
                self.assertEqual(self.total("--unit", "events", "--idle", path), expected)

    def test_throttled(self):
        result = flame("report", os.path.join(FOLDER, "perf.data.piped.target.throttled-3.4"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.split(" ")[0], "228")

    def hybrid(self):
        """The recording of a hybrid CPU, whose threads also ran on the other kind of CPU."""
        with open(os.path.join(FOLDER, "perf.data.hybrid_topology"), "rb") as file:
            data = bytearray(file.read())
        samples = [at for at, kind, _ in records(data) if kind == RECORD_SAMPLE]
        attr_size, attrs, attrs_size = struct.unpack_from("<QQQ", data, 16)
        ids = []
        for at in range(attrs, attrs + attrs_size, attr_size):
            place, size = struct.unpack_from("<QQ", data, at + attr_size - 16)
            ids.append(struct.unpack_from(f"<{size // 8}Q", data, place))
        core, atom = ids[0], ids[1]
        # Header, address, pid and tid, time, id.
        for at in samples[:3]:
            self.assertIn(struct.unpack_from("<Q", data, at + 32)[0], core)
            struct.pack_into("<Q", data, at + 32, atom[0])
        return self.write("hybrid.data", bytes(data))

    def test_hybrid(self):
        """The samples of both kinds of CPUs are one profile; each has its name."""
        path = self.hybrid()
        result = flame("report", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("7 samples of cycles:ppp;", result.stdout)
        self.assertNotIn("events were sampled", result.stderr)
        for event, number in (("cycles", 7), ("cpu_core/cycles", 4), ("cpu_atom/cycles", 3)):
            self.assertEqual(self.total("--event", event, path), number)
        picture = self.path("x.svg")
        self.assertEqual(flame("render", path, "-o", picture).returncode, 0)
        self.assertEqual(self.total(picture), 7)


if __name__ == "__main__":
    main()
