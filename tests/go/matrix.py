#!/usr/bin/env python3
"""Builds Go programs with symbols and without, in every way that the linker has, and compares
the names that flame finds in both.

    matrix.py SYMBOLS WORK [--go GO]... [--downloaded] [--kind KIND]... [--keep]

SYMBOLS is the program made from tests/go/symbols.c; WORK a folder that may stay for the next
time. GO is a go command, "go" if none is named; --downloaded adds the toolchains in Go's module
cache (GOTOOLCHAIN=go1.22.12 go version brings one there).

For each pair: every function of Go that the whole build has in its symbol table must have that
name, in the spelling of Go's own table, in the stripped one, at that offset; and every name of
the stripped one must be in the symbol table at that offset. The symbol table is read here, not
by flame; what flame reads from it must agree as well. Exits with 0 if all pairs agree, 77 if
there is no Go.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

MAIN = """package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
%s)

type shape interface{ area() float64 }
type square struct{ a float64 }
type table struct{ rows []shape }

//go:noinline
func (s *square) area() float64 { return s.a * s.a }

//go:noinline
func (t table) each(f func(shape)) {
	defer func() { recover() }()
	for _, s := range t.rows {
		f(s)
	}
}

func main() {
	sum := 0.0
	t := table{[]shape{&square{2}, &square{3}}}
	sort.Slice(t.rows, func(i, j int) bool { return t.rows[i].area() < t.rows[j].area() })
	t.each(func(s shape) { sum += s.area() })
	b, err := json.Marshal(map[string]float64{strings.ToUpper(os.Args[0]): sum})
	go func() { fmt.Println(string(b), err, more()) }()
	time.Sleep(time.Millisecond)
}
"""
GENERIC = """package main

type number interface{ ~int | ~float64 }

//go:noinline
func total[T number](list ...T) (sum T) {
	for _, v := range list {
		sum += v
	}
	return sum
}

type pair[K comparable, V any] struct {
	k K
	v V
}

//go:noinline
func (p *pair[K, V]) swap(k K, v V) (K, V) {
	p.k, k = k, p.k
	p.v, v = v, p.v
	return k, v
}

func more() string {
	p := pair[string, float64]{"a", total(1.0, 2.5)}
	p.swap("b", float64(total(1, 2)))
	return p.k
}
"""
PLAIN = "package main\n\nfunc more() string { return \"\" }\n"
CGO = """package main

/*
static int twice(int n) { return 2 * n; }
static int from_c(int n) { return twice(n) + 1; }
*/
import "C"

//export exported
func exported(n C.int) C.int { return C.from_c(n) }
"""

# The additions of each kind to 'go build'; 'net' and 'cgo' choose the program's C parts.
Kind = collections.namedtuple("Kind", "flags ldflags env c suffix since")


def kind(flags="", ldflags="", env="", c="", suffix="", since=16):
    return Kind(flags.split(), ldflags, dict(e.split("=", 1) for e in env.split()), c, suffix, since)


ARM = "GOARCH=arm64 CGO_ENABLED=0"
ARM_C = "GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc"
KINDS = {
    "static": kind(env="CGO_ENABLED=0"),
    "no-build-id": kind(ldflags="-buildid=", env="CGO_ENABLED=0"),
    "pie": kind("-buildmode=pie", env="CGO_ENABLED=0"),
    "net": kind(c="net"),
    "cgo": kind(c="cgo"),
    "external": kind(ldflags="-linkmode=external", c="net"),
    "external-pie": kind("-buildmode=pie", "-linkmode=external", c="net"),
    "external-static": kind(ldflags="-linkmode=external -extldflags=-static", c="cgo"),
    "external-lld": kind("-buildmode=pie", "-linkmode=external -extldflags=-fuse-ld=lld", c="cgo"),
    "external-relr": kind("-buildmode=pie", "-linkmode=external "
                          "'-extldflags=-fuse-ld=lld -Wl,--pack-dyn-relocs=relr'", c="cgo"),
    "plugin": kind("-buildmode=plugin", c="cgo", suffix=".so"),
    "c-shared": kind("-buildmode=c-shared", c="cgo", suffix=".so"),
    "arm64": kind(env=ARM),
    "arm64-pie": kind("-buildmode=pie", env=ARM),
    "arm64-cgo": kind(c="cgo", env=ARM_C),
    "arm64-external-pie": kind("-buildmode=pie", "-linkmode=external", env=ARM_C, c="net"),
}
STRIPPED = {
    "-s": lambda b: b.build("-s"),
    "-s -w": lambda b: b.build("-s -w"),
    "strip": lambda b: b.strip(),
    "strip --strip-unneeded": lambda b: b.strip("--strip-unneeded"),
}


class Elf:
    """The symbols of a little-endian ELF file of 64 bits."""

    def __init__(self, path):
        self.data = data = pathlib.Path(path).read_bytes()
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: not an ELF file of 64 bits")
        phoff, shoff = struct.unpack_from("<QQ", data, 32)
        phnum, = struct.unpack_from("<H", data, 56)
        shnum, shstrndx = struct.unpack_from("<HH", data, 60)
        self.loads = []
        for i in range(phnum):
            kind, flags, offset, vaddr, _, size = struct.unpack_from("<IIQQQQ", data, phoff + 56 * i)
            if kind == 1:
                self.loads.append((vaddr, size, offset, flags & 1))
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + 64 * i) for i in range(shnum)]
        self.names = [self.string(shstrndx, s[0]) for s in self.sections]

    def string(self, section, at):
        start = self.sections[section][4] + at
        return self.data[start:self.data.index(b"\0", start)].decode()

    def offset(self, vaddr):
        for start, size, offset, is_exec in self.loads:
            if is_exec and start <= vaddr < start + size:
                return vaddr - start + offset
        return None

    def symbols(self):
        """(name, vaddr, type) of every defined symbol."""
        for s in self.sections:
            if s[1] != 2:
                continue
            for at in range(s[4] + 24, s[4] + s[5], 24):
                name, info, _, section, vaddr, _ = struct.unpack_from("<IBBHQQ", self.data, at)
                if section:
                    yield self.string(s[6], name), vaddr, info & 15


def spellings(name, minor):
    """What a symbol's name may be in the table: without the mark of its calling convention, with the
    middle dots that the symbol table has lost (cmd/link/internal/ld/symtab.go), and from Go 1.18 to
    1.20 with '[...]' for everything between brackets (ld/pcln.go, nameParts)."""
    name = re.sub(r"\.(abi0|abiinternal)$", "", name)
    if 18 <= minor <= 20 and "[" in name and "]" in name:
        return {name, name[:name.index("[")] + "[...]" + name[name.rindex("]") + 1:]}
    return {name}


def undotted(name):
    return name.replace("·", ".")


def go_functions(path, minor):
    """Offset -> names, of the symbols between runtime.text and runtime.etext; and where these
    are."""
    elf = Elf(path)
    symbols = list(elf.symbols())
    place = {name: vaddr for name, vaddr, _ in symbols}
    text, etext = place["runtime.text"], place["runtime.etext"]
    found = collections.defaultdict(set)
    for name, vaddr, kind in symbols:
        # Marks (types of data, $d) are no functions, nor are the sections of objects of C.
        if kind not in (0, 2) or not text <= vaddr < etext or not name:
            continue
        if name in ("runtime.text", "runtime.etext", "_text", "_etext", "text", "etext"):
            continue
        if re.match(r"\$[xd]", name) or re.search(r"\(\.[^)]*\)$", name):
            continue
        found[elf.offset(vaddr)] |= spellings(undotted(name), minor)
    return found, elf.offset(text), elf.offset(etext - 1) + 1


def run(args, **more):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, **more)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip())
    return done.stdout


class Builds:
    """The builds of one kind with one Go."""

    def __init__(self, go, version, kind, work, env):
        self.go, self.version, self.kind, self.work = go, version, kind, work
        self.env = {**env, **kind.env}
        self.arch = self.env.get("GOARCH", "amd64")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        (work / "go.mod").write_text(f"module example.org/matrix\n\ngo 1.{version}\n")
        imports = '\t"net"\n\t"os/user"\n' if kind.c else ""
        main = MAIN % imports
        if kind.c:
            main += "\nvar sink = []interface{}{net.LookupHost, user.Current}\n"
        (work / "main.go").write_text(main)
        (work / "more.go").write_text(GENERIC if version >= 18 else PLAIN)
        if kind.c == "cgo":
            (work / "cgo.go").write_text(CGO)
        self.whole = self.build("", "whole")

    def build(self, ldflags, name="stripped"):
        out = self.work / (name + self.kind.suffix)
        all_flags = " ".join(f for f in (self.kind.ldflags, ldflags) if f)
        run([self.go, "build", *self.kind.flags, "-ldflags=" + all_flags, "-o", out, "."],
            cwd=self.work, env=self.env)
        return out

    def strip(self, *flags):
        out = self.work / "stripped"
        tool = "aarch64-linux-gnu-strip" if self.arch == "arm64" else "strip"
        run([tool, *flags, "-o", out, self.whole])
        return out


def names_of(symbols, path):
    """Offset -> name, as flame has it."""
    found = {}
    for line in run([symbols, path]).splitlines():
        start, _, name = line.split(" ", 2)
        found[int(start, 16)] = name
    return found


def frames_of(symbols, path):
    return [line.split(" ", 4) for line in run([symbols, "--functions", path]).splitlines()]


def compare(symbols, builds, stripped, faults):
    """Appends what is wrong to 'faults'; the number of functions that agree."""
    minor = builds.version
    wanted, text, etext = go_functions(builds.whole, minor)
    found = {at: name for at, name in names_of(symbols, stripped).items() if text <= at < etext}
    whole = names_of(symbols, builds.whole)
    frames = {int(f[0], 16): f[4] for f in frames_of(symbols, stripped)}
    agree = 0
    for at, names in wanted.items():
        if undotted(found.get(at, "")) in names:
            agree += 1
        elif at in found:
            faults.append(f"{at:x}: '{found[at]}' is {sorted(names)}")
        else:
            faults.append(f"{at:x}: {sorted(names)} has no name")
    for at, name in found.items():
        if at not in wanted:
            faults.append(f"{at:x}: '{name}' is no symbol")
        elif undotted(whole.get(at, "")) not in wanted[at]:
            faults.append(f"{at:x}: with symbols '{whole.get(at)}', which is {sorted(wanted[at])}")
    for at, name in frames.items():
        # Modules that are loaded have hashes for the names of types: ld/symtab.go, typeSymbolMangle.
        hashed = any(re.search(r"^(local\.)?type:?\.\S{6,10}$", n) for n in wanted.get(at, ()))
        if undotted(name) not in wanted.get(at, ()) and not hashed:
            faults.append(f"{at:x}: frame of '{name}' is {sorted(wanted.get(at, ()))}")
    if frames.keys() - wanted.keys() or wanted.keys() - frames.keys():
        faults.append(f"{len(frames)} frames for {len(wanted)} functions")
    return agree


def minor_of(go, env):
    version = run([go, "version"], env=env).split()[2]
    return int(re.match(r"go1\.(\d+)", version)[1]), version


def toolchains(args, env):
    found = args.go or ([shutil.which("go")] if shutil.which("go") else [])
    if args.downloaded and found:
        cache = run([found[0], "env", "GOMODCACHE"], env=env).strip()
        found += sorted(pathlib.Path(cache, "golang.org").glob("toolchain@*.linux-amd64/bin/go"))
    versions = sorted((*minor_of(go, env), str(go)) for go in found)
    return [(minor, version, go) for minor, version, go in versions if minor >= 16]


def has_tools(kind):
    tools = [kind.env.get("CC", "cc")] if kind.c or "external" in kind.ldflags else []
    if "lld" in kind.ldflags:
        tools.append("ld.lld")
    if kind.env.get("GOARCH") == "arm64":
        tools.append("aarch64-linux-gnu-strip")
    return [t for t in tools if not shutil.which(t)]


def check_kind(args, minor, version, go, name, env):
    """How many faults there are; a line for each way to strip."""
    kind = KINDS[name]
    missing = has_tools(kind)
    if missing:
        print(f"{version:10} {name:20} skipped: no {' '.join(missing)}", flush=True)
        return 0
    try:
        builds = Builds(go, minor, kind, args.work / version / name, env)
    except RuntimeError as why:
        print(f"{version:10} {name:20} does not build: {str(why).splitlines()[-1]}", flush=True)
        return 0
    total = 0
    for how, strip in STRIPPED.items():
        faults = []
        try:
            agree = compare(args.symbols, builds, strip(builds), faults)
        except RuntimeError as why:
            agree = 0
            faults.append(str(why))
        print(f"{version:10} {name:20} {how:24} {agree:6} agree, {len(faults)} wrong", flush=True)
        for fault in faults[:5]:
            print("    " + fault, flush=True)
        total += len(faults)
    if not args.keep:
        shutil.rmtree(builds.work)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("symbols")
    parser.add_argument("work", type=lambda p: pathlib.Path(p).absolute())
    parser.add_argument("--go", action="append", default=[])
    parser.add_argument("--downloaded", action="store_true")
    parser.add_argument("--kind", action="append", choices=KINDS, default=[])
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    env = {**os.environ, "GOENV": "off", "GOFLAGS": "", "GO111MODULE": "on", "GOPROXY": "off",
           "GOTOOLCHAIN": "local", "GOCACHE": str(args.work / "cache")}
    env.pop("GOROOT", None)
    gos = toolchains(args, env)
    if not gos:
        print("skipped: no Go of version 1.16 or later")
        return 77
    faults = 0
    for minor, version, go in gos:
        for name in args.kind or KINDS:
            faults += check_kind(args, minor, version, go, name, env)
    print(f"{faults} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
