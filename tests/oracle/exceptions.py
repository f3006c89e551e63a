"""The frames that are correct although they are no return addresses: one table, each with its
source. Any other frame that is not after a call never ran."""

import collections
import re

# A frame of a chain. 'addr' is as recorded, 'vaddr' that of the file for addr - 1, the byte by
# which return addresses are looked up; 'binary' is None if the code cannot be read, 'why' is the
# reason.
Frame = collections.namedtuple("Frame", "addr mapping binary vaddr why")

# The call of rt_sigreturn: x86-64 mov $15,%rax or %eax; syscall. aarch64 mov x8,#139; svc #0.
TRAMPOLINES = (bytes.fromhex("48c7c00f0000000f05"), bytes.fromhex("b80f0000000f05"),
               bytes.fromhex("681180d2010000d4"))
TRAMPOLINE_SIZE = 9

GO_INJECTED = re.compile(r"runtime\.(sigpanic0?|asyncPreempt|debugCall\w*)(\.abi0)?$")
UNWINDING = re.compile(r"_Unwind_(RaiseException|Resume|Resume_or_Rethrow|ForcedUnwind)\b")
COROUTINES = re.compile(r"(__start_context|make_fcontext)$")

INTERRUPTED, SWITCH = "interrupted by a signal", "systemstack_switch"
EXECUTING, LANDING = "executing another program", "landing pad"
ENTRY_SIZE = 64  # of _start, at the entry of an ELF file
LAST = {"_start", "_dl_start_user", "__clone", "__clone3", "clone", "clone3", "runtime.goexit",
        "runtime.rt0_go"}
# Go's scheduler runs on a stack of its own; where C started the thread, mstart has callers. While
# execve replaces the program, its stack is gone.
MAY_BE_LAST = {"runtime.mstart", "runtime.mstart0", "runtime.mcall", "runtime.systemstack",
               "runtime.morestack", "execve", "__execve"}


def name_of(frame):
    """(name of the function, offset of the recorded address in it)."""
    if not frame or not frame.binary:
        return "", 0
    name, offset = frame.binary.symbol(frame.vaddr)
    return name or "", offset + 1


def plain(name):
    return name.removesuffix(".abi0")


def is_trampoline(frame):
    """Whether the address is in a signal trampoline: its first byte or the one after it, where
    flame records addresses that were not called; if it was sampled, any byte up to the end of its system
    call."""
    if not frame or not frame.binary:
        return False
    code = frame.binary.elf.bytes_at(frame.vaddr - TRAMPOLINE_SIZE, 2 * TRAMPOLINE_SIZE + 1)
    return any(trampoline in code for trampoline in TRAMPOLINES)


def interrupted(frame, inner, outer):
    return is_trampoline(inner)


def trampoline(frame, inner, outer):
    return is_trampoline(frame)


def goexit(frame, inner, outer):
    name, offset = name_of(frame)
    if not name and frame.binary:  # stripped, and of a Go whose table is not read: nop, call, nop
        code = frame.binary.elf.bytes_at(frame.vaddr, 7)
        return code[:2] == b"\x90\xe8" and code[6:] == b"\x90"
    return plain(name) == "runtime.goexit" and offset in (1, 4)


def systemstack_switch(frame, inner, outer):
    name, offset = name_of(frame)
    return plain(name) == "runtime.systemstack_switch" and offset in (8, 9)


def injected(frame, inner, outer):
    return bool(GO_INJECTED.match(name_of(inner)[0]))


def is_unwinding(frame):
    """Whether it is a function that puts other registers over those of its callers: until it has
    changed the stack pointer as well, its rules find the previous contents of the stack."""
    return bool(UNWINDING.match(name_of(frame)[0]))


def never(frame, inner, outer):
    """Of rows that checker.py itself looks for."""
    return False


def is_coroutine_entry(frame):
    """Whether the address is in such a function, or its first byte, as it is on the stack."""
    if not frame.binary:
        return False
    names = [name_of(frame)[0]]
    name, offset = frame.binary.symbol(frame.vaddr + 1)
    if not offset:
        names.append(name or "")
    return any(COROUTINES.match(name) for name in names)


def coroutine(frame, inner, outer):
    return not outer and is_coroutine_entry(frame)


def is_entry(frame, names):
    """Whether the frame is in the code that a program is entered by, or in one of these."""
    if not frame.binary:
        return False
    return (plain(name_of(frame)[0]) in names or
            0 <= frame.vaddr - frame.binary.elf.entry < ENTRY_SIZE)


def is_last(frame):
    """Whether the frame has no caller, if it is itself a caller: no frame after it in a chain
    called it."""
    return is_entry(frame, LAST) or is_coroutine_entry(frame)


def is_end(frame):
    """Whether a whole stack may end with it; None where its function has no name."""
    if not frame.binary:
        return False
    return (is_last(frame) or is_entry(frame, MAY_BE_LAST) or
            (None if not name_of(frame)[0] else False))


# 'first': it may follow a call by chance, and is looked for before. 'holds' is the rule.
Row = collections.namedtuple("Row", "name first holds source")
TABLE = (
    Row(INTERRUPTED, True, interrupted,
               "the frame after a signal trampoline is the instruction that was interrupted; flame "
               "stores it one byte further (unwind/unwind.h)"),
    Row("signal trampoline", True, trampoline,
               "the kernel pushes sa_restorer as return address of the handler "
               "(arch/x86/kernel/signal_64.c), nothing calls it"),
    Row("under sigpanic or asyncPreempt", True, injected,
               "the Go runtime's signal handlers push the interrupted address as if it had called "
               "them (sigctxt.preparePanic, sigctxt.pushCall in runtime/signal_amd64.go)"),
    Row("goexit", False, goexit,
               "newproc1 puts goexit + PCQuantum under the first function of each goroutine "
               "(runtime/proc.go)"),
    Row(SWITCH, False, systemstack_switch,
               "gosave_systemstack_switch stores systemstack_switch + 8 as the address at which a "
               "goroutine waits for the system stack (runtime/asm_amd64.s)"),
    Row(LANDING, False, never,
               "libgcc puts the address of whoever catches over its own return address before it "
               "changes the stack (uw_install_context in libgcc/unwind.inc): within two frames of "
               "the functions that do so"),
    Row(EXECUTING, False, never,
               "until execve returns the registers are those of the program before, whose mappings "
               "are gone (fs/exec.c, begin_new_exec); the checker looks there"),
    Row("coroutine entry", False, coroutine,
               "makecontext and make_fcontext push the address that ends a coroutine as return "
               "address of its first function (glibc __start_context, boost's make_fcontext)"),
)


def exception_of(frame, inner, outer, first):
    """The row of the table that a frame falls under, or None."""
    for row in TABLE:
        if row.first == first and row.holds(frame, inner, outer):
            return row.name
    return None
