"""Recordings of other recorders: what each puts elsewhere than perf 6.1 does, and what it has that perf
6.1 lacks. The recordings are made byte by byte (perf_file.py), in both byte orders where the recorder
runs on both."""

import os
import re
import struct
import subprocess
import unittest

import perf_file as pf
from flame_test import Test, flame, main, needs_tool

PROGRAM = "/nonexistent/program"
PLAIN = pf.IP | pf.TID | pf.TIME | pf.CALLCHAIN
KERNEL = [pf.CONTEXT_KERNEL, 0xffffffff81000010, 0xffffffff81000020]


def addrs_of(folded):
    """'comm;[unknown x <1234>] 1' -> {(0x1234,): 1}, outermost first."""
    stacks = {}
    for line in folded.splitlines():
        stack, count = line.rsplit(" ", 1)
        key = tuple(int(addr, 16) for addr in re.findall("<([0-9a-f]+)>", stack))
        stacks[key] = stacks.get(key, 0) + int(count)
    return stacks


class ForeignTest(Test):
    def fold(self, recording, *args):
        path = recording.write(os.path.join(self.folder, "x.data"))
        result = flame("fold", *args, path)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def names(self, recording):
        """Stacks of names with their counts."""
        return dict(line.rsplit(" ", 1) for line in self.fold(recording).splitlines())


class Branches(ForeignTest):
    """perf record --call-graph lbr"""

    CALLS = [(0x401110, 0x401200), (0x401010, 0x401100), (0x400910, 0x401000)]

    def recording(self, order="<", extra=0):
        f = pf.PerfFile(PLAIN | pf.BRANCH_STACK, order,
                        branches=pf.BRANCH_USER | pf.BRANCH_CALL_STACK | extra)
        f.comm(7, "prog")
        f.mmap(7, 0x400000, 0x10000, 0, PROGRAM)
        return f

    def chains(self, order):
        f = self.recording(order)
        f.sample(7, 10, 0x401208, [pf.CONTEXT_USER, 0x401208, 0x401115], self.CALLS)
        f.sample(7, 11, KERNEL[1], [*KERNEL, pf.CONTEXT_USER, 0x401208], self.CALLS[:1],
                 misc=pf.MISC_KERNEL)
        # No calls, no user part: the kernel's chain is all there is.
        f.sample(7, 12, 0x401208, [pf.CONTEXT_USER, 0x401208, 0x401115], [])
        f.sample(7, 13, KERNEL[1], KERNEL, self.CALLS, misc=pf.MISC_KERNEL)
        return f

    def test_joined(self):
        for order in "<>":
            self.assertEqual(addrs_of(self.fold(self.chains(order), "--addrs")), {
                (0x400910, 0x401010, 0x401110, 0x401200): 1,
                (0x401110, 0x401200, *KERNEL[:0:-1]): 1,
                (0x401115, 0x401208): 1,
                tuple(KERNEL[:0:-1]): 1})

    def test_call_is_not_a_return_address(self):
        """A call may be the first instruction of a function: its name is not that of the function
        before."""
        f = self.recording()
        f.features[pf.SIMPLEPERF_FILE] = pf.simpleperf_file(
            PROGRAM, 2, 0, [(0x1000, 16, "before"), (0x1010, 16, "caller"), (0x1200, 16, "leaf")])
        f.sample(7, 10, 0x401208, [pf.CONTEXT_USER, 0x401208], [(0x401010, 0x401200)])
        self.assertEqual(self.names(f), {"prog;caller;leaf": "1"})

    def test_hardware_index(self):
        f = self.recording(extra=pf.BRANCH_HW_INDEX)
        f.sample(7, 10, 0x401208, [pf.CONTEXT_USER, 0x401208], self.CALLS[:1])
        record = f.records.pop()
        at = len(record) - 3 * 8
        size = struct.pack("<H", len(record) + 8)
        f.records.append(record[:6] + size + record[8:at] + struct.pack("<Q", 5) + record[at:])
        self.assertEqual(addrs_of(self.fold(f, "--addrs")), {(0x401110, 0x401200): 1})

    def test_other_branches_are_no_calls(self):
        f = pf.PerfFile(PLAIN | pf.BRANCH_STACK, branches=pf.BRANCH_USER)
        f.comm(7, "prog")
        f.mmap(7, 0x400000, 0x10000, 0, PROGRAM)
        f.sample(7, 10, 0x401208, [pf.CONTEXT_USER, 0x401208], self.CALLS)
        self.assertEqual(addrs_of(self.fold(f, "--addrs")), {(0x401208,): 1})

    @needs_tool("perf")
    def test_equal_to_perf(self):
        f = self.chains("<")
        del f.records[4:5]  # perf prints the bytes after an empty branch stack
        path = f.write(os.path.join(self.folder, "x.data"))
        text = subprocess.run(["perf", "script", "-f", "-i", path, "-F", "ip"], capture_output=True,
                              text=True, check=True).stdout
        stacks = [tuple(int(word, 16) for word in reversed(block.split()))
                  for block in text.split("\n\n") if block.strip()]
        ours = addrs_of(self.fold(f, "--addrs"))
        # perf prints user addresses as offsets in their file.
        def offsets(stack):
            return tuple(a - 0x400000 if 0x400000 <= a < 0x410000 else a for a in stack)
        self.assertEqual(sorted(map(offsets, stacks)), sorted(map(offsets, ours)))
        self.assertEqual(len(stacks), 3)


class Deferred(ForeignTest):
    """Kernels that unwind the user part when the program goes on (--call-graph fp,defer)."""

    def recording(self, order="<"):
        f = pf.PerfFile(PLAIN, order, flags=[pf.FLAG_DEFER_CALLCHAIN], attr_size=144)
        f.comm(7, "prog")
        f.mmap(7, 0x400000, 0x10000, 0, PROGRAM)
        return f

    def user_part(self, f, tid, time, cookie, *addrs):
        words = f.words(cookie, 1 + len(addrs), pf.CONTEXT_USER, *addrs)
        f.record(pf.CALLCHAIN_DEFERRED, words + f.trailer(7, tid, time), pf.MISC_USER)

    def test_joined(self):
        for order in "<>":
            f = self.recording(order)
            for time, cookie in ((10, 77), (11, 77), (12, 78)):
                f.sample(7, time, KERNEL[1], [*KERNEL, pf.CONTEXT_USER_DEFERRED, cookie],
                         misc=pf.MISC_KERNEL)
            f.sample(7, 13, 0x401000, [pf.CONTEXT_USER_DEFERRED, 79])
            self.user_part(f, 7, 20, 77, 0x401200, 0x401115)
            self.user_part(f, 7, 21, 79, 0x401000, 0x401115)
            self.user_part(f, 7, 22, 99, 0x401999)  # of no sample
            kernel = tuple(KERNEL[:0:-1])
            folded = self.fold(f, "--addrs")
            self.assertEqual(addrs_of(folded), {(0x401115, 0x401200, *kernel): 2, kernel: 1,
                                                (0x401115, 0x401000): 1})
            # The record of one sample never came.
            self.assertEqual(folded.count("prog;[missing frames];"), 1)

    def test_other_thread(self):
        f = self.recording()
        f.sample(7, 10, KERNEL[1], [*KERNEL, pf.CONTEXT_USER_DEFERRED, 77], misc=pf.MISC_KERNEL)
        self.user_part(f, 8, 20, 77, 0x401200)
        self.assertIn("[missing frames]", self.fold(f))

    def test_damaged_records(self):
        """Records that claim more words than they have are not read."""
        f = self.recording()
        f.sample(7, 10, KERNEL[1], [*KERNEL, pf.CONTEXT_USER_DEFERRED], misc=pf.MISC_KERNEL)
        f.sample(7, 11, KERNEL[1], [*KERNEL, pf.CONTEXT_USER_DEFERRED, 77], misc=pf.MISC_KERNEL)
        f.record(pf.CALLCHAIN_DEFERRED, f.words(77, 2**62, 1) + f.trailer(7, 7, 20))
        f.record(pf.CALLCHAIN_DEFERRED, f.words(77) + f.trailer(7, 7, 20))
        self.assertEqual(list(self.names(f).values()), ["2"])


class Versions(ForeignTest):
    def plain(self, **kwargs):
        f = pf.PerfFile(PLAIN, **kwargs)
        f.comm(7, "prog")
        f.mmap(7, 0x400000, 0x10000, 0, PROGRAM)
        return f

    def sampled(self, f):
        f.sample(7, 10, 0x401208, [pf.CONTEXT_USER, 0x401208, 0x401115])
        return f

    def assert_read(self, f):
        names = {stack.replace("unverified", "unknown"): n for stack, n in self.names(f).items()}
        self.assertEqual(names, {"prog;[unknown program];[unknown program]": "1"})

    def test_short_mmap2(self):
        """RHEL 7.0 and Linux 3.12: no protection in MMAP2."""
        for order in "<>":
            f = pf.PerfFile(PLAIN, order)
            f.comm(7, "prog")
            f.mmap2(7, 0x400000, 0x10000, 0, PROGRAM, prot=None)
            self.assert_read(self.sampled(f))

    def test_mmap2_of_data_is_no_code(self):
        f = pf.PerfFile(PLAIN)
        f.comm(7, "prog")
        f.mmap2(7, 0x400000, 0x10000, 0, PROGRAM, prot=1)
        self.assertEqual(self.names(self.sampled(f)), {"prog;[unknown];[unknown]": "1"})

    def test_old_magic(self):
        """perf before 3.4; before 2.6.33 the header had no features."""
        for order in "<>":
            for header_size in (104, 72):
                f = self.sampled(self.plain(order=order, attr_size=64))
                f.magic, f.header_size = b"PERFFILE", header_size
                self.assert_read(f)

    def test_old_headers_have_no_room_for_names(self):
        f = self.sampled(self.plain(attr_size=64))
        f.magic, f.header_size = b"PERFFILE", 72
        result = flame("symbolize", f.write(os.path.join(self.folder, "x.data")))
        self.assert_one_line_error(result)
        self.assertIn("perf before 2.6.33 wrote it", result.stderr)

    def test_text_with_the_old_magic(self):
        path = os.path.join(self.folder, "x.folded")
        with open(path, "w", encoding="ascii") as text:
            text.write("PERFFILE;b 3\n")
        self.assertEqual(flame("fold", path).stdout, "PERFFILE;b 3\n")

    def test_sizes_of_attrs(self):
        for size in (64, 72, 80, 96, 104, 112, 120, 128, 136, 144, 152, 4096):
            self.assert_read(self.sampled(self.plain(attr_size=size)))

    def test_new_records_and_features(self):
        """perf 6.17 to 7: records that flame does not need are passed over, and so are features."""
        f = self.plain()
        for kind in (pf.TEXT_POKE, 21, pf.CALLCHAIN_DEFERRED, 23, 63, 82, 84, 85, 86, 87, 200):
            f.record(kind, f.words(1, 2, 3, 4))
        for bit in (30, 31, 32, 33, 34, 35, 36, 100, 254):
            f.features[bit] = b"\xff" * 24
        self.assert_read(self.sampled(f))

    def test_message_at_the_end(self):
        """perf record -o - > FILE 2>&1"""
        f = self.sampled(self.plain())
        f.records.append(b"[ perf record: Woken up 1 times to write data ]\n")
        self.assert_read(f)

    def test_features_of_a_32_bit_machine(self):
        """Of the other byte order: its words have 32 bits."""
        f = self.sampled(self.plain(order=">"))
        f.string_feature(pf.HOSTNAME, "powerbook")
        data = bytearray(f.to_bytes())
        data[72:80] = data[76:80] + data[72:76]
        path = os.path.join(self.folder, "x.data")
        with open(path, "wb") as out:
            out.write(data)
        result = flame("render", "-o", "-", path)
        self.assertEqual(result.returncode, 0)
        self.assertIn("powerbook", result.stdout)


class Told(ForeignTest):
    """What a recording has beside samples is not passed over in silence."""

    def recording(self, samples):
        f = pf.PerfFile(PLAIN)
        f.comm(7, "prog")
        for time in range(samples):
            f.sample(7, 10 + time, 0x401208, [pf.CONTEXT_USER, 0x401208])
        return f

    def report(self, f):
        path = f.write(os.path.join(self.folder, "x.data"))
        result = flame("report", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[0], flame("render", "-o", "-", path).stdout

    def test_told(self):
        f = self.recording(1)
        for _ in range(3):
            f.record(pf.THROTTLE, f.words(5, 1, 1) + f.trailer(7, 7, 6))
        f.record(pf.TEXT_POKE, f.words(0xffffffff81000010, 0x9090) + f.trailer(7, 7, 6))
        f.record(pf.AUX, f.words(0, 1000, 0) + f.trailer(7, 7, 6))
        f.record(pf.AUX, f.words(1000, 234, 0) + f.trailer(7, 7, 6))
        head, picture = self.report(f)
        self.assertIn(", throttled 3 times, kernel code changed 1 time, "
                      "1,234 bytes of trace data are not shown", head)
        self.assertIn("throttled 3 times", picture)
        self.assertIn("kernel code changed 1 times", picture)
        self.assertIn("1,234 bytes of trace data are not shown", picture)

    def test_no_samples(self):
        path = self.recording(0).write(os.path.join(self.folder, "x.data"))
        for command in (["fold"], ["report"], ["render", "-o", "-"], ["info"]):
            result = flame(*command, path)
            self.assertEqual((result.returncode, result.stderr),
                             (0, "flame: the recording has no samples\n"))

    def test_nothing_but_traces(self):
        f = self.recording(0)
        f.record(pf.AUX, f.words(0, 1000, 0) + f.trailer(7, 7, 6))
        path = f.write(os.path.join(self.folder, "x.data"))
        for command in (["fold"], ["report"], ["render", "-o", "-"]):
            result = flame(*command, path)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn("hardware trace data and no samples", result.stderr)


class Simpleperf(ForeignTest):
    LIBRARY = "/system/lib64/libx.so"
    DEX = "/system/framework/framework.jar"
    JIT = "/data/local/tmp/perf.data_jit_app_cache:0-784"
    MODULE = "/vendor/lib/modules/x.ko"

    def recording(self):
        f = pf.PerfFile(PLAIN, kind=(pf.TRACEPOINT, 47))
        f.comm(7, "app")
        f.mmap2(7, 0x70000000, 0x1000, 0x2000, self.LIBRARY)
        f.mmap2(7, 0x71000000, 0x100000, 0, self.DEX, prot=1, inode=6)
        f.mmap2(7, 0x9c000100, 0x200, 0x300, self.JIT, prot=pf.PROT_SIMPLEPERF_JIT, inode=0)
        f.features[pf.SIMPLEPERF_META_INFO] = (
            b"simpleperf_version\0" b"1\0" b"event_type_info\0"
            b"cpu-cycles,0,0\nsched:sched_switch,2,47\0")
        f.sample(7, 10, 0x70000010, [pf.CONTEXT_KERNEL, 0xffffff8000001010, pf.CONTEXT_USER,
                                     0x70000010, 0x71001004, 0x9c000120])
        return f

    FILES = (  # path, type, min_vaddr, symbols, offset of min_vaddr
        ("[kernel.kallsyms]", 0, 0, [(0xffffff8000001000, 32, "el0_sync")], None),
        (LIBRARY, 2, 0x5000, [(0x5000, 32, "_Z4workv"), (0x5020, 32, "other")], 0x2000),
        (DEX, 3, 0, [(0x1000, 16, "java.lang.Thread.run")], None),
        (JIT, 2, 0, [(0x9c000110, 32, "com.example.Main.loop")], 0),
    )
    WANT = {"app;com.example.Main.loop;java.lang.Thread.run;work;el0_sync": "1"}

    def plain_files(self):
        data = b""
        for path, kind, min_vaddr, symbols, offset in self.FILES:
            rest = struct.pack("<IQ", 1, 44) if kind == 3 else b""
            rest += b"" if offset is None else struct.pack("<Q", offset)
            data += pf.simpleperf_file(path, kind, min_vaddr, symbols, rest)
        return data

    def proto_files(self):
        data = b""
        for path, kind, min_vaddr, symbols, offset in self.FILES:
            rest = pf.proto_field(5, pf.proto_field(1, 44)) if kind == 3 else b""
            rest += b"" if offset is None else pf.proto_field(6, pf.proto_field(1, offset))
            data += pf.simpleperf_file2(path, kind, min_vaddr, symbols, rest)
        return data

    def add_kernel(self, f):
        f.records.insert(0, f.pack("IHH", pf.MMAP, pf.MISC_KERNEL, 8 + 32 + 24 + 16) +
                         f.pack("IIQQQ", 2**32 - 1, 0, 0xffffff8000001000, 0x100000, 0) +
                         f.text("[kernel.kallsyms]_stext") + f.trailer(0, 0, 0))

    def test_names(self):
        for bit, files in ((pf.SIMPLEPERF_FILE, self.plain_files()),
                           (pf.SIMPLEPERF_FILE2, self.proto_files())):
            f = self.recording()
            self.add_kernel(f)
            f.features[bit] = files
            self.assertEqual(self.names(f), self.WANT)

    def test_damaged_names(self):
        """Names before the damage are used; no cut makes the recording unreadable."""
        for bit, files in ((pf.SIMPLEPERF_FILE, self.plain_files()),
                           (pf.SIMPLEPERF_FILE2, self.proto_files())):
            for size in range(0, len(files), 7):
                f = self.recording()
                f.features[bit] = files[:size]
                self.assertEqual(list(self.names(f).values()), ["1"])

    def test_older_files_have_no_offset(self):
        f = pf.PerfFile(PLAIN)
        f.comm(7, "app")
        f.mmap(7, 0x70000000, 0x3000, 0, self.LIBRARY)
        f.features[pf.SIMPLEPERF_FILE] = pf.simpleperf_file(
            self.LIBRARY, 2, 0x5000, [(0x5800, 32, "work")])
        f.sample(7, 10, 0x70000810, [pf.CONTEXT_USER, 0x70000810])
        self.assertEqual(self.names(f), {"app;work": "1"})

    def test_event_has_its_name(self):
        path = self.recording().write(os.path.join(self.folder, "x.data"))
        self.assertIn("1 sample of sched:sched_switch", flame("report", path).stdout)

    def test_tracing_data(self):
        """simpleperf has it in its record, perf after it."""
        data = b"not records at all......"
        for inside in (True, False):
            f = self.recording()
            size = 12 + (len(data) if inside else 0)
            f.records.insert(0, f.pack("IHHI", pf.TRACING_DATA, 0, size, len(data)) + data)
            self.assertEqual(list(self.names(f).values()), ["1"])

    def test_large_records(self):
        """Records of simpleperf's own have sizes of 32 bits."""
        f = self.recording()
        body = b"ffffff8000001000 T x\n" * 10_000
        size = 8 + len(body)
        f.records.insert(1, f.pack("IHH", pf.SIMPLEPERF_KERNEL_SYMBOL, size >> 16, size & 0xffff) +
                         body)
        self.assertEqual(list(self.names(f).values()), ["1"])


if __name__ == "__main__":
    main()
