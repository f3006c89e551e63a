/* Dsos: the objects that code is mapped from: a file, the kernel, a kernel module, the
 * vdso, anonymous memory. The path is only a label. A file's identity is its device and
 * inode, and its generation and build id where they are known. A recording of another
 * program may have build ids only: then the build id is the identity. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "model/build_id.h"
#include "model/dso_trouble.h"
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
	/* //anon, [heap], [stack], JIT code: each process has its own */
	DSO_ANON,
	DSO_KERNEL,
	DSO_MODULE,
	DSO_BPF,
	DSO_KIND_LAST = DSO_BPF,
};

struct dso {
	enum dso_kind kind;
	/* in the mount namespace of the process that mapped it */
	str_id path;
	struct build_id build_id;
	uint32_t major, minor;
	uint64_t inode;
	/* with the version of the content: dso_version() */
	uint64_t generation;
	/* first process that mapped it: the path is relative to its root */
	uint32_t pid;
	/* of the file when it was mapped, in bytes; 0: unknown */
	uint64_t size;

	/* Names saved in the recording, by file_off or by addr (dso_names_have_addrs()),
	 * or NULL. The dso owns them. */
	struct symbol_table *names;
	/* the file is a list of functions that a JIT compiler made */
	bool has_addrs;
	/* Inline frames saved in the recording, with strings of the table's strtab, or
	 * NULL. The dso owns them. */
	struct inline_table *places;
	/* Name of all frames without a symbol, such as "[replaced nginx]", or 0. */
	str_id reason;
	/* The three fields above were filled when the recording ended. */
	bool resolved;
	/* The names are those of a file that only its path identifies. */
	bool is_unverified;
	/* Set by the last reader: samples have code of the dso; its file was
	 * looked for on this machine, and why it could not be opened. */
	bool is_hit, is_sought;
	enum dso_trouble trouble;
	/* number of the last dso_add() of it, UINT64_MAX: the dso is free */
	uint64_t added;
};

/* Names of JIT code of one process, saved in the recording. */
struct dso_made {
	uint32_t pid;
	/* time of the fork or exec with which the program began, or 0 */
	uint64_t since;
	struct jit_code_table *codes;
};

struct dso_table {
	/* not owned */
	struct strtab *strings;
	struct hashmap by_hash;
	VEC(struct dso) items;
	/* ids of free dsos */
	VEC(dso_id) free;
	/* number of calls of dso_add() */
	uint64_t n_added;
	/* The table owns the 'codes' of each. */
	VEC(struct dso_made) made;
};

/* Makes an empty table with its strings in 'strings'. */
void dso_table_init(struct dso_table *t, struct strtab *strings);
void dso_table_release(struct dso_table *t);

/* The version of a file's content. The kernel's generations have 32 bits; while a
 * recording is taken, the upper half of the generation counts how often the content of an
 * inode has changed between two mappings. */
static inline uint32_t dso_version(const struct dso *dso)
{
	return (uint32_t)(dso->generation >> 32);
}

static inline void dso_set_version(struct dso *dso, uint32_t version)
{
	dso->generation = (uint64_t)version << 32 | (uint32_t)dso->generation;
}

/* Whether two files are the same by their identities. A generation or build id that only
 * one of them has proves nothing; files with one build id and different inodes differ. A
 * file with an inode and one without are never the same. */
bool dso_is_same_file(const struct dso *a, const struct dso *b);

/* A hash of the identity: equal for all that dso_is_same_file() may call the same. */
uint64_t dso_file_hash(const struct dso *dso);

/* Returns the id of the dso with the identity of 'like'; adds it if it is new. Compares
 * kind, path and dso_is_same_file(), for DSO_ANON kind, path and pid. A dso that exists
 * gets the generation and the build id of 'like' if its own are unknown. Does not copy
 * names, places and reason. */
dso_id dso_add(struct dso_table *t, const struct dso *like);

/* Likewise, but dsos of which different facts are known stay apart. */
dso_id dso_add_apart(struct dso_table *t, const struct dso *like);

/* Frees all dsos but those with 'is_kept' (by dso_id, for all of them), those that a
 * recording has names of, and the 'most' others that were added last. Sets 'is_kept' of
 * all that remain. The ids of the others may be given to new dsos. */
void dso_table_forget(struct dso_table *t, bool *is_kept, size_t most);

/* Call it after the paths of dsos have got other ids. */
void dso_table_hash(struct dso_table *t);

/* Returns the dso of an id of this table; valid until the next dso_add(). */
struct dso *dso_at(const struct dso_table *t, dso_id id);

/* Whether names of the dso are by address, not by offset in its file. */
static inline bool dso_names_have_addrs(const struct dso *dso)
{
	return dso->has_addrs || dso->kind == DSO_KERNEL || dso->kind == DSO_MODULE ||
	       dso->kind == DSO_BPF;
}

/* Returns the kind of a mapping by its path: "[vdso]", "//anon", "/usr/bin/ls" and so
 * on. */
enum dso_kind dso_kind_of(const char *path, bool is_kernel);

/* Returns the last part of a path, for display: "libc.so.6", "[kernel.kallsyms]",
 * "[vdso]". */
const char *dso_short_name(const char *path);
