#include "record/data/data_file.h"

#include "base/fd.h"
#include "base/io.h"

#include <fcntl.h>
#include <unistd.h>

static int data_file_begin(struct data_file *file, const char *path, struct error *err)
{
	if (file_state_read(&file->state, file->fd) < 0)
		return error_sys(err, "cannot read '%s'", path);
	if (!file->state.is_regular)
		return error_set(err, "'%s' is not a regular file", path);
	if (!file->state.size)
		return error_set(err, "'%s' is empty", path);
	posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int data_file_open(struct data_file *file, const char *path, struct error *err)
{
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->fd < 0)
		return error_sys(err, "cannot open '%s'", path);
	if (data_file_begin(file, path, err) == 0)
		return 0;
	fd_close(&file->fd);
	return -1;
}

void data_file_release(struct data_file *file)
{
	fd_close(&file->fd);
}

int data_file_read(const struct data_file *file, uint64_t file_off, void *to, size_t size,
		   struct error *err)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got =
			io_read_at(file->fd, (char *)to + n, size - n, file_off + n);

		if (got < 0)
			return error_sys(err, "cannot read the recording");
		if (got == 0)
			return error_set(err,
					 "the recording was truncated while it was read");
		n += (size_t)got;
	}
	return 0;
}
