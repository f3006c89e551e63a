"""ELF files, as far as the checker of callchains needs them: segments, symbols, build id, and what
the slots are filled with that stubs jump through. Of 64-bit little-endian files alone. Layouts:
the System V gABI, chapters 4 and 5, and the psABI of each machine for relocations."""

import collections
import mmap
import os
import struct

X86_64, AARCH64 = 62, 183
SHT_SYMTAB, SHT_RELA, SHT_NOTE, SHT_DYNSYM = 2, 4, 7, 11
STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC = 0, 2, 10
CODE_KINDS = (STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC)
SHN_ABS = 0xfff1
NT_GNU_BUILD_ID = 3

# Relocations that fill a slot, by machine: with a symbol's address, with an address of this file,
# with the result of a function of this file.
RELOCATIONS = {X86_64: ({1, 6, 7}, {8}, {37}), AARCH64: ({257, 1025, 1026}, {1027}, {1032})}

Section = collections.namedtuple("Section", "name kind vaddr file_off size link entry")
Segment = collections.namedtuple("Segment", "vaddr file_off size executable")
Symbol = collections.namedtuple("Symbol", "vaddr size kind name")
Slot = collections.namedtuple("Slot", "name vaddr is_chosen")


class BadFile(Exception):
    """The file cannot be read as ELF; the text is the reason, in one line."""


class Elf:
    """One file. 'data' is all of it."""

    def __init__(self, path=None, data=None):
        self.path = path
        if data is None:
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                data = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
            except (OSError, ValueError) as error:
                raise BadFile(f"'{path}': {error}") from error
            finally:
                os.close(fd)
        self.data = data
        if data[:6] != b"\x7fELF\x02\x01":
            raise BadFile(f"'{path}' is no 64-bit little-endian ELF file")
        try:
            self._read()
        except (struct.error, IndexError) as error:
            raise BadFile(f"'{path}' is cut short: {error}") from error

    def _read(self):
        data = self.data
        self.machine, = struct.unpack_from("<H", data, 18)
        self.entry, headers_at, sections_at = struct.unpack_from("<QQQ", data, 24)
        entry, n, section_entry, n_sections, names = struct.unpack_from("<HHHHH", data, 54)
        self.segments = []
        for i in range(n):
            kind, flags, file_off, vaddr, _, size = struct.unpack_from("<IIQQQQ", data,
                                                                       headers_at + i * entry)
            if kind == 1:
                self.segments.append(Segment(vaddr, file_off, size, bool(flags & 1)))
        self.code = [(s.vaddr, s.vaddr + s.size) for s in self.segments if s.executable]
        raw = [struct.unpack_from("<IIQQQQIIQQ", data, sections_at + i * section_entry)
               for i in range(n_sections if sections_at else 0)]
        names_at = raw[names][4] if names < len(raw) else 0
        self.sections = [Section(self.text_at(names_at + r[0]), r[1], r[3], r[4], r[5], r[6], r[9])
                         for r in raw]

    def text_at(self, file_off):
        end = self.data.find(b"\0", file_off)
        return self.data[file_off:max(end, file_off)].decode(errors="surrogateescape")

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def vaddr_of(self, file_off):
        """Of code: None outside the executable segments."""
        for s in self.segments:
            if s.executable and s.file_off <= file_off < s.file_off + s.size:
                return file_off - s.file_off + s.vaddr
        return None

    def is_code(self, vaddr):
        for start, end in self.code:
            if start <= vaddr < end:
                return True
        return False

    def bytes_at(self, vaddr, size):
        """As many as there are, up to the end of the segment."""
        for s in self.segments:
            if s.vaddr <= vaddr < s.vaddr + s.size:
                at = vaddr - s.vaddr + s.file_off
                return self.data[at:at + min(size, s.vaddr + s.size - vaddr)]
        return b""

    def build_id(self):
        for s in self.sections:
            at, end = s.file_off, s.file_off + s.size
            while s.kind == SHT_NOTE and at + 12 <= end:
                name, size, kind = struct.unpack_from("<III", self.data, at)
                start = at + 12 + (name + 3 & ~3)
                if kind == NT_GNU_BUILD_ID and self.data[at + 12:at + 16] == b"GNU\0":
                    return self.data[start:start + size]
                at = start + (size + 3 & ~3)
        return b""

    def symbols(self, *kinds):
        """The symbols with names in the requested tables: SHT_SYMTAB, SHT_DYNSYM."""
        for s in self.sections:
            if s.kind not in kinds or s.link >= len(self.sections):
                continue
            names = self.sections[s.link].file_off
            table = self.data[s.file_off:s.file_off + s.size // 24 * 24]
            for name, info, _, index, vaddr, size in struct.iter_unpack("<IBBHQQ", table):
                if name and 0 < index < SHN_ABS and info & 15 in CODE_KINDS:
                    yield Symbol(vaddr, size, info & 15, names + name)

    def slots(self):
        """The slots that relocations fill: address -> Slot."""
        named, own, chosen = RELOCATIONS.get(self.machine, ((), (), ()))
        slots = {}
        for s in self.sections:
            if s.kind != SHT_RELA:
                continue
            table = self.data[s.file_off:s.file_off + s.size // 24 * 24]
            for vaddr, info, addend in struct.iter_unpack("<QQq", table):
                kind = info & 0xffffffff
                if kind in named:
                    slots[vaddr] = Slot(self._symbol_name(s.link, info >> 32), None, False)
                elif kind in own or kind in chosen:
                    slots[vaddr] = Slot(None, addend, kind in chosen)
        return slots

    def _symbol_name(self, link, index):
        if not 0 < link < len(self.sections):
            return None
        table = self.sections[link]
        at = table.file_off + 24 * index
        if not 0 < table.link < len(self.sections) or at + 24 > len(self.data):
            return None
        return self.text_at(self.sections[table.link].file_off +
                            struct.unpack_from("<I", self.data, at)[0])


def debug_file(build_id):
    """The separate file with the symbols of a stripped one, where Debian's packages put it."""
    name = build_id.hex()
    path = f"/usr/lib/debug/.build-id/{name[:2]}/{name[2:]}.debug"
    try:
        return Elf(path) if build_id else None
    except (OSError, BadFile):
        return None
