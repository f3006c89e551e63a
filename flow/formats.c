#include "flow/formats.h"

#include "base/io.h"
#include "base/mem.h"
#include "record/data/recording.h"
#include "render/data/svg_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

/* Copies all of a pipe into memory that has a path. */
static int spool(struct input *in, int fd, struct error *err)
{
	char *chunk = mem_resize(NULL, CHUNK, 1);
	ssize_t n;

	in->spool = memfd_create("flame input", MFD_CLOEXEC);
	if (in->spool < 0)
		error_sys(err, "cannot keep %s", in->name);
	while (in->spool >= 0 && (n = io_read(fd, chunk, CHUNK)) != 0) {
		if (n > 0 && io_write(in->spool, chunk, (size_t)n) == 0)
			continue;
		error_sys(err, "cannot read %s", in->name);
		close(in->spool);
		in->spool = -1;
	}
	mem_free(chunk);
	if (in->spool < 0)
		return -1;
	in->path = mem_format("/proc/self/fd/%d", in->spool);
	return 0;
}

static int look(struct input *in, struct error *err)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	char start[16];
	ssize_t n;

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", in->name);
	n = io_read(fd, start, sizeof(start));
	if (n < 0)
		error_sys(err, "cannot read '%s'", in->name);
	close(fd);
	if (n < 0)
		return -1;
	in->is_empty = n == 0;
	in->format = recording_is_start(start, (size_t)n) ? INPUT_RECORDING
		     : svg_knows(start, (size_t)n)	  ? INPUT_PICTURE
							  : INPUT_UNKNOWN;
	return 0;
}

int input_open(struct input *in, const char *path, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;
	int fd, result;

	*in = (struct input){.name = is_stdin ? "standard input" : path, .spool = -1};
	if (is_stdin || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))) {
		fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return error_sys(err, "cannot open '%s'", path);
		result = spool(in, fd, err);
		if (!is_stdin)
			close(fd);
		if (result < 0)
			return -1;
	} else {
		in->path = mem_str(path, strlen(path));
	}
	if (look(in, err) < 0) {
		input_release(in);
		return -1;
	}
	return 0;
}

void input_release(struct input *in)
{
	if (in->spool >= 0)
		close(in->spool);
	in->spool = -1;
	mem_release(&in->path);
}

enum input_format input_format_named(const char *name)
{
	static const char *const names[] = {[INPUT_RECORDING] = "recording",
					    [INPUT_FOLDED] = "folded",
					    [INPUT_PERF_SCRIPT] = "perf-script",
					    [INPUT_PICTURE] = "picture"};

	for (int i = 0; i < INPUT_UNKNOWN; i++)
		if (strcmp(names[i], name) == 0)
			return (enum input_format)i;
	return INPUT_UNKNOWN;
}

char *input_text(const struct input *in, size_t *size, struct error *err)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t cap = 0;
	ssize_t n = 0;

	if (fd < 0) {
		error_sys(err, "cannot open '%s'", in->name);
		return NULL;
	}
	*size = 0;
	do {
		cap = cap ? 2 * cap : CHUNK;
		text = mem_resize(text, cap, 1);
		while (*size < cap && (n = io_read(fd, text + *size, cap - *size)) > 0)
			*size += (size_t)n;
	} while (*size == cap);
	if (n < 0) {
		error_sys(err, "cannot read '%s'", in->name);
		mem_release(&text);
	}
	close(fd);
	return text;
}
