"""Whether the call before a return address leads to the function of the inner frame: at once, by a
stub, or by jumps."""

import x86

MOST_STEPS = 400

EXACT, SLOT, STUB, CHOSEN, LAZY = "exact", "slot", "stub", "ifunc", "lazy binding"
TAIL, PART, ANYWHERE = "tail call", "part", "indirect jump"
INDIRECT, NO_START, UNREADABLE, ELSEWHERE = "indirect call", "no start", "no code", "elsewhere"
WRONG, UNWINDER = "wrong", "unwinder"

# The meaning of each kind, in the order of the table that is printed.
KINDS = {
    EXACT: "the call's target is a start of the inner function",
    SLOT: "a call through a slot whose relocation names the inner function",
    STUB: "the target is a stub whose slot has the inner function's name",
    CHOSEN: "the stub's slot is filled by a function that chooses (STT_GNU_IFUNC)",
    LAZY: "the stub's slot is not filled yet: the inner function is the loader's",
    TAIL: "the target goes on to the inner function by jumps",
    PART: "the target jumps into another part of the inner function (.cold)",
    ANYWHERE: "the target may leave by an indirect jump",
    INDIRECT: "an indirect call, which proves nothing",
    ELSEWHERE: "the stub leads to a third file",
    NO_START: "nothing says where the inner function begins",
    UNREADABLE: "the inner function's code cannot be read",
    UNWINDER: "libgcc is changing the stack under its caller, of which nobody can know",
    WRONG: "the call leads elsewhere: frames are missing, or it is no caller",
}


class Walk:
    """From the target of one call towards the function of the inner frame."""

    def __init__(self, inner, function):
        self.inner, self.function = inner, function
        self.waiting, self.seen, self.found = [], set(), None
        self.anywhere = self.elsewhere = self.lazy = self.chosen = False

    def add(self, binary, vaddr, how):
        if (binary, vaddr) in self.seen:
            return
        self.seen.add((binary, vaddr))
        self.waiting.append((binary, vaddr, how))
        if binary is self.inner and not self.found:
            if vaddr in self.function.starts:
                self.found = how
            elif self.function.start <= vaddr < self.function.end:
                self.found = PART

    def add_slot(self, binary, address, how):
        slot = binary.slot(address)
        if not slot:
            self.anywhere = True
        elif slot.is_chosen:
            self.chosen = True
        elif slot.vaddr is not None:
            self.add(binary, slot.vaddr, how)
        else:
            self.add_name(binary, slot.name, how)

    def add_name(self, binary, name, how):
        is_defined = False
        for file in {binary, self.inner}:
            for vaddr in file.exported(name):
                is_defined = True
                self.chosen |= vaddr in file.chosen
                self.add(file, vaddr, how)
        self.lazy |= self.inner.is_loader
        self.elsewhere |= not is_defined

    def kind(self):
        for _ in range(MOST_STEPS):
            if self.found or not self.waiting:
                break
            binary, vaddr, how = self.waiting.pop(0)
            ways = binary.ways(vaddr)
            is_stub = binary.is_stub(vaddr)
            onward = STUB if is_stub and how in (EXACT, STUB) else TAIL
            for target in sorted(ways.jumps):
                self.add(binary, target, LAZY if is_stub else TAIL)
            for address in sorted(ways.slots):
                self.add_slot(binary, address, onward)
            self.anywhere |= ways.anywhere
        if self.found:
            return self.found
        for holds, kind in ((self.chosen, CHOSEN), (self.lazy, LAZY), (self.elsewhere, ELSEWHERE),
                            (self.anywhere, ANYWHERE)):
            if holds:
                return kind
        return WRONG


def edge_kind(call, caller, inner, inner_vaddr):
    """One of KINDS. 'call' is an instruction of the binary 'caller'; the inner frame is at
    'inner_vaddr' in the binary 'inner', which is None where its code cannot be read."""
    if call.kind == x86.CALL_ANY:
        return INDIRECT
    if not inner:
        function = None
    else:
        function = inner.function(inner_vaddr)
        if not function:
            return NO_START
    walk = Walk(inner, function)
    if call.kind == x86.CALL_SLOT:
        slot = caller.slot(call.target)
        if not slot:
            return INDIRECT
        if not inner:
            return UNREADABLE
        walk.add_slot(caller, call.target, SLOT)
    elif not inner:
        return into_unreadable(caller, call.target)
    else:
        walk.add(caller, call.target, EXACT)
    return walk.kind()


def into_unreadable(caller, target):
    """A call inside a file, and the inner frame is code that cannot be read, such as that of a JIT:
    only an indirect jump leads there."""
    seen, waiting = {target}, [target]
    while waiting and len(seen) < MOST_STEPS:
        ways = caller.ways(waiting.pop())
        if ways.anywhere or ways.slots:
            return ANYWHERE
        for jump in ways.jumps - seen:
            seen.add(jump)
            waiting.append(jump)
    return WRONG
