#include "base/io.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

ssize_t io_read(int fd, void *data, size_t size)
{
	ssize_t got;

	do
		got = read(fd, data, size);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t io_read_at(int fd, void *data, size_t size, uint64_t file_off)
{
	ssize_t got;

	assert(file_off <= INT64_MAX);
	do
		got = pread(fd, data, size, (off_t)file_off);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t io_read_full(int fd, void *data, size_t size)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < size && got > 0) {
		got = io_read(fd, (char *)data + n, size - n);
		if (got > 0)
			n += (size_t)got;
	}
	return got < 0 ? -1 : (ssize_t)n;
}

int io_write(int fd, const void *data, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t written = write(fd, (const char *)data + n, size - n);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0)
			n += (size_t)written;
	}
	return 0;
}
