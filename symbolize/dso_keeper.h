/* Opens the file of a dso if it is the one that was mapped, and no other. */
#pragma once

#include "model/dso.h"

#include <stdbool.h>

/* Why a file could not be had, by how much that explains, least first. */
enum dso_trouble {
	DSO_NO_TROUBLE,
	DSO_GONE, /* nothing stands at the path, or nothing that could be mapped code */
	DSO_UNVERIFIED, /* neither build id nor inode is known of it */
	DSO_DENIED,	/* not permitted */
	DSO_REPLACED,	/* another file stands at the path */
};

/* A descriptor for reading, the caller's to close, or -1 with the reason in 'why'. 'path' is
 * the dso's. If 'is_live', the process that mapped it may still run, and its root directory
 * and its program are tried before the path as we see it. What is opened is a regular file of
 * at most 4 GiB whose build id, else device, inode and generation, are the dso's; nothing
 * else is even opened for reading. */
int dso_keeper_open(const struct dso *dso, const char *path, bool is_live,
		    enum dso_trouble *why);

/* The root directory of a process, the caller's to close; -1 where it can't be had. */
int dso_keeper_open_root(uint32_t pid);

/* The same as dso_keeper_open() for what is no dso: a file at one path, in the directory 'root',
 * out of which it cannot lead (-1: the path as we see it). Its build id has to be 'id' unless
 * that is none; without one, whose file it is has to be told by something else. */
int dso_keeper_open_at(int root, const char *path, const struct build_id *id,
		       enum dso_trouble *why);
