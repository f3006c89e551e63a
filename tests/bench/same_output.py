#!/usr/bin/env python3
"""same_output.py OLD NEW CASES… - runs two builds of flame over all files of the folders CASES and
compares their output byte for byte: fold, report as table, JSON and CSV, render, diff. The script, style and
data of pictures are left out, and so is --ignore PATTERN. Prints one line for each difference; exit 1 if there
is one. KEEP=FOLDER keeps both outputs of each difference."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMANDS = {
    "fold": ["fold", "{0}"],
    "fold-all": ["fold", "--idle", "--by", "comm,pid,tid", "--addrs", "{0}"],
    "fold-exact": ["fold", "--exact", "{0}"],
    "report": ["report", "{0}"],
    "report-json": ["report", "--format", "json", "{0}"],
    "report-csv": ["report", "--format", "csv", "{0}"],
    "render": ["render", "{0}", "-o", "-"],
    "diff": ["diff", "{0}", "{1}", "--format", "json", "-o", "{out}.svg"],
    "diff-table": ["diff", "{0}", "{1}", "--no-svg", "--share"],
}
CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.S)
DATA = re.compile(rb"(<metadata id=\"data\">)[^<]*")


def run(flame, words, ignore):
    with tempfile.TemporaryDirectory() as folder:
        words = [w.replace("{out}", folder + "/out") for w in words]
        done = subprocess.run([flame, *words], capture_output=True, timeout=600, check=False,
                              cwd=folder, stdin=subprocess.DEVNULL)
        svg = pathlib.Path(folder, "out.svg")
        text = done.stdout + (svg.read_bytes() if svg.exists() else b"")
        errors = done.stderr.replace(folder.encode(), b"")
    text = DATA.sub(rb"\1", CDATA.sub(b"", text))
    for pattern in ignore:
        text = re.sub(pattern, b"", text)
    return done.returncode, text, errors


def compare(args, name, files):
    words = [w.format(*files, out="{out}") for w in COMMANDS[name]]
    old, new = (run(flame, words, args.ignore) for flame in (args.old, args.new))
    if old[:2] == new[:2] and (old[2] == new[2] or not args.stderr):
        return None
    keep = os.environ.get("KEEP")
    if keep:
        stem = pathlib.Path(keep, f"{name}-{'-'.join(pathlib.Path(f).name for f in files)}")
        stem.parent.mkdir(parents=True, exist_ok=True)
        for kind, result in (("old", old), ("new", new)):
            pathlib.Path(f"{stem}.{kind}").write_bytes(result[1] + result[2])
    part = "status" if old[0] != new[0] else "output" if old[1] != new[1] else "messages"
    return f"{name} {' '.join(files)}: {part} differs ({old[0]}, {len(old[1])} bytes; " \
        f"{new[0]}, {len(new[1])} bytes)"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--ignore", action="append", type=os.fsencode, default=[])
    parser.add_argument("--stderr", action="store_true", help="compare messages, too")
    parser.add_argument("--only", action="append", choices=COMMANDS)
    args = parser.parse_args()
    args.old, args.new = (os.path.abspath(p) for p in (args.old, args.new))
    files = sorted(str(p) for c in args.cases for p in pathlib.Path(c).resolve().rglob("*")
                   if p.is_file())
    jobs = []
    for name in args.only or COMMANDS:
        if name.startswith("diff"):
            jobs += [(name, pair) for pair in zip(files, files[1:])]
        else:
            jobs += [(name, (f,)) for f in files]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [r for r in pool.map(lambda job: compare(args, *job), jobs) if r]
    print("\n".join(found + [f"{len(jobs)} comparisons, {len(found)} differences"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
