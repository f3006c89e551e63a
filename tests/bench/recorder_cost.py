#!/usr/bin/env python3
"""CPU time of recorders of the whole machine, in pairs with 'perf record -g'.

    recorder_cost.py build/release/flame [--other OLD/flame] [--pairs 5] [--seconds 10]

On a machine with other work nothing can be compared but neighbours in time: each pair records one
after the other, in either order, and has a ratio; the median and the extremes of the ratios count. CPU time
is that of all processes of a recorder, also of those that outlive it, from the start to the end of
the last one: recording, names, writing; with a second line for a picture. --max-cost 100, so that no rate
falls. Its own load is one busy process for each CPU (--loads).
"""
import argparse
import ctypes
import os
import random
import resource
import statistics
import subprocess
import tempfile

PR_SET_CHILD_SUBREAPER = 36


def cpu_seconds(command):
    """Of the command and all of its descendants."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL).returncode
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write, f"{usage.ru_utime + usage.ru_stime} {status}".encode())
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    cpu, status = os.read(read, 100).split()
    os.close(read)
    if status != b"0":
        raise SystemExit(f"failed: {' '.join(command)}")
    return float(cpu)


def recorders(args, rate, folder):
    """By name: a command."""
    def flame(program, *options):
        return [program, "record", "-a", "-F", rate, *options, "-o", f"{folder}/f.data",
                str(args.seconds)]
    named = {
        "flame -g fp": flame(args.flame, "--max-cost", "100", "-g", "fp", "--no-svg"),
        "flame": flame(args.flame, "--max-cost", "100", "--no-svg"),
        "flame with picture": flame(args.flame, "--max-cost", "100"),
    }
    if args.other:
        named["other flame"] = flame(args.other, "--no-svg")
    return named


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flame")
    parser.add_argument("--other", help="an older flame")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rates", default="99,999")
    parser.add_argument("--loads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    loads = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(args.loads)]
    try:
        for rate in args.rates.split(","):
            print(f"{rate} Hz, {args.seconds} s, {args.pairs} pairs, s of CPU time")
            with tempfile.TemporaryDirectory() as folder:
                perf = ["perf", "record", "-q", "-a", "-g", "-F", rate, "-o", f"{folder}/p.data",
                        "--", "sleep", str(args.seconds)]
                for name, command in recorders(args, rate, folder).items():
                    pairs = []
                    for _ in range(args.pairs):
                        both = [("ours", command), ("perf", perf)]
                        random.shuffle(both)
                        cost = {side: cpu_seconds(run) for side, run in both}
                        pairs.append((cost["ours"], cost["perf"]))
                    ratios = sorted(ours / theirs for ours, theirs in pairs)
                    print(f"  {name:20} {statistics.median(a for a, _ in pairs):6.2f}  perf -g "
                          f"{statistics.median(b for _, b in pairs):6.2f}  ratio "
                          f"{statistics.median(ratios):5.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
                          flush=True)
    finally:
        for load in loads:
            load.kill()
            load.wait()


if __name__ == "__main__":
    main()
