/* What code is mapped from: a file, the kernel, a module, the vdso, anonymous memory. A path
 * is only a label; the identity is the build id, else device, inode and generation. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "model/build_id.h"
#include "model/inline_table.h"
#include "model/jit_code_table.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t dso_id;
#define DSO_NONE UINT32_MAX

enum dso_kind {
	DSO_FILE,
	DSO_VDSO,
	DSO_ANON, /* //anon, [heap], [stack], JIT code: one of its own for every process */
	DSO_KERNEL,
	DSO_MODULE,
	DSO_BPF,
	DSO_KIND_LAST = DSO_BPF,
};

struct dso {
	enum dso_kind kind;
	str_id path; /* as the process that mapped it sees it */
	struct build_id build_id;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t pid; /* of the first process seen with it: whose root the path is in */

	/* The names that the recording itself carries, by file_off (by addr for the kernel),
	 * and why the rest has none: a frame's whole name such as "[binary replaced]", or 0.
	 * Both are what was found when the recording ended; 'resolved' says that it was. */
	struct symbol_table *names;
	/* And what was inlined at addresses that were hit, with strings of the dsos' table. */
	struct inline_table *places;
	str_id reason;
	bool resolved;
};

/* Names of code that a program made while it ran, in memory that is no file's, as the
 * recording carries them. */
struct dso_made {
	uint32_t pid;
	uint64_t since; /* time of the fork or exec that the program began with, or 0 */
	struct jit_code_table *codes;
};

struct dso_table {
	struct strtab *strings; /* somebody else's */
	struct hashmap by_hash;
	VEC(struct dso) items;
	VEC(struct dso_made) made; /* whoever adds one gives its codes away */
};

void dso_table_init(struct dso_table *t, struct strtab *strings);
void dso_table_release(struct dso_table *t);

/* The number of the dso that 'like' describes, added when it is new. Only its identity is
 * compared: kind, path, build id, else device, inode and generation; for DSO_ANON also the
 * pid. What it points to is not taken over. */
dso_id dso_add(struct dso_table *t, const struct dso *like);

/* Valid until the next dso_add(). */
struct dso *dso_at(const struct dso_table *t, dso_id id);

/* What kind of dso a mapping's path means: "[vdso]", "//anon", "/usr/bin/ls" and so on. */
enum dso_kind dso_kind_of(const char *path, bool is_kernel);

/* The path's last part, as it is shown: "libc.so.6", "[kernel.kallsyms]", "[vdso]". */
const char *dso_short_name(const char *path);
