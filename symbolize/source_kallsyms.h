/* Names of kernel code as the running kernel tells them in /proc/kallsyms.
 *
 * A name keeps what stands behind it in the file, so that it still says whose it is when it
 * comes back from a recording: "nf_conntrack_in\t[nf_conntrack]", "bpf_prog_..\t[bpf]"; the
 * core kernel's have nothing behind them. */
#pragma once

#include "base/error.h"
#include "model/build_id.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

struct kallsyms {
	struct symbol_table *symbols; /* by addr */
	uint64_t text, stext, etext;  /* addresses of _text and so on, 0: not there */
	bool hidden;		      /* kptr_restrict: nothing but zeros to be seen */
};

/* Reads 'path', usually "/proc/kallsyms". A symbol ends at the next one, at most 1 MiB on.
 * The compiler's padding before functions (__pfx_, __cfi_) is left out. */
int kallsyms_read(struct kallsyms *k, const char *path, struct error *err);
void kallsyms_release(struct kallsyms *k);

/* A new table of the symbols of one module, 'k' still owning their names; NULL where it has
 * none. */
struct symbol_table *kallsyms_module(const struct kallsyms *k, const char *module);

/* Splits a name as above: the length of the name proper, and what stands in the brackets,
 * NULL for the core kernel. */
size_t kallsyms_split(const char *name, const char **module, size_t *module_len);

/* The build id of the running kernel, from 'path', usually "/sys/kernel/notes". */
bool kallsyms_build_id(const char *path, struct build_id *id);
