#include "record/data/decode.h"

#include "record/data/format.h"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <time.h>

/* Bits of perf_event_attr's flag word; enum names in the kernel's order would need bit
 * fields, whose order depends on the compiler. */
enum {
	FLAG_FREQ = 10,
	FLAG_SAMPLE_ID_ALL = 18,
	FLAG_USE_CLOCKID = 25,
	FLAG_BUILD_ID = 34,
};

enum { NS_PER_S = 1000000000 };

/* What a newer kernel has than the headers we are built with. */
enum {
	BRANCH_HW_INDEX = 1 << 17,
	BRANCH_COUNTERS = 1 << 19,
};

static uint64_t flag(uint64_t flags, int bit, bool swapped)
{
	/* The first bit field of a big-endian machine is the highest bit of the word. */
	return flags >> (swapped ? 63 - bit : bit) & 1;
}

/* In the order of the kernel: include/uapi/linux/perf_event.h, PERF_RECORD_SAMPLE. */
static void find_places(struct decode_event *e)
{
	static const struct {
		uint64_t bit;
		int field; /* -1: of no interest */
	} fixed[] = {
		{PERF_SAMPLE_IDENTIFIER, DECODE_ID},
		{PERF_SAMPLE_IP, DECODE_ADDR},
		{PERF_SAMPLE_TID, DECODE_TASK},
		{PERF_SAMPLE_TIME, DECODE_TIME},
		{PERF_SAMPLE_ADDR, -1},
		{PERF_SAMPLE_ID, DECODE_ID},
		{PERF_SAMPLE_STREAM_ID, -1},
		{PERF_SAMPLE_CPU, DECODE_CPU},
		{PERF_SAMPLE_PERIOD, DECODE_PERIOD},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		if (!(e->sample_type & fixed[i].bit))
			continue;
		if (fixed[i].field >= 0)
			e->places[fixed[i].field] = e->n_fixed;
		e->n_fixed++;
	}
}

int decode_attr(struct decode_event *e, struct bytes *b, struct error *err)
{
	uint64_t period, flags;
	bool swapped = b->swapped;
	uint32_t size;

	*e = (struct decode_event){0};
	e->type = bytes_u32(b);
	size = bytes_u32(b);
	e->config = bytes_u64(b);
	period = bytes_u64(b);
	e->sample_type = bytes_u64(b);
	e->read_format = bytes_u64(b);
	flags = bytes_u64(b);
	bytes_skip(b, 4 + 4 + 8); /* wakeup, breakpoint type, config1 */
	if (b->failed || size > b->size)
		return error_set(err, "attr is cut short");
	/* Only the first 64 bytes exist in every version. */
	bytes_skip(b, 8);
	e->branch_sample_type = bytes_u64(b);
	e->regs_user = bytes_u64(b);
	bytes_skip(b, 4); /* stack size */
	e->is_monotonic = bytes_u32(b) == CLOCK_MONOTONIC && !b->failed &&
			  flag(flags, FLAG_USE_CLOCKID, swapped);
	e->regs_intr = bytes_u64(b);
	b->failed = false;

	e->sample_id_all = flag(flags, FLAG_SAMPLE_ID_ALL, swapped);
	e->has_build_ids = flag(flags, FLAG_BUILD_ID, swapped);
	if (flag(flags, FLAG_FREQ, swapped))
		e->frequency = period;
	else
		e->period = period;
	if (e->period && decode_event_is_time(e))
		e->frequency = NS_PER_S / e->period;
	find_places(e);
	return 0;
}

const char *decode_event_name(const struct decode_event *e)
{
	static const char *const hardware[] = {
		"cycles",
		"instructions",
		"cache-references",
		"cache-misses",
		"branches",
		"branch-misses",
		"bus-cycles",
		"stalled-cycles-frontend",
		"stalled-cycles-backend",
		"ref-cycles",
	};
	static const char *const software[] = {
		"cpu-clock",	    "task-clock",   "page-faults",  "context-switches",
		"cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
		"emulation-faults", "dummy",	    "bpf-output",   "cgroup-switches",
	};

	if (e->name)
		return e->name;
	/* The upper half of a hardware config is the PMU of a hybrid CPU. */
	if (e->type == PERF_TYPE_HARDWARE &&
	    (uint32_t)e->config < sizeof(hardware) / sizeof(*hardware))
		return hardware[(uint32_t)e->config];
	if (e->type == PERF_TYPE_SOFTWARE &&
	    e->config < sizeof(software) / sizeof(*software))
		return software[e->config];
	return "event";
}

bool decode_event_is_time(const struct decode_event *e)
{
	return e->type == PERF_TYPE_SOFTWARE && (e->config == PERF_COUNT_SW_CPU_CLOCK ||
						 e->config == PERF_COUNT_SW_TASK_CLOCK);
}

int decode_id_in_sample(const struct decode_event *e)
{
	uint64_t before =
		PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR;

	if (e->sample_type & PERF_SAMPLE_IDENTIFIER)
		return 0;
	if (e->sample_type & PERF_SAMPLE_ID)
		return __builtin_popcountll(e->sample_type & before);
	return -1;
}

int decode_id_from_end(const struct decode_event *e)
{
	uint64_t behind = PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU;

	if (!e->sample_id_all)
		return 0;
	if (e->sample_type & PERF_SAMPLE_IDENTIFIER)
		return 1;
	if (e->sample_type & PERF_SAMPLE_ID)
		return 1 + __builtin_popcountll(e->sample_type & behind);
	return 0;
}

/* Who, when and where at the end of every record that is no sample. */
static void decode_sample_id(const struct decode_event *e, struct bytes *record,
			     struct event *ev)
{
	uint64_t fields = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
			  PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU |
			  PERF_SAMPLE_IDENTIFIER;
	size_t size = 8 * (size_t)__builtin_popcountll(e->sample_type & fields);
	struct bytes b = *record;

	if (!e->sample_id_all || b.size - b.at < size)
		return;
	/* What is left for the record's own fields ends where this begins. */
	record->size -= size;
	b.at = b.size - size;
	if (e->sample_type & PERF_SAMPLE_TID) {
		ev->pid = bytes_u32(&b);
		ev->tid = bytes_u32(&b);
	}
	if (e->sample_type & PERF_SAMPLE_TIME)
		ev->time = bytes_u64(&b);
	if (e->sample_type & PERF_SAMPLE_ID)
		ev->id = bytes_u64(&b);
	if (e->sample_type & PERF_SAMPLE_STREAM_ID)
		bytes_skip(&b, 8);
	if (e->sample_type & PERF_SAMPLE_CPU) {
		ev->cpu = bytes_u32(&b);
		bytes_skip(&b, 4);
	}
	if (e->sample_type & PERF_SAMPLE_IDENTIFIER)
		ev->id = bytes_u64(&b);
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

static void skip_branches(struct bytes *b, uint64_t branch_type)
{
	uint64_t n = bytes_u64(b);

	if (branch_type & BRANCH_HW_INDEX)
		bytes_skip(b, 8);
	skip_words(b, n, 24);
	if (branch_type & BRANCH_COUNTERS)
		skip_words(b, n, 8);
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

/* The kernel makes room for as much as was asked for, and stores after it how much it found: 0 where
 * the page was never touched. In a task without memory of a user's it makes no room. */
static void decode_stack(struct bytes *b, struct sample *sample)
{
	uint64_t size = bytes_u64(b), found = 0;
	const void *copy = b->data + b->at;

	if (size) {
		skip_words(b, size, 1);
		found = bytes_u64(b);
	}
	if (b->failed)
		return;
	sample->stack = copy;
	sample->stack_size = (uint32_t)(found < size ? found : size);
}

/* What may stand between the callchain and the cgroup. */
#define BEFORE_CGROUP                                                                    \
	(PERF_SAMPLE_RAW | PERF_SAMPLE_BRANCH_STACK | PERF_SAMPLE_REGS_USER |            \
	 PERF_SAMPLE_STACK_USER | PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT |       \
	 PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION | PERF_SAMPLE_REGS_INTR |        \
	 PERF_SAMPLE_PHYS_ADDR)

/* What of it is of interest by itself. */
#define USER_STACK (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

static void decode_to_cgroup(const struct decode_event *e, struct bytes *b,
			     struct sample *sample)
{
	uint64_t type = e->sample_type;

	if (type & PERF_SAMPLE_RAW)
		skip_words(b, bytes_u32(b), 1);
	if (type & PERF_SAMPLE_BRANCH_STACK)
		skip_branches(b, e->branch_sample_type);
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

static inline uint64_t field_u64(const struct decode_event *e, const uint8_t *fields,
				 enum decode_field field, bool swapped)
{
	uint64_t v;

	memcpy(&v, fields + 8 * e->places[field], sizeof(v));
	return swapped ? bswap_64(v) : v;
}

/* The first or the second half of a word. */
static inline uint32_t field_u32(const struct decode_event *e, const uint8_t *fields,
				 enum decode_field field, size_t half, bool swapped)
{
	uint32_t v;

	memcpy(&v, fields + 8 * e->places[field] + 4 * half, sizeof(v));
	return swapped ? bswap_32(v) : v;
}

/* 'swapped' is a constant to the compiler. */
static inline __attribute__((always_inline)) void
decode_fixed(const struct decode_event *e, const uint8_t *fields, struct event *ev,
	     bool swapped)
{
	struct sample *sample = &ev->sample;
	uint64_t type = e->sample_type;

	if (type & (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ID))
		ev->id = field_u64(e, fields, DECODE_ID, swapped);
	if (type & PERF_SAMPLE_IP)
		sample->addr = field_u64(e, fields, DECODE_ADDR, swapped);
	if (type & PERF_SAMPLE_TID) {
		ev->pid = field_u32(e, fields, DECODE_TASK, 0, swapped);
		ev->tid = field_u32(e, fields, DECODE_TASK, 1, swapped);
	}
	if (type & PERF_SAMPLE_TIME)
		ev->time = field_u64(e, fields, DECODE_TIME, swapped);
	if (type & PERF_SAMPLE_CPU)
		ev->cpu = field_u32(e, fields, DECODE_CPU, 0, swapped);
	if (type & PERF_SAMPLE_PERIOD)
		sample->period = field_u64(e, fields, DECODE_PERIOD, swapped);
}

static void decode_sample(const struct decode_event *e, struct bytes *b, struct event *ev)
{
	const uint8_t *fields = bytes_take(b, 8 * (size_t)e->n_fixed);
	struct sample *sample = &ev->sample;
	uint64_t type = e->sample_type, n;

	sample->period = e->period;
	if (!fields)
		return;
	if (b->swapped)
		decode_fixed(e, fields, ev, true);
	else
		decode_fixed(e, fields, ev, false);
	if (type & PERF_SAMPLE_READ)
		skip_read(b, e->read_format);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		n = bytes_u64(b);
		sample->chain = b->data + b->at;
		skip_words(b, n, 8);
		sample->n_chain = b->failed ? 0 : (uint32_t)n;
	}
	if (type & USER_STACK || (type & PERF_SAMPLE_CGROUP && type & BEFORE_CGROUP))
		decode_to_cgroup(e, b, sample);
	if (type & PERF_SAMPLE_CGROUP)
		sample->cgroup = bytes_u64(b);
}

/* Two recorders at once: where one has asked for build ids, the kernel sets the bit in the records
 * of the other as well, which hold device and inode (kernel/events/core.c,
 * perf_event_mmap_output(): the header is the same for all events). Tools write build ids of full
 * length into recordings that did not ask for them. */
static bool has_build_id(const struct decode_event *e, const struct bytes *record,
			 uint16_t misc)
{
	struct bytes b = *record;

	if (!(misc & FORMAT_MISC_MMAP_BUILD_ID) || e->has_build_ids)
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
	if (ev->type == PERF_RECORD_MMAP2) {
		decode_identity(e, b, m, misc);
		prot = bytes_u32(b);
		bytes_skip(b, 4);
		m->is_exec = m->is_kernel || prot & PROT_EXEC;
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
	/* The record's own time is there without sample_id_all, too. */
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
		ev->kind = EVENT_LOST;
		bytes_skip(b, 8);
		ev->lost.count = bytes_u64(b);
		break;
	case PERF_RECORD_LOST_SAMPLES:
		ev->kind = EVENT_LOST_SAMPLES;
		ev->lost.count = bytes_u64(b);
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

	/* Not all of it is cleared: most records are samples, and this is done for each. */
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
		decode_sample_id(e, record, ev);
		decode_body(e, record, ev, misc);
	}
	if (record->failed)
		return error_set(err, "record of type %u at offset %#llx is cut short",
				 ev->type, (unsigned long long)ev->at);
	return 0;
}
