"""flame symbolize: names that come into a recording later, and stay in it."""

import os
import re
import shutil
import subprocess
import unittest

from flame_test import Test, flame, main, needs_recording, needs_tool, program

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
        subprocess.run(["perf", "record", "-q", "-g", "-F", "499", "-o", data, copy, "1"],
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

    @unittest.skipUnless(os.access("/usr/lib", os.W_OK), "debug files cannot be put in place")
    @needs_tool("objcopy")
    def test_debug_file_that_comes_later(self):
        copy, debug, data = self.path("prog"), self.path("prog.debug"), self.path("x.data")
        source = self.path("x.c")
        with open(source, "w", encoding="ascii") as f:
            f.write("static volatile unsigned long x;\n"
                    "static __attribute__((noinline)) void hidden_hot(void)\n"
                    "{ for (int i = 0; i < 1000000; i++) x += i; }\n"
                    "int main(void) { for (int i = 0; i < 700; i++) hidden_hot(); }\n")
        # A build id of its own, so that nobody else's debug file is meant.
        subprocess.run(["cc", "-g", "-O1", "-fno-omit-frame-pointer", "-Wl,--build-id=0x"
                        + os.urandom(20).hex(), "-o", copy, source], check=True)
        subprocess.run(["objcopy", "--only-keep-debug", copy, debug], check=True)
        subprocess.run(["strip", copy], check=True)
        result = flame("record", "-F", "997", "-o", data, "--", copy)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse(any("hidden_hot" in s for s in self.folded(data)))
        notes = subprocess.run(["readelf", "-n", copy], capture_output=True, text=True).stdout
        build_id = re.search(r"Build ID: (\S+)", notes)[1]
        place = f"{DEBUG}/{build_id[:2]}"
        os.makedirs(place, exist_ok=True)
        place += f"/{build_id[2:]}.debug"
        self.addCleanup(lambda: os.path.exists(place) and os.unlink(place))
        # Another program's first: it is not this one's, whatever its name says.
        shutil.copy(program("split"), place)
        self.symbolize(data)
        self.assertFalse(any("split" in s or "hidden_hot" in s for s in self.folded(data)))
        shutil.copy(debug, place)
        self.symbolize("-o", self.path("y.data"), data)
        self.assertTrue(any(s.endswith("hidden_hot") for s in self.folded(self.path("y.data"))))
        self.assertFalse(any("hidden_hot" in s for s in self.folded(data)))
        os.unlink(place)
        os.unlink(copy)
        self.assertTrue(any(s.endswith("hidden_hot") for s in self.folded(self.path("y.data"))))


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
        self.refused(self.data, "stays as it is")
        os.truncate(self.data, 2000)
        self.refused(self.data, "stays as it is")

    def test_text(self):
        with open(self.path("x.txt"), "w", encoding="ascii") as f:
            f.write("a;b 1\n")
        self.refused(self.path("x.txt"), "no recording")

    @needs_tool("perf")
    def test_from_a_pipe(self):
        with open(self.path("pipe.data"), "wb") as f:
            subprocess.run(["perf", "record", "-q", "-o", "-", program("split"), "0.3"], stdout=f,
                           stderr=subprocess.DEVNULL, check=True)
        self.refused(self.path("pipe.data"), "through a pipe")


if __name__ == "__main__":
    main()
