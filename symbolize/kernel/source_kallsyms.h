/* Names of kernel code from /proc/kallsyms.
 *
 * A name keeps its module, as it is in the file, and so also has it when it comes from
 * a recording: "nf_conntrack_in\t[nf_conntrack]", "bpf_prog_..\t[bpf]". Names of the
 * core kernel have no module. */
#pragma once

#include "base/error.h"
#include "model/build_id.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

struct kallsyms {
	struct symbol_table *symbols; /* by addr */
	uint64_t text, stext;	      /* addresses of _text and _stext; 0: none */
	uint64_t etext, edata;	      /* of _etext and _edata, likewise */
	bool hidden;		      /* all addresses are 0: kptr_restrict */
};

/* Reads 'path', usually "/proc/kallsyms". A symbol ends at the next one, after at most
 * 1 MiB. Padding before functions (__pfx_, __cfi_) is left out. Returns 0, or -1 and
 * leaves '*k' unchanged. */
int kallsyms_read(struct kallsyms *k, const char *path, struct error *err);

/* The same for the open file 'fd' with that name. */
int kallsyms_read_fd(struct kallsyms *k, int fd, const char *path, struct error *err);
void kallsyms_release(struct kallsyms *k);

/* Returns a new table of the symbols of one module, or NULL if it has none. 'k' owns
 * their names. */
struct symbol_table *kallsyms_module(const struct kallsyms *k, const char *module);

/* Splits such a name. Returns the length of the name without its module. '*module' is
 * the text in the brackets, NULL for the core kernel. */
size_t kallsyms_split(const char *name, const char **module, size_t *module_len);

/* Whether a symbol is padding before a function. */
bool kallsyms_is_padding(const char *name);

/* Reads the build id of the running kernel from 'path', usually "/sys/kernel/notes".
 * Returns false if there is none. */
bool kallsyms_build_id(const char *path, struct build_id *id);
