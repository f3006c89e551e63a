/* Mangled names of C++, Rust and D as a person writes them. */
#pragma once

/* The readable form of 'name' without parameters, "ns::list<int>::push"; what the compiler
 * hung on for its clones (".isra.0", ".cold") and "@plt" stay behind it. NULL where 'name' is not
 * mangled, too long, or would become absurdly long; else mem_free() ends it. */
char *demangle(const char *name);
