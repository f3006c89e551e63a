"""Names of code that programs generate while they run: a test program with known functions, and
real JIT compilers."""

import collections
import contextlib
import glob
import os
import platform
import re
import shutil
import subprocess
import unittest

from flame_test import (Test, by_chance, flame, main, needs_recording, needs_tool, program,
                        record_work, running, stat_of, wait_until, wait_until_busy)

# samples/programs/jit.c: shares of CPU time of its three functions.
SPLIT = {"JS:*large a.js:1": 0.6, "medium of(int)": 0.3, "small": 0.1}
LATE = 0.3  # share of the function that is newer than the map
UNKNOWN = "[unknown anon]_[j]"
GAP = re.compile(r"flame: (\d+) % of the samples of '(\S+)' \(pid (\d+)\) are in code that is not in "
                 r"'/tmp/perf-(\d+)\.map': .*")
CALLEES = {"with_first": "first", "with_second": "second", "with_mover": "mover",
           "with_filler": "filler"}

JS = """
function hot_inner(n) { let x = 1; for (let i = 0; i < n; i++) x = (x * 31 + i) % 1000003;
                        return x; }
function hot_outer(n) { let s = 0; for (let i = 0; i < n; i++) s += hot_inner(10000); return s; }
while (process.cpuUsage().user < 1e6 * process.argv[2]) hot_outer(10);
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
  static java.io.File file(String name) { return new java.io.File(name); }
  public static void main(String[] a) throws Exception {
    file(a[0]).createNewFile();
    while (!file(a[1]).exists()) Thread.sleep(10);
    double s = 0;
    for (;;) s += outer(100);
  }
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
        self.recorded = None  # The process, if others were recorded too.
        self.addCleanup(self.remove_maps)

    def remove_maps(self):
        for pid in self.pids:
            for path in (f"/tmp/perf-{pid}.map", f"/tmp/jit-{pid}.dump"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def record(self, *args):
        result = flame("record", "-F", "997", "--max-cost", "100", "-o", self.data, "--no-svg",
                       *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.said = result.stderr

    def record_process(self, pid, name, meanwhile=lambda: None):
        """Records the whole machine until the process has used 1.5 s of CPU time."""
        result = record_work(pid, name, 1.5, "-a", "-F", "997", "--max-cost", "100", "-o",
                             self.data, "--no-svg", meanwhile=meanwhile)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.said = result.stderr
        self.recorded = pid

    def record_running(self, command, name, warm_up=1.5):
        """Records a shell command that becomes 'name', after it has used 'warm_up' s of CPU time.
        The command outlives the recording; then it is killed and its files are removed."""
        with running(command) as jobs:
            self.pids = [jobs[0].pid]
            wait_until_busy(jobs[0].pid, name, warm_up)
            self.record_process(jobs[0].pid, name)
        self.remove_maps()
        for path in glob.glob(self.path("jit-*.dump")):
            os.unlink(path)

    def stacks(self, comm):
        """User-space stacks of one program, outermost frame first, with their numbers."""
        for stack, number in self.folded("--all", "--pid", self.data).items():
            process, *frames = [f for f in stack.split(";") if not f.endswith("_[k]")]
            name, pid = process.rsplit("-", 1)
            if name == comm and self.recorded in (None, int(pid)):
                yield [name, *frames], number

    def check_hot(self, comm, pattern):
        """Asserts that most samples in generated code have a frame with a matching name."""
        found = total = 0
        for frames, number in self.stacks(comm):
            total += number * any(f.endswith("_[j]") for f in frames)
            found += number * any(re.fullmatch(pattern, f) for f in frames)
        self.assert_most(found, total, 0.9)

    def gaps(self, comm):
        """Fields of the messages about perf maps of programs with this name: the share of samples
        without a name in %, the PID, and the PID in the path of the map."""
        told = [GAP.fullmatch(line) for line in self.said.splitlines() if "that is not in" in line]
        self.assertNotIn(None, told, self.said)
        return [tuple(map(int, m.group(1, 3, 4))) for m in told
                if m[2] == comm and self.recorded in (None, int(m[3]))]


@needs_recording
class OwnProgram(JitTest):
    def check_split(self):
        counts = dict.fromkeys(SPLIT, 0)
        total = 0
        for frames, number in self.stacks("jit"):
            total += number
            name = frames[-1].removesuffix("_[j]")
            if frames[-1].endswith("_[j]") and not name.startswith("[unknown"):
                self.assertIn(name, counts)
                counts[name] += number
        named = sum(counts.values())
        self.assert_most(named, total, 0.99)
        for name, share in SPLIT.items():
            self.assertAlmostEqual(counts[name] / named, share,
                                   delta=by_chance(share, named) + 0.01,
                                   msg=f"{counts} of {total}")
        self.assertEqual(self.gaps("jit"), [])

    def check_late(self, inner=None):
        """One function is newer than the map: the message has its share of the samples."""
        counts = collections.Counter()
        for frames, number in self.stacks("jit"):
            counts[frames[-1]] += number
        total = counts.total()
        self.assertGreater(total, 0)
        self.assertNotIn("medium of(int)_[j]", counts)
        self.assertAlmostEqual(counts[UNKNOWN] / total, LATE,
                               delta=by_chance(LATE, total) + 0.01, msg=counts)
        self.assertEqual(self.gaps("jit"), [(round(100 * counts[UNKNOWN] / total), self.pids[0],
                                             inner or self.pids[0])], self.said)

    def test_map(self):
        self.record_running(f"exec {program('jit')} map 120", "jit", warm_up=0.2)
        self.check_split()

    def test_code_that_is_newer_than_the_map(self):
        self.record_running(f"exec {program('jit')} late 120", "jit", warm_up=0.2)
        self.check_late()
        # Only flame record reports it: while the program runs, the map can be written again.
        self.assertNotIn("that is not in", flame("fold", self.data).stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_map_in_namespaces(self):
        """In its namespaces the program has another PID and another /tmp. Our /tmp has a wrong
        map."""
        shutil.copy(program("jit"), self.folder)
        for what, check in ("map", self.check_split), ("late", lambda: self.check_late(inner=1)):
            with self.subTest(what):
                self.record_in_namespaces(what)
                check()

    def record_in_namespaces(self, what):
        script = f"mount --bind {self.folder} /tmp && exec /tmp/jit {what} 120"
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
            self.record_process(pids[0], "jit")

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_map_of_a_container_that_starts_again(self):
        """Each life has the same pid, so the same path of its map, and other addresses."""
        shutil.copy(program("jit"), self.folder)
        script = (f"mount --bind {self.folder} /tmp; for i in 1 2 3; do "
                  "unshare --pid --fork /tmp/jit map 1; sleep 0.4; done")
        self.record_until_named("unshare", "--mount", "sh", "-c", script)
        self.check_split()

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    @unittest.skipUnless(platform.machine() == "x86_64", "the code is of x86")
    @needs_tool("cc")
    def test_map_of_the_last_life_of_a_container(self):
        """It is from right before the start of a program that writes none."""
        self.build_silent()
        script = (f"mount --bind {self.folder} /tmp; echo 0 7fffffffffff stale > /tmp/perf-1.map; "
                  "sleep 0.4; unshare --pid --fork /tmp/silent; true")
        self.record("--", "unshare", "--mount", "sh", "-c", script)
        stacks = [frames for frames, _ in self.stacks("silent")]
        self.assertTrue(stacks)
        self.assertNotIn("stale", str(stacks))

    def build_silent(self):
        """A program that makes code and no map."""
        source = self.write("silent.c", r"""
            #include <string.h>
            #include <sys/mman.h>
            int main(void)
            {
                static const unsigned char code[] = {0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3};
                unsigned char *memory = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                memcpy(memory, code, sizeof(code));
                ((void (*)(unsigned long))memory)(2000000000);
            }""")
        subprocess.run(["cc", source, "-o", self.path("silent")], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_map_where_tmp_is_a_link(self):
        """In some images /tmp leads to another folder of the image."""
        shutil.copy(program("jit"), self.folder)
        script = ("mkdir -p $0/root && mount -t tmpfs none $0/root && cd $0/root && "
                  "mkdir usr proc dev var var/tmp && ln -s /var/tmp tmp && "
                  "for f in bin lib lib64; do [ -e /$f ] && ln -s usr/$f $f; done; "
                  "mount --bind /usr usr && mount --rbind /dev dev && cp $0/jit var/jit && "
                  "exec chroot . /var/jit map 2")
        self.record_until_named("unshare", "--mount", "sh", "-c", script, self.folder)
        self.check_split()

    def record_until_named(self, *command):
        """The program may end before flame gets a CPU to open its files. One of three attempts must
        succeed."""
        for _ in range(3):
            self.record("--", *command)
            if any(f.endswith("_[j]") and f != UNKNOWN for frames, _ in self.stacks("jit")
                   for f in frames):
                break

    def test_map_of_what_is_over_before_the_end(self):
        self.record_until_named("sh", "-c", f"{program('jit')} map 2 & "
                                            f"wait; rm /tmp/perf-$!.map; sleep 0.2")
        self.check_split()

    @unittest.skipUnless(os.geteuid() == 0, "only root can make namespaces")
    def test_namespaces_that_are_gone_before_the_end(self):
        """Processes and files are gone too, so no file can be opened at the end."""
        shutil.copy(program("jit"), self.folder)
        for what, check in ("map 2", self.check_split), ("dump 2 /tmp/t", self.check_times):
            script = ("mount --bind $0 /tmp && mkdir -p /tmp/t && mount -t tmpfs none /tmp/t && "
                      f"/tmp/jit {what}; rm -f /tmp/perf-*.map")
            command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, self.folder]
            if subprocess.run(command[:4] + ["true"], check=False).returncode:
                self.skipTest("no namespaces here")
            with self.subTest(what):
                self.record_until_named(*command)
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
                    self.assertIn(callee, (CALLEES[caller] + "_[j]", UNKNOWN))
        self.assert_most(right, total, 0.99)
        self.assertEqual(self.gaps("jit"), [])

    def test_dump_gives_the_names_of_the_time(self):
        """Also if the program ends before the recording does; the file alone gives the same
        names."""
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
        """A recording with another clock: of two functions at one address the last one counts, all
        else equals a recording of flame."""
        for clock, check in (["-k", "mono"], self.check_times), ([], None):
            done = subprocess.run(
                ["perf", "record", "-q", "-B", "-g", "-F", "997", "-e", "cpu-clock", *clock, "-o",
                 self.data, "--", program("jit"), "dump", "2", self.folder],
                capture_output=True, text=True, check=False)
            if done.returncode:
                self.skipTest(f"perf can't record: {done.stderr}")
            self.said = ""
            if check:
                check()
            else:
                self.check_hot("jit", "(first|second|filler|mover)_.j.")


# Before version 20 node marked these kinds differently. It may inline both functions into the
# script, which it then compiles as well.
NODE_HOT = (r"(JS|LazyCompile|Function):[*^~]hot_(inner|outer) .*_\[j\]|"
            r"(JS|LazyCompile|Function|Script):\* .*s\.js:1(:1)?_\[j\]")
NODE_SCRIPT = r"(JS|LazyCompile|Function|Script):[*~^].*s\.js:1(:1)?_\[j\]"


@needs_recording
class RealOnes(JitTest):
    """Real JIT compilers. In each program one function does nearly all of the work."""

    @needs_tool("node")
    def test_node_map(self):
        script = self.write("s.js", JS)
        self.record_running(f"cd {self.folder} && exec node --perf-basic-prof "
                            f"--interpreted-frames-native-stack {script} 120", "node")
        self.check_hot("node", NODE_HOT)
        # The script, which calls the hot function, is interpreted or compiled together with it.
        self.check_hot("node", NODE_SCRIPT)

    @needs_tool("node")
    def test_node_dump(self):
        """node buffers its jitdump file, which is complete only after node has ended."""
        script = self.write("s.js", JS)
        self.record("--", "sh", "-c", f"cd {self.folder} && node --perf-prof {script} 2")
        self.check_hot("node", NODE_HOT)

    @unittest.skipUnless(has_php_jit(), "no PHP with a just-in-time compiler")
    def test_php(self):
        script = self.write("s.php", PHP)
        for what, debug in ("map", 16), ("dump", 32):
            with self.subTest(what):
                self.record_running(f"exec {PHP_JIT} -d opcache.jit_debug={debug} {script} 120",
                                    "php")
                self.check_hot("php", r"TRACE-.*hot_(inner|outer).*_\[j\]")

    @needs_tool("javac")
    @needs_tool("jcmd")
    def test_java(self):
        subprocess.run(["javac", "-d", self.folder, self.write("Hot.java", JAVA)], check=True)
        ready, go = self.path("ready"), self.path("go")
        command = f"exec java -XX:+PreserveFramePointer -cp {self.folder} Hot {ready} {go}"
        with running(command) as jobs:
            pid = jobs[0].pid
            self.pids = [pid]

            def write_map():
                subprocess.run(["jcmd", str(pid), "Compiler.perfmap"], check=True,
                               capture_output=True)

            # A map without the hot code; later a map after the code was compiled, maybe several
            # times.
            wait_until(lambda: os.path.exists(ready), "Java does not begin")
            write_map()
            self.write("go", "")
            wait_until_busy(pid, "java", 1)
            self.record_process(pid, "java")
            (share, told, inner), = self.gaps("java")
            self.assertGreater(share, 50)
            self.assertEqual((told, inner), (pid, pid))
            self.assertIn(f"(jcmd {pid} Compiler.perfmap)", self.said)
            self.record_process(pid, "java", meanwhile=write_map)
        self.check_hot("java", r"double Hot\.(inner|outer)\(int\)_\[j\]|"
                               r"void Hot\.main\(java\.lang\.String\[\]\)_\[j\]")
        self.assertEqual(self.gaps("java"), [])


if __name__ == "__main__":
    main()
