"""Folded text in unusual forms, compressed inputs, inputs of other formats, and stdin."""

import gzip
import json
import lzma
import os
import shutil
import subprocess
import tempfile

from flame_test import FLAME, Test, flame, main

TEXT = b"a;b 5\na;c 2\n"
PACKERS = {"gzip": gzip.compress, "xz": lzma.compress}
if shutil.which("zstd"):
    PACKERS["zstd"] = lambda data: subprocess.run(["zstd", "-qc"], input=data, check=True,
                                                  stdout=subprocess.PIPE).stdout
# Content and its look. The lines of texts do not fit; one of bpftrace's does.
LOOKS = [
    (b"\x7fELF\x02\x01\x01" + bytes(60), "an ELF file"),
    (b"%PDF-1.7\n1 0 obj\n", "a PDF document"),
    (b"PK\x03\x04" + bytes(30), "a zip archive"),
    (b"BZh91AY&SY\x00 1\n", "bzip2-compressed data"),
    (b"FLR\0\0\2\0\0", "a Java Flight Recorder file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"<!DOCTYPE html>\n<title>x</title>\n", "HTML"),
    (b'{\n "a": 1,\n "b": [2]\n}\n', "JSON"),
    (b"\n\x04\n\x02\x08\x01\x12\x07samples\x00\n", "a profile of pprof"),
    (b"@[\n main+1\n start+2\n]: 5\n", "output of bpftrace"),
    (b"Analysis of sampling x every 1 ms\nProcess: x\n", "output of macOS sample"),
]


class TextInput(Test):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, name="x"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def fold(self, content, *args):
        return flame("fold", *args, self.file(content))

    def check(self, content, expected):
        """Plain, with CRLF, and compressed."""
        for data in (content, content.replace(b"\n", b"\r\n")):
            for pack in (bytes, *PACKERS.values()):
                result = self.fold(pack(data))
                self.assertEqual((result.stdout, result.returncode), (expected, 0),
                                 result.stderr)

    def check_refused(self, content, message, *args):
        result = self.fold(content, *args)
        self.assertEqual((result.stdout, result.returncode), ("", 1))
        self.assertIn(message, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_encodings(self):
        self.check(b"\xef\xbb\xbfa;b 5\na;b 2\n", "a;b 7\n")
        self.check(b"a;b\t5\n", "a;b 5\n")
        self.check(b"<module> (x.py:1);main (x.py:5) 7\n",
                   "<module> (x.py:1);main (x.py:5) 7\n")
        for encoding in ("utf-16", "utf-16-be"):
            text = "\N{BYTE ORDER MARK}" if encoding == "utf-16-be" else ""
            text += "a;\u00e9\U0001f525 5\r\n"
            self.assertEqual(self.fold(text.encode(encoding)).stdout, "a;\u00e9\U0001f525 5\n")

    def test_fractions(self):
        self.check(b"a;b 0.5\na;b 0.25\na;c 0.250\n", "a;b 75\na;c 25\n")
        self.check(b"a;b 3\na;c 1.5\na;d 2.0\n", "a;b 30\na;c 15\na;d 20\n")
        self.check(b"a;b 3\na;c 2.00\na;d 1.\n", "a;b 3\na;c 2\na;d 1\n")
        self.assertIn("in units of 1e-2", self.fold(b"a 0.25\n").stderr)
        self.assertEqual(self.fold(b"a 2.0\n").stderr, "")

    def test_fractions_are_no_evidence(self):
        """The power of ten by which counts are multiplied makes no more samples of them."""
        for name, fraction in (("whole", ""), ("parts", ".5"), ("fine", ".00005")):
            files = [self.write(f"{name}{i}", f"m;a {a}{fraction}\nm;b {b}\n")
                     for i, (a, b) in enumerate(((100, 900), (130, 870)))]
            result = flame("diff", *files, "--format", "json", "-o", self.path("x.svg"))
            self.assertEqual(result.returncode, 0, result.stderr)
            found = {f["name"]: f["total"] for f in json.loads(result.stdout)["functions"]}["a"]
            self.assertAlmostEqual(found["delta"], 3, delta=0.01)
            self.assertEqual(found["verdict"], "no evidence")
            self.assertAlmostEqual(found["high"] - found["low"], 8.4, delta=0.1)

    def test_too_large(self):
        for text in (b"a 1\nb 18446744073709551615\n", b"a 18446744073709551615\nb 0.5\n",
                     b"a 2\nb 0.12345678901234567891\n", b"a 1\nb 1844674407370955161.61\n"):
            self.check_refused(text, "line 2 of ")

    def test_looks(self):
        for content, look in LOOKS:
            self.check_refused(content, f"' looks like {look}")
            for pack in PACKERS.values():
                self.check_refused(pack(content), f"' looks like {look}")
        self.check_refused(b"hello world\nfoo bar\nx 5\n", "neither a recording nor folded")
        self.assertEqual(self.fold(b"hello world\nfoo bar\nx 5\n", "--from", "folded").stdout,
                         "x 5\n")
        # Some lines may be broken.
        self.assertEqual(self.fold(b"a 1\nfoo bar\nx 5\n").stdout, "a 1\nx 5\n")

    def test_selections(self):
        script = self.write("x.txt", "".join(
            f"{comm} {pid} [00{cpu}] {second}.0: 100 cycles:\n\t401000 f{pid} (/bin/x)\n\n"
            for second, (comm, pid, cpu) in enumerate(
                (("java", 7, 0), ("node", 8, 1), ("nginx: w", 9, 1)))))
        for args, out in (((), "java;f7 100\nnginx: w;f9 100\nnode;f8 100\n"),
                          (("--comm", "node,java"), "java;f7 100\nnode;f8 100\n"),
                          (("--comm", "nginx: w"), "nginx: w;f9 100\n"),
                          (("--cpu", "1"), "nginx: w;f9 100\nnode;f8 100\n"),
                          (("--time", "0.5,2"), "node;f8 100\n"),
                          (("--time", ",1", "--cpu", "1"), ""),
                          (("--by", "cpu,pid"), "CPU 0;pid 7;f7 100\nCPU 1;pid 8;f8 100\n"
                                                "CPU 1;pid 9;f9 100\n")):
            result = flame("fold", *args, script)
            self.assertEqual((result.returncode, result.stdout.replace("_", " ")), (0, out), args)
        said = flame("fold", "--comm", "ngnix", script).stderr
        self.assertIn("has no process 'ngnix'; there are java, nginx: w, node", said)
        said = flame("fold", "--cpu", "7", script).stderr
        self.assertIn("no sample of", said)
        result = flame("fold", "--by", "container", script)
        self.assert_one_line_error(result)
        self.assertIn("has no containers (--by container)", result.stderr)

    def test_selections_that_an_input_cannot_have(self):
        folded, picture = self.write("x.folded", TEXT.decode()), self.path("x.svg")
        self.assertEqual(flame("render", folded, "-o", picture).returncode, 0)
        bare = self.write("bare.txt", "java 7 cycles:\n\t401000 f (/bin/x)\n\n")
        for option, value, noun in (("--cpu", "1", "CPUs"), ("--time", "0,1", "times"),
                                    ("--comm", "a", "processes"), ("--by", "cpu", "CPUs")):
            for path in (folded, picture, *((bare,) if option != "--comm" else ())):
                for command in ("fold", "report"):
                    result = flame(command, option, value, path)
                    self.assert_one_line_error(result)
                    self.assertIn(f"has no {noun} ({option}", result.stderr)

    def test_two_columns(self):
        text = b"a;b 5 7\na;c 5 5\n"
        self.check_refused(text, "two columns of counts")
        self.assertEqual(self.fold(text, "--from", "folded").stdout, text.decode())
        self.check(b"a;b 5 7\na;c 5\n", "a;b 5 7\na;c 5\n")

    def test_damaged(self):
        for name, pack in PACKERS.items():
            whole = pack(TEXT * 100)
            self.check_refused(whole[:-3], f"its {name} data is truncated")
            self.check_refused(whole + b"garbage" * 9, f"its {name} data is damaged")
            self.check_refused(pack(b""), "is empty")
            # Streams may follow each other.
            self.assertEqual(self.fold(pack(TEXT) + pack(TEXT)).stdout, "a;b 10\na;c 4\n")

    def test_pictures(self):
        picture = os.path.join(self.folder, "x.svg")
        self.assertEqual(flame("render", self.file(TEXT), "-o", picture).returncode, 0)
        with open(picture, "rb") as f:
            drawn = f.read()
        for pack in PACKERS.values():
            self.assertEqual(self.fold(pack(drawn)).stdout, TEXT.decode())

    def test_stdin(self):
        for command in ("fold", "render", "report"):
            path = self.file(TEXT)
            with open(path, "rb") as f:
                expected = flame(command, "-", stdin=f)
            self.assertEqual(expected.returncode, 0)
            with open(path, "rb") as f:
                result = flame(command, stdin=f)
            self.assertEqual((result.stdout, result.returncode), (expected.stdout, 0))
            for pack in (bytes, *PACKERS.values()):
                piped = subprocess.run([FLAME, command], input=pack(TEXT), timeout=300,
                                       stdout=subprocess.PIPE)
                self.assertEqual((piped.stdout.decode(), piped.returncode),
                                 (expected.stdout, 0))
            self.assertEqual(flame(command).returncode, 2)


if __name__ == "__main__":
    main()
