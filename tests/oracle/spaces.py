"""Address spaces over time: the mappings of each process when a sample was taken."""

import bisect
import collections

from perf_data import PROT_EXEC, Exec, Fork, Map

# 'build_id' is b"" where the recording has none.
Mapping = collections.namedtuple("Mapping", "start end file_off path build_id")


class Space:
    """One state of an address space. It never changes: a later mapping makes a new one, so
    that results for its addresses may be cached."""

    def __init__(self, mappings=(), before=None):
        self.mappings = mappings  # sorted, without overlaps
        self.before = before  # the space of the program that executed this one
        self.starts = [m.start for m in mappings]
        self.seen = {}  # cached results for its addresses
        self.chains = {}

    def find(self, addr):
        at = bisect.bisect_right(self.starts, addr) - 1
        if at >= 0 and addr < self.mappings[at].end:
            return self.mappings[at]
        return None

    def with_map(self, event):
        """The space after the event: the new mapping replaces the ones that it covers."""
        start, end = event.start, event.start + event.length
        kept = []
        for m in self.mappings:
            if m.end <= start or m.start >= end:
                kept.append(m)
                continue
            if m.start < start:
                kept.append(m._replace(end=start))
            if m.end > end:
                kept.append(m._replace(start=end, file_off=m.file_off + end - m.start))
        if event.prot & PROT_EXEC or not event.prot:
            kept.append(Mapping(start, end, event.file_off, event.path, event.build_id))
        return Space(sorted(kept), self.before)


class Spaces:
    """All processes of a recording. Events and look-ups must be in the order of time."""

    EMPTY = Space()

    def __init__(self):
        self.by_pid = {}

    def apply(self, event):
        if isinstance(event, Map):
            old = self.by_pid.get(event.pid, self.EMPTY)
            known = old.find(event.start)
            if known != (event.start, event.start + event.length, event.file_off, event.path,
                         event.build_id):
                self.by_pid[event.pid] = old.with_map(event)
        elif isinstance(event, Fork):
            parent = self.EMPTY if event.empty else self.by_pid.get(event.ppid, self.EMPTY)
            self.by_pid[event.pid] = parent
        elif isinstance(event, Exec):
            old = self.by_pid.get(event.pid, self.EMPTY)
            self.by_pid[event.pid] = Space(before=Space(old.mappings))

    def of(self, pid):
        return self.by_pid.get(pid, self.EMPTY)


def samples_with_spaces(recording):
    """Each sample with the address space that it was taken in."""
    spaces, events, at = Spaces(), recording.side_band, 0
    for sample in recording.samples:
        while at < len(events) and events[at].time <= sample.time:
            spaces.apply(events[at])
            at += 1
        yield sample, spaces.of(sample.pid)
