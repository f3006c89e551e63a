/* read(), pread() and write() that go on after a signal. Errors leave their cause in
 * errno. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads up to 'size' bytes once, like read(): of a pipe only as many as are there.
 * Returns their number, 0 at the end, or -1. */
ssize_t io_read(int fd, void *data, size_t size);

/* Reads up to 'size' bytes at 'file_off', which must be below 2^63, once, like pread().
 * Returns their number, 0 at the end, or -1. */
ssize_t io_read_at(int fd, void *data, size_t size, uint64_t file_off);

/* Reads until 'size' bytes are there or the input ends. Returns their number, or -1. */
ssize_t io_read_full(int fd, void *data, size_t size);

/* Writes all 'size' bytes. Returns 0, or -1; any part may have been written then. */
int io_write(int fd, const void *data, size_t size);
