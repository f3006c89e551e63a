"""Stacks of programs without frame pointers: in recordings of flame record -g, as perf reads these
recordings, and in recordings of perf with --call-graph dwarf."""

import contextlib
import glob
import os
import re
import shutil
import socket
import statistics
import struct
import subprocess
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, program, running,
                        wait_until)
from perf_stacks import Comparison, StacksTest, perf, perf_samples

# Debian builds it without frame pointers. It compresses perf itself.
XZ = ["sh", "-c", "xz -T1 -3 -c /usr/bin/perf > /dev/null"]
SHARE = 0.99

# Outermost functions of a program or a thread. Programs may have no name for their own _start, and
# the dynamic linker has none for its first function.
# A new thread begins in clone3, named __clone3 in glibc 2.41 and later.
BEGINS = re.compile(r"_start|__libc_start_\w+|(__)?clone3?|\[unknown ld-linux-\S*\]")
EARLY_ENDS = ("[truncated stack]", "[broken stack]")

LOADS = {
    "xz": "while :; do xz -T1 -3 -c /usr/bin/perf > /dev/null; done",
    "perl": "while :; do perl -e \"%h = map { \\$_ % 999 => rand } 1..2e5; sort keys %h\"; done",
    "python3": "exec /usr/bin/python3 -c \"import json\nwhile True:"
               " json.loads(json.dumps([*range(999)]))\"",
}

NGINX = """
daemon off; user root; pid {folder}/nginx.pid; error_log /dev/null; worker_processes 2;
events {{ worker_connections 100; }}
http {{
    access_log off;
    server {{
        listen unix:{folder}/http;
        location / {{
            fastcgi_pass unix:{folder}/php;
            fastcgi_param SCRIPT_FILENAME {folder}/page.php;
            fastcgi_param REQUEST_METHOD GET;
        }}
    }}
}}
"""
FPM = """
[global]
daemonize = no
error_log = /dev/null
[www]
user = root
group = root
listen = {folder}/php
pm = static
pm.max_children = 2
"""
PAGE = "<?php $a = range(1, 3000); shuffle($a); sort($a); echo strlen(serialize($a)), crc32('x');\n"
FPM_PROGRAM = next(iter(glob.glob("/usr/sbin/php-fpm*")), None)


def user_frames(stack):
    """User frames of a line of flame fold --all, outermost first, without the name of the
    process."""
    return [frame for frame in stack.split(";")[1:] if not frame.endswith("_[k]")]


def has_begin(stack):
    frames = user_frames(stack)
    return not EARLY_ENDS[0] in frames and any(BEGINS.match(f) for f in frames[:3])


def with_begin(stacks, comm):
    """Number of samples of 'comm' whose user stack has its outermost frame, and number of samples
    with a user stack."""
    mine = {s: n for s, n in stacks.items() if s.startswith(comm + ";") and user_frames(s)}
    return sum(n for s, n in mine.items() if has_begin(s)), sum(mine.values())


def limit(name):
    with open(f"/proc/sys/kernel/{name}", encoding="ascii") as f:
        return int(f.read())


def perf_frames(path, *args):
    """User frames of each sample that perf script prints, innermost first."""
    text = perf("script", "-i", path, "--no-inline", "--max-stack", "8000", "-F", "comm,ip,sym",
                *args)
    samples = []
    for line in text.splitlines():
        if line and not line[0].isspace():
            samples.append([])
        elif line.strip():
            address, name = line.split(maxsplit=1)
            if int(address, 16) < 1 << 63:
                samples[-1].append(name)
    return samples


def reach_main(samples):
    """perf ends stacks at __libc_start_call_main() at random, in recordings of flame and of
    perf."""
    return sum("__libc_start_" in " ".join(s[-3:]) for s in samples), len(samples)


class Record(StacksTest):
    def record(self, *args):
        """flame loses no samples unless the host takes the CPU away for a second, so one of three
        attempts must succeed."""
        for _ in range(3):
            result = flame("record", "--max-cost", "100", "-o", self.path("x.data"), "--no-svg",
                           *args)
            self.assertEqual(result.returncode, 0, result.stderr)
            samples, lost = (int(n) for n in
                             re.search(r"(\d+) samples, (\d+) lost", result.stderr).groups())
            if lost <= 0.01 * samples:
                break
        self.assertLessEqual(lost, 0.01 * samples, result.stderr)
        self.said = result
        return self.path("x.data")


@needs_recording
@needs_tool("xz")
class Modes(Record):
    def test_none(self):
        for stack in self.folded("--no-inline", self.record("-g", "none", "--", *XZ)):
            self.assertEqual(stack.count(";"), 1, stack)

    def test_auto_is_the_default(self):
        """With frame pointers only, hardly any stack of xz reaches its outermost frame."""
        for args in (("-g", "auto"), (), ("-g", "fp")):
            with self.subTest(args):
                stacks = self.folded("--all", self.record("-F", "999", *args, "--", *XZ))
                begins, total = with_begin(stacks, "xz")
                if "fp" in args:
                    self.assert_most(total - begins, total, 0.5, stacks)
                else:
                    self.assert_most(begins, total, SHARE, stacks)

    def test_a_copy_that_is_too_small_is_told(self):
        path = self.record("-F", "499", "--stack-size", "512", "--", *XZ)
        stacks = self.folded(path)
        short = sum(n for s, n in stacks.items() if s.startswith("xz;[truncated stack];"))
        self.assert_most(short, sum(stacks.values()), 0.9, stacks)
        # A mark of an incomplete stack has no address.
        self.assertNotIn("stack <", flame("fold", "--addrs", path).stdout)
        for head in (self.said.stdout, flame("report", path).stdout):
            self.assertRegex(head.splitlines()[0], r"(9\d\.\d|100)% of stacks truncated")

    def test_processes_that_end_at_once(self):
        """Each process is unwound with its own mappings; other processes have other addresses."""
        stacks = self.folded("--all", self.record(
            "-F", "1999", "--", "sh", "-c", "for i in $(seq 100); do perl -e 1..9999; done"))
        self.assert_most(*with_begin(stacks, "perl"), 0.95, stacks)


@needs_recording
class DeepStacks(Record):
    """samples/programs/deep.c: samples at the end of a stack of a given size in KiB."""

    def truncated(self):
        """The message about truncated stacks, or an empty string."""
        return "".join(line for line in self.said.stderr.splitlines() if " truncated" in line)

    def share_whole(self, kib, *args):
        stacks = self.folded(self.record(*args, "--", program("deep"), str(kib), "400"))
        deep = {s: n for s, n in stacks.items() if s.endswith(";work")}
        self.assertTrue(deep, stacks)
        frames = kib * 4 + 1
        return sum(n for s, n in deep.items() if f";main;{'descend;' * frames}work" in s) / sum(
            deep.values())

    def test_whole_by_default(self):
        for kib in 40, 56:
            self.assertEqual(self.share_whole(kib), 1, kib)
            self.assertEqual(self.truncated(), "")

    def test_what_is_cut_is_named(self):
        self.assertEqual(self.share_whole(40, "--stack-size", "16384"), 0)
        self.assertRegex(self.truncated(), r"^flame: [\d.]+ % of the stacks of 'deep' are truncated:"
                         r" they continue beyond their copies of at most 16384 bytes; try "
                         "--stack-size 65528$")
        self.assertEqual(self.share_whole(200), 0)
        self.assertRegex(self.truncated(),
                         r"'deep' are truncated: .* of at most 65528 bytes, the largest size$")

    @needs_tool("perf")
    def test_stored_copies_are_smaller(self):
        self.record("-g", "dwarf-raw", "--", program("deep"), "1", "10")
        self.assertIn("sample_stack_user: 16384", perf("evlist", "-v", "-i", self.path("x.data")))

    def as_nobody(self, *args):
        """Runs flame as an ordinary user with a limit of 64 KiB of locked memory, in addition to
        the memory that the kernel allows every user."""
        os.chmod(self.folder, 0o777)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                  "--inh-caps=-all", "--bounding-set=-all"]
        command = [*nobody, FLAME, "record", "-o", self.path("x.data"), "--no-svg", *args]
        return subprocess.run(["sh", "-c", 'ulimit -l 64; exec "$@"', "sh", *command],
                              capture_output=True, text=True, check=False)

    @unittest.skipUnless(os.geteuid() == 0, "another user is to record")
    @unittest.skipUnless(limit("perf_event_paranoid") in (0, 1, 2), "ordinary users are not limited")
    @unittest.skipUnless(limit("perf_event_mlock_kb") < 4096, "rings of full size are allowed")
    def test_ordinary_users(self):
        """Rings are smaller, stack copies fit into them, and one message reports it."""
        deep = program("deep")
        self.said = self.as_nobody("--", deep, "40", "400")
        if "denied" in self.said.stderr:
            self.skipTest("not executable for ordinary users")
        self.assertEqual(self.said.returncode, 0, self.said.stderr)
        copies = re.findall(r"copies of only (\d+) bytes of a stack, in rings of \d+ KiB for each "
                            r"CPU \(kernel.perf_event_mlock_kb is \d+\)", self.said.stderr)
        self.assertEqual(len(copies), 1, self.said.stderr)
        self.assertIn(int(copies[0]), range(4096, 65528, 8))
        if int(copies[0]) < 40000:
            self.assertIn(f"copies of at most {copies[0]} bytes", self.truncated())
        # The requested size is copied, even if a ring holds only a few copies.
        self.said = self.as_nobody("--stack-size", "65528", "--", deep, "40", "400")
        self.assertEqual(self.said.returncode, 0, self.said.stderr)
        self.assertIn("rings of only", self.said.stderr)
        self.assertEqual(self.truncated(), "")


@needs_recording
@needs_tool("xz")
@needs_tool("perf")
class PerfReadsIt(Record):
    def attrs(self, path):
        return perf("evlist", "-v", "-i", path)

    def test_unwound_stacks(self):
        path = self.record("-F", "999", "--", *XZ)
        self.assertNotRegex(self.attrs(path), "REGS_USER|STACK_USER|sample_regs")
        self.assert_most(*reach_main(perf_frames(path, "--comms", "xz")), SHARE)
        self.assertIn("lzma_code", perf("report", "-i", path, "--stdio", "--children"))
        self.compare(path)

    def test_samples_are_in_order(self):
        """Samples that waited for unwinding are not written after the end of a newer round."""
        with running(LOADS["xz"], *["while :; do perl -e 1; done"] * 2):
            path = self.record("-a", "-F", "999", "3")
        said = subprocess.run(["perf", "script", "-i", path, "-F", "time"], capture_output=True,
                              text=True, check=True)
        self.assertNotIn("order", said.stderr)
        times = [float(line.strip().rstrip(":")) for line in said.stdout.split("\n") if line.strip()]
        self.assertGreater(len(times), 1)
        self.assertEqual(times, sorted(times))

    def test_stacks_stored_for_perf(self):
        samples = perf_frames(self.record("-F", "999", "-g", "dwarf-raw", "--", *XZ), "--comms",
                              "xz")
        self.assert_most(*reach_main(samples), 0.95)
        self.assertGreater(statistics.median(len(s) for s in samples), 8)
        stacks = self.folded("--all", self.path("x.data"))
        self.assert_most(*with_begin(stacks, "xz"), SHARE, stacks)

    def test_stored_stacks_of_an_unfinished_recording(self):
        path = self.record("-F", "499", "-g", "dwarf-raw", "--", *XZ)
        with open(path, "r+b") as data:
            start, size = struct.unpack("<QQ", data.read(56)[40:])
            data.truncate(start + size)
            data.seek(48)
            data.write(bytes(8))
        result = flame("fold", "--all", path, "-o", self.path("folded"))
        self.assertIn("never finished", result.stderr)
        stacks = self.folded("--all", self.path("folded"))
        self.assert_most(*with_begin(stacks, "xz"), SHARE, stacks)

    def test_size_of_the_copy(self):
        path = self.record("--call-graph", "dwarf-raw", "--stack-size", "65528", "--", *XZ)
        self.assertIn("sample_stack_user: 65528", self.attrs(path))
        self.assertTrue(perf_frames(path))


@needs_recording
class StockPrograms(Record):
    """Programs as the distribution builds them."""

    @contextlib.contextmanager
    def web_server(self):
        """nginx in front of php-fpm, with requests all the time."""
        for name, text in (("nginx.conf", NGINX), ("fpm.conf", FPM), ("page.php", PAGE)):
            self.write(name, text.format(folder=self.folder) if name != "page.php" else text)
        ask = ("import http.client, socket, sys\nwhile True:\n"
               " s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
               " s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\n while s.recv(65536): pass")
        self.write("ask.py", ask)
        with running(f"exec {FPM_PROGRAM} -F -R -y {self.folder}/fpm.conf",
                     f"exec nginx -c {self.folder}/nginx.conf"):
            wait_until(lambda: b"200 OK" in self.answer(), "no answer")
            with running(*[f"exec /usr/bin/python3 {self.folder}/ask.py {self.folder}/http"] * 2):
                yield

    def answer(self):
        with socket.socket(socket.AF_UNIX) as s:
            if s.connect_ex(self.path("http")):
                return b""
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return s.recv(65536)

    def check(self, comms, record):
        """Asserts whole stacks of each program in a recording of 'record'. It is repeated for
        longer if a program got little CPU time."""
        for seconds in 4, 8, 16:
            stacks = self.folded("--all", record(seconds))
            if min(with_begin(stacks, comm)[1] for comm in comms) > 100:
                break
        for comm in comms:
            begins, total = with_begin(stacks, comm)
            print(f"{comm}: {begins} of {total} stacks begin at the beginning")
            self.assert_most(begins, total, SHARE, [
                (n, s) for s, n in stacks.items()
                if s.startswith(comm + ";") and user_frames(s) and not has_begin(s)])

    def test_programs(self):
        comms = [name for name in LOADS if shutil.which(name)]

        def record(seconds):
            jobs = "".join(f"timeout -s KILL {seconds} sh -c '{LOADS[name]}' & " for name in comms)
            return self.record("-F", "999", "--", "sh", "-c", jobs + "wait")

        self.check(comms, record)

    @needs_tool("nginx")
    @unittest.skipUnless(FPM_PROGRAM, "php-fpm is not installed")
    @unittest.skipUnless(os.geteuid() == 0, "nginx and php-fpm are set up for root")
    def test_web_server(self):
        with self.web_server():
            self.check(["nginx", os.path.basename(FPM_PROGRAM)],
                       lambda seconds: self.record("-F", "999", "-a", seconds))


class Deeper(Comparison):
    """flame's stack may continue where perf's ends before the program's first function."""

    def candidates(self, sample):
        n = len(sample.frames)
        if any("__libc_start_main" in frame[1] for frame in sample.frames):
            return super().candidates(sample)
        return [c for c in self.ours[sample.comm, 0] if len(c[0]) >= n]

    def fits(self, sample):
        return sorted(super().fits(sample), key=lambda fit: len(fit[1][0]))


@needs_recording
@needs_tool("perf")
class RecordingsOfPerf(StacksTest):
    """perf record --call-graph dwarf stores registers and copies of stacks."""

    def check(self, *command):
        perf("record", "-q", "-N", "-F", "999", "--call-graph", "dwarf,16384", "-o",
             self.path("p.data"), "--", *command)
        comparison = Deeper(self.folded("--idle", "--no-inline", self.path("p.data")), self.symbols)
        comparison.run(perf_samples(self.path("p.data")))
        print(f"{comparison.samples} samples, {comparison.different} with differences: "
              f"{dict(comparison.reasons)}, {sum(comparison.missing.values())} not found")
        self.assert_most(comparison.samples - sum(comparison.missing.values()), comparison.samples,
                         0.99, comparison.missing)

    @needs_tool("xz")
    def test_xz(self):
        self.check(*XZ)

    @needs_tool("perl")
    def test_perl(self):
        self.check("perl", "-e", "my %h; $h{$_ % 999} .= $_ for 1..3e6; join ',', sort keys %h")


class Mistakes(Test):
    def test_wrong_command_lines(self):
        for args in (["-g", "dwarf"], ["-g"], ["--stack-size", "0"], ["--stack-size", "100"],
                     ["--stack-size", "65536"], ["--stack-size", "8k"]):
            with self.subTest(args):
                self.assert_one_line_error(
                    flame("record", "-o", self.path("x.data"), *args, "true"), 2)


if __name__ == "__main__":
    main()
