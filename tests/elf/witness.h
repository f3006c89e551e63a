/* Test support: a running program that prints the addresses of its functions, and the
 * mapping of such an address as a recording has it. */
#pragma once

#include "base/vec.h"
#include "model/dso.h"
#include "model/space.h"
#include "tests/files.h"

#include <stdint.h>
#include <sys/types.h>

struct told {
	uint64_t addr;
	char name[64];
};

struct witness {
	pid_t pid;
	VEC(struct told) told;
};

/* Starts the program and reads the addresses that it prints; witness_stop() ends it. */
void witness_start(struct witness *w, const char *program);
void witness_stop(struct witness *w);

/* Fills in where 'addr' is mapped in the process: the mapping and the identity of its
 * file by device and inode, added to 'dsos'. */
void witness_map(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		 struct mapping *m);

/* The same with the build id of the file at 'program' as the identity. */
void witness_map_by_id(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		       const char *program, struct mapping *m);
