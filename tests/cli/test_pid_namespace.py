"""flame record in a pid namespace, as in a container: the processes outside have no pids there, so
they must have no names, least of all those of other processes."""

import os
import subprocess
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, running,
                        wait_until_busy)

OUTSIDE = "[outside this pid namespace]"
ROOT = OUTSIDE.replace(" ", "_")  # folded text has no blanks in a comm
SOURCE = """
#include <time.h>
#include <unistd.h>
static volatile unsigned n;
__attribute__((noinline)) void {name}(void) {{ for (int i = 0; i < 100000000; i++) n += n * 3 + 1; }}
int main(void) {{ for (int i = 0; i < {rounds}; i++) {name}(); return n & 0; }}
"""
INSIDE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


@needs_recording
@needs_tool("cc")
@needs_tool("unshare")
@unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
class PidNamespace(Test):
    def build(self, name, rounds=1000000):
        """A program with one function of its own, at the same address in each program."""
        source = self.write(f"{name}.c", SOURCE.format(name=name, rounds=rounds))
        program = self.path(name)
        subprocess.run(["cc", "-O1", "-static", source, "-o", program], check=True)
        return program

    def record(self, *command, prefix=INSIDE):
        data = self.path("x.data")
        result = subprocess.run(
            [*prefix, FLAME, "record", "-o", data, "--no-svg", "-F", "499", *command],
            capture_output=True, text=True, timeout=300)
        return result, data

    def record_beside(self, *command):
        """Records two programs outside, of which one starts later, and one inside."""
        early, late = self.build("early_outside"), self.build("late_outside")
        # The idle task's pid is that of every process outside.
        with running(f"exec {early}", f"while :; do timeout 0.2 {late}; done") as jobs:
            wait_until_busy(jobs[0].pid, "early_outside")
            result, data = self.record(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result, data

    def stacks(self, data, *options):
        result = flame("fold", data, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [(line.rsplit(" ", 1)[0].split(";"), int(line.rsplit(" ", 1)[1]))
                for line in result.stdout.splitlines()]

    def assert_only_inside_is_named(self, data, note):
        stacks = self.stacks(data)
        text = str(stacks)
        self.assertNotIn("early_outside", text)
        self.assertNotIn("late_outside", text)
        outside = [s for s, _ in stacks if s[0] == ROOT]
        self.assertTrue([s for s in outside if s[-1] == OUTSIDE], text[:2000])
        # Nothing but the kernel's functions stands beside the one frame of user code.
        for stack in outside:
            self.assertLessEqual(stack[1:].count(OUTSIDE), 1, stack)
        inside = [s for s, _ in stacks if "only_inside" in s]
        self.assertTrue(inside, text[:2000])
        self.assertEqual({s[0] for s in inside}, {"only_inside"})
        for stack, _ in stacks:
            if stack[0] == "swapper":
                self.assertRegex(";".join(stack), "idle|cpu_startup_entry")
            elif stack[0] != ROOT:
                self.assertNotIn(OUTSIDE, stack)
        self.assertIn("--pid=host", note)

    def test_processes_outside_have_no_names(self):
        inside = self.build("only_inside", rounds=20)
        result, data = self.record_beside("-a", "--", inside)
        self.assert_only_inside_is_named(data, result.stderr)
        self.assertIn("--pid=host", flame("report", data).stderr)
        pids = {stack[0] for stack, _ in self.stacks(data, "--by", "pid")}
        self.assertIn(ROOT, pids)
        self.assertNotIn("pid 0", {s[0] for s, _ in self.stacks(data, "--by", "pid")
                                   if OUTSIDE in s})

    def test_other_callchains(self):
        inside = self.build("only_inside", rounds=10)
        for stacks in ("fp", "dwarf-raw", "none"):
            with self.subTest(stacks):
                result, data = self.record_beside("-a", "-g", stacks, "--", inside)
                self.assert_only_inside_is_named(data, result.stderr)

    def test_a_foreign_proc_is_refused(self):
        result, data = self.record("-a", "0.2", prefix=("unshare", "--pid", "--fork"))
        self.assert_one_line_error(result)
        self.assertIn("/proc", result.stderr)
        self.assertFalse(os.path.exists(data))


if __name__ == "__main__":
    main()
