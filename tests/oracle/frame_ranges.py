"""Where functions begin and end by their unwinding rules: the FDEs of .eh_frame, found through the
sorted table of .eh_frame_hdr where there is one (LSB Core, 10.6). The rules are not read."""

import bisect
import struct

SHT_NOBITS = 8

# Sizes of addresses by the low half of their encoding.
SIZES = {0x00: 8, 0x03: 4, 0x04: 8, 0x0b: 4, 0x0c: 8}
PCREL = 0x10


class FrameRanges:
    def __init__(self, elf):
        self.elf, self.starts, self.fdes = elf, [], []
        if not self._read_table(elf.section(".eh_frame_hdr")):
            self._read_all(elf.section(".eh_frame"))

    def _read_table(self, s):
        data = self.elf.data
        if not s or s.kind == SHT_NOBITS or s.size < 12 or data[s.file_off] != 1:
            return False
        if data[s.file_off + 2] != 3 or data[s.file_off + 3] != 0x3b:
            return False
        n = min(struct.unpack_from("<I", data, s.file_off + 8)[0], (s.size - 12) // 8)
        table = data[s.file_off + 12:s.file_off + 12 + 8 * n]
        for start, fde in struct.iter_unpack("<ii", table):
            self.starts.append(start + s.vaddr)
            self.fdes.append(fde + s.vaddr)
        return True

    def _read_all(self, s):
        """One after the other, as in static programs, which need no table."""
        found, at = [], s.vaddr if s and s.kind != SHT_NOBITS else None
        while at is not None and at + 8 <= s.vaddr + s.size:
            size, cie_offset = struct.unpack("<II", self.elf.bytes_at(at, 8).ljust(8, b"\0"))
            if size in (0, 0xffffffff):
                break
            form = self._encoding(at + 4 - cie_offset) if cie_offset else -1
            size_of_start = SIZES.get(form & 15) if form >= 0 else None
            if size_of_start:
                raw = self.elf.bytes_at(at + 8, size_of_start)
                start = int.from_bytes(raw, "little", signed=bool(form & 8))
                found.append((start + (at + 8 if form & 0x70 == PCREL else 0), at))
            at += 4 + size
        found.sort()
        self.starts, self.fdes = [f[0] for f in found], [f[1] for f in found]

    def find(self, vaddr):
        """(start, end) of the FDE that holds it, or None."""
        at = bisect.bisect_right(self.starts, vaddr) - 1
        if at < 0:
            return None
        size = self._size(self.fdes[at])
        start = self.starts[at]
        if size is None:  # in an encoding that is not read
            size = self.starts[at + 1] - start if at + 1 < len(self.starts) else 1
        return (start, start + size) if vaddr < start + size else None

    def _size(self, fde):
        head = self.elf.bytes_at(fde, 8)
        if len(head) < 8:
            return None
        cie_offset, = struct.unpack_from("<I", head, 4)
        form = self._encoding(fde + 4 - cie_offset)
        size = SIZES.get(form & 15) if form >= 0 else None
        if not size:
            return None
        raw = self.elf.bytes_at(fde + 8 + size, size)
        return int.from_bytes(raw, "little") if len(raw) == size else None

    def _encoding(self, cie):
        """How the FDEs of a CIE write addresses, -1 where that is not known."""
        raw = self.elf.bytes_at(cie + 8, 64)
        end = raw.find(b"\0", 1)
        if end < 0 or raw[1:2] != b"z":
            return 0 if raw[1:2] == b"\0" else -1
        at, letters = end + 1, raw[2:end]
        # alignments, the return address's register, the size of the augmentation data
        for _ in range(4):
            while at < len(raw) and raw[at] & 0x80:
                at += 1
            at += 1
        for letter in letters:
            if letter == ord("R"):
                return raw[at] if at < len(raw) else -1
            if letter == ord("P"):
                at += 1 + SIZES.get(raw[at] & 15, 8)
            elif letter == ord("L"):
                at += 1
        return 0
