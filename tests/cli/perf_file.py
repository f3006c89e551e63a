"""Makes recordings as other recorders write them, record by record: old and new versions of perf,
machines of the other byte order, and simpleperf."""

import struct

MISC_KERNEL, MISC_USER = 1, 2
MISC_BUILD_ID = 1 << 14
CONTEXT_KERNEL, CONTEXT_USER = 2**64 - 128, 2**64 - 512
CONTEXT_USER_DEFERRED = 2**64 - 640
MMAP, LOST, COMM, THROTTLE, FORK, SAMPLE, MMAP2 = 1, 2, 3, 5, 7, 9, 10
AUX, TEXT_POKE, CALLCHAIN_DEFERRED = 11, 20, 22
TRACING_DATA, SIMPLEPERF_KERNEL_SYMBOL = 66, 32769
IP, TID, TIME, CALLCHAIN, PERIOD, BRANCH_STACK = 1, 2, 4, 32, 256, 2048
BRANCH_USER, BRANCH_CALL_STACK, BRANCH_HW_INDEX = 1, 1 << 11, 1 << 17
FLAG_SAMPLE_ID_ALL, FLAG_DEFER_CALLCHAIN = 18, 38
SOFTWARE, TRACEPOINT = 1, 2
HOSTNAME, OSRELEASE, VERSION, ARCH, CMDLINE, EVENT_DESC = 3, 4, 5, 6, 11, 12
SIMPLEPERF_FILE, SIMPLEPERF_META_INFO, SIMPLEPERF_FILE2 = 128, 129, 132
PROT_EXEC, PROT_SIMPLEPERF_JIT = 4, 0x4000


class PerfFile:
    """One recording with one event. 'order' is < or >."""

    def __init__(self, sample_type, order="<", flags=(), branches=0, attr_size=112,
                 kind=(SOFTWARE, 0), period=1000):
        self.order, self.type = order, sample_type
        self.records, self.features = [], {}
        self.magic = b"PERFILE2" if order == "<" else b"2ELIFREP"
        self.header_size = 104
        bits = [FLAG_SAMPLE_ID_ALL, *flags] if sample_type & TID else list(flags)
        word = sum(1 << (bit if order == "<" else 63 - bit) for bit in bits)
        attr = self.pack("IIQQQQQIIQQQ", kind[0], attr_size, kind[1], period, sample_type, 0,
                         word, 1, 0, 0, 0, branches)
        self.attr = attr[:attr_size] + bytes(max(0, attr_size - len(attr)))

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def words(self, *values):
        return self.pack(f"{len(values)}Q", *values)

    def text(self, text):
        data = text.encode() + b"\0"
        return data + bytes(-len(data) % 8)

    def record(self, kind, body, misc=0):
        self.records.append(self.pack("IHH", kind, misc, 8 + len(body)) + body)

    def trailer(self, pid, tid, time):
        parts = self.pack("II", pid, tid) if self.type & TID else b""
        return parts + (self.words(time) if self.type & TIME else b"")

    def comm(self, pid, comm, time=0):
        self.record(COMM, self.pack("II", pid, pid) + self.text(comm) + self.trailer(pid, pid, time))

    def mmap(self, pid, addr, size, offset, path, time=0):
        self.record(MMAP, self.pack("IIQQQ", pid, pid, addr, size, offset) + self.text(path) +
                    self.trailer(pid, pid, time), MISC_USER)

    def mmap2(self, pid, addr, size, offset, path, prot=PROT_EXEC, build_id=None, inode=5):
        body = self.pack("IIQQQ", pid, pid, addr, size, offset)
        if build_id:
            body += struct.pack("BBH20s", len(build_id), 0, 0, build_id)
        else:
            body += self.pack("IIQQ", 8, 1, inode, 0)
        if prot is not None:
            body += self.pack("II", prot, 2)
        self.record(MMAP2, body + self.text(path) + self.trailer(pid, pid, 0),
                    MISC_USER | (MISC_BUILD_ID if build_id else 0))

    def sample(self, pid, time, ip, chain=(), branches=None, period=1, tid=None, misc=MISC_USER):
        """'branches' are pairs (from, to), the latest first."""
        body = b""
        if self.type & IP:
            body += self.words(ip)
        if self.type & TID:
            body += self.pack("II", pid, tid or pid)
        if self.type & TIME:
            body += self.words(time)
        if self.type & PERIOD:
            body += self.words(period)
        if self.type & CALLCHAIN:
            body += self.words(len(chain), *chain)
        if self.type & BRANCH_STACK:
            body += self.words(len(branches or ()))
            for source, target in branches or ():
                body += self.words(source, target, 0)
        self.record(SAMPLE, body, misc)

    def string_feature(self, bit, text):
        data = self.text(text)
        self.features[bit] = self.pack("I", len(data)) + data

    def to_bytes(self):
        """Header, attr, records, table of features, features."""
        header_size = self.header_size
        data = b"".join(self.records)
        at = header_size + len(self.attr) + 16
        table_at = at + len(data)
        bits = [0] * 4
        for bit in self.features:
            bits[bit // 64] |= 1 << bit % 64
        head = self.magic + self.words(header_size, len(self.attr) + 16)
        head += self.words(header_size, len(self.attr) + 16, at, len(data), 0, 0)
        head += self.words(*bits) if header_size == 104 else b""
        section_at, table, sections = table_at + 16 * len(self.features), b"", b""
        for _, section in sorted(self.features.items()):
            table += self.words(section_at + len(sections), len(section))
            sections += section
        return head + self.attr + self.words(0, 0) + data + table + sections

    def write(self, path):
        with open(path, "wb") as f:
            f.write(self.to_bytes())
        return path


def simpleperf_file(path, kind, min_vaddr, symbols, rest=b""):
    """An entry of simpleperf's section FILE."""
    body = path.encode() + b"\0" + struct.pack("<IQI", kind, min_vaddr, len(symbols))
    for vaddr, size, name in symbols:
        body += struct.pack("<QI", vaddr, size) + name.encode() + b"\0"
    body += rest
    return struct.pack("<I", len(body)) + body


def proto_varint(value):
    data = b""
    while value >= 128:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def proto_field(number, value):
    if isinstance(value, int):
        return proto_varint(number << 3) + proto_varint(value)
    return proto_varint(number << 3 | 2) + proto_varint(len(value)) + value


def simpleperf_file2(path, kind, min_vaddr, symbols, rest=b""):
    """An entry of simpleperf's section FILE2."""
    body = proto_field(1, path.encode()) + proto_field(2, kind) + proto_field(3, min_vaddr)
    for vaddr, size, name in symbols:
        body += proto_field(4, proto_field(1, vaddr) + proto_field(2, size) +
                            proto_field(3, name.encode()))
    body += rest
    return struct.pack("<I", len(body)) + body
