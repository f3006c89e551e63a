"""The programs with callchains to check: how each is built and started, and the tools that it
needs. Their sources are in programs/; the argument of each is the seconds that it runs."""

import collections
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "programs")

# 'needs' are commands; 'build' and 'run' are commands with {src}, {out} (a folder of the program's
# own) and {seconds}. 'env' is for both. 'attach': flame gets -p instead of the command.
Program = collections.namedtuple("Program", "name needs build run env attach", defaults=({}, False))

C = "cc -O2 -g -Wall -D_GNU_SOURCE {src}/%s.c -o {out}/%s -lm -lpthread"
GO = "go build %s -o {out}/%s {src}/%s.go"
STATIC = {"CGO_ENABLED": "0"}
PHP_JIT = ("php -n -d zend_extension=opcache -d opcache.enable_cli=1 -d opcache.jit_buffer_size=64M"
           " -d opcache.jit=tracing -d opcache.file_update_protection=0")


def c_program(name, source=None, flags="", needs=("cc",)):
    source = source or name
    return Program(name, needs, f"{C % (source, name)} {flags}", f"{{out}}/{name} {{seconds}}")


def go_program(name, source, flags, env, needs=("go",), attach=False):
    return Program(name, needs, GO % (flags, name, source), f"{{out}}/{name} {{seconds}}", env,
                   attach)


PROGRAMS = (
    c_program("calls"),
    c_program("calls-fp", "calls", "-fno-omit-frame-pointer"),
    c_program("calls-static", "calls", "-static -s"),
    c_program("skip", flags="-O1 -fno-optimize-sibling-calls"),
    c_program("signals"),
    c_program("threads"),
    c_program("spawns"),
    Program("c++", ("c++",), "c++ -std=c++17 -O2 -g {src}/objects.cc -o {out}/objects",
            "{out}/objects {seconds}"),
    Program("rust", ("rustc",), "rustc -O {src}/crates.rs -o {out}/crates",
            "{out}/crates {seconds}"),
    go_program("go", "goroutines", "", STATIC),
    go_program("go-stripped", "goroutines", "-ldflags=-s", STATIC, attach=True),
    go_program("go-pie", "goroutines", "-buildmode=pie", STATIC),
    go_program("cgo", "callbacks", "", {"CGO_ENABLED": "1"}, ("go", "cc")),
    go_program("cgo-stripped", "callbacks", "-ldflags=-s", {"CGO_ENABLED": "1"}, ("go", "cc")),
    Program("node", ("node",), "", "node {src}/script.js {seconds}", attach=True),
    Program("python", ("python3",), "", "python3 {src}/script.py {seconds}"),
    Program("numpy", ("numpy",), "", "{numpy} {src}/arrays.py {seconds}"),
    Program("php", ("php",), "", "php -n {src}/script.php {seconds}"),
    Program("php-jit", ("php", "opcache"), "", PHP_JIT + " {src}/script.php {seconds}"),
    Program("java", ("javac", "java"), "javac -d {out} {src}/Objects.java",
            "java -cp {out} Objects {seconds}"),
    Program("java-fp", ("javac", "java"), "javac -d {out} {src}/Objects.java",
            "java -XX:+PreserveFramePointer -cp {out} Objects {seconds}", attach=True),
    Program("perl", ("perl",), "", "perl {src}/script.pl {seconds}"),
    Program("openssl", ("openssl",), "", "openssl speed -seconds {seconds} -bytes 8192 "
            "-evp aes-128-gcm -mr"),
    Program("compiler", ("cc",), "", "sh {src}/compile.sh {src}/calls.c {out} {seconds}"),
    Program("nginx", ("nginx", "openssl", "python3"), "", "python3 {src}/nginx.py {out} {seconds}"),
)


def numpy_python():
    """An interpreter that has numpy, or None."""
    for python in (sys.executable, "/usr/bin/python3", "python3"):
        if shutil.which(python) and subprocess.run(
                [python, "-c", "import numpy"], check=False, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


class Workshop:
    """Builds programs in a folder, each once as long as its sources are older."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.numpy = numpy_python()

    def lacks(self, program):
        """A tool that the program needs and that is missing, or None."""
        there = {"numpy": lambda: self.numpy,
                 "opcache": lambda: glob.glob("/usr/lib/php/*/opcache.so")}
        for need in program.needs:
            if not there.get(need, lambda name=need: shutil.which(name))():
                return need
        return None

    def _words(self, template, program, seconds=0):
        out = os.path.join(self.folder, program.name)
        os.makedirs(out, exist_ok=True)
        return [word.format(src=SOURCES, out=out, seconds=seconds, numpy=self.numpy)
                for word in template.split()]

    def environment(self, program):
        return {**os.environ, "GOTOOLCHAIN": "local", **program.env}

    def build(self, program):
        """None, or the error."""
        done = os.path.join(self.folder, program.name, ".built")
        words = self._words(program.build, program)
        if not words:
            return None
        sources = [os.path.getmtime(f) for f in glob.glob(f"{SOURCES}/**", recursive=True)]
        stamp = f"{' '.join(words)} {shutil.which(words[0])}"
        if (os.path.exists(done) and os.path.getmtime(done) > max(sources)
                and open(done, encoding="utf-8").read() == stamp):
            return None
        built = subprocess.run(words, env=self.environment(program), capture_output=True, text=True,
                               check=False, stdin=subprocess.DEVNULL)
        if built.returncode:
            return f"{' '.join(words)}: {built.stderr.strip()[-400:]}"
        with open(done, "w", encoding="utf-8") as f:
            f.write(stamp)
        return None

    def command(self, program, seconds):
        return self._words(program.run, program, seconds)
