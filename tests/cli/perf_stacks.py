"""Compares the stacks that flame fold and perf script show for the same recording.

Allowed differences. Some are not proven by names alone; these are few:
  no chain  perf shows nothing if the kernel could not walk the stack, or if the stack ends in a word
            that looks like a context mark (-1); flame shows the rest
  deleted   perf has no names for a file without a path
  gone      the file has been deleted since the recording; perf reads its own copies of files
  comm      perf calls a thread ":TID" if the record with its name comes after the sample
  exec      in the middle of execve() the address is still in the old program, or later invalid: perf
            keeps the old mappings, flame drops them. The recording shows that the process had
            executed another program
  gap       perf has no name for a return address after a function that ends in a call that never
            returns, and sometimes none in the vdso. The symbol table has flame's name
Others are proven:
  padding   perf shows the compiler's padding before a function (__pfx_, __cfi_), or the function
            after a call that never returns (offset 0 of the next one): flame looks a return address
            up one byte before. In the symbol table flame's function is the one before
  alias     several symbols have the same address and the tools show different ones; the symbol
            table has both
  version   perf shows the version of a dynamic symbol, "f@@GLIBC_2.34"
  early     perf knows kernel code after its mapping (the mapping at its start) only once it has read
            the kernel's symbols for another sample: these symbols have flame's name
  unknown   perf has no function name; flame's name is that of the file
  suffix    perf drops the suffix of a clone (.isra.0) of a C++ function
  plt       perf names only some stubs of dynamic linking, "f@plt", some without the f, and others
            with names of another section. flame's name has a relocation
  replaced  another file has replaced the program at its path; perf shows names from that file
  data      perf also names data to which a wrong frame pointer led: the symbol table lists it as
            data
  vdso      without a build id nothing proves that the vdso was the running kernel's, and the
            recording's list of build ids has none
"""

import bisect
import collections
import dataclasses
import math
import os
import re
import signal
import subprocess
import tempfile
import unittest

from flame_test import Test

# The programs and threads that the tests start, and the idle task.
OWN = frozenset("""cat env family gzip ls nice perl reaping relay_a relay_b reload sh sleep sort sowing
                   split swapper tilling true wc xz""".split())

# flame's marks in callchains with frames that could not be unwound: perf has no name for them.
MARKS = {"464c414d45000001": "[truncated stack]", "464c414d45000002": "[broken stack]",
         "464c414d45000003": "[missing frames]", "464c414d45000004": "[32-bit stack]"}

KERNEL = 1 << 63  # the first address of the kernel's half

PADDING = ("__pfx_", "__cfi_")  # of the compiler, before the kernel's functions

DATA_LETTERS = "BbDdGgRrSsuVv"  # of nm

NO_CHAIN = ("0", "no chain", None, "")

UNPROVEN = ("no chain", "deleted", "gone", "comm", "exec", "gap")
UNPROVEN_SHARE = 0.1  # programs that only execute others spend a fifteenth of their samples in execve()

FRAME = re.compile(r"\s*([0-9a-f]+) (.*?)(\+0x[0-9a-f]+)? \(([^()]*(?: \(deleted\))?)\)$")
HEAD = re.compile(r"\s*(.*?)\s+(-?\d+)/-?\d+\s+[\d.]+:\s+(\S+):(?:\s+(\S.*))?\s*$")
TASK = re.compile(r": PERF_RECORD_(?:COMM exec: .*:(\d+)/\d+$|COMM|FORK|EXIT)")
FORK = re.compile(r": PERF_RECORD_FORK\((\d+):\d+\):\((\d+):\d+\)")
SYMBOL = re.compile(r"([0-9a-f]+) (?:([0-9a-f]+) )?([A-Za-z]) (.*)$")
RELOCATION = re.compile(r"_(?:JUMP_SLOT?|GLOB_DAT?) +[0-9a-f]+ (.*?)(?:@\S+)? \+ 0$", re.MULTILINE)
CHOOSER = re.compile(r"_IRELATIV\S* +([0-9a-f]+)$", re.MULTILINE)
VDSO_ID = re.compile(r"^[0-9a-f]{40} \[vdso\]$", re.MULTILINE)


def perf(*args):
    """Runs perf. Returns its standard output as text; surrogates keep invalid bytes."""
    for _ in range(3):
        result = subprocess.run(["perf", *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="surrogateescape")
        # perf 6.1 aborts if a program has a longer build id than it expects.
        if result.returncode != -signal.SIGABRT:
            break
    else:
        raise unittest.SkipTest(f"perf {args[0]} kills itself over this recording")
    result.check_returncode()
    return result.stdout


@dataclasses.dataclass
class Sample:
    event: str
    pid: str
    comm: str  # as flame fold shows it; ":TID" if perf does not know it yet
    has_executed: bool  # the process executed another program in the recording, before this
    frames: list  # innermost first: address, name, "+0x" offset or None, file


def perf_samples(path, parents=None):
    """Each sample as perf prints it. Adds the parent of each process to 'parents'."""
    text = perf("script", "-i", path, "--no-inline", "--show-task-events", "--max-stack", "8000",
                "-F", "comm,pid,tid,time,event,ip,sym,symoff,dso")
    sample, executed = None, set()
    for line in text.split("\n"):
        frame = FRAME.match(line) if line.startswith("\t") else None
        if frame:
            sample.frames.append(frame.groups())
            continue
        if sample:
            yield sample
            sample = None
        head, task = HEAD.match(line), TASK.search(line)
        if task:
            executed.update(task.groups(default=None))
            fork = FORK.search(line)
            if fork and parents is not None and fork.group(1) != fork.group(2):
                parents[fork.group(1)] = fork.group(2)
        elif head:
            comm, pid, event, alone = head.groups()
            sample = Sample(event, pid, comm.replace(" ", "_"), pid in executed,
                            [FRAME.match(alone).groups()] if alone else [])
        elif line.strip():
            raise ValueError(f"perf script printed {line!r}")


def own_processes(samples, parents):
    """The processes that this test started, and the idle task. Samples of other processes are only
    counted: perf and flame may name them differently for unforeseen reasons. A recording of one
    process or command has no process of the test itself, and is our own as a whole."""
    own, me = {"0"}, str(os.getpid())
    pids = {sample.pid for sample in samples}
    for pid in pids:
        line = [pid]
        while line[-1] in parents and parents[line[-1]] not in line:
            line.append(parents[line[-1]])
        if me in line:
            own.add(pid)
    return own if len(own) > 1 else pids | own


def vdso_image():
    """The vdso of this process; it is the same in all processes."""
    with open("/proc/self/maps", encoding="ascii") as maps:
        start, end = next((line.split()[0].split("-") for line in maps if "[vdso]" in line),
                          ("0", "0"))
    with open("/proc/self/mem", "rb") as memory:
        memory.seek(int(start, 16))
        return memory.read(int(end, 16) - int(start, 16))


class Symbols:
    """Symbol tables: names with the same address, and the order of functions."""

    def __init__(self):
        self.by_dso = {}
        self.relocated = {}
        self.vdso_is_known = True  # the recording at hand has the vdso's build id

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
        """Start, size (0: unknown), the letter of nm and the name."""
        if dso == "[vdso]":
            with tempfile.NamedTemporaryFile() as file:
                file.write(vdso_image())
                file.flush()
                yield from cls._table("-D", file.name)
            return
        if dso.startswith("["):
            with open("/proc/kallsyms", encoding="ascii") as f:
                for line in f:
                    address, letter, name = line.split()[:3]
                    yield int(address, 16), 0, letter, name
            return
        for args in cls._files(dso):
            yield from cls._table(*args)

    @staticmethod
    def _table(*args):
        table = subprocess.run(["nm", "-S", *args], capture_output=True).stdout
        text = subprocess.run(["c++filt", "-p"], input=table, capture_output=True).stdout
        for line in text.decode(errors="surrogateescape").splitlines():
            symbol = SYMBOL.match(line)
            if symbol:
                address, size, letter, name = symbol.groups()
                yield int(address, 16), int(size or "0", 16), letter, name.split("@")[0]

    def _of(self, dso):
        if dso not in self.by_dso:
            addresses, table, data = collections.defaultdict(set), set(), set()
            for address, size, letter, name in self._read(dso):
                addresses[name].add(address)
                if letter in DATA_LETTERS:
                    data.add(name)
                elif not name.startswith(PADDING):
                    table.add((address, size, name))
            self.by_dso[dso] = addresses, sorted(table), data
        return self.by_dso[dso]

    def is_stub(self, dso, name):
        """Whether 'name' is that of a stub, or of the rest of a section of stubs. A relocation has
        its name, or the address of a function with that name, which chooses another one."""
        if dso not in self.relocated:
            table = subprocess.run(["readelf", "-rW", dso], capture_output=True).stdout
            text = subprocess.run(["c++filt", "-p"], input=table, capture_output=True).stdout
            text = text.decode(errors="surrogateescape")
            self.relocated[dso] = (set(RELOCATION.findall(text)),
                                   {int(at, 16) for at in CHOOSER.findall(text)})
        names, choosers = self.relocated[dso]
        plain = name.removesuffix("@plt")
        if plain == name:
            return name in (".plt", ".plt.sec", ".plt.got", ".iplt")
        return plain in names or bool(self._of(dso)[0][plain] & choosers)

    def has(self, dso, name):
        return bool(self._of(dso)[0][name])

    def is_data(self, dso, name):
        return name in self._of(dso)[2]

    def same(self, dso, one, other):
        addresses = self._of(dso)[0]
        return bool(addresses[one] & addresses[other])

    def is_at(self, dso, address, name):
        """Whether 'name' is the symbol at the address, or at the byte before."""
        addresses, table, _ = self._of(dso)
        for at in (address, address - 1):
            before = bisect.bisect_right(table, (at, math.inf)) - 1
            if before >= 0 and table[before][0] in addresses[name]:
                return True
        return False

    def is_before(self, dso, name, other):
        """Whether 'name' is the symbol before 'other'. None for 'name': whether there is no symbol before."""
        addresses, table, _ = self._of(dso)
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


def unnamed_difference(frame, ours, symbols):
    """As difference(), for a frame without a name in perf."""
    address, _, _, dso = frame
    if dso == "[unknown]":
        if address in MARKS:
            return "" if ours == MARKS[address] else None
        if ours == "[unknown]":
            return ""
        if int(address, 16) < KERNEL:
            return None
        if ours == "[unknown kernel]":
            return "unknown"
        return "early" if symbols.is_at("[kernel.kallsyms]", int(address, 16), ours) else None
    if ours == unknown_name(dso):
        return "unknown"
    if symbols.is_stub(dso, ours):
        return "plt"
    if dso.endswith(" (deleted)"):
        return "deleted"
    return "gap" if symbols.has(dso, ours) else None


def named_difference(frame, ours, symbols):
    """As difference(), for two different names."""
    _, name, offset, dso = frame
    plain = name.split("@")[0]
    is_unknown = ours == unknown_name(dso)
    if name.endswith("@plt") and (is_unknown or symbols.is_stub(dso, ours)):
        return "plt"
    if ours.startswith(name + "."):
        return "suffix"
    if plain == ours:
        return "version"
    if dso == "[vdso]" and is_unknown and not symbols.vdso_is_known:
        return "vdso"
    if is_unknown and dso.startswith("/") and not os.path.exists(dso):
        return "gone"
    if is_unknown and symbols.is_data(dso, plain):
        return "data"
    if symbols.same(dso, plain, ours):
        return "alias"
    if offset == "+0x0" or name.startswith(PADDING):
        if symbols.is_before(dso, None if is_unknown else ours, plain):
            return "padding"
    return None


def difference(frame, ours, symbols, has_executed):
    """The reason why flame's frame differs from perf's: "" if both are equal, None if there is no reason."""
    _, name, _, dso = frame
    if frame == NO_CHAIN:
        return "no chain"
    if name == "[unknown]":
        why = unnamed_difference(frame, ours, symbols)
    else:
        why = "" if name == ours else named_difference(frame, ours, symbols)
    if why is None and ours == unknown_name(dso).replace("[unknown", "[replaced"):
        return "replaced"
    if why is None and ours == "[unknown]" and dso.startswith("/") and has_executed:
        return "exec"
    return why


class Comparison:
    """Removes perf's samples from flame's one by one: first samples that equal a stack of flame,
    then samples that match several of the remaining stacks."""

    def __init__(self, stacks, symbols):
        self.symbols = symbols
        self.reasons = collections.Counter()
        self.missing = collections.Counter()
        self.samples = self.different = self.unproven = 0
        self.ours = collections.defaultdict(list)  # by comm and number of frames, 0: any
        for stack, number in stacks.items():
            comm, *frames = stack.split(";")
            entry = [frames[::-1], number]
            self.ours[comm, len(frames)].append(entry)
            self.ours[comm, 0].append(entry)

    def candidates(self, sample):
        length = 0 if sample.frames == [NO_CHAIN] else len(sample.frames)
        return self.ours[sample.comm, length]

    def differences(self, sample, candidate):
        return [difference(frame, ours, self.symbols, sample.has_executed)
                for frame, ours in zip(sample.frames, candidate[0])]

    def fits(self, sample):
        """The stacks of flame that match it, with the reasons for differences, the most similar first."""
        found = []
        for candidate in self.candidates(sample):
            why = self.differences(sample, candidate)
            if None not in why:
                found.append((list(filter(None, why)), candidate))
        return sorted(found, key=lambda fit: len(fit[0]))

    def nearest(self, sample):
        """The differences between the sample and the most similar remaining stack of flame."""
        wrong = []
        for candidate in self.candidates(sample):
            why = self.differences(sample, candidate)
            if candidate[1]:
                wrong.append(tuple(f"{f[1]}{f[2]} ({f[3]}): {o}" for f, o, w in
                                   zip(sample.frames, candidate[0], why) if w is None))
        return min(wrong, key=len, default=f"no stack of {len(sample.frames)} frames is left")

    def run(self, samples):
        rest = []
        for sample in samples:
            self.samples += 1
            sample.frames = sample.frames or [NO_CHAIN]
            fits = self.fits(sample)
            exact = next((c for why, c in fits if not why and c[1] > 0), None)
            if exact:
                exact[1] -= 1
            else:
                rest.append((sample, fits))
        self.different = len(rest)
        for sample, fits in sorted(rest, key=lambda entry: len(entry[1])):
            why, fit = next((f for f in fits if f[1][1] > 0), (["comm"], None))
            if fit:
                fit[1] -= 1
            elif not sample.comm.startswith(":"):
                self.missing[sample.comm, self.nearest(sample)] += 1
                continue
            self.reasons.update(why)
            self.unproven += any(reason in UNPROVEN for reason in why)

    def left(self):
        return sum(n for (_, length), stacks in self.ours.items() if length for _, n in stacks)


class StacksTest(Test):
    @classmethod
    def setUpClass(cls):
        cls.symbols = Symbols()

    def compare(self, path, event=None):
        """The samples of 'event', or of the only one there is: their number, and those of our own
        processes one by one."""
        options = ("--idle", "--no-inline", *(("--event", event) if event else ()), path)
        self.symbols.vdso_is_known = bool(VDSO_ID.search(perf("buildid-list", "-i", path)))
        everything, parents = self.folded("--pid", *options), {}
        samples = [s for s in perf_samples(path, parents) if event in (None, s.event)]
        self.assertEqual(sum(everything.values()), len(samples))
        own, ours = own_processes(samples, parents), collections.Counter()
        for stack, number in everything.items():
            root, *frames = stack.split(";")
            comm, pid = root.rsplit("-", 1)
            if pid in own:
                ours[";".join((comm, *frames))] += number
        comparison = Comparison(ours, self.symbols)
        comparison.run(s for s in samples if s.pid in own)
        print(f"{comparison.samples} of {len(samples)} samples, {comparison.different} with "
              f"differences: {dict(comparison.reasons)}")
        self.assertGreater(comparison.samples, 0)
        comparison.all = len(samples)
        self.assertFalse(comparison.missing, "unexplained, with the frames that differ")
        self.assertEqual(comparison.left(), comparison.reasons["comm"])
        self.assert_most(comparison.samples - comparison.unproven, comparison.samples,
                         1 - UNPROVEN_SHARE, comparison.reasons)
        return comparison
