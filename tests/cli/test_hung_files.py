"""Files of a file system that stops answering are not readable; flame never waits for them."""

import os
import signal
import subprocess
import unittest

from flame_test import FLAME, Test, flame, main, needs_recording, needs_tool

HERE = os.path.dirname(__file__)
SERVER = os.path.join(HERE, "../programs/hung_fs.c")
PROGRAM = os.path.join(HERE, "../../samples/programs/split.c")
STACKS = "a;b 3\na;c 4\n"

# Runs in a mount namespace of its own: serves a folder, runs a program in it, lets the file
# system hang before {command}.
SCRIPT = """
cd '{folder}'
touch told; ./server served mounted >told & server=$!
until grep -q mounted told || ! kill -0 $server; do sleep 0.1; done
cat mounted/* >/dev/null 2>&1
mounted/program 60 & program=$!
sleep 0.5
{before}
kill -{signal} $server
{command}
status=$?
kill -KILL $program $server
exit $status
"""


@needs_tool("cc")
@needs_tool("unshare")
@unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/dev/fuse"), "needs to mount FUSE")
class Hung(Test):
    def setUp(self):
        super().setUp()
        for name in ("mounted", "served"):
            os.mkdir(self.path(name))
        for source, name in ((SERVER, "server"), (PROGRAM, "served/program")):
            subprocess.run(["cc", "-O1", "-fno-omit-frame-pointer", source, "-lm", "-o",
                            self.path(name)], check=True)

    def run_hung(self, command, before=":", how="USR1"):
        """Runs a shell command, which may contain FLAME, while the file system hangs. Returns its
        exit status and output, or fails if it does not end: the limit is far above the time that
        flame may wait."""
        script = SCRIPT.format(folder=self.folder, before=before.replace("FLAME", FLAME),
                               signal=how, command=command.replace("FLAME", FLAME))
        with open(self.path("output"), "w+", encoding="utf-8") as output:
            with subprocess.Popen(
                    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                    stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                    start_new_session=True) as job:
                try:
                    job.wait(timeout=90)
                except subprocess.TimeoutExpired:
                    self.fail("flame hangs")
                finally:
                    try:
                        os.killpg(job.pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            output.seek(0)
            return job.returncode, output.read()

    @needs_recording
    def test_record(self):
        """The program hangs before flame has seen it, or while it is recorded."""
        for name, command in (("before", "FLAME record -p $program -o x.data --no-svg 2"),
                              ("while", "wait $recorder")):
            with self.subTest(name):
                before = ":" if name == "before" else (
                    "FLAME record -p $program -o x.data --no-svg 3 & recorder=$!; sleep 1.5")
                status, output = self.run_hung(command, before)
                self.assertEqual(status, 0, output)
                if name == "before":
                    self.assertIn("program' is not readable: its file system does not answer",
                                  output)
                result = flame("fold", self.path("x.data"))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stdout, r"\[unreadable program\]|split")

    @needs_recording
    def test_names_later(self):
        """A recording without names is read while the file system hangs."""
        status, output = self.run_hung(
            "FLAME symbolize -o y.data x.data",
            "FLAME record -p $program -o x.data --no-svg --name-time 0 1")
        self.assertEqual(status, 0, output)

    def test_inputs_and_outputs(self):
        for folder in ("", "served"):
            self.write(os.path.join(folder, "x.folded"), STACKS)
        for command in ("fold mounted/x.folded", "render mounted/x.folded",
                        "fold x.folded -o mounted/y", "report mounted/x.folded",
                        "diff x.folded mounted/x.folded", "symbolize mounted/x.folded",
                        "recover mounted/x.folded", "symbolize -o mounted/y x.folded",
                        "record -o mounted/y true"):
            with self.subTest(command):
                status, output = self.run_hung("FLAME " + command)
                self.assertEqual(status, 1, output)
                self.assertIn("its file system does not answer", output)
        # A current folder that hangs is in nobody's way.
        status, output = self.run_hung("FLAME fold ../x.folded", "cd mounted")
        self.assertEqual((status, output), (0, STACKS))

    def test_slow_is_not_hung(self):
        self.write("served/x.folded", STACKS)
        status, output = self.run_hung("FLAME fold mounted/x.folded", how="CONT")
        self.assertEqual((status, output), (0, STACKS))


if __name__ == "__main__":
    main()
