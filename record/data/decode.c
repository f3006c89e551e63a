#include "record/data/decode.h"

#include "base/narrow.h"
#include "record/data/format.h"
#include "record/data/outside.h"

#include <linux/perf_event.h>
#include <sys/mman.h>

/* Bits of newer kernels, which older headers lack. */
enum {
	BRANCH_HW_INDEX = 1 << 17,
	BRANCH_COUNTERS = 1 << 19,
};

/* simpleperf: a mapping with names of code that was made at run time. */
enum { PROT_SIMPLEPERF_JIT = 0x4000 };

/* Task, time, CPU and id at the end of every record that is no sample. */
static void decode_trailer(const struct decode_event *e, struct bytes *record,
			   struct event *ev)
{
	const struct sample_layout *l = &e->layout;
	size_t size = 8 * (size_t)l->n_trailer;
	struct bytes b = *record;

	if (b.size - b.at < size)
		return;
	/* The record's own fields end where the trailer begins. */
	record->size -= size;
	if (l->from_end[SAMPLE_FIELD_TASK] != SAMPLE_FIELD_NONE) {
		b.at = b.size - 8 * (size_t)l->from_end[SAMPLE_FIELD_TASK];
		ev->pid = bytes_u32(&b);
		ev->tid = bytes_u32(&b);
	}
	if (l->from_end[SAMPLE_FIELD_TIME] != SAMPLE_FIELD_NONE) {
		b.at = b.size - 8 * (size_t)l->from_end[SAMPLE_FIELD_TIME];
		ev->time = bytes_u64(&b);
	}
	if (l->from_end[SAMPLE_FIELD_CPU] != SAMPLE_FIELD_NONE) {
		b.at = b.size - 8 * (size_t)l->from_end[SAMPLE_FIELD_CPU];
		ev->cpu = bytes_u32(&b);
	}
	if (l->from_end[SAMPLE_FIELD_ID] != SAMPLE_FIELD_NONE) {
		b.at = b.size - 8 * (size_t)l->from_end[SAMPLE_FIELD_ID];
		ev->id = bytes_u64(&b);
	}
}

static inline void skip_words(struct bytes *b, uint64_t n, size_t size)
{
	if (n > bytes_left(b) / size)
		b->failed = true;
	else
		bytes_skip(b, n * size);
}

/* struct read_format, of one counter or of a group. */
static void skip_read(struct bytes *b, uint64_t format)
{
	uint64_t times = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	uint64_t each = PERF_FORMAT_ID | PERF_FORMAT_LOST;
	uint64_t n = 1;

	if (format & PERF_FORMAT_GROUP)
		n = bytes_u64(b);
	bytes_skip(b, 8 * (size_t)__builtin_popcountll(format & times));
	skip_words(b, n, 8 * (1 + (size_t)__builtin_popcountll(format & each)));
}

static void decode_branches(const struct decode_event *e, struct bytes *b,
			    struct sample *sample)
{
	uint64_t n = bytes_u64(b);
	const void *branches;

	if (e->branch_sample_type & BRANCH_HW_INDEX)
		bytes_skip(b, 8);
	branches = b->data + b->at;
	skip_words(b, n, 24);
	if (e->branch_sample_type & BRANCH_COUNTERS)
		skip_words(b, n, 8);
	if (!e->has_call_branches || b->failed)
		return;
	sample->branches = branches;
	sample->n_branches = narrow_u32(n);
}

static void skip_registers(struct bytes *b, uint64_t mask)
{
	if (bytes_u64(b) != PERF_SAMPLE_REGS_ABI_NONE)
		bytes_skip(b, 8 * (size_t)__builtin_popcountll(mask));
}

static void decode_registers(struct bytes *b, uint64_t mask, struct sample *sample)
{
	uint64_t abi = bytes_u64(b);

	if (abi == PERF_SAMPLE_REGS_ABI_NONE)
		return;
	sample->regs = bytes_take(b, 8 * (size_t)__builtin_popcountll(mask));
	sample->is_32_bit = abi == PERF_SAMPLE_REGS_ABI_32;
}

/* The kernel makes room for attr.sample_stack_user bytes, and stores after it the number
 * of bytes that it could copy: 0 if the page was never touched. Kernel threads have no
 * room at all. */
static void decode_stack(struct bytes *b, struct sample *sample)
{
	uint64_t size = bytes_u64(b), copied = 0;
	const void *copy = b->data + b->at;

	if (size) {
		skip_words(b, size, 1);
		copied = bytes_u64(b);
	}
	if (b->failed)
		return;
	sample->stack = copy;
	sample->stack_size = narrow_u32(copied < size ? copied : size);
}

/* The fields between the callchain and the cgroup. */
#define BEFORE_CGROUP                                                                    \
	(PERF_SAMPLE_RAW | PERF_SAMPLE_BRANCH_STACK | PERF_SAMPLE_REGS_USER |            \
	 PERF_SAMPLE_STACK_USER | PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT |       \
	 PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION | PERF_SAMPLE_REGS_INTR |        \
	 PERF_SAMPLE_PHYS_ADDR)

/* Decoded fields among them; the others are skipped. */
#define USER_STACK (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

static void decode_to_cgroup(const struct decode_event *e, struct bytes *b,
			     struct sample *sample)
{
	uint64_t type = e->sample_type;

	if (type & PERF_SAMPLE_RAW)
		skip_words(b, bytes_u32(b), 1);
	if (type & PERF_SAMPLE_BRANCH_STACK)
		decode_branches(e, b, sample);
	if (type & PERF_SAMPLE_REGS_USER)
		decode_registers(b, e->regs_user, sample);
	if (type & PERF_SAMPLE_STACK_USER)
		decode_stack(b, sample);
	if (type & (PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT))
		bytes_skip(b, 8);
	if (type & PERF_SAMPLE_DATA_SRC)
		bytes_skip(b, 8);
	if (type & PERF_SAMPLE_TRANSACTION)
		bytes_skip(b, 8);
	if (type & PERF_SAMPLE_REGS_INTR)
		skip_registers(b, e->regs_intr);
	if (type & PERF_SAMPLE_PHYS_ADDR)
		bytes_skip(b, 8);
}

static inline uint64_t field_u64(const uint8_t *record, size_t word, bool swapped)
{
	uint64_t v;

	memcpy(&v, record + 8 * word, sizeof(v));
	return swapped ? bswap_64(v) : v;
}

/* The first or the second half of a word. */
static inline uint32_t field_u32(const uint8_t *record, size_t word, size_t half,
				 bool swapped)
{
	uint32_t v;

	memcpy(&v, record + 8 * word + 4 * half, sizeof(v));
	return swapped ? bswap_32(v) : v;
}

/* 'swapped' is a constant to the compiler. */
static inline __attribute__((always_inline)) void
decode_fixed(const struct sample_layout *l, const uint8_t *record, struct event *ev,
	     bool swapped)
{
	struct sample *sample = &ev->sample;

	if (sample_layout_has(l, SAMPLE_FIELD_ID))
		ev->id = field_u64(record, l->in_sample[SAMPLE_FIELD_ID], swapped);
	if (sample_layout_has(l, SAMPLE_FIELD_ADDR))
		sample->addr =
			field_u64(record, l->in_sample[SAMPLE_FIELD_ADDR], swapped);
	if (sample_layout_has(l, SAMPLE_FIELD_TASK)) {
		ev->pid = field_u32(record, l->in_sample[SAMPLE_FIELD_TASK], 0, swapped);
		ev->tid = field_u32(record, l->in_sample[SAMPLE_FIELD_TASK], 1, swapped);
	}
	if (sample_layout_has(l, SAMPLE_FIELD_TIME))
		ev->time = field_u64(record, l->in_sample[SAMPLE_FIELD_TIME], swapped);
	if (sample_layout_has(l, SAMPLE_FIELD_CPU))
		ev->cpu = field_u32(record, l->in_sample[SAMPLE_FIELD_CPU], 0, swapped);
	if (sample_layout_has(l, SAMPLE_FIELD_PERIOD))
		sample->period =
			field_u64(record, l->in_sample[SAMPLE_FIELD_PERIOD], swapped);
}

static void decode_sample(const struct decode_event *e, struct bytes *b, struct event *ev)
{
	struct sample *sample = &ev->sample;
	uint64_t type = e->sample_type, n;

	sample->period = e->period;
	bytes_skip(b, 8 * (size_t)e->layout.n_fixed);
	if (b->failed)
		return;
	if (b->swapped)
		decode_fixed(&e->layout, b->data, ev, true);
	else
		decode_fixed(&e->layout, b->data, ev, false);
	if (type & PERF_SAMPLE_READ)
		skip_read(b, e->read_format);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		n = bytes_u64(b);
		sample->chain = b->data + b->at;
		skip_words(b, n, 8);
		sample->n_chain = b->failed ? 0 : narrow_u32(n);
	}
	if (type & USER_STACK || e->has_call_branches ||
	    (type & PERF_SAMPLE_CGROUP && type & BEFORE_CGROUP))
		decode_to_cgroup(e, b, sample);
	if (type & PERF_SAMPLE_CGROUP)
		sample->cgroup = bytes_u64(b);
}

/* If another recorder wants build ids, the kernel sets the bit in this recorder's records
 * as well, which hold device and inode (kernel/events/core.c, perf_event_mmap_output():
 * all events share the header). And perf inject writes build ids of full length into
 * recordings without attr.build_id. */
static bool has_build_id(const struct decode_event *e, const struct bytes *record,
			 uint16_t misc)
{
	bool is_kernel = (misc & FORMAT_MISC_CPUMODE) == FORMAT_MISC_KERNEL;
	struct bytes b = *record;

	/* Recorders write the mappings of the kernel themselves. */
	if (!(misc & FORMAT_MISC_MMAP_BUILD_ID) || e->has_build_ids || is_kernel)
		return misc & FORMAT_MISC_MMAP_BUILD_ID;
	return bytes_u8(&b) == BUILD_ID_MAX && !bytes_u8(&b) && !bytes_u16(&b);
}

static void decode_identity(const struct decode_event *e, struct bytes *b,
			    struct event_mmap *m, uint16_t misc)
{
	const void *id;
	uint8_t size;

	if (!has_build_id(e, b, misc)) {
		m->major = bytes_u32(b);
		m->minor = bytes_u32(b);
		m->inode = bytes_u64(b);
		m->generation = bytes_u64(b);
		return;
	}
	size = bytes_u8(b);
	bytes_skip(b, 3);
	id = bytes_take(b, BUILD_ID_MAX);
	if (id)
		m->build_id = build_id_of(id, size);
}

/* Linux 3.12 and RHEL 7.0 have the path where later kernels have the protection, a small
 * number without printable bytes. */
static bool has_prot(const struct bytes *b)
{
	struct bytes peek = *b;

	return bytes_u8(&peek) < ' ';
}

static void decode_mmap(const struct decode_event *e, struct bytes *b, struct event *ev,
			uint16_t misc)
{
	struct event_mmap *m = &ev->mmap;
	uint32_t prot;

	ev->pid = bytes_u32(b);
	ev->tid = bytes_u32(b);
	m->addr = bytes_u64(b);
	m->len = bytes_u64(b);
	m->file_off = bytes_u64(b);
	m->is_kernel = (misc & FORMAT_MISC_CPUMODE) == FORMAT_MISC_KERNEL;
	m->is_exec = !(misc & FORMAT_MISC_MMAP_DATA);
	if (ev->type == PERF_RECORD_MMAP2)
		decode_identity(e, b, m, misc);
	if (ev->type == PERF_RECORD_MMAP2 && has_prot(b)) {
		prot = bytes_u32(b);
		bytes_skip(b, 4);
		m->is_exec = m->is_kernel || prot & (PROT_EXEC | PROT_SIMPLEPERF_JIT);
	}
	m->path = bytes_str(b, bytes_left(b));
	ev->kind = EVENT_MMAP;
}

static void decode_task(struct bytes *b, struct event *ev, uint16_t misc)
{
	uint64_t time;

	ev->kind = ev->type == PERF_RECORD_FORK ? EVENT_FORK : EVENT_EXIT;
	ev->pid = bytes_u32(b);
	ev->fork.parent_pid = bytes_u32(b);
	ev->tid = bytes_u32(b);
	ev->fork.parent_tid = bytes_u32(b);
	time = bytes_u64(b);
	/* The record has this time also without attr.sample_id_all. */
	if (ev->time == EVENT_NO_TIME)
		ev->time = time;
	ev->fork.is_synthesized =
		misc & FORMAT_MISC_FORK_SYNTHESIZED || ev->time == EVENT_NO_TIME;
}

static void decode_ksymbol(struct bytes *b, struct event *ev)
{
	uint16_t type;

	ev->kind = EVENT_KSYMBOL;
	ev->ksymbol.addr = bytes_u64(b);
	ev->ksymbol.len = bytes_u32(b);
	type = bytes_u16(b);
	ev->ksymbol.is_bpf = type == PERF_RECORD_KSYMBOL_TYPE_BPF;
	ev->ksymbol.is_gone = bytes_u16(b) & PERF_RECORD_KSYMBOL_FLAGS_UNREGISTER;
	ev->ksymbol.name = bytes_str(b, bytes_left(b));
}

static void decode_lost(struct bytes *b, struct event *ev, uint16_t misc)
{
	if (ev->type == PERF_RECORD_LOST) {
		ev->kind = EVENT_LOST;
		ev->lost.id = bytes_u64(b);
	} else if (!(misc & FORMAT_MISC_LOST_BY_FILTER)) {
		/* Samples that the user's filter refused were not wanted. */
		ev->kind = EVENT_LOST_SAMPLES;
	}
	ev->lost.count = bytes_u64(b);
}

static void decode_aux(struct bytes *b, struct event *ev)
{
	const uint64_t incomplete =
		PERF_AUX_FLAG_TRUNCATED | PERF_AUX_FLAG_PARTIAL | PERF_AUX_FLAG_COLLISION;

	ev->kind = EVENT_AUX;
	bytes_skip(b, 8);
	ev->aux.size = bytes_u64(b);
	ev->aux.is_incomplete = bytes_u64(b) & incomplete;
}

static void decode_body(const struct decode_event *e, struct bytes *b, struct event *ev,
			uint16_t misc)
{
	switch (ev->type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		decode_mmap(e, b, ev, misc);
		break;
	case PERF_RECORD_COMM:
		ev->kind = EVENT_COMM;
		ev->pid = bytes_u32(b);
		ev->tid = bytes_u32(b);
		ev->comm.comm = bytes_str(b, bytes_left(b));
		ev->comm.is_exec = misc & FORMAT_MISC_COMM_EXEC;
		break;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		decode_task(b, ev, misc);
		break;
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
		decode_lost(b, ev, misc);
		break;
	case PERF_RECORD_AUX:
		decode_aux(b, ev);
		break;
	case PERF_RECORD_TEXT_POKE:
		ev->kind = EVENT_TEXT_POKE;
		break;
	case PERF_RECORD_THROTTLE:
		ev->kind = EVENT_THROTTLE;
		break;
	case PERF_RECORD_UNTHROTTLE:
		ev->kind = EVENT_UNTHROTTLE;
		break;
	case PERF_RECORD_KSYMBOL:
		decode_ksymbol(b, ev);
		break;
	case PERF_RECORD_BPF_EVENT:
		ev->kind = EVENT_BPF;
		break;
	case PERF_RECORD_CGROUP:
		ev->kind = EVENT_CGROUP;
		ev->cgroup.id = bytes_u64(b);
		ev->cgroup.path = bytes_str(b, bytes_left(b));
		break;
	default:
		break;
	}
}

int decode_record(const struct decode_event *e, struct bytes *record, struct event *ev,
		  struct error *err)
{
	uint16_t misc;

	/* Only a part of the event is cleared, for speed: this runs for each sample. */
	ev->kind = EVENT_OTHER;
	ev->pid = ev->tid = 0;
	ev->cpu = UINT32_MAX;
	ev->time = EVENT_NO_TIME;
	ev->id = 0;
	ev->type = bytes_u32(record);
	misc = bytes_u16(record);
	bytes_skip(record, 2);
	if (ev->type == PERF_RECORD_SAMPLE) {
		ev->kind = EVENT_SAMPLE;
		ev->sample = (struct sample){0};
		ev->sample.cpumode = misc & FORMAT_MISC_CPUMODE;
		decode_sample(e, record, ev);
	} else if (ev->type < FORMAT_RECORD_HEADER_ATTR) {
		memset(&ev->mmap, 0, sizeof(ev->mmap)); /* the largest of the rest */
		decode_trailer(e, record, ev);
		decode_body(e, record, ev, misc);
	}
	if (record->failed)
		return error_set(err,
				 "the record of type %u at offset %#llx is truncated",
				 ev->type, (unsigned long long)ev->at);
	if (!ev->pid || (ev->kind == EVENT_FORK && !ev->fork.parent_pid))
		outside_mark(e, ev, misc & FORMAT_MISC_CPUMODE, record->swapped);
	return 0;
}
