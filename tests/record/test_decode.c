#include "record/data/decode.h"

#include "base/out.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <linux/perf_event.h>

enum { HAS_BUILD_ID = 1 << 14 }; /* PERF_RECORD_MISC_MMAP_BUILD_ID */

static void put_u32(struct out *o, uint32_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_u64(struct out *o, uint64_t v)
{
	out_write(o, &v, sizeof(v));
}

static struct decode_event event_with(bool build_id)
{
	const struct perf_event_attr attr = {
		.size = PERF_ATTR_SIZE_VER7, .mmap2 = 1, .build_id = build_id};
	struct bytes b = bytes_of(&attr, PERF_ATTR_SIZE_VER7);
	struct decode_event e;
	struct error err;

	assert_int_equal(decode_event_read(&e, &b, &err), 0);
	return e;
}

/* An MMAP2 record with these 24 bytes where device and inode, or the build id, stand. */
static struct event mapped(const struct decode_event *e, uint16_t misc,
			   const uint8_t identity[24])
{
	const struct perf_event_header header = {PERF_RECORD_MMAP2, misc,
						 8 + 32 + 24 + 8 + 8};
	scoped(out_free) struct out *o = out_memory();
	struct event ev = {0};
	struct bytes record;
	struct error err;

	out_write(o, &header, sizeof(header));
	put_u32(o, 10);
	put_u32(o, 11);
	put_u64(o, 0x400000);
	put_u64(o, 0x1000);
	put_u64(o, 0x2000);
	out_write(o, identity, 24);
	put_u32(o, 5); /* PROT_READ | PROT_EXEC */
	put_u32(o, 0);
	out_write(o, "/bin/x\0", 8);
	record = bytes_of(out_data(o), out_pos(o));
	assert_int_equal(decode_record(e, &record, &ev, &err), 0);
	assert_int_equal(ev.kind, EVENT_MMAP);
	assert_int_equal(ev.mmap.len, 0x1000);
	assert_true(ev.mmap.is_exec);
	ev.mmap.path = NULL;
	return ev;
}

/* Device 254:0, or 276:0; inode 0x1234; generation 7. */
static const uint8_t on_virtio[24] = {254,  0, 0, 0, 0, 0, 0, 0, 0x34,
				      0x12, 0, 0, 0, 0, 0, 0, 7};
static const uint8_t on_another[24] = {20,   1, 0, 0, 0, 0, 0, 0, 0x34,
				       0x12, 0, 0, 0, 0, 0, 0, 7};
static const uint8_t build_id_20[24] = {20, 0, 0, 0, 1, 2,  3,	4,
					5,  6, 7, 8, 9, 10, 11, 12};
static const uint8_t build_id_8[24] = {8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};

static void identity_is_what_was_asked_for(void **state)
{
	const struct decode_event with = event_with(true), without = event_with(false);
	struct event ev = mapped(&without, 0, on_virtio);

	(void)state;
	assert_int_equal(ev.mmap.build_id.size, 0);
	assert_int_equal(ev.mmap.major, 254);
	assert_int_equal(ev.mmap.inode, 0x1234);
	assert_int_equal(ev.mmap.generation, 7);
	ev = mapped(&with, 0, on_virtio);
	assert_int_equal(ev.mmap.inode, 0x1234);
	ev = mapped(&with, HAS_BUILD_ID, build_id_8);
	assert_int_equal(ev.mmap.build_id.size, 8);
	assert_int_equal(ev.mmap.build_id.data[7], 8);
	assert_int_equal(ev.mmap.inode, 0);
}

/* Another recorder asked for build ids, and the kernel marked our record, too. */
static void a_bit_that_was_not_asked_for_means_nothing(void **state)
{
	const struct decode_event without = event_with(false);
	struct event ev = mapped(&without, HAS_BUILD_ID, on_virtio);

	(void)state;
	assert_int_equal(ev.mmap.build_id.size, 0);
	assert_int_equal(ev.mmap.major, 254);
	assert_int_equal(ev.mmap.inode, 0x1234);
	ev = mapped(&without, HAS_BUILD_ID, on_another);
	assert_int_equal(ev.mmap.build_id.size, 0);
	assert_int_equal(ev.mmap.major, 276);
	/* But for a whole build id, which somebody put there later. */
	ev = mapped(&without, HAS_BUILD_ID, build_id_20);
	assert_int_equal(ev.mmap.build_id.size, 20);
	assert_int_equal(ev.mmap.inode, 0);
}

enum { REGISTERS = 3, COPY = 64 };

/* A sample with a callchain of two, registers, a copy of the stack of which 'found' bytes are good,
 * and a cgroup behind all of it. */
static int decode_copied(struct out *o, uint64_t abi, uint64_t size, uint64_t found,
			 struct event *ev)
{
	const struct decode_event e = {
		.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER |
			       PERF_SAMPLE_STACK_USER | PERF_SAMPLE_CGROUP,
		.regs_user = 0x10081, /* three of them */
	};
	struct perf_event_header header = {PERF_RECORD_SAMPLE, 2, 0};
	struct bytes record;
	struct error err;

	out_write(o, &header, sizeof(header));
	put_u64(o, 2);
	put_u64(o, (uint64_t)-512);
	put_u64(o, 0x401000);
	put_u64(o, abi);
	for (uint64_t i = 0; abi && i < REGISTERS; i++)
		put_u64(o, 0x1111 * (i + 1));
	put_u64(o, size);
	for (uint64_t i = 0; i < size && i < COPY; i += 8)
		put_u64(o, i);
	if (size)
		put_u64(o, found);
	put_u64(o, 4711);
	record = bytes_of(out_data(o), out_pos(o));
	return decode_record(&e, &record, ev, &err);
}

static uint64_t word(const void *at, size_t i)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)at + 8 * i, sizeof(v));
	return v;
}

static void a_copied_stack_is_found_and_bounded(void **state)
{
	struct event ev = {0};
	static const struct {
		uint64_t found;
		uint32_t size;
	} cases[] = {{40, 40}, {COPY, COPY}, {COPY + 8, COPY}};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(out_free) struct out *o = out_memory();

		assert_int_equal(decode_copied(o, 2, COPY, cases[i].found, &ev), 0);
		assert_int_equal(ev.sample.n_chain, 2);
		assert_int_equal(word(ev.sample.regs, 2), 0x3333);
		assert_int_equal(word(ev.sample.stack, 1), 8);
		assert_int_equal(ev.sample.stack_size, cases[i].size);
		assert_false(ev.sample.is_32_bit);
		assert_int_equal(ev.sample.cgroup, 4711);
	}
}

static void what_has_no_user_stack_has_none(void **state)
{
	scoped(out_free) struct out *none = out_memory();
	scoped(out_free) struct out *unreadable = out_memory();
	scoped(out_free) struct out *of_32_bits = out_memory();
	struct event ev = {0};

	(void)state;
	/* The kernel's own threads. */
	assert_int_equal(decode_copied(none, 0, 0, 0, &ev), 0);
	assert_null(ev.sample.regs);
	assert_int_equal(ev.sample.stack_size, 0);
	assert_int_equal(ev.sample.cgroup, 4711);
	/* A stack pointer that leads nowhere. */
	assert_int_equal(decode_copied(unreadable, 2, COPY, 0, &ev), 0);
	assert_non_null(ev.sample.regs);
	assert_int_equal(ev.sample.stack_size, 0);
	assert_int_equal(ev.sample.cgroup, 4711);
	assert_int_equal(decode_copied(of_32_bits, 1, COPY, COPY, &ev), 0);
	assert_true(ev.sample.is_32_bit);
}

static void a_copy_that_is_cut_short_is_damage(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(out_free) struct out *huge = out_memory();
	struct event ev = {0};

	(void)state;
	assert_int_equal(decode_copied(o, 2, COPY + 64, COPY, &ev), -1);
	assert_int_equal(decode_copied(huge, 2, UINT64_MAX - 7, COPY, &ev), -1);
}

static uint64_t frequency_of(uint32_t type, uint64_t config, uint64_t period)
{
	const struct perf_event_attr attr = {.size = PERF_ATTR_SIZE_VER7,
					     .type = type,
					     .config = config,
					     .sample_period = period};
	struct bytes b = bytes_of(&attr, PERF_ATTR_SIZE_VER7);
	struct decode_event e;
	struct error err;

	assert_int_equal(decode_event_read(&e, &b, &err), 0);
	assert_int_equal(e.period, period);
	return e.frequency;
}

static void only_a_clocks_period_is_a_rate(void **state)
{
	(void)state;
	assert_int_equal(
		frequency_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 10101010), 99);
	assert_int_equal(
		frequency_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 1000000),
		1000);
	assert_int_equal(
		frequency_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 1000), 0);
	assert_int_equal(frequency_of(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 1000),
			 0);
	assert_int_equal(frequency_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copied_stack_is_found_and_bounded),
		cmocka_unit_test(what_has_no_user_stack_has_none),
		cmocka_unit_test(a_copy_that_is_cut_short_is_damage),
		cmocka_unit_test(only_a_clocks_period_is_a_rate),
		cmocka_unit_test(identity_is_what_was_asked_for),
		cmocka_unit_test(a_bit_that_was_not_asked_for_means_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
