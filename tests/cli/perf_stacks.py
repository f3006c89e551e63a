"""Compares the stacks that flame fold and perf script show for the same recording.

Differences that are allowed, each explained. Those that are not proven by names alone are few:
  no chain  where the kernel could walk no stack perf shows nothing, flame the instruction itself
  deleted   perf has no names for a file that has no path any more
  comm      perf calls a thread ":TID" whose name comes in a record after the sample
  exec      in the middle of execve() the address is still the old program's, whose mappings perf
            keeps and flame forgets
Those that are:
  padding   perf names the compiler's padding in front of a function (__pfx_, __cfi_), or the
            function after a call that never returns (offset 0 of the next one): a return address
            is looked up one byte back here. The symbol table says that ours is the one before
  alias     several symbols have one address and the two tools show different ones of them, which
            their own symbol tables prove
  version   perf shows the version of a dynamic symbol, "f@@GLIBC_2.34"
  unknown   perf names no function; here it is named after its file
  suffix    perf drops the suffix of a clone (.isra.0) of a C++ function
  plt       perf makes up names for the stubs of dynamic linking, "f@plt"
  replaced  another file stands at the path now, whose names perf takes
"""

import bisect
import collections
import re
import subprocess

from flame_test import Test

KERNEL = 1 << 63  # the first address of the kernel's half

PADDING = ("__pfx_", "__cfi_")  # what the compiler puts in front of the kernel's functions

NO_CHAIN = ("0", "no chain", None, "")

UNPROVEN = ("no chain", "deleted", "comm", "exec")
UNPROVEN_SHARE = 0.05

FRAME = re.compile(r"\s*([0-9a-f]+) (.*?)(\+0x[0-9a-f]+)? \((.*)\)$")
HEAD = re.compile(r"\s*(.*?)\s+(-?\d+)/(-?\d+)\s+[\d.]+:\s+(\S+):(?:\s+(\S.*))?\s*$")
SYMBOL = re.compile(r"([0-9a-f]+) (?:([0-9a-f]+) )?[A-Za-z] (.*)$")


def perf(*args, **kwargs):
    """Runs perf and returns its standard output, as text that keeps every byte."""
    return subprocess.run(["perf", *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="surrogateescape",
                          check=True, **kwargs).stdout


def perf_samples(path):
    """Each sample as perf prints it: event, comm and its frames, innermost first."""
    text = perf("script", "-i", path, "--no-inline", "-F",
                "comm,pid,tid,time,event,ip,sym,symoff,dso")
    sample = None
    for line in text.split("\n"):
        frame = FRAME.match(line) if line.startswith("\t") else None
        head = None if frame else HEAD.match(line)
        if frame:
            sample[2].append(frame.groups())
        elif head:
            if sample:
                yield sample
            comm, _, _, event, alone = head.groups()
            sample = (event, comm, [FRAME.match(alone).groups()] if alone else [])
        elif line.strip():
            raise ValueError(f"perf script printed {line!r}")
    if sample:
        yield sample


class Symbols:
    """The symbol tables themselves: which names share an address, which is before another."""

    def __init__(self):
        self.by_dso = {}

    @staticmethod
    def _files(dso):
        """The tables of a file: its own, and that of its separate debug file."""
        notes = subprocess.run(["readelf", "-n", dso], capture_output=True, text=True).stdout
        build_id = re.search(r"Build ID: (..)(\S+)", notes)
        yield from ([dso], ["-D", dso])
        if build_id:
            yield ["/usr/lib/debug/.build-id/{}/{}.debug".format(*build_id.groups())]

    @classmethod
    def _read(cls, dso):
        """Start, size and name, 0 where the size is unknown."""
        if dso.startswith("["):
            with open("/proc/kallsyms", encoding="ascii") as f:
                for line in f:
                    address, _, name = line.split()[:3]
                    yield int(address, 16), 0, name
            return
        for args in cls._files(dso):
            table = subprocess.run(["nm", "-S", *args], capture_output=True).stdout
            text = subprocess.run(["c++filt", "-p"], input=table, capture_output=True).stdout
            for line in text.decode(errors="surrogateescape").splitlines():
                symbol = SYMBOL.match(line)
                if symbol:
                    address, size, name = symbol.groups()
                    yield int(address, 16), int(size or "0", 16), name.split("@")[0]

    def _of(self, dso):
        if dso not in self.by_dso:
            addresses, table = collections.defaultdict(set), set()
            for address, size, name in self._read(dso):
                addresses[name].add(address)
                if not name.startswith(PADDING):
                    table.add((address, size, name))
            self.by_dso[dso] = addresses, sorted(table)
        return self.by_dso[dso]

    def same(self, dso, one, other):
        addresses, _ = self._of(dso)
        return bool(addresses[one] & addresses[other])

    def is_before(self, dso, name, other):
        """Whether 'name' is what stands before 'other'; None for 'name': whether nothing does."""
        addresses, table = self._of(dso)
        for address in addresses[other]:
            at = bisect.bisect_left(table, (address,))
            start = table[at - 1][0] if at else 0
            before = [symbol for symbol in table[max(0, at - 50):at] if symbol[0] == start]
            holding = [symbol for symbol in before if not symbol[1] or start + symbol[1] >= address]
            if not holding if name is None else name in (symbol[2] for symbol in before):
                return True
        return False


def unknown_name(dso):
    if "kernel.kallsyms" in dso:
        return "[unknown kernel]"
    if dso == "[vdso]":
        return "[unknown vdso]"
    if not dso.startswith("/") or dso.startswith(("//anon", "/tmp/perf-")):
        return "[unknown anon]"
    return f"[unknown {dso.rsplit('/', 1)[-1].removesuffix(' (deleted)')}]"


def difference(frame, ours, symbols, frames=()):
    """Why our frame differs from perf's: "" where it doesn't, None where nothing explains it.
    'frames' are all of the sample's."""
    address, name, offset, dso = frame
    if name == ours:
        return ""
    if frame == NO_CHAIN:
        return "no chain"
    if name == "[unknown]" and dso == "[unknown]":
        return "unknown" if int(address, 16) >= KERNEL and ours == "[unknown kernel]" else None
    if name == "[unknown]" and ours == unknown_name(dso):
        return "unknown"
    if ours == unknown_name(dso).replace("[unknown", "[replaced"):
        return "replaced"
    if name == "[unknown]":
        return "deleted" if dso.endswith(" (deleted)") else None
    if name.endswith("@plt") and ours == unknown_name(dso):
        return "plt"
    if ours.startswith(name + "."):
        return "suffix"
    plain = name.split("@")[0]
    if plain == ours:
        return "version"
    if symbols.same(dso, plain, ours):
        return "alias"
    if (offset == "+0x0" or name.startswith(PADDING)) and symbols.is_before(
            dso, None if ours == unknown_name(dso) else ours, plain):
        return "padding"
    if ours == "[unknown]" and any("execve" in f[1] for f in frames if "kernel" in f[3]):
        return "exec"
    return None


class Comparison:
    """Takes perf's samples out of ours, one by one: first those that equal one of ours, then
    those that may be this or that of what is left."""

    def __init__(self, stacks):
        self.symbols = Symbols()
        self.reasons = collections.Counter()
        self.missing = collections.Counter()
        self.samples = self.different = self.unproven = 0
        self.ours = collections.defaultdict(list)
        for stack, number in stacks.items():
            frames = stack.split(";")
            self.ours[frames[0], len(frames)].append([frames[:0:-1], number])

    def candidates(self, comm, frames):
        return self.ours[comm.replace(" ", "_"), len(frames) + 1]

    def fits(self, comm, frames):
        found = []
        for candidate in self.candidates(comm, frames):
            why = [difference(f, o, self.symbols, frames)
                   for f, o in zip(frames, candidate[0])]
            if None not in why:
                found.append((list(filter(None, why)), candidate))
        return sorted(found, key=lambda fit: len(fit[0]))

    def nearest(self, comm, frames):
        """How what is left of ours and most like the sample differs from it."""
        def wrong(candidate):
            return tuple(f"{f[1]}{f[2]} ({f[3]}): {o}" for f, o in zip(frames, candidate[0])
                         if difference(f, o, self.symbols, frames) is None)
        return min((wrong(c) for c in self.candidates(comm, frames) if c[1]), key=len,
                   default=f"no stack of {len(frames)} frames")

    def run(self, samples):
        rest = []
        for comm, frames in samples:
            self.samples += 1
            fits = self.fits(comm, frames or [NO_CHAIN])
            exact = next((c for why, c in fits if not why and c[1] > 0), None)
            if exact:
                exact[1] -= 1
            else:
                rest.append((comm, frames or [NO_CHAIN], fits))
        self.different = len(rest)
        for comm, frames, fits in sorted(rest, key=lambda sample: len(sample[2])):
            why, fit = next((f for f in fits if f[1][1] > 0), (["comm"], None))
            if fit:
                fit[1] -= 1
            elif not comm.startswith(":"):
                self.missing[comm, self.nearest(comm, frames)] += 1
                continue
            self.reasons.update(why)
            self.unproven += any(reason in UNPROVEN for reason in why)

    def left(self):
        return sum(n for stacks in self.ours.values() for _, n in stacks)


class StacksTest(Test):
    def compare(self, path, event=None, at_least=500, options=()):
        """The samples of 'event', or of the only one there is."""
        if event:
            options = (*options, "--event", event)
        comparison = Comparison(self.folded("--idle", *options, path))
        comparison.run((comm, frames) for its_event, comm, frames in perf_samples(path)
                       if event in (None, its_event))
        print(f"{comparison.samples} samples, {comparison.different} with differences: "
              f"{dict(comparison.reasons)}")
        self.assertGreaterEqual(comparison.samples, at_least)
        self.assertFalse(comparison.missing, "unexplained, with the frames that differ")
        self.assertEqual(comparison.left(), comparison.reasons["comm"])
        self.assertLess(comparison.unproven, UNPROVEN_SHARE * comparison.samples)
        return comparison
