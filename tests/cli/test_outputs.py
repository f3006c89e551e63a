"""Outputs cannot be redirected by other users, and replace nothing that the user needs: links,
FIFOs and devices in their place, inputs as outputs, modes, closed descriptors."""

import os
import pathlib
import shutil
import socket
import stat
import subprocess
import threading

from attacker import NOBODY, Traps, as_nobody, mode_of, needs_root
from flame_test import FLAME, Test, flame, main

RECORDING = pathlib.Path(__file__).parents[2] / "samples/small/spin.data"
FOLDED = "a;b 3\na;c 4\n"


class Outputs(Test):
    def setUp(self):
        super().setUp()
        self.text = self.write("y.folded", FOLDED)
        self.other = self.write("z.folded", "a;b 9\n")
        self.data = self.path("x.data")
        shutil.copy(RECORDING, self.data)

    def commands(self, output):
        """A command line of each command that writes a file."""
        return (["fold", self.text, "-o", output], ["render", self.text, "-o", output],
                ["diff", self.text, self.other, "-o", output],
                ["symbolize", self.data, "-o", output])

    def refused(self, *args, names=(), **kwargs):
        """Runs a command that must fail within a line that contains 'names'."""
        kwargs.setdefault("timeout", 60)
        result = flame(*args, **kwargs)
        self.assert_one_line_error(result)
        self.assertEqual(result.stdout, "")
        for name in names:
            self.assertIn(name, result.stderr)

    def content(self, path):
        with open(path, "rb") as f:
            return f.read()


@needs_root
class Planted(Traps, Outputs):
    def test_a_link_of_another_user_is_refused(self):
        link = self.plant_link("out")
        for command in self.commands(link):
            self.refused(*command, names=[link, "symbolic link"])
        self.assert_harmless("out")

    def test_a_link_that_leads_nowhere_yet_is_refused(self):
        link = self.plant_link("out", self.path("private/new"))
        for command in self.commands(link):
            self.refused(*command, names=[link])
        self.assert_harmless("out")

    def test_a_folder_that_is_a_link_of_another_user_is_refused(self):
        link = self.plant_link("results", self.path("private"))
        for output in ("victim", "new"):
            for command in self.commands(f"{link}/{output}"):
                self.refused(*command, names=[link])
        self.assert_harmless("results")

    def test_links_are_refused_after_trusted_ones(self):
        self.plant_link("out")
        os.symlink(self.shared, self.path("results"))
        os.symlink(self.trap("out"), self.path("direct"))
        for output in (self.path("results/out"), self.path("direct")):
            for command in self.commands(output):
                self.refused(*command, names=[self.trap("out")])
        self.assert_harmless("out")

    def test_even_a_link_of_root_is_refused_in_a_shared_folder(self):
        """Another user may have moved it there."""
        os.symlink(self.victim, self.trap("out"))
        for command in self.commands(self.trap("out")):
            self.refused(*command, names=[self.trap("out")])
        self.assert_harmless("out")

    def test_a_link_of_another_user_is_refused_everywhere(self):
        """As one that was moved into a folder to which others cannot write any more."""
        os.mkdir(self.path("mine"))
        os.symlink(self.victim, self.path("mine/out"))
        os.chown(self.path("mine/out"), NOBODY, NOBODY, follow_symlinks=False)
        for command in self.commands(self.path("mine/out")):
            self.refused(*command, names=[self.path("mine/out")])
        self.assert_harmless()

    def test_default_outputs_are_refused_too(self):
        shutil.copy(self.text, self.trap("y.folded"))
        self.plant_link("y.svg")
        self.plant_link("diff.svg")
        self.refused("render", "y.folded", cwd=self.shared, names=["y.svg"])
        self.refused("diff", self.text, self.other, cwd=self.shared, names=["diff.svg"])
        self.assert_harmless("y.folded", "y.svg", "diff.svg")

    def test_temporary_names_are_refused(self):
        """The name of the file before it is complete can be guessed."""
        script = ('setpriv --reuid=65534 --regid=65534 --clear-groups ln -s "$1" "$2.part-$$" && '
                  'exec "$3" fold "$4" -o "$2"')
        result = subprocess.run(["sh", "-c", script, "sh", self.victim, self.trap("out"), FLAME,
                                 self.text], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.content(self.trap("out")).decode(), FOLDED)
        self.assertEqual(self.content(self.victim), b"precious")

    def test_a_hard_link_keeps_its_content(self):
        for command in self.commands(self.trap("out")):
            if os.path.exists(self.trap("out")):
                os.unlink(self.trap("out"))
            os.link(self.victim, self.trap("out"))
            result = flame(*command)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.content(self.victim), b"precious")

    def test_a_fifo_of_another_user_is_refused(self):
        fifo = self.plant_fifo("out")
        for command in self.commands(fifo):
            self.refused(*command, names=[fifo, "FIFO"])
        self.assert_harmless("out")

    def test_a_fifo_is_no_default_output(self):
        shutil.copy(self.text, self.trap("y.folded"))
        os.mkfifo(self.trap("y.svg"))
        os.mkfifo(self.trap("diff.svg"))
        self.refused("render", "y.folded", cwd=self.shared, names=["y.svg", "FIFO"])
        self.refused("diff", self.text, self.other, cwd=self.shared, names=["diff.svg", "FIFO"])

    def test_the_name_of_the_old_file_is_checked_first(self):
        """flame symbolize keeps the file that it replaces as FILE.old."""
        before = self.content(self.data)
        shutil.copy(self.data, self.trap("x.data"))
        os.chmod(self.trap("x.data"), 0o600)
        for plant in (self.plant_link, self.plant_fifo, self.plant_folder):
            trap = plant("x.data.old")
            self.refused("symbolize", self.trap("x.data"), names=[trap])
            self.assertEqual(self.content(self.trap("x.data")), before)
            self.assert_harmless("x.data", "x.data.old")
            (os.rmdir if os.path.isdir(trap) else os.unlink)(trap)

    def test_the_file_of_another_user_in_a_sticky_folder_is_refused_first(self):
        for name in ("out", "x.data", "x.data.old"):
            shutil.copy(self.data, self.trap(name))
            os.chmod(self.trap(name), 0o666)
        os.chown(self.trap("x.data"), NOBODY, NOBODY)
        status = subprocess.run([FLAME, "fold", self.text, "-o", self.trap("out")], user=NOBODY,
                                group=NOBODY, extra_groups=[], capture_output=True, text=True)
        self.assert_one_line_error(status)
        self.assertIn("Operation not permitted", status.stderr)
        status = subprocess.run([FLAME, "symbolize", self.trap("x.data")], user=NOBODY,
                                group=NOBODY, extra_groups=[], capture_output=True, text=True)
        self.assert_one_line_error(status)
        self.assertIn("x.data.old", status.stderr)


    def test_downloads_are_not_stored_where_others_have_links(self):
        os.mkdir(self.trap("home"))
        os.chown(self.trap("home"), NOBODY, NOBODY)
        as_nobody(lambda: os.symlink(self.path("private"), self.trap("home/.cache")))
        os.mkdir(self.path("own"))
        urls = {"DEBUGINFOD_URLS": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
        for variables, name in (({"HOME": self.trap("home")}, "home"),
                                ({"XDG_CACHE_HOME": self.trap("home/.cache")}, "home"),
                                ({"DEBUGINFOD_CACHE_PATH": self.trap("new")}, "shared"),
                                ({"HOME": self.shared}, "shared")):
            self.refused("symbolize", self.data, "--debuginfod=1", env=urls | variables,
                         names=["DEBUGINFOD_CACHE_PATH", name])
        os.mkdir(self.trap("old"))
        os.chown(self.trap("old"), NOBODY, NOBODY)
        as_nobody(lambda: os.mkdir(self.trap("old/.debuginfod_client_cache")))
        self.refused("symbolize", self.data, "--debuginfod=1",
                     names=["DEBUGINFOD_CACHE_PATH", "old"],
                     env=urls | {"HOME": self.trap("old"), "XDG_CACHE_HOME": self.path("own")})
        self.assert_harmless("home", "old")
        os.symlink("own", self.path("link"))
        for cache in ("own", "own/new", "link/newer"):
            result = flame("symbolize", self.data, "--debuginfod=1",
                           env=urls | {"DEBUGINFOD_CACHE_PATH": self.path(cache)})
            self.assertNotIn("DEBUGINFOD_CACHE_PATH", result.stderr)


class Paths(Outputs):
    def works(self, output, where=None):
        for command in self.commands(output):
            if "symbolize" in command:
                os.unlink(where or output)
            result = flame(*command)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertGreater(os.path.getsize(where or output), 0)

    def test_own_links_are_followed(self):
        os.mkdir(self.path("far"))
        os.symlink("far/out", self.path("link"))
        self.works(self.path("link"), self.path("far/out"))
        self.assertTrue(os.path.islink(self.path("link")))
        os.symlink(self.path("far"), self.path("folder"))
        self.works(self.path("folder/../far/./out2"), self.path("far/out2"))
        self.works(self.path("folder/out3"), self.path("far/out3"))

    def test_links_of_proc_are_followed(self):
        result = flame("fold", self.text, "-o", "/proc/self/cwd/out", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.content(self.path("out")).decode(), FOLDED)

    def test_loops_and_folders_are_refused(self):
        os.symlink("loop", self.path("loop"))
        for output in (self.path("loop"), self.folder, self.folder + "/", self.path("no/out"),
                       self.path("y.folded/out"), self.path("y.folded/"), "/", "", self.path("x" * 300)):
            for command in self.commands(output):
                self.refused(*command)

    def test_open_files_are_written_where_they_are(self):
        with open(self.path("log"), "w", encoding="ascii") as log:
            print("first", file=log, flush=True)
            for output in ("/dev/stdout", "/dev/fd/1", "-"):
                subprocess.run([FLAME, "fold", self.text, "-o", output], stdout=log, check=True)
        self.assertEqual(self.content(self.path("log")).decode(), "first\n" + 3 * FOLDED)
        for output in ("/dev/stdout", "/proc/self/fd/1", "-"):
            self.assertEqual(flame("fold", self.text, "-o", output).stdout, FOLDED)
        for output in ("/dev/null", "/dev/stderr"):
            result = flame("fold", self.text, "-o", output)
            self.assertEqual((result.returncode, result.stdout), (0, ""))

    @needs_root
    def test_open_files_have_their_paths_in_a_user_namespace(self):
        """There, the links in /dev belong to a user without a number."""
        os.chmod(self.folder, 0o755)
        command = ["unshare", "-Ur", FLAME, "fold", self.text, "-o"]
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "capture_output": True}
        try:
            if subprocess.run(command + ["-"], **user).returncode:
                self.skipTest("another user may not make a user namespace")
        except PermissionError:
            self.skipTest("another user may not execute flame")
        for output in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            self.assertEqual(subprocess.run(command + [output], **user).stdout, FOLDED.encode())

    def test_an_own_fifo_is_written_and_read(self):
        os.mkfifo(self.path("out"))
        got = []
        reader = threading.Thread(target=lambda: got.append(self.content(self.path("out"))))
        reader.start()
        result = flame("fold", self.text, "-o", self.path("out"), timeout=60)
        reader.join()
        self.assertEqual((result.returncode, got), (0, [FOLDED.encode()]))
        with subprocess.Popen(["cp", self.text, self.path("out")]):
            result = flame("fold", self.path("out"), timeout=60)
        self.assertEqual(result.stdout, FOLDED)

    def test_recordings_are_regular_files(self):
        os.mkfifo(self.path("fifo"))
        for output in ("-", "/dev/null", self.path("fifo")):
            self.refused("symbolize", self.data, "-o", output, names=["regular file"])

    @needs_root
    def test_block_devices_are_refused(self):
        os.mknod(self.path("disk"), 0o600 | stat.S_IFBLK, os.makedev(7, 250))
        for command in self.commands(self.path("disk")):
            self.refused(*command, names=["device"])

    def test_inputs_are_files_or_pipes(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path("socket"))
            for path in ("/dev/zero", "/dev/null", self.path("socket")):
                for command in (["fold", path], ["render", path, "-o", self.path("out")],
                                ["report", path], ["diff", self.text, path],
                                ["symbolize", path, "-o", self.path("out")]):
                    self.refused(*command, names=[path, "neither a file nor a pipe"])
        with open("/dev/zero", "rb") as endless:
            self.refused("fold", "-", stdin=endless, names=["neither a file nor a pipe"])


class Inputs(Outputs):
    def test_an_input_is_not_replaced(self):
        os.symlink("y.folded", self.path("link"))
        os.link(self.text, self.path("hard"))
        for output in ("y.folded", "link", "hard", "./y.folded", self.text):
            for command in (["fold", self.text], ["render", self.text],
                            ["diff", self.text, self.other], ["diff", self.other, self.text],
                            ["diff", "--before", self.other, "--after", self.other, self.text]):
                self.refused(*command, "-o", output, cwd=self.folder, names=["input"])
        self.assertEqual(self.content(self.text).decode(), FOLDED)

    def test_a_default_output_that_is_the_input_is_refused(self):
        self.assertEqual(flame("render", self.text, "-o", self.path("p.svg")).returncode, 0)
        self.refused("render", self.path("p.svg"), names=["p.svg", "input"])
        shutil.copy(self.path("p.svg"), self.path("diff.svg"))
        self.refused("diff", "diff.svg", self.text, cwd=self.folder, names=["diff.svg", "input"])
        self.assertEqual(self.content(self.path("diff.svg")), self.content(self.path("p.svg")))

    def test_standard_input_is_an_input(self):
        with open(self.text, "rb") as text:
            self.refused("fold", "-", "-o", self.text, stdin=text, names=["input"])
        self.assertEqual(self.content(self.text).decode(), FOLDED)

    def test_standard_output_that_is_the_input_is_told(self):
        for command in (["fold", self.text], ["report", self.text],
                        ["diff", self.text, self.other, "--no-svg"]):
            for mode, word in (("ab", "input"), ("wb", "emptied")):
                self.write("y.folded", FOLDED)
                with open(self.text, mode) as stdout:
                    result = subprocess.run([FLAME, *command], stdout=stdout,
                                            stderr=subprocess.PIPE, text=True)
                self.assertEqual(result.returncode, 1)
                self.assertIn("standard output", result.stderr)
                self.assertIn(word, result.stderr)
                self.assertEqual(self.content(self.text).decode(), FOLDED if mode == "ab" else "")

    def test_an_output_does_not_hide_standard_output(self):
        with open(self.path("out"), "wb") as stdout:
            result = subprocess.run([FLAME, "diff", self.text, self.other, "-o", self.path("out")],
                                    stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output", result.stderr)

    def test_symbolize_keeps_its_input(self):
        before = self.content(self.data)
        result = flame("symbolize", self.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.content(self.data + ".old"), before)
        # The input would be replaced by the file that stands at the output.
        self.refused("symbolize", self.data + ".old", "-o", self.data, names=["input"])
        self.assertEqual(self.content(self.data + ".old"), before)


class Modes(Outputs):
    def mode_after(self, mode, umask, *command):
        os.chmod(self.data, mode)
        os.chmod(self.text, mode)
        result = flame(*command, "-o", self.path("out"), umask=umask)
        self.assertEqual(result.returncode, 0, result.stderr)
        mode = mode_of(self.path("out"))
        os.unlink(self.path("out"))
        return mode

    def test_an_output_is_for_the_readers_of_its_input(self):
        for mode, umask, want in ((0o600, 0o022, 0o600), (0o640, 0o022, 0o640),
                                  (0o644, 0o022, 0o644), (0o644, 0o077, 0o600),
                                  (0o640, 0o000, 0o640), (0o400, 0o022, 0o600),
                                  (0o444, 0o022, 0o644), (0o644, 0o002, 0o644)):
            for command in (["fold", self.data], ["render", self.data], ["fold", self.text],
                            ["diff", self.data, self.other], ["diff", self.other, self.data],
                            ["diff", self.text, self.other]):
                self.assertEqual(self.mode_after(mode, umask, *command), want, (mode, umask, command))

    def test_a_default_picture_likewise(self):
        os.chmod(self.data, 0o600)
        self.assertEqual(flame("render", self.data, umask=0o022).returncode, 0)
        self.assertEqual(mode_of(self.path("x.svg")), 0o600)
        self.assertEqual(flame("fold", self.path("x.svg"), "-o", self.path("out"),
                               umask=0o022).returncode, 0)
        self.assertEqual(mode_of(self.path("out")), 0o600)

    def test_standard_input(self):
        os.chmod(self.data, 0o640)
        with open(self.data, "rb") as data:
            flame("fold", "-", "-o", self.path("file"), stdin=data, umask=0o022)
        with subprocess.Popen(["cat", self.data], stdout=subprocess.PIPE) as cat:
            flame("fold", "-", "-o", self.path("pipe"), stdin=cat.stdout, umask=0o022)
        with subprocess.Popen(["cat", self.text], stdout=subprocess.PIPE) as cat:
            flame("fold", "-", "-o", self.path("text"), stdin=cat.stdout, umask=0o022)
        self.assertEqual([mode_of(self.path(name)) for name in ("file", "pipe", "text")],
                         [0o640, 0o600, 0o644])

    @needs_root
    def test_a_group_that_may_not_read_the_input_may_not_read_the_output(self):
        os.chown(self.data, 0, NOBODY)
        self.assertEqual(self.mode_after(0o640, 0o022, "fold", self.data), 0o600)
        self.assertEqual(self.mode_after(0o644, 0o022, "fold", self.data), 0o644)
        self.assertEqual(self.mode_after(0o604, 0o022, "fold", self.data), 0o600)
        os.chown(self.folder, 0, NOBODY)
        os.chmod(self.folder, 0o2755)
        self.assertEqual(self.mode_after(0o640, 0o022, "fold", self.data), 0o640)

    @needs_root
    def test_files_of_root_stay_with_root(self):
        os.chown(self.folder, NOBODY, NOBODY)
        os.chown(self.data, NOBODY, NOBODY)
        os.chmod(self.data, 0o600)
        self.assertEqual(flame("render", self.data).returncode, 0)
        st = os.stat(self.path("x.svg"))
        self.assertEqual((st.st_uid, stat.S_IMODE(st.st_mode)), (0, 0o600))


class Closed(Outputs):
    def run_closed(self, closed, *args):
        """Runs flame without these descriptors."""
        redirect = " ".join({0: "<&-", 1: ">&-", 2: "2>&-"}[fd] for fd in closed)
        return subprocess.run(["sh", "-c", f'exec "$@" {redirect}', "sh", FLAME, *args],
                              capture_output=True, text=True, cwd=self.folder,
                              stdin=subprocess.DEVNULL, timeout=60)

    def test_files_get_no_standard_descriptor(self):
        for args in (["render", self.text, "-o", "out"], ["fold", self.text, "-o", "out"],
                     ["symbolize", self.data, "-o", "out"],
                     ["render", self.data, "-o", "out"]):
            self.assertEqual(flame(*args, cwd=self.folder).returncode, 0)
            want = self.content(self.path("out"))
            for closed in ([0], [1], [2], [0, 1], [1, 2], [0, 1, 2]):
                os.unlink(self.path("out"))
                self.assertEqual(self.run_closed(closed, *args).returncode, 0, (args, closed))
                self.assertEqual(self.content(self.path("out")), want, (args, closed))

    def test_messages_go_nowhere(self):
        """'wrote diff.svg' and the table must not be written into the picture or the inputs."""
        flame("diff", self.text, self.other, cwd=self.folder)
        want = self.content(self.path("diff.svg"))
        for closed in ([0, 2], [2]):
            os.unlink(self.path("diff.svg"))
            self.assertEqual(self.run_closed(closed, "diff", self.text, self.other).returncode, 0)
            self.assertEqual(self.content(self.path("diff.svg")), want)

    def test_lost_output_is_an_error(self):
        for args in (["fold", self.text], ["report", self.text], ["diff", self.text, self.other],
                     ["help"], ["help", "record"], ["fold", "--help"], ["--version"],
                     ["--version", "--verbose"], ["render", self.text, "-o", "-"]):
            result = self.run_closed([1], *args)
            self.assertEqual(result.returncode, 1, args)
            self.assertRegex(result.stderr, r"\Aflame: cannot write 'standard output': [^\n]*\n\Z")
            self.assertEqual(self.run_closed([0, 1, 2], *args).returncode, 1, args)
            with open("/dev/full", "wb") as full:
                result = subprocess.run([FLAME, *args], stdout=full, stderr=subprocess.PIPE,
                                        text=True, cwd=self.folder)
            self.assertEqual(result.returncode, 1, args)
            self.assertIn("No space left", result.stderr)

    def test_closed_input_is_an_error(self):
        for closed in ([0], [0, 2]):
            self.assertEqual(self.run_closed(closed, "fold", "-").returncode, 1)


if __name__ == "__main__":
    main()
