#include "flow/input.h"

#include "base/fd.h"
#include "base/file_state.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_SIZE = 256 * 1024 };

/* Copies all of a pipe into memory that has a path. */
static int pipe_spool(struct input *in, int fd, struct error *err)
{
	scoped(mem_release) char *chunk = mem_resize(NULL, CHUNK_SIZE, 1);
	ssize_t n;

	in->spool_fd = memfd_create("flame input", MFD_CLOEXEC);
	if (in->spool_fd < 0)
		return error_sys(err, "cannot keep %s", in->name);
	while ((n = io_read(fd, chunk, CHUNK_SIZE)) != 0)
		if (n < 0 || io_write(in->spool_fd, chunk, (size_t)n) < 0)
			return error_sys(err, "cannot read %s", in->name);
	in->path = mem_format("/proc/self/fd/%d", in->spool_fd);
	return 0;
}

static int start_read(struct input *in, struct error *err)
{
	scoped(fd_close) int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", in->name);
	n = io_read(fd, in->start, sizeof(in->start));
	if (n < 0)
		return error_sys(err, "cannot read '%s'", in->name);
	in->n_start = (size_t)n;
	return 0;
}

static int path_prepare(struct input *in, const char *path, struct error *err)
{
	scoped(fd_close) int fd = -1;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return pipe_spool(in, STDIN_FILENO, err);
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		in->path = mem_str(path, strlen(path));
		return 0;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, "cannot open '%s'", path);
	return pipe_spool(in, fd, err);
}

int input_open(struct input *in, const char *path, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;

	*in = (struct input){.name = is_stdin ? "standard input" : path, .spool_fd = -1};
	if (path_prepare(in, path, err) == 0 && start_read(in, err) == 0)
		return 0;
	input_release(in);
	return -1;
}

void input_release(struct input *in)
{
	fd_close(&in->spool_fd);
	mem_release(&in->path);
	mem_release(&in->text);
}

const char *input_text(struct input *in, size_t *size, struct error *err)
{
	scoped(fd_close) int fd = -1;
	struct file_state state;
	size_t cap = 0;
	ssize_t n;

	if (in->text) {
		*size = in->text_size;
		return in->text;
	}
	fd = open(in->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_state_read(&state, fd) < 0) {
		error_sys(err, "cannot open '%s'", in->name);
		return NULL;
	}
	in->text_size = 0;
	do {
		cap = cap ? 2 * cap : CHUNK_SIZE;
		in->text = mem_resize(in->text, cap, 1);
		n = io_read_full(fd, in->text + in->text_size, cap - in->text_size);
		in->text_size += n > 0 ? (size_t)n : 0;
	} while (n > 0 && in->text_size == cap);
	if (n < 0)
		error_sys(err, "cannot read '%s'", in->name);
	if (n < 0 || file_state_check(&state, fd, in->name, err) < 0) {
		mem_release(&in->text);
		return NULL;
	}
	*size = in->text_size;
	return in->text;
}
