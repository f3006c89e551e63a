#!/usr/bin/env python3
"""containers.py FLAME SPLIT_C [RUNTIME/FILE_SYSTEM…] - names of programs in real containers.

Starts containers of podman, docker, nspawn and LXC whose files lie on several file systems, and
records them with flame and with perf at the same time: programs that are dynamic, static, or have no
build id; containers that run before the recording, that start and end during it, and one that starts
again under its name with another program. Prints a line for each pair: frames of the programs' code
and of their libraries, the share of them that has a name, frames with a name that is not of the
program, the share of samples below the right container, and perf's share of named frames. What this
machine does not have is skipped, and said. Runs as root, in a mount namespace of its own.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAMS = {"inner_dyn": [], "inner_static": ["-static"], "inner_noid": ["-Wl,--build-id=none"]}
NOT_IN_TABLES = re.compile(r"\[unsymbolized\]|__vdso_|_dl_|.*_\[i\]$")
NAMELESS = re.compile(r"\[(unknown|replaced|unreadable|deleted)")
SECONDS = 10
IMAGES = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"],
          "btrfs": ["mkfs.btrfs", "-q", "-f"]}


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def must(*command, **more):
    result = run(*command, **more)
    if result.returncode:
        raise RuntimeError(f"{command[0]}: {(result.stderr or result.stdout).strip()[-300:]}")
    return result.stdout


def known_names(folder):
    """The names of all functions that the programs can execute."""
    names = set()
    for path in glob.glob(f"{folder}/programs/*") + glob.glob(f"{folder}/lib*/**/*", recursive=True):
        if os.path.isfile(path):
            for option in ("-a", "-aD"):
                names.update(line.split()[-1].split("@")[0] for line in
                             run("nm", option, path).stdout.splitlines() if line)
    return names


def make_tree(folder, source):
    """A root file system: busybox, the programs, and the libraries that they need."""
    for name in ("bin", "lib64", "proc", "sys", "dev", "etc", "tmp", "run", "programs", "usr/lib",
                 "sbin", "root", "var/tmp", "lib/x86_64-linux-gnu"):
        os.makedirs(f"{folder}/{name}")
    for name, options in PROGRAMS.items():
        must("gcc", "-O2", "-g", *options, "-o", f"{folder}/programs/{name}", source)
    shutil.copy("/bin/busybox", f"{folder}/bin/busybox")
    for name in ("sh", "sleep"):
        os.symlink("busybox", f"{folder}/bin/{name}")
    shutil.copy(os.path.realpath("/lib64/ld-linux-x86-64.so.2"), f"{folder}/lib64/ld-linux-x86-64.so.2")
    shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", f"{folder}/lib/x86_64-linux-gnu/")
    os.symlink("/proc/mounts", f"{folder}/etc/mtab")
    for name in ("hosts", "resolv.conf", "hostname"):
        with open(f"{folder}/etc/{name}", "w", encoding="ascii"):
            pass
    with open(f"{folder}/etc/os-release", "w", encoding="ascii") as file:
        file.write("ID=test\n")


def mount_file_system(kind, place, work, tree):
    """Mounts a file system of this kind on 'place'."""
    os.makedirs(place, exist_ok=True)
    if kind == "squashfs":
        must("mksquashfs", tree, f"{work}/tree.squashfs", "-quiet", "-no-progress")
        must("mount", "-o", "loop,ro", f"{work}/tree.squashfs", place)
    elif kind in IMAGES:
        image = f"{work}/{kind}.image"
        must("truncate", "-s", "700M", image)
        must(*IMAGES[kind], image)
        must("mount", "-o", "loop", image, place)
    else:
        must("mount", "-t", "tmpfs", "none", place)


class Podman:
    systems = ["ext4", "xfs", "btrfs", "tmpfs", "squashfs", "fuse-overlayfs"]
    tools = ["podman", "runc", "conmon"]

    def __init__(self, kind, place, work, tree):
        self.config = f"{work}/containers.conf"
        with open(self.config, "w", encoding="ascii") as file:
            file.write('[containers]\ndefault_ulimits = ["nofile=1024:1024","nproc=1024:1024"]\n')
        os.environ["CONTAINERS_CONF"] = self.config
        # Where flame looks for the names.
        os.makedirs("/var/lib/containers/storage", exist_ok=True)
        store = place if kind != "squashfs" else f"{work}/store"
        os.makedirs(store, exist_ok=True)
        must("mount", "--bind", store, "/var/lib/containers/storage")
        self.image = ["flame/test:1"]
        driver = "btrfs" if kind == "btrfs" else "overlay"
        self.podman = ["podman", "--root", "/var/lib/containers/storage", "--runroot",
                       f"{work}/run", "--storage-driver", driver, "--runtime",
                       shutil.which("runc"), "--events-backend", "none"]
        if kind == "fuse-overlayfs":
            self.podman += ["--storage-opt", "overlay.mount_program=/usr/bin/fuse-overlayfs"]
        if kind == "squashfs":  # podman cannot make its links there
            self.image = ["--rootfs", place]
            self.options = ["--read-only"]
        else:
            must("tar", "-C", tree, "-cf", f"{work}/tree.tar", ".")
            must(*self.podman, "import", "-q", f"{work}/tree.tar", "flame/test:1")
            self.options = []

    def start(self, name, program, seconds):
        must(*self.podman, "run", "-d", "--rm", "--name", name, "--network=none", *self.options,
             *self.image, f"/programs/{program}", str(seconds))

    def root(self, name):
        return rf"podman {name} "

    def stop(self):
        run(*self.podman, "kill", "--all")
        time.sleep(1)
        run(*self.podman, "rm", "--all", "--force")


class Docker:
    systems = ["ext4", "xfs", "btrfs", "tmpfs"]
    tools = ["dockerd", "docker", "containerd", "runc"]

    def __init__(self, kind, place, work, tree):
        os.makedirs("/var/lib/docker", exist_ok=True)
        must("mount", "--bind", place, "/var/lib/docker")
        self.docker = ["docker", "-H", f"unix://{work}/docker.sock"]
        with open(f"{work}/docker.log", "w", encoding="ascii") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "--exec-root", f"{work}/exec", "-p", f"{work}/pid", "-H",
                 f"unix://{work}/docker.sock", "--iptables=false", "--bridge=none"],
                stdout=log, stderr=log)
        for _ in range(120):
            if run(*self.docker, "info").returncode == 0:
                break
            time.sleep(0.5)
        must("tar", "-C", tree, "-cf", f"{work}/tree.tar", ".")
        must(*self.docker, "import", f"{work}/tree.tar", "flame/test:1")

    def start(self, name, program, seconds):
        must(*self.docker, "run", "-d", "--rm", "--name", name, "--network=none", "flame/test:1",
             f"/programs/{program}", str(seconds))

    def root(self, name):
        return rf"docker {name} "

    def stop(self):
        for name in run(*self.docker, "ps", "-aq").stdout.split():
            run(*self.docker, "rm", "-f", name)
        self.daemon.terminate()
        self.daemon.wait()


class Folders:
    """Runtimes that take a folder as a root file system."""

    def __init__(self, kind, place, work, tree):
        self.work, self.jobs, self.count = work, [], 0
        self.place = place
        if kind != "squashfs":
            must("cp", "-a", f"{tree}/.", place)

    def start(self, name, program, seconds):
        log = open(f"{self.work}/{name}.log", "w", encoding="ascii")  # pylint: disable=R1732
        self.jobs.append(subprocess.Popen(self.command(name, program, seconds), stdout=log,
                                          stderr=log, stdin=subprocess.DEVNULL,
                                          start_new_session=True))

    def stop(self):
        for job in self.jobs:
            try:
                job.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(job.pid, 9)
                job.wait()


class Nspawn(Folders):
    systems = ["ext4", "xfs", "btrfs", "tmpfs", "squashfs"]
    tools = ["systemd-nspawn"]

    def command(self, name, program, seconds):
        return ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "-M", name, "-D", self.place,
                "--volatile=no", "--read-only", "--as-pid2", f"/programs/{program}", str(seconds)]

    def root(self, name):
        # Without a manager, all containers share one control group, which holds no name.
        return rf"nspawn payload$|nspawn {name}"


class Lxc(Folders):
    systems = ["ext4", "xfs", "btrfs", "tmpfs"]
    tools = ["lxc-execute"]

    def command(self, name, program, seconds):
        config = f"{self.work}/{name}.conf"
        os.makedirs(f"{self.work}/lxc", exist_ok=True)
        with open(config, "w", encoding="ascii") as file:
            file.write(f"lxc.rootfs.path = dir:{self.place}\nlxc.uts.name = {name}\n"
                       "lxc.net.0.type = empty\nlxc.mount.auto = proc:mixed sys:ro\n"
                       "lxc.apparmor.profile = unconfined\nlxc.seccomp.profile =\n")
        return ["lxc-execute", "-n", name, "-f", config, "-P", f"{self.work}/lxc", "--",
                f"/programs/{program}", str(seconds)]

    def root(self, name):
        return rf"lxc {name}"


RUNTIMES = {"podman": Podman, "docker": Docker, "nspawn": Nspawn, "lxc": Lxc}


def record(flame, work, runtime):
    """Takes both recordings. Returns the expected program of each container."""
    names = {}
    for program in PROGRAMS:
        name = "before-" + program.removeprefix("inner_")
        names[name] = [program]
        runtime.start(name, program, SECONDS + 6)
    time.sleep(2)
    recorders = [
        subprocess.Popen([flame, "record", "-a", "-F", "199", "--no-svg", "-o", f"{work}/x.data",
                          str(SECONDS)], stdout=subprocess.DEVNULL, stderr=open(f"{work}/said", "w", encoding="utf-8")),
        subprocess.Popen(["perf", "record", "-q", "-a", "-g", "-F", "199", "-o", f"{work}/p.data", "--",
                          "sleep", str(SECONDS)], stderr=subprocess.DEVNULL)]
    time.sleep(1)
    names["during"], names["again"] = ["inner_dyn"], ["inner_static", "inner_noid"]
    runtime.start("during", "inner_dyn", 2)
    runtime.start("again", "inner_static", 1.5)
    time.sleep(4)
    try:
        runtime.start("again", "inner_noid", 1.5)
    except RuntimeError as error:
        print(error)
    for recorder in recorders:
        recorder.wait()
    return names


def measure(flame, work, runtime, names):
    known = known_names(f"{work}/tree")
    frames = nameless = wrong = samples = right = broken = 0
    strange = {}
    found = set()
    folded = must(flame, "fold", "--all", "--by", "container,comm", f"{work}/x.data")
    for line in folded.splitlines():
        stack, count = line.rsplit(" ", 1)
        root, comm, *stack = stack.split(";")
        if comm not in PROGRAMS:
            continue
        count = int(count)
        samples += count
        user = [f for f in stack if not f.endswith("_[k]")]
        for name in names:
            if comm in names[name] and re.match(runtime.root(name), root.replace("_", " ")):
                right += count
                found.add((name, comm))
                break
        else:
            strange[root] = strange.get(root, 0) + count
        broken += count * ("[broken stack]" in user)
        for frame in user:
            if frame == "[broken stack]":
                continue
            frames += count
            if NAMELESS.match(frame):
                nameless += count
            elif frame not in known and not NOT_IN_TABLES.match(frame):
                wrong += count
                strange[frame] = strange.get(frame, 0) + count
    lacking = {(name, program) for name in names for program in names[name]} - found
    return frames, nameless, wrong, samples, right, broken, strange, lacking


def measure_perf(work):
    frames = nameless = 0
    comm = None
    for line in run("perf", "script", "-i", f"{work}/p.data", "-F", "comm,ip,sym,dso").stdout.splitlines():
        if not line.startswith((" ", "\t")) or not re.match(r"\s+[0-9a-f]+ ", line):
            comm = line.strip() or comm
            continue
        if comm in PROGRAMS and int(line.split()[0], 16) < 1 << 63:
            frames += 1
            nameless += "[unknown]" in line
    return frames, nameless


def one(flame, source, name, kind):
    runtime_class = RUNTIMES[name]
    for tool in runtime_class.tools:
        if not shutil.which(tool):
            print(f"{name}/{kind}: skipped, no {tool}")
            return
    with tempfile.TemporaryDirectory(prefix="flame-containers-", ignore_cleanup_errors=True) as work:
        runtime = None
        try:
            make_tree(f"{work}/tree", source)
            mount_file_system(kind, f"{work}/place", work, f"{work}/tree")
            runtime = runtime_class(kind, f"{work}/place", work, f"{work}/tree")
            names = record(flame, work, runtime)
            runtime.stop()
            frames, nameless, wrong, samples, right, broken, strange, lacking = measure(flame, work, runtime, names)
            theirs, unnamed = measure_perf(work)
            if os.environ.get("FLAME_KEEP"):
                shutil.copy(f"{work}/x.data", os.environ["FLAME_KEEP"])
                shutil.copy(f"{work}/said", os.environ["FLAME_KEEP"] + ".said")
            print(f"{name}/{kind}: {samples} samples, {frames} frames, "
                  f"{100 * (1 - nameless / max(frames, 1)):.2f} % named, {wrong} of other names, "
                  f"{100 * broken / max(samples, 1):.1f} % broken, "
                  f"container right {100 * right / max(samples, 1):.2f} %, perf names "
                  f"{100 * (1 - unnamed / max(theirs, 1)):.2f} %", json.dumps(strange) if strange else "",
                  f"not seen: {sorted(lacking)}" if lacking else "", flush=True)
        except RuntimeError as error:
            print(f"{name}/{kind}: skipped, {error}", flush=True)
            if runtime:
                runtime.stop()
        for place in ("/var/lib/docker", "/var/lib/containers/storage", f"{work}/place"):
            run("umount", "-l", place)


def main():
    flame, source, *pairs = sys.argv[1:]
    if os.environ.get("FLAME_CONTAINERS") != "inside":
        os.environ["FLAME_CONTAINERS"] = "inside"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *sys.argv])
    pairs = pairs or [f"{name}/{kind}" for name, runtime in RUNTIMES.items()
                      for kind in runtime.systems]
    for pair in pairs:
        one(os.path.abspath(flame), os.path.abspath(source), *pair.split("/"))


if __name__ == "__main__":
    main()
