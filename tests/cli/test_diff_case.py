"""The example of the README without a web server: a program opens connections while ports are in
TIME_WAIT, before and after net.ipv4.tcp_tw_reuse=1."""

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
            # Longer than the recording, which takes time to begin.
            job.stdin.write(f"{reuse} 8\n")
            job.stdin.flush()
            result = flame("record", "-p", job.pid, "-F", "999", "4", "--max-cost", "100",
                           "--no-svg", "-o", self.path(f"{name}.data"))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.connected.append(int(job.stdout.readline()))

    def diff(self, before, after, *args):
        return flame("diff", self.path(f"{before}.data"), self.path(f"{after}.data"),
                     "-o", self.path("diff.svg"), *args)

    def said(self, *args):
        result = self.diff("before", "after", "--format", "json", *args)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def check_search(self, said):
        first = said["functions"][0]
        self.assertIn(SEARCH, first["name"])
        self.assertEqual(first["total"]["verdict"], "less")
        self.assertLess(first["total"]["p"], 0.01)
        self.assertLess(first["total"]["high"], 0)

    def test_what_changed(self):
        """Other programs change the CPU time that the program gets, but not how it spends it."""
        self.assertGreater(self.connected[1], 3 * self.connected[0])
        self.check_search(self.said("--share"))

        # With exchanged sides the search is new, and --fail-on holds.
        condition = "--share", "--fail-on", f"total(*{SEARCH}) > +2%"
        result = self.diff("after", "before", *condition)
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        self.assertIn(SEARCH, result.stderr)
        result = self.diff("before", "after", *condition)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

        # CPU time per connection: the other functions cost no more than before.
        work = self.said("--work", ":".join(map(str, self.connected)))
        search = next(f["total"] for f in work["functions"] if f["name"].endswith(SEARCH))
        self.assertLess(search["after"], search["before"] / 10)
        close = [f for f in work["functions"] if f["name"] == "tcp_close"]
        self.assertTrue(all(f["total"]["verdict"] != "more" for f in close), close)

        rates = self.said()
        if min(rates["all"]["before"], rates["all"]["after"]) > 80:
            self.check_search(rates)
            self.check_search(work)


if __name__ == "__main__":
    main()
