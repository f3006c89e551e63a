"""The functions of a Go program from the table that it carries for itself (runtime/symtab.go and
cmd/link/internal/ld/pcln.go of Go 1.18 and later), which is there in stripped programs too."""

import struct

MAGICS = (0xfffffff0, 0xfffffff1)  # of 1.18 and of 1.20
TEXT_WORD = 22  # of runtime.moduledata: pcHeader, six slices, findfunctab, minpc, maxpc, text
MOST = 1 << 22


def table_of(elf):
    s = elf.section(".gopclntab") or elf.section(".data.rel.ro.gopclntab")
    if not s or s.size < 72:
        return None, None
    data = elf.data[s.file_off:s.file_off + s.size]
    magic, _, quantum, pointer = struct.unpack_from("<IHBB", data)
    if magic not in MAGICS or pointer != 8 or quantum not in (1, 4):
        return None, None
    return s, data


def text_start(elf, table, stated):
    """The base of the offsets in the table. Since Go 1.26 the table does not contain it; the
    runtime's moduledata does, which begins with a pointer to the table."""
    if stated:
        return stated
    relocated = {at: slot.vaddr for at, slot in elf.slots().items() if slot.vaddr is not None}
    for at, value in relocated.items():
        if value == table.vaddr and at + 8 * TEXT_WORD in relocated:
            return relocated[at + 8 * TEXT_WORD]
    wanted = struct.pack("<Q", table.vaddr)
    for name in (".go.module", ".noptrdata", ".data", ".data.rel.ro"):
        s = elf.section(name)
        at = elf.data.find(wanted, s.file_off, s.file_off + s.size) if s else -1
        if at >= 0 and at + 8 * (TEXT_WORD + 1) <= s.file_off + s.size:
            return struct.unpack_from("<Q", elf.data, at + 8 * TEXT_WORD)[0]
    return elf.section(".text").vaddr if elf.section(".text") else 0


def functions(elf):
    """(vaddr, size, name) of each."""
    table, data = table_of(elf)
    if not table:
        return
    try:
        n, _, stated, names, _, _, _, functab = struct.unpack_from("<8Q", data, 8)
        if n > MOST:
            return
        base = text_start(elf, table, stated)
        entries = [struct.unpack_from("<II", data, functab + 8 * i) for i in range(n)]
        end, = struct.unpack_from("<I", data, functab + 8 * n)
        ends = [entry for entry, _ in entries[1:]] + [end]
        for (entry, at), until in zip(entries, ends):
            _, name = struct.unpack_from("<II", data, functab + at)
            stop = data.find(b"\0", names + name)
            yield base + entry, until - entry, data[names + name:stop].decode(errors="replace")
    except struct.error:
        return
