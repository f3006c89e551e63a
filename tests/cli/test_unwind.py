"""Stacks of programs without frame pointers, unwound with the tables in their files. The programs'
stacks are known; stacks with frame pointers are compared with the kernel's."""

import collections
import os
import re
import subprocess
import unittest

import flame_test
from flame_test import flame, program

UNWIND = os.environ.get("FLAME_UNWIND_STACKS", "")
SECONDS = 0.4
HERTZ = 997
MAIN = r";go;main;.*_start"
# The outermost function of a thread: clone3, named __clone3 in glibc 2.41 and later.
THREAD = r"(__)?clone3?"
# Stacks that end in spin(), innermost frame first.
WAYS = {
    "recursion": r"spin;descend(;descend_odd;descend){250};recursion" + MAIN,
    "arrays": r"spin;aligned(;with_array){1,12};with_alloca;arrays" + MAIN,
    "sort": r"spin;compare;([^;]+;){1,12}(__)?qsort_r;sort" + MAIN,
    "threads": r"spin;in_thread;(.*;)?" + THREAD,
    "handler": r"(spin;handle;__restore_rt;)?(done;)?(spin;)?(leaf;|(.*;)?is_over;)?"
               r"busy;handler" + MAIN,
    "plugin": r"spin;called_back;pass;plugin_run;plugin" + MAIN,
}
WHOLE = re.compile(rf"(_start|_dl_start_user|{THREAD})$")
# libgcc overwrites its own saved registers and return address with those of the catching function,
# and changes the stack pointer last. In between, the stack does not hold the caller and the unwind
# tables describe the former state: for a few instructions at the end of these functions, and in a
# function that they call (uw_install_context_1), whose name Debian strips.
INSTALLING = re.compile(r"^((uw_install_context_1|\[unknown libgcc_s[^;]*);)?"
                        r"_Unwind_(RaiseException|Resume|Resume_or_Rethrow|ForcedUnwind)\b")
INSTALLING_MOST = 0.02


@flame_test.needs_recording
@unittest.skipUnless(os.uname().machine == "x86_64", "of x86-64")
class Unwinding(flame_test.Test):
    def record(self, name, *args, stacks="dwarf-raw", hertz=HERTZ, size=65528):
        path = self.path(f"{name}.data")
        result = flame("record", "-g", stacks, "--stack-size", size, "-F", hertz,
                       "--max-cost", "100", "--no-svg", "-o", path, "--", program(name), SECONDS,
                       *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path

    def unwound(self, path):
        """Number of stacks by kind of end, and the stacks, without those that cannot be unwound."""
        done = subprocess.run([UNWIND, path], capture_output=True, text=True, check=True)
        ends, stacks = collections.Counter(), collections.Counter()
        unknowable = 0
        for line in done.stdout.splitlines():
            _pid, _time, end, stack = line.split(" ", 3)
            if INSTALLING.search(stack) and not (end == "root" and WHOLE.search(stack)):
                unknowable += 1
                continue
            ends[end] += 1
            stacks[stack] += 1
        self.assert_most(ends.total(), ends.total() + unknowable, 1 - INSTALLING_MOST)
        return ends, stacks

    def stacks_of(self, name, *args, **options):
        """All stacks. Asserts that 99.9 % are whole."""
        ends, stacks = self.unwound(self.record(name, *args, **options))
        self.assert_most(ends["root"], ends.total(), 0.999, (ends, stacks))
        whole = {s: n for s, n in stacks.items() if WHOLE.search(s)}
        self.assert_most(sum(whole.values()), stacks.total(), 0.999, stacks)
        return collections.Counter(whole)

    def assert_same(self, one, other):
        """Asserts that each stack with a tenth of the samples on one side is also on the other, and
        each stack that cannot be missing by chance."""
        for some, all_others in ((one, other), (other, one)):
            least = max(0.1, 10 / all_others.total())
            often = {s for s, n in some.items() if n >= least * some.total()}
            self.assertLessEqual(often, set(all_others))

    def check(self, way):
        stacks = self.stacks_of("stacks", way)
        spins = [s for s in stacks if s.startswith("spin;")]
        self.assertTrue(spins)
        for stack in spins:
            self.assertRegex(stack, f"^{WAYS[way]}$")
        self.assert_same(stacks, self.stacks_of("stacks_fp", way))

    def test_recursion(self):
        self.check("recursion")

    def test_arrays(self):
        self.check("arrays")

    def test_sort(self):
        self.check("sort")

    @flame_test.needs_libc_names
    def test_threads(self):
        self.check("threads")

    @flame_test.needs_libc_names
    def test_handler(self):
        self.check("handler")

    def test_plugin(self):
        self.check("plugin")

    @flame_test.needs_libc_names
    def test_handler_on_another_stack(self):
        stacks = self.stacks_of("stacks", "altstack")
        of_handler = {s for s in stacks if s.startswith("spin;handle;")}
        self.assertTrue(of_handler)
        for stack in of_handler:
            self.assertRegex(stack, "^spin;handle;__restore_rt;.*busy;busy_thread;(.*;)?"
                                    f"{THREAD}$")

    @flame_test.needs_libc_names
    def test_handler_on_a_stack_far_away(self):
        ends, stacks = self.unwound(self.record("stacks", "farstack"))
        self.assertEqual(ends["broken"], 0)
        self.assertGreater(ends["truncated"], 0)
        for stack in stacks:
            if stack.startswith("spin;handle;"):
                self.assertRegex(stack, "^spin;handle;__restore_rt;[^;]+$")

    @flame_test.needs_libc_names
    def test_coroutine(self):
        ends, stacks = self.unwound(self.record("stacks", "coroutine"))
        self.assert_most(ends["root"], ends.total(), 0.999, ends)
        self.assertIn("spin;in_context;__start_context", stacks)

    def test_static(self):
        for way in ("recursion", "sort", "handler"):
            stacks = self.stacks_of("stacks_static", way)
            for stack in stacks:
                if stack.startswith("spin;"):
                    self.assertRegex(stack, f"^{WAYS[way]}$")

    def test_stripped(self):
        """Stripped programs keep their tables: stacks have the same depth."""
        ends, stacks = self.unwound(self.record("stacks_stripped", "recursion"))
        self.assert_most(ends["root"], ends.total(), 0.999, ends)
        named = self.stacks_of("stacks_static", "recursion")
        deepest = [s.most_common(1)[0][0].count(";") for s in (stacks, named)]
        self.assertEqual(deepest[0], deepest[1])
        self.assertGreater(deepest[0], 500)

    def test_exceptions(self):
        self.check_cc("throw", r"spin;(passed::~passed;thrower(\.cold|\.part\S*)*(;thrower)*;)?"
                               r"catcher(\.cold)?;main;.*_start")

    def test_exceptions_in_libraries(self):
        """Nearly all samples are in the unwinder libraries, often at each of their instructions."""
        if not os.path.exists(program("stacks_cc")):
            self.skipTest("no C++ compiler")
        for name in ("stacks_cc", "stacks_cc_fp"):
            stacks = self.stacks_of(name, "unwind", hertz=4999, size=16384)
            self.assert_most(sum(n for s, n in stacks.items() if "_Unwind_" in s),
                             stacks.total(), 0.5)

    def test_virtual(self):
        self.check_cc("virtual", r"spin;square::area;.*virtuals\(\).*;virtuals;main;.*_start")

    def check_cc(self, way, want):
        if not os.path.exists(program("stacks_cc")):
            self.skipTest("no C++ compiler")
        stacks = self.stacks_of("stacks_cc", way)
        for stack in stacks:
            if stack.startswith("spin;"):
                self.assertRegex(stack, f"^{want}$")
        self.assert_same(stacks, self.stacks_of("stacks_cc_fp", way))

    @flame_test.needs_libc_names
    def test_as_the_kernel(self):
        """Frame pointers are correct from spin() to main() in programs that have them."""
        for way, outermost in (("recursion", "main"), ("arrays", "main"),
                               ("threads", "in_thread")):
            args = (way, 60) if way == "recursion" else (way,)
            kernel = collections.Counter()
            for stack, n in self.folded(self.record("stacks_fp", *args, stacks="fp")).items():
                frames = stack.split(";")[::-1]
                if frames[0] == "spin" and outermost in frames:
                    kernel[";".join(frames[:frames.index(outermost) + 1])] += n
            ours = collections.Counter()
            for stack, n in self.stacks_of("stacks", *args).items():
                frames = stack.split(";")
                if frames[0] == "spin":
                    ours[";".join(frames[:frames.index(outermost) + 1])] += n
            self.assert_same(kernel, ours)


if __name__ == "__main__":
    flame_test.main()
