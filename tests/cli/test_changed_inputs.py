"""Inputs that are truncated or written while flame reads them: one line, exit status 1, nothing
printed, and no signal."""

import os
import struct
import subprocess
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, wait_until,
                        worker_of)

TRIES = 100


def large_recording():
    """A perf.data file with two million samples: address, pid, tid and time."""
    attr = struct.pack("<IIQQQQ", 1, 128, 0, 1_000_000, 7, 0) + bytes(88) + struct.pack("<QQ", 0, 0)
    samples = b"".join(struct.pack("<IHHQIIQ", 9, 2, 32, 0x1000 + i, 7, 7, i) for i in range(20_000))
    samples *= 100
    sections = struct.pack("<QQQQQQ", 104, len(attr), 104 + len(attr), len(samples), 0, 0)
    return b"PERFILE2" + struct.pack("<QQ", 104, len(attr)) + sections + bytes(32) + attr + samples


def has_open(job, name):
    """Whether the worker has a file of this name open. True if flame has ended."""
    worker = worker_of(job.pid)
    try:
        return any(os.readlink(f"/proc/{worker}/fd/{fd}").startswith(name)
                   for fd in os.listdir(f"/proc/{worker}/fd"))
    except OSError:
        return job.poll() is not None


class ChangedInputs(Test):
    def change_while_read(self, name, content, change, message, is_stdin=False):
        """Changes the file as soon as flame has opened it, again and again, because flame may be
        faster. Standard input is open when flame has opened its copy."""
        seen = 0
        for _ in range(TRIES):
            path = self.write(name, content)
            shown = "standard input" if is_stdin else path
            with open(path, "rb") as stdin, \
                    subprocess.Popen([FLAME, "report", "-" if is_stdin else path], text=True,
                                     stdin=stdin if is_stdin else subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) as job:
                wait_until(lambda: has_open(job, "/memfd:flame input" if is_stdin else path),
                           "flame does not open its input")
                change(path)
                stdout, stderr = job.communicate(timeout=300)
            self.assertIn(job.returncode, (0, 1), stderr)
            if message in stderr:
                self.assertEqual(stderr, f"flame: '{shown}' {message}\n")
                self.assertEqual((job.returncode, stdout), (1, ""))
                seen += 1
            if seen == 3:
                return
        self.fail(f"{message!r} was never printed")

    def check(self, name, content):
        def truncate(path):
            os.truncate(path, len(content) // 3)

        def append(path):
            with open(path, "ab") as f:
                f.write(b"x")

        self.change_while_read(name, content, truncate, "was truncated while it was read")
        self.change_while_read(name, content, append, "was changed while it was read")

    def test_recording(self):
        content = large_recording()
        path = self.write("whole.data", content)
        self.assertEqual(flame("report", path).returncode, 0)
        self.check("x.data", content)

    def test_text(self):
        self.check("x.folded", b"".join(b"main;f%d;g%d %d\n" % (i % 999, i % 77, i)
                                        for i in range(2_000_000)))

    def test_standard_input(self):
        content = b"main;f;g 5\n" * 6_000_000
        self.change_while_read("x.folded", content, lambda path: os.truncate(path, 1000),
                               "was truncated while it was read", is_stdin=True)

    def test_picture(self):
        path = self.write("small.folded", "main;f 1\n")
        result = flame("render", path, "-o", self.path("x.svg"))
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path("x.svg"), "rb") as f:
            content = f.read()
        self.check("y.svg", content + b"<!-- -->" * 8_000_000)


PROGRAM = """
        .globl main
main:   movq $1500000000, %rcx
hot:    decq %rcx
        jnz hot
        xorl %eax, %eax
        ret
        .altmacro
        .macro function n
        .type function_\\n, @function
function_\\n: nop
        .endm
        .set i, 0
        .rept 200000
        function %i
        .set i, i + 1
        .endr
        .section .note.GNU-stack, "", @progbits
"""


@needs_recording
@needs_tool("cc")
@unittest.skipUnless(os.uname().machine == "x86_64", "the program is one of x86-64")
class ChangedPrograms(Test):
    def test_program_truncated_while_it_is_read(self):
        """It gives no names, a line says so, and no signal arrives."""
        source, ran, data = self.write("x.s", PROGRAM), self.path("prog"), self.path("x.data")
        subprocess.run(["cc", "-o", ran, source], check=True)
        result = flame("record", "-F", "499", "-o", data, "--name-time", "0.000001", "--no-svg",
                       "--", ran)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(ran, "rb") as f:
            content = f.read()
        seen = 0
        for _ in range(TRIES):
            with open(ran, "wb") as f:
                f.write(content)
            os.chmod(ran, 0o755)
            with subprocess.Popen([FLAME, "symbolize", "-o", self.path("y.data"), data],
                                  stderr=subprocess.PIPE, text=True) as job:
                wait_until(lambda: has_open(job, ran), "flame does not open the program")
                os.truncate(ran, len(content) // 3)
                _, stderr = job.communicate(timeout=300)
            self.assertEqual(job.returncode, 0, stderr)
            names = flame("fold", self.path("y.data")).stdout
            if f"'{ran}' is not the file that ran, or was changed since" in stderr:
                self.assertIn("[replaced prog]", names)
                self.assertNotIn("hot", names)
                seen += 1
            if seen == 3:
                return
        self.fail("the program was always read before it changed")


if __name__ == "__main__":
    main()
