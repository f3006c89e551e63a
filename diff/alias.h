/* Aliases: names without the parts that differ between builds or runs of the same
 * program. Names with the same alias are the same function, process or file. */
#pragma once

#include <stddef.h>

/* Writes the alias of a function's name to 'to', which has room for 'len' bytes, and
 * returns its length. The alias is empty only if the name is.
 *
 *     f.isra.0, f.constprop.1, f.part.2.cold, f.lto_priv.3, f.llvm.123 -> f
 *     a::f::h0123456789abcdef              -> a::f
 *     bpf_prog_6deef7357e7b4530_f          -> bpf_prog_*_f    (8 or more hex digits,
 *                                             both letters and figures, or any after 0x)
 *     LazyCompile:*f x.js, JS:~f, JS:^f    -> LazyCompile:f x.js, JS:f  (tiers of V8)
 *     f[OptimizedTier1], f[Tier0]          -> f               (tiers of .NET)
 *     memcpy@@GLIBC_2.14, memcpy@plt       -> memcpy
 *     f(int) [clone .isra.0]               -> f(int)
 *     a.Foo$$Lambda$733/101464973.apply    -> a.Foo$$Lambda*.apply
 *     a.GeneratedMethodAccessor120.invoke  -> a.GeneratedMethodAccessor*.invoke
 *     main.Map[go.shape.int_0]             -> main.Map[...]   (as Go prints it, too)
 *     runtime.memmove.abi0                 -> runtime.memmove
 *     f_[k], f_[i], f_[j], f_[0], f_[1]    -> f               (marks of folded text) */
size_t alias_function(char *to, const char *name, size_t len);

/* The same for the root of a stack: process, thread, container. Numbers after '-',
 * '/', ':', '#' or a space become '*', except the number of a CPU.
 *
 *     worker-12, kworker:1, pid 4711 -> worker-*, kworker:*, pid * */
size_t alias_root(char *to, const char *name, size_t len);

/* The same for a file: libz.so.1.2.13, perf-4711.map, libc-2.36.so -> libz.so,
 * perf-*.map, libc-*.*.so */
size_t alias_object(char *to, const char *name, size_t len);
