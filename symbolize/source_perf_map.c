#include "symbolize/source_perf_map.h"

#include "base/scoped.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 32 << 20, CHUNK = 64 << 10, FUNCTIONS_MAX = 1 << 20 };
#define SIZE_MAX_OF_FILE ((off_t)4 << 30)

struct reading {
	struct jit_code_table *t;
	char *buf; /* of CHUNK bytes */
	size_t n;
	bool in_line; /* the start of the first line is not in 'buf': skip it */
};

static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 'a' ^ 'A';
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	return 16;
}

/* Reads a number and the space after it. Returns the position after them, or NULL if
 * there is no number or it exceeds 64 bits. */
static const char *read_hex(const char *at, const char *end, uint64_t *value)
{
	const char *first;

	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	*value = 0;
	for (first = at; at < end && hex_digit(*at) < 16; at++) {
		if (*value >> 60)
			return NULL;
		*value = *value << 4 | hex_digit(*at);
	}
	return at > first && at < end && *at == ' ' ? at + 1 : NULL;
}

static void read_line(struct reading *r, const char *at, const char *end)
{
	uint64_t start, size;

	if (end > at && end[-1] == '\r')
		end--;
	at = read_hex(at, end, &start);
	if (at)
		at = read_hex(at, end, &size);
	if (at)
		jit_code_table_add(r->t, start, start + size, 0, at, (size_t)(end - at));
}

/* Reads all complete lines, and moves the rest to the start of the buffer. */
static void read_lines(struct reading *r)
{
	const char *at = r->buf, *stop = r->buf + r->n, *end;

	while ((end = memchr(at, '\n', (size_t)(stop - at)))) {
		if (!r->in_line)
			read_line(r, at, end);
		r->in_line = false;
		at = end + 1;
	}
	r->n = (size_t)(stop - at);
	if (r->n == CHUNK) {
		r->in_line = true;
		r->n = 0;
	}
	memmove(r->buf, at, r->n);
}

static int read_from(struct reading *r, int fd, off_t at, off_t end, struct error *err)
{
	size_t before = r->t->items.n;

	while (at < end) {
		ssize_t got = pread(fd, r->buf + r->n, CHUNK - r->n, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, "cannot read");
		if (!got)
			break;
		at += got;
		r->n += (size_t)got;
		read_lines(r);
		if (r->t->items.n - before > FUNCTIONS_MAX) {
			r->t->items.n = before;
			return error_set(err, "too many functions");
		}
	}
	return 0;
}

int source_perf_map_load(struct jit_code_table *t, int fd, bool has_times,
			 struct error *err)
{
	scoped(mem_release) char *buf = NULL;
	struct reading r = {.t = t};
	struct stat st;
	off_t at;

	(void)has_times;
	if (fstat(fd, &st) < 0)
		return error_sys(err, "cannot read");
	if (!S_ISREG(st.st_mode))
		return error_set(err, "not a regular file");
	if (st.st_size > SIZE_MAX_OF_FILE)
		return error_set(err, "too large");
	at = st.st_size > TAIL ? st.st_size - TAIL : 0;
	r.buf = buf = mem_resize(NULL, CHUNK, 1);
	/* The last 32 MiB begin in the middle of a line. */
	r.in_line = at > 0;
	/* Lines that are added while it is read are ignored, so reading ends. */
	return read_from(&r, fd, at, st.st_size, err);
}
