"""The rules. Each is a function over a Tree that yields (path, line, what, complaint); 'what' is
the word by which tests/lint/exceptions.txt may allow it."""

import fnmatch
import pathlib
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from tree import folder_of

HERE = pathlib.Path(__file__).parent
FOLDER_MODULES = 25
FILE_LINES = 500
FUNCTION_LINES = 50

MEMORY = ("malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf getline "
          "getdelim open_memstream aligned_alloc posix_memalign").split()
TALK = ("printf vprintf fprintf vfprintf dprintf vdprintf puts putchar fputs fputc putc perror "
        "psignal exit _exit _Exit quick_exit abort getenv secure_getenv setenv unsetenv putenv "
        "getopt getopt_long err errx warn warnx").split()


def layers(tree):
    """Includes, and what a CMake target links, follow the table."""
    for folder, allowed in tree.layers.items():
        if not (tree.root / folder).is_dir() or not set(allowed) <= set(tree.layers):
            yield "docs/architecture.md", 1, folder, f"no such folder in row '{folder}'"
    for s in tree.product():
        allowed = tree.layers.get(s.folder, []) + [s.folder]
        for line, is_system, name in s.includes():
            other = folder_of(name, tree.layers)
            if not is_system and other in tree.layers and other not in allowed:
                yield s.path, line, name, f"{s.folder}/ may not include '{name}'"
    for folder in tree.layers:
        yield from links(tree, folder)


def links(tree, folder):
    path = tree.root / folder / "CMakeLists.txt"
    text = path.read_text() if path.exists() else ""
    for block in re.findall(r"flame_module\(([^)]*)\)", text):
        used = re.search(r"\bUSES\b((?:\s+(?!SOURCES|LIBRARIES)[\w.-]+)*)", block)
        targets = {name.replace("/", "_"): name for name in tree.layers}
        for other in used.group(1).split() if used else []:
            if other in targets and targets[other] not in tree.layers[folder]:
                yield f"{folder}/CMakeLists.txt", 1, other, f"{folder} may not link {other}"


def quotes(tree):
    """Our own headers are named from the top, and exist; "generated/…" comes from the build."""
    for s in tree.c_files():
        for line, is_system, name in s.includes():
            if is_system or name.startswith("generated/") or name in tree.by_path:
                continue
            yield s.path, line, name, f"'{name}' is no header of ours, named from the top"


def circles(tree):
    """No circle between modules, where a module is a .h with its .c; nor between folders."""
    modules, folders = {}, {}
    for s in tree.product():
        module = s.path.rsplit(".", 1)[0]
        for _, is_system, name in s.includes():
            other = name.rsplit(".", 1)[0]
            if is_system or name not in tree.by_path:
                continue
            if other != module:
                modules.setdefault(module, set()).add(other)
            other = folder_of(name, tree.layers)
            if other != s.folder:
                folders.setdefault(s.folder, set()).add(other)
    for graph in (modules, folders):
        for circle in circles_of(graph):
            yield circle[0], 1, circle[0], "circle: " + " -> ".join(circle)


def circles_of(graph):
    """One circle for each group of nodes that reach each other."""
    def path_back(start):
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop(0)
            for other in sorted(graph.get(way[-1], ())):
                if other == start:
                    return way + [start]
                if other not in seen:
                    seen.add(other)
                    ways.append(way + [other])
        return None

    told = set()
    for node in sorted(graph):
        way = None if node in told else path_back(node)
        if way:
            told |= set(way)
            yield way


def libraries(tree):
    """Each library is included where the table says, and by no header."""
    system = [w for line in (HERE / "system_headers.txt").read_text().split("\n")
              if not line.startswith("#") for w in line.split()]
    for s in tree.c_files():
        for line, is_system, name in s.includes():
            if not is_system:
                continue
            owner = next((lib for lib in tree.libraries if lib.owns(name)), None)
            if owner and s.is_header and s.folder in tree.layers:
                yield s.path, line, name, f"<{name}> of {owner.name} in a header"
            elif owner and not owner.lives_in(s):
                yield s.path, line, name, f"<{name}>: {owner.name} does not live here"
            elif not owner and not any(fnmatch.fnmatch(name, p) for p in system):
                yield s.path, line, name, f"<{name}> belongs to no library that is listed"


def permits(tree):
    """A row of the table of libraries permits what somebody does."""
    for library in tree.libraries:
        for home in library.homes if library.headers else []:
            if not any(library.owns(name) for s in tree.c_files() if home in (s.path, s.folder)
                       for _, is_system, name in s.includes() if is_system):
                yield "docs/architecture.md", 1, library.name, \
                    f"{home} does not include {library.name}"


def rooms(tree):
    """A folder holds as many modules as a reader can keep in mind."""
    for folder in tree.layers:
        modules = {s.path.rsplit(".", 1)[0] for s in tree.product() if s.folder == folder}
        if len(modules) > FOLDER_MODULES:
            yield folder, 1, folder, f"{len(modules)} modules, more than {FOLDER_MODULES}"


def budgets(tree):
    """Files that the table of sizes names are small, each alone or all together."""
    for pattern, each, together in tree.budgets:
        files = [s for s in tree.sources
                 if fnmatch.fnmatchcase(s.path, pattern) and s.path.count("/") == pattern.count("/")]
        if not files:
            yield "docs/architecture.md", 1, pattern, f"no file is '{pattern}'"
        for s in files:
            if each and s.length > each:
                yield s.path, s.length, "file", f"{s.length} lines, more than {each} ({pattern})"
        n = sum(s.length for s in files)
        if together and n > together:
            yield "docs/architecture.md", 1, pattern, \
                f"{pattern} has {n} lines, more than {together}"


def calls(s, names):
    pattern = r"(?<![\w.>])(" + "|".join(names) + r")\s*\("
    for m in re.finditer(pattern, s.code):
        yield s.line_of(m.start()), m.group(1)


def memory(tree):
    """Memory comes from base/ alone, which never fails."""
    for s in tree.product():
        if s.folder != "base":
            for line, name in calls(s, MEMORY):
                yield s.path, line, name, f"{name}() outside base/: see base/mem.h"


def talk(tree):
    """Only cli/ prints, exits and reads the environment."""
    for s in tree.product():
        if s.folder.split("/")[0] != "cli":
            for line, name in calls(s, TALK):
                yield s.path, line, name, f"{name}() outside cli/"
        if s.path != "cli/live/standard_error.c":
            for m in re.finditer(r"\bstderr\b", s.code):
                yield (s.path, s.line_of(m.start()), "stderr",
                       "stderr outside cli/live/standard_error.c")


def typedefs(tree):
    """A struct is called a struct."""
    for s in tree.c_files():
        for m in re.finditer(r"\btypedef\s+(struct|union)\b", s.code):
            yield s.path, s.line_of(m.start()), "typedef", f"typedef {m.group(1)}"


def state(tree):
    """No mutable variable outlives its function."""
    local = re.compile(r"^[ \t]*static\s+(?!inline\b)([^;={(\n]*[\w\]])\s*(?:=|;)", re.M)
    outer = re.compile(r"^(?!static\b|typedef\b|extern\b|return\b|goto\b)"
                       r"((?:(?:const|unsigned|struct|enum|union)\s+)*\w+[ \t*]+\w+(?:\[\w*\])*)"
                       r"\s*(?:=|;)", re.M)
    forward = re.compile(r"(struct|enum|union)\s+\w+$")
    for s in tree.product():
        for pattern in (local, outer):
            for m in pattern.finditer(s.code):
                what = m.group(1)
                if re.search(r"\bconst\b", what) or forward.match(what):
                    continue
                name = re.findall(r"\w+", re.sub(r"\[.*", "", what))[-1]
                yield s.path, s.line_of(m.start(1)), name, f"'{name}' is a mutable variable"


def sizes(tree):
    """A file has one reason to change; a function fits on a screen."""
    for s in tree.sources:
        if s.length > FILE_LINES:
            yield s.path, s.length, "file", f"{s.length} lines, more than {FILE_LINES}"
        if s.is_c:
            for line, name, n in functions(s):
                if n > FUNCTION_LINES:
                    yield s.path, line, name, f"{name}() has {n} lines, more than {FUNCTION_LINES}"


def functions(s):
    """(line, name, lines) of each function, told by the brace in the first column."""
    start = None
    lines = s.code.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("{"):
            start = at
        elif line.startswith("}") and start is not None:
            head = " ".join(lines[max(0, start - 6):start])
            names = re.findall(r"(\w+)\s*\(", head)
            names = [w for w in names if not w.startswith("__")]
            yield start + 1, names[-1] if names else "?", at - start + 1
            start = None


def headers(tree, compiler):
    """Every header of ours compiles alone, and twice."""
    def compile_one(s):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
            f.write(f'#include "{s.path}"\n' * 2 + "int flame_lint;\n")
            f.flush()
            done = subprocess.run(
                [compiler, "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                 "-I", str(tree.root), "-fsyntax-only", f.name],
                capture_output=True, text=True, check=False)
        wrong = [l for l in done.stderr.split("\n") if "error" in l]
        return s.path, done.returncode, wrong[0] if wrong else done.stderr[:200]

    with ThreadPoolExecutor(2) as pool:
        ours = [s for s in tree.product() if s.is_header]
        for path, status, why in pool.map(compile_one, ours):
            if status:
                yield path, 1, "alone", f"does not compile alone: {why}"


RULES = [layers, quotes, circles, libraries, permits, rooms, budgets, memory, talk, typedefs,
         state, sizes]
