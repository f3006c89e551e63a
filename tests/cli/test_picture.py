"""Pictures as outputs and as inputs."""

import os
import re
import subprocess
from xml.etree import ElementTree

from flame_test import CASES, Test, flame, main, needs_recording, needs_tool

STACKS = """\
nginx;main;ngx_process_[i];__libc_write;vfs_write_[k] 3000000
nginx;main 20
php-fpm8.2;zend_[j];[unknown opcache.so] 7
php-fpm8.2;a<b>&"c" 5
"""
MARKS = ["--all"]
# Text that names may contain but a picture must not, and the text in the picture instead.
HOSTILE = (b"<script>alert(1)</script>;]]>;--> 1\n"
           b"a\x01b\x1b[31m;\xff\xfe;\xc3( 2\n"
           b"\xe2\x80\xaegnp.exe;\xd7\x90\xd7\x91 3\n"
           b"x;" + b"n" * 10000 + b" 4\n")
SHOWN = {"<script>alert(1)</script>;]]>;-->": 1, "a\ufffdb\ufffd[31m;\ufffd\ufffd;\ufffd(": 2,
         "\ufffdgnp.exe;\u05d0\u05d1": 3, "x;" + "n" * 10000: 4}
SVG = "{http://www.w3.org/2000/svg}"


class Picture(Test):
    def draw(self, source, *options, name="out.svg"):
        result = flame("render", source, "-o", self.path(name), *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.path(name)

    def read(self, path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    def test_folded_text_comes_back(self):
        source = self.write("in.folded", STACKS)
        svg = self.draw(source)
        self.assertEqual(self.folded(*MARKS, svg), self.folded(*MARKS, source))
        self.assertEqual(self.read(self.draw(svg, name="again.svg")), self.read(svg))
        with open(svg, "rb") as f:
            piped = flame("fold", *MARKS, "-", stdin=f)
        self.assertEqual(piped.stdout, flame("fold", *MARKS, source).stdout)

    def test_report_reads_it_too(self):
        source = self.write("in.folded", STACKS)
        self.assertEqual(flame("report", self.draw(source)).stdout,
                         flame("report", source).stdout)

    def test_hostile_names_come_back_as_shown(self):
        svg = self.draw(self.write("in.folded", HOSTILE))
        self.assertEqual(self.folded(svg), SHOWN)
        root = ElementTree.parse(svg).getroot()
        self.assertEqual([e.tag for e in root.iter(f"{SVG}script")], [f"{SVG}script"])
        names = {e.text.split(":")[0].strip("\u2068\u2069") for e in root.iter(f"{SVG}title")}
        self.assertIn("<script>alert(1)</script>", names)

    def test_weights_and_conditions_come_back(self):
        for name in ("perf.data.busy.0-3.4", "perf.data.systemwide.0-3.8"):
            source = os.path.join(CASES, "perf-data", name)
            if not os.path.exists(source):
                self.skipTest(f"no {source}")
            svg = self.draw(source)
            for unit in ("samples", "events"):
                self.assertEqual(self.folded("--unit", unit, *MARKS, svg),
                                 self.folded("--unit", unit, *MARKS, source))
            self.assertEqual(self.read(self.draw(svg, name="again.svg")), self.read(svg))

    @needs_recording
    def test_a_recording_comes_back(self):
        data = self.path("x.data")
        self.assertEqual(flame("record", "-a", "-F", "999", "0.5", "-o", data, "--title", "What <it> was",
                               "--colors", "hot").returncode, 0)
        drawn = self.read(self.path("x.svg"))
        self.assertIn(">What &lt;it&gt; was</text>", drawn)
        self.assertNotIn(">kernel</text>", drawn)
        svg = self.draw(data)
        self.assertEqual(self.folded(*MARKS, svg), self.folded(*MARKS, data))
        self.assertEqual(self.read(self.draw(svg, name="again.svg")), self.read(svg))
        self.assertIn("flame record -a -F 999", self.read(svg))

    def test_units(self):
        source = self.write("in.folded", STACKS)
        svg = self.draw(source, "--unit", "bytes")
        self.assertIn(": 100%, 3,000,032 bytes</title>", self.read(svg))
        self.assertEqual(self.read(self.draw(svg, name="again.svg")), self.read(svg))
        self.assertEqual(self.read(self.draw(source, "--countname", "bytes", name="a.svg")),
                         self.read(svg))
        for unit in ("time", "events"):
            self.assert_one_line_error(flame("fold", "--unit", unit, svg))

    def test_options(self):
        source = self.write("in.folded", STACKS)
        svg = self.read(self.draw(source, "--title", "A & B", "--subtitle", "<s>", "--width", "700",
                                  "--colors", "purple"))
        for part in ("<title>A &amp; B</title>", ">&lt;s&gt;</text>", 'width="700"', "#c87eba"):
            self.assertIn(part, svg)
        for wrong in (("--colors", "pink"), ("--width", "0"), ("--width", "1e3"), ("--width",)):
            self.assert_one_line_error(flame("render", source, *wrong), status=2)

    def test_other_documents_are_refused(self):
        svg = self.read(self.draw(self.write("in.folded", STACKS)))
        data = re.search('<metadata id="data">([^<]*)<', svg).group(1)
        middle = len(data) // 2
        flipped = data[:middle] + ("B" if data[middle] == "A" else "A") + data[middle + 1:]
        for text in (svg.replace(data, data[:-8]), svg.replace(data, ""), svg[:svg.index(data) + 9],
                     svg.replace(data, flipped), '<?xml version="1.0"?><svg/>'):
            for command in ("fold", "report"):
                self.assert_one_line_error(flame(command, self.write("bad.svg", text)))

    def test_every_version_is_read(self):
        folder = os.path.join(os.path.dirname(__file__), "..", "..", "samples", "pictures")
        pictures = [name for name in sorted(os.listdir(folder)) if name.endswith(".svg")]
        self.assertGreaterEqual(len(pictures), 3)
        for name in pictures:
            path = os.path.join(folder, name)
            folded = self.read(path.replace(".svg", ".folded"))
            self.assertEqual(flame("fold", *MARKS, path).stdout, folded)

    def test_an_unknown_version_is_named(self):
        svg = self.read(self.draw(self.write("in.folded", STACKS)))
        newer = self.write("newer.svg", svg.replace('<metadata id="data">3', '<metadata id="data">4'))
        result = flame("fold", newer)
        self.assert_one_line_error(result)
        self.assertIn("version '4'", result.stderr)

    @needs_tool("xmllint")
    def test_is_well_formed(self):
        for source in (STACKS, HOSTILE, ""):
            svg = self.draw(self.write("in.folded", source or "# nothing\n"))
            told = subprocess.run(["xmllint", "--noout", "--nonet", svg], capture_output=True, text=True)
            self.assertEqual((told.returncode, told.stderr), (0, ""))

    @needs_tool("rsvg-convert")
    def test_shows_in_other_viewers(self):
        for source in (STACKS.encode(), HOSTILE):
            svg = self.draw(self.write("in.folded", source), "--colors", "blue")
            png = self.path("out.png")
            told = subprocess.run(["rsvg-convert", "-o", png, svg], capture_output=True, text=True)
            self.assertEqual((told.returncode, told.stderr), (0, ""))
            self.assertGreater(os.path.getsize(png), 2000)


if __name__ == "__main__":
    main()
