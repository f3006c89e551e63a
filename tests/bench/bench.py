#!/usr/bin/env python3
"""Costs of flame beside those of other commands, measured in one run on this machine.

    bench.py fold   --flame build/release/flame --multiply build/dev/bench/multiply
                    [--other OLD/flame] [--stackcollapse stackcollapse-perf.pl] [--ten]
    bench.py record --flame build/release/flame --spin build/dev/samples/spin
    bench.py diff   --flame build/release/flame [--pairs 20] [--seconds 10]
    bench.py places --places build/dev/bench/places --binary FILE [--debug FILE.debug]
    bench.py picture --flame build/release/flame --draw build/release/bench/draw
                    [--flamegraph flamegraph.pl] [--inferno inferno-flamegraph]

The inputs are made on the spot: perf records nginx under wrk, with a connection for each request,
and beside it compilers and scripts, for as long as it takes to get 100,000 samples; 'multiply'
makes 1 million (--ten: and 10 million) samples of the same shape out of them. CPU is user and system time of all processes of a command; each figure is
the least of three runs, in turns, so that a busy machine is unfair to all alike.
"""

import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import random
import re
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
    cc -O2 -D_GNU_SOURCE -DFLAME_VERSION='"0"' -I{top} -c {top}/flow/loader.c -o /dev/null
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


def start_nginx(folder, seconds):
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as conf:
        conf.write(NGINX.format(folder=folder, port=PORT))
    nginx = start("nginx", "-c", f"{folder}/nginx.conf")
    time.sleep(0.5)
    return [nginx, start("wrk", "-t1", "-c20", f"-d{seconds}", "-H", "Connection: close",
                         f"http://127.0.0.1:{PORT}/")]


@contextlib.contextmanager
def load(folder):
    """The machine at work, until the end of the block."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    jobs = [start("timeout", "60", "sh", "-c", JOBS.format(top=top)), *start_nginx(folder, 60)]
    time.sleep(0.5)
    yield
    end(jobs)


def end(jobs):
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


VERDICTS = ("more", "less", "new", "gone")


def say_pairs(args, title, pairs, *options):
    """How often nothing that changed gets a verdict."""
    wrong, shares = 0, []
    for pair in pairs:
        command = [args.flame, "diff", "--no-svg", "--format", "json", *options, *pair]
        said = json.loads(subprocess.run(command, check=True, capture_output=True,
                                         text=True).stdout)
        functions = said["functions"]
        flagged = [f for f in functions
                   if any(f[of]["verdict"] in VERDICTS for of in ("total", "self"))]
        if flagged and args.show:
            print("  ", pair, [(f["name"], f["total"]["delta"]) for f in flagged][:5])
        wrong += bool(flagged)
        shares.append(len(flagged) / len(functions))
    print(f"  {title:<42} {wrong:3} of {len(pairs)} pairs with a verdict, "
          f"{100 * sum(shares) / len(shares):.3f} % of the functions")


def bench_diff(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        a, b = f"{folder}/a.data", f"{folder}/b.data"
        seconds = f"{100000 / 9999 / os.cpu_count() * 1.05:.1f}"
        for name in (a, b):
            with load(folder):
                subprocess.run([args.flame, "record", "-a", "-F", "9999", seconds, "--no-svg",
                                "-o", name], check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        costs = compare("two recordings of 100,000 samples", {
            "flame diff": f"{args.flame} diff {a} {b} -o {folder}/diff.svg",
            "flame diff --no-svg": f"{args.flame} diff {a} {b} --no-svg",
            "flame fold, the first": f"{args.flame} fold {a}",
            "flame fold, the second": f"{args.flame} fold {b}",
            "flame render, the first": f"{args.flame} render {a} -o {folder}/a.svg",
        })
        diff, _, *others = (cost.cpu for cost in costs.values())
        print(f"  diff beside two folds and a render: x {diff / sum(others):.2f}")
        jobs = start_nginx(folder, 40 * args.pairs * args.seconds)
        time.sleep(2)
        names = [f"{folder}/{i}.data" for i in range(2 * args.pairs)]
        for name in names:
            subprocess.run([args.flame, "record", "-a", "-F", "397", str(args.seconds),
                            "--no-svg", "-o", name], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        end(jobs)
        pairs = list(zip(names[::2], names[1::2]))
        print(f"\nthe same load twice, {args.seconds} s at 397 Hz")
        only = ("--comm", "nginx,wrk")
        say_pairs(args, "nginx and wrk, shares", pairs, "--share", *only)
        say_pairs(args, "nginx and wrk, CPU time", pairs, *only)
        say_pairs(args, "the whole machine, CPU time", pairs)
        say_pairs(args, "nginx and wrk, folded text", [
            tuple(fold_to_text(args, name, *only) for name in pair) for pair in pairs])


def fold_to_text(args, data, *options):
    with open(data + ".folded", "w", encoding="utf-8") as text:
        subprocess.run([args.flame, "fold", *options, data], check=True, stdout=text)
    return data + ".folded"


def code_addresses(binary, n):
    """Addresses in functions of the binary, always the same ones."""
    functions = []
    table = subprocess.run(["nm", "-S", "--defined-only", binary], capture_output=True, text=True,
                           check=True).stdout
    for line in table.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "TtWw" and int(words[1], 16):
            functions.append((int(words[0], 16), int(words[1], 16)))
    chance = random.Random(1)
    found = set()
    while len(found) < n:
        start, size = chance.choice(functions)
        found.add(start + chance.randrange(size))
    return sorted(found)


def places_of(text):
    """By address: [(function, "file:line")], innermost first; "" for what is not known."""
    found, at = {}, None
    lines = iter(text.splitlines())
    for line in lines:
        if re.fullmatch(r"(0x)?[0-9a-f]+", line):
            at = found.setdefault(int(line, 16), [])
        elif line:
            place = next(lines).rsplit("/", 1)[-1]
            at.append((line, re.sub(r"(:\d+):\d+$", r"\1", place)))
    return found


def difference(ours, theirs):
    if ours == theirs:
        return "the same"
    if not ours:
        return "no DWARF here" if theirs[0][1].endswith(":0") else "missing here"
    if [place for _, place in ours] == [place for _, place in theirs]:
        if all(o[0] in ("-", t[0]) for o, t in zip(ours, theirs)):
            return "the same, but for the symbol's own name"
        return "other name"
    return "other depth" if len(ours) != len(theirs) else "other line"


def bench_places(args):
    debug = args.debug or args.binary
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        addrs, ours, theirs = (f"{folder}/{name}" for name in ("addrs", "ours", "theirs"))
        with open(addrs, "w", encoding="ascii") as f:
            f.writelines(f"{a:#x}\n" for a in code_addresses(debug, 10000))
        compare(f"10,000 addresses of {args.binary}", {
            "flame (places)": f"{args.places} {args.binary} <{addrs} >{ours}",
            "llvm-symbolizer": f"llvm-symbolizer --no-demangle -a -f=linkage -i -e {debug} "
                               f"<{addrs} >{theirs}",
        }, 1)
        with open(addrs, encoding="ascii") as f:
            print(subprocess.run([args.places, args.binary], stdin=f, capture_output=True,
                                 text=True).stderr)
        with open(ours, encoding="utf-8") as a, open(theirs, encoding="utf-8") as b:
            mine, other = places_of(a.read()), places_of(b.read())
        classes = collections.Counter()
        for address, places in other.items():
            why = difference(mine.get(address, []), places)
            classes[why] += 1
            if args.show and not why.startswith("the same"):
                print(hex(address), why, mine.get(address), places, sep="\n   ")
        print(dict(classes))


def count_frames(stacks, most):
    """Stacks until there are so many different frames of the tree; the tree's size."""
    tree, taken = set(), []
    for stack in stacks:
        if len(tree) >= most:
            break
        names = stack.rsplit(" ", 1)[0].split(";")
        tree.update(";".join(names[:i + 1]) for i in range(len(names)))
        taken.append(stack)
    return taken, len(tree)


def random_walks(stacks, chance):
    """Stacks of the same shape as those given: each goes on as one of them does behind the same
    two frames."""
    follows = collections.defaultdict(list)
    for stack in stacks:
        names = ["", ""] + stack.rsplit(" ", 1)[0].split(";") + [""]
        for a, b, c in zip(names, names[1:], names[2:]):
            follows[a, b].append(c)
    while True:
        names = ["", ""]
        while len(names) < 130 and (name := chance.choice(follows[names[-2], names[-1]])):
            names.append(name)
        yield ";".join(names[2:]) + f" {int(chance.paretovariate(1.2))}"


def make_stacks(folder, args):
    """Folded text of 27,000 frames of a real recording, and of 100,000 and 500,000 like them."""
    data = f"{folder}/real.data"
    with load(folder):
        subprocess.run([args.flame, "record", "-a", "-F", "4999", "20", "--no-svg", "-o", data],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = subprocess.run([args.flame, "fold", "--all", data], check=True, capture_output=True,
                          text=True, errors="replace").stdout
    stacks = text.splitlines()
    chance = random.Random(1)
    chance.shuffle(stacks)
    made = {}
    for name, source, most in (("real", stacks, 27000),
                               ("like it", random_walks(stacks, chance), 100000),
                               ("like it", random_walks(stacks, chance), 500000)):
        taken, n = count_frames(source, most)
        path = made[f"{n:,} frames, {name}"] = f"{folder}/{n}.folded"
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(taken) + "\n")
    return made


def bench_picture(args):
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        # In a process of its own: its time would be counted as the commands'.
        with multiprocessing.Pool(1) as pool:
            made = pool.apply(make_stacks, (folder, args))
        for name, path in made.items():
            svg = {tool: f"{folder}/{tool}.svg" for tool in ("flame", "flamegraph", "inferno")}
            commands = {"flame render": f"{args.flame} render {path} -o {svg['flame']}"}
            if args.flamegraph:
                commands["flamegraph.pl"] = f"{args.flamegraph} {path} >{svg['flamegraph']}"
            if args.inferno:
                commands["inferno-flamegraph"] = f"{args.inferno} {path} >{svg['inferno']}"
            compare(name, commands, 2)
            sizes = {tool: os.path.getsize(file) for tool, file in svg.items()
                     if os.path.exists(file)}
            print("  " + ", ".join(f"{tool} {size / 1e3:.0f} kB (x {size / sizes['flame']:.1f})"
                                   for tool, size in sizes.items()))
            print("  the drawing alone: " +
                  subprocess.run([args.draw, path, svg["flame"]], check=True,
                                 capture_output=True, text=True).stdout, end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fold", "record", "diff", "places", "picture"))
    parser.add_argument("--flame")
    parser.add_argument("--other", help="another build of flame")
    parser.add_argument("--multiply", help="the program made from multiply.c")
    parser.add_argument("--spin", help="the program made from samples/programs/spin.c")
    parser.add_argument("--places", help="the program made from places.c")
    parser.add_argument("--binary", help="a large program with DWARF")
    parser.add_argument("--debug", help="its debug file, if that is another one")
    parser.add_argument("--pairs", type=int, default=20, help="recordings of the same load")
    parser.add_argument("--seconds", type=int, default=10, help="how long each of them is")
    parser.add_argument("--show", action="store_true", help="show what differs")
    parser.add_argument("--stackcollapse", help="FlameGraph's stackcollapse-perf.pl")
    parser.add_argument("--draw", help="the program made from draw.c")
    parser.add_argument("--flamegraph", help="FlameGraph's flamegraph.pl")
    parser.add_argument("--inferno", help="inferno-flamegraph")
    parser.add_argument("--ten", action="store_true", help="also 10 million samples (2 GB)")
    parser.add_argument("--dir", help="where the inputs are made")
    args = parser.parse_args()
    {"fold": bench_fold, "record": bench_record, "diff": bench_diff, "places": bench_places,
     "picture": bench_picture}[args.what](args)


if __name__ == "__main__":
    main()
