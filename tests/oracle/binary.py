"""One file with code: its functions, the call before a return address, and the functions in which a
called function may continue by jumps."""

import bisect
import collections
import os
import re

import arm64
import elf as elf_module
import go_table
import x86
from elf import AARCH64, SHT_DYNSYM, SHT_SYMTAB, STT_GNU_IFUNC, X86_64, Elf
from frame_ranges import FrameRanges

MACHINES = {X86_64: x86, AARCH64: arm64}
LONGEST = 1 << 20  # bytes of a function that are decoded
LONGEST_CALL = 12  # a call with its prefixes

# 'starts' are all addresses at which it is entered by one name or another.
Function = collections.namedtuple("Function", "start end starts")

# Places where a function may continue: functions of the file, functions in slots, or anywhere.
Ways = collections.namedtuple("Ways", "jumps slots anywhere")


class Binary:
    def __init__(self, elf, debug=None):
        self.elf = elf
        self.machine = MACHINES.get(elf.machine)
        self.frames = FrameRanges(elf)
        self._functions, self._decoded, self._ways, self._calls = {}, {}, {}, {}
        self._symbols = {}
        self._slots = self._by_name = None
        self._read_symbols([e for e in (elf, debug) if e])
        self.stubs = [s for s in elf.sections if s.name.startswith((".plt", ".iplt"))]
        self.is_loader = bool(re.match(r"ld-|ld\.so|ld-musl", os.path.basename(elf.path or "")))

    def _read_symbols(self, files):
        """All starts of functions, sorted, each with its largest size and a name."""
        sizes, names, self.chosen = collections.defaultdict(int), {}, set()
        for file in files:
            for s in file.symbols(SHT_SYMTAB, SHT_DYNSYM):
                vaddr = s.vaddr
                if not self.elf.is_code(vaddr):
                    continue
                if s.size > sizes[vaddr]:
                    sizes[vaddr] = s.size
                if vaddr not in names:
                    names[vaddr] = file, s.name
                if s.kind == STT_GNU_IFUNC:
                    self.chosen.add(vaddr)
        for vaddr, size, name in go_table.functions(self.elf):
            if self.elf.is_code(vaddr):
                sizes[vaddr] = max(sizes[vaddr], size)
                names.setdefault(vaddr, (None, name))
        self.starts = sorted(sizes)
        self.sizes, self.names = sizes, names

    def name_at(self, vaddr):
        file, name = self.names[vaddr]
        return name if file is None else file.text_at(name)

    def exported(self, name):
        """The addresses that other files may mean by a name."""
        if self._by_name is None:
            self._by_name = collections.defaultdict(set)
            for s in self.elf.symbols(SHT_DYNSYM):
                self._by_name[self.elf.text_at(s.name)].add(s.vaddr)
        return self._by_name.get(name, ())

    def symbol(self, vaddr):
        """(name, offset in it) of the nearest symbol that holds the address, else (None, 0)."""
        if vaddr not in self._symbols:
            self._symbols[vaddr] = self._find_symbol(vaddr)
        return self._symbols[vaddr]

    def _find_symbol(self, vaddr):
        if self.is_stub(vaddr):
            return "[stub]", vaddr - self._stub(vaddr).start
        at = bisect.bisect_right(self.starts, vaddr) - 1
        for start in self.starts[max(0, at - 5):at + 1][::-1] if at >= 0 else ():
            if vaddr < start + (self.sizes[start] or 1 << 16):
                return self.name_at(start), vaddr - start
        return None, 0

    def function(self, vaddr):
        """The function that contains the address, or None if no start of a function is known."""
        if vaddr not in self._functions:
            self._functions[vaddr] = self._find(vaddr)
        return self._functions[vaddr]

    def _stub(self, vaddr):
        section = next(s for s in self.stubs if s.vaddr <= vaddr < s.vaddr + s.size)
        size = section.entry if section.entry in (8, 16, 32) else 16
        start = vaddr - (vaddr - section.vaddr) % size
        return Function(start, start + size, frozenset([start]))

    def _find(self, vaddr):
        if self.is_stub(vaddr):
            return self._stub(vaddr)
        at = bisect.bisect_right(self.starts, vaddr) - 1
        near = self.starts[max(0, at - 7):at + 1] if at >= 0 else []
        frame = self.frames.find(vaddr)
        held = [s for s in near if vaddr < s + self.sizes[s]]
        if near and not self.sizes[near[-1]] and vaddr < self._gap_end(at) and (
                not frame or near[-1] >= frame[0]):
            held.append(near[-1])
        if frame:
            return Function(frame[0], frame[1], frozenset([*held, frame[0]]))
        if not held:
            return None
        start = min(held)
        ends = [s + self.sizes[s] for s in held if self.sizes[s]]
        return Function(start, max(ends) if ends else self._gap_end(at), frozenset(held))

    def _gap_end(self, at):
        """The end of a function without a size: the next start, or the end of its section."""
        start = self.starts[at]
        end = next((s.vaddr + s.size for s in self.elf.sections
                    if s.vaddr and s.vaddr <= start < s.vaddr + s.size), start + 1)
        return min([end, *self.starts[at + 1:at + 2]])

    def branches(self, start, end):
        """As of x86.py, from 'start' to 'end'."""
        return self.machine.branches(self.elf.bytes_at(start, min(end - start, LONGEST)), start)

    def call_before(self, vaddr):
        """The call that ends at a return address, or None; and whether its function, decoded from
        its start, has an instruction that ends there."""
        if vaddr not in self._calls:
            self._calls[vaddr] = self._find_call(vaddr)
        return self._calls[vaddr]

    def _find_call(self, vaddr):
        function = self.function(vaddr - 1)
        if function:
            if function.start not in self._decoded:
                self._decoded[function.start] = {
                    insn.end: insn for insn in self.branches(function.start, function.end)
                    if insn.kind in x86.CALLS}
            call = self._decoded[function.start].get(vaddr)
            if call:
                return call, True
        base = vaddr - LONGEST_CALL
        code = self.elf.bytes_at(base, LONGEST_CALL)
        if len(code) < LONGEST_CALL or not self.elf.is_code(vaddr - 1):
            return None, False
        for call in self.machine.calls_before(code, base):
            if call.kind != x86.CALL or self.elf.is_code(call.target):
                return call, False
        return None, False

    def is_stub(self, vaddr):
        return any(s.vaddr <= vaddr < s.vaddr + s.size for s in self.stubs)

    def slot(self, vaddr):
        """The content of a slot of the GOT; None for other pointers, which programs change."""
        if self._slots is None:
            tables = [s for s in self.elf.sections if s.name.startswith(".got")]
            self._slots = {at: slot for at, slot in self.elf.slots().items()
                           if any(s.vaddr <= at < s.vaddr + s.size for s in tables)}
        return self._slots.get(vaddr)

    def ways(self, vaddr):
        """Where the code at 'vaddr', a function or the rest of one, may go on by jumps, or because
        it ends without one."""
        if vaddr not in self._ways:
            self._ways[vaddr] = self._find_ways(vaddr)
        return self._ways[vaddr]

    def _find_ways(self, vaddr):
        is_stub = self.is_stub(vaddr)
        function = None if is_stub else self.function(vaddr)
        start, end = (function.start, function.end) if function else (vaddr, vaddr + 4096)
        jumps, slots, anywhere, last = set(), set(), False, None
        for last in self.branches(vaddr, end):
            if last.kind in (x86.JUMP, x86.JUMP_IF):
                jumps.add(last.target)
            elif last.kind == x86.JUMP_SLOT:
                slots.add(last.target)
            elif last.kind == x86.JUMP_ANY:
                anywhere = True
            if last.kind in x86.ENDS and not function:
                break
        if last and last.end == end and last.kind not in x86.ENDS:
            jumps.add(end)
        if last and not function:
            end = last.end  # the rest of it, if there is one, is where its jumps lead to
        return Ways(frozenset(j for j in jumps if not start <= j < end and self.elf.is_code(j)),
                    frozenset(slots), anywhere)


class Binaries:
    """The files of mappings, each opened once, if it is the one that was mapped."""

    def __init__(self):
        self.by_key = {}

    def of(self, mapping):
        """(Binary, "") or (None, why its code cannot be read)."""
        key = mapping.path, mapping.build_id
        if key not in self.by_key:
            self.by_key[key] = self._open(mapping)
        return self.by_key[key]

    def _open(self, mapping):
        path = mapping.path
        if path == "[vdso]":
            return self._vdso()
        if path == "[uprobes]":
            return None, "uprobes"
        if not path.startswith("/") or path.startswith(("//anon", "/memfd:", "/dev/zero", "/SYSV")):
            return None, "JIT"
        try:
            elf = Elf(path)
        except (OSError, elf_module.BadFile):
            return None, "no file"
        build_id = elf.build_id()
        if mapping.build_id and build_id != mapping.build_id:
            return None, "another file"
        if elf.machine not in MACHINES:
            return None, "machine"
        return Binary(elf, elf_module.debug_file(build_id)), ""

    def _vdso(self):
        """Of the running kernel, which recorded: from this process's own memory."""
        with open("/proc/self/maps", encoding="utf-8") as maps:
            line = next((line for line in maps if line.rstrip().endswith("[vdso]")), None)
        if not line:
            return None, "no file"
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            memory.seek(start)
            data = memory.read(end - start)
        return Binary(Elf("[vdso]", data)), ""
