"""Files made by hand for the tests of the checker: a program of a few functions, and recordings."""

import os
import struct

import perf_data

BASE = 0x400000  # where the program is mapped
CODE = 0x1000  # its vaddr and offset in the file

PATH_SIZE = 256


def program(path, functions, machine=62, build_id=b"\1" * 20):
    """Writes an ELF file; 'functions' are (name, code), one after the other in 16 bytes each.
    Returns the vaddr of each by name."""
    code, names, symbols, at = b"", b"\0", bytes(24), {}
    for name, text in functions:
        at[name] = CODE + len(code)
        symbols += struct.pack("<IBBHQQ", len(names), 0x12, 0, 1, at[name], len(text))
        names += name.encode() + b"\0"
        code += text.ljust(-(-len(text) // 16) * 16, b"\xcc")
    note = struct.pack("<III", 4, len(build_id), 3) + b"GNU\0" + build_id
    section_names = b"\0.text\0.symtab\0.strtab\0.note\0.shstrtab\0"
    parts, offset, places = [], CODE + len(code), []
    for data in (symbols, names, note, section_names):
        places.append((offset, len(data)))
        parts.append(data)
        offset += len(data)
    sections = [(0,) * 10, (1, 1, 6, CODE, CODE, len(code), 0, 0, 16, 0),
                (7, 2, 0, 0, *places[0], 3, 1, 8, 24), (15, 3, 0, 0, *places[1], 0, 0, 1, 0),
                (23, 7, 0, 0, *places[2], 0, 0, 4, 0), (29, 3, 0, 0, *places[3], 0, 0, 1, 0)]
    head = (b"\x7fELF\2\1\1" + bytes(9) +
            struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0x10, 64, offset, 0, 64, 56, 1, 64,
                        len(sections), 5) +
            struct.pack("<IIQQQQQQ", 1, 5, CODE, CODE, CODE, len(code), len(code), 4096))
    with open(path, "wb") as f:
        f.write(head.ljust(CODE, b"\0") + code + b"".join(parts))
        f.writelines(struct.pack("<IIQQQQIIQQ", *s) for s in sections)
    return at


class Recording:
    """A perf.data file in the making, with the layout of flame's own."""

    SAMPLE_TYPE = (perf_data.SAMPLE_IP | perf_data.SAMPLE_TID | perf_data.SAMPLE_TIME |
                   perf_data.SAMPLE_CPU | perf_data.SAMPLE_CALLCHAIN)

    def __init__(self):
        self.records = b""

    def _record(self, kind, misc, body):
        self.records += struct.pack("<IHH", kind, misc, 8 + len(body)) + body

    def _told(self, kind, misc, body, pid, time):
        self._record(kind, misc, body + struct.pack("<IIQII", pid, pid, time, 0, 0))

    def map(self, pid, path, start=BASE + CODE, length=0x1000, file_off=CODE, time=0,
            build_id=b"\1" * 20, stat=None):
        """With 'stat', of os.stat(), the file is known by device and inode."""
        body = struct.pack("<IIQQQ", pid, pid, start, length, file_off)
        if stat:
            build_id = b""
            body += struct.pack("<IIQQ", os.major(stat.st_dev), os.minor(stat.st_dev),
                                stat.st_ino, 0)
        else:
            body += struct.pack("<B3x20s", len(build_id), build_id)
        body += struct.pack("<II", 5, 0)
        self._told(perf_data.MMAP2, perf_data.MISC_BUILD_ID if build_id else 0,
                   body + path.encode().ljust(PATH_SIZE, b"\0"), pid, time)

    def fork(self, pid, ppid, time, empty=False):
        self._told(perf_data.FORK, perf_data.MISC_FORK_EXEC if empty else 0,
                   struct.pack("<IIIIQ", pid, ppid, pid, ppid, time), pid, time)

    def execute(self, pid, time):
        self._told(perf_data.COMM, perf_data.MISC_COMM_EXEC,
                   struct.pack("<II8s", pid, pid, b"made"), pid, time)

    def sample(self, pid, chain, time=1):
        self._record(perf_data.SAMPLE, 2, struct.pack("<QIIQII", chain[0] if chain else 0, pid, pid,
                                                      time, 0, 0)
                     + struct.pack(f"<{len(chain) + 1}Q", len(chain), *chain))

    def write(self, path):
        attr = struct.pack("<IIQQQQ", 1, 128, 0, 99, self.SAMPLE_TYPE, 0).ljust(128, b"\0")
        head = b"PERFILE2" + struct.pack("<QQQQQQQQ", 104, 144, 104, 144, 248, len(self.records), 0,
                                         0)
        with open(path, "wb") as f:
            f.write(head.ljust(104, b"\0") + attr + bytes(16) + self.records)
        return path
