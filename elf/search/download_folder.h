/* The folder in which libdebuginfod keeps files. */
#pragma once

#include "base/error.h"

/* Variables of the environment, NULL: not set, or empty. */
struct download_variables {
	const char *urls;   /* DEBUGINFOD_URLS: the servers */
	const char *folder; /* DEBUGINFOD_CACHE_PATH */
	const char *caches; /* XDG_CACHE_HOME */
	const char *home;   /* HOME */
};

/* Creates the folder that the library would use, unless it exists. Nothing is created,
 * and no folder opened for writing, before it is known to be the user's own: the library
 * follows links, and in a folder of another user, as that of $HOME under sudo -E, a link
 * may lead anywhere. Returns its path without links, the value for DEBUGINFOD_CACHE_PATH;
 * mem_free() frees it. Returns NULL if there are no servers or no safe folder. */
char *download_folder_create(const struct download_variables *v, struct error *err);
