/* The root directory of a process. The paths of its mapped files, and of everything that
 * its files name, belong to this root and not to ours. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum process_root_kind {
	ROOT_UNKNOWN, /* the process is gone, or we may not look at it */
	ROOT_OURS,    /* the process has our root directory and our mount namespace */
	ROOT_OTHER,   /* another directory or another mount namespace */
};

/* Without a process: process_root_none(). */
struct process_root {
	enum process_root_kind kind;
	int fd;		 /* O_PATH; -1 unless the kind is ROOT_OTHER */
	bool is_changed; /* by chroot(): the process has our mount namespace */
};

static inline struct process_root process_root_none(void)
{
	return (struct process_root){.kind = ROOT_UNKNOWN, .fd = -1};
}

/* Opens the root directory of a process; 'pid' may be any number. */
struct process_root process_root_open(uint32_t pid);
void process_root_close(struct process_root *r);

/* Returns the path in a root of ROOT_OTHER of a file with the path 'path' in a
 * recording: the kernel records paths in a changed root as paths in ours. The result
 * points into 'path'. */
const char *process_root_path(const struct process_root *r, const char *path);
