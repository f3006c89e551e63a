#!/usr/bin/env python3
"""What stacks of programs without frame pointers cost, beside perf, in one run on this machine.

    stacks.py record --flame build/release/flame [--seconds 30] [--rates 99,999]
    stacks.py read   --flame build/release/flame [--compiler clang++]

record: the whole machine under full load (nginx and php-fpm under wrk where they are, compilers,
scripts), recorded by each in turn: the recorder's own CPU time as a share of the machine, bytes a
sample in the file, samples lost. read: one perf record --call-graph dwarf of a compiler, read by each:
CPU time a sample, frames a sample.
"""

import argparse
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


def bench_read(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        source, data = f"{folder}/x.cc", f"{folder}/x.data"
        with open(source, "w", encoding="ascii") as f:
            f.write(SOURCE)
        subprocess.run(["perf", "record", "-q", "-N", "-F", "999", "--call-graph",
                        f"dwarf,{args.stack_size}", "-o", data, "--", args.compiler, "-O2", "-c",
                        source, "-o", "/dev/null"], check=True)
        n = Recording(data).samples
        commands = {"flame fold": f"{args.flame} fold --no-inline {data}",
                    "perf script --no-inline": f"perf script --no-inline -F comm,ip,sym -i {data}"}
        best = bench.compare(f"{n} samples of {args.compiler}, {os.path.getsize(data) / 1e6:.0f} MB",
                             commands)
        for name, command in commands.items():
            print(f"  {name:34} {best[name].cpu / n * 1e6:8.1f} us a sample, "
                  f"{frames_of(command) / n:.1f} frames")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("record", "read"))
    parser.add_argument("--flame", required=True)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rates", default="99,999")
    parser.add_argument("--compiler", default="clang++")
    parser.add_argument("--stack-size", type=int, default=65528)
    parser.add_argument("--dir", help="where recordings are made")
    args = parser.parse_args()
    {"record": bench_record, "read": bench_read}[args.what](args)


if __name__ == "__main__":
    main()
