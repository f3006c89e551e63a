#!/usr/bin/env python3
"""The checker of callchains itself: every encoding of a call, and chains made by hand, correct ones
and wrong ones, with the right verdict for each."""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import arm64  # noqa: E402
import checker  # noqa: E402
import edges  # noqa: E402
import made  # noqa: E402
import perf_data  # noqa: E402
import x86  # noqa: E402

CALLS = {
    "e8 00 01 00 00": "call rel32", "f2 e8 00 01 00 00": "bnd call",
    "67 e8 00 01 00 00": "addr32 call",
    "66 66 48 e8 00 01 00 00": "call of __tls_get_addr", "ff 15 00 01 00 00": "call *slot(%rip)",
    "67 ff 15 00 01 00 00": "addr32 call *", "ff d0": "call *%rax", "41 ff d3": "call *%r11",
    "3e ff d0": "notrack call *%rax", "f2 ff d0": "bnd call *%rax", "f2 41 ff d3": "bnd call *%r11",
    "3e 41 ff d3": "notrack call *%r11", "ff 10": "call *(%rax)", "41 ff 17": "call *(%r15)",
    "ff 14 24": "call *(%rsp)", "ff 14 c8": "call *(%rax,%rcx,8)", "ff 50 08": "call *8(%rax)",
    "ff 55 f8": "call *-8(%rbp)", "41 ff 55 00": "call *0(%r13)", "ff 54 24 10": "call *16(%rsp)",
    "41 ff 54 24 08": "call *8(%r12)", "42 ff 54 f8 10": "call *16(%rax,%r15,8)",
    "ff 90 00 01 00 00": "call *256(%rax)", "41 ff 97 e8 03 00 00": "call *1000(%r15)",
    "ff 94 24 00 01 00 00": "call *256(%rsp)", "ff 94 c8 00 01 00 00": "call *256(%rax,%rcx,8)",
    "ff 14 c5 00 00 60 00": "call *table(,%rax,8)",
    "42 ff 14 f5 00 00 60 00": "call *table(,%r14,8)",
    "64 ff 14 25 10 00 00 00": "call *%fs:16", "65 ff 14 25 10 00 00 00": "call *%gs:16",
    "48 ff d0": "rex.W call *%rax", "40 ff d2": "rex call *%rdx",
    "ff 93 e8 ff ff ff": "call *-24(%rbx)",
}
NO_CALLS = {
    "e9 00 01 00 00": "jmp", "eb 10": "jmp", "ff e0": "jmp *%rax", "ff 25 00 01 00 00": "jmp *slot",
    "ff 30": "push (%rax)", "ff c0": "inc %eax", "ff c8": "dec %eax", "ff 18": "far call *(%rax)",
    "0f 05": "syscall", "cd 80": "int $0x80", "c3": "ret", "cc": "int3", "90": "nop",
    "0f 1f 44 00 00": "nop", "48 89 e8": "mov %rbp,%rax", "b8 e8 ff 00 00": "mov $0xffe8,%eax",
    "74 10": "je", "0f 84 00 01 00 00": "je", "f3 0f 1e fa": "endbr64", "e8 00 01": "call, cut",
    "ff 94 24 00 01 00": "call *256(%rsp), cut", "ff 50": "call *8(%rax), cut", "0f 0b": "ud2",
}
ARM_CALLS = {0x94000040: "bl", 0x97ffffff: "bl back", 0xd63f0000: "blr x0", 0xd63f03c0: "blr x30",
             0xd63f081f: "blraaz x0", 0xd73f0801: "blraa x0, x1", 0xd73f0c01: "blrab x0, x1"}
ARM_NO_CALLS = {0x14000040: "b", 0xd61f0000: "br x0", 0xd65f03c0: "ret", 0xd65f0bff: "retaa",
                0x54000040: "b.eq", 0xb4000040: "cbz", 0xd4000001: "svc", 0xd503201f: "nop",
                0xaa0103e0: "mov", 0xd71f0801: "braa x0, x1", 0xd69f03e0: "eret"}


class Encodings(unittest.TestCase):
    def test_calls(self):
        for text, what in CALLS.items():
            code = bytes.fromhex("90" * 8 + text)
            found = x86.calls_before(code, 0x1000)
            self.assertTrue(found, f"{what}: {text}")
            self.assertTrue(any(call.end == len(code) for call in found))

    def test_no_calls(self):
        for text, what in NO_CALLS.items():
            code = bytes.fromhex("90" * 8 + text)
            self.assertFalse(x86.calls_before(code, 0x1000), f"{what}: {text}")

    def test_every_modrm(self):
        """FF with all ModRM and SIB bytes: reg 2 is a call, of just its length."""
        for modrm in range(256):
            for sib in range(256) if modrm & 7 == 4 and modrm < 0xc0 else (0,):
                code = bytes([0xff, modrm, sib, 1, 1, 1, 1])
                size = x86.decode(code + b"\0", 0, 0).end
                kind = x86.decode(code + b"\0", 0, 0).kind
                self.assertEqual(kind in x86.CALLS, modrm >> 3 & 7 == 2, f"{modrm:02x} {sib:02x}")
                if modrm >> 3 & 7 == 2:
                    self.assertTrue(x86.calls_before(b"\x90" * 8 + code[:size], 0))

    def test_targets(self):
        self.assertEqual(x86.decode(bytes.fromhex("e8fbffffff"), 0, 0x1000).target, 0x1000)
        self.assertEqual(x86.decode(bytes.fromhex("ff1500010000"), 0, 0x1000),
                         (6, x86.CALL_SLOT, 0x1106))
        self.assertEqual(x86.decode(bytes.fromhex("75fe"), 0, 0x1000), (2, x86.JUMP_IF, 0x1000))

    def test_switch(self):
        """A jump by a table of offsets stays in its function; one through a pointer may leave."""
        table = bytes.fromhex("4863 0482 4801d0 3effe0".replace(" ", ""))
        pointer = bytes.fromhex("488b07 ffe0".replace(" ", ""))
        self.assertEqual([i.kind for i in x86.branches(table, 0)][-1], x86.SWITCH)
        self.assertEqual([i.kind for i in x86.branches(pointer, 0)][-1], x86.JUMP_ANY)

    def test_arm64(self):
        for word, what in ARM_CALLS.items():
            self.assertTrue(arm64.calls_before(struct.pack("<I", word), 0x1000), what)
        for word, what in ARM_NO_CALLS.items():
            self.assertFalse(arm64.calls_before(struct.pack("<I", word), 0x1000), what)
        self.assertEqual(arm64.decode(struct.pack("<I", 0x97ffffff), 0, 0x1000).target, 0xffc)
        self.assertEqual(arm64.decode(struct.pack("<I", 0x54ffffe0), 0, 0x1000).target, 0xffc)

    @unittest.skipUnless(shutil.which("objdump") and os.uname().machine == "x86_64", "no objdump")
    def test_lengths(self):
        """Every instruction of a real library has the length and the target that objdump prints."""
        with open("/proc/self/maps", encoding="utf-8") as maps:
            loader = next((line.split()[-1] for line in maps if "/ld-linux" in line), None)
        if not loader:
            self.skipTest("this interpreter has no loader")
        text = subprocess.run(["objdump", "-d", "-w", "--insn-width=16", loader], check=True,
                              capture_output=True, text=True).stdout
        n = 0
        for match in re.finditer(r"(?m)^ +([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$", text):
            vaddr, code, what = int(match[1], 16), bytes.fromhex(match[2]), match[3]
            insn = x86.decode(code, 0, vaddr)
            self.assertEqual(insn.end, len(code), match[0])
            self.assertIn(x86.fast_end(code + b"\0", 0), (0, len(code)), match[0])
            is_call = bool(re.match(r"(\w+ )*call\b", what))
            self.assertEqual(insn.kind in x86.CALLS, is_call, match[0])
            to = re.search(r"\b(?:call|j[a-z]+) +(?:\*[^#]*# )?([0-9a-f]+) <", what)
            if to:
                self.assertEqual(insn.target, int(to[1], 16), match[0])
            n += 1
        self.assertGreater(n, 10000)


def call(at, target):
    return b"\xe8" + struct.pack("<i", target - at - 5)


def jump(at, target):
    return b"\xe9" + struct.pack("<i", target - at - 5)


C = made.CODE
TRAMPOLINE = bytes.fromhex("48c7c00f0000000f05")
FUNCTIONS = (  # 16 bytes each
    ("_start", call(C, C + 0x10) + b"\xf4"),  # 1000
    ("middle", b"\x90" + call(C + 0x11, C + 0x20) + b"\xc3"),  # 1010
    ("leaf", b"\x90\x90\xc3"),  # 1020
    ("by_tail", call(C + 0x30, C + 0x40) + b"\xc3"),  # 1030
    ("tail", b"\x90" + jump(C + 0x41, C + 0x20)),  # 1040
    ("by_pointer", b"\xff\xd0\xc3"),  # 1050
    ("by_any", call(C + 0x60, C + 0x70) + b"\xc3"),  # 1060
    ("leaves", b"\x48\x8b\x07\xff\xe0"),  # 1070
    ("trampoline", TRAMPOLINE),  # 1080
    ("runtime.goexit.abi0", b"\x90" + call(C + 0x91, C + 0x20) + b"\x90"),  # 1090
    ("runtime.sigpanic", b"\x55" + call(C + 0xa1, C + 0x20) + b"\xc3"),  # 10a0
    ("runtime.systemstack_switch.abi0", b"\x90" * 12),  # 10b0
    ("by_cold", call(C + 0xc0, C + 0xd0) + b"\xc3"),  # 10c0
    ("hot", b"\x75\x02" + jump(C + 0xd2, C + 0xe4)),  # 10d0
    ("hot.cold", b"\x90" * 8 + b"\xc3"),  # 10e0
    ("falls", b"\x90" * 16),  # 10f0
    ("on", b"\x90\xc3"),  # 1100
    ("by_falling", call(C + 0x110, C + 0xf0) + b"\xc3"),  # 1110
    ("__start_context", b"\x90\x90\xc3"),  # 1120
)


def made_addr(vaddr):
    return made.BASE + vaddr


class Chains(unittest.TestCase):
    PID = 7

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.program = f"{self.folder}/program"
        self.at = made.program(self.program, FUNCTIONS)
        self.recording = made.Recording()

    def addr(self, name, offset):
        return made_addr(self.at[name] + offset)

    def result(self):
        path = self.recording.write(f"{self.folder}/x.data")
        return checker.Checker().check(perf_data.Recording(path))

    def check(self, *frames, mapped=True):
        """The result for one chain: (function, offset), innermost first, or numbers."""
        if mapped:
            self.recording.map(self.PID, self.program)
        self.recording.sample(self.PID, [f if isinstance(f, int) else self.addr(*f)
                                         for f in frames])
        return self.result()

    def assert_problem(self, result, *kinds):
        self.assertEqual([kind for kind, _ in result.problems], list(kinds))

    def test_right(self):
        result = self.check(("leaf", 1), ("middle", 6), ("_start", 5))
        self.assertEqual(result.edges, {edges.EXACT: 2})
        self.assertEqual((result.returns, result.ends), (2, {"whole": 1}))
        self.assertFalse(result.problems or result.untold)

    def test_caller_left_out(self):
        result = self.check(("leaf", 1), ("_start", 5))
        self.assert_problem(result, edges.WRONG)
        self.assertEqual(result.wrong(), 1)

    def test_caller_left_out_but_told(self):
        result = self.check(("leaf", 1), checker.MISSING, ("_start", 5))
        self.assertFalse(result.problems)
        self.assertEqual((result.edges, result.gaps), ({checker.AFTER_MARK: 1}, 1))

    def test_after_a_mark_still_a_call(self):
        self.assert_problem(self.check(("leaf", 1), checker.MISSING, ("_start", 3)),
                            checker.NO_CALL)

    def test_after_no_call(self):
        for offset in (1, 4, 6):
            self.setUp()
            result = self.check(("leaf", 1), ("middle", offset + (offset == 6)), ("_start", 5))
            self.assert_problem(result, checker.NO_CALL)
            self.assertEqual(result.impossible(), 1)

    def test_in_no_mapping(self):
        result = self.check(("leaf", 1), 0x120007e6d0, ("_start", 5))
        self.assert_problem(result, checker.UNMAPPED)
        self.assertEqual(result.edges, {checker.AFTER_WRONG: 1})

    def test_innermost_in_no_mapping(self):
        self.assert_problem(self.check(0x120007e6d0, ("_start", 5)), checker.UNMAPPED)

    def test_outside_the_code(self):
        self.assert_problem(self.check(("leaf", 1), made_addr(C + 0xf00)), checker.OUTSIDE)

    def test_tail_call(self):
        self.assertEqual(self.check(("leaf", 1), ("by_tail", 5)).edges, {edges.TAIL: 1})

    def test_tail_call_elsewhere(self):
        self.assert_problem(self.check(("middle", 1), ("by_tail", 5)), edges.WRONG)

    def test_part(self):
        self.assertEqual(self.check(("hot.cold", 6), ("by_cold", 5)).edges, {edges.PART: 1})

    def test_falls_through(self):
        self.assertEqual(self.check(("on", 1), ("by_falling", 5)).edges, {edges.TAIL: 1})

    def test_pointer(self):
        self.assertEqual(self.check(("leaf", 1), ("by_pointer", 2)).edges, {edges.INDIRECT: 1})

    def test_indirect_jump(self):
        self.assertEqual(self.check(("leaf", 1), ("by_any", 5)).edges, {edges.ANYWHERE: 1})

    def test_signal(self):
        """An interrupted address is recorded one byte higher, that of the trampoline perhaps."""
        for offset in (0, 7, 9):  # sampled in the trampoline itself
            self.setUp()
            result = self.check(("trampoline", offset), ("leaf", 2), ("middle", 6))
            self.assertEqual(result.exceptions, {"interrupted by a signal": 1})
        for offset in (0, 1):
            self.setUp()
            result = self.check(("leaf", 1), ("trampoline", offset), ("leaf", 2), ("middle", 6),
                                ("_start", 5))
            self.assertFalse(result.problems)
            self.assertEqual(result.exceptions.total(), 2)
            self.assertEqual(result.edges, {edges.EXACT: 2})

    def test_signal_in_no_mapping(self):
        self.assert_problem(self.check(("leaf", 1), ("trampoline", 1), 0x120007e6d0),
                            checker.UNMAPPED)

    def test_arm64(self):
        def branch(link, at, target):
            return struct.pack("<I", link << 31 | 0x14000000 | (target - at) // 4 & 0x3ffffff)

        nop = struct.pack("<I", 0xd503201f)
        self.at = made.program(self.program, (
            ("_start", branch(1, C, C + 0x10) + nop), ("tail", branch(0, C + 0x10, C + 0x20)),
            ("leaf", nop * 2), ("other", nop * 2)), machine=183)
        self.assertEqual(self.check(("leaf", 4), ("_start", 4)).edges, {edges.TAIL: 1})
        self.recording = made.Recording()
        self.assert_problem(self.check(("other", 4), ("_start", 4)), edges.WRONG)
        self.recording = made.Recording()
        self.assert_problem(self.check(("leaf", 4), ("_start", 8)), checker.NO_CALL)

    def test_no_signal(self):
        self.assert_problem(self.check(("leaf", 1), ("leaf", 2), ("middle", 6)), checker.NO_CALL)

    def test_go(self):
        result = self.check(("leaf", 1), ("middle", 6), ("runtime.goexit.abi0", 1))
        self.assertEqual((result.exceptions, result.untold), ({"goexit": 1}, {}))
        self.setUp()
        self.assert_problem(self.check(("leaf", 1), ("runtime.goexit.abi0", 1), ("_start", 5)),
                            checker.BEYOND)
        self.setUp()
        result = self.check(("leaf", 1), ("runtime.sigpanic", 6), ("leaf", 2), ("middle", 6))
        self.assertEqual(result.exceptions, {"under sigpanic or asyncPreempt": 1})
        self.assertFalse(result.problems)
        self.setUp()
        result = self.check(("leaf", 1), ("runtime.systemstack_switch.abi0", 8), ("_start", 5))
        self.assertEqual((result.exceptions, result.edges),
                         ({"systemstack_switch": 1}, {checker.AFTER_SWITCH: 1}))

    def test_unwinder(self):
        """The frames after the functions of libgcc that change the stack, while they do so."""
        self.at = made.program(self.program, (
            ("_start", call(C, C + 0x10) + b"\xf4"), ("middle", call(C + 0x10, C + 0x20) + b"\xc3"),
            ("leaf", b"\x90\x90\xc3"), ("_Unwind_Resume", b"\x90\x90\xc3")))
        result = self.check(("_Unwind_Resume", 1), ("middle", 5), ("leaf", 2))
        self.assertEqual((result.edges, result.exceptions, result.untold),
                         ({edges.UNWINDER: 1}, {"landing pad": 1}, {}))
        self.recording = made.Recording()
        self.assert_problem(self.check(("_Unwind_Resume", 1), 0x120007e6d0), checker.UNMAPPED)

    def test_coroutine(self):
        self.assertFalse(self.check(("leaf", 1), ("__start_context", 0)).problems)
        self.setUp()
        self.assertTrue(self.check(("leaf", 1), ("__start_context", 0), ("_start", 5)).problems)

    def test_beyond_the_start(self):
        self.assert_problem(self.check(("leaf", 1), ("middle", 6), ("_start", 5), ("_start", 5)),
                            checker.BEYOND)

    def test_ends(self):
        result = self.check(("leaf", 1), ("middle", 6))
        self.assertEqual((result.ends["whole"], result.untold.total()), (1, 1))
        for mark, end in ((checker.TRUNCATED, "truncated"), (checker.BROKEN, "broken")):
            self.setUp()
            result = self.check(("leaf", 1), ("middle", 6), mark)
            self.assertEqual((result.ends, result.untold.total()), ({end: 1}, 0))

    def test_jit(self):
        self.recording.map(self.PID, "//anon", start=0x10000, build_id=b"")
        result = self.check(0x10010, 0x10020, ("_start", 5))
        self.assertEqual(result.unreadable, {"JIT": 1})
        self.assert_problem(result, edges.WRONG)  # _start calls 'middle', which leads to no JIT

    def test_contexts(self):
        kernel, user = perf_data.CONTEXT_KERNEL, perf_data.CONTEXT_USER
        result = self.check(kernel, 0xffffffff81000010, user, ("leaf", 1), ("middle", 6),
                            ("_start", 5))
        self.assertEqual((result.returns, result.edges), (2, {edges.EXACT: 2}))

    def test_another_file(self):
        self.recording.map(self.PID, self.program, build_id=b"\2" * 20)
        result = self.check(("leaf", 1), ("middle", 6), mapped=False)
        self.assertEqual(result.unreadable, {"another file": 1})

    def test_spaces(self):
        """A child has its parent's mappings until it executes another program; mappings that others
        cover are gone."""
        right = [self.addr("leaf", 1), self.addr("middle", 6), self.addr("_start", 5)]
        self.recording.map(self.PID, self.program)
        self.recording.fork(8, self.PID, time=10)
        self.recording.fork(9, self.PID, time=10, empty=True)
        self.recording.execute(8, time=20)
        self.recording.map(self.PID, "//anon", length=0x14, time=30, build_id=b"")
        for pid, time in ((self.PID, 5), (8, 15), (9, 15), (8, 25), (self.PID, 35)):
            self.recording.sample(pid, right, time)
        result = self.result()
        self.assertEqual(result.edges[edges.EXACT], 2 + 2 + 1)
        self.assertEqual(sum(n for (kind, _), n in result.problems.items()
                             if kind == checker.UNMAPPED), 3 + 2)
        self.assertEqual(result.exceptions, {"executing another program": 1})
        self.assertEqual(result.unreadable, {"JIT": 1})

    def test_damaged(self):
        self.recording.sample(self.PID, [1, 2, 3])
        path = self.recording.write(f"{self.folder}/x.data")
        with open(path, "rb") as f:
            data = f.read()
        for size in range(0, len(data), 7):
            with open(path, "wb") as f:
                f.write(data[:size])
            try:
                perf_data.Recording(path)
            except perf_data.BadRecording as error:
                self.assertNotIn("\n", str(error))


if __name__ == "__main__":
    unittest.main(verbosity=2)
