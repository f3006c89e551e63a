"""flame record, live: programs with unusual ELF files."""

import os
import struct
import subprocess
import unittest

from flame_test import (Test, flame, main, needs_recording, needs_tool, running,
                        wait_until_busy)

SOURCE = """
#include <stdio.h>
volatile unsigned n;
__attribute__((noinline)) void leaf_function(void) { for (int i = 0; i < 100000; i++) n += n * 3 + 1; }
__attribute__((noinline)) void middle_function(int k)
{
    char b[64];
    snprintf(b, sizeof(b), "%d", k);
    for (int i = 0; i < 50; i++)
        leaf_function();
    n += b[0];
}
int main(int argc, char **argv)
{
    for (int i = 0; i < 200; i++)
        middle_function(i + argc);
    return n & 0;
}
"""
FAR = 5 << 30  # bytes

# Copies the pages in the middle of its text to memory without a file, as PHP, node and HHVM do to
# get huge pages. "evil" writes other bytes there.
REMAP = """
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
extern char __executable_start, etext;
volatile unsigned n;
__asm__(".text; .balign 4096; .fill 8192, 1, 0x90; .globl middle_begin; middle_begin:");
__attribute__((noinline)) void leaf_function(void) { for (int i = 0; i < 100000; i++) n += n * 3 + 1; }
__attribute__((noinline)) void middle_function(int k)
{
    for (int i = 0; i < 50; i++)
        leaf_function();
    n += k;
}
__asm__(".balign 4096; .fill 4096, 1, 0x90; .globl middle_end; middle_end: .fill 8192, 1, 0x90");
extern char middle_begin, middle_end;
__attribute__((noinline)) void remap(int how, int evil)
{
    size_t size = &middle_end - &middle_begin;
    char *copy = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(copy, &middle_begin, size);
    if (evil)
        memset(copy + size - 4096, 0xcc, 4096);
    if (how == 0) {
        mmap(&middle_begin, size, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        memcpy(&middle_begin, copy, size);
    } else if (how == 1) {
        mmap(&middle_begin, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        memcpy(&middle_begin, copy, size);
        mprotect(&middle_begin, size, PROT_READ | PROT_EXEC);
    } else {
        mprotect(copy, size, PROT_READ | PROT_EXEC);
        mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, &middle_begin);
    }
}
int main(int argc, char **argv)
{
    remap(argv[1][0] - '0', argc > 2);
    for (int i = 0; i < 2000000; i++)
        middle_function(i);
    return n & 0;
}
"""


def section_headers_remove(path):
    with open(path, "r+b") as f:
        f.seek(0x28)
        f.write(struct.pack("<Q", 0))
        f.seek(0x3a)
        f.write(struct.pack("<HHH", 0, 0, 0))


def code_move(path):
    """Moves the segments with code to the end of a file of more than 4 GiB."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    segments, sections = struct.unpack_from("<QQ", data, 0x20)
    n_segments, _, n_sections = struct.unpack_from("<HHH", data, 0x38)
    moved = []
    for i in range(n_segments):
        at = segments + 56 * i
        kind, flags, off = struct.unpack_from("<IIQ", data, at)
        size = struct.unpack_from("<Q", data, at + 32)[0]
        if kind == 1 and flags & 1:
            moved.append((off, size))
            struct.pack_into("<Q", data, at + 8, off + FAR)
    for i in range(n_sections):
        at = sections + 64 * i + 24
        off = struct.unpack_from("<Q", data, at)[0]
        if any(start <= off < start + size for start, size in moved):
            struct.pack_into("<Q", data, at, off + FAR)
    with open(path, "r+b") as f:
        f.write(data)
        for off, size in moved:
            f.seek(off)
            f.write(bytes(size))
            f.seek(off + FAR)
            f.write(data[off:off + size])


@needs_recording
@needs_tool("cc")
class Layouts(Test):
    def build(self, *options):
        source, program = self.write("odd.c", SOURCE), self.path("odd")
        subprocess.run(["cc", "-O1", "-fomit-frame-pointer", source, "-o", program, *options],
                       check=True)
        return program

    def stacks(self, *command):
        data = self.path("x.data")
        result = flame("record", "-F", "997", "-o", data, "--no-svg", "--", *command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return flame("fold", data).stdout

    def assert_whole(self, stacks, share=0.9):
        """The program's own functions are named, in whole stacks."""
        own = [line.rsplit(" ", 1) for line in stacks.splitlines() if line.startswith("odd;")]
        all_samples = sum(int(n) for _, n in own)
        whole = sum(int(n) for stack, n in own
                    if ";main;middle_function;leaf_function" in stack
                    and "[broken stack]" not in stack)
        self.assert_most(whole, all_samples, share, stacks)

    def test_code_beyond_4_gib(self):
        program = self.build("-static")
        code_move(program)
        self.assertGreater(os.stat(program).st_size, 4 << 30)
        self.assert_whole(self.stacks(program))

    def test_no_section_headers(self):
        for options in (["-rdynamic"], ["-rdynamic", "-Wl,--hash-style=sysv"],
                        ["-rdynamic", "-no-pie"]):
            with self.subTest(options):
                program = self.build(*options)
                section_headers_remove(program)
                self.assert_whole(self.stacks(program))

    def remapped(self, *args, before=False):
        """Records a program that copies its text, from its start or while it runs."""
        program = self.path("odd")
        subprocess.run(["cc", "-O1", "-fomit-frame-pointer", "-fno-toplevel-reorder",
                        self.write("odd.c", REMAP), "-o", program], check=True)
        if not before:
            # Two seconds of CPU time, however long they take.
            return self.stacks("sh", "-c", f"(ulimit -t 2; exec {program} {' '.join(args)}); true")
        data = self.path("x.data")
        with running(f"exec {program} {' '.join(args)}") as jobs:
            wait_until_busy(jobs[0].pid, "odd")
            result = flame("record", "-p", jobs[0].pid, "2", "-o", data, "--no-svg")
        self.assertEqual(result.returncode, 0, result.stderr)
        return flame("fold", data).stdout

    def test_text_that_was_copied_to_memory(self):
        for how in "012":
            for before in (False, True):
                with self.subTest(how=how, before=before):
                    self.assert_whole(self.remapped(how, before=before), 0.75)

    def test_memory_with_other_bytes_is_not_the_file(self):
        for before in (False, True):
            with self.subTest(before=before):
                self.assertNotIn("leaf_function", self.remapped("0", "evil", before=before))

    def test_no_section_headers_in_a_large_file(self):
        """Of a large file only the tables are kept when its process has ended."""
        program = self.build("-rdynamic", "-Wl,--build-id=none")
        section_headers_remove(program)
        os.truncate(program, 64 << 20)
        self.assert_whole(self.stacks(program))


if __name__ == "__main__":
    main()
