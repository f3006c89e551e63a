"""For the same recording flame fold and perf script show the same stacks.

Differences that are allowed, each explained:
  padding   perf names the compiler's padding in front of a function (__pfx_, __cfi_), or the
            function after a call that never returns (offset 0 of the next one): a return address
            is looked up one byte back here
  alias     several symbols have one address and the two tools show different ones of them, which
            their own symbol tables prove
  version   perf shows the version of a dynamic symbol, "f@@GLIBC_2.34"
  unknown   perf names no function; here it is named after its file
  suffix    perf drops the suffix of a clone (.isra.0) of a C++ function
  plt       perf makes up names for the stubs of dynamic linking, "f@plt"
  deleted   perf has no names for a file that has no path any more
  comm      perf calls a thread ":TID" whose name comes in a record after the sample
  replaced  another file stands at the path now, whose names perf takes
  no chain  where the kernel could walk no stack perf shows nothing, flame the instruction itself
  exec      in the middle of execve() the address is still the old program's, whose mappings perf
            keeps and flame forgets
"""

import collections
import os
import re
import subprocess

from flame_test import Test, flame, main, needs_recording, needs_tool, program, running

LOAD = ["while :; do gzip -c /usr/bin/perf > /dev/null; ls -lR /usr/share > /dev/null; done",
        "while :; do perl -e 'my %h; $h{$_ % 1000} .= $_ for 1..300000'; sh -c : ; done"]

KERNEL = 1 << 63  # the first address of the kernel's half

NO_CHAIN = ("0", "no chain", None, "")

FRAME = re.compile(r"\s*([0-9a-f]+) (.*?)(\+0x[0-9a-f]+)? \((.*)\)$")
HEAD = re.compile(r"\s*(.*?)\s+(-?\d+)/(-?\d+)\s+[\d.]+:\s*$")


def perf_samples(path):
    """Each sample as perf prints it: comm and its frames, innermost first."""
    text = subprocess.run(["perf", "script", "-i", path, "--no-inline", "-F",
                           "comm,pid,tid,time,ip,sym,symoff,dso"], capture_output=True,
                          text=True, errors="surrogateescape", check=True).stdout
    for block in text.split("\n\n"):
        lines = block.strip("\n").split("\n")
        head = HEAD.match(lines[0])
        if head:
            frames = [FRAME.match(line).groups() for line in lines[1:]]
            yield head.group(1), frames or [NO_CHAIN]


class Aliases:
    """The names that share an address, from the symbol tables themselves."""

    def __init__(self):
        self.by_dso = {}

    @staticmethod
    def _symbols(dso):
        if dso.startswith("["):
            with open("/proc/kallsyms", encoding="ascii") as f:
                for line in f:
                    address, _, name = line.split()[:3]
                    yield address, name
            return
        notes = subprocess.run(["readelf", "-n", dso], capture_output=True, text=True).stdout
        build_id = re.search(r"Build ID: (..)(\S+)", notes)
        files = [["-D", dso], [dso]]
        if build_id:
            files.append(["/usr/lib/debug/.build-id/{}/{}.debug".format(*build_id.groups())])
        for args in files:
            out = subprocess.run(["nm", *args], capture_output=True, text=True).stdout
            for line in out.splitlines():
                parts = line.split()
                if len(parts) == 3:
                    yield parts[0], parts[2].split("@")[0]

    def same(self, dso, one, other):
        if dso not in self.by_dso:
            addresses = collections.defaultdict(set)
            for address, name in self._symbols(dso):
                addresses[name].add(address)
            self.by_dso[dso] = addresses
        addresses = self.by_dso[dso]
        return bool(addresses[one] & addresses[other])


def unknown_name(dso):
    if "kernel.kallsyms" in dso:
        return "[unknown kernel]"
    if dso == "[vdso]":
        return "[unknown vdso]"
    if not dso.startswith("/") or dso.startswith(("//anon", "/tmp/perf-")):
        return "[unknown anon]"
    return f"[unknown {dso.rsplit('/', 1)[-1].removesuffix(' (deleted)')}]"


def difference(frame, ours, aliases, frames=()):
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
    if name.startswith(("__pfx_", "__cfi_")) or offset == "+0x0":
        return "padding"
    if name.split("@")[0] == ours:
        return "version"
    if aliases.same(dso, name.split("@")[0], ours):
        return "alias"
    if ours == "[unknown]" and any("execve" in f[1] for f in frames if "kernel" in f[3]):
        return "exec"
    return None


@needs_recording
@needs_tool("perf")
class SameStacks(Test):
    @staticmethod
    def nearest(frames, candidates, aliases):
        """How the candidate that is most like the sample differs from it."""
        def wrong(candidate):
            return tuple(f"{f[1]}{f[2]} ({f[3]}): {o}" for f, o in zip(frames, candidate[0])
                         if difference(f, o, aliases, frames) is None)
        return min((wrong(c) for c in candidates if c[1]), key=len, default=f"no stack of {len(frames)} frames")

    def compare(self, path):
        ours = collections.defaultdict(list)
        for stack, number in self.folded("--idle", path).items():
            frames = stack.split(";")
            ours[frames[0], len(frames)].append([frames[:0:-1], number])
        aliases, reasons, rest, samples = Aliases(), collections.Counter(), [], 0
        for comm, frames in perf_samples(path):
            samples += 1
            fits = []
            for candidate in ours[comm.replace(" ", "_"), len(frames) + 1]:
                why = [difference(f, o, aliases, frames) for f, o in zip(frames, candidate[0])]
                if None not in why:
                    fits.append((len(list(filter(None, why))), candidate, why))
            fits.sort(key=lambda fit: fit[0])
            if fits and fits[0][0] == 0:
                fits[0][1][1] -= 1
            else:
                rest.append((comm, frames, fits))
        # What equals has been taken out; what may be this or that of ours takes what is left.
        missing = collections.Counter()
        for comm, frames, fits in sorted(rest, key=lambda sample: len(sample[2])):
            fit = next((fit for fit in fits if fit[1][1] > 0), None)
            if not fit:
                candidates = ours[comm.replace(" ", "_"), len(frames) + 1]
                if comm.startswith(":"):
                    reasons["comm"] += 1
                    continue
                missing[comm, self.nearest(frames, candidates, aliases)] += 1
                continue
            fit[1][1] -= 1
            reasons.update(filter(None, fit[2]))
        print(f"{samples} samples, {len(rest)} with differences: {dict(reasons)}")
        self.assertGreater(samples, 500)
        self.assertFalse(missing, "unexplained, with the frames that differ")
        left = sum(n for stacks in ours.values() for _, n in stacks)
        self.assertEqual(left, reasons["comm"])

    def test_recording_of_flame(self):
        with running(*LOAD, f"exec {program('split')} 30"):
            result = flame("record", "-a", "-F", "499", "3", "-o", self.path("x.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.compare(self.path("x.data"))

    def test_recording_of_perf(self):
        with running(*LOAD, f"exec {program('split')} 30"):
            subprocess.run(["perf", "record", "-q", "-a", "-g", "-F", "499", "-o",
                            self.path("x.data"), "--", "sleep", "3"], check=True,
                           capture_output=True)
        self.compare(self.path("x.data"))

    def test_perf_report_reads_it(self):
        result = flame("record", "-F", "997", "-o", self.path("x.data"), "--",
                       program("split"), "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = subprocess.run(["perf", "report", "-i", self.path("x.data"), "--stdio",
                                 "--no-children", "-g", "none"], capture_output=True,
                                text=True)
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertRegex(report.stdout, r"\d+\.\d+%.*split_large")


if __name__ == "__main__":
    main()
