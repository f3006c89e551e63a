/* Files of file systems that may stop to answer: network file systems and those of user
 * space (FUSE). A process that waits for one of them cannot even be killed. So a helper
 * process waits instead; if it gets no answer in 2 seconds, it is left alone, and the
 * file system counts as hung from then on. A copy of a file may take 10 seconds. A file
 * system that needs more than a second for an answer may do so 5 times.
 *
 * Functions with 'struct slow_files *' also take NULL: then they do the work themselves,
 * and wait. All functions but slow_files_retire() may be called by several threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct slow_files;

/* The helper starts when it is first needed. */
struct slow_files *slow_files_new(void);
void slow_files_free(struct slow_files **s);

/* For a process that gives up its privileges, or that another process opens files for:
 * ends the helper and starts no other one. With 'is_served' every file counts as one of a
 * local disk, because the other process looks after slow ones; else this process waits
 * for slow files. */
void slow_files_retire(struct slow_files *s, bool is_served);

enum file_system_kind {
	FILE_SYSTEM_LOCAL,     /* always answers */
	FILE_SYSTEM_INTERFACE, /* /proc and the like: reading may have effects */
	FILE_SYSTEM_REMOTE,    /* may hang */
	FILE_SYSTEM_HUNG,
};

/* The kind of the file system of a descriptor, which may be of O_PATH. */
enum file_system_kind slow_files_kind(struct slow_files *s, int at);

/* Does the same as openat2(2) with O_PATH, O_CLOEXEC and 'flags'; errno is ETIMEDOUT if
 * the file system does not answer. */
int slow_files_find(struct slow_files *s, int folder, const char *path, uint64_t flags,
		    uint64_t resolve);

/* Opens the file or folder of a descriptor for reading; of a file, reads a byte first.
 * Returns the new descriptor, or -1 with errno, which is ETIMEDOUT as above. */
int slow_files_open(struct slow_files *s, int at);

/* Opens a file for reading; of a slow file system, copies it to memory, if it has at most
 * 256 MiB, and opens the copy. Returns a descriptor, or -1 with errno. */
int slow_files_open_copy(struct slow_files *s, int at);

/* Finds a file that the user named, or its folder, and waits at most 2 seconds for each
 * file system. Returns false only if one does not answer. */
bool slow_files_answer_at(const char *path);
