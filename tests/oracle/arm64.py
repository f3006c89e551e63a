"""The calls and jumps of aarch64 (Arm ARM, C4.1.66, branches), with the names of x86.py."""

import struct

from x86 import CALL, CALL_ANY, JUMP, JUMP_ANY, JUMP_IF, OTHER, STOP, Insn


def decode(code, at, base):
    word, = struct.unpack_from("<I", code, at)
    here, end = base + at, at + 4
    if word >> 26 in (0x25, 0x05):  # BL, B
        offset = (word & 0x3ffffff) << 2
        offset -= (offset & 0x8000000) << 1
        return Insn(end, CALL if word >> 31 else JUMP, here + offset)
    if word & 0xfe000000 == 0xd6000000:  # through a register, authenticated or not
        kind = word >> 21 & 3  # bit 24: a second register authenticates
        return Insn(end, {0: JUMP_ANY, 1: CALL_ANY}.get(kind, STOP), None)
    if word & 0xff000000 == 0x54000000 or word & 0x7e000000 == 0x34000000:  # B.cond, CBZ, CBNZ
        offset = (word >> 5 & 0x7ffff) << 2
        return Insn(end, JUMP_IF, here + offset - ((offset & 0x100000) << 1))
    if word & 0x7e000000 == 0x36000000:  # TBZ, TBNZ
        offset = (word >> 5 & 0x3fff) << 2
        return Insn(end, JUMP_IF, here + offset - ((offset & 0x8000) << 1))
    if word >> 24 == 0xd4 and word & 0xe0001f == 0x200000 or word == 0:  # BRK, UDF
        return Insn(end, STOP, None)
    return Insn(end, OTHER, None)


def branches(code, base):
    """As x86.branches()."""
    for at in range(0, len(code) - 3, 4):
        insn = decode(code, at, base)
        if insn.kind != OTHER or at + 8 > len(code):
            yield insn._replace(end=base + insn.end)


def calls_before(code, base):
    if len(code) < 4:
        return []
    insn = decode(code, len(code) - 4, base)
    return [insn] if insn.kind in (CALL, CALL_ANY) else []
