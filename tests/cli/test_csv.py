"""CSV of report and diff, and what spreadsheets make of it."""

import csv
import io

from flame_test import Test, flame, main

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", '"=1"', "'-1", "\uff1d1", "=a,b", "\t=1"]
PLAIN = ["main", "operator=", "a-b", "x=1", "~A", "#x", "a@b"]


class Csv(Test):
    def setUp(self):
        super().setUp()
        self.before = self.text("before.folded", 5)
        self.after = self.text("after.folded", 50)

    def text(self, name, first):
        return self.write(name, "".join(f"root;{f} {first + i}\n"
                                        for i, f in enumerate(FORMULAS + PLAIN)))

    def rows(self, *args):
        result = flame(*args, "--format", "csv")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return list(csv.DictReader(io.StringIO(result.stdout, newline="")))

    def test_report(self):
        rows = {row["name"]: row for row in self.rows("report", self.before)}
        for i, name in enumerate(FORMULAS + PLAIN):
            row = rows[name.replace("\t", "\ufffd")]
            self.assertEqual((row["self"], row["total"], row["object"]),
                             (str(5 + i), str(5 + i), ""))
        self.assertEqual(len(rows), len(FORMULAS + PLAIN))
        self.assertEqual(len(self.rows("report", self.before, "-n", "3")), 3)
        self.assertEqual(flame("report", self.before, "--format", "folded").returncode, 2)

    def test_safe(self):
        for args in (["report", self.before], ["diff", self.before, self.after, "--no-svg"]):
            plain = self.rows(*args)
            safe = self.rows(*args, "--csv-safe")
            self.assertEqual(len(plain), len(FORMULAS + PLAIN))
            for before, after in zip(plain, safe):
                name = before.pop("name")
                self.assertEqual(after.pop("name"), name if name in PLAIN else "'" + name)
                self.assertEqual(before, after)


if __name__ == "__main__":
    main()
