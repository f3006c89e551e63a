"""Names of code that programs make while they run: of our own, where all is known, and of real
just-in-time compilers."""

import contextlib
import glob
import math
import os
import re
import shutil
import subprocess
import unittest

from flame_test import (Test, flame, main, needs_recording, needs_tool, program, running, stat_of,
                        wait_until, wait_until_busy)

# samples/programs/jit.c: shares of CPU time of its three functions.
SPLIT = {"JS:*large a.js:1": 0.6, "medium of(int)": 0.3, "small": 0.1}
CALLEES = {"with_first": "first", "with_second": "second", "with_mover": "mover",
           "with_filler": "filler"}

JS = """
function hot_inner(n) { let x = 1; for (let i = 0; i < n; i++) x = (x * 31 + i) % 1000003;
                        return x; }
function hot_outer(n) { let s = 0; for (let i = 0; i < n; i++) s += hot_inner(10000); return s; }
const end = Date.now() + 1000 * process.argv[2];
while (Date.now() < end) hot_outer(10);
"""
PHP = """<?php
function hot_inner($n) { $x = 1; for ($i = 0; $i < $n; $i++) $x = ($x * 31 + $i) % 1000003;
                         return $x; }
function hot_outer($n) { $s = 0; for ($i = 0; $i < $n; $i++) $s += hot_inner(10000); return $s; }
$end = hrtime(true) + 1e9 * $argv[1];
while (hrtime(true) < $end) hot_outer(10);
"""
JAVA = """
public class Hot {
  static double inner(int n) { double x = 1; for (int i = 0; i < n; i++) x = Math.sqrt(x * 31 + i);
                               return x; }
  static double outer(int n) { double s = 0; for (int i = 0; i < n; i++) s += inner(10000);
                               return s; }
  public static void main(String[] a) { double s = 0; for (;;) s += outer(100); }
}
"""
PHP_JIT = ("php -n -d zend_extension=opcache -d opcache.enable_cli=1 -d opcache.jit_buffer_size=64M"
           " -d opcache.jit=tracing -d opcache.file_update_protection=0")


def has_php_jit():
    try:
        done = subprocess.run(f"{PHP_JIT} -r 'echo opcache_get_status()[\"jit\"][\"on\"];'",
                              shell=True, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout == "1"


def children_of(pid):
    children = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as f:
            number, rest = f.read().split(" (", 1)
            if int(rest.rsplit(") ", 1)[1].split()[1]) == pid:
                children.append(int(number))
    return children


class JitTest(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")
        self.pids = []
        self.addCleanup(self.remove_maps)

    def remove_maps(self):
        for pid in self.pids:
            for path in (f"/tmp/perf-{pid}.map", f"/tmp/jit-{pid}.dump"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def record(self, *args):
        result = flame("record", "-F", "997", "-o", self.data, "--no-svg", *args)
        self.assertEqual(result.returncode, 0, result.stderr)

    def record_running(self, command, name, warm_up=1.5):
        """Records a shell command that becomes 'name' and runs for longer, once it has used
        'warm_up' s of CPU time; then it and its files are gone."""
        with running(command) as jobs:
            self.pids = [jobs[0].pid]
            wait_until_busy(jobs[0].pid, name, warm_up)
            self.record("-a", 2)
        self.remove_maps()
        for path in glob.glob(self.path("jit-*.dump")):
            os.unlink(path)

    def stacks(self, comm):
        """Frames outermost first with their number, of one program, without the kernel's."""
        for stack, number in self.folded("--all", self.data).items():
            frames = [f for f in stack.split(";") if not f.endswith("_[k]")]
            if frames[0] == comm:
                yield frames, number

    def share_with(self, comm, pattern):
        """Of the samples in code that was made, those with a frame of such a name."""
        found = total = 0
        for frames, number in self.stacks(comm):
            total += number * any(f.endswith("_[j]") for f in frames)
            found += number * any(re.fullmatch(pattern, f) for f in frames)
        self.assertGreater(total, 100)
        return found / total


@needs_recording
class OwnProgram(JitTest):
    def check_split(self):
        counts = dict.fromkeys(SPLIT, 0)
        total = 0
        for frames, number in self.stacks("jit"):
            total += number
            name = frames[-1].removesuffix("_[j]")
            if frames[-1].endswith("_[j]"):
                self.assertIn(name, counts)
                counts[name] += number
        named = sum(counts.values())
        self.assertGreater(named, 100)
        self.assertGreaterEqual(named, 0.99 * total)
        for name, share in SPLIT.items():
            error = math.sqrt(share * (1 - share) / named)
            self.assertAlmostEqual(counts[name] / named, share, delta=3 * error + 0.01,
                                   msg=f"{counts} of {total}")

    def test_map(self):
        self.record_running(f"exec {program('jit')} map 120", "jit", warm_up=0.2)
        self.check_split()

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_map_in_namespaces(self):
        """There it has another pid and another /tmp; ours has a decoy."""
        shutil.copy(program("jit"), self.folder)
        script = f"mount --bind {self.folder} /tmp && exec /tmp/jit map 120"
        command = f"exec unshare --mount --pid --fork sh -c '{script}'"
        with running(command) as jobs:
            wait_until(lambda: jobs[0].poll() is not None or
                       any(stat_of(child)[0] == "jit" for child in children_of(jobs[0].pid)),
                       "no program in its namespaces")
            pids = children_of(jobs[0].pid)
            if not pids:
                self.skipTest("no namespaces here")
            self.pids = pids
            wait_until_busy(pids[0], "jit")
            with open(f"/proc/{pids[0]}/maps", encoding="ascii") as maps:
                start = next(line.split("-")[0] for line in maps if "rwxp" in line)
            with open(f"/tmp/perf-{pids[0]}.map", "w", encoding="ascii") as decoy:
                decoy.write(f"{start} 1000 decoy\n")
            self.record("-a", 2)
        self.check_split()

    def test_map_of_what_is_over_before_the_end(self):
        self.record("--", "sh", "-c", f"{program('jit')} map 2 & "
                                      f"wait; rm /tmp/perf-$!.map; sleep 0.2")
        self.check_split()

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_namespaces_that_are_gone_before_the_end(self):
        """With their processes and files, which nobody can open any more."""
        shutil.copy(program("jit"), self.folder)
        for what, check in ("map 2", self.check_split), ("dump 2 /tmp/t", self.check_times):
            script = ("mount --bind $0 /tmp && mkdir -p /tmp/t && mount -t tmpfs none /tmp/t && "
                      f"/tmp/jit {what}; rm -f /tmp/perf-*.map")
            command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, self.folder]
            if subprocess.run(command[:4] + ["true"], check=False).returncode:
                self.skipTest("no namespaces here")
            with self.subTest(what):
                self.record("--", *command)
                check()

    def test_names_are_in_the_file(self):
        self.record_running(f"exec {program('jit')} map 120", "jit", warm_up=0.2)
        before = self.folded("--all", self.data)
        os.rename(self.data, self.path("moved"))
        self.assertEqual(before, self.folded("--all", self.path("moved")))

    def check_times(self):
        right = total = 0
        for frames, number in self.stacks("jit"):
            for caller, callee in zip(frames, frames[1:]):
                if caller in CALLEES:
                    total += number
                    right += number * (callee == CALLEES[caller] + "_[j]")
                    self.assertIn(callee, (CALLEES[caller] + "_[j]", "[unknown anon]_[j]"))
        self.assertGreater(total, 100)
        self.assertGreaterEqual(right, 0.99 * total)

    def test_dump_gives_the_names_of_the_time(self):
        """Also when it is over before the recording is, and the same from the file alone."""
        self.record("--", "sh", "-c", f"{program('jit')} dump 2 {self.folder}; sleep 0.3")
        self.check_times()
        before = self.folded("--all", self.data)
        os.unlink(glob.glob(self.path("jit-*.dump"))[0])
        self.assertEqual(before, self.folded("--all", self.data))

    def test_dump_of_a_running_program(self):
        self.record_running(f"exec {program('jit')} dump 120 {self.folder}", "jit", warm_up=0.2)
        self.check_times()

    @needs_tool("perf")
    def test_dump_and_a_recording_of_perf(self):
        """On another clock of two functions at one address the last one counts, else all is
        as in one of ours."""
        for clock, check in (["-k", "mono"], self.check_times), ([], None):
            done = subprocess.run(
                ["perf", "record", "-q", "-B", "-g", "-F", "997", "-e", "cpu-clock", *clock, "-o",
                 self.data, "--", program("jit"), "dump", "2", self.folder],
                capture_output=True, text=True, check=False)
            if done.returncode:
                self.skipTest(f"perf can't record: {done.stderr}")
            if check:
                check()
            else:
                self.assertGreater(self.share_with("jit", "(first|second|filler|mover)_.j."), 0.9)


# Before version 20 node told of these kinds apart.
NODE_HOT = r"(JS|LazyCompile|Function):[*^~]hot_(inner|outer) .*_\[j\]"
NODE_SCRIPT = r"(JS|LazyCompile|Function|Script):[~^].*s\.js:1(:1)?_\[j\]"


@needs_recording
class RealOnes(JitTest):
    """Each has a function that does nearly all of the work."""

    @needs_tool("node")
    def test_node_map(self):
        script = self.write("s.js", JS)
        self.record_running(f"cd {self.folder} && exec node --perf-basic-prof "
                            f"--interpreted-frames-native-stack {script} 120", "node")
        self.assertGreater(self.share_with("node", NODE_HOT), 0.9)
        # What calls it is interpreted.
        self.assertGreater(self.share_with("node", NODE_SCRIPT), 0.9)

    @needs_tool("node")
    def test_node_dump(self):
        """It keeps back what it writes: all is there only when it has ended."""
        script = self.write("s.js", JS)
        self.record("--", "sh", "-c", f"cd {self.folder} && node --perf-prof {script} 2")
        self.assertGreater(self.share_with("node", NODE_HOT), 0.9)

    @unittest.skipUnless(has_php_jit(), "no PHP with a just-in-time compiler")
    def test_php(self):
        script = self.write("s.php", PHP)
        for what, debug in ("map", 16), ("dump", 32):
            with self.subTest(what):
                self.record_running(f"exec {PHP_JIT} -d opcache.jit_debug={debug} {script} 120",
                                    "php")
                self.assertGreater(self.share_with("php", r"TRACE-.*hot_(inner|outer).*_\[j\]"),
                                   0.9)

    @needs_tool("javac")
    @needs_tool("jcmd")
    def test_java(self):
        subprocess.run(["javac", "-d", self.folder, self.write("Hot.java", JAVA)], check=True)
        # The map is written when somebody asks for it; its compiler is done by then.
        command = f"exec java -XX:+PreserveFramePointer -cp {self.folder} Hot"
        with running(command) as jobs:
            self.pids = [jobs[0].pid]
            wait_until_busy(jobs[0].pid, "java", 2.5)
            subprocess.run(["jcmd", str(jobs[0].pid), "Compiler.perfmap"], check=True,
                           capture_output=True)
            self.record("-a", 2)
        self.assertGreater(self.share_with("java", r"double Hot\.inner\(int\)_\[j\]"), 0.9)


if __name__ == "__main__":
    main()
