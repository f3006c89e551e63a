/* Names of the same thing in two builds or two runs: what is different each time is set aside. */
#pragma once

#include <stddef.h>

/* Writes 'name' without what says nothing of which function it is to 'to', which has room for
 * 'len' bytes, and returns its length. Never empty where 'name' isn't.
 *
 *     f.isra.0, f.constprop.1, f.part.2.cold, f.lto_priv.3, f.llvm.123 -> f
 *     a::f::h0123456789abcdef              -> a::f
 *     bpf_prog_6deef7357e7b4530_f          -> bpf_prog_*_f    (8 or more hexadecimal digits,
 *                                             among them letters and figures, or behind 0x)
 *     LazyCompile:*f x.js, JS:~f, JS:^f    -> LazyCompile:f x.js, JS:f   (V8's tiers)
 *     f[OptimizedTier1], f[Tier0]          -> f               (those of .NET)
 *     f_[k], f_[i], f_[j], f_[0], f_[1]    -> f               (marks of folded text) */
size_t alias_function(char *to, const char *name, size_t len);

/* The same for what stands at the root of stacks: processes, threads, containers. Numbers behind
 * '-', '/', ':', '#' or a space are set aside, but for those of CPUs.
 *
 *     worker-12, kworker:1, pid 4711 -> worker-*, kworker:*, pid * */
size_t alias_root(char *to, const char *name, size_t len);

/* And for files: libz.so.1.2.13, perf-4711.map, libc-2.36.so -> libz.so, perf-*.map, libc-*.*.so */
size_t alias_object(char *to, const char *name, size_t len);
