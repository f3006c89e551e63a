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
