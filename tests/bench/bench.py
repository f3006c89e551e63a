#!/usr/bin/env python3
"""Costs of flame beside those of other commands, measured in one run on this machine.

    bench.py fold   --flame build/release/flame --multiply build/dev/bench/multiply
                    [--other OLD/flame] [--stackcollapse stackcollapse-perf.pl] [--ten]
    bench.py record --flame build/release/flame --spin build/dev/samples/spin

The inputs are made on the spot: perf records nginx under wrk, with a connection for each request,
and beside it compilers and scripts, for as long as it takes to get 100,000 samples; 'multiply'
makes 1 million (--ten: and 10 million) samples of the same shape out of them. CPU is user and system time of all processes of a command; each figure is
the least of three runs, in turns, so that a busy machine is unfair to all alike.
"""

import argparse
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log /dev/null; worker_processes auto;
events {{ worker_connections 4000; }}
http {{
    access_log off;
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 ok; }}
    }}
}}
"""
PORT = 8099
JOBS = """
while :; do
    cc -O2 -D_GNU_SOURCE -DFLAME_VERSION='"0"' -I{top} -c {top}/cli/loader.c -o /dev/null
    perl -e 'my %h; $h{{$_ % 1000}} .= $_ for 1..200000; print sort keys %h' > /dev/null
    find /usr/share -name '*.h' -newer /etc/passwd > /dev/null
    gzip -c /usr/bin/perf > /dev/null
done
"""
RUNS = 3


class Cost:
    def __init__(self, cpu, wall, memory):
        self.cpu, self.wall, self.memory = cpu, wall, memory

    def __str__(self):
        return f"{self.cpu:8.2f} s CPU {self.wall:8.2f} s wall {self.memory:7.0f} MB"


def run(command):
    """One run in a process of its own, whose children's usage is that of the command alone."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        start = time.monotonic()
        status = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write, f"{usage.ru_utime + usage.ru_stime} {time.monotonic() - start} "
                        f"{usage.ru_maxrss / 1024} {status}".encode())
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    cpu, wall, memory, status = os.read(read, 200).split()
    os.close(read)
    if status != b"0":
        print(f"   (exit status {status.decode()}: {command})", file=sys.stderr)
    return Cost(float(cpu), float(wall), float(memory))


def compare(title, commands, runs=RUNS):
    """The first command is flame's; the others are shown as multiples of it."""
    print(f"\n{title}")
    best = {}
    for _ in range(runs):
        for name, command in commands.items():
            cost = run(command)
            if name not in best or cost.cpu < best[name].cpu:
                best[name] = cost
    first = next(iter(best.values()))
    for name, cost in best.items():
        print(f"  {name:34} {cost}   x {cost.cpu / first.cpu:6.1f} CPU "
              f"x {cost.memory / first.memory:5.1f} memory")
    return best


def start(*command):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def load(folder):
    """The machine at work, until the end of the block."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as conf:
        conf.write(NGINX.format(folder=folder, port=PORT))
    jobs = [start("nginx", "-c", f"{folder}/nginx.conf"),
            start("timeout", "60", "sh", "-c", JOBS.format(top=top))]
    time.sleep(0.5)
    jobs.append(start("wrk", "-t1", "-c20", "-d60", "-H", "Connection: close",
                      f"http://127.0.0.1:{PORT}/"))
    time.sleep(0.5)
    yield
    for job in jobs:
        job.terminate()
        job.wait()


def make_input(folder, args):
    data = f"{folder}/100k.data"
    seconds = 100000 / 9999 / os.cpu_count() * 1.05
    with load(folder):
        subprocess.run(["perf", "record", "-q", "-a", "-g", "-F", "9999", "-o", data, "--",
                        "sleep", f"{seconds:.1f}"], check=True, stderr=subprocess.DEVNULL)
    sizes = {"100k": data}
    for name, times in (("1M", 10), ("10M", 100)):
        if name == "10M" and not args.ten:
            continue
        sizes[name] = f"{folder}/{name}.data"
        subprocess.run([args.multiply, data, sizes[name], str(times)], check=True)
    return sizes


def bench_fold(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        results = {}
        for name, data in make_input(folder, args).items():
            size = os.path.getsize(data) / 1e6
            commands = {"flame fold": f"{args.flame} fold --all {data}"}
            if args.other:
                commands["other flame fold"] = f"{args.other} fold --all {data}"
            if name != "10M":
                commands["perf script"] = f"perf script -i {data}"
            if args.stackcollapse and name != "10M":
                commands["perf script | stackcollapse-perf"] = \
                    f"perf script -i {data} | {args.stackcollapse} --all"
            if shutil.which("xxhsum"):
                commands["xxhsum"] = f"xxhsum {data}"
            results[name] = compare(f"{name} samples recorded by perf, {size:.0f} MB", commands,
                                    RUNS if name == "100k" else 1)
        if "10M" in results:
            one, ten = (results[n]["flame fold"] for n in ("1M", "10M"))
            print(f"\n10M beside 1M: x {ten.cpu / one.cpu:.1f} CPU "
                  f"x {ten.memory / one.memory:.2f} memory")
        own = f"{folder}/own.data"
        with load(folder):
            subprocess.run([args.flame, "record", "-a", "-F", "9999", "5", "--no-svg", "-o", own],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        big = f"{folder}/own10.data"
        subprocess.run([args.multiply, own, big, "10"], check=True)
        compare(f"own recording, names inside, {os.path.getsize(big) / 1e6:.0f} MB",
                {"flame fold": f"{args.flame} fold {big}", "xxhsum": f"xxhsum {big}"})


def bench_record(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        for rate in ("99", "999", "9999"):
            job = subprocess.Popen([args.spin, str(os.cpu_count()), "120"])
            compare(f"whole machine under full load, {rate} Hz, 10 s", {
                "flame record": f"{args.flame} record -a -F {rate} 10 -o {folder}/f.data",
                "flame record --no-svg":
                    f"{args.flame} record -a -F {rate} 10 --no-svg -o {folder}/n.data",
                "perf record -g":
                    f"perf record -q -a -g -F {rate} -o {folder}/p.data -- sleep 10",
            }, 2)
            job.terminate()
            job.wait()
            said = subprocess.run([args.flame, "report", "-n", "1", f"{folder}/f.data"],
                                  capture_output=True, text=True).stdout.splitlines()[:1]
            print(f"  {' '.join(said)}; {os.path.getsize(f'{folder}/f.data') / 1e6:.1f} MB, perf "
                  f"{os.path.getsize(f'{folder}/p.data') / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fold", "record"))
    parser.add_argument("--flame", required=True)
    parser.add_argument("--other", help="another build of flame")
    parser.add_argument("--multiply", help="the program made from multiply.c")
    parser.add_argument("--spin", help="the program made from samples/programs/spin.c")
    parser.add_argument("--stackcollapse", help="FlameGraph's stackcollapse-perf.pl")
    parser.add_argument("--ten", action="store_true", help="also 10 million samples (2 GB)")
    parser.add_argument("--dir", help="where the inputs are made")
    args = parser.parse_args()
    {"fold": bench_fold, "record": bench_record}[args.what](args)


if __name__ == "__main__":
    main()
