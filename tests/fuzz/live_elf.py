#!/usr/bin/env python3
"""Fuzzing of ELF and DWARF readers in flame as it is installed, with its sandbox.

    tests/fuzz/live_elf.py build/dev/flame                             a minute
    tests/fuzz/live_elf.py build/dev/flame --seconds 3600 --keep DIR   the hour

Two kinds of rounds take turns. In one, a made recording maps a few damaged programs, and `flame
symbolize` reads them. In the other, damaged programs run under `flame record`; there only parts are
damaged that a program does not need to run: debug information, symbols, notes, unwind tables, and
headers of sections. Each round has one program without damage, whose names must be found. A file
that makes flame crash, hang, fail, or use too much memory is stored in the folder of --keep.
"""
import argparse
import collections
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracle"))
import made  # noqa: E402 (the folder is added above)

SOURCE = """
#include <cstdlib>
#include <ctime>
template <class T> struct burner {
	T state;
	inline __attribute__((always_inline)) void step() { state = state * 33 + 7; }
	__attribute__((noinline)) T burn(int n) { while (n--) step(); return state; }
};
extern "C" __attribute__((noinline)) int fuzz_witness(volatile int depth)
{
	burner<unsigned long> b = {(unsigned long)depth};
	return depth ? fuzz_witness(depth - 1) + 1 : (int)b.burn(20000);
}
int main(int argc, char **argv)
{
	clock_t end = clock() + (argc > 1 ? atoi(argv[1]) : 0) * (CLOCKS_PER_SEC / 1000);
	while (clock() < end) fuzz_witness(12);
}
"""
BUILDS = ("-g", "-gdwarf-4 -O2", "-g3 -gz -O1", "-g -O2 -static -Wl,--build-id=none",
          "-g -O2 -fdebug-types-section -fno-omit-frame-pointer", "-g1 -O2 -gdwarf-3",
          "-g -O2 -fasynchronous-unwind-tables -Wl,--compress-debug-sections=zlib")
HARMLESS = (".debug_", ".symtab", ".strtab", ".note.gnu.build-id", ".eh_frame", ".gnu_debug",
            ".comment", ".shstrtab", ".gcc_except_table")
NUMBERS = (0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0,
           0xffffffff, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 16, (1 << 64) - 1)
SYMBOLIZED, RECORDED, TIME_LIMIT, CPU_LIMIT, RSS_LIMIT = 30, 30, 120, 20, 1 << 30
SECTION = struct.Struct("<IIQQQQIIQQ")


def sections_of(data):
    """[(name, position of the header, its fields)]"""
    at, = struct.unpack_from("<Q", data, 40)
    size, number, names = struct.unpack_from("<HHH", data, 58)
    table = [(at + i * size, SECTION.unpack_from(data, at + i * size)) for i in range(number)]
    text = table[names][1][4]
    return [(bytes(data[text + s[0]:data.index(b"\0", text + s[0])]).decode(), place, s)
            for place, s in table]


def function_at(data, name):
    """The address of a function, its size, and the load segment of code."""
    parts = {n: s for n, _, s in sections_of(data)}
    symbols, names = parts[".symtab"], parts[".strtab"]
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        text, _, _, _, value, size = struct.unpack_from("<IBBHQQ", data, at)
        if data.startswith(name + b"\0", names[4] + text):
            return value, size
    raise LookupError(name)


def code_of(data):
    """Start, length and offset of the mapping of code, at the addresses of the file."""
    at, = struct.unpack_from("<Q", data, 32)
    number, = struct.unpack_from("<H", data, 56)
    for i in range(number):
        kind, flags, offset, vaddr, _, size = struct.unpack_from("<IIQQQQ", data, at + 56 * i)
        if kind == 1 and flags & 1:
            return vaddr & ~0xfff, size + (vaddr & 0xfff), offset & ~0xfff
    raise LookupError("code")


class Mutator:
    """Damages a copy of a program."""

    def __init__(self, rng):
        self.rng = rng

    def _put(self, data, start, size):
        """Overwrites a few bytes."""
        rng, at = self.rng, start + self.rng.randrange(size)
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind in (2, 3):
            width = rng.choice((1, 2, 4, 8))
            at -= (at - start) % width
            number = rng.choice(NUMBERS) if kind == 2 else rng.randrange(size * 2)
            new = (number & ((1 << 8 * width) - 1)).to_bytes(width, "little")
            data[at:min(at + width, start + size)] = new[:start + size - at]
        else:
            length = min(rng.choice((2, 4, 16, 64, 256)), start + size - at)
            source = start + rng.randrange(size)
            new = bytes(data[source:source + length]) if kind == 4 else \
                bytes([rng.choice((0, 0x80, 0xff, rng.randrange(256)))]) * length
            data[at:at + len(new)] = new[:start + size - at]

    def _header(self, data, place):
        """Changes one field of a section's header."""
        rng, field = self.rng, self.rng.randrange(1, 10)
        fields = list(SECTION.unpack_from(data, place))
        fields[field] = rng.choice((rng.choice(NUMBERS), fields[field] ^ (1 << rng.randrange(32)),
                                    fields[field] + rng.randrange(-64, 64), len(data)))
        if rng.randrange(4) == 0:
            fields[2] ^= 0x800  # compressed or not
        limits = [(1 << 8 * width) - 1 for width in (4, 4, 8, 8, 8, 8, 4, 4, 8, 8)]
        SECTION.pack_into(data, place, *(f & m for f, m in zip(fields, limits)))

    def mutate(self, original, keeps_running):
        rng, data = self.rng, bytearray(original)
        sections = sections_of(data)
        parts = [p for p in sections
                 if p[2][1] != 8 and p[2][5] and (not keeps_running or p[0].startswith(HARMLESS))]
        for _ in range(rng.choice((1, 1, 2, 3, 8, 30))):
            kind = rng.randrange(20)
            section = rng.choice(parts)[2]
            place = rng.choice(sections)[1]
            if kind == 0:
                self._put(data, *((rng.choice(((40, 8), (58, 6)))) if keeps_running else (0, 64)))
            elif kind == 1 and not keeps_running:
                self._put(data, 64, 56 * struct.unpack_from("<H", original, 56)[0])
            elif kind in (2, 3, 4):
                self._header(data, place)
            else:
                self._put(data, section[4], section[5])
        if rng.randrange(40) == 0:
            del data[rng.randrange(64 if not keeps_running else len(data) * 3 // 4, len(data)):]
        return bytes(data)


class Fuzzer:
    def __init__(self, args, work):
        self.flame = os.path.abspath(args.flame)
        self.rng = random.Random(args.seed)
        self.mutator, self.work, self.keep = Mutator(self.rng), work, args.keep
        self.counts = collections.Counter()
        self.bases = [self._build(i, flags) for i, flags in enumerate(BUILDS)]
        self.round = 0

    def _build(self, number, flags):
        source = self.work / "fuzz.cc"
        source.write_text(SOURCE)
        path = self.work / f"base{number}"
        subprocess.run(["c++", *flags.split(), str(source), "-o", str(path)], check=True)
        return path.read_bytes()

    def _files(self, folder, number, keeps_running):
        """Writes the damaged programs and, last, one without damage. Returns their bases."""
        folder.mkdir()
        bases = [self.rng.choice(self.bases) for _ in range(number)]
        for i, base in enumerate([*bases, self.bases[0]]):
            path = folder / ("witness" if i == number else f"mutant{i}")
            path.write_bytes(base if i == number else self.mutator.mutate(base, keeps_running))
            path.chmod(0o755)
        return [*bases, self.bases[0]]

    def _run(self, *args):
        """Runs flame. Returns its status, messages, CPU time and memory; None: it hangs."""
        with open(self.work / "messages", "w+b") as messages:
            job = subprocess.Popen([self.flame, *map(str, args)], stdin=subprocess.DEVNULL,
                                   stdout=messages, stderr=messages, start_new_session=True)
            end = time.monotonic() + TIME_LIMIT
            while True:
                pid, status, usage = os.wait4(job.pid, os.WNOHANG)
                if pid:
                    job.returncode = os.waitstatus_to_exitcode(status)
                    break
                if time.monotonic() > end:
                    os.killpg(job.pid, signal.SIGKILL)
                    job.wait()
                    return None
                time.sleep(0.005)
            messages.seek(0)
            text = messages.read().decode(errors="replace")
        return job.returncode, text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10

    def symbolize(self, folder):
        names = [f"mutant{i}" for i in range(SYMBOLIZED)] + ["witness"]
        recording = made.Recording()
        for i, (name, base) in enumerate(zip(names, self._files(folder, SYMBOLIZED, False))):
            start, length, offset = code_of(base)
            recording.map(100 + i, str(folder / name), start, length, offset,
                          stat=(folder / name).stat())
            addr, size = function_at(base, b"fuzz_witness")
            for at in range(start, start + length, max(16, length // 32)):
                recording.sample(100 + i, [at, addr + size // 2, addr])
        recording.write(str(folder / "x.data"))
        self.counts["files symbolized"] += SYMBOLIZED
        return self._run("symbolize", folder / "x.data", "-o", folder / "y.data")

    def record(self, folder):
        self._files(folder, RECORDED, True)
        script = (f"cd {folder}; for i in mutant* witness; do timeout -s KILL 5 ./$i 20; done; "
                  "exit 0")
        self.counts["files recorded"] += RECORDED
        return self._run("record", "-F", "997", "-o", folder / "y.data", "--", "sh", "-c", script)

    def _complaints(self, result, folder):
        if result is None:
            yield "hang"
            return
        status, text, seconds, memory = result
        if status != 0:
            yield f"exit {status}"
        for words, complaint in (("crashed (signal", "worker crashed"),
                                 ("forbidden system", "SIGSYS"), ("out of memory", "memory"),
                                 ("was killed", "worker killed"), ("took longer", "slow file"),
                                 ("rror: AddressS", "asan")):
            if words in text:
                yield complaint
        if seconds > CPU_LIMIT:
            yield f"{seconds:.0f} s of CPU time"
        if memory > RSS_LIMIT:
            yield f"{memory >> 20} MB"
        if status == 0:
            folded = self._run("fold", folder / "y.data")
            if folded is None or folded[0] != 0:
                yield "fold fails"
            elif "fuzz_witness" not in folded[1]:
                yield "the witness has no names"

    def turn(self):
        folder = self.work / f"round{self.round}"
        kind = self.symbolize if self.round % 3 else self.record
        result = kind(folder)
        complaints = list(self._complaints(result, folder))
        self.counts["rounds"] += 1
        for complaint in complaints:
            self.counts[complaint.lstrip("0123456789 ")] += 1
            print(f"round {self.round} ({kind.__name__}): {complaint}", flush=True)
        if complaints and self.keep:
            if result:
                (folder / "messages").write_text(result[1])
            shutil.copytree(folder, pathlib.Path(self.keep) / folder.name)
        shutil.rmtree(folder)
        self.round += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("flame")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for files that made flame fail")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end = time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory(prefix="flame-fuzz-") as work:
        fuzzer = Fuzzer(args, pathlib.Path(work))
        while time.monotonic() < end:
            fuzzer.turn()
            if fuzzer.round % 100 == 0:
                print(dict(fuzzer.counts), flush=True)
    for what, count in sorted(fuzzer.counts.items()):
        print(f"{count:9} {what}")


if __name__ == "__main__":
    main()
