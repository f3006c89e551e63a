#!/usr/bin/env python3
"""How flame's CPU time and memory develop while processes, mappings, threads and names come and go.

    tests/bench/churn.py build/release                          five minutes, exec and map
    tests/bench/churn.py build/release --seconds 3600           the hour
    tests/bench/churn.py build/dev --load exec=500 --load thread=10000 --seconds 60

Prints a line every few seconds: CPU time of each of flame's threads in per cent of one CPU, and its
memory; at the end events, samples, and the ratio of the last tenth to the first. The kinds of load
are those of samples/programs/churn.c. `record -a` sees all of the machine; with --own flame
records the load alone.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def thread_seconds(pid):
    """CPU seconds of each thread, by tid."""
    seconds = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{tid}/stat") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        seconds[int(tid)] = (int(fields[11]) + int(fields[12])) / TICK
    return seconds


def memory(pid, field="VmRSS"):
    """Bytes, by default those in memory now."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def watch(pid, seconds, step, output):
    """Prints the curve; returns [(CPU seconds of all threads per second, bytes)]."""
    curve, start = [], time.monotonic()
    before, last = thread_seconds(pid), start
    print("   s   CPU %  threads' CPU %            RSS MB  file MB")
    while time.monotonic() < start + seconds - step / 2:
        time.sleep(step)
        now, after = time.monotonic(), thread_seconds(pid)
        shares = [(after[t] - before.get(t, 0)) / (now - last) for t in sorted(after)]
        curve.append((sum(shares), memory(pid)))
        size = os.path.getsize(output) if os.path.exists(output) else 0
        print(f"{now - start:4.0f}  {100 * sum(shares):5.1f}   "
              f"{' '.join(f'{100 * s:5.1f}' for s in shares):26s}"
              f"{curve[-1][1] / 1e6:7.1f}  {size / 1e6:7.0f}", flush=True)
        before, last = after, now
    return curve


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="folder of the build")
    parser.add_argument("--flame", help="another flame, to compare with")
    parser.add_argument("--load", action="append", metavar="KIND=RATE")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--step", type=float, default=5)
    parser.add_argument("--rate", default="99", help="samples per second")
    parser.add_argument("--own", action="store_true", help="record the load, not the whole machine")
    parser.add_argument("--folder", help="for the recording")
    args = parser.parse_args()
    loads = [load.split("=") for load in args.load or ["exec=1000", "map=20000"]]
    flame = args.flame or os.path.join(args.build, "flame")
    churn = os.path.join(args.build, "samples", "churn")
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        output = os.path.join(folder, "churn.data")
        commands = " & ".join(f"{churn} {kind} {rate} {args.seconds}" for kind, rate in loads)
        load = ["sh", "-c", commands + " & wait"]
        recorder = subprocess.Popen([flame, "record", "-F", args.rate, "--no-svg", "-o", output] +
                                    (["--", *load] if args.own else ["-a"]),
                                    stdout=subprocess.PIPE if args.own else subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, text=True)
        time.sleep(2)
        source = None if args.own else subprocess.Popen(load, stdout=subprocess.PIPE, text=True)
        part = next((n for n in os.listdir(folder)), "churn.data")
        seconds = args.seconds - (4 if args.own else 0)
        curve = watch(recorder.pid, seconds, args.step, os.path.join(folder, part))
        if source:
            print("made:", source.communicate()[0].strip())
            recorder.send_signal(signal.SIGINT)
        peak, ended = 0, time.monotonic()
        while recorder.poll() is None:
            try:
                peak = max(peak, memory(recorder.pid, "VmHWM"))
            except OSError:
                break
            time.sleep(0.1)
        if args.own:
            print("made:", recorder.stdout.read().strip()[:400])
        print("\n".join(recorder.stderr.read().strip().splitlines()[-8:]))
        n = max(1, len(curve) // 10)
        first, last = curve[1:1 + n], curve[-n:]
        for i, what, unit in ((0, "CPU", 0.01), (1, "RSS", 1e6)):
            a, b = (sum(c[i] for c in part) / len(part) / unit for part in (first, last))
            print(f"{what}: first {a:.1f}, last {b:.1f}, ratio {b / a if a else 0:.2f}")
        print(f"peak with names: {peak / 1e6:.0f} MB; {time.monotonic() - ended:.1f} s after the end; "
              f"exit {recorder.returncode}")
        return recorder.returncode


if __name__ == "__main__":
    sys.exit(main())
