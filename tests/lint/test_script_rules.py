#!/usr/bin/env python3
"""Every rule of script_rules.py must be able to fail: a small bad script for each, and the complaint
that it must bring."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import script_rules  # noqa: E402
from tree import Tree  # noqa: E402

MODEL, PAGE = "render/svg/assets/model/", "render/svg/assets/page/"
CLEAN = {
    "docs/architecture.md": "| folder | may include |\n| --- | --- |\n| render/svg | |\n",
    MODEL + "words.js": "// Not document.title.\nexport const shorten = (name) => name.slice(1), CUT = '…';\n"
                        "const list = [1, 2].map((a, b) => a + b);\n",
    MODEL + "state.js": "export let state = {};\nexport function update(changes) {\n"
                        "\tconst shorten = { location: changes };\n\tstate = shorten;\n}\n",
    PAGE + "actions.js": "import { update } from '../model/state.js';\n\n"
                         "export const zoom = (node) => update({ node });\n",
    PAGE + "main.js": "import { CUT, shorten } from '../model/words.js';\n"
                      "import { zoom } from './actions.js';\n\ndocument.title = shorten(CUT);\nzoom();\n",
    PAGE + "other.js": "import { zoom } from './actions.js';\n\nconst list = zoom;\n",
}


class ScriptRules(unittest.TestCase):
    def refuses(self, change, *wanted):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**CLEAN, **change}.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            tree = Tree(root)
            got = [f"{path}:{line}: {rule.__name__}: {text}".replace("render/svg/assets/", "")
                   for rule in script_rules.RULES for path, line, _, text in rule(tree)]
        self.assertEqual(len(got), len(wanted), got)
        for line, start in zip(got, wanted):
            self.assertTrue(line.startswith(start), f"{line!r} is not {start!r}…")

    def test_clean_script(self):
        self.refuses({})

    def test_forms_of_imports(self):
        for line in ("import * as words from '../model/words.js';", "import '../model/words.js';",
                     "import { shorten as s } from '../model/words.js';", "import {\n\tshorten\n} from 'x';",
                     "export { state } from '../model/state.js';", "export default 3;"):
            self.refuses({PAGE + "other.js": line + "\n"}, "page/other.js:1: script_imports: an import")

    def test_unknown_names(self):
        self.refuses({PAGE + "other.js": "import { list } from '../model/words.js';\n"},
                     "page/other.js:1: script_imports:")
        self.refuses({PAGE + "other.js": "import { list } from './gone.js';\n"},
                     "page/other.js:1: script_imports:")

    def test_circle(self):
        self.refuses({MODEL + "words.js": "import { state } from './state.js';\n\n"
                                          "export const shorten = state, CUT = 1;\n",
                      MODEL + "state.js": "import { CUT } from './words.js';\n\n"
                                          "export let state = CUT;\nexport const update = 1;\n"},
                     "model/state.js:1: script_circles: circle: ")

    def test_names(self):
        for line in ("const state = 1;", "const a = f('x, y', [2, 3]), state = 2;", "function state() {",
                     "async function state() {"):
            self.refuses({MODEL + "words.js": CLEAN[MODEL + "words.js"] + line + "\n"},
                         "model/words.js:4: script_names: 'state'")

    def test_document_in_the_model(self):
        for line in ("\tdocument.title = 3;", "\treturn globalThis.x;", "\tf(innerWidth);"):
            self.refuses({MODEL + "words.js": CLEAN[MODEL + "words.js"] + line + "\n"},
                         "model/words.js:4: script_model:")
        self.refuses({MODEL + "more.js": "import { zoom } from '../page/actions.js';\n"},
                     "model/more.js:1: script_model: model/ may not import")

    def test_state(self):
        for line in ("let drag = null;", "export var drag;"):
            self.refuses({PAGE + "other.js": line + "\n"}, "page/other.js:1: script_state: a variable")
        self.refuses({PAGE + "other.js": "import { update } from '../model/state.js';\n"},
                     "page/other.js:1: script_state: only actions.js")


if __name__ == "__main__":
    unittest.main()
