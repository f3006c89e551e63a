#!/usr/bin/env python3
"""fetch.py SUITE FOLDER - puts the cloud kernel of a Debian suite and its modules into FOLDER.

FOLDER then holds "vmlinuz", "release" (the kernel's name, as uname -r prints it) and "modules".
The archive is the one that this machine's apt uses; each file is checked against the sums of the
archive's index, and the index against the signed Release file if gpgv has Debian's keys. Exit
status 77: this machine has no archive of Debian, or it has no such suite.
"""

import hashlib
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
SKIP = 77


def archive():
    """The address of the archive that holds Debian's main suites."""
    text = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)"],
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        address, _, origin = line.partition(" ")
        if origin == "Debian" and "security" not in address:
            return address.rstrip("/") + "/"
    return None


def download(address):
    with urllib.request.urlopen(address, timeout=120) as answer:
        return answer.read()


def signed_sums(base, suite):
    """The checksums of the suite's files by their names."""
    text = download(f"{base}dists/{suite}/InRelease")
    if shutil.which("gpgv") and os.path.exists(KEYS):
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            subprocess.run(["gpgv", "-q", "--keyring", KEYS, file.name], check=True,
                           capture_output=True)
    part = text.decode().split("\nSHA256:\n", 1)[1]
    return {name: digest for digest, name in
            re.findall(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", part, re.MULTILINE)}


def checked(data, digest, name):
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{name} has not the checksum of the archive's index")
    return data


def packages(base, suite):
    """The fields of each package, by its name."""
    name = "main/binary-amd64/Packages.xz"
    data = checked(download(f"{base}dists/{suite}/{name}"), signed_sums(base, suite)[name], name)
    found = {}
    for text in lzma.decompress(data).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in text.split("\n")
                      if ": " in line and not line.startswith(" "))
        if "Package" in fields:
            found[fields["Package"]] = fields
    return found


def kernel_packages(base, suite):
    """The release of the suite's newest kernel, and the packages with its image and modules."""
    by_name = packages(base, suite)
    image = re.search(r"linux-image-([0-9][^ ,]*-cloud-amd64)",
                      by_name["linux-image-cloud-amd64"]["Depends"])
    release = image.group(1)
    parts = re.findall(r"linux-(?:base|binary|modules)-" + re.escape(release),
                       by_name[image.group()].get("Depends", ""))
    return release, [by_name[name] for name in [image.group(), *parts]]


def extract(release, packages_data, folder):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder)) as work:
        whole, ready = os.path.join(work, "whole"), os.path.join(work, "ready")
        for data in packages_data:
            with tempfile.NamedTemporaryFile(dir=work) as deb:
                deb.write(data)
                deb.flush()
                subprocess.run(["dpkg-deb", "-x", deb.name, whole], check=True)
        os.mkdir(ready)
        places = {"vmlinuz": [f"boot/vmlinuz-{release}", f"usr/lib/modules/{release}/vmlinuz"],
                  "modules": [f"lib/modules/{release}", f"usr/lib/modules/{release}"]}
        for name, paths in places.items():
            found = [os.path.join(whole, path) for path in paths]
            shutil.move(next(path for path in found if os.path.exists(path)),
                        os.path.join(ready, name))
        with open(os.path.join(ready, "release"), "w", encoding="ascii") as file:
            file.write(release + "\n")
        os.rename(ready, folder)


def fetch(suite, folder):
    """Makes the folder unless it exists. Returns 0, or SKIP with a message on stderr."""
    if os.path.exists(os.path.join(folder, "release")):
        return 0
    base = archive()
    if not base:
        print("no archive of Debian", file=sys.stderr)
        return SKIP
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        release, wanted = kernel_packages(base, suite)
        data = [checked(download(base + p["Filename"]), p["SHA256"], p["Filename"])
                for p in wanted]
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{suite}: {error}", file=sys.stderr)
        return SKIP
    extract(release, data, folder)
    return 0


if __name__ == "__main__":
    sys.exit(fetch(sys.argv[1], os.path.abspath(sys.argv[2])))
