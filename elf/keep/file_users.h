/* Who maps which file: the sets of files that processes have mapped as code, by the
 * events of the side band. A set outlives its process or program by a time of grace,
 * in which samples may still arrive. Each event takes constant time: a fork shares the
 * set of its parent until one of both maps a file. Must not be used by two threads at
 * once. */
#pragma once

#include "base/vec.h"
#include "elf/keep/fd_cache.h"
#include "elf/keep/mapped_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file in a set. */
struct file_use {
	struct fd_cache_ref file;
	uint64_t addr, len;    /* of the last mapping */
	uint64_t time;	       /* of its event, ns; 0: before the recording */
	uint64_t doubted_from; /* ns, CLOCK_MONOTONIC: no mapping was found; 0: none */
};

struct file_set {
	VEC(struct file_use) uses;
	uint32_t n_owners; /* processes, and ended programs in their time of grace */
	uint64_t since;	   /* time of its first event */
	uint64_t last;	   /* time of its last event */
	bool is_sampled;
	uint32_t next_free;
};

struct user_process {
	uint32_t pid; /* 0: a free entry */
	uint32_t set;
	uint32_t previous; /* set of the program before the last exec, while it lasts */
	bool is_ending;
	uint32_t next; /* process in the same hash bucket, or free entry */
};

/* A program that a process left, or a process after the end of its first thread. */
struct ended_program {
	uint32_t pid, set;
	uint64_t at; /* ns, CLOCK_MONOTONIC */
	bool is_exit;
};

/* A question about a file of a process. */
struct use_check {
	struct fd_cache_ref file;
	struct mapping_check mapping;
};

/* Fields are private but for 'unused'. */
struct file_users {
	struct fd_cache *files;
	VEC(struct file_set) sets;
	VEC(struct user_process) processes;
	uint32_t *by_hash;
	size_t n_hashes; /* a power of two */
	size_t n_processes;
	uint32_t free_set, free_process;
	VEC(struct ended_program) ended; /* a queue, from 'first_ended' on */
	size_t first_ended;
	size_t next_check; /* process */
	/* Files that no set has any more. The caller empties it. */
	VEC(struct fd_cache_ref) unused;
};

/* The files stay the caller's. */
void file_users_init(struct file_users *u, struct fd_cache *files);
void file_users_release(struct file_users *u);

/* A process has mapped a file. 'time' is that of the event, as in the next functions:
 * with the events of several CPUs an older one may come late. */
void file_users_map(struct file_users *u, uint32_t pid, const struct fd_cache_entry *file,
		    uint64_t addr, uint64_t len, uint64_t time);

/* Whether this process was the last to map the file, so that it is the same file still:
 * some programs map one file thousands of times a second. */
bool file_users_has(const struct file_users *u, uint32_t pid,
		    const struct fd_cache_entry *file);

/* A fork, an exec, and the end of the first thread of a process; 'now' on
 * CLOCK_MONOTONIC. */
void file_users_fork(struct file_users *u, uint32_t pid, uint32_t parent, uint64_t time,
		     uint64_t now);
void file_users_exec(struct file_users *u, uint32_t pid, uint64_t time, uint64_t now);
void file_users_exit(struct file_users *u, uint32_t pid, uint64_t now);

/* A process had a sample at 'time'. */
void file_users_sample(struct file_users *u, uint32_t pid, uint64_t time);

/* Takes the oldest program that has ended before 'time' (CLOCK_MONOTONIC). Returns false
 * if there is none. The caller must give it to file_users_end(), with 'is_alive' if
 * another thread of an ended process still runs. */
bool file_users_take_ended(struct file_users *u, uint64_t time, struct ended_program *e);
void file_users_end(struct file_users *u, const struct ended_program *e, bool is_alive,
		    uint64_t now);

/* Fills in up to 'most' checks of mappings, of some processes at a time, one after the
 * other; each process has at least one, with 'len' 0 if it has no mapping to look for.
 * Returns their number. */
size_t file_users_checks(struct file_users *u, struct use_check *checks, size_t most);

/* Applies the answers. A file without a mapping is dropped if it had none 'grace' ns ago
 * either. */
void file_users_settle(struct file_users *u, const struct use_check *checks, size_t n,
		       uint64_t now, uint64_t grace);
