#!/usr/bin/env python3
"""The picture of flame diff: its path, and its content without a script."""

import json
import os
import re
import subprocess
from xml.etree import ElementTree

from flame_test import FLAME, Test, flame, main, needs_tool

SVG = "{http://www.w3.org/2000/svg}"
BEFORE = """\
nginx;main;connect;__inet_hash_connect 40000
nginx;main;read 30000
nginx;main;old;older 20000
nginx;main;same 10000
"""
AFTER = """\
nginx;main;connect;__inet_hash_connect 2000
nginx;main;read 68000
nginx;main;young 20000
nginx;main;same 10000
"""


class DiffPicture(Test):
    def setUp(self):
        super().setUp()
        self.before = self.write("before.folded", BEFORE)
        self.after = self.write("after.folded", AFTER)

    def draw(self, *args):
        svg = self.path("x.svg")
        result = flame("diff", *args, "-o", svg)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        with open(svg, encoding="utf-8") as f:
            return f.read()

    def tips(self, svg):
        """{function: the text of its widest box}"""
        result = {}
        for box in ElementTree.fromstring(svg).iter(SVG + "path"):
            title = box.find(SVG + "title")
            if title is None:
                continue
            name, change = title.text.split(": ", 1)
            width = float(box.get("d").split("h")[1]) / 10
            if width > result.get(name.strip("\u2068\u2069"), (0,))[0]:
                result[name.strip("\u2068\u2069")] = (width, change)
        return result

    def test_it_goes_where_it_is_wanted(self):
        def run(*options):
            before = set(os.listdir(self.folder))
            result = flame("diff", self.before, self.after, *options, cwd=self.folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            made = set(os.listdir(self.folder)) - before
            for name in made:
                os.unlink(self.path(name))
            return result, made

        result, made = run()
        self.assertEqual((made, result.stderr), ({"diff.svg"}, "flame: wrote diff.svg\n"))
        self.assertIn("__inet_hash_connect", result.stdout)
        self.assertEqual(run("--no-svg")[1], set())
        result, made = run("-o", "other.svg", "--format", "json")
        self.assertEqual((made, json.loads(result.stdout)["version"]), ({"other.svg"}, 1))
        result, made = run("-o", "-")
        self.assertEqual((made, result.stdout[:6], result.stdout[-7:]),
                         (set(), "<?xml ", "</svg>\n"))
        self.assert_one_line_error(flame("diff", self.before, self.after, "-o",
                                         self.path("no/such.svg")))

    def test_boxes_are_as_wide_as_the_mean_and_tell_both_sides(self):
        tips = self.tips(self.draw(self.before, self.after))
        # Widths within 1260 px; each gap is 0.8 wide.
        for name, mean in (("__inet_hash_connect", 0.21), ("read", 0.49), ("old", 0.1),
                           ("young", 0.1), ("same", 0.1), ("main", 1)):
            self.assertAlmostEqual(tips[name][0], 1260 * mean - 0.8, delta=0.2)
        self.assertRegex(tips["__inet_hash_connect"][1],
                         r"^40\.0 → 2\.00 % of the samples, -38\.0 ±[\d.]+, less$")
        self.assertRegex(tips["old"][1], r"^20\.0 → 0\.00 .*, -20\.0 ±[\d.]+, gone$")
        self.assertRegex(tips["young"][1], r"^0\.00 → 20\.0 .*, \+20\.0 ±[\d.]+, new$")
        self.assertRegex(tips["same"][1], r"^10\.0 → 10\.0 .*, 0\.00 ±[\d.]+, no evidence$")

    def colours(self, svg):
        """{name: class of the colour}"""
        result = {}
        for group in ElementTree.fromstring(svg).iter(SVG + "g"):
            for box in group.findall(SVG + "path"):
                title = box.find(SVG + "title")
                if title is not None:
                    result[title.text.split(": ")[0].strip("\u2068\u2069")] = group.get("class")
        return result

    def test_colours_are_changes_and_sides_exchanged_mirror_them(self):
        there = self.colours(self.draw(self.before, self.after))
        back = self.colours(self.draw(self.after, self.before))
        self.assertEqual({there[name][:2] for name in ("read", "young")}, {"km"})
        self.assertEqual({there[name][:2] for name in ("old", "older", "connect")}, {"kl"})
        self.assertEqual((there["same"], there["main"], there["read"]), ("kn0", "kn0", "km8"))
        swapped = {name: c.translate(str.maketrans("ml", "lm")) for name, c in there.items()}
        self.assertEqual(back, swapped)

    def test_the_same_twice_is_grey(self):
        svg = self.draw(self.before, self.before)
        self.assertEqual(set(self.colours(svg).values()), {"kn0"})
        self.assertIn("No function changed as far as these runs can tell", svg)
        self.assertNotRegex(svg[svg.index('id="static"'):svg.index("<script>")], "[\u25b2\u25bc]")

    def test_what_is_new_or_gone_is_marked_where_it_begins(self):
        svg = self.draw(self.before, self.after)
        frames = svg[svg.index('id="frames"'):]
        gone, new = [re.search(f'<path [^>]*class="{name}"[^>]* d="([^"]*)"', frames)[1]
                     for name in ("gone", "new")]
        self.assertEqual((gone.count("M"), new.count("M")), (1, 1))
        self.assertEqual(self.draw(self.before, self.before).count('class="gone"'), 2)

    def test_the_head_tells_what_was_compared_and_found(self):
        svg = self.draw(self.before, self.after)
        head = "".join(ElementTree.fromstring(svg).find(f".//{SVG}g[@id='head']").itertext())
        self.assertIn("before.folded → after.folded", head)
        self.assertRegex(head, r"(?s)before.*100,000 samples.*0 lost.*after.*100,000 samples")
        self.assertRegex(head, r"(__inet_hash_connect takes 38\.0 less: 40\.0 → 2\.00|"
                               r"read takes 38\.0 more: 30\.0 → 68\.0) % of the samples")
        self.assertIn("without times", head)
        for sign in ("no evidence", "new", "gone", "−38.0", "+38.0"):
            self.assertIn(sign, head)
        several = self.draw("--before", self.before, self.before, "--after", self.after)
        self.assertIn("before.folded and 1 more → after.folded", several)
        self.assertIn("2 runs · 200,000 samples", several)
        self.assertIn("&lt;one&gt; &amp; two</text>",
                      self.draw(self.before, self.after, "--title", "<one> & two"))

    def test_same_input_same_bytes(self):
        self.assertEqual(self.draw(self.before, self.after), self.draw(self.before, self.after))

    def test_it_holds_no_profile_to_be_folded(self):
        self.draw(self.before, self.after)
        for command in (["fold"], ["render", "-o", self.path("y.svg")], ["report"]):
            result = flame(*command, self.path("x.svg"))
            self.assert_one_line_error(result)
            self.assertIn("comparison", result.stderr)

    @needs_tool("xmllint")
    def test_hostile_names_leave_it_whole(self):
        hostile = (b"<script>alert(1)</script>;]]>;-->;\" onload=\"alert(2) 4000\n"
                   b"a\x01b\x1b[31m;\xff\xfe;\xc3( 2000\n\xe2\x80\xaegnp;\xd7\x90\xd7\x91 300\n"
                   b"x;" + b"std::map<int, " * 700 + b" 4000\n")
        name = "<b>&\x01]]>\u202e.folded"
        other = b"<script>alert(1)</script>;]]> 9000\n'';<!-- 4000\n"
        svg = self.draw(self.write(name, hostile), self.write("b.folded", other))
        self.assertEqual(subprocess.run(["xmllint", "--noout", self.path("x.svg")]).returncode, 0)
        self.assertEqual(svg.count("<script>"), 1)
        self.assertNotIn("\u202e", svg)
        empty = self.write("empty.folded", ";")
        self.assertNotEqual(subprocess.run([FLAME, "diff", empty, empty, "-o", "-"],
                                           stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL).returncode, -11)


if __name__ == "__main__":
    main()
