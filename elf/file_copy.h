/* Copies of ELF files in memory, for the time when the file must no longer be held:
 * sparse files (memfd) of the original's size that contain only the parts that names
 * and unwinding need. They read like the original through a descriptor; a section that
 * is left out has the type SHT_NOBITS. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Copies the ELF file 'fd', which stays the caller's: the headers; all small sections,
 * and the large ones with symbols, unwind tables and Go's tables; then code, then
 * DWARF, while they fit into 'most' bytes. Returns a read-only descriptor, owned by
 * the caller, and the number of bytes that are copied in '*bytes'; or -1 if it is no
 * ELF file, cannot be read, or 'most' bytes are too few. Several threads may call it. */
int file_copy_make(int fd, size_t most, size_t *bytes);

/* Copies a file of another kind, from its start. Returns as the function above; -1 if the
 * file has more than 'most' bytes. */
int file_copy_whole(int fd, size_t most, size_t *bytes);

/* The bytes that all copies together should take at most: a sixteenth of the memory that
 * is free, at most 256 MiB. */
size_t file_copy_budget(void);
