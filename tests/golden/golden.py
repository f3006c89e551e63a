#!/usr/bin/env python3
"""golden.py FLAME [NAME…] - compares what flame writes for the inputs in samples/small with the files
in tests/golden/expected, byte for byte, and shows each difference.

golden.py --renew FLAME [NAME…] - writes these files anew. This is done by hand, after a change that is
meant to change an output; read the difference (git diff) before you commit it. The tests never write
them: a missing file is a failure.

The script, the style and the data of a picture are blanked: the browser tests cover them."""

import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INPUTS = HERE.parent.parent / "samples/small"
EXPECTED = HERE / "expected"

# Each file, and the command that writes it to standard output.
COMMANDS = {
    "before.report.txt": "report before.folded",
    "perf-script.report.txt": "report perf-script.txt",
    "before.svg": "render before.folded -o -",
    "perf-script.folded": "fold perf-script.txt",
    "perf-script.tid.folded": "fold perf-script.txt --tid --time 0.015,0.05",
    "spin.folded": "fold spin.data",
    "spin.report.txt": "report spin.data",
    "spin.svg": "render spin.data -o -",
    "diff.txt": "diff before.folded after.folded --no-svg",
    "diff.csv": "diff before.folded after.folded --no-svg --format csv",
    "diff.json": "diff before.folded after.folded --no-svg --format json",
    "diff.svg": "diff before.folded after.folded -o -",
}


def output(flame, command):
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run([flame, *command.split()], cwd=INPUTS, stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, stderr=errors, check=False)
        errors.seek(0)
        if done.returncode:
            sys.exit(f"flame {command}: exit {done.returncode}: {errors.read().decode()}")
    return done.stdout


def static_part(picture):
    """The picture with its script, its style and its data blanked."""
    picture = re.sub(rb"(<script[^>]*>).*?(</script>)", rb"\1...\2", picture, flags=re.S)
    picture = re.sub(rb"(<style[^>]*>).*?(</style>)", rb"\1...\2", picture, flags=re.S)
    return re.sub(rb"(<metadata[^>]*>).*?(</metadata>)", rb"\1...\2", picture, flags=re.S)


def difference(name, expected, got):
    lines = [text.decode(errors="backslashreplace").split("\n") for text in (expected, got)]
    diff = list(difflib.unified_diff(*lines, f"tests/golden/expected/{name}", "flame", lineterm=""))
    return "\n".join(line if len(line) < 300 else line[:300] + "…" for line in diff[:60])


def main():
    args = sys.argv[1:]
    renew = args[:1] == ["--renew"]
    flame, *names = args[1:] if renew else args
    flame = pathlib.Path(flame).resolve()
    failed = 0
    for name, command in COMMANDS.items():
        if names and name not in names:
            continue
        got = output(flame, command)
        if name.endswith(".svg"):
            got = static_part(got)
        path = EXPECTED / name
        if renew:
            path.write_bytes(got)
        elif not path.exists():
            failed += 1
            print(f"{name}: tests/golden/expected/{name} is missing")
        elif path.read_bytes() != got:
            failed += 1
            print(f"{name}: 'flame {command}' in samples/small writes something else:")
            print(difference(name, path.read_bytes(), got))
    if not renew:
        unknown = {path.name for path in EXPECTED.iterdir()} - COMMANDS.keys()
        failed += len(unknown)
        for name in sorted(unknown):
            print(f"tests/golden/expected/{name} belongs to no command")
    if failed:
        print("\nIf the new outputs are meant: tests/golden/golden.py --renew build/dev/flame, then read "
              "git diff.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
