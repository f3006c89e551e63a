#include "record/data/encode.h"

#include "base/narrow.h"
#include "record/data/format.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>

enum {
	STRING_MAX = ENCODE_SIZE_MAX - 256,
	/* header, pid, tid, addr, len, file_off, major, minor, inode */
	MMAP2_GENERATION_AT = 8 + 8 + 3 * 8 + 8 + 8,
};

struct buffer {
	uint8_t *data;
	size_t n;
};

static void put(struct buffer *c, const void *data, size_t size)
{
	memcpy(c->data + c->n, data, size);
	c->n += size;
}

static void put_u32(struct buffer *c, uint32_t v)
{
	put(c, &v, sizeof(v));
}

static void put_u64(struct buffer *c, uint64_t v)
{
	put(c, &v, sizeof(v));
}

/* With its NUL and zeros up to the next multiple of 8. */
static void put_str(struct buffer *c, const char *s)
{
	size_t len = strnlen(s, STRING_MAX), padded = (len + 8) & ~(size_t)7;

	put(c, s, len);
	memset(c->data + c->n, 0, padded - len);
	c->n += padded - len;
}

static void put_trailer(struct buffer *c, const struct sample_layout *l,
			const struct event *ev)
{
	const uint32_t task[] = {ev->pid, ev->tid};
	const uint32_t cpu[] = {ev->cpu == UINT32_MAX ? 0 : ev->cpu, 0};
	const void *const fields[SAMPLE_FIELDS] = {[SAMPLE_FIELD_TASK] = task,
						   [SAMPLE_FIELD_TIME] = &ev->time,
						   [SAMPLE_FIELD_CPU] = cpu,
						   [SAMPLE_FIELD_ID] = &ev->id};
	size_t size = 8 * (size_t)l->n_trailer;

	memset(c->data + c->n, 0, size);
	c->n += size;
	for (size_t i = 0; i < SAMPLE_FIELDS; i++)
		if (fields[i] && l->from_end[i] != SAMPLE_FIELD_NONE)
			memcpy(c->data + c->n - 8 * (size_t)l->from_end[i], fields[i], 8);
}

static uint16_t put_mmap(struct buffer *c, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;
	uint16_t misc = (m->is_kernel ? FORMAT_MISC_KERNEL : FORMAT_MISC_USER) |
			(m->is_exec ? 0 : FORMAT_MISC_MMAP_DATA);

	put_u32(c, ev->pid);
	put_u32(c, ev->tid);
	put_u64(c, m->addr);
	put_u64(c, m->len);
	put_u64(c, m->file_off);
	/* A file of this machine is known better by its inode. */
	if (m->build_id.size && !m->inode) {
		misc |= FORMAT_MISC_MMAP_BUILD_ID;
		put_u32(c, m->build_id.size); /* one byte, three of padding */
		put(c, m->build_id.data, BUILD_ID_MAX);
	} else {
		put_u32(c, m->major);
		put_u32(c, m->minor);
		put_u64(c, m->inode);
		put_u64(c, m->generation);
	}
	put_u32(c, PROT_READ | (m->is_exec ? PROT_EXEC : 0));
	put_u32(c, MAP_PRIVATE);
	put_str(c, m->path);
	return misc;
}

static void put_task(struct buffer *c, const struct event *ev)
{
	put_u32(c, ev->pid);
	put_u32(c, ev->fork.parent_pid);
	put_u32(c, ev->tid);
	put_u32(c, ev->fork.parent_tid);
	put_u64(c, ev->time);
}

const void *encode_own_identity(uint8_t *own, const void *record, size_t size)
{
	struct perf_event_header header;

	assert(size >= sizeof(header));
	memcpy(&header, record, sizeof(header));
	if (header.type != PERF_RECORD_MMAP2 ||
	    !(header.misc & FORMAT_MISC_MMAP_BUILD_ID))
		return record;
	header.misc &= (uint16_t)~FORMAT_MISC_MMAP_BUILD_ID;
	memcpy(own, record, size);
	memcpy(own, &header, sizeof(header));
	return own;
}

const void *encode_generation(uint8_t *own, const void *record, size_t size,
			      const struct event *ev)
{
	uint64_t stored;

	if (ev->kind != EVENT_MMAP || ev->type != PERF_RECORD_MMAP2 ||
	    size < MMAP2_GENERATION_AT + sizeof(stored))
		return record;
	memcpy(&stored, (const uint8_t *)record + MMAP2_GENERATION_AT, sizeof(stored));
	if (stored == ev->mmap.generation)
		return record;
	memcpy(own, record, size);
	memcpy(own + MMAP2_GENERATION_AT, &ev->mmap.generation, sizeof(stored));
	return own;
}

size_t encode_event(uint8_t record[ENCODE_SIZE_MAX], const struct sample_layout *layout,
		    const struct event *ev)
{
	struct buffer c = {record, sizeof(struct perf_event_header)};
	struct perf_event_header header = {0};

	switch (ev->kind) {
	case EVENT_MMAP:
		header.type = PERF_RECORD_MMAP2;
		header.misc = put_mmap(&c, ev);
		break;
	case EVENT_COMM:
		header.type = PERF_RECORD_COMM;
		header.misc = ev->comm.is_exec ? FORMAT_MISC_COMM_EXEC : 0;
		put_u32(&c, ev->pid);
		put_u32(&c, ev->tid);
		put_str(&c, ev->comm.comm);
		break;
	case EVENT_FORK:
	case EVENT_EXIT:
		header.type =
			ev->kind == EVENT_FORK ? PERF_RECORD_FORK : PERF_RECORD_EXIT;
		header.misc = ev->fork.is_synthesized ? FORMAT_MISC_FORK_SYNTHESIZED : 0;
		put_task(&c, ev);
		break;
	case EVENT_CGROUP:
		header.type = PERF_RECORD_CGROUP;
		put_u64(&c, ev->cgroup.id);
		put_str(&c, ev->cgroup.path);
		break;
	case EVENT_OTHER:
	case EVENT_SAMPLE:
	case EVENT_LOST:
	case EVENT_LOST_SAMPLES:
	case EVENT_AUX:
	case EVENT_TEXT_POKE:
	case EVENT_THROTTLE:
	case EVENT_UNTHROTTLE:
	case EVENT_KSYMBOL:
	case EVENT_BPF:
	case EVENT_KINDS:
		return 0;
	}
	put_trailer(&c, layout, ev);
	header.size = narrow_u16(c.n);
	memcpy(record, &header, sizeof(header));
	return c.n;
}

size_t encode_sample(uint8_t to[ENCODE_SAMPLE_MAX], const struct decode_event *format,
		     const void *record, const struct event *ev, const void *chain,
		     size_t n)
{
	size_t kept =
		sizeof(struct perf_event_header) + 8 * (size_t)format->layout.n_fixed;
	size_t most = (ENCODE_SAMPLE_MAX - kept) / 8 - 2;
	struct buffer c = {to, 0};
	uint16_t size;

	assert(format->sample_type & PERF_SAMPLE_CALLCHAIN);
	n = n < most ? n : most;
	put(&c, record, kept);
	put_u64(&c, n);
	put(&c, chain, 8 * n);
	if (format->sample_type & PERF_SAMPLE_CGROUP)
		put_u64(&c, ev->sample.cgroup);
	size = narrow_u16(c.n);
	memcpy(to + offsetof(struct perf_event_header, size), &size, sizeof(size));
	return c.n;
}

size_t encode_sample_trimmed(uint8_t *to, const void *record, size_t size,
			     const struct sample *sample)
{
	const uint8_t *from = record, *stack = sample->stack;
	size_t head = stack ? (size_t)(stack - from) : size, rest;
	uint64_t room, size_used = sample->stack_size, used = (size_used + 7) & ~7ULL;
	struct buffer c = {to, 0};
	uint16_t new_size;

	put(&c, from, head);
	if (!stack)
		return size;
	/* The word before the copy is the size of its room; the word after the room is
	 * the size used. */
	memcpy(&room, stack - sizeof(room), sizeof(room));
	if (used > room)
		used = room;
	memcpy(to + head - sizeof(used), &used, sizeof(used));
	rest = size - head - (size_t)room;
	put(&c, stack, (size_t)used);
	/* Without room there is no such word. */
	if (room) {
		room += sizeof(size_used);
		rest -= sizeof(size_used);
	}
	if (used)
		put_u64(&c, size_used);
	put(&c, stack + room, rest);
	new_size = narrow_u16(c.n);
	memcpy(to + offsetof(struct perf_event_header, size), &new_size,
	       sizeof(new_size));
	return c.n;
}
