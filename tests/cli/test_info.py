"""flame info: what is in a recording, a picture or a text, for people and for programs."""

import json
import os
import struct

import perf_file as pf
from flame_test import Test, flame, main

TYPE = pf.IP | pf.TID | pf.TIME | pf.CALLCHAIN
KEYS = ["version", "file", "format", "size", "damage", "recorder", "command", "host", "kernel",
        "machine", "cpu", "cpus", "start_ns", "duration_ns", "frequency_hz", "idle_samples",
        "lost_samples", "lost_side_band", "lost_trace_data", "throttled", "trace_data_bytes",
        "kernel_code_changes", "truncated_samples", "broken_samples", "unnamed_samples", "first_ns",
        "last_ns", "samples", "stacks", "unit", "events", "unnamed", "files", "notes"]


class Info(Test):
    def info(self, path, *args, **kwargs):
        """The JSON of an input; the text must have every number of it."""
        result = flame("info", "--format", "json", *args, path, **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr)
        facts = json.loads(result.stdout)
        self.assertEqual(list(facts), KEYS)
        self.assertEqual(result.stderr.splitlines(), ["flame: " + n for n in facts["notes"]])
        return facts

    def recording(self):
        f = pf.PerfFile(TYPE, kind=(pf.TRACEPOINT, 47))
        f.comm(7, "prog")
        f.mmap2(7, 0x400000, 0x1000, 0, "/nonexistent/program", build_id=bytes(range(20)))
        f.mmap2(7, 0x500000, 0x1000, 0, "/nonexistent/unused", inode=6)
        for time in range(3):
            f.sample(7, 1_000_000_000 + time, 0x400010, [pf.CONTEXT_USER, 0x400010])
        f.sample(7, 2_000_000_000, 0x900010, [pf.CONTEXT_USER, 0x900010])
        f.record(pf.LOST, f.words(1, 4) + f.trailer(7, 7, 5))
        for _ in range(2):
            f.record(pf.THROTTLE, f.words(5, 1, 1) + f.trailer(7, 7, 6))
        f.record(pf.TEXT_POKE, f.words(0xffffffff81000010, 0x9090) + f.trailer(7, 7, 6))
        f.record(pf.AUX, f.words(0, 1000, 1) + f.trailer(7, 7, 6))
        for bit, text in ((pf.HOSTNAME, "box"), (pf.OSRELEASE, "6.17.1"), (pf.VERSION, "6.17"),
                          (pf.ARCH, "x86_64")):
            f.string_feature(bit, text)
        args = ["perf", "record", "--password=hunter2", "-g"]
        f.features[pf.CMDLINE] = f.pack("I", len(args)) + b"".join(
            f.pack("I", len(f.text(arg))) + f.text(arg) for arg in args)
        name = f.text("sched:sched_switch")
        f.features[pf.EVENT_DESC] = (f.pack("II", 1, len(f.attr)) + f.attr +
                                     f.pack("II", 0, len(name)) + name)
        return f

    def test_recording(self):
        path = self.recording().write(self.path("x.data"))
        before = os.stat(path)
        facts = self.info(path)
        for key, value in {
                "version": 1, "file": path, "format": "recording",
                "size": os.path.getsize(path), "damage": None, "recorder": "perf 6.17",
                "host": "box", "kernel": "6.17.1", "machine": "x86_64", "lost_samples": 4,
                "lost_trace_data": 1, "throttled": 2, "trace_data_bytes": 1000,
                "kernel_code_changes": 1, "truncated_samples": 0, "unnamed_samples": 4,
                "first_ns": 1_000_000_000, "last_ns": 2_000_000_000, "duration_ns": 1_000_000_000,
                "samples": 4, "stacks": 2, "unit": "samples",
                "events": [{"name": "sched:sched_switch", "samples": 4}],
                "unnamed": [{"name": "[unknown program]", "object": "program", "samples": 3},
                            {"name": "[unknown]", "object": None, "samples": 1}],
                "files": [{"path": "/nonexistent/program", "build_id": bytes(range(20)).hex(),
                           "state": "gone"}]}.items():
            self.assertEqual(facts[key], value, key)
        self.assertNotIn("hunter2", facts["command"])
        self.assertTrue(facts["command"].startswith("perf record --password="))
        after = os.stat(path)
        self.assertEqual((before.st_mtime_ns, before.st_ino), (after.st_mtime_ns, after.st_ino))

    def test_text_for_people(self):
        path = self.recording().write(self.path("x.data"))
        text = flame("info", path).stdout
        for line in ("format      recording", "recorder    perf 6.17", "host        box",
                     "kernel      6.17.1", "event       sched:sched_switch: 4 samples",
                     "lost        4 samples", "throttled   2 times",
                     "code        1 changes of kernel code", "           3  [unknown program]",
                     "gone        " + bytes(range(20)).hex() + "  /nonexistent/program"):
            self.assertIn(line + "\n", text)
        self.assertNotIn("hunter2", text)

    def test_two_events(self):
        """All events are listed, also one without samples."""
        f = pf.PerfFile(TYPE | 1 << 16)  # PERF_SAMPLE_IDENTIFIER
        second = bytearray(f.attr)
        struct.pack_into("<IIQ", second, 0, pf.SOFTWARE, len(f.attr), 1)
        for number, time in ((1, 5), (1, 6), (2, 7)):
            body = f.words(number, 0x1000) + f.pack("II", 7, 7) + f.words(time, 0)
            f.record(pf.SAMPLE, body, pf.MISC_USER)
        third = bytearray(second)
        struct.pack_into("<Q", third, 8, 2)
        path = self.write("two.data", with_events(f, [f.attr, bytes(second), bytes(third)]))
        self.assertEqual(self.info(path)["events"],
                         [{"name": "cpu-clock", "samples": 2}, {"name": "task-clock", "samples": 1},
                          {"name": "page-faults", "samples": 0}])

    def test_file_is_here(self):
        program = os.path.realpath("/proc/self/exe")
        state = os.stat(program)
        f = pf.PerfFile(TYPE)
        f.comm(7, "python")
        for addr, inode in ((0x400000, state.st_ino), (0x500000, state.st_ino + 1)):
            body = f.pack("IIQQQ", 7, 7, addr, 0x1000, 0)
            body += f.pack("IIQQ", os.major(state.st_dev), os.minor(state.st_dev), inode, 0)
            f.record(pf.MMAP2, body + f.pack("II", 4, 2) + f.text(program) + f.trailer(7, 7, 0),
                     pf.MISC_USER)
            f.sample(7, addr, addr + 16, [pf.CONTEXT_USER, addr + 16])
        states = [x["state"] for x in self.info(f.write(self.path("x.data")))["files"]]
        self.assertEqual(sorted(states), ["here", "replaced"])

    def test_damaged(self):
        f = self.recording()
        size = f.header_size + len(f.attr) + 16 + sum(map(len, f.records[:5])) + 8
        path = self.write("cut.data", f.to_bytes()[:size])
        result = flame("info", "--format", "json", path)
        self.assertEqual(result.returncode, 1)
        facts = json.loads(result.stdout)
        self.assertIn("truncated", facts["damage"])
        self.assertEqual(facts["samples"], 2)

    def test_other_inputs(self):
        folded = self.write("x.folded", "main;work 3\nmain;[unknown x] 2\n")
        facts = self.info(folded)
        self.assertEqual((facts["format"], facts["samples"], facts["stacks"], facts["files"]),
                         ("folded", 5, 2, []))
        self.assertIn("format      folded\n", flame("info", folded).stdout)
        script = self.write("x.txt", "prog 7 1.5: 1 cycles:\n\t  401000 work (/bin/prog)\n\n")
        facts = self.info(script)
        self.assertEqual((facts["format"], facts["events"]),
                         ("perf-script", [{"name": "cycles", "samples": 1}]))
        data = self.recording().write(self.path("x.data"))
        picture = self.path("x.svg")
        self.assertEqual(flame("render", "-o", picture, data).returncode, 0)
        facts = self.info(picture)
        self.assertEqual((facts["format"], facts["samples"], facts["host"], facts["throttled"]),
                         ("picture", 4, "box", 2))

    def test_simpleperf(self):
        f = pf.PerfFile(TYPE, kind=(pf.TRACEPOINT, 47))
        f.sample(7, 9, 0x400010, [pf.CONTEXT_USER, 0x400010])
        f.features[pf.SIMPLEPERF_META_INFO] = (
            b"simpleperf_version\0" b"1.build.7\0" b"event_type_info\0" b"a,2,46\nb:c,2,47\0")
        facts = self.info(f.write(self.path("x.data")))
        self.assertEqual((facts["recorder"], facts["events"]),
                         ("simpleperf 1.build.7", [{"name": "b:c", "samples": 1}]))

    def test_traces_alone(self):
        f = pf.PerfFile(TYPE)
        f.record(pf.AUX, f.words(0, 1000, 0) + f.trailer(7, 7, 6))
        facts = self.info(f.write(self.path("x.data")))
        self.assertEqual((facts["trace_data_bytes"], facts["samples"]), (1000, 0))

    def test_standard_input(self):
        with open(self.recording().write(self.path("x.data")), "rb") as data:
            self.assertEqual(self.info("-", stdin=data)["samples"], 4)

    def test_hostile_names(self):
        """Names with any bytes stay one line of text, and one string of JSON."""
        f = pf.PerfFile(TYPE)
        f.comm(7, "prog")
        f.mmap2(7, 0x400000, 0x1000, 0, '/a"\n\x1b[31m\\b')
        f.sample(7, 9, 0x400010, [pf.CONTEXT_USER, 0x400010])
        f.string_feature(pf.HOSTNAME, 'h"\nost')
        path = f.write(self.path("x.data"))
        self.assertEqual(self.info(path)["files"][0]["state"], "gone")
        self.assertIn("host        h\"\\nost\n", flame("info", path).stdout)

    def test_mistakes(self):
        path = self.write("x.folded", "a;b 1\n")
        result = flame("info", "--format", "yaml", path)
        self.assertEqual(result.returncode, 2)
        self.assertIn("expected text or json", result.stderr)
        self.assert_one_line_error(flame("info", self.path("nothing")))
        self.assertEqual(flame("info").returncode, 2)


def with_events(f, attrs):
    """The recording with several events; the ids of each are its number from 1 up."""
    data = b"".join(f.records)
    size = len(f.attr) + 16
    ids_at = 104 + size * len(attrs)
    at = ids_at + 8 * len(attrs)
    head = f.magic + f.words(104, size, 104, size * len(attrs), at, len(data), 0, 0, 0, 0, 0, 0)
    table = b"".join(attr + f.words(ids_at + 8 * i, 8) for i, attr in enumerate(attrs))
    return head + table + f.words(*range(1, len(attrs) + 1)) + data


if __name__ == "__main__":
    main()
