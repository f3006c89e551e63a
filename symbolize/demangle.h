/* Readable forms of mangled names of C++, Rust and D. */
#pragma once

/* Returns the readable form of 'name' without parameters, "ns::list<int>::push".
 * Suffixes of compiler clones (".isra.0", ".cold") and "@plt" stay. Returns NULL if
 * 'name' is not mangled, is too long, or would become absurdly long. mem_free() frees
 * the result. */
char *demangle(const char *name);
