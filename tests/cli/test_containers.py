"""flame record and --by container, live: control groups like those of container runtimes, with the
files of these runtimes, in a mount namespace of the test's own."""

import json
import os
import shlex
import subprocess
import unittest

from flame_test import (FLAME, Test, flame, main, needs_recording, needs_tool, program, running,
                        wait_until_busy)

ID = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4


def hierarchy():
    """The mounted hierarchy of perf events, whose topmost group has the inode 1."""
    found = ""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            kind, _, options = line.split(" - ")[1].split(" ", 2)
            folder = line.split()[4]
            if kind == "cgroup" and "perf_event" in options:
                return folder
            if kind == "cgroup2" and os.stat(folder).st_ino == 1:
                found = folder
    return found


def may_make_groups():
    return os.geteuid() == 0 and bool(hierarchy()) and os.access(hierarchy(), os.W_OK)


@needs_recording
@needs_tool("unshare")
@unittest.skipUnless(may_make_groups(), "this user cannot make control groups")
class Containers(Test):
    def group(self, path):
        """Makes a control group, and those around it. They are gone after the test."""
        top = f"flame-test-{os.getpid()}"
        folder = hierarchy()
        for part in [top, *path.split("/")]:
            folder = os.path.join(folder, part)
            if not os.path.isdir(folder):
                os.mkdir(folder)
                self.addCleanup(os.rmdir, folder)
        return folder

    def spin(self, group, prefix=""):
        return f"echo $$ > {group}/cgroup.procs; exec {prefix} {program('spin')} 1 100"

    def roots(self, setup, jobs, command="-p {pids} 0.5", prefix="unshare -m"):
        """Records in a namespace that the shell commands 'setup' prepare."""
        data = self.path("x.data")
        with running(*jobs) as started:
            for job in started:
                wait_until_busy(job.pid, "spin")
            pids = ",".join(str(job.pid) for job in started)
            script = (f"set -e; {setup}\n{FLAME} record --no-svg -o {data} "
                      + command.format(pids=pids))
            result = subprocess.run([*shlex.split(prefix), "sh", "-c", script],
                                    capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        folded = flame("fold", "--by", "container", data)
        self.assertEqual(folded.returncode, 0, folded.stderr)
        return {line.split(";")[0].replace("_", " ") for line in folded.stdout.splitlines()}

    def store(self, folder, name, content):
        """Shell commands that put a file in place of the system's."""
        path = self.write(os.path.basename(name), json.dumps(content))
        return (f"mkdir -p {folder} 2>/dev/null || mount -t tmpfs none {os.path.dirname(folder)};"
                f"mount -t tmpfs none {folder}; chmod 700 {folder};"
                f"mkdir -p {folder}/{os.path.dirname(name)}; cp {path} {folder}/{name};"
                f"chmod 600 {folder}/{name};")

    def test_the_name_of_a_running_container(self):
        group = self.group(f"docker/{ID}")
        setup = "mount -t tmpfs none /var/lib;" + self.store(
            "/var/lib/docker", f"containers/{ID}/config.v2.json", {"Name": "/web"})
        self.assertEqual(self.roots(setup, [self.spin(group)]), {"docker web (0123456789ab)"})

    def test_the_name_of_a_container_that_starts_and_ends(self):
        folder = hierarchy()
        top = f"{folder}/flame-test-{os.getpid()}-b"
        self.addCleanup(lambda: os.path.isdir(top) and os.rmdir(top))
        group = f"{top}/libpod-{ID}.scope"
        setup = "mount -t tmpfs none /var/lib;" + self.store(
            "/var/lib/containers/storage", "overlay-containers/containers.json",
            [{"id": ID, "names": ["web"]}])
        script = self.write("container.sh", f"""
            sleep 0.3; mkdir -p {group}; (echo $$ > /dev/null
            sh -c 'echo $$ > {group}/cgroup.procs; exec timeout 0.6 {program("spin")} 1 100')
            rmdir {group} {top}
            rm /var/lib/containers/storage/overlay-containers/containers.json; exit 0""")
        self.assertIn("podman web (0123456789ab)", self.roots(setup, [], f"-a -- sh {script}"
))

    def test_files_of_other_users_are_not_read(self):
        group = self.group(f"docker/{ID}")
        setup = "mount -t tmpfs none /var/lib;" + self.store(
            "/var/lib/docker", f"containers/{ID}/config.v2.json", {"Name": "/evil"})
        setup += f"chown 65534 /var/lib/docker/containers/{ID};"
        self.assertEqual(self.roots(setup, [self.spin(group)]), {"docker 0123456789ab"})

    def test_the_host_name_is_a_hint(self):
        group = self.group("payload")
        jobs = [f"echo $$ > {group}/cgroup.procs; exec unshare --uts sh -c "
                f"'hostname inner; exec {program('spin')} 1 100'"]
        self.assertEqual(self.roots("", jobs), {"nspawn payload (host name inner)"})

    def test_no_hint_where_containers_share_a_group(self):
        """As those of nspawn do with --keep-unit."""
        group = self.group("payload")
        jobs = [f"echo $$ > {group}/cgroup.procs; exec unshare --uts sh -c "
                f"'hostname {name}; exec {program('spin')} 1 100'" for name in ("one", "two")]
        self.assertEqual(self.roots("", jobs), {"nspawn payload"})

    def test_no_hint_where_another_container_joins_the_group(self):
        group = self.group("payload")
        job = (f"echo $$ > {group}/cgroup.procs; exec unshare --uts sh -c "
               f"'hostname %s; exec {program('spin')} 1 100'")
        script = self.write("second.sh", f"sleep 0.5; timeout 2 sh -c \"{job % 'two'}\"; exit 0")
        roots = self.roots("", [job % "one"], f"-a -- sh {script}")
        self.assertIn("nspawn payload", roots)
        self.assertFalse([root for root in roots if "host name" in root])

    def test_no_hint_without_a_name_of_its_own(self):
        group = self.group(f"docker/{ID}")
        jobs = [self.spin(group, "unshare --uts")]
        self.assertEqual(self.roots("", jobs), {"docker 0123456789ab"})

    def test_the_own_container_of_podman_or_docker(self):
        """Their file over /etc/hostname has the id of the container in its path."""
        group = self.group(f"docker/{ID}")
        self.group(f"docker/{ID}/nginx.service")
        mount, store = self.path("mounted"), self.path(f"containers/vfs-containers/{ID}")
        os.mkdir(mount)
        os.makedirs(store)
        with open(f"{store}/hostname", "w", encoding="ascii") as f:
            f.write("inner")
        prefix = (f"unshare -m sh -c 'echo $$ > {group}/cgroup.procs; "
                  "exec unshare --cgroup \"$@\"' sh")
        kind = "cgroup2" if hierarchy() != "/sys/fs/cgroup/perf_event" else \
            "cgroup -o perf_event"
        setup = (f"umount -R /sys/fs/cgroup || true; mount -t {kind} none {mount};"
                 f"mount --bind {store}/hostname /etc/hostname;")
        self.assertEqual(self.roots(setup, [self.spin(f"{group}/nginx.service")],
                                    prefix=prefix), {"container 0123456789ab nginx.service"})

    def test_a_mounted_part_of_the_hierarchy(self):
        """A container without a namespace sees only its own groups, as in version 1."""
        group = self.group(f"docker/{ID}")
        mount = self.path("mounted")
        os.mkdir(mount)
        setup = f"mount --bind {group} {mount}; umount -R /sys/fs/cgroup || true;"
        self.assertEqual(self.roots(setup, [self.spin(group)]), {"docker 0123456789ab"})

    def test_from_inside_of_a_cgroup_namespace(self):
        """The paths of the groups begin at the container, which is not the host."""
        group = self.group(f"docker/{ID}")
        prefix = (f"unshare -m --uts sh -c 'echo $$ > {group}/cgroup.procs; "
                  "hostname inner; exec unshare --cgroup \"$@\"' sh")
        kind = "cgroup2" if hierarchy() != "/sys/fs/cgroup/perf_event" else \
            "cgroup -o perf_event"
        mount = self.path("mounted")
        os.mkdir(mount)
        setup = f"umount -R /sys/fs/cgroup || true; mount -t {kind} none {mount};"
        # The namespace begins at the group of its maker.
        inner = self.group(f"docker/{ID}/nginx.service")
        self.assertEqual(self.roots(setup, [self.spin(inner)], prefix=prefix),
                         {"container (host name inner) nginx.service"})


if __name__ == "__main__":
    main()
