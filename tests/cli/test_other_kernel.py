"""flame symbolize: names of kernel code for recordings of another kernel, which the test writes:
from vmlinux, from a copy of kallsyms, and from files of modules, packed or not."""

import lzma
import os
import shutil
import struct
import subprocess
import unittest

from flame_test import Test, flame, main, needs_tool

RELEASE = "9.9.9-flame"
LINKED_AT = 0xFFFFFFFF81000000
LOADED_AT = LINKED_AT + 0x2600000  # KASLR
TEXT_SIZE = 0x3000
MODULE_AT = 0xFFFFFFFFC0123000

VMLINUX = """
.section .text,"ax"
.globl _text
.globl _stext
_text:
_stext:
.skip 0x1000
.globl do_work
.type do_work,@function
do_work: .skip 0x100
.size do_work,0x100
.globl __pfx_other
.type __pfx_other,@function
__pfx_other: .skip 16
.size __pfx_other,16
.type other,@function
other: .skip 0x100
.size other,0x100
.org 0x3000
.globl _etext
_etext:
"""

MODULE = """
.section .init.text,"ax"
.skip 0x500
.section .text,"ax"
.globl first_of_module
.type first_of_module,@function
first_of_module: .skip 0x100
.size first_of_module,0x100
.section .text.unlikely,"ax"
.balign 64
.type second_of_module,@function
second_of_module: .skip 0x80
.size second_of_module,0x80
"""


def event(kind, misc, body):
    body += bytes(-len(body) % 8)
    return struct.pack("=IHH", kind, misc, 8 + len(body)) + body


def text(string):
    data = string.encode() + b"\0"
    return data + bytes(-len(data) % 64)


class OtherKernel(Test):
    def setUp(self):
        super().setUp()
        self.kernel_id, self.module_id = os.urandom(20).hex(), os.urandom(20).hex()
        self.data = self.path("perf.data")
        self.env = {**os.environ, "HOME": self.path("home")}

    def write_recording(self, module="/lib/modules/9.9.9-flame/kernel/drivers/flame-test.ko.xz",
                        has_ids=True, end=LOADED_AT + TEXT_SIZE):
        """A file of perf with five samples: two of the kernel, two of a module, one unknown."""
        kernel = "[kernel.kallsyms]_text"
        data = event(1, 1, struct.pack("=IIQQQ", 2**32 - 1, 0, LOADED_AT, end - LOADED_AT,
                                       LOADED_AT) + text(kernel))
        data += event(1, 1, struct.pack("=IIQQQ", 2**32 - 1, 0, MODULE_AT, 0x2000, 0)
                      + text(module))
        data += event(3, 0, struct.pack("=II", 7, 7) + b"prog\0\0\0\0")
        for i, addr in enumerate((LOADED_AT + 0x1010, LOADED_AT + 0x1120, MODULE_AT + 0x10,
                                  MODULE_AT + 0x110, LOADED_AT + 0x2ff0)):
            data += event(9, 1, struct.pack("=QIIQQ", addr, 7, 7, 10 + i, 1))
        ids = b""
        for name, build_id in (("[kernel.kallsyms]", self.kernel_id), (module, self.module_id)):
            ids += event(0, 1, struct.pack("=I", 2**32 - 1) + bytes.fromhex(build_id) + bytes(4)
                         + text(name))
        release = text(RELEASE)
        features = [(2, ids)] if has_ids else []
        features += [(3, struct.pack("=I", len(text("elsewhere"))) + text("elsewhere")),
                     (4, struct.pack("=I", len(release)) + release)]
        # type, size, config (cpu-clock), frequency, IP|TID|TIME|PERIOD
        attr = struct.pack("=IIQQQQQ", 1, 112, 0, 1, 0x107, 0, 0) + bytes(112 - 48)
        start = 104 + len(attr) + 16
        bits = sum(1 << bit for bit, _ in features)
        at = start + len(data) + 16 * len(features)
        table = b""
        for _, section in features:
            table += struct.pack("=QQ", at, len(section))
            at += len(section)
        with open(self.data, "wb") as f:
            f.write(b"PERFILE2" + struct.pack("=12Q", 104, len(attr) + 16, 104, len(attr) + 16, start,
                                             len(data), 0, 0, bits, 0, 0, 0))
            f.write(attr + struct.pack("=QQ", 0, 0) + data + table)
            f.write(b"".join(section for _, section in features))

    def make_vmlinux(self, path, build_id=None):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        source = self.write("vmlinux.s", VMLINUX)
        subprocess.run(["cc", "-nostdlib", "-static", "-no-pie", f"-Wl,--build-id=0x{build_id or self.kernel_id}",
                        f"-Wl,-Ttext={LINKED_AT:#x}", "-Wl,-e,_text", "-o", path, source], check=True)
        return path

    def make_module(self, path, build_id=None):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        source, plain = self.write("module.s", MODULE), self.path("module.o")
        subprocess.run(["cc", "-r", "-nostdlib", f"-Wl,--build-id=0x{build_id or self.module_id}",
                        "-o", plain, source], check=True)
        if path.endswith(".xz"):
            with open(plain, "rb") as f, lzma.open(path, "wb", check=lzma.CHECK_CRC32) as out:
                out.write(f.read())
        elif path.endswith(".zst"):
            subprocess.run(["zstd", "-q", "-f", plain, "-o", path], check=True)
        else:
            shutil.copy(plain, path)
        return path

    def names(self, *args):
        """The names after flame symbolize, and what it told."""
        out = self.path("named.data")
        result = flame("symbolize", "-o", out, *args, self.data, env=self.env)
        self.assertEqual(result.returncode, 0, result.stderr)
        return "\n".join(self.folded("--all", out)), result.stderr

    def expect_kernel(self, *args):
        names, told = self.names(*args)
        for name in ("do_work_[k]", "other_[k]"):
            self.assertIn(name, names, told)
        return told

    def expect_module(self, *args):
        names, told = self.names(*args)
        for name in ("first_of_module_[k]", "second_of_module_[k]"):
            self.assertIn(name, names, told)
        return told

    def expect_nothing(self, *args):
        names, told = self.names(*args)
        for name in ("do_work", "_of_module"):
            self.assertNotIn(name, names)
        return told

    def test_vmlinux(self):
        self.write_recording()
        self.expect_nothing()
        self.expect_kernel("--vmlinux", self.make_vmlinux(self.path("x/any name")))
        other = self.make_vmlinux(self.path("y/vmlinux"), os.urandom(20).hex())
        self.assertIn("its build id is another one", self.expect_nothing("--vmlinux", other))

    def test_vmlinux_in_places(self):
        self.write_recording()
        place = f"{self.kernel_id[:2]}/{self.kernel_id[2:]}"
        self.make_vmlinux(self.path("ids/.build-id/" + place + ".debug"))
        self.expect_kernel("--debug-dir", self.path("ids"))
        self.make_vmlinux(self.path("cache/.build-id/" + place + "/elf"))
        self.expect_kernel("--debug-dir", self.path("cache"))
        for path in (f"boot/vmlinux-{RELEASE}", f"usr/lib/debug/boot/vmlinux-{RELEASE}",
                     f"lib/modules/{RELEASE}/vmlinux", f"lib/modules/{RELEASE}/build/vmlinux",
                     f"usr/lib/debug/lib/modules/{RELEASE}/vmlinux"):
            root = self.path("root-" + path.replace("/", "-"))
            self.make_vmlinux(root + "/" + path)
            self.expect_kernel("--symfs", root)

    def write_kallsyms(self, name, moved=0):
        return self.write(name, "".join(
            f"{addr + moved:016x} {line}\n" for addr, line in (
                (LINKED_AT, "T _text"), (LINKED_AT, "T _stext"), (LINKED_AT + 0x1000, "T do_work"),
                (LINKED_AT + 0x1110, "t other"), (LINKED_AT + TEXT_SIZE, "T _etext")))
            + "".join(f"{MODULE_AT + offset:016x} t {name}\t[flame_test]\n" for offset, name in (
                (0, "first_of_module"), (0x100, "second_of_module"))))

    def test_kallsyms(self):
        self.write_recording()
        moved = self.write_kallsyms("moved kallsyms")
        self.assertIn("no build id", self.expect_kernel("--kallsyms", moved))
        same = self.write_kallsyms("same", LOADED_AT - LINKED_AT)
        self.expect_kernel("--kallsyms", same)
        self.expect_module("--kallsyms", same)
        # Of another kernel: its code has another size.
        self.write_recording(end=LOADED_AT + 0x7000)
        self.assertIn("is not of the recorded kernel", self.expect_nothing("--kallsyms", moved))
        self.assertIn("a guess", self.expect_kernel("--force", "--kallsyms", moved))
        hidden = self.write("hidden", "0000000000000000 T _text\n0000000000000000 T do_work\n")
        self.assertIn("has no addresses", self.expect_nothing("--kallsyms", hidden))

    def test_kallsyms_in_the_cache_of_perf(self):
        self.write_recording()
        folder = self.path(f"home/.debug/.build-id/{self.kernel_id[:2]}/{self.kernel_id[2:]}")
        os.makedirs(folder)
        shutil.copy(self.write_kallsyms("k"), folder + "/kallsyms")
        self.expect_kernel()

    def test_modules(self):
        folder = f"lib/modules/{RELEASE}"
        suffixes = ["", ".xz"] + ([".zst"] if shutil.which("zstd") else [])
        for suffix in suffixes:
            path = f"{folder}/kernel/drivers/flame-test.ko{suffix}"
            root = self.path("root" + suffix)
            self.make_module(f"{root}/{path}")
            self.write_recording("/" + path)
            self.expect_module("--symfs", root)
            # By its name alone.
            self.write_recording("[flame_test]")
            self.expect_nothing("--symfs", root)
            with open(f"{root}/{folder}/modules.dep", "w", encoding="ascii") as f:
                f.write(f"kernel/fs/a.ko: kernel/b.ko\nkernel/drivers/flame-test.ko{suffix}: x.ko\n")
            self.expect_module("--symfs", root)
        self.make_module(self.path(f"ids/.build-id/{self.module_id[:2]}/{self.module_id[2:]}.debug"))
        self.expect_module("--debug-dir", self.path("ids"))

    def test_other_module(self):
        path = f"/lib/modules/{RELEASE}/kernel/drivers/flame-test.ko.xz"
        self.make_module(self.path("root") + path, os.urandom(20).hex())
        self.write_recording()
        self.assertIn("its build id is another one",
                      self.expect_nothing("--symfs", self.path("root")))
        self.write_recording(has_ids=False)
        self.expect_nothing("--symfs", self.path("root"))
        self.expect_module("--force", "--symfs", self.path("root"))


if __name__ == "__main__":
    main()
