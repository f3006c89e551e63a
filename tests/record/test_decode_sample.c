/* Every field that a sample may have, alone and together with all others, in both byte
 * orders: fields that flame does not need must be skipped by exactly their size. */
#include "base/narrow.h"
#include "base/out.h"
#include "base/scoped.h"
#include "record/data/decode.h"
#include "tests/test.h"

#include <byteswap.h>
#include <linux/perf_event.h>

enum {
	ALL_READ = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING |
		   PERF_FORMAT_ID | PERF_FORMAT_LOST,
	HW_INDEX = 1 << 17,
	COUNTERS = 1 << 19,
	REGS_USER = 0x10081, /* three registers */
	REGS_INTR = 0x3,     /* two */
};

struct record {
	struct out *out;
	struct decode_event e;
	bool swapped;
	bool no_registers; /* of the user and at the interrupt */
};

static void put_u32(struct record *r, uint32_t v)
{
	v = r->swapped ? bswap_32(v) : v;
	out_write(r->out, &v, sizeof(v));
}

static void put_u64(struct record *r, uint64_t v)
{
	v = r->swapped ? bswap_64(v) : v;
	out_write(r->out, &v, sizeof(v));
}

/* Words that no field may be taken for. */
static void put_filler(struct record *r, size_t n)
{
	while (n--)
		put_u64(r, 0xdeadbeefdeadbeef);
}

static void put_identifier(struct record *r)
{
	put_u64(r, 0x1d);
}

static void put_ip(struct record *r)
{
	put_u64(r, 0x401234);
}

static void put_task(struct record *r)
{
	put_u32(r, 42);
	put_u32(r, 43);
}

static void put_time(struct record *r)
{
	put_u64(r, 777);
}

static void put_word(struct record *r)
{
	put_filler(r, 1);
}

static void put_cpu(struct record *r)
{
	put_u32(r, 5);
	put_u32(r, 0xdeadbeef);
}

static void put_period(struct record *r)
{
	put_u64(r, 31);
}

static void put_read(struct record *r)
{
	uint64_t format = r->e.read_format;
	size_t n = 1, times = (size_t)__builtin_popcountll(format & 3);

	if (format & PERF_FORMAT_GROUP) {
		n = 3;
		put_u64(r, n);
	}
	put_filler(r, times);
	put_filler(r, n * (1 + (size_t)__builtin_popcountll(
				       format & (PERF_FORMAT_ID | PERF_FORMAT_LOST))));
}

static void put_chain(struct record *r)
{
	put_u64(r, 2);
	put_u64(r, (uint64_t)-512);
	put_u64(r, 0x401000);
}

static void put_raw(struct record *r)
{
	put_u32(r, 12);
	put_u32(r, 1);
	put_filler(r, 1);
}

static void put_branches(struct record *r)
{
	put_u64(r, 2);
	if (r->e.branch_sample_type & HW_INDEX)
		put_filler(r, 1);
	put_filler(r, 2 * 3);
	if (r->e.branch_sample_type & COUNTERS)
		put_filler(r, 2);
}

static void put_regs_user(struct record *r)
{
	put_u64(r, r->no_registers ? 0 : 2);
	for (uint64_t i = 0; i < 3 && !r->no_registers; i++)
		put_u64(r, 0x1111 * (i + 1));
}

static void put_stack(struct record *r)
{
	put_u64(r, 24);
	put_u64(r, 0xaaaa);
	put_filler(r, 2);
	put_u64(r, 16);
}

static void put_regs_intr(struct record *r)
{
	put_u64(r, r->no_registers ? 0 : 2);
	if (!r->no_registers)
		put_filler(r, 2);
}

static void put_cgroup(struct record *r)
{
	put_u64(r, 4711);
}

/* In the order of the kernel. */
static const struct field {
	uint64_t bit;
	void (*put)(struct record *r);
} fields[] = {
	{PERF_SAMPLE_IDENTIFIER, put_identifier},
	{PERF_SAMPLE_IP, put_ip},
	{PERF_SAMPLE_TID, put_task},
	{PERF_SAMPLE_TIME, put_time},
	{PERF_SAMPLE_ADDR, put_word},
	{PERF_SAMPLE_ID, put_identifier},
	{PERF_SAMPLE_STREAM_ID, put_word},
	{PERF_SAMPLE_CPU, put_cpu},
	{PERF_SAMPLE_PERIOD, put_period},
	{PERF_SAMPLE_READ, put_read},
	{PERF_SAMPLE_CALLCHAIN, put_chain},
	{PERF_SAMPLE_RAW, put_raw},
	{PERF_SAMPLE_BRANCH_STACK, put_branches},
	{PERF_SAMPLE_REGS_USER, put_regs_user},
	{PERF_SAMPLE_STACK_USER, put_stack},
	{PERF_SAMPLE_WEIGHT, put_word},
	{PERF_SAMPLE_DATA_SRC, put_word},
	{PERF_SAMPLE_TRANSACTION, put_word},
	{PERF_SAMPLE_REGS_INTR, put_regs_intr},
	{PERF_SAMPLE_PHYS_ADDR, put_word},
	{PERF_SAMPLE_CGROUP, put_cgroup},
};

static void record_begin(struct record *r, uint64_t type)
{
	r->out = out_memory();
	r->e.sample_type = type;
	r->e.period = 9;
	r->e.layout = sample_layout_of(type, true);
	put_u32(r, PERF_RECORD_SAMPLE);
	put_u32(r, r->swapped ? PERF_RECORD_MISC_USER << 16 : PERF_RECORD_MISC_USER);
	for (size_t i = 0; i < array_size(fields); i++)
		if (type & fields[i].bit)
			fields[i].put(r);
}

static int record_decode(struct record *r, size_t size, struct event *ev)
{
	struct bytes b = bytes_of(out_data(r->out), size);
	struct error err;

	b.swapped = r->swapped;
	return decode_record(&r->e, &b, ev, &err);
}

static uint64_t word_at(const struct record *r, const void *words, size_t i)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)words + 8 * i, sizeof(v));
	return r->swapped ? bswap_64(v) : v;
}

static void check_user_stack(const struct record *r, const struct sample *s)
{
	if (r->e.sample_type & PERF_SAMPLE_REGS_USER && !r->no_registers) {
		assert_int_equal(word_at(r, s->regs, 0), 0x1111);
		assert_int_equal(word_at(r, s->regs, 2), 0x3333);
	} else {
		assert_null(s->regs);
	}
	if (r->e.sample_type & PERF_SAMPLE_STACK_USER) {
		assert_int_equal(s->stack_size, 16);
		assert_int_equal(word_at(r, s->stack, 0), 0xaaaa);
	} else {
		assert_null(s->stack);
	}
}

/* Decodes a sample with these fields, and the same sample with any shorter end. */
static void check(struct record r, uint64_t type)
{
	struct event ev;
	const struct sample *s = &ev.sample;

	record_begin(&r, type);
	memset(&ev, 0x55, sizeof(ev));
	assert_int_equal(record_decode(&r, out_pos(r.out), &ev), 0);
	assert_int_equal(ev.kind, EVENT_SAMPLE);
	assert_int_equal(s->cpumode, PERF_RECORD_MISC_USER);
	assert_int_equal(ev.id,
			 type & (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ID) ? 0x1d : 0);
	assert_int_equal(s->addr, type & PERF_SAMPLE_IP ? 0x401234 : 0);
	assert_int_equal(ev.pid, type & PERF_SAMPLE_TID ? 42 : 0);
	assert_int_equal(ev.tid, type & PERF_SAMPLE_TID ? 43 : 0);
	assert_int_equal(ev.time, type & PERF_SAMPLE_TIME ? 777 : EVENT_NO_TIME);
	assert_int_equal(ev.cpu, type & PERF_SAMPLE_CPU ? 5 : UINT32_MAX);
	assert_int_equal(s->period, type & PERF_SAMPLE_PERIOD ? 31 : 9);
	assert_int_equal(s->n_chain, type & PERF_SAMPLE_CALLCHAIN ? 2 : 0);
	if (type & PERF_SAMPLE_CALLCHAIN)
		assert_int_equal(word_at(&r, s->chain, 1), 0x401000);
	assert_int_equal(s->cgroup, type & PERF_SAMPLE_CGROUP ? 4711 : 0);
	check_user_stack(&r, s);
	/* The last field is needed in full. */
	if (type & PERF_SAMPLE_CGROUP)
		assert_int_equal(record_decode(&r, out_pos(r.out) - 8, &ev), -1);
	out_free(&r.out);
}

static void each_field_alone(void **state)
{
	static const uint64_t formats[] = {0,
					   ALL_READ,
					   PERF_FORMAT_GROUP,
					   PERF_FORMAT_GROUP | ALL_READ,
					   PERF_FORMAT_TOTAL_TIME_ENABLED,
					   PERF_FORMAT_TOTAL_TIME_RUNNING,
					   PERF_FORMAT_LOST,
					   PERF_FORMAT_ID};
	static const uint64_t branches[] = {0, HW_INDEX, COUNTERS, HW_INDEX | COUNTERS};
	uint64_t all = 0;

	(void)state;
	for (size_t i = 0; i < array_size(fields); i++)
		all |= fields[i].bit;
	for (size_t i = 0; i < 2 * array_size(formats); i++) {
		struct record r = {.swapped = i % 2, .no_registers = i % 3 == 0};

		r.e.read_format = formats[i / 2];
		r.e.branch_sample_type = branches[i % array_size(branches)];
		r.e.regs_user = REGS_USER;
		r.e.regs_intr = REGS_INTR;
		check(r, 0);
		check(r, all);
		check(r, PERF_SAMPLE_CALLCHAIN);
		for (size_t j = 0; j < array_size(fields); j++) {
			check(r, fields[j].bit);
			check(r, fields[j].bit | PERF_SAMPLE_CGROUP);
			check(r, fields[j].bit | PERF_SAMPLE_STACK_USER);
			check(r, all & ~fields[j].bit);
		}
	}
}

static void both_kinds_of_weight_are_one_word(void **state)
{
	struct record r = {0};
	struct event ev;

	(void)state;
	record_begin(&r, PERF_SAMPLE_WEIGHT | PERF_SAMPLE_CGROUP);
	r.e.sample_type = PERF_SAMPLE_WEIGHT_STRUCT | PERF_SAMPLE_CGROUP;
	assert_int_equal(record_decode(&r, out_pos(r.out), &ev), 0);
	assert_int_equal(ev.sample.cgroup, 4711);
	out_free(&r.out);
}

/* Numbers that no record has room for. */
static void counts_are_bounded(void **state)
{
	static const uint64_t types[] = {PERF_SAMPLE_CALLCHAIN, PERF_SAMPLE_BRANCH_STACK,
					 PERF_SAMPLE_READ, PERF_SAMPLE_STACK_USER};

	(void)state;
	for (size_t i = 0; i < array_size(types); i++)
		for (uint64_t n = 7; n; n *= 2) {
			struct record r = {.e.read_format = PERF_FORMAT_GROUP};
			struct event ev;

			record_begin(&r, 0);
			r.e.sample_type = types[i] | PERF_SAMPLE_CGROUP;
			put_u64(&r, n);
			put_filler(&r, 6);
			assert_int_equal(
				record_decode(&r, out_pos(r.out), &ev),
				types[i] == PERF_SAMPLE_STACK_USER && n <= 32 ? 0 : -1);
			out_free(&r.out);
		}
}

/* Trailer of a record that is no sample; -1: absent. */
static void check_trailer(uint64_t type, bool has_trailer, bool swapped)
{
	struct record r = {.out = out_memory(), .swapped = swapped};
	struct event ev;

	r.e.layout = sample_layout_of(type, has_trailer);
	r.e.sample_type = type;
	put_u32(&r, PERF_RECORD_LOST);
	put_u32(&r, 0);
	put_filler(&r, 1);
	put_u64(&r, 88);
	if (has_trailer && type & PERF_SAMPLE_TID)
		put_task(&r);
	if (has_trailer && type & PERF_SAMPLE_TIME)
		put_time(&r);
	if (has_trailer && type & PERF_SAMPLE_ID)
		put_identifier(&r);
	if (has_trailer && type & PERF_SAMPLE_STREAM_ID)
		put_word(&r);
	if (has_trailer && type & PERF_SAMPLE_CPU)
		put_cpu(&r);
	if (has_trailer && type & PERF_SAMPLE_IDENTIFIER)
		put_identifier(&r);
	if (!has_trailer)
		type = 0;
	assert_int_equal(record_decode(&r, out_pos(r.out), &ev), 0);
	assert_int_equal(ev.kind, EVENT_LOST);
	assert_int_equal(ev.lost.count, 88);
	assert_int_equal(ev.pid, type & PERF_SAMPLE_TID ? 42 : 0);
	assert_int_equal(ev.tid, type & PERF_SAMPLE_TID ? 43 : 0);
	assert_int_equal(ev.time, type & PERF_SAMPLE_TIME ? 777 : EVENT_NO_TIME);
	assert_int_equal(ev.cpu, type & PERF_SAMPLE_CPU ? 5 : UINT32_MAX);
	assert_int_equal(ev.id,
			 type & (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ID) ? 0x1d : 0);
	out_free(&r.out);
}

static void trailers_of_all_shapes(void **state)
{
	static const uint64_t bits[] = {PERF_SAMPLE_TID,       PERF_SAMPLE_TIME,
					PERF_SAMPLE_ID,	       PERF_SAMPLE_STREAM_ID,
					PERF_SAMPLE_CPU,       PERF_SAMPLE_IDENTIFIER,
					PERF_SAMPLE_CALLCHAIN, PERF_SAMPLE_PERIOD};

	(void)state;
	for (uint64_t mask = 0; mask < 1U << array_size(bits); mask++) {
		uint64_t type = 0;

		for (size_t i = 0; i < array_size(bits); i++)
			type |= mask >> i & 1 ? bits[i] : 0;
		for (int i = 0; i < 4; i++)
			check_trailer(type, i & 1, i & 2);
	}
}

/* A record that is shorter than its trailer has none. */
static void a_short_record_has_no_trailer(void **state)
{
	struct record r = {.out = out_memory()};
	struct event ev;

	(void)state;
	r.e.layout = sample_layout_of(PERF_SAMPLE_TID | PERF_SAMPLE_TIME, true);
	put_u32(&r, 40); /* unknown */
	put_u32(&r, 0);
	put_filler(&r, 1);
	assert_int_equal(record_decode(&r, out_pos(r.out), &ev), 0);
	assert_int_equal(ev.kind, EVENT_OTHER);
	assert_int_equal(ev.pid, 0);
	assert_int_equal(ev.time, EVENT_NO_TIME);
	out_free(&r.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_alone),
		cmocka_unit_test(both_kinds_of_weight_are_one_word),
		cmocka_unit_test(counts_are_bounded),
		cmocka_unit_test(trailers_of_all_shapes),
		cmocka_unit_test(a_short_record_has_no_trailer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
