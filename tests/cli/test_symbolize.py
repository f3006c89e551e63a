"""flame symbolize: names that are added to a recording later and stay in it."""

import os
import shutil
import socket
import subprocess
import time
import unittest

from flame_test import FLAME, Test, flame, main, needs_recording, needs_tool, program, running

DEBUG = "/usr/lib/debug/.build-id"


@needs_recording
class Symbolize(Test):
    def symbolize(self, *args):
        result = flame("symbolize", *args)
        self.assertEqual(result.returncode, 0, result.stderr)

    @needs_tool("perf")
    def test_recording_of_perf_without_the_program(self):
        copy, data = self.path("split copy"), self.path("perf.data")
        shutil.copy(program("split"), copy)
        subprocess.run(["perf", "record", "-q", "-B", "-g", "-F", "499", "-o", data, copy, "1"],
                       check=True, capture_output=True)
        script = subprocess.run(["perf", "script", "-i", data], capture_output=True).stdout
        before = self.folded("--idle", data)
        self.assertTrue(any("split_large;unit_[i]" in s for s in before))
        self.symbolize(data)
        self.assertTrue(os.path.exists(data + ".old"))
        self.assertEqual(subprocess.run(["perf", "script", "-i", data],
                                        capture_output=True).stdout, script)
        os.unlink(copy)
        self.assertEqual(self.folded("--idle", data), before)
        self.assertFalse(any("split_large" in s for s in self.folded("--idle", data + ".old")))

    def record_stripped(self):
        """Records a stripped program. Returns its debug file and its build id, which no other
        program has."""
        copy, debug, source = self.path("prog"), self.path("prog.debug"), self.path("x.c")
        build_id = os.urandom(20).hex()
        with open(source, "w", encoding="ascii") as f:
            f.write("static volatile unsigned long x;\n"
                    "static __attribute__((noinline)) void hidden_hot(void)\n"
                    "{ for (int i = 0; i < 1000000; i++) x += i; }\n"
                    "int main(void) { for (int i = 0; i < 700; i++) hidden_hot(); }\n")
        subprocess.run(["cc", "-g", "-O1", "-fno-omit-frame-pointer", "-Wl,--build-id=0x" + build_id,
                        "-o", copy, source], check=True)
        subprocess.run(["objcopy", "--only-keep-debug", copy, debug], check=True)
        subprocess.run(["strip", copy], check=True)
        self.data = self.path("x.data")
        result = flame("record", "-F", "997", "-o", self.data, "--", copy)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse(self.is_named(self.data))
        return build_id, debug

    def is_named(self, path):
        return any(s.endswith("hidden_hot") for s in self.folded(path))

    @unittest.skipUnless(os.access("/usr/lib", os.W_OK), "debug files cannot be put in place")
    @needs_tool("objcopy")
    def test_debug_file_that_comes_later(self):
        build_id, debug = self.record_stripped()
        place = f"{DEBUG}/{build_id[:2]}"
        os.makedirs(place, exist_ok=True)
        place += f"/{build_id[2:]}.debug"
        self.addCleanup(lambda: os.path.exists(place) and os.unlink(place))
        # First the debug file of another program: its path is right, its build id is not.
        shutil.copy(program("split"), place)
        result = flame("symbolize", self.data)
        self.assertIn("is not the debug file of", result.stderr)
        self.assertFalse(self.is_named(self.data))
        self.assertFalse(any("split" in s for s in self.folded(self.data)))
        shutil.copy(debug, place)
        later = self.path("y.data")
        self.symbolize("-o", later, self.data)
        self.assertTrue(self.is_named(later))
        self.assertFalse(self.is_named(self.data))
        os.unlink(place)
        os.unlink(self.path("prog"))
        self.assertTrue(self.is_named(later))

    @needs_tool("objcopy")
    def test_debug_dir(self):
        build_id, debug = self.record_stripped()
        place = self.path(f"dir/.build-id/{build_id[:2]}/{build_id[2:]}.debug")
        os.makedirs(os.path.dirname(place))
        shutil.move(debug, place)
        result = flame("symbolize", "--debug-dir", self.path("none"), self.data)
        self.assert_one_line_error(result)
        self.symbolize("--debug-dir", os.path.relpath(self.path("dir")), self.data)
        self.assertTrue(self.is_named(self.data))

    def compile(self, name, function, build_id, *args):
        path = self.path(name)
        with open(path + ".c", "w", encoding="ascii") as f:
            f.write("static volatile unsigned long x;\n"
                    f"static __attribute__((noinline)) void {function}(void)\n"
                    "{ for (int i = 0; i < 1000000; i++) x += i; }\n"
                    f"int main(void) {{ for (int i = 0; i < 500; i++) {function}(); }}\n")
        subprocess.run(["cc", "-O1", "-fno-omit-frame-pointer", "-Wl,--build-id=0x" + build_id,
                        *args, "-o", path, path + ".c"], check=True)
        return path

    @needs_tool("unshare")
    @unittest.skipUnless(os.geteuid() == 0, "only root has another host name")
    def test_two_files_of_one_build_id(self):
        """On the machine of the recording a file must also have the size of the one that ran;
        elsewhere its build id is enough."""
        build_id = os.urandom(20).hex()
        ran = self.compile("prog", "right_hot", build_id)
        data = self.path("x.data")
        result = flame("record", "-F", "997", "-o", data, "--name-time", "0.000001", "--no-svg",
                       "--", ran)
        self.assertEqual(result.returncode, 0, result.stderr)
        other = self.compile("other", "wrong_hot", build_id, "-g")
        shutil.move(ran, self.path("kept"))
        shutil.copy(other, ran)
        result = flame("symbolize", "-o", self.path("y.data"), data)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"'{ran}' is not the file that ran", result.stderr)
        stacks = "\n".join(self.folded(self.path("y.data")))
        self.assertIn("[replaced prog]", stacks)
        self.assertNotIn("wrong_hot", stacks)
        elsewhere = subprocess.run(
            ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh", FLAME,
             "symbolize", "-o", self.path("z.data"), data], capture_output=True, text=True,
            check=False)
        self.assertEqual(elsewhere.returncode, 0, elsewhere.stderr)
        self.assertIn("wrong_hot", "\n".join(self.folded(self.path("z.data"))))
        # The same file as another inode.
        shutil.copy(self.path("kept"), ran)
        self.symbolize(data)
        self.assertIn("right_hot", "\n".join(self.folded(data)))

    @needs_tool("perf")
    def test_one_thread_finds_the_same(self):
        data, one = self.path("perf.data"), {min(os.sched_getaffinity(0))}
        # Without -B, perf 6.1 aborts if any program has a build id of more than 20 bytes.
        subprocess.run(["perf", "record", "-q", "-B", "-g", "-F", "999", "-o", data, "python3",
                        "-c", f"import subprocess as s; s.run(['{program('split')}', '0.5'])"],
                       check=True, capture_output=True)
        self.symbolize("-o", self.path("all"), data)
        flame("symbolize", "-o", self.path("one"), data,
              preexec_fn=lambda: os.sched_setaffinity(0, one))
        with open(self.path("all"), "rb") as a, open(self.path("one"), "rb") as b:
            self.assertEqual(a.read(), b.read())

    def ask(self, url, seconds):
        env = {**os.environ, "DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": self.path("cache")}
        # Without the limit, elfutils waits for a silent server for more than four minutes.
        return flame("symbolize", f"--debuginfod={seconds}", self.data, env=env, timeout=120)

    @needs_tool("objcopy")
    @needs_tool("debuginfod")
    def test_debuginfod(self):
        _, debug = self.record_stripped()
        served = self.path("served")
        os.mkdir(served)
        shutil.move(debug, served)
        shutil.move(self.path("prog"), served)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with running(f"exec debuginfod -p {port} -d :memory: -F {served}"):
            # No server is used without --debuginfod, even with DEBUGINFOD_URLS.
            env = {**os.environ, "DEBUGINFOD_URLS": f"http://127.0.0.1:{port}",
                   "DEBUGINFOD_CACHE_PATH": self.path("cache")}
            flame("symbolize", self.data, env=env)
            self.assertFalse(os.path.exists(self.path("cache")))
            for _ in range(60):  # until the server has indexed its files
                self.assertEqual(self.ask(f"http://127.0.0.1:{port}", 30).returncode, 0)
                if self.is_named(self.data):
                    break
                shutil.rmtree(self.path("cache"), ignore_errors=True)
                time.sleep(0.5)
        self.assertTrue(self.is_named(self.data))

    @needs_tool("objcopy")
    @needs_tool("unshare")
    @unittest.skipUnless(os.geteuid() == 0, "only root may change the names of hosts")
    def test_debuginfod_by_name(self):
        """The sandbox permits to read /etc/hosts, in a mount namespace of the test's own."""
        self.record_stripped()
        os.unlink(self.path("prog"))
        hosts = self.write("hosts", "127.0.0.1 debug.test\n")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            s.settimeout(60)
            env = {**os.environ, "DEBUGINFOD_URLS": f"http://debug.test:{s.getsockname()[1]}",
                   "DEBUGINFOD_CACHE_PATH": self.path("cache")}
            result = subprocess.run(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                 'mount --bind "$1" /etc/hosts && exec "$2" symbolize --debuginfod=2 "$3"', "sh",
                 hosts, FLAME, self.data], env=env, capture_output=True, text=True, timeout=120,
                check=False)
            if result.returncode and "libdebuginfod1" in result.stderr:
                self.skipTest("the client library is not installed")
            self.assertEqual(result.returncode, 0, result.stderr)
            with s.accept()[0] as client:
                self.assertIn(b"debug.test", client.recv(4096))

    @needs_tool("objcopy")
    def test_debuginfod_that_does_not_answer(self):
        self.record_stripped()
        os.unlink(self.path("prog"))
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            result = self.ask(f"http://127.0.0.1:{s.getsockname()[1]}", 2)
        if "libdebuginfod1" in result.stderr:
            self.skipTest("the client library is not installed")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse(self.is_named(self.data))
        result = self.ask("", 2)
        self.assertEqual(result.returncode, 1)
        self.assertIn("DEBUGINFOD_URLS", result.stderr)


@needs_recording
class Refused(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")
        result = flame("record", "-o", self.data, "--no-svg", "--", program("split"), "0.3")
        self.assertEqual(result.returncode, 0, result.stderr)

    def refused(self, path, why):
        with open(path, "rb") as f:
            before = f.read()
        result = flame("symbolize", path)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(why, result.stderr)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), before)
        self.assertEqual([n for n in os.listdir(self.folder) if ".part" in n or ".old" in n], [])

    def test_cut_short(self):
        os.truncate(self.data, os.path.getsize(self.data) - 1)
        self.refused(self.data, "stays unchanged")
        os.truncate(self.data, 2000)
        self.refused(self.data, "stays unchanged")

    def test_text(self):
        with open(self.path("x.txt"), "w", encoding="ascii") as f:
            f.write("a;b 1\n")
        self.refused(self.path("x.txt"), "is not a recording")

    @needs_tool("perf")
    def test_from_a_pipe(self):
        with open(self.path("pipe.data"), "wb") as f:
            subprocess.run(["perf", "record", "-q", "-B", "-o", "-", program("split"), "0.3"],
                           stdout=f, stderr=subprocess.DEVNULL, check=True)
        self.refused(self.path("pipe.data"), "written to a pipe")


if __name__ == "__main__":
    main()
