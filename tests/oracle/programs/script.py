"""Python as it is written: classes, generators, exceptions, threads, and the extensions in C."""

import functools
import hashlib
import json
import re
import sqlite3
import sys
import threading
import time
import zlib


class Shape:
    def __init__(self, side):
        self.side = side

    def area(self):
        return sum(i * self.side & 0xffff for i in range(200))

    def __lt__(self, other):
        return self.side < other.side


def records(n):
    return [{"id": i, "name": "x" * (i % 40), "tags": ["a", "b"], "more": {"k": i}}
            for i in range(n)]


def text():
    written = json.dumps(records(100), indent=1)
    back = json.loads(written)
    back.sort(key=lambda record: record["name"])
    return len(re.sub(r'"(\w+)": (\d+)', lambda m: m[1] + m[2], written))


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def fails(n):
    if not n:
        raise ValueError("thrown")
    with threading.Lock():
        return fails(n - 1)


def native():
    data = b"some text to be packed " * 5000
    rows = sqlite3.connect(":memory:")
    rows.execute("create table t (a integer, b text)")
    rows.create_function("twice", 1, lambda a: a * 2)
    rows.executemany("insert into t values (?, ?)", ((i, str(i)) for i in range(300)))
    total = rows.execute("select sum(twice(a)) from t where b like '%1%'").fetchone()
    return len(zlib.compress(data)) + len(hashlib.sha256(data).digest()) + total[0]


def serve(end):
    shapes = [Shape(i * 7 % 13) for i in range(30)]
    while time.time() < end:
        sum(shape.area() for shape in sorted(shapes))
        text()
        fibonacci.cache_clear()
        fibonacci(150)
        try:
            fails(20)
        except ValueError:
            pass
        native()


def main():
    end = time.time() + int(sys.argv[1]) + 1
    threads = [threading.Thread(target=serve, args=(end,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
