"""flame symbolize: names, inline frames and stacks for recordings whose programs are no longer at
their paths, from all places where files of another machine may be."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
import unittest

from flame_test import Test, flame, main, needs_tool

PROGRAM = """
extern unsigned work(int depth, unsigned x);
static inline __attribute__((always_inline)) unsigned inlined_of_main(unsigned x)
{ return work(9, x) ^ work(7, x + 1); }
__attribute__((noinline)) static unsigned middle_of_main(unsigned x)
{ return inlined_of_main(x) + 3; }
int main(void)
{
	unsigned x = 1;
	for (int i = 0; i < 300; i++)
		x += middle_of_main(x);
	return x == 42;
}
"""

LIBRARY = """
static volatile unsigned sink;
static inline __attribute__((always_inline)) unsigned inlined_of_library(unsigned x)
{
	for (int i = 0; i < 20000; i++)
		sink = x = x * 1664525 + 1013904223;
	return x;
}
__attribute__((noinline)) static unsigned hidden_of_library(unsigned x)
{ return inlined_of_library(x) + 1; }
unsigned work(int depth, unsigned x)
{ return depth ? work(depth - 1, x) + hidden_of_library(x) : hidden_of_library(x); }
"""


class Elsewhere(Test):
    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        self.env = {**os.environ, "HOME": self.home}
        self.env.pop("DEBUGINFOD_URLS", None)
        self.gone = self.path("gone")
        for folder in (self.home, self.gone, self.path("opt")):
            os.mkdir(folder)
        self.library = self.compile("libwork.so", LIBRARY, "-shared", "-fPIC")
        self.program = self.compile("prog", PROGRAM, self.library)
        self.data = self.path("perf.data")

    def compile(self, name, text, *args):
        path = self.path("opt/" + name)
        source = self.write(name + ".c", text)
        build_id = os.urandom(20).hex()
        subprocess.run(["cc", "-g", "-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls",
                        "-fno-ipa-cp", "-Wl,--build-id=0x" + build_id, "-o", path, source, *args],
                       check=True)
        setattr(self, name.split(".")[0] + "_id", build_id)
        return path

    def record(self, *args, names=(";main:", ";work:")):
        """Records stack copies, keeps the stacks that this machine finds, and moves the files."""
        done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "499", "-o", self.data,
                               *(args or ["--buildid-all", "--call-graph", "dwarf,4096"]), self.program],
                              capture_output=True, env=self.env, check=False)
        if done.returncode:
            self.skipTest(f"perf cannot record: {done.stderr}")
        self.truth = self.folded_with_lines(self.data)
        text = "\n".join(self.truth)
        for name in (r"hidden_of_library:[^;]*;inlined_of_library:[^;]*_\[i\]", *names):
            self.assertRegex(text, name)
        for path in (self.program, self.library):
            shutil.move(path, self.gone)
        self.assertLess(self.share_of(self.data), 0.5)

    def folded_with_lines(self, path):
        result = flame("fold", "--context", "--all", path, env=self.env)
        self.assertEqual(result.returncode, 0, result.stderr)
        counts = {}
        for line in result.stdout.splitlines():
            stack, count = line.rsplit(" ", 1)
            counts[stack] = counts.get(stack, 0) + int(count)
        return counts

    def share_of(self, path):
        """The part of the samples with the same frames, names, inline frames and lines."""
        counts = self.folded_with_lines(path)
        same = sum(min(n, counts.get(stack, 0)) for stack, n in self.truth.items())
        return same / sum(self.truth.values())

    def symbolize(self, *args, status=0, env=None):
        self.named = self.path("named.data")
        result = flame("symbolize", "-o", self.named, *args, self.data, env=env or self.env)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stderr

    def expect_all(self, *args, env=None):
        told = self.symbolize(*args, env=env)
        self.assertGreaterEqual(self.share_of(self.named), 0.99, told)
        self.assertIn("names of functions before", told)
        self.assertIn("unwound stacks are stored", told)

    def expect_refused(self, *args, env=None):
        told = self.symbolize(*args, env=env)
        self.assertLess(self.share_of(self.named), 0.5)
        self.assertRegex(told, "build id is another one|were refused: their build ids")

    def files(self, wrong=False):
        """The moved files with their build ids, or each with the build id of the other one."""
        paths = [self.gone + "/prog", self.gone + "/libwork.so"]
        ids = [self.prog_id, self.libwork_id]
        return zip(paths, reversed(ids) if wrong else ids)

    def put_by_id(self, folder, suffix="", wrong=False):
        for path, build_id in self.files(wrong):
            place = f"{folder}/.build-id/{build_id[:2]}/{build_id[2:]}{suffix}"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(path, place)

    def test_names_of_dwarf_stacks_from_folders(self):
        self.record()
        right, wrong, empty = self.path("ids"), self.path("wrong"), self.path("empty")
        os.mkdir(empty)
        self.put_by_id(right)
        self.put_by_id(wrong, wrong=True)
        shutil.rmtree(self.home + "/.debug", ignore_errors=True)
        self.expect_refused("--debug-dir", wrong)
        self.expect_all("--debug-dir", empty, "--debug-dir", wrong, "--debug-dir", right)
        # Stripped programs, with debug files beside them.
        for path, build_id in self.files():
            place = f"{right}/.build-id/{build_id[:2]}/{build_id[2:]}"
            subprocess.run(["objcopy", "--only-keep-debug", path, place + ".debug"], check=True)
            subprocess.run(["strip", "-o", place, path], check=True)
        self.expect_all("--debug-dir", right)

    def test_cache_of_perf(self):
        self.record()
        cache = self.home + "/.debug"
        if not os.path.isdir(cache + "/.build-id"):
            self.skipTest("perf has no cache")
        self.expect_all()
        # The content of an archive of 'perf archive'.
        shutil.move(cache, self.path("unpacked"))
        self.expect_all("--debug-dir", self.path("unpacked"))
        shutil.rmtree(self.path("unpacked"))
        self.put_by_id(cache, "/elf", wrong=True)
        self.expect_refused()

    def test_root_of_the_other_machine(self):
        self.record()
        shutil.rmtree(self.home + "/.debug", ignore_errors=True)
        root = self.path("root")
        os.makedirs(root + self.path("opt"))
        shutil.copy(self.gone + "/prog", root + self.library)
        shutil.copy(self.gone + "/libwork.so", root + self.program)
        self.expect_refused("--symfs", root)
        shutil.copy(self.gone + "/prog", root + self.program)
        # A link in the root leads to a file in the root.
        shutil.copy(self.gone + "/libwork.so", root + "/real.so")
        os.unlink(root + self.library)
        os.symlink("/real.so", root + self.library)
        self.expect_all("--symfs", root)

    def serve(self, wrong=False):
        """A debuginfod server. Returns the environment for it."""
        folder = self.path("served" + str(wrong))
        for path, build_id in self.files(wrong):
            os.makedirs(f"{folder}/buildid/{build_id}")
            for name in ("executable", "debuginfo"):
                shutil.copy(path, f"{folder}/buildid/{build_id}/{name}")
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
        handler.log_message = lambda *a: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return {**self.env, "DEBUGINFOD_URLS": f"http://127.0.0.1:{server.server_port}",
                "DEBUGINFOD_CACHE_PATH": self.path("cache" + str(wrong))}

    def test_debuginfod(self):
        self.record()
        shutil.rmtree(self.home + "/.debug", ignore_errors=True)
        env = self.serve()
        result = flame("symbolize", "--debuginfod=60", "-o", self.path("x.data"), self.data, env=env)
        if "libdebuginfod1" in result.stderr:
            self.skipTest("the client library is not installed")
        self.expect_all("--debuginfod=60", env=env)
        self.expect_refused("--debuginfod=60", env=self.serve(wrong=True))
        # A server that is gone.
        told = self.symbolize("--debuginfod=20", env={
            **env, "DEBUGINFOD_URLS": "http://127.0.0.1:1",
            "DEBUGINFOD_CACHE_PATH": self.path("other")})
        self.assertRegex(told, "debuginfod: .* downloads failed: ")
        # The cache of the downloads serves without a server.
        self.expect_all("--debug-dir", self.path("cacheFalse"))

    def test_recording_without_build_ids(self):
        self.record("-B", "-g", names=())
        told = self.symbolize()
        self.assertIn("--force", told)
        self.assertLess(self.share_of(self.named), 0.5)
        for path in (self.program, self.library):
            shutil.copy(f"{self.gone}/{os.path.basename(path)}", path)
        self.symbolize()
        self.assertLess(self.share_of(self.named), 0.5)
        self.symbolize("--force")
        for path in (self.program, self.library):
            os.unlink(path)
        self.assertGreaterEqual(self.share_of(self.named), 0.99)
        picture = flame("render", "-o", "-", self.named)
        self.assertIn("files not verified", picture.stdout)


Elsewhere = needs_tool("perf")(needs_tool("objcopy")(Elsewhere))

if __name__ == "__main__":
    main()
