#!/usr/bin/env python3
"""What stacks of programs without frame pointers cost, beside perf, in one run on this machine.

    stacks.py record --flame build/release/flame [--seconds 30] [--rates 99,999]
    stacks.py read   --flame build/release/flame [--compiler clang++]
    stacks.py chains --unwind build/asan/tests/cli/unwind_stacks [--compiler clang++]

record: the whole machine under full load (nginx and php-fpm under wrk where they are, compilers,
scripts), recorded by each in turn: the recorder's own CPU time as a share of the machine, bytes a
sample in the file, samples lost. read: one perf record --call-graph dwarf of a compiler, read by each:
CPU time a sample, frames a sample. chains: the user's frames of each sample as flame and perf script
find them in such a recording, for copies of several sizes, and what every difference is. With g++
there are many: in some runs perf 6.1 finds no rules in a program that isn't relocated (cc1plus), and
guesses by frame pointers.
"""

import argparse
import collections
import contextlib
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

import bench

SOURCE = """
#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <vector>
template <int N> struct T {
    std::map<std::string, std::vector<T<N - 1>>> m;
    int sum() {
        std::regex r("a+b");
        int s = 0;
        for (auto &p : m)
            for (auto &x : p.second)
                s += x.sum();
        std::vector<int> v(s);
        std::sort(v.begin(), v.end(), std::greater<>());
        return s + N;
    }
};
template <> struct T<0> { int sum() { return 1; } };
int main() { return T<40>().sum(); }
"""
SAMPLE, LOST, LOST_SAMPLES = 9, 2, 13


class Recording:
    """Counts over the records of a perf.data file."""

    def __init__(self, path):
        self.samples = self.bytes = self.lost = 0
        self.size = os.path.getsize(path)
        lost_records = lost_samples = 0
        with open(path, "rb") as f:
            data = f.read()
        at, size = struct.unpack_from("<QQ", data, 40)
        end = at + size
        while at < end:
            kind, _, length = struct.unpack_from("<IHH", data, at)
            if kind == SAMPLE:
                self.samples += 1
                self.bytes += length
            elif kind == LOST:
                lost_records += struct.unpack_from("<Q", data, at + 16)[0]
            elif kind == LOST_SAMPLES:
                lost_samples += struct.unpack_from("<Q", data, at + 8)[0]
            at += length
        self.lost = max(lost_records, lost_samples)


@contextlib.contextmanager
def full_load(folder):
    """More work than there are CPUs."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    jobs = [bench.start("timeout", "900", "sh", "-c", bench.JOBS.format(top=top))
            for _ in range(os.cpu_count())]
    if shutil.which("nginx") and shutil.which("wrk"):
        with open(f"{folder}/nginx.conf", "w", encoding="ascii") as conf:
            conf.write(bench.NGINX.format(folder=folder, port=bench.PORT))
        jobs.append(bench.start("nginx", "-c", f"{folder}/nginx.conf"))
        time.sleep(0.5)
        jobs.append(bench.start("wrk", "-t1", "-c20", "-d900", f"http://127.0.0.1:{bench.PORT}/"))
    time.sleep(2)
    try:
        yield
    finally:
        for job in jobs:
            job.terminate()
            job.wait()


def bench_record(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder, full_load(folder):
        machine = args.seconds * os.cpu_count()
        for rate in args.rates.split(","):
            print(f"\nwhole machine under full load, {rate} Hz, {args.seconds} s")
            print(f"  {'':24}{'own CPU':>9}{'with names':>12}{'samples':>10}{'lost':>7}"
                  f"{'a sample':>10}{'file':>11}")
            for name, command in {
                "flame -g auto": f"{args.flame} record -a -F {rate} {args.seconds} --no-svg -o",
                "flame -g fp": f"{args.flame} record -a -g fp -F {rate} {args.seconds} --no-svg -o",
                "perf -g": f"perf record -q -B -N -a -g -F {rate} -o",
                "perf --call-graph dwarf": f"perf record -q -B -N -a --call-graph dwarf -F {rate} -o",
            }.items():
                data = f"{folder}/x.data"
                end = f" -- sleep {args.seconds}" if name.startswith("perf") else ""
                cost = bench.run(f"{command} {data}{end} 2>{folder}/said")
                with open(f"{folder}/said", encoding="utf-8") as f:
                    said = f.read()
                recording = Recording(data)
                own = re.search(r"while recording ([\d.]+) s", said)
                lost = re.search(r" (\d+) lost", said) if own else None
                print(f"  {name:24}{(float(own[1]) if own else cost.cpu) / machine:9.2%}"
                      f"{cost.cpu / machine:12.2%}{recording.samples:10}"
                      f"{int(lost[1]) if lost else recording.lost:7}"
                      f"{recording.bytes / recording.samples:8.0f} B{recording.size / 1e6:8.1f} MB",
                      flush=True)
                os.unlink(data)


def frames_of(command):
    """How many frames all stacks have together: folded text, or perf script's."""
    text = subprocess.run(command, shell=True, capture_output=True, text=True,
                          errors="surrogateescape").stdout
    if "fold" in command:
        return sum(line.count(";") * int(line.rsplit(" ", 1)[1]) for line in text.splitlines())
    return sum(line.startswith("\t") for line in text.splitlines())


def record_compiler(folder, compiler, stack_size):
    source, data = f"{folder}/x.cc", f"{folder}/x.data"
    with open(source, "w", encoding="ascii") as f:
        f.write(SOURCE)
    # If another recording has build ids, the kernel marks the records of this one as well (perf_event_mmap_output() keeps the bit), and perf script dies of those.
    subprocess.run(["perf", "record", "-q", "--buildid-mmap", "-N", "-F", "999", "--call-graph",
                    f"dwarf,{stack_size}", "-o", data, "--", compiler, "-O2", "-c", source,
                    "-o", "/dev/null"], check=True)
    return data


def bench_read(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        data = record_compiler(folder, args.compiler, args.stack_size)
        n = Recording(data).samples
        commands = {"flame fold": f"{args.flame} fold --no-inline {data}",
                    "perf script --no-inline": f"perf script --no-inline -F comm,ip,sym -i {data}"}
        best = bench.compare(f"{n} samples of {args.compiler}, {os.path.getsize(data) / 1e6:.0f} MB",
                             commands)
        for name, command in commands.items():
            print(f"  {name:34} {best[name].cpu / n * 1e6:8.1f} us a sample, "
                  f"{frames_of(command) / n:.1f} frames")


KERNEL = 1 << 63
PERF_MOST = 1024  # frames that perf script is asked for
IN_FILE = re.compile(r" \((/[^/]|\[vdso\]).*\)$")
CLASSES = {
    "equal": "equal, to the outermost frame",
    "equal, short": "equal, and the copy of the stack ends",
    "last word": "perf's without the last word of the copy, which perf doesn't read",
    "deeper": "flame's goes on behind the end of perf's",
    "copy": "perf's goes on, but the next word wanted is not in the copy",
    "capped": "perf's has as many frames as it may have",
    "fewer": "perf's leaves out some of flame's, between its first and its last",
    "astray": "perf's goes on with an address that is in no file",
    "other": "other",
}


def chains_of_perf(data):
    """The user's frames by (pid, time in ns): offsets in their files, callers' one byte back, or None
    for a caller in no file; and how many the kernel's are."""
    done = subprocess.run(["perf", "script", "--no-inline", "--ns", "--max-stack", str(PERF_MOST),
                           "-F", "pid,time,ip,dso", "-i", data], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True)
    chains, kernel = {}, collections.Counter()
    for line in done.stdout.splitlines():
        head = re.match(r"\s*(\d+)\s+(\d+)\.(\d{9}):", line)
        if head:
            at = int(head[1]), int(head[2] + head[3])
            chains[at] = []
        elif line.strip():
            ip = int(line.split()[0], 16)
            if ip >= KERNEL:
                kernel[at] += 1
            else:
                chains[at].append(ip if not chains[at] or IN_FILE.search(line) else None)
    return chains, kernel


def chains_of_flame(unwind, data, cut):
    """The same, with how each ended and how much is missing in the copy of its stack, or None; without
    the last bytes of each."""
    done = subprocess.run([unwind, "-a", "-c", str(cut), data], stdout=subprocess.PIPE, text=True,
                          check=True)
    for line in done.stdout.splitlines():
        pid, when, end, chain = line.split(" ", 3)
        end, _, missing = end.partition(":")
        yield ((int(pid), int(when)), end, int(missing) if missing else None,
               [int(ip, 16) for ip in chain.split(";") if ip])


def class_of(ours, end, missing, theirs, n_kernel, without):
    if ours == theirs:
        return "equal" if end == "root" else "equal, short" if missing else "other"
    if theirs == without:
        return "last word"
    if ours[:len(theirs)] == theirs:
        return "capped" if n_kernel + len(theirs) >= PERF_MOST else "deeper"
    if theirs[:len(ours)] == ours and end == "truncated" and missing:
        return "copy"
    rest = iter(ours)
    if all(ip in rest for ip in theirs):
        return "fewer"
    return "astray" if None in theirs else "other"


def bench_chains(args):
    for size in args.stack_sizes.split(","):
        with tempfile.TemporaryDirectory(dir=args.dir) as folder:
            data = record_compiler(folder, args.compiler, size)
            perf, kernel = chains_of_perf(data)
            counts, deep = collections.Counter(), 0
            print(f"\n{args.compiler}, {size} bytes of each stack")
            without = {at: ours for at, *_, ours in chains_of_flame(args.unwind, data, 1)}
            for at, end, missing, ours in chains_of_flame(args.unwind, data, 0):
                theirs = perf.pop(at, [])
                kind = class_of(ours, end, missing, theirs, kernel[at], without[at])
                counts[kind] += 1
                deep += len(ours) >= len(theirs)
                if kind == "other" or (kind in args.show.split(",")):
                    print(f"  {kind}: {at[0]} {at[1]} {end}",
                          *(";".join("-" if ip is None else f"{ip:x}" for ip in chain)
                            for chain in (ours, theirs)), sep="\n    ")
            n = counts.total()
            for kind, text in CLASSES.items():
                print(f"  {counts[kind]:8} {counts[kind] / n:8.2%}  {text}")
            print(f"  {deep:8} {deep / n:8.2%}  at least as deep as perf's, of {n}; "
                  f"{sum(map(bool, perf.values()))} only perf has", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("record", "read", "chains"))
    parser.add_argument("--flame")
    parser.add_argument("--unwind")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rates", default="99,999")
    parser.add_argument("--compiler", default="clang++")
    parser.add_argument("--stack-size", type=int, default=65528)
    parser.add_argument("--stack-sizes", default="8192,16384,32768,65528", help="of chains")
    parser.add_argument("--show", default="", help="classes all of whose samples are printed")
    parser.add_argument("--dir", help="where recordings are made")
    args = parser.parse_args()
    if not (args.unwind if args.what == "chains" else args.flame):
        parser.error("what is to be measured?")
    {"record": bench_record, "read": bench_read, "chains": bench_chains}[args.what](args)


if __name__ == "__main__":
    main()
