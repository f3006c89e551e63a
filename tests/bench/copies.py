#!/usr/bin/env python3
"""How many stacks of real programs are whole, and what recording them costs, for two builds of
flame beside perf record -g.

    copies.py programs --flame build/release/flame [--before OLD/flame] --list FILE
                       [--only NAME,...] [--rates 99,999] [--seconds 12]
    copies.py slowdown --flame build/release/flame [--before OLD/flame] --deep build/dev/samples/deep
                       [--rates 99,999] [--runs 10]

FILE has a line for each program: its name, a tab, a shell command that is run in FILE's folder,
again and again. All recorders record the same processes at the same time, so that a busy machine
is the same for all of them. CPU is the recorder's own while it records, in % of all CPUs; that of
perf is all of its user and system time. 'hasty' is a sample with its instruction alone, because too
many waited.

'slowdown' runs a program with a stack deeper than any copy alone and under each recorder, in
turns, and compares its own CPU time.
"""

import argparse
import contextlib
import os
import re
import resource
import signal
import statistics
import subprocess
import tempfile
import time

SETTLE = 3  # s


def processes_of(session):
    """The processes of a session."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                if int(stat.read().rsplit(") ", 1)[1].split()[3]) == session:
                    found.append(pid)
    return found


@contextlib.contextmanager
def running(command, folder):
    job = subprocess.Popen(["sh", "-c", f"while :; do {command}\ndone"], cwd=folder,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        time.sleep(SETTLE)
        yield job.pid
    finally:
        for pid in processes_of(job.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        job.wait()


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found[1].replace(",", "")) if found else 0.0


class Flame:
    """One recording."""

    def __init__(self, binary, rate, pids, seconds, data):
        self.binary, self.data = binary, data
        self.job = subprocess.Popen(
            [binary, "record", "-p", ",".join(pids), "-F", rate, "--no-svg", "-o", data,
             str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace")

    def finish(self):
        out, said = self.job.communicate()
        if self.job.returncode:
            return None
        head = (out.splitlines() or [""])[0]
        samples = number(r"([\d,]+) samples", said)
        return {
            "samples": samples,
            "lost": number(r"([\d,]+) lost", said),
            "hasty": number(r"([\d,]+) samples came faster", said),
            "truncated": number(r"([\d.]+)% of stacks truncated", head),
            "broken": number(r"([\d.]+)% of stacks broken", head),
            "cpu": number(r"while recording [\d.]+ s, ([\d.]+) % of the machine", said),
            "said": [line for line in said.splitlines() if " are truncated" in line],
        }


class Perf:
    def __init__(self, rate, pids, seconds, data):
        self.seconds = seconds
        # In a process of its own, so that the usage of its children is perf's alone.
        script = ("import resource, subprocess, sys\n"
                  "subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL)\n"
                  "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                  "print(u.ru_utime + u.ru_stime)")
        self.job = subprocess.Popen(
            ["python3", "-c", script, "perf", "record", "-q", "-N", "-B", "-g", "-F", rate, "-o",
             data, "-p", ",".join(pids), "--", "sleep", str(seconds)],
            stdout=subprocess.PIPE, text=True)

    def finish(self):
        return 100 * float(self.job.communicate()[0]) / self.seconds / os.cpu_count()


def bench_program(args, folder, name, command, rate):
    home = os.path.dirname(os.path.abspath(args.list))
    with running(command, home) as session:
        pids = processes_of(session)
        flames = [Flame(binary, rate, pids, args.seconds, f"{folder}/{i}.data")
                  for i, binary in enumerate(filter(None, (args.before, args.flame)))]
        perf = Perf(rate, pids, args.seconds, f"{folder}/perf.data")
        results = [flame.finish() for flame in flames]
        cost = perf.finish()
    if None in results:
        return False
    columns = [f"{name:14} {rate:>5}"]
    for r in results:
        columns.append(f"{r['samples']:7.0f} {r['truncated']:6.2f} {r['broken']:6.2f} "
                       f"{r['cpu']:6.2f} {r['lost']:4.0f} {r['hasty']:5.0f}")
    print(" | ".join(columns), f"| {cost:5.2f}", flush=True)
    for line in results[-1]["said"]:
        print(f"    {line}", flush=True)
    return True


def bench_programs(args):
    with open(args.list, encoding="utf-8") as f:
        programs = [line.rstrip("\n").split("\t", 1) for line in f if "\t" in line]
    head = "samples trunc. broken  CPU % lost hasty"
    heads = [head] * (2 if args.before else 1)
    print(" | ".join([f"{'program':14} {'Hz':>5}", *heads]), "| perf -g CPU %", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, command in programs:
            if not args.only or name in args.only.split(","):
                for rate in args.rates.split(","):
                    # A process may end before it is recorded.
                    tries = 5
                    while tries and not bench_program(args, folder, name, command, rate):
                        tries -= 1
                    if not tries:
                        print(f"{name:14} {rate:>5}: not recorded", flush=True)


def own_cpu(folder, recorder, command):
    """CPU time of the command under a recorder, of its user and system."""
    script = ("import resource, subprocess, sys\n"
              "subprocess.run(sys.argv[2:])\n"
              "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "open(sys.argv[1], 'w').write(str(u.ru_utime + u.ru_stime))")
    subprocess.run([*recorder, "python3", "-c", script, f"{folder}/time", *command], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{folder}/time", encoding="ascii") as f:
        return float(f.read())


def bench_slowdown(args):
    with tempfile.TemporaryDirectory() as folder:
        ways = {"alone": []}
        for rate in args.rates.split(","):
            for title, binary in (("before", args.before), ("flame", args.flame)):
                if binary:
                    ways[f"{title} {rate}"] = [binary, "record", "--no-svg", "-o",
                                               f"{folder}/x.data", "-F", rate, "--"]
            ways[f"perf -g {rate}"] = ["perf", "record", "-q", "-N", "-B", "-g", "-F", rate, "-o",
                                       f"{folder}/p.data", "--"]
        cpu = {name: [] for name in ways}
        for _ in range(args.runs):
            for name, recorder in ways.items():
                cpu[name].append(own_cpu(folder, recorder, [args.deep, "200", "400"]))
        for name, all_of in cpu.items():
            ratios = [a / b for a, b in zip(all_of, cpu["alone"])]
            print(f"{name:14} least {min(all_of):.3f} s  + "
                  f"{100 * (min(all_of) / min(cpu['alone']) - 1):6.2f} %   median of the pairs + "
                  f"{100 * (statistics.median(ratios) - 1):6.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("programs", "slowdown"))
    parser.add_argument("--flame", required=True)
    parser.add_argument("--before", help="another build of flame")
    parser.add_argument("--list", help="the file of programs")
    parser.add_argument("--only", help="these of them")
    parser.add_argument("--deep", help="the program made from samples/programs/deep.c")
    parser.add_argument("--rates", default="99,999")
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    # Open files for perf, which asks for one for each thread and CPU.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    {"programs": bench_programs, "slowdown": bench_slowdown}[args.what](args)


if __name__ == "__main__":
    main()
