#include "base/out.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/printable.h"
#include "base/scoped.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024 };

struct out {
	char *buffer;
	size_t n, cap;
	/* bytes written before those in the buffer */
	uint64_t flushed;
	/* -1: memory */
	int fd;
	/* errno of the first failure, else 0 */
	int code;
	bool is_terminal;
	/* not to be removed by out_free() */
	bool is_kept;
	/* bytes of out_tail() are in the file */
	bool has_tail;
	/* position up to which the disk has room for this file */
	uint64_t reserved;
	/* of memory, all zero */
	struct destination destination;
	/* name in the destination's folder until out_commit(); NULL: written directly */
	char *partial;
	bool is_patchable;
	/* results of out_path() and out_self() */
	char *path, *self;
};

static struct out *out_new(int fd)
{
	struct out *o = mem_new(1, sizeof(*o));

	o->fd = fd;
	o->is_terminal = fd >= 0 && isatty(fd);
	o->cap = BUFFER_SIZE;
	o->buffer = mem_resize(NULL, o->cap + 1, 1);
	return o;
}

struct out *out_memory(void)
{
	return out_new(-1);
}

struct out *out_open_at(struct destination *d, const struct readers *readers,
			struct error *err)
{
	char *partial;
	struct out *o;
	int fd = destination_create(d, readers, &partial, err);

	if (fd < 0)
		return NULL;
	o = out_new(fd);
	o->partial = partial;
	o->destination = *d;
	*d = (struct destination){0};
	return o;
}

struct out *out_open(const char *path, unsigned flags, struct error *err)
{
	const struct readers readers =
		flags & OUT_PRIVATE ? readers_private() : readers_all();
	scoped(destination_release) struct destination d;

	return destination_open(&d, path, flags, err) < 0
		       ? NULL
		       : out_open_at(&d, &readers, err);
}

struct out *out_of_descriptor(int fd, const char *name)
{
	struct out *o = out_new(fd);
	struct stat st;

	o->is_patchable = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	o->destination = (struct destination){
		.path = mem_str(name, strlen(name)), .folder = -1, .fd = -1};
	return o;
}

int out_descriptor(const struct out *o)
{
	assert(o->fd >= 0);
	return o->fd;
}

static void out_write_fd(struct out *o, const char *data, size_t len)
{
	if (!o->code && io_write(o->fd, data, len) < 0)
		o->code = errno;
}

/* Drops the tail, and with it the room that is kept after the end. */
static void out_drop_tail(struct out *o)
{
	if (!o->has_tail)
		return;
	if (!o->code && ftruncate(o->fd, (off_t)o->flushed) < 0)
		o->code = errno;
	o->has_tail = false;
	o->reserved = 0;
}

/* Writes the buffer with escapes. Returns the number of bytes that were used: unless
 * 'is_all', an incomplete character at the end waits for its other bytes. */
static size_t out_write_terminal(struct out *o, bool is_all)
{
	char *text = mem_resize(NULL, o->n * PRINTABLE_TIMES, 1);
	size_t used = o->n;
	size_t len = printable_copy(text, o->buffer, &used,
				    PRINTABLE_LINES | (is_all ? 0 : PRINTABLE_MORE));

	out_write_fd(o, text, len);
	mem_free(text);
	return used;
}

static void out_drain(struct out *o, bool is_all)
{
	size_t used = o->n;

	out_drop_tail(o);
	if (o->is_terminal)
		used = out_write_terminal(o, is_all);
	else
		out_write_fd(o, o->buffer, o->n);
	o->flushed += used;
	o->n -= used;
	memmove(o->buffer, o->buffer + used, o->n);
}

static void out_make_room(struct out *o, size_t len)
{
	if (o->fd >= 0) {
		out_drain(o, false);
		return;
	}
	o->cap = o->n + len > 2 * o->cap ? o->n + len : 2 * o->cap;
	o->buffer = mem_resize(o->buffer, o->cap + 1, 1);
}

void out_write(struct out *o, const void *data, size_t len)
{
	while (o->is_terminal && len > o->cap - o->n) {
		size_t part = o->cap - o->n;

		memcpy(o->buffer + o->n, data, part);
		o->n += part;
		out_drain(o, false);
		data = (const char *)data + part;
		len -= part;
	}
	if (len > o->cap - o->n)
		out_make_room(o, len);
	if (len > o->cap - o->n) {
		out_write_fd(o, data, len);
		o->flushed += len;
		return;
	}
	memcpy(o->buffer + o->n, data, len);
	o->n += len;
}

void out_str(struct out *o, const char *s)
{
	out_write(o, s, strlen(s));
}

void out_char(struct out *o, char c)
{
	out_write(o, &c, 1);
}

void out_u64(struct out *o, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	out_write(o, digits + at, sizeof(digits) - at);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	char small[512];
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), fmt, args);
	if (len >= 0 && (size_t)len < sizeof(small)) {
		out_write(o, small, (size_t)len);
	} else if (len >= 0) {
		char *text = mem_new((size_t)len + 1, 1);

		vsnprintf(text, (size_t)len + 1, fmt, again);
		out_write(o, text, (size_t)len);
		mem_free(text);
	}
	va_end(again);
	va_end(args);
}

void out_put_u8(struct out *o, uint8_t n)
{
	out_write(o, &n, sizeof(n));
}

void out_put_u16(struct out *o, uint16_t n)
{
	out_write(o, &n, sizeof(n));
}

void out_put_u32(struct out *o, uint32_t n)
{
	out_write(o, &n, sizeof(n));
}

void out_put_u64(struct out *o, uint64_t n)
{
	out_write(o, &n, sizeof(n));
}

bool out_is_terminal(const struct out *o)
{
	return o->is_terminal;
}

uint64_t out_pos(const struct out *o)
{
	return o->flushed + o->n;
}

const char *out_path(struct out *o)
{
	if (!o->partial)
		return o->destination.path;
	mem_free(o->path);
	o->path = destination_path_of(&o->destination, o->partial);
	return o->path;
}

const char *out_self(struct out *o)
{
	assert(o->partial);
	if (!o->self)
		o->self = mem_format("/proc/self/fd/%d", o->fd);
	return o->self;
}

bool out_can_patch(const struct out *o)
{
	return o->fd < 0 || o->partial || o->is_patchable;
}

void out_patch(struct out *o, uint64_t at, const void *data, size_t len)
{
	assert(out_can_patch(o) && at <= out_pos(o) && len <= out_pos(o) - at);
	if (o->fd >= 0)
		out_drain(o, true);
	if (o->fd < 0)
		memcpy(o->buffer + at, data, len);
	else if (!o->code && pwrite(o->fd, data, len, (off_t)at) != (ssize_t)len)
		o->code = errno ? errno : EIO;
}

int out_flush(struct out *o, struct error *err)
{
	if (o->fd >= 0)
		out_drain(o, true);
	if (!o->code)
		return 0;
	errno = o->code;
	return error_sys(err, "cannot write '%s'", o->destination.path);
}

void out_tail(struct out *o, const void *data, size_t len)
{
	assert(o->partial && !o->n);
	out_drop_tail(o);
	o->has_tail = len > 0;
	if (len && !o->code)
		o->has_tail = pwrite(o->fd, data, len, (off_t)o->flushed) > 0;
}

/* errno, or 0 if there is room for the bytes up to the position 'end'. */
static int out_find_room(struct out *o, uint64_t end)
{
	uint64_t more = end - o->flushed;
	struct rlimit limit;
	struct statvfs fs;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && end > limit.rlim_cur)
		return EFBIG;
	if (end <= o->reserved)
		return 0;
	/* The file keeps its size, so that it can be read at any time. */
	if (fallocate(o->fd, FALLOC_FL_KEEP_SIZE, (off_t)o->flushed, (off_t)more) == 0) {
		o->reserved = end;
		return 0;
	}
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return errno;
	if (fstatvfs(o->fd, &fs) == 0 && fs.f_bavail < more / fs.f_frsize)
		return ENOSPC;
	return 0;
}

int out_reserve(struct out *o, uint64_t size, struct error *err)
{
	assert(o->partial);
	errno = out_find_room(o, out_pos(o) + size);
	return errno ? error_sys(err, "cannot write '%s'", o->destination.path) : 0;
}

int out_rewind(struct out *o, uint64_t at, struct error *err)
{
	assert(o->partial);
	o->n = 0;
	o->has_tail = false;
	o->reserved = 0;
	if (ftruncate(o->fd, (off_t)at) < 0 || lseek(o->fd, (off_t)at, SEEK_SET) < 0)
		return error_sys(err, "cannot write '%s'", o->destination.path);
	o->flushed = at;
	o->code = 0;
	return 0;
}

void out_keep(struct out *o)
{
	o->is_kept = true;
}

int out_sync(struct out *o, struct error *err)
{
	struct stat st;

	assert(o->partial);
	if (out_flush(o, err) < 0)
		return -1;
	if (fsync(o->fd) < 0 || fstat(o->fd, &st) < 0)
		return error_sys(err, "cannot write '%s'", o->destination.path);
	if (!st.st_nlink)
		return error_set(err, "cannot write '%s': it was removed meanwhile",
				 o->destination.path);
	return 0;
}

const char *out_data(const struct out *o)
{
	assert(o->fd < 0 && !o->destination.path);
	o->buffer[o->n] = '\0';
	return o->buffer;
}

/* Gives back the room that was kept after the end of the file. */
static void out_release_room(struct out *o)
{
	struct stat st;

	if (o->reserved && fstat(o->fd, &st) == 0 && ftruncate(o->fd, st.st_size) == 0)
		o->reserved = 0;
}

static int out_publish(struct out *o, struct error *err)
{
	int closed;

	out_release_room(o);
	closed = close(o->fd);

	/* Network file systems may report a full disk only at close(). */
	o->fd = -1;
	if (closed < 0)
		return error_sys(err, "cannot write '%s'", o->destination.path);
	if (destination_publish(&o->destination, o->partial, err) < 0) {
		/* The file is complete. */
		o->is_kept = true;
		return -1;
	}
	mem_release(&o->partial);
	return 0;
}

int out_commit(struct out *o, struct error *err)
{
	if (out_flush(o, err) < 0)
		return -1;
	return o->partial ? out_publish(o, err) : 0;
}

const char *out_moved(struct out *o)
{
	struct stat here, there;

	assert(!o->partial && o->destination.name);
	mem_free(o->path);
	o->path = destination_path_of(&o->destination, o->destination.name);
	if (stat(o->path, &here) < 0)
		return NULL;
	if (stat(o->destination.path, &there) == 0 && here.st_dev == there.st_dev &&
	    here.st_ino == there.st_ino)
		return NULL;
	return o->path;
}

void out_free(struct out **op)
{
	struct out *o = *op;

	if (!o)
		return;
	if (o->fd > STDERR_FILENO) {
		out_release_room(o);
		close(o->fd);
	}
	if (o->partial && !o->is_kept)
		unlinkat(o->destination.folder, o->partial, 0);
	destination_release(&o->destination);
	mem_free(o->partial);
	mem_free(o->path);
	mem_free(o->self);
	mem_free(o->buffer);
	mem_free(o);
	*op = NULL;
}
