#include "record/data/decode.h"

#include "base/out.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <linux/perf_event.h>

enum { HAS_BUILD_ID = 1 << 14 }; /* PERF_RECORD_MISC_MMAP_BUILD_ID */

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
	out_put_u32(o, 10);
	out_put_u32(o, 11);
	out_put_u64(o, 0x400000);
	out_put_u64(o, 0x1000);
	out_put_u64(o, 0x2000);
	out_write(o, identity, 24);
	out_put_u32(o, 5); /* PROT_READ | PROT_EXEC */
	out_put_u32(o, 0);
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
	/* Except a build id of full length, which a tool added later. */
	ev = mapped(&without, HAS_BUILD_ID, build_id_20);
	assert_int_equal(ev.mmap.build_id.size, 20);
	assert_int_equal(ev.mmap.inode, 0);
}

enum { REGISTERS = 3, COPY = 64 };

/* A sample with a callchain of two, registers, a copy of the stack of which 'found' bytes
 * are good, and a cgroup after it. */
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
	out_put_u64(o, 2);
	out_put_u64(o, (uint64_t)-512);
	out_put_u64(o, 0x401000);
	out_put_u64(o, abi);
	for (uint64_t i = 0; abi && i < REGISTERS; i++)
		out_put_u64(o, 0x1111 * (i + 1));
	out_put_u64(o, size);
	for (uint64_t i = 0; i < size && i < COPY; i += 8)
		out_put_u64(o, i);
	if (size)
		out_put_u64(o, found);
	out_put_u64(o, 4711);
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

/* Decodes a record with this body. */
static struct event decoded(uint32_t type, uint16_t misc, const void *body, size_t size)
{
	const struct decode_event e = {0};
	const struct perf_event_header header = {type, misc, (uint16_t)(8 + size)};
	uint8_t record[256] = {0};
	struct bytes b = bytes_of(record, 8 + size);
	struct event ev = {.at = 5, .event = 6};
	struct error err;

	memcpy(record, &header, sizeof(header));
	memcpy(record + 8, body, size);
	assert_int_equal(decode_record(&e, &b, &ev, &err), 0);
	assert_int_equal(ev.type, type);
	assert_int_equal(ev.at, 5);
	assert_int_equal(ev.event, 6);
	/* One byte less does not hold the last field. */
	b = bytes_of(record, 8 + size - 1);
	if (size)
		assert_int_equal(decode_record(&e, &b, &(struct event){0}, &err), -1);
	return ev;
}

/* Bits of header.misc (include/uapi/linux/perf_event.h). */
enum { KERNEL = 1, USER = 2, BIT_13 = 1 << 13 };

static void mappings(void **state)
{
	/* pid, tid, addr, len, pgoff, "abc" */
	static const uint64_t body[] = {(uint64_t)11 << 32 | 10, 0x1000, 0x2000, 0x3000,
					0x636261};
	/* ..., device, inode, generation, prot, flags, "abc" */
	uint64_t body2[] = {(uint64_t)11 << 32 | 10,
			    0x1000,
			    0x2000,
			    0x3000,
			    (uint64_t)6 << 32 | 5,
			    7,
			    8,
			    1,
			    0x636261};
	struct event ev = decoded(PERF_RECORD_MMAP, USER, body, sizeof(body) - 4);

	(void)state;
	assert_int_equal(ev.kind, EVENT_MMAP);
	assert_int_equal(ev.pid, 10);
	assert_int_equal(ev.tid, 11);
	assert_int_equal(ev.mmap.addr, 0x1000);
	assert_int_equal(ev.mmap.len, 0x2000);
	assert_int_equal(ev.mmap.file_off, 0x3000);
	assert_true(ev.mmap.is_exec);
	assert_false(ev.mmap.is_kernel);
	ev = decoded(PERF_RECORD_MMAP, USER | BIT_13, body, sizeof(body) - 4);
	assert_false(ev.mmap.is_exec);
	ev = decoded(PERF_RECORD_MMAP, KERNEL, body, sizeof(body) - 4);
	assert_true(ev.mmap.is_kernel && ev.mmap.is_exec);
	ev = decoded(PERF_RECORD_MMAP2, USER, body2, sizeof(body2) - 4);
	assert_int_equal(ev.mmap.major, 5);
	assert_int_equal(ev.mmap.minor, 6);
	assert_int_equal(ev.mmap.inode, 7);
	assert_int_equal(ev.mmap.generation, 8);
	assert_false(ev.mmap.is_exec);
	ev = decoded(PERF_RECORD_MMAP2, KERNEL, body2, sizeof(body2) - 4);
	assert_true(ev.mmap.is_exec);
	body2[7] = 4; /* PROT_EXEC */
	ev = decoded(PERF_RECORD_MMAP2, USER | BIT_13, body2, sizeof(body2) - 4);
	assert_true(ev.mmap.is_exec);
}

static void tasks(void **state)
{
	/* pid, ppid, tid, ptid, time */
	static const uint64_t body[] = {(uint64_t)2 << 32 | 1, (uint64_t)4 << 32 | 3, 99};
	static const uint64_t at_0[] = {(uint64_t)2 << 32 | 1, (uint64_t)4 << 32 | 3, 0};
	static const uint64_t comm[] = {(uint64_t)11 << 32 | 10, 0x636261};
	struct event ev = decoded(PERF_RECORD_FORK, 0, body, sizeof(body));

	(void)state;
	assert_int_equal(ev.kind, EVENT_FORK);
	assert_int_equal(ev.pid, 1);
	assert_int_equal(ev.tid, 3);
	assert_int_equal(ev.fork.parent_pid, 2);
	assert_int_equal(ev.fork.parent_tid, 4);
	assert_int_equal(ev.time, 99);
	assert_false(ev.fork.is_synthesized);
	assert_true(decoded(PERF_RECORD_FORK, BIT_13, body, sizeof(body))
			    .fork.is_synthesized);
	assert_true(decoded(PERF_RECORD_FORK, 0, at_0, sizeof(at_0)).fork.is_synthesized);
	assert_int_equal(decoded(PERF_RECORD_EXIT, 0, body, sizeof(body)).kind,
			 EVENT_EXIT);
	ev = decoded(PERF_RECORD_COMM, BIT_13, comm, sizeof(comm) - 4);
	assert_int_equal(ev.kind, EVENT_COMM);
	assert_int_equal(ev.pid, 10);
	assert_int_equal(ev.tid, 11);
	assert_true(ev.comm.is_exec);
	assert_false(decoded(PERF_RECORD_COMM, 0, comm, sizeof(comm) - 4).comm.is_exec);
}

/* In a pid namespace all processes outside have the pid of the idle task. */
static void processes_outside(void **state)
{
	static const uint64_t forked[] = {0, (uint64_t)9 << 32 | 8, 99};
	static const uint64_t entered[] = {8, 8, 99};
	static const uint64_t comm[] = {0, 0x636261};
	static const uint64_t swapper[] = {0, 0x2f72657070617773, 0x30};
	static const uint64_t map[] = {0, 0x400000, 0x1000, 0, 0x61};

	(void)state;
	assert_int_equal(decoded(PERF_RECORD_COMM, 0, comm, sizeof(comm) - 4).pid,
			 PID_OUTSIDE);
	assert_int_equal(decoded(PERF_RECORD_COMM, 0, swapper, sizeof(swapper) - 6).pid,
			 0);
	assert_int_equal(
		decoded(PERF_RECORD_MMAP, PERF_RECORD_MISC_USER, map, sizeof(map) - 6)
			.pid,
		PID_OUTSIDE);
	assert_int_equal(
		decoded(PERF_RECORD_MMAP, PERF_RECORD_MISC_KERNEL, map, sizeof(map) - 6)
			.pid,
		0);
	assert_int_equal(decoded(PERF_RECORD_EXIT, 0, forked, sizeof(forked)).pid,
			 PID_OUTSIDE);
	assert_int_equal(
		decoded(PERF_RECORD_FORK, 0, entered, sizeof(entered)).fork.parent_pid,
		PID_OUTSIDE);
	assert_int_equal(decoded(PERF_RECORD_FORK, BIT_13, entered, sizeof(entered))
				 .fork.parent_pid,
			 0);
}

/* With a trailer, its time counts. */
static void the_time_of_a_trailer_counts(void **state)
{
	static const uint64_t record[] = {(uint64_t)40 << 48 | PERF_RECORD_FORK, 1, 3, 99,
					  100};
	struct decode_event e = {.sample_type = PERF_SAMPLE_TIME};
	struct bytes b = bytes_of(record, sizeof(record));
	struct error err;
	struct event ev;

	(void)state;
	e.layout = sample_layout_of(e.sample_type, true);
	assert_int_equal(decode_record(&e, &b, &ev, &err), 0);
	assert_int_equal(ev.time, 100);
	assert_false(ev.fork.is_synthesized);
}

/* A string ends in its record's own fields: the zeros of the trailer do not end it. */
static void a_string_does_not_reach_into_the_trailer(void **state)
{
	static const uint64_t record[] = {(uint64_t)32 << 48 | PERF_RECORD_COMM, 1,
					  0x6867666564636261, 0};
	struct decode_event e = {.sample_type = PERF_SAMPLE_TIME};
	struct bytes b = bytes_of(record, sizeof(record));
	struct error err;
	struct event ev;

	(void)state;
	e.layout = sample_layout_of(e.sample_type, true);
	assert_int_equal(decode_record(&e, &b, &ev, &err), -1);
}

/* Types from 64 up are perf's own. */
static void records_of_perf_have_no_trailer(void **state)
{
	static const uint64_t record[] = {(uint64_t)16 << 48 | 68, 1};
	struct decode_event e = {.sample_type = PERF_SAMPLE_TIME};
	struct bytes b = bytes_of(record, sizeof(record));
	struct error err;
	struct event ev;

	(void)state;
	e.layout = sample_layout_of(e.sample_type, true);
	assert_int_equal(decode_record(&e, &b, &ev, &err), 0);
	assert_int_equal(ev.kind, EVENT_OTHER);
	assert_int_equal(ev.time, EVENT_NO_TIME);
}

static void other_records(void **state)
{
	static const uint64_t lost[] = {7, 8};
	/* addr, len, type, flags, name */
	static const uint64_t bpf[] = {0x9000, (uint64_t)1 << 32 | 16, 0x636261};
	static const uint64_t gone[] = {0x9000, (uint64_t)1 << 48 | 16, 0x636261};
	static const uint64_t cgroup[] = {55, 0x636261};
	struct event ev = decoded(PERF_RECORD_LOST, 0, lost, sizeof(lost));

	(void)state;
	assert_int_equal(ev.kind, EVENT_LOST);
	assert_int_equal(ev.lost.count, 8);
	ev = decoded(PERF_RECORD_LOST_SAMPLES, 0, lost, 8);
	assert_int_equal(ev.kind, EVENT_LOST_SAMPLES);
	assert_int_equal(ev.lost.count, 7);
	assert_int_equal(decoded(PERF_RECORD_THROTTLE, 0, "", 0).kind, EVENT_THROTTLE);
	assert_int_equal(decoded(PERF_RECORD_UNTHROTTLE, 0, "", 0).kind,
			 EVENT_UNTHROTTLE);
	ev = decoded(PERF_RECORD_KSYMBOL, 0, bpf, sizeof(bpf) - 4);
	assert_int_equal(ev.kind, EVENT_KSYMBOL);
	assert_int_equal(ev.ksymbol.addr, 0x9000);
	assert_int_equal(ev.ksymbol.len, 16);
	assert_true(ev.ksymbol.is_bpf);
	assert_false(ev.ksymbol.is_gone);
	ev = decoded(PERF_RECORD_KSYMBOL, 0, gone, sizeof(gone) - 4);
	assert_false(ev.ksymbol.is_bpf);
	assert_true(ev.ksymbol.is_gone);
	assert_int_equal(decoded(PERF_RECORD_BPF_EVENT, 0, "", 0).kind, EVENT_BPF);
	ev = decoded(PERF_RECORD_CGROUP, 0, cgroup, sizeof(cgroup) - 4);
	assert_int_equal(ev.kind, EVENT_CGROUP);
	assert_int_equal(ev.cgroup.id, 55);
	assert_int_equal(decoded(60, 0, "", 0).kind, EVENT_OTHER);
	/* perf's own records are not decoded. */
	assert_int_equal(decoded(64, 0, "", 0).kind, EVENT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings),
		cmocka_unit_test(tasks),
		cmocka_unit_test(processes_outside),
		cmocka_unit_test(the_time_of_a_trailer_counts),
		cmocka_unit_test(a_string_does_not_reach_into_the_trailer),
		cmocka_unit_test(records_of_perf_have_no_trailer),
		cmocka_unit_test(other_records),
		cmocka_unit_test(a_copied_stack_is_found_and_bounded),
		cmocka_unit_test(what_has_no_user_stack_has_none),
		cmocka_unit_test(a_copy_that_is_cut_short_is_damage),
		cmocka_unit_test(only_a_clocks_period_is_a_rate),
		cmocka_unit_test(identity_is_what_was_asked_for),
		cmocka_unit_test(a_bit_that_was_not_asked_for_means_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
