"""Inlined functions of the running kernel, from a vmlinux that the test makes. It has the kernel's
build id and one function at the place of a sampled kernel function, linked to another address than
the kernel's."""

import collections
import os
import re
import struct
import subprocess
import unittest

from flame_test import Test, flame, main, needs_recording

LINKED_AT = 0x400000
SOURCE = """
__attribute__((always_inline)) static inline void planted(void)
{{ __asm__ volatile(".skip {size}"); }}
__attribute__((section(".hot"))) void hot(void) {{ planted(); }}
void _start(void) {{ }}
"""


def kernel_build_id():
    with open("/sys/kernel/notes", "rb") as f:
        notes = f.read()
    while notes:
        name, size, kind = struct.unpack_from("=3I", notes)
        start = 12 + (name + 3) // 4 * 4
        if kind == 3 and notes[12:16] == b"GNU\0":
            return notes[start:start + size].hex()
        notes = notes[start + (size + 3) // 4 * 4:]
    raise unittest.SkipTest("the kernel has no build id")


def kernel_functions():
    """Start addresses of the kernel's functions, by name, and all start addresses."""
    found, starts = collections.defaultdict(list), set()
    with open("/proc/kallsyms", encoding="ascii") as f:
        for line in f:
            addr, kind, name = line.split()[:3]
            if kind in "tTwW":
                found[name].append(int(addr, 16))
                starts.add(int(addr, 16))
    return found, sorted(starts)


@needs_recording
class KernelInlines(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")
        result = flame("record", "--no-svg", "-F", "1999", "-o", self.data, "--",
                       "dd", "if=/dev/zero", "of=/dev/null", "bs=1M", "count=3000", "status=none")
        self.assertEqual(result.returncode, 0, result.stderr)
        functions, starts = kernel_functions()
        leaves = collections.Counter()
        for stack, count in self.folded("--kernel", self.data).items():
            name = stack.rsplit(";", 1)[-1].removesuffix("_[k]")
            if len(functions[name]) == 1 and functions[name][0]:
                leaves[name] += count
        if not leaves:
            self.skipTest("no name of the kernel is known")
        self.hot = leaves.most_common(1)[0][0]
        self.addr = functions[self.hot][0]
        self.size = next(s for s in starts if s > self.addr) - self.addr
        self.text = min(functions["_text"] or functions["_stext"])

    def make_vmlinux(self, build_id):
        release = os.uname().release
        place = self.path(f"dir/boot/vmlinux-{release}")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        source = self.write("vmlinux.c", SOURCE.format(size=self.size))
        subprocess.run(["cc", "-g", "-O2", "-fcf-protection=none", "-fno-pie", "-no-pie", "-static",
                        "-nostdlib", "-ffreestanding", f"-Wl,--build-id=0x{build_id}",
                        f"-Wl,--section-start=.hot={self.addr - self.text + LINKED_AT:#x}",
                        f"-Wl,--defsym=_text={LINKED_AT:#x}", f"-Wl,--defsym=_stext={LINKED_AT:#x}",
                        "-o", place, source], check=True)
        return place

    def is_planted(self, path, *args):
        return any(f"{self.hot};planted_[i]" in s for s in self.folded(*args, path))

    def symbolize(self, data):
        result = flame("symbolize", "--debug-dir", self.path("dir"), data)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def test_come_later_and_stay(self):
        self.assertFalse(self.is_planted(self.data))
        vmlinux = self.make_vmlinux(kernel_build_id())
        self.assertNotIn("is not the debug file", self.symbolize(self.data))
        os.unlink(vmlinux)
        self.assertTrue(self.is_planted(self.data))
        self.assertFalse(self.is_planted(self.data, "--no-inline"))
        self.assertTrue(any(re.search(re.escape(self.hot) + r":vmlinux\.c:\d+;"
                                      r"planted:vmlinux\.c:\d+_\[i\]", s)
                            for s in self.folded("--context", self.data)))

    def test_another_kernel(self):
        self.make_vmlinux(os.urandom(20).hex())
        self.assertIn("is not the debug file of '[kernel.kallsyms]", self.symbolize(self.data))
        self.assertFalse(self.is_planted(self.data))


if __name__ == "__main__":
    main()
