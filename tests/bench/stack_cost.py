#!/usr/bin/env python3
"""What reading recordings with copies of stacks costs, beside perf script, in one run on this
machine.

    stack_cost.py --flame build/release/flame [--compiler clang++] [--runs 5]
                  [--stack-sizes 8192,16384] [--keep FOLDER]

A compiler is recorded by perf record --call-graph dwarf, for each size of the copies for a short and
for a long while, and each recording is read by each command in turn. CPU is user and system time: the
least and the median of the runs. What two lengths differ in is what a sample costs; the rest is
fixed: kernel symbols, ELF files, tables, DWARF.
"""

import argparse
import os
import statistics
import subprocess
import tempfile

import bench
import stacks

RATE = "4999"
COMPILATIONS = {"short": 0, "long": 3}  # 0: a second of one


def record(folder, args, size, length):
    data = f"{folder}/{length}{size}.data"
    if os.path.exists(data):
        return data
    source = f"{folder}/x.cc"
    with open(source, "w", encoding="ascii") as f:
        f.write(stacks.SOURCE)
    times = COMPILATIONS[length]
    compile_it = f"{args.compiler} -O2 -c {source} -o /dev/null; "
    what = compile_it * times if times else f"timeout 1.5 {compile_it}true"
    subprocess.run(["perf", "record", "-q", "-N", "-B", "-F", RATE, "--call-graph",
                    f"dwarf,{size}", "-o", data, "--", "sh", "-c", what],
                   check=True, stderr=subprocess.DEVNULL)
    return data


def measure(commands, runs):
    """By name: (least, median) seconds of CPU."""
    cpu = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            cpu[name].append(bench.run(command).cpu)
    return {name: (min(all_of), statistics.median(all_of)) for name, all_of in cpu.items()}


def bench_size(folder, args, size):
    costs, samples = {}, {}
    for length in COMPILATIONS:
        data = record(folder, args, size, length)
        samples[length] = stacks.Recording(data).samples
        costs[length] = measure({
            "flame fold": f"{args.flame} fold {data}",
            "flame fold --no-inline": f"{args.flame} fold --no-inline {data}",
            "perf script --no-inline": f"perf script --no-inline -i {data}",
        }, args.runs)
        print(f"\ncopies of {size} bytes, {samples[length]} samples, "
              f"{os.path.getsize(data) / 1e6:.0f} MB")
        perf = costs[length]["perf script --no-inline"]
        for name, (least, median) in costs[length].items():
            print(f"  {name:26} {least * 1e3:8.1f} ms at least {median * 1e3:8.1f} ms median  "
                  f"perf script: x {perf[0] / least:.1f}, x {perf[1] / median:.1f}", flush=True)
    print(f"  {'':26} {'fixed':>8}    {'a sample':>8}")
    for name in costs["long"]:
        short, long = (costs[length][name][1] for length in COMPILATIONS)
        each = (long - short) / (samples["long"] - samples["short"])
        print(f"  {name:26} {(short - each * samples['short']) * 1e3:5.0f} ms {each * 1e6:8.2f} us")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flame", required=True)
    parser.add_argument("--compiler", default="clang++")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stack-sizes", default="8192,16384")
    parser.add_argument("--keep", help="where recordings are, or are made and stay")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in args.stack_sizes.split(","):
            bench_size(args.keep or folder, args, size)


if __name__ == "__main__":
    main()
