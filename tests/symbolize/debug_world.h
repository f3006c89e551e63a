/* Test support: a program and its debug file, in a directory that is also the root of the
 * program's process. */
#pragma once

#include "model/symbol.h"

#include <stdbool.h>

/* A directory that is the root of the process that mapped /opt/prog. */
struct files {
	char root[64];
	const char *folder; /* for debug files, NULL: none */
};

struct loaded {
	struct symbol_table *t;
	char *refused;
};

void loaded_release(struct loaded *l);

int set_up(void **state);
int tear_down(void **state);

/* A command of the shell, in the root. */
__attribute__((format(printf, 2, 3))) void run(const struct files *f, const char *format,
					       ...);

/* "opt/prog" from one of the programs, and "prog.debug" that it names as its debug
 * file. */
void make(const struct files *f, const char *program);

/* The file opt/prog has the path 'path' in its process. The root of the process is
 * 'root', or ours. */
struct loaded load(const struct files *f, const char *path, const char *root);
bool is_named(const struct loaded *l);

/* Whether opt/prog has names if it is at its path in our root. */
bool is_named_here(const struct files *f);

/* Checks whether /opt/prog has names in its root, and the path of the file that was
 * refused (NULL: none). */
void expect(const struct files *f, bool named, const char *refused);

/* Copies the debug file to the path for its program's build id. */
void put_by_id(const struct files *f, const char *program, const char *debug);
