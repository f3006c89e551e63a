#!/usr/bin/env python3
"""boot.py SUITE FOLDER PROGRAMS FLAME [CASE…] - runs cases on the kernel of a Debian suite.

FOLDER keeps the kernels that fetch.py brings, PROGRAMS is the folder of the sample programs. The
virtual machine has two CPUs, no disk and no network. Its root file system holds busybox, flame with
its libraries, the sample programs, modules of the kernel, and the cases (all, or those named). Prints
one line for each case, after the output of a case that failed. Exit status 1: a case failed, or the
machine did not end in time. 77: the kernel, QEMU or busybox cannot be had.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = int(os.environ.get("FLAME_KERNEL_SECONDS", "3600"))  # QEMU emulates every instruction
MODULES = ["overlay", "btrfs", "xfs", "squashfs", "fuse", "loop", "dm_mod", "dm_flakey", "ext4"]
TOOLS = ["mkfs.btrfs", "mkfs.xfs", "mkfs.ext4", "dmsetup", "unshare", "setpriv"]
PODMAN = ["podman", "crun", "conmon"]
LINKED = ["linked_fifo", "linked_zero", "linked_other"]
LAST = ["lockdown"]  # cases that change the machine for good
LINE_MAX = 300
CONTROLS = re.compile(r"\x1b(?:c|\[[?0-9;]*[a-zA-Z])|\r")  # of the console
# The BIOS may end its last line late.
RESULT = re.compile(r"\bcase (\S+): (passed|failed|skipped)(.*)$")


def libraries(program):
    """The files that the dynamic linker loads for a program, itself included."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def add_program(root, source, target):
    """Copies a program to 'target' in the root, and its libraries to their paths."""
    shutil.copy(source, os.path.join(root, target))
    for path in libraries(source):
        place = root + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if not os.path.exists(place):
            shutil.copy(path, place)


def add_modules(root, kernel):
    """Copies the modules and the modules that they need, in the order of loading."""
    with open(os.path.join(kernel, "release"), encoding="ascii") as file:
        release = file.read().strip()
    with tempfile.TemporaryDirectory() as work:
        place = os.path.join(work, "lib/modules")
        os.makedirs(place)
        os.symlink(os.path.join(kernel, "modules"), os.path.join(place, release))
        subprocess.run(["depmod", "-b", work, release], check=True)
        made = os.path.join(work, "lib/modules", release, "modules.dep")
        with open(made, encoding="ascii") as file:
            depends = dict(line.rstrip("\n").split(":", 1) for line in file)
    by_name = {os.path.basename(path).split(".")[0].replace("-", "_"): path for path in depends}
    os.makedirs(os.path.join(root, "modules"))
    for name in MODULES:
        path = by_name.get(name)
        needed = [*reversed(depends[path].split()), path] if path else []
        files = [add_module(root, os.path.join(kernel, "modules", p)) for p in needed]
        with open(os.path.join(root, "modules", f"{name}.list"), "w", encoding="ascii") as file:
            file.writelines(f"{path}\n" for path in files)


def add_module(root, path):
    name = os.path.basename(path).removesuffix(".xz")
    place = os.path.join(root, "modules", name)
    if path.endswith(".xz"):
        with open(place, "wb") as file:
            subprocess.run(["xz", "-dc", path], stdout=file, check=True)
    else:
        shutil.copy(path, place)
    return f"/modules/{name}"


def make_root(root, kernel, programs, flame, cases):
    for folder in ("bin", "sbin", "proc", "sys", "dev", "tmp", "usr/bin", "usr/sbin", "etc", "root",
                   "run", "cases", "programs", "lib64"):
        os.makedirs(os.path.join(root, folder))
    shutil.copy(shutil.which("busybox"), os.path.join(root, "bin/busybox"))
    add_program(root, flame, "bin/flame")
    for tool in filter(shutil.which, TOOLS):
        add_program(root, os.path.realpath(shutil.which(tool)), f"usr/bin/{tool}")
    for name in ("split", "spin", "reload"):
        add_program(root, os.path.join(programs, name), f"programs/{name}")
    for name in ("plugin_a.so", "plugin_b.so"):
        shutil.copy(os.path.join(programs, name), os.path.join(root, "programs"))
    add_podman(root)
    add_linked(root)
    add_image(root)
    add_modules(root, kernel)
    shutil.copy(os.path.join(HERE, "init"), os.path.join(root, "init"))
    shutil.copy(os.path.join(HERE, "lib.sh"), os.path.join(root, "cases/lib.sh"))
    for case in cases:
        shutil.copy(os.path.join(HERE, "cases", f"{case}.sh"), os.path.join(root, "cases"))


def add_podman(root):
    """podman with its configuration, crun, and conmon, which watches a container."""
    if not all(shutil.which(tool) for tool in PODMAN):
        return
    for tool in PODMAN:
        add_program(root, os.path.realpath(shutil.which(tool)), f"usr/bin/{tool}")
    for folder in ("etc/containers", "usr/share/containers"):
        if os.path.exists(f"/{folder}"):
            shutil.copytree(f"/{folder}", os.path.join(root, folder))


def add_linked(root):
    """Stripped programs with a .gnu_debuglink to a file that the case makes."""
    for name in LINKED if shutil.which("objcopy") else []:
        place = os.path.join(root, "programs", name)
        text = f"{name}.debug".encode() + b"\0"
        with open(f"{place}.link", "wb") as file:
            file.write(text.ljust(-len(text) % 4 + len(text), b"\0") + bytes(4))
        subprocess.run(["objcopy", "--strip-all", f"--add-section=.gnu_debuglink={place}.link",
                        os.path.join(root, "programs/split"), place], check=True)
        os.remove(f"{place}.link")


def add_image(root):
    """The programs as a squashfs image. mksquashfs does not run in the virtual machine."""
    os.makedirs(os.path.join(root, "images"))
    if shutil.which("mksquashfs"):
        folders = [folder for folder in ("bin", "lib", "lib64", "usr", "programs")
                   if os.path.exists(os.path.join(root, folder))]
        subprocess.run(["mksquashfs", *folders, "images/tree.squashfs", "-no-progress", "-quiet",
                        "-comp", "gzip", "-Xcompression-level", "1"], cwd=root, check=True,
                       stdout=subprocess.DEVNULL)


def pack(root, archive):
    with open(archive, "wb") as file:
        names = subprocess.Popen(["find", "."], cwd=root, stdout=subprocess.PIPE)
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, stdin=names.stdout,
                       stdout=file, check=True)
        names.wait()


def boot(kernel, archive):
    """Runs the machine to its end. Returns the lines of its console."""
    command = ["qemu-system-x86_64", "-machine", "pc", "-cpu", "max", "-smp", "2", "-m", "2048",
               "-nodefaults", "-no-reboot", "-nographic", "-serial", "stdio",
               "-kernel", os.path.join(kernel, "vmlinuz"), "-initrd", archive,
               "-append", "console=ttyS0 quiet panic=-1 loglevel=1 no_timer_check"]
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    try:
        output, _ = machine.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        machine.kill()
        output, _ = machine.communicate()
    text = CONTROLS.sub("", output.decode(errors="replace"))
    return [line[:LINE_MAX] for line in text.split("\n")]


def report(lines, cases):
    """Prints the results. Returns whether every case passed or was skipped, and the cases that the
    kernel did not reach because of QEMU: it may execute an instruction late that the kernel has
    changed."""
    wrong, results, said = False, {}, []
    for line in lines:
        result = RESULT.search(line)
        if not result:
            said.append(line)
            continue
        name, what, more = result.groups()
        results[name] = what
        print(f"{name}: {what}{more}")
        if what == "failed":
            print("\n".join(f"    {text}" for text in said))
        said = []
    missing = [case for case in cases if case not in results]
    if missing and any("Oops: int3" in line for line in lines):
        return all(what != "failed" for what in results.values()), missing
    for case in cases:
        wrong |= results.get(case) not in ("passed", "skipped")
        if case not in results:
            print(f"{case}: no result")
    if missing:
        print("\n".join(said[-60:]))
    return not wrong, []


def run(kernel, root, work, cases):
    """Boots until every case has a result, at most three times. Returns whether all passed."""
    passed = True
    for _ in range(3):
        with open(os.path.join(root, "cases/list"), "w", encoding="ascii") as file:
            file.writelines(f"{case}\n" for case in cases)
        archive = os.path.join(work, "root.cpio")
        pack(root, archive)
        good, cases = report(boot(kernel, archive), cases)
        passed &= good
        if not cases:
            return passed
    print(f"no result: {cases}")
    return False


def main():
    suite, folder, programs, flame, *cases = sys.argv[1:]
    for tool in ("qemu-system-x86_64", "busybox", "cpio", "depmod", "xz"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return fetch.SKIP
    kernel = os.path.join(os.path.abspath(folder), suite)
    if fetch.fetch(suite, kernel):
        return fetch.SKIP
    cases = cases or sorted(name.removesuffix(".sh")
                            for name in os.listdir(os.path.join(HERE, "cases")))
    cases.sort(key=lambda name: name in LAST)
    with tempfile.TemporaryDirectory() as work:
        root = os.path.join(work, "root")
        make_root(root, kernel, programs, flame, cases)
        return 0 if run(kernel, root, work, cases) else 1


if __name__ == "__main__":
    sys.exit(main())
