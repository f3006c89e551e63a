/* Test support: a running program that says where its functions are, the place of an address
 * in it as a recorder would tell it, and directories for a test's own files. */
#pragma once

#include "base/vec.h"
#include "model/dso.h"
#include "model/mapping.h"

#include <stddef.h>
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

/* Starts the program and reads what it tells; witness_stop() ends it. */
void witness_start(struct witness *w, const char *program);
void witness_stop(struct witness *w);

/* Fills in where 'addr' is mapped in the process: the mapping and the identity of its file by
 * device and inode, added to 'dsos'. */
void witness_map(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		 struct mapping *m);

/* The same with the build id of the file at 'program' as the identity. */
void witness_map_by_id(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		       const char *program, struct mapping *m);

/* A new directory, and its end with everything in it. */
const char *temp_dir_make(char path[64]);
void temp_dir_remove(const char *path);

/* "DIR/NAME" in 'path'. */
const char *temp_path(char path[512], const char *dir, const char *name);

void file_write(const char *path, const void *data, size_t n);

/* mem_free() ends it. */
void *file_read(const char *path, size_t *n);

/* Writes the bytes of one file into another that may exist; it may be run. */
void file_copy(const char *from, const char *to);
