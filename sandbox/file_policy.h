/* The rules for files that a process with privileges opens for one without: they are
 * opened for reading only. A file must be one that the user named, a file of the kernel
 * about symbols or processes or a copy with its name, or have a content that flame looks
 * for: an ELF file, a packed one, or a file about JIT code. So a parser that was taken
 * over cannot read other secrets of the machine. */
#pragma once

#include "base/thread/slow_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct file_policy {
	/* paths of files that may have any content, such as the inputs of a command */
	const char *const *inputs;
	size_t n_inputs;
	/* another file that may have any content, if st_ino is not 0 */
	struct stat file;
	/* NULL, or the folder in which a library keeps downloads, without links: any
	 * content may be in its files, and in those files of the system that everybody
	 * may read, such as the names of hosts and the certificates of servers */
	const char *downloads;
};

/* One process that opens files for another one. */
struct file_opener {
	struct file_policy policy;
	struct stat *inputs; /* the state of the policy's inputs */
	struct slow_files *slow;
};

/* Zeroes and fills the opener. The strings of the policy must outlive it. */
void file_opener_init(struct file_opener *o, const struct file_policy *policy);
void file_opener_release(struct file_opener *o);

/* The arguments of open(2), openat(2) or openat2(2) in another process. */
struct file_request {
	pid_t process;
	pid_t tid;  /* its thread that asks */
	int folder; /* a descriptor of that process, or AT_FDCWD */
	const char *path;
	uint64_t flags, resolve;
};

/* Whether the flags ask for reading, or only for the place of a file (O_PATH). */
bool file_request_only_reads(const struct file_request *r);

/* Whether the content of an open file is one that flame looks for. */
bool file_policy_knows(int fd);

/* Whether the target of the symbolic link 'path' may be read with the privileges of this
 * process: the name of a mount namespace. */
bool file_policy_may_follow(const char *path);

/* Opens the file with the privileges of this process, for reading also with O_PATH.
 * Returns a descriptor, owned by the caller, or -1 with errno set; EACCES or ENOEXEC: the
 * rules forbid it; ETIMEDOUT: its file system does not answer. A file of a slow file
 * system (base/thread/slow_files.h) is copied, unless it is an input or was opened with
 * O_PATH. Folders are opened only with O_PATH. */
int file_opener_open(const struct file_opener *o, const struct file_request *r);
