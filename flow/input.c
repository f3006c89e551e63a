#include "flow/input.h"

#include "base/fd.h"
#include "base/file_state.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "flow/encoded/packing.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	CHUNK_SIZE = 256 * 1024,
	NULL_MAJOR = 1, /* /dev/null */
	NULL_MINOR = 3,
	MEMORY_SHARE = 4, /* expanded data has a quarter of the memory, */
};

#define EXPANDED_MOST ((uint64_t)4 << 30) /* and no more than this */

/* Copies all of a pipe into memory that has a path. */
static int pipe_spool(struct input *in, int fd, struct error *err)
{
	scoped(mem_release) char *chunk = mem_resize(NULL, CHUNK_SIZE, 1);
	struct file_state state;
	ssize_t n;

	in->spool_fd = memfd_create("flame input", MFD_CLOEXEC);
	if (in->spool_fd < 0 || file_state_read(&state, fd) < 0)
		return error_sys(err, "cannot keep %s", in->name);
	while ((n = io_read(fd, chunk, CHUNK_SIZE)) != 0)
		if (n < 0 || io_write(in->spool_fd, chunk, (size_t)n) < 0)
			return error_sys(err, "cannot read %s", in->name);
	in->path = mem_format("/proc/self/fd/%d", in->spool_fd);
	/* Standard input may be a file. */
	return file_state_check(&state, fd, in->name, err);
}

/* Opens a file or folder, and nothing that has taken its path meanwhile. */
static int file_open(const struct input *in, struct error *err)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", in->name);
	if (fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		fd_close(&fd);
		return error_set(err, "cannot read '%s': it is no longer a file",
				 in->name);
	}
	return fd;
}

static int start_read(struct input *in, struct error *err)
{
	scoped(fd_close) int fd = file_open(in, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = io_read(fd, in->start, sizeof(in->start));
	if (n < 0)
		return error_sys(err, "cannot read '%s'", in->name);
	in->n_start = (size_t)n;
	return 0;
}

/* Expanded data may be huge by intent. */
static uint64_t expanded_limit(void)
{
	uint64_t pages = narrow_size(sysconf(_SC_PHYS_PAGES));
	uint64_t share = pages * narrow_size(sysconf(_SC_PAGESIZE)) / MEMORY_SHARE;

	return share < EXPANDED_MOST ? share : EXPANDED_MOST;
}

/* Replaces a compressed file by its content. */
static int input_expand(struct input *in, const struct packing *packing,
			struct error *err)
{
	scoped(fd_close) int fd = file_open(in, err);
	scoped(fd_close) int expanded = -1;
	struct file_state state;

	if (fd < 0)
		return -1;
	expanded = memfd_create("flame input", MFD_CLOEXEC);
	if (expanded < 0 || file_state_read(&state, fd) < 0)
		return error_sys(err, "cannot expand '%s'", in->name);
	if (packing_expand(packing, fd, expanded, expanded_limit(), in->name, err) < 0 ||
	    file_state_check(&state, fd, in->name, err) < 0)
		return -1;
	fd_close(&in->spool_fd);
	in->spool_fd = expanded;
	expanded = -1;
	mem_release(&in->path);
	in->path = mem_format("/proc/self/fd/%d", in->spool_fd);
	return start_read(in, err);
}

static int refuse_device(const char *name, struct error *err)
{
	return error_set(err, "cannot read '%s': it is neither a file nor a pipe", name);
}

static bool is_readable_kind(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISFIFO(mode);
}

int input_check(const char *path, struct error *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || is_readable_kind(st.st_mode))
		return 0;
	return refuse_device(path, err);
}

static int stdin_prepare(struct input *in, struct error *err)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) < 0)
		return error_sys(err, "cannot read %s", in->name);
	/* Most devices never end. */
	if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(STDIN_FILENO) &&
				    st.st_rdev != makedev(NULL_MAJOR, NULL_MINOR)))
		return refuse_device(in->name, err);
	in->is_pipe = !S_ISREG(st.st_mode);
	if (!in->is_pipe)
		in->readers = readers_of(&st);
	return pipe_spool(in, STDIN_FILENO, err);
}

static int fifo_prepare(struct input *in, int at, struct error *err)
{
	scoped(fd_close) int fd = -1;
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, "cannot open '%s'", in->name);
	in->is_pipe = true;
	return pipe_spool(in, fd, err);
}

static int path_prepare(struct input *in, const char *path, struct error *err)
{
	/* Opening a device for reading may have effects. */
	scoped(fd_close) int at = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return error_sys(err, "cannot open '%s'", path);
	if (S_ISFIFO(st.st_mode))
		return fifo_prepare(in, at, err);
	if (!is_readable_kind(st.st_mode))
		return refuse_device(in->name, err);
	in->readers = readers_of(&st);
	in->path = mem_str(path, strlen(path));
	return 0;
}

int input_open(struct input *in, const char *path, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const struct packing *packing;

	*in = (struct input){.name = is_stdin ? "standard input" : path,
			     .readers = readers_all(),
			     .spool_fd = -1};
	if ((is_stdin ? stdin_prepare(in, err) : path_prepare(in, path, err)) == 0 &&
	    start_read(in, err) == 0) {
		packing = packing_of(in->start, in->n_start);
		if (!packing || input_expand(in, packing, err) == 0)
			return 0;
	}
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
	fd = file_open(in, err);
	if (fd < 0)
		return NULL;
	if (file_state_read(&state, fd) < 0) {
		error_sys(err, "cannot read '%s'", in->name);
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
