#include "symbolize/source_jitdump.h"

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/io.h"
#include "base/narrow.h"
#include "base/scoped.h"

/* "JiTD", in the byte order of the program. */
#define MAGIC		 0x4a695444u
#define MAGIC_SWAPPED	 0x4454694au
#define POSITION_MAX	 ((uint64_t)4 << 30)
#define FLAG_OTHER_CLOCK 1u /* JITDUMP_FLAGS_ARCH_TIMESTAMP */

enum {
	VERSION = 1,
	HEADER_SIZE = 40,
	PREFIX_SIZE = 16,
	LOAD_SIZE = PREFIX_SIZE + 40,
	WINDOW = LOAD_SIZE + JIT_NAME_MAX + 1, /* bytes of a record that are read */
	FUNCTIONS_MAX = 1 << 20,
	NAMES_MAX = 64 << 20, /* bytes */
	AT_ONCE = 64 << 10,
};

enum record { RECORD_LOAD = 0, RECORD_MOVE = 1 };

struct reading {
	struct jit_code_table *t;
	int fd;
	bool swapped, has_times;
	struct hashmap by_index; /* the last loaded function of each index */
	VEC(struct loaded) loaded;
	size_t names; /* bytes of all names */
	/* The part of the file that was read last: records can be as small as 16
	 * bytes. */
	uint8_t *buf; /* of AT_ONCE bytes */
	uint64_t buf_at;
	size_t buf_size;
};

struct loaded {
	uint64_t index; /* code_index of the file */
	size_t item;	/* number in the table */
};

static void reading_release(struct reading *r)
{
	hashmap_release(&r->by_index);
	vec_release(&r->loaded);
	mem_free(r->buf);
}

/* The bytes at 'at', at most 'size' and fewer at the end of the file or for an error;
 * valid until the next call. */
static struct bytes bytes_at(struct reading *r, uint64_t at, size_t size)
{
	struct bytes b;
	ssize_t got;

	if (at < r->buf_at || at + size > r->buf_at + r->buf_size) {
		got = io_read_at(r->fd, r->buf, AT_ONCE, at);
		r->buf_at = at;
		r->buf_size = got < 0 ? 0 : (size_t)got;
	}
	b = bytes_of(r->buf, r->buf_size);
	bytes_skip(&b, (size_t)(at - r->buf_at));
	return bytes_sub(&b, size < bytes_left(&b) ? size : bytes_left(&b));
}

static struct loaded *loaded_find(const struct reading *r, uint64_t index)
{
	uint32_t i = hashmap_find(&r->by_index, hash_u64(index, 1), v,
				  r->loaded.items[v].index == index);

	return i == HASHMAP_NONE ? NULL : &r->loaded.items[i];
}

static void function_add(struct reading *r, const struct jit_function *c, uint64_t index,
			 size_t len)
{
	struct loaded *l = loaded_find(r, index);

	if (!jit_code_table_add(r->t, c->start, c->end, c->from, c->name, len))
		return;
	r->names += len;
	if (!l) {
		hashmap_put(&r->by_index, hash_u64(index, 1), narrow_u32(r->loaded.n));
		l = vec_add(&r->loaded);
	}
	*l = (struct loaded){index, r->t->items.n - 1};
}

/* After the prefix: u32 pid, u32 tid, u64 vma, u64 address, u64 size, u64 index, name,
 * code. */
static void read_load(struct reading *r, struct bytes *b, uint64_t time)
{
	struct jit_function c = {.from = time};
	uint64_t index;
	size_t len;

	bytes_skip(b, 4 + 4 + 8);
	c.start = bytes_u64(b);
	c.end = c.start + bytes_u64(b);
	index = bytes_u64(b);
	len = bytes_left(b);
	c.name = bytes_take(b, len);
	if (c.name)
		function_add(r, &c, index, strnlen(c.name, len));
}

/* After the prefix: u32 pid, u32 tid, u64 vma, u64 old address, u64 new address, u64
 * size, u64 index. */
static void read_move(struct reading *r, struct bytes *b, uint64_t time)
{
	struct jit_function c = {.from = time}, *old;
	struct loaded *l;
	uint64_t index;

	bytes_skip(b, 4 + 4 + 8 + 8);
	c.start = bytes_u64(b);
	c.end = c.start + bytes_u64(b);
	index = bytes_u64(b);
	l = b->failed ? NULL : loaded_find(r, index);
	if (!l)
		return;
	old = &r->t->items.items[l->item];
	old->until = time < old->until ? time : old->until;
	c.name = old->name;
	function_add(r, &c, index, strlen(c.name));
}

static bool is_in_file(const struct reading *r, uint64_t at)
{
	uint8_t byte;

	return at < r->buf_at + r->buf_size || io_read_at(r->fd, &byte, 1, at) == 1;
}

/* Reads one record. Returns its size, 0 if it is damaged or incomplete. */
static uint64_t read_record(struct reading *r, uint64_t at)
{
	struct bytes all = bytes_at(r, at, WINDOW), b;
	size_t got = bytes_left(&all);
	uint32_t id, size;
	uint64_t time;

	all.swapped = r->swapped;
	id = bytes_u32(&all);
	size = bytes_u32(&all);
	time = bytes_u64(&all);
	if (all.failed || size < PREFIX_SIZE)
		return 0;
	if (size > got && !is_in_file(r, at + size - 1))
		return 0;
	b = bytes_sub(&all, size < got ? size - PREFIX_SIZE : bytes_left(&all));
	if (!r->has_times)
		time = 0;
	if (id == RECORD_LOAD)
		read_load(r, &b, time);
	else if (id == RECORD_MOVE)
		read_move(r, &b, time);
	return size;
}

/* Reads the header. Returns its size, 0 if the file is no jitdump of this version. */
static uint32_t read_header(struct reading *r)
{
	struct bytes b = bytes_at(r, 0, HEADER_SIZE);
	uint32_t magic = bytes_u32(&b), version, size;
	uint64_t flags;

	b.swapped = r->swapped = magic == MAGIC_SWAPPED;
	version = bytes_u32(&b);
	size = bytes_u32(&b);
	bytes_skip(&b, 4 + 4 + 4 + 8); /* machine, padding, pid, time */
	flags = bytes_u64(&b);
	if (b.failed || (magic != MAGIC && magic != MAGIC_SWAPPED) ||
	    version != VERSION || size < HEADER_SIZE)
		return 0;
	if (flags & FLAG_OTHER_CLOCK)
		r->has_times = false;
	return size;
}

int source_jitdump_load(struct jit_code_table *t, int fd, bool has_times,
			struct error *err)
{
	scoped(reading_release) struct reading r = {
		.t = t, .fd = fd, .has_times = has_times};
	size_t before = t->items.n;
	uint64_t at, size;

	r.buf = mem_resize(NULL, AT_ONCE, 1);
	at = read_header(&r);
	if (!at)
		return error_set(err, "not a jitdump of version %d", VERSION);
	for (; at < POSITION_MAX && t->items.n - before < FUNCTIONS_MAX &&
	       r.names < NAMES_MAX;
	     at += size) {
		size = read_record(&r, at);
		if (!size)
			break;
	}
	return 0;
}

bool source_jitdump_knows(const char *path)
{
	static const char prefix[] = "jit-";
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t digits;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return false;
	name += sizeof(prefix) - 1;
	digits = strspn(name, "0123456789");
	return digits && strcmp(name + digits, ".dump") == 0;
}
