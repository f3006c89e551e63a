"""Checks callchains against the code that they claim to come from, without unwinding anything:
every frame but the innermost has to be a return address, in executable memory and after a call; and
a direct call has to lead to the function of the inner frame. What is right and yet no return
address is in exceptions.py."""

import collections

import edges
from binary import Binaries
from exceptions import (EXECUTING, INTERRUPTED, LANDING, SWITCH, Frame, exception_of, is_end,
                        is_last, is_unwinding)
from spaces import samples_with_spaces

TRUNCATED, BROKEN, MISSING = (0x464c414d45000000 + n for n in (1, 2, 3))
MARKS = range(0x464c414d45000000, 0x464c414d45000100)
ENDS = {TRUNCATED: "truncated", BROKEN: "broken"}

UNMAPPED, NO_CALL, OUTSIDE = "in no mapping", "after no call", "outside the file's code"
BEYOND = "beyond the end"
IMPOSSIBLE = (UNMAPPED, NO_CALL, OUTSIDE, BEYOND)
AFTER_MARK, AFTER_WRONG, AFTER_SWITCH = "after a mark", "after a wrong frame", "after a switch"
UNCHECKED = (edges.INDIRECT, edges.UNREADABLE, edges.NO_START, edges.UNWINDER, AFTER_MARK,
             AFTER_WRONG, AFTER_SWITCH)
# Results that are no problem while libgcc changes the stack under its caller.
UNWOUND = {edges.WRONG: ("edges", edges.UNWINDER), NO_CALL: ("exceptions", LANDING)}
EXAMPLES = 5  # of each kind of wrong frame in each file

Problem = collections.namedtuple("Problem", "kind where chain space at")
Verdict = collections.namedtuple("Verdict", "returns kinds problems end")


class Result:
    """The result for one recording, or the sum for several."""

    def __init__(self):
        self.samples = self.returns = self.chains = self.gaps = 0
        self.edges, self.exceptions = collections.Counter(), collections.Counter()
        self.unreadable, self.ends = collections.Counter(), collections.Counter()
        self.problems = collections.Counter()  # by kind and place
        self.untold = collections.Counter()  # whole stacks by where they end, if that is no end
        self.examples = collections.defaultdict(list)
        # 'gaps' are samples with a mark for missing frames between two frames.
        self.by_bytes = 0  # calls that the function, decoded from its start, does not have

    def add(self, other):
        for name in ("samples", "returns", "chains", "gaps", "by_bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("edges", "exceptions", "unreadable", "ends", "problems", "untold"):
            getattr(self, name).update(getattr(other, name))

    def impossible(self):
        return sum(n for (kind, _), n in self.problems.items() if kind in IMPOSSIBLE)

    def direct(self):
        """Calls with a known target that was compared with the inner function."""
        return sum(n for kind, n in self.edges.items() if kind not in UNCHECKED) + self.wrong()

    def wrong(self):
        return sum(n for (kind, _), n in self.problems.items() if kind == edges.WRONG)


class Checker:
    def __init__(self):
        self.binaries = Binaries()
        self._checked = {}

    def check(self, recording, only=None):
        """The verdict on all samples with a user part; 'only' is the set of processes to check."""
        result = Result()
        for sample, space in samples_with_spaces(recording):
            if not sample.chain or only and not only(sample):
                continue
            verdict = space.chains.get(sample.chain)
            if not verdict:
                verdict = space.chains[sample.chain] = self.verdict(space, sample.chain)
                result.chains += 1
            self._count(result, verdict, space, sample.chain)
        return result

    def _count(self, result, verdict, space, chain):
        result.samples += 1
        result.returns += verdict.returns
        result.ends[verdict.end] += 1
        for (what, kind), n in verdict.kinds.items():
            if what in ("by_bytes", "gaps"):
                setattr(result, what, getattr(result, what) + n)
            elif what != "problem":
                getattr(result, what)[kind] += n
        for problem in verdict.problems:
            key = problem.kind, problem.where
            result.problems[key] += 1
            if result.problems[key] <= EXAMPLES:
                result.examples[key].append(problem._replace(chain=chain, space=space))

    def frame(self, space, addr, back):
        """The frame at an address; return addresses are looked up one byte back."""
        key = addr, back
        if key not in space.seen:
            mapping = space.find(addr - back)
            binary, vaddr, why = None, None, UNMAPPED
            if mapping:
                binary, why = self.binaries.of(mapping)
                if binary:
                    vaddr = binary.elf.vaddr_of(addr - back - mapping.start + mapping.file_off)
                    if vaddr is None:
                        binary, why = None, OUTSIDE
            space.seen[key] = Frame(addr, mapping, binary, vaddr, why)
        return space.seen[key]

    def verdict(self, space, chain):
        """On one chain: innermost first, with marks among the addresses."""
        frames, after_mark = [], set()
        for word in chain:
            if word in MARKS:
                after_mark.add(len(frames))
            else:
                frames.append(self.frame(space, word, bool(frames)))
        kinds, problems, status = collections.Counter(), [], ""
        is_over = False
        for at, frame in enumerate(frames):
            outer = frames[at + 1] if at + 1 < len(frames) else None
            inner = frames[at - 1] if at else None
            before = AFTER_MARK if at in after_mark else status
            what, kind = self.known(space, frame, inner, outer, before)
            if what == "problem" and any(map(is_unwinding, frames[max(0, at - 2):at])):
                what, kind = UNWOUND.get(kind, (what, kind))
            if is_over:
                what, kind = "problem", BEYOND
            is_over = what in ("edges", "exceptions") and kind != INTERRUPTED and is_last(frame)
            status = {"problem": AFTER_WRONG}.get(what, AFTER_SWITCH if kind == SWITCH else "")
            if what == "problem":
                problems.append(Problem(kind, place(frame, inner if kind == edges.WRONG else None),
                                        None, None, at))
            if kind == edges.WRONG:
                status = ""
            if what:
                kinds[what, kind] += 1
            if what == "edges":
                kinds["by_bytes", ""] += not frame.binary.call_before(frame.vaddr + 1)[1]
        kinds["gaps", ""] = any(at < len(frames) for at in after_mark)
        end = ENDS.get(chain[-1], "other mark" if chain[-1] in MARKS else "whole")
        if (end == "whole" and kind != EXECUTING and is_end(frames[-1]) is False
                and not any(map(is_unwinding, frames[-3:]))):
            kinds["untold", place(frames[-1])] += 1
        return Verdict(max(len(frames) - 1, 0), kinds, problems, end)

    def known(self, space, frame, inner, outer, before):
        """As check_frame(), kept for frames whose code can be read: it depends on nothing else."""
        if not inner or not frame.binary:
            return self.check_frame(space, frame, inner, outer, before)
        key = frame.binary, frame.vaddr, inner.binary, inner.vaddr, not outer, before
        if key not in self._checked:
            self._checked[key] = self.check_frame(space, frame, inner, outer, before)
        return self._checked[key]

    def check_frame(self, space, frame, inner, outer, before):
        """(what, kind): "problem", or the counter of a Result that it belongs to; None if it
        is not to be counted. 'before' is the reason why the edge to the inner frame cannot be
        checked."""
        if not inner:
            if frame.why != UNMAPPED:
                return None, None
            before = space.before
            is_old = before and (not before.mappings or before.find(frame.addr))
            return ("exceptions", EXECUTING) if is_old else ("problem", UNMAPPED)
        if frame.why in IMPOSSIBLE:
            return "problem", frame.why
        row = exception_of(frame, inner, outer, True)
        if row:
            return "exceptions", row
        call = None
        if frame.binary:
            call, _ = frame.binary.call_before(frame.vaddr + 1)
        if not call:
            return self.no_call(frame, inner, outer)
        if before:
            return "edges", before
        kind = edges.edge_kind(call, frame.binary, inner.binary, inner.vaddr)
        return ("problem" if kind == edges.WRONG else "edges"), kind

    def no_call(self, frame, inner, outer):
        row = exception_of(frame, inner, outer, False)
        if row:
            return "exceptions", row
        return ("problem", NO_CALL) if frame.binary else ("unreadable", frame.why)


def place(frame, inner=None):
    """A frame in words: its file, address and function; after its inner frame, if that matters."""
    if not frame.mapping:
        text = "no mapping"
    elif not frame.binary:
        text = f"{frame.mapping.path or '//anon'} ({frame.why})"
    else:
        name, offset = frame.binary.symbol(frame.vaddr)
        text = (f"{name or '?'}+0x{offset + 1:x} "
                f"({frame.mapping.path.rsplit('/', 1)[-1]}+0x{frame.vaddr + 1:x})")
    if not inner:
        return text
    name = inner.binary.symbol(inner.vaddr)[0] if inner.binary else "code that cannot be read"
    return f"{text} as caller of {name or '?'}"


def describe(checker, problem):
    """The chain of a problem, a line a frame, the frame in question marked."""
    at = -1
    for word in problem.chain:
        if word in MARKS:
            yield f"      [mark {word - MARKS.start}]"
            continue
        at += 1
        frame = checker.frame(problem.space, word, bool(at))
        yield f"   {'->' if at == problem.at else '  '} {word:#14x} {place(frame)}"
