#!/usr/bin/env python3
"""Every rule of the lint must be able to fail: a small bad tree for each, and the complaint that
it must bring. TEST_CC names the compiler."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lint import lint  # noqa: E402

ARCHITECTURE = """
| folder | may include |
| --- | --- |
| base | |
| model | base |
| fold | base model |
| render | base model |
| cli | base model fold render |

| library | headers | included by |
| --- | --- | --- |
| zstd | `zstd.h` | fold/zip.c |
| cmocka | `cmocka.h` | tests |

| files | lines each | lines together |
| --- | --- | --- |
| `cli/*.[ch]` | | 20 |
| `cli/cmd_*.c` | 10 | |
"""
CLEAN = {
    "docs/architecture.md": ARCHITECTURE,
    "base/mem.h": "#pragma once\n#include <stddef.h>\nvoid *mem_new(size_t n);\n",
    "base/mem.c": '#include "base/mem.h"\n#include <stdlib.h>\n'
                  "void *mem_new(size_t n)\n{\n\treturn malloc(n);\n}\n",
    "model/node.h": "#pragma once\nstruct node {\n\tint id;\n};\nextern const int node_max;\n",
    "model/node.c": '#include "model/node.h"\n#include "base/mem.h"\n'
                    "const int node_max = 3;\n"
                    "static const char *const names[] = {\"static int x;\", \"free(p)\"};\n"
                    "/* malloc(1) in a comment, and typedef struct too */\n"
                    "int node_of(struct node *n)\n{\n\treturn n->free(n) + *names[0];\n}\n",
    "fold/zip.c": "#include <zstd.h>\n",
    "cli/main.c": '#include "fold/zip.h"\n#include <stdio.h>\n'
                  'int main(void)\n{\n\treturn puts("hello");\n}\n',
    "cli/cmd_run.c": "\n" * 10,
    "fold/zip.h": "#pragma once\n",
    "render/view.h": "#pragma once\n",
    "fold/CMakeLists.txt": "flame_module(fold SOURCES zip.c USES base model LIBRARIES zstd)\n",
    "tests/fold/test_zip.c": '#include <cmocka.h>\n#include "fold/zip.h"\n'
                             "void f(void)\n{\n\tfree(0);\n\texit(1);\n}\n",
}
LONG_FUNCTION = "int f(int a)\n{\n" + "\ta++;\n" * 49 + "}\n"


class Lint(unittest.TestCase):
    def complaints(self, change):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**CLEAN, **change}.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return lint(root, os.environ.get("TEST_CC", "cc"))

    def refuses(self, change, *wanted):
        got = self.complaints(change)
        self.assertEqual(len(got), len(wanted), got)
        for line, start in zip(got, wanted):
            self.assertTrue(line.startswith(start), f"{line!r} is not {start!r}…")

    def test_clean_tree(self):
        self.refuses({})

    def test_layers(self):
        self.refuses({"fold/zip.h": '#pragma once\n#include "render/svg.h"\n',
                      "render/svg.h": "#pragma once\n"},
                     "fold/zip.h:2: layers: fold/ may not include 'render/svg.h'")
        self.refuses({"base/mem.c": '#include "base/mem.h"\n#include "model/node.h"\n'},
                     "base/mem.c:2: layers:", "base/mem:1: circles:", "base:1: circles:")

    def test_layers_in_cmake(self):
        self.refuses({"fold/CMakeLists.txt": "flame_module(fold\n SOURCES a.c\n USES base render)"},
                     "fold/CMakeLists.txt:1: layers: fold may not link render")

    def test_layers_unknown_folder(self):
        self.refuses({"docs/architecture.md": ARCHITECTURE.replace("| fold |", "| food | base |\n| fold |")},
                     "docs/architecture.md:1: layers: no such folder in row 'food'")

    def test_quotes(self):
        self.refuses({"base/mem.c": '#include "mem.h"\n'}, "base/mem.c:1: quotes:")
        self.refuses({"tests/fold/a.c": '#include "fold/gone.h"\n'}, "tests/fold/a.c:1: quotes:")

    def test_circle_of_modules(self):
        self.refuses({"model/a.h": '#pragma once\n#include "model/b.h"\n',
                      "model/b.h": "#pragma once\n",
                      "model/b.c": '#include "model/b.h"\n#include "model/a.h"\n'},
                     "model/a:1: circles: circle: model/a -> model/b -> model/a")

    def test_circle_of_folders(self):
        table = ARCHITECTURE.replace("| base | |", "| base | model |")
        self.refuses({"docs/architecture.md": table,
                      "base/x.h": '#pragma once\n#include "model/node.h"\n'},
                     "base:1: circles: circle: base -> model -> base")

    def test_libraries(self):
        self.refuses({"fold/other.c": "#include <zstd.h>\n"},
                     "fold/other.c:1: libraries: <zstd.h>: zstd does not live here")
        self.refuses({"fold/zip.c": "#include <zstd.h>\n#include <lzma.h>\n"},
                     "fold/zip.c:2: libraries: <lzma.h> belongs to no library")

    def test_libraries_in_a_header(self):
        table = ARCHITECTURE.replace("`zstd.h`", "`zstd.h` `math.h`")
        self.refuses({"docs/architecture.md": table,
                      "fold/zip.h": "#pragma once\n#include <math.h>\n"},
                     "fold/zip.h:2: libraries: <math.h> of zstd in a header")

    def test_permits(self):
        table = ARCHITECTURE.replace("fold/zip.c", "fold/zip.c model/node.c")
        self.refuses({"docs/architecture.md": table},
                     "docs/architecture.md:1: permits: model/node.c does not include zstd")
        table = ARCHITECTURE.replace("`cmocka.h`", "`zmock.h`")
        self.refuses({"docs/architecture.md": table, "tests/fold/test_zip.c": "int f;\n"},
                     "docs/architecture.md:1: permits: tests does not include cmocka")

    def test_rooms(self):
        many = {f"model/m{i}.h": "#pragma once\n" for i in range(25)}
        self.refuses(many, "model:1: rooms: 26 modules, more than 25")
        del many["model/m0.h"]
        self.refuses(many)

    def test_budget_of_a_file(self):
        self.refuses({"cli/cmd_run.c": "\n" * 11},
                     "cli/cmd_run.c:11: budgets: 11 lines, more than 10 (cli/cmd_*.c)")
        self.refuses({"cli/more.h": "\n" * 3 + "#pragma once\n", "tests/cli/cmd_run.c": "\n" * 11,
                      "cli/live/cmd_run.c": "\n" * 11})

    def test_budget_of_a_folder(self):
        self.refuses({"cli/more.h": "#pragma once\n" + "\n" * 5},
                     "docs/architecture.md:1: budgets: cli/*.[ch] has 22 lines, more than 20")
        self.refuses({"cli/more.h": "#pragma once\n" + "\n" * 3, "cli/live/more.h": "#pragma once\n"})

    def test_budget_of_nothing(self):
        table = ARCHITECTURE.replace("cli/cmd_", "cli/do_")
        self.refuses({"docs/architecture.md": table},
                     "docs/architecture.md:1: budgets: no file is 'cli/do_*.c'")

    def test_layer_inside_a_folder(self):
        table = ARCHITECTURE.replace("| render | base model |",
                                     "| render | base model |\n| render/data | base render |")
        data = {"docs/architecture.md": table, "render/a.h": "#pragma once\n"}
        self.refuses({**data, "render/data/b.h": '#pragma once\n#include "render/a.h"\n'})
        self.refuses({**data, "render/data/b.h": '#pragma once\n#include "model/node.h"\n'},
                     "render/data/b.h:2: layers: render/data/ may not include 'model/node.h'")
        self.refuses({**data, "render/data/b.h": "#pragma once\n",
                      "render/c.h": '#pragma once\n#include "render/data/b.h"\n'},
                     "render/c.h:2: layers: render/ may not include 'render/data/b.h'")

    def test_memory(self):
        for call in ("malloc(1)", "free (0)", "strdup(s)", "asprintf(&s, s)"):
            self.refuses({"model/node.c": f"int f(char *s)\n{{\n\treturn {call};\n}}\n"},
                         "model/node.c:3: memory:")

    def test_talk(self):
        for call in ('printf("x")', "exit(1)", 'getenv("X")', 'perror("x")', "fprintf(f, s)"):
            self.refuses({"fold/talk.c": f"int f(char *s)\n{{\n\treturn {call};\n}}\n"},
                         "fold/talk.c:3: talk:")
        self.refuses({"cli/talk.c": "void f(void)\n{\n\tfputs(\"x\", stderr);\n}\n"},
                     "cli/talk.c:3: talk:")

    def test_typedefs(self):
        self.refuses({"model/node.h": "#pragma once\ntypedef struct node {\n\tint i;\n} node;\n"},
                     "model/node.h:2: typedefs:")

    def test_state(self):
        for code in ("static int calls;\n", "int calls = 3;\n", "struct node calls;\n",
                     "static char calls[10];\n", "struct node *calls = 0;\n",
                     "int f(void)\n{\n\tstatic unsigned long calls = 1;\n\treturn 0;\n}\n"):
            got = self.complaints({"model/node.c": code})
            self.assertEqual(len(got), 1, (code, got))
            self.assertIn(": state: 'calls'", got[0])

    def test_sizes(self):
        self.refuses({"model/node.c": LONG_FUNCTION},
                     "model/node.c:2: sizes: f() has 51 lines")
        self.refuses({"model/node.c": LONG_FUNCTION.replace("\ta++;\n", "", 1)})
        self.refuses({"model/node.c": "\n" * 501}, "model/node.c:501: sizes: 501 lines")

    def test_headers(self):
        self.refuses({"model/node.h": "#pragma once\nsize_t node_size(void);\n"},
                     "model/node.h:1: headers: does not compile alone")
        self.refuses({"model/node.h": "struct node {\n\tint i;\n};\n"},
                     "model/node.h:1: headers:")

    def test_exceptions(self):
        path = "tests/lint/exceptions.txt"
        bad = {"fold/talk.c": "int f(void)\n{\n\texit(1);\n}\n"}
        self.refuses({**bad, path: "talk fold/talk.c exit it must\n"})
        self.refuses({**bad, path: "talk fold/talk.c exit\n"}, path)
        self.refuses({path: "talk fold/talk.c exit it must\n"}, path)

    def test_tables_missing(self):
        self.assertIn("its tables were not found",
                      self.complaints({"docs/architecture.md": "nothing\n"})[-1])


if __name__ == "__main__":
    unittest.main()
