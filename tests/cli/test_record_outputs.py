"""The recording and its picture cannot be redirected by other users, replace nothing that the user
needs, and are refused before the recording if they cannot be written at its end."""

import os
import subprocess

from attacker import NOBODY, Traps, mode_of, needs_root
from flame_test import (FLAME, Test, flame, main, needs_recording, program,
                        wait_until, wait_until_recording)


@needs_recording
class Record(Test):
    def refused(self, output, *names, cwd=None, no_svg=False):
        """A recording to 'output' fails in one line, before its command runs."""
        ran = self.path("ran")
        result = flame("record", "-o", output, *(["--no-svg"] if no_svg else []), "--",
                       "touch", ran, cwd=cwd, timeout=100)
        self.assert_one_line_error(result)
        for name in names:
            self.assertIn(name, result.stderr)
        self.assertFalse(os.path.exists(ran))


@needs_root
class Planted(Traps, Record):
    def test_planted_links_are_refused(self):
        recording, picture = self.trap("flame.data"), self.trap("flame.svg")
        for link in (recording, picture):
            self.plant_link(os.path.basename(link))
            self.refused(recording, link)
            self.refused("flame.data", link, cwd=self.shared)
            self.assert_harmless(os.path.basename(link))
            os.unlink(link)

    def test_planted_fifos_are_refused(self):
        recording, picture = self.trap("flame.data"), self.trap("flame.svg")
        for fifo in (recording, picture):
            self.plant_fifo(os.path.basename(fifo))
            self.refused(recording, fifo, "FIFO")
            os.unlink(fifo)
            os.mkfifo(fifo)
            self.refused(recording, fifo, "FIFO")
            self.assert_harmless(os.path.basename(fifo))
            os.unlink(fifo)

    def test_the_name_of_the_old_file_is_checked_first(self):
        self.write("shared/x.data", "before")
        for plant in (self.plant_link, self.plant_fifo, self.plant_folder):
            trap = plant("x.data.old")
            self.refused(self.trap("x.data"), trap)
            self.refused(self.trap("x.data"), trap, no_svg=True)
            self.assert_harmless("x.data", "x.data.old")
            (os.rmdir if os.path.isdir(trap) else os.unlink)(trap)

    def test_files_that_others_have_prepared_are_replaced(self):
        """Files, unlike links: a recording of root has the owner root, and a mode of its own."""
        for name in ("flame.data", "flame.svg", "flame.data.old"):
            self.write(f"shared/{name}", "bait")
            os.chmod(self.trap(name), 0o666)
            os.chown(self.trap(name), 65534, 65534)
        result = flame("record", "-o", self.trap("flame.data"), "--", "true", umask=0o022)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("flame.data", "flame.svg"):
            self.assertEqual((os.stat(self.trap(name)).st_uid, mode_of(self.trap(name))),
                             (0, 0o600))


class Paths(Record):
    def test_the_picture_is_as_private_as_the_recording(self):
        for umask in (0o022, 0o077, 0o000):
            flame("record", "-o", self.path("x.data"), "--", "true", umask=umask)
            self.assertEqual([mode_of(self.path(name)) for name in ("x.data", "x.svg")],
                             [0o600, 0o600])

    def test_picture_and_recording_are_two_files(self):
        self.refused(self.path("x.svg"), "x.svg", "picture")
        self.refused(self.path("x.SVG"), "picture")
        self.write("x.data", "")
        os.symlink("x.data", self.path("x.svg"))
        self.refused(self.path("x.data"), "picture")
        os.unlink(self.path("x.svg"))
        os.link(self.path("x.data"), self.path("x.svg"))
        self.refused(self.path("x.data"), "picture")
        result = flame("record", "-o", self.path("only.svg"), "--no-svg", "--", "true")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_standard_output_is_another_file(self):
        for name in ("x.svg", "x.data"):
            with open(self.path(name), "wb") as stdout:
                result = subprocess.run([FLAME, "record", "-o", self.path("x.data"), "--", "true"],
                                        stdout=stdout, stderr=subprocess.PIPE, text=True)
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"\Aflame: cannot write '[^\n]*" + name +
                             "': it is also the file of standard output\n\\Z")

    def test_folders_and_devices_are_refused(self):
        os.mkdir(self.path("folder"))
        os.mkdir(self.path("x.svg"))
        self.refused(self.path("folder"), "Is a directory")
        self.refused(self.path("x.data"), "x.svg", "Is a directory")
        for output in ("-", "/dev/null", "/dev/stdout"):
            self.refused(output)
        for output in ("-", "/dev/null"):
            self.refused(output, "regular file", no_svg=True)

    def test_own_links_are_followed(self):
        os.mkdir(self.path("far"))
        for name in ("x.data", "x.svg"):
            os.symlink(f"far/{name}", self.path(name))
        for _ in range(2):
            result = flame("record", "-o", self.path("x.data"), "--", "true")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(self.path("far"))),
                         ["x.data", "x.data.old", "x.svg"])
        self.assertTrue(os.path.islink(self.path("x.data")))

    def record_while(self, action):
        """Records, and calls action() meanwhile."""
        os.mkdir(self.path("results"))
        job = subprocess.Popen([FLAME, "record", "-a", "-o", self.path("results/x.data")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        try:
            wait_until_recording(job)
            action()
            job.terminate()
            job.communicate(timeout=300)
        finally:
            job.kill()
            job.wait()

    def test_a_folder_that_is_renamed_gets_its_files(self):
        os.mkdir(self.path("precious"))

        def swap():
            os.rename(self.path("results"), self.path("moved"))
            os.symlink("precious", self.path("results"))

        self.record_while(swap)
        self.assertEqual(sorted(os.listdir(self.path("moved"))), ["x.data", "x.svg"])
        self.assertEqual(os.listdir(self.path("precious")), [])
        self.assertEqual(flame("fold", self.path("moved/x.data")).returncode, 0)

    def test_a_recording_stays_if_its_name_is_taken_meanwhile(self):
        def take():
            for name in ("x.data", "x.data.old"):
                os.makedirs(self.path(f"results/{name}/sub"))

        self.record_while(take)
        parts = [name for name in os.listdir(self.path("results")) if ".part-" in name]
        self.assertEqual(len(parts), 1)
        self.assertEqual(flame("fold", self.path(f"results/{parts[0]}")).returncode, 0)


class Recovery(Record):
    def test_a_part_that_is_its_own_output_is_not_removed(self):
        job = subprocess.Popen([FLAME, "record", "-a", "-F", "999", "-o", self.path("x.data"),
                                "--no-svg"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        part = f"x.data.part-{job.pid}"
        try:
            wait_until_recording(job)
            wait_until(lambda: os.path.getsize(self.path(part)) > 20000, "samples")
        finally:
            job.kill()
            job.communicate()
        result = flame("recover", f"./{part}", "-o", part, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), [part, f"{part}.old"])
        self.assertEqual(flame("fold", self.path(part)).returncode, 0)


class Descriptors(Record):
    def run_closed(self, redirect, *command):
        return subprocess.run(
            ["sh", "-c", f'exec "$@" {redirect}', "sh", FLAME, "record", "-o",
             self.path("x.data"), "--", *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)

    def test_closed_descriptors_are_nobodys(self):
        for redirect, status in (("2>&-", 0), ("<&-", 0), ("<&- 2>&-", 0), (">&-", 1),
                                 (">&- 2>&-", 1), ("<&- >&- 2>&-", 1)):
            result = self.run_closed(redirect, program("spin"), "1", "1")
            self.assertEqual(result.returncode, status, redirect)
            for name in ("x.data", "x.svg"):
                with open(self.path(name), "rb") as f:
                    content = f.read()
                for text in (b"flame: ", b"samples,", b"in a browser"):
                    self.assertNotIn(text, content[-400:], redirect)
            self.assertEqual(flame("fold", self.path("x.data")).returncode, 0)

    @needs_root
    def test_notes_are_not_written_into_the_recording(self):
        """A user who may not sample the kernel gets a note while the file is open."""
        os.chown(self.folder, NOBODY, NOBODY)
        os.chmod(self.folder, 0o755)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "capture_output": True}
        command = [FLAME, "record", "-o", self.path("x.data"), "--no-svg", "--", "true"]
        try:
            if subprocess.run(command, **user).returncode:
                self.skipTest("another user may not record")
        except PermissionError:
            self.skipTest("another user may not execute flame")
        result = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *command], **user)
        self.assertEqual(result.returncode, 0)
        with open(self.path("x.data"), "rb") as f:
            self.assertEqual(f.read(8), b"PERFILE2")

    def test_the_command_has_its_descriptors_as_given(self):
        script = ('l=; for fd in $(seq 0 40); do [ -L /proc/$$/fd/$fd ] && l="$l $fd"; done; '
                  f'echo $l > {self.path("list")}')
        for redirect, want in (("7</dev/null", [0, 1, 2, 7]), ("2>&-", [0, 1]), (">&-", [0, 2]),
                               ("<&-", [1, 2]), ("<&- >&- 2>&-", [])):
            self.run_closed(redirect, "sh", "-c", script)
            with open(self.path("list"), encoding="ascii") as f:
                got = [int(fd) for fd in f.read().split()]
            self.assertEqual(got, want, redirect)


if __name__ == "__main__":
    main()
