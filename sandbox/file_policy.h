/* The rules for files that a process with privileges opens for one without: they are
 * opened for reading only. A file must be one that the user named, a file of the kernel
 * about symbols or processes, or have a content that flame looks for: an ELF file, a
 * packed one, or a file about JIT code. So a parser that was taken over cannot read other
 * secrets of the machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_policy {
	/* paths of files that may have any content, such as the inputs of a command */
	const char *const *inputs;
	size_t n_inputs;
};

/* The arguments of open(2), openat(2) or openat2(2) in another process. */
struct file_request {
	pid_t tid;  /* the thread that asks */
	int folder; /* a descriptor of that process, or AT_FDCWD */
	const char *path;
	uint64_t flags, resolve;
};

/* Whether the flags ask for reading, or for no more than a place (O_PATH). */
bool file_request_only_reads(const struct file_request *r);

/* Opens the file with the privileges of this process. Returns a descriptor, owned by the
 * caller, or -1 with errno set; EACCES: the rules forbid it. A descriptor with O_PATH may
 * be one of any regular file or folder. */
int file_policy_open(const struct file_policy *p, const struct file_request *r);
