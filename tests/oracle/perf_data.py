"""Reads the records of a perf.data file that the checker of callchains needs: who was mapped where,
who forked, who executed another program, and the callchains of samples. Layouts are those of
include/uapi/linux/perf_event.h and of tools/perf/Documentation/perf.data-file-format.txt."""

import collections
import struct

MMAP2, COMM, FORK, EXIT, SAMPLE, COMPRESSED = 10, 3, 7, 4, 9, (81, 83)

SAMPLE_IP, SAMPLE_TID, SAMPLE_TIME, SAMPLE_ADDR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
SAMPLE_READ, SAMPLE_CALLCHAIN, SAMPLE_ID, SAMPLE_CPU = 1 << 4, 1 << 5, 1 << 6, 1 << 7
SAMPLE_PERIOD, SAMPLE_STREAM_ID, SAMPLE_IDENTIFIER = 1 << 8, 1 << 9, 1 << 16

MISC_BUILD_ID = 1 << 14  # of MMAP2: a build id takes the place of device and inode
MISC_FORK_EXEC = 1 << 13  # of FORK: no mappings pass from parent to child
MISC_COMM_EXEC = 1 << 13

PROT_EXEC = 4
CONTEXTS = (1 << 64) - 4095  # marks from here up: the kind of the addresses that follow
CONTEXT_USER = (1 << 64) - 512
CONTEXT_HYPERVISOR = (1 << 64) - 32
CONTEXT_KERNEL = (1 << 64) - 128

Map = collections.namedtuple("Map", "time pid start length file_off prot build_id path")
Fork = collections.namedtuple("Fork", "time pid ppid empty")
Exec = collections.namedtuple("Exec", "time pid comm")
Sample = collections.namedtuple("Sample", "time pid tid chain")


class BadRecording(Exception):
    """The file cannot be checked; the text is the reason, in one line."""


class Recording:
    """A recording, all of it in memory: its side band in the order of time, and its samples."""

    def __init__(self, path):
        self.path = path
        self.side_band, self.samples = [], []
        self.machine = ""
        with open(path, "rb") as f:
            data = f.read()
        try:
            self._read(data)
        except struct.error as error:
            raise BadRecording(f"'{path}' is cut short: {error}") from error
        self.side_band.sort(key=lambda event: event.time)
        self.samples.sort(key=lambda sample: sample.time)

    def _read(self, data):
        if data[:8] != b"PERFILE2":
            raise BadRecording(f"'{self.path}' is no little-endian perf.data file")
        (_, _, attrs_at, attrs_size, data_at, data_size) = struct.unpack_from("<6Q", data, 8)
        if not attrs_size:
            raise BadRecording(f"'{self.path}' has no attr")
        self.sample_type, = struct.unpack_from("<Q", data, attrs_at + 24)
        if self.sample_type & SAMPLE_READ or not self.sample_type & SAMPLE_CALLCHAIN:
            raise BadRecording(f"'{self.path}' has samples without callchains")
        self._layout()
        end = data_at + data_size if data_size else len(data)
        at = data_at
        while at + 8 <= end:
            kind, misc, size = struct.unpack_from("<IHH", data, at)
            if size < 8 or at + size > end:
                raise BadRecording(f"'{self.path}': a record at {at} has {size} bytes")
            if kind == SAMPLE:
                self._sample(data, at + 8, at + size)
            elif kind == MMAP2:
                self._map(data, at + 8, at + size, misc)
            elif kind == FORK:
                pid, ppid = struct.unpack_from("<II", data, at + 8)
                if pid != ppid:  # else it is a thread
                    self.side_band.append(Fork(self._time(data, at + size), pid, ppid,
                                               bool(misc & MISC_FORK_EXEC)))
            elif kind == COMM and misc & MISC_COMM_EXEC:
                pid, = struct.unpack_from("<I", data, at + 8)
                comm = data[at + 16:at + size].split(b"\0", 1)[0]
                self.side_band.append(Exec(self._time(data, at + size), pid,
                                           comm.decode(errors="replace")))
            elif kind in COMPRESSED:
                raise BadRecording(f"'{self.path}' is compressed: record it without -z")
            at += size

    def _layout(self):
        """Offsets in a sample, and of the time before the end of any other record."""
        kind, at = self.sample_type, 0
        self.tid_at = self.time_at = None
        for bit in (SAMPLE_IDENTIFIER, SAMPLE_IP, SAMPLE_TID, SAMPLE_TIME, SAMPLE_ADDR, SAMPLE_ID,
                    SAMPLE_STREAM_ID, SAMPLE_CPU, SAMPLE_PERIOD):
            if kind & bit:
                if bit == SAMPLE_TID:
                    self.tid_at = at
                if bit == SAMPLE_TIME:
                    self.time_at = at
                at += 8
        self.chain_at = at
        if self.tid_at is None or self.time_at is None:
            raise BadRecording(f"'{self.path}' has samples without task or time")
        behind = (SAMPLE_TIME, SAMPLE_ID, SAMPLE_STREAM_ID, SAMPLE_CPU, SAMPLE_IDENTIFIER)
        self.time_before_end = 8 * sum(bool(kind & bit) for bit in behind)

    def _time(self, data, end):
        return struct.unpack_from("<Q", data, end - self.time_before_end)[0]

    def _sample(self, data, at, end):
        pid, tid = struct.unpack_from("<II", data, at + self.tid_at)
        time, = struct.unpack_from("<Q", data, at + self.time_at)
        n, = struct.unpack_from("<Q", data, at + self.chain_at)
        first = at + self.chain_at + 8
        if n > (end - first) // 8:
            raise BadRecording(f"'{self.path}': a chain at {first} has {n} entries")
        chain = user_part(struct.unpack_from(f"<{n}Q", data, first))
        self.samples.append(Sample(time, pid, tid, chain))

    def _map(self, data, at, end, misc):
        (pid, _, start, length, file_off) = struct.unpack_from("<IIQQQ", data, at)
        build_id = b""
        if misc & MISC_BUILD_ID:
            build_id = data[at + 36:at + 36 + min(data[at + 32], 20)]
        prot, = struct.unpack_from("<I", data, at + 56)
        path = data[at + 64:end].split(b"\0", 1)[0].decode(errors="surrogateescape")
        if pid != 0xffffffff:  # else the kernel's
            self.side_band.append(Map(self._time(data, end), pid, start, length, file_off, prot,
                                      build_id, path))


def user_part(chain):
    """The user's addresses and flame's marks among them. Without a context before them, addresses
    are the user's."""
    user, is_user = [], True
    for word in chain:
        if word >= CONTEXTS:
            is_user = word == CONTEXT_USER
        elif is_user:
            user.append(word)
    return tuple(user)
