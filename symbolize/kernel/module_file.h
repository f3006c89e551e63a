/* The file of a kernel module, which may be packed: .ko, .ko.xz, .ko.zst. */
#pragma once

#include "elf/elf_file.h"
#include "elf/search/file_places.h"
#include "model/build_id.h"

/* A module to look for. The pointers are the caller's. */
struct module_search {
	const struct file_places *places;
	struct slow_files *slow;
	const char *path;    /* of the file, or "[NAME]" */
	const char *name;    /* as /proc/modules has it */
	const char *release; /* of the kernel, NULL: unknown */
	struct build_id build_id;
};

/* Zero-initialize. */
struct module_file {
	struct elf_file *elf; /* NULL: not open */
	void *unpacked;
	/* path of the first file with another build id; NULL: none */
	char *refused;
};

/* Opens the file of a module with the build id of the search; if that is empty, only if
 * the places insist. It is looked for at its path, by its name in /lib/modules/RELEASE,
 * both below the root directory of the places and then on this machine, and by its build
 * id. Returns false if there is none. */
bool module_file_open(struct module_file *m, const struct module_search *s);
void module_file_close(struct module_file *m);
