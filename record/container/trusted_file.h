/* Files of container runtimes. flame reads them with more privileges than the owners of
 * the containers have, so it reads only files that none of these can have put there. */
#pragma once

#include <stddef.h>

/* Returns the content of a file with a NUL added, and its length; the caller frees it
 * with mem_free(). Returns NULL if there is none, or if another user than root and this
 * one could have written it or put it there: the file and each folder on the absolute
 * path belong to one of the two, and others may write to none of them. The file itself
 * must be a regular one and no link, of at most 'most' bytes. */
char *trusted_file_read(const char *path, size_t most, size_t *size);
