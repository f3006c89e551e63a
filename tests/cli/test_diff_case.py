"""The case that flame is made for, in small: a program that connects, with its ports in TIME_WAIT,
before and after net.ipv4.tcp_tw_reuse=1."""

import json
import subprocess
import unittest

from flame_test import Test, flame, main, needs_recording, program

SEARCH = "inet_hash_connect"


@needs_recording
class PortSearch(Test):
    def setUp(self):
        super().setUp()
        job = subprocess.Popen([program("reconnect")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (job.kill(), job.communicate()))
        if job.stdout.readline() != "full\n":
            self.skipTest(job.communicate()[1].strip())
        self.connected = []
        for name, reuse in ("before", 0), ("after", 1):
            job.stdin.write(f"{reuse} 6\n")
            job.stdin.flush()
            result = flame("record", "-p", job.pid, "-F", "999", "5", "--no-svg",
                           "-o", self.path(f"{name}.data"))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.connected.append(int(job.stdout.readline()))

    def diff(self, before, after, *args):
        return flame("diff", self.path(f"{before}.data"), self.path(f"{after}.data"),
                     "-o", self.path("diff.svg"), *args)

    def test_what_changed(self):
        self.assertGreater(self.connected[1], 3 * self.connected[0])
        result = self.diff("before", "after", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        first = json.loads(result.stdout)["functions"][0]
        self.assertIn(SEARCH, first["name"])
        self.assertEqual(first["total"]["verdict"], "less")
        self.assertLess(first["total"]["p"], 0.01)
        self.assertLess(first["total"]["high"], 0)

        # The other way round it has come, and that is what a pipeline stops at.
        condition = f"total(*{SEARCH}) > +2%"
        result = self.diff("after", "before", "--fail-on", condition)
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        self.assertIn(SEARCH, result.stderr)
        result = self.diff("before", "after", "--fail-on", condition)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

        # For each connection: the rest of the work did not become dearer.
        result = self.diff("before", "after", "--format", "json", "--work",
                           ":".join(map(str, self.connected)))
        self.assertEqual(result.returncode, 0, result.stderr)
        functions = json.loads(result.stdout)["functions"]
        self.assertIn(SEARCH, functions[0]["name"])
        close = [f for f in functions if f["name"] == "tcp_close"]
        self.assertTrue(all(f["total"]["verdict"] != "more" for f in close), close)


if __name__ == "__main__":
    main()
