"""The output: a line for each program, the sum by kind, and the problems."""

import edges
from checker import AFTER_MARK, AFTER_SWITCH, AFTER_WRONG, IMPOSSIBLE, UNCHECKED, describe
from exceptions import TABLE

COLUMNS = ("program", "samples", "returns", "direct", "exact", "jumps", "indirect", "excepted",
           "no code", "whole", "gaps", "trunc.", "broken", "untold", "impossible", "wrong", "s")
FORM = ("{:13} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>10}"
        " {:>6} {:>5}")
EXACT = (edges.EXACT, edges.SLOT, edges.STUB)
MEANINGS = {
    **edges.KINDS,
    AFTER_MARK: "frames are missing before it, as the chain says",
    AFTER_WRONG: "the frame before it is impossible",
    AFTER_SWITCH: "the frame before it stands for code that switches stacks",
}
CHAIN_LINES = 24


def percent(part, whole):
    return f"{100 * part / whole:.2f}%" if whole else "-"


def head():
    print(FORM.format(*COLUMNS))


def line(name, result, seconds):
    """'exact' and 'jumps' are shares of the direct calls: those that lead to the inner function at
    once or by a stub with its name, and those that lead to it by jumps, or may."""
    direct, indirect = result.direct(), sum(result.edges[kind] for kind in UNCHECKED)
    exact = sum(result.edges[kind] for kind in EXACT)
    print(FORM.format(name, result.samples, result.returns, direct, percent(exact, direct),
                      percent(direct - exact - result.wrong(), direct), indirect,
                      result.exceptions.total(), result.unreadable.total(),
                      *(percent(n, result.samples)
                        for n in (result.ends["whole"], result.gaps, result.ends["truncated"],
                                  result.ends["broken"] + result.ends["other mark"])),
                      result.untold.total(), result.impossible(), result.wrong(),
                      f"{seconds:.1f}"), flush=True)


def problems(checker, result, examples):
    """The most frequent problems, each with a chain."""
    for number, (key, n) in enumerate(result.problems.most_common()):
        if number == examples:
            print(f"  and {len(result.problems) - number} more")
            break
        kind, where = key
        print(f"  {n} x {kind}: {where}")
        problem = result.examples[key][0]
        lines = list(describe(checker, problem))
        first = max(0, min(problem.at - CHAIN_LINES // 2, len(lines) - CHAIN_LINES))
        for text in lines[first:first + CHAIN_LINES]:
            print(text)
    for where, n in result.untold.most_common(examples):
        print(f"  {n} x taken for whole, but ends in {where}")


def total(result, n):
    line(f"{n} programs", result, 0)
    print("\nedges, by where the call before a return address leads:")
    for kind, meaning in MEANINGS.items():
        count = result.wrong() if kind == edges.WRONG else result.edges[kind]
        if count:
            print(f"  {kind:20} {count:>9}  {meaning}")
    print("no return addresses, and yet right:")
    for row in TABLE:
        if result.exceptions[row.name]:
            print(f"  {row.name:30} {result.exceptions[row.name]:>9}  {row.source}")
    unread = [f"{kind} {count}" for kind, count in result.unreadable.most_common()]
    print(f"code that cannot be read: {', '.join(unread) or 'none'}")
    print("calls by their bytes alone, where the function's code could not be followed: "
          f"{result.by_bytes}")
    print(f"impossible: {result.impossible()}" + "".join(
        f", {kind} {sum(c for (k, _), c in result.problems.items() if k == kind)}"
        for kind in IMPOSSIBLE))
