"""Inline frames from DWARF that is in several files: shared parts that dwz moved out, split DWARF in
.dwo files and in packages; and unwind rules in a separate debug file."""

import os
import shutil
import subprocess
import unittest

from flame_test import Test, flame, main, needs_tool

HEADER = """
struct big { int a, b, c; long d[10]; char name[32]; struct big *next; };
struct other { struct big b; double x; };
static inline __attribute__((always_inline)) unsigned shared_inline(unsigned x, struct other *o)
{
	for (int i = 0; i < 20000; i++) {
		x = x * 1664525 + 1013904223;
		*(volatile unsigned *)&o->b.a = x;
	}
	return x;
}
"""

PROGRAM = """
#include "common.h"
static struct other o;
__attribute__((noinline)) static unsigned hidden(unsigned x)
{
	if (x % 3)
		return shared_inline(x, &o) + 1;
	return shared_inline(x ^ 5, &o) + 2;
}
__attribute__((noinline)) unsigned caller(unsigned x) { return hidden(x) + 1; }
int main(void)
{
	unsigned x = 1;
	for (int i = 0; i < 9000; i++)
		x += caller(x);
	return x == 42;
}
"""


@needs_tool("perf")
class DebugParts(Test):
    def setUp(self):
        super().setUp()
        self.env = {**os.environ, "HOME": self.path("home")}
        self.write("common.h", HEADER)
        self.data = self.path("perf.data")

    def compile(self, name, *args, compiler="cc"):
        """Compiles with relative names, in the folder of the test."""
        self.write(name + ".c", PROGRAM)
        subprocess.run([compiler, "-g", "-O2", "-fno-optimize-sibling-calls", "-o", name, *args,
                        name + ".c"], check=True, cwd=self.path(""))
        return self.path(name)

    def record(self, program, *args):
        done = subprocess.run(["perf", "record", "-q", "-B", "-e", "cpu-clock:u", "-F", "499", "-o",
                               self.data, *args, program],
                              capture_output=True, env=self.env, check=False)
        if done.returncode:
            self.skipTest(f"perf cannot record: {done.stderr}")

    def inlined(self, *args):
        """The part of the samples that have the inline frame."""
        out = self.path("named.data")
        result = flame("symbolize", "-o", out, *args, self.data, env=self.env)
        self.assertEqual(result.returncode, 0, result.stderr)
        counts = [(s, int(n)) for s, n in (line.rsplit(" ", 1) for line in flame(
            "fold", "--all", "--context", out, env=self.env).stdout.splitlines())]
        return sum(n for s, n in counts if ";hidden:" in s and "shared_inline:common.h:" in s
                   and s.endswith("_[i]")) / sum(n for _, n in counts)

    @needs_tool("dwz")
    def test_parts_that_dwz_moved_out(self):
        for shared in ("common.dwz", "/usr/lib/debug/.dwz/flame-test.debug", "/nowhere/common.dwz"):
            programs = [self.compile("one"), self.compile("two")]
            subprocess.run(["dwz", "-m", "shared", "-M", shared, *programs], check=True,
                           cwd=self.path(""))
            self.record(programs[0])
            self.assertLess(self.inlined(), 0.5)
            if not shared.startswith("/"):
                shutil.copy(self.path("shared"), self.path(shared))
                self.assertGreater(self.inlined(), 0.9)
                os.unlink(self.path(shared))
            place = self.path("dir/.dwz/" + os.path.basename(shared))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.move(self.path("shared"), place)
            self.assertGreater(self.inlined("--debug-dir", self.path("dir")), 0.9)
            # Another file at this place.
            shutil.copy(self.compile("three"), place)
            self.assertLess(self.inlined("--debug-dir", self.path("dir")), 0.5)

    def compilers(self):
        return [c for c in ("gcc", "clang", "clang-14") if shutil.which(c)]

    def check_split(self, *args, compiler):
        program = self.compile("split", "-gsplit-dwarf", *args, compiler=compiler)
        self.record(program)
        self.assertGreater(self.inlined(), 0.9, f"{compiler} {args}")
        parts = [f for f in os.listdir(self.path("")) if f.endswith(".dwo")]
        self.assertEqual(len(parts), 1)
        return program, self.path(parts[0])

    def test_split_dwarf(self):
        for compiler in self.compilers():
            for version in ("-gdwarf-5", "-gdwarf-4"):
                program, part = self.check_split(version, compiler=compiler)
                os.makedirs(self.path("dir"), exist_ok=True)
                moved = self.path("dir/" + os.path.basename(part))
                shutil.move(part, moved)
                self.assertLess(self.inlined(), 0.5)
                self.assertGreater(self.inlined("--debug-dir", self.path("dir")), 0.9)
                # The part of another program has another id.
                with open(moved, "rb") as f:
                    content = f.read()
                other = self.compile("other", "-gsplit-dwarf", version, "-DX=1", "-fwrapv",
                                     compiler=compiler)
                self.assertTrue(os.path.exists(other) and os.path.exists(program))
                others = [f for f in os.listdir(self.path("")) if f.endswith(".dwo")]
                shutil.move(self.path(others[0]), moved)
                with open(moved, "rb") as f:
                    self.assertNotEqual(f.read(), content)
                self.assertLess(self.inlined("--debug-dir", self.path("dir")), 0.5)

    def test_packages(self):
        packers = [p for p in ("dwp", "llvm-dwp", "llvm-dwp-14") if shutil.which(p)]
        tried = 0
        for packer in packers:
            for version in ("-gdwarf-5", "-gdwarf-4"):
                program, part = self.check_split(version, compiler=self.compilers()[0])
                package = program + ".dwp"
                done = subprocess.run([packer, "-e", program, "-o", package], check=False,
                                      capture_output=True, cwd=self.path(""))
                os.unlink(part)
                if done.returncode:
                    continue
                tried += 1
                self.assertGreater(self.inlined(), 0.9, f"{packer} {version}")
                os.makedirs(self.path("dir"), exist_ok=True)
                shutil.move(package, self.path("dir"))
                self.assertLess(self.inlined(), 0.5)
                self.assertGreater(self.inlined("--debug-dir", self.path("dir")), 0.9)
                shutil.rmtree(self.path("dir"))
        if not tried:
            self.skipTest("no tool makes packages")

    @needs_tool("objcopy")
    def test_unwind_rules_in_a_debug_file(self):
        build_id = os.urandom(20).hex()
        program = self.compile("rules", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables",
                               "-fomit-frame-pointer", "-Wl,--build-id=0x" + build_id)
        place = self.path(f"dir/.build-id/{build_id[:2]}/{build_id[2:]}.debug")
        os.makedirs(os.path.dirname(place))
        subprocess.run(["objcopy", "--only-keep-debug", program, place], check=True)
        subprocess.run(["strip", program], check=True)
        self.record(program, "--call-graph", "dwarf,4096")
        self.assertGreater(self.inlined("--debug-dir", self.path("dir")), 0.9)
        stacks = "\n".join(self.folded("--all", self.path("named.data")))
        self.assertRegex(stacks, "main;caller;hidden")
        # The stacks are stored: they need neither the rules nor the program.
        shutil.rmtree(self.path("dir"))
        os.unlink(program)
        self.assertEqual("\n".join(self.folded("--all", self.path("named.data"))), stacks)


if __name__ == "__main__":
    main()
