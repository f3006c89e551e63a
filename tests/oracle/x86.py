"""x86-64 instructions, as far as the checker of callchains needs them: how long each is, where it
goes, and which bytes before a return address are a call. Encodings are those of the Intel SDM,
volume 2, appendix A (opcode maps) and chapter 2 (prefixes, ModRM, SIB, VEX, EVEX)."""

import collections
import struct

# 'kind' is one of those below; 'target' an address, or the address of the slot that holds it.
Insn = collections.namedtuple("Insn", "end kind target")

OTHER, CALL, CALL_SLOT, CALL_ANY = "other", "call", "call slot", "call any"
JUMP, JUMP_IF, JUMP_SLOT, JUMP_ANY = "jump", "jump if", "jump slot", "jump any"
SWITCH, STOP, BAD = "switch", "stop", "bad"

CALLS = (CALL, CALL_SLOT, CALL_ANY)
SWITCH_BYTES = 40  # between the load from a table of offsets and the jump
ENDS = (JUMP, JUMP_SLOT, JUMP_ANY, SWITCH, STOP)  # after these the next instruction is not reached

PREFIXES = frozenset((0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3))

# Operands of an opcode: M has ModRM; b, w, z, v an immediate of 1, 2, 2 or 4, 2, 4 or 8 bytes;
# a an address; 4 an offset of four bytes; "-" none. "!" is no instruction in 64-bit mode.
ONE = ("M M M M b z ! ! " * 8 +
       "- " * 16 + "- " * 16 +
       "! ! ! M ! ! ! ! z Mz b Mb - - - - " + "b " * 16 +
       "Mb Mz ! Mb M M M M M M M M M M M M " + "- - - - - - - - - - ! - - - - - " +
       "a a a a - - - - b z - - - - - - " + "b b b b b b b b v v v v v v v v " +
       "Mb Mb w - ! ! Mb Mz wb - w - - b ! - " + "M M M M ! ! ! - M M M M M M M M " +
       "b b b b b b b b 4 4 ! b - - - - " + "- - ! ! - - T Tz - - - - - - M M").split()
TWO = ("M M M M ! - - - - - ! - ! M - Mb " + "M " * 16 + "M M M M ! ! ! ! M M M M M M M M " +
       "- - - - - - ! - ! ! ! ! ! ! ! ! " + "M " * 48 +
       "Mb Mb Mb Mb M M M - M M ! ! M M M M " + "4 " * 16 + "M " * 16 +
       "- - - M Mb M ! ! - - - M Mb M M M " + "M M M M M M M M M M Mb M M M M M " +
       "M M Mb M Mb Mb Mb M - - - - - - - - " + "M " * 48).split()
assert len(ONE) == len(TWO) == 256
SIZES = {"b": 1, "w": 2, "4": 4}


def modrm_size(code, at):
    """Bytes of ModRM, SIB and displacement that begin at 'at'."""
    mod, rm = code[at] >> 6, code[at] & 7
    size = 1
    if mod == 3:
        return size
    if rm == 4:
        size += 1
        if mod == 0 and code[at + 1] & 7 == 5:
            size += 4
    elif mod == 0 and rm == 5:
        size += 4
    return size + (0, 1, 4)[mod]


def immediate_size(letters, has_16, is_wide, is_short_address):
    size = 0
    for letter in letters:
        if letter == "z":
            size += 2 if has_16 else 4
        elif letter == "v":
            size += 8 if is_wide else 2 if has_16 else 4
        elif letter == "a":
            size += 4 if is_short_address else 8
        else:
            size += SIZES.get(letter, 0)
    return size


def vector_operands(code, at):
    """Of VEX, EVEX and XOP: where the opcode stands, and its operands."""
    first = code[at]
    if first == 0x8f:  # XOP, of AMD's manual, volume 3
        return at + 3, {8: "Mb", 9: "M", 10: "M4"}.get(code[at + 1] & 0x1f, "!")
    if first == 0xc5:
        opcode_map, at = 1, at + 2
    elif first == 0xc4:
        opcode_map, at = code[at + 1] & 0x1f, at + 3
    else:
        opcode_map, at = code[at + 1] & 7, at + 4
    opcode = code[at]
    if opcode_map == 1:
        return at, "-" if opcode == 0x77 and first != 0x62 else TWO[opcode].replace("4", "M")
    return at, "Mb" if opcode_map == 3 else "M" if opcode_map in (2, 5, 6) else "!"


def operands(code, at):
    """Passes over the prefixes: (where the opcode's last byte stands, operands, map, 16-bit
    operands, REX.W, 32-bit addresses)."""
    has_16 = is_short = False
    while code[at] in PREFIXES:
        has_16 |= code[at] == 0x66
        is_short |= code[at] == 0x67
        at += 1
    rex = code[at] if code[at] & 0xf0 == 0x40 else 0
    at += bool(rex)
    opcode, wide = code[at], bool(rex & 8)
    if opcode in (0xc4, 0xc5, 0x62) or opcode == 0x8f and code[at + 1] & 0x1f >= 8:
        at, letters = vector_operands(code, at)
        return at, letters, "vector", False, False, is_short
    if opcode != 0x0f:
        return at, ONE[opcode], "one", has_16 and not wide, wide, is_short
    opcode = code[at + 1]
    if opcode in (0x38, 0x3a):
        return at + 2, "M" if opcode == 0x38 else "Mb", "three", has_16, wide, is_short
    return at + 1, TWO[opcode], "two", has_16, wide, is_short


def decode(code, at, base):
    """The instruction at code[at], where code[0] is at the address 'base'. BAD if it is none;
    IndexError or struct.error where the code ends within it."""
    at, letters, opcode_map, has_16, wide, is_short = operands(code, at)
    if letters == "!":
        return Insn(at + 1, BAD, None)
    opcode, end = code[at], at + 1
    if letters[0] in "MT":
        end += modrm_size(code, end)
        if letters[0] == "T":  # TEST has an immediate, the others of its group have none
            letters = "-" if code[at + 1] & 0x30 else "b" if letters == "T" else "z"
    end += immediate_size(letters, has_16, wide, is_short)
    if end > len(code):
        raise IndexError("the code ends within an instruction")
    if opcode_map == "one":
        return branch_of_one(code, at, end, base)
    if opcode_map == "two":
        if opcode & 0xf0 == 0x80:
            return Insn(end, JUMP_IF, base + end + struct.unpack_from("<i", code, end - 4)[0])
        if opcode == 0x0b:
            return Insn(end, STOP, None)
    return Insn(end, OTHER, None)


def branch_of_one(code, at, end, base):
    opcode = code[at]
    if opcode in (0xe8, 0xe9):
        target = base + end + struct.unpack_from("<i", code, end - 4)[0]
        return Insn(end, CALL if opcode == 0xe8 else JUMP, target)
    if opcode == 0xeb or opcode & 0xf0 == 0x70 or 0xe0 <= opcode <= 0xe3:
        target = base + end + struct.unpack_from("<b", code, end - 1)[0]
        return Insn(end, JUMP if opcode == 0xeb else JUMP_IF, target)
    if opcode == 0xff:
        reg = code[at + 1] >> 3 & 7
        if reg in (2, 4):
            is_slot = code[at + 1] & 0xc7 == 5
            slot = base + end + struct.unpack_from("<i", code, end - 4)[0] if is_slot else None
            if reg == 2:
                return Insn(end, CALL_SLOT if is_slot else CALL_ANY, slot)
            if code[at + 1] & 0xc7 == 4 and code[at + 2] & 0xc7 == 0xc5:
                return Insn(end, SWITCH, None)  # jmp *table(,%reg,8)
            return Insn(end, JUMP_SLOT if is_slot else JUMP_ANY, slot)
    if opcode in (0xc2, 0xc3, 0xca, 0xcb, 0xcf, 0xf4, 0xcc):
        return Insn(end, STOP, None)
    return Insn(end, OTHER, None)


def is_table_load(code, at):
    """movslq (base,index,4), which precedes the jump of a switch."""
    return (code[at] & 0xf8 == 0x48 and code[at + 1] == 0x63 and code[at + 2] & 0xc7 in (4, 0x44)
            and code[at + 3] >> 6 == 2)


def table_of_sizes(letters):
    """For opcodes that do not branch and come with no prefix but REX: (whether ModRM follows, bytes
    of the immediate), else None."""
    if letters == "!" or letters[0] == "T":
        return None
    return letters[0] == "M", immediate_size(letters, False, False, False)


BRANCHES = (*range(0x70, 0x80), *range(0xe0, 0xe4), 0xc2, 0xc3, 0xca, 0xcb, 0xcc, 0xcf, 0xe8, 0xe9,
            0xeb, 0xf4, 0xff)
SLOW = {*BRANCHES, *PREFIXES, *range(0x40, 0x50), *range(0xb8, 0xc0), 0x0f, 0x62, 0x8f, 0xc4, 0xc5}
FAST_ONE = [None if i in SLOW else table_of_sizes(ONE[i]) for i in range(256)]
FAST_TWO = [None if i & 0xf0 == 0x80 or i in (0x0b, 0x38, 0x3a) else table_of_sizes(TWO[i])
            for i in range(256)]
MODRM_SIZES = [modrm_size(bytes([i, 0]), 0) for i in range(256)]


def fast_end(code, at):
    """The end of the instruction at code[at] if it is no branch and of an easy form, else 0."""
    if code[at] & 0xf0 == 0x40:
        at += 1
    known = FAST_ONE[code[at]]
    if not known and code[at] == 0x0f:
        at += 1
        known = FAST_TWO[code[at]]
    if not known:
        return 0
    has_modrm, size = known
    at += 1 + size
    if has_modrm:
        modrm = code[at - size]
        at += MODRM_SIZES[modrm]
        if modrm & 0xc7 == 4 and code[at - size - 1] & 7 == 5:  # SIB without a base
            at += 4
    return at


def branches(code, base):
    """All instructions that go elsewhere, one after the other, up to what is none or the code's
    end; then the last one, whatever it is. 'end' is an address. A jump through a register after a
    load from a table of offsets is a SWITCH."""
    at, load_at, size = 0, -99, len(code)
    while at < size:
        try:
            end = fast_end(code, at)
            if end:
                if end - at >= 4 and code[at + 1] == 0x63 and is_table_load(code, at):
                    load_at = at
                insn = None
            else:
                insn = decode(code, at, base)
                end = insn.end
        except (IndexError, struct.error):
            return
        if end > size:
            return
        if insn and insn.kind != OTHER or end == size:
            kind = insn.kind if insn else OTHER
            if kind == JUMP_ANY and at - load_at < SWITCH_BYTES:
                kind = SWITCH
            yield Insn(base + end, kind, insn.target if insn else None)
            if kind == BAD:
                return
        at = end


def calls_before(code, base):
    """The calls that code, which ends at a return address, may end with: by its bytes alone, so
    that there may be more than one. 'base' is the address of code[0]."""
    found = []
    for size in range(2, 8):
        at = len(code) - size
        if at < 0 or code[at] not in (0xe8, 0xff):
            continue
        try:
            insn = decode(code, at, base)
        except (IndexError, struct.error):
            continue
        if insn.end == len(code) and insn.kind in CALLS:
            found.append(insn)
    return found
