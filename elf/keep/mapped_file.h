/* Opens the file of a fresh mapping without reading it: with O_PATH, which keeps the file
 * but calls no file system and no device driver. */
#pragma once

#include "model/dso.h"
#include "model/dso_trouble.h"
#include "model/event.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct mapped_file {
	int fd;		      /* O_PATH, the caller's; -1: it cannot be opened, */
	enum dso_trouble why; /* for this reason */
	struct timespec changed;
	uint64_t size;
};

/* Sets *dso to the identity of the file of an EVENT_MMAP. Returns false for other events,
 * for memory without a file, and if the event has no identity. */
bool mapped_file_identity(const struct event *ev, struct dso *dso);

/* The trouble that an error of open(2) means. */
enum dso_trouble mapped_file_trouble(int error);

/* Opens the file, which must have the device and inode of 'dso'. The file in
 * /proc/PID/map_files is the mapped file whatever device statx(2) names; the other
 * places are the path in the root of the process, its program, and the path in our root.
 * Takes some system calls, none of which waits for a disk, a server or another thread. */
struct mapped_file mapped_file_open(const struct dso *dso, const struct event *ev);

/* Sets the time of the last change and the size of an open file. Returns false if it is
 * no regular file. */
bool mapped_file_stat(int at, struct mapped_file *file);

/* Whether the device that statx(2) names may differ from that of the kernel's records,
 * which name the device below an overlay, or that of a whole btrfs. */
bool mapped_file_has_two_devices(int at);

/* Whether a process still has another thread than its first one. */
bool mapped_file_process_lives(uint32_t pid);

/* A mapping to look for in /proc. */
struct mapping_check {
	uint32_t pid;
	uint64_t addr, len; /* len 0: only the process */
	struct dso dso;
	bool is_process_gone, is_gone; /* the answers */
};

/* Looks for the process and for its mapping: at its address, then for any mapping of the
 * file as code. */
void mapped_file_look(struct mapping_check *check);
