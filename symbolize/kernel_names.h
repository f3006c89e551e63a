/* The running kernel's names, read once and only if somebody asks, which several threads may do
 * at once. */
#pragma once

#include "base/mutex.h"
#include "model/dso.h"
#include "model/space.h"
#include "symbolize/source_kallsyms.h"

#include <stdbool.h>

struct kernel_names {
	const char *path;     /* of kallsyms; somebody else's */
	bool is_live;	      /* the recording's kernel is the running one */
	pthread_mutex_t lock; /* of what follows, until it was read */
	bool was_read;
	struct kallsyms kallsyms;
	struct error error; /* why there are none, empty: there are some */
};

void kernel_names_init(struct kernel_names *k, const char *path, bool is_live);
void kernel_names_release(struct kernel_names *k);

/* All names of the kernel 'dso' that is mapped at 'm' (NULL: unknown where), 'k' still owning
 * them. NULL where none are to be had, or the recording is of another kernel or of the same
 * one at another address. Its build id tells, or without one where its text begins and ends. */
struct symbol_table *kernel_names_all(struct kernel_names *k, const struct dso *dso,
				      const struct mapping *m);

/* A new table of the names of a module, which must not outlive 'k'; NULL where there are
 * none. */
struct symbol_table *kernel_names_module(struct kernel_names *k, const char *module);
