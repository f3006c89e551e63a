/* Samples and side-band records go in, samples with callchains come out. */
#include "flow/unwinding/live_stacks.h"

#include "base/bytes.h"
#include "base/scoped.h"
#include "model/callchain.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "record/data/stream.h"
#include "tests/test.h"

#include <string.h>

enum {
	PID = 7,
	REGISTERS = 20, /* of x86-64, of which BP, SP and IP are the 7th to the 9th */
	BP = 6,
	FRAMES = 12, /* on the stack, two words each */
	/* with the instruction, and the mark of a broken stack */
	UNWOUND = FRAMES + 2,
	LARGEST = 60000,
	WAITING_MOST = 8 << 20,
};

#define MASK	  0xff0fffULL
#define CODE	  0x7f0000000000ULL
#define STACK	  0x7ffd00000000ULL
#define RETURN(i) (CODE + 0x100 + 0x10 * (uint64_t)(i))

struct live {
	struct event_specs specs;
	struct decode_event stored; /* how samples are written */
	struct live_stacks *stacks;
	struct writer writer; /* into memory */
};

static int start(void **state)
{
	struct live *l = mem_new(1, sizeof(*l));
	const struct known_event *event = known_event_named("cpu-clock");
	struct perf_event_attr *attr;
	struct bytes b;
	struct error err;

	event_specs_set(&l->specs, &event, 1, 99, true);
	attr = &l->specs.sampling.items[0].attr;
	b = bytes_of(attr, sizeof(*attr));
	assert_int_equal(decode_event_read(&l->stored, &b, &err), 0);
	attr->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
	attr->sample_regs_user = MASK;
	attr->sample_stack_user = LARGEST;
	l->writer.out = out_memory();
	l->stacks = live_stacks_start(
		&(struct live_stacks_options){.specs = &l->specs,
					      .machine = "x86_64",
					      .queue_size = WAITING_MOST},
		&err);
	assert_non_null(l->stacks);
	*state = l;
	return 0;
}

static int end(void **state)
{
	struct live *l = *state;

	live_stacks_free(&l->stacks);
	event_specs_release(&l->specs);
	out_free(&l->writer.out);
	mem_free(l);
	return 0;
}

static void put(uint8_t *record, size_t *n, const void *data, size_t size)
{
	memcpy(record + *n, data, size);
	*n += size;
}

static void put_word(uint8_t *record, size_t *n, uint64_t word)
{
	put(record, n, &word, sizeof(word));
}

/* Adds a sample of the program. Frame pointers lead from each of its frames to the next
 * one, and from the last to 0. Zeros fill the copy of the stack up to 'size' bytes, of
 * which 'used' are valid for the kernel. */
static void sample_of(struct live *l, uint64_t time, size_t size, size_t used)
{
	static const uint64_t zeros[LARGEST / 8];
	uint64_t registers[REGISTERS] = {[BP] = STACK, STACK, CODE};
	struct perf_event_header header = {.type = PERF_RECORD_SAMPLE,
					   .misc = PERF_RECORD_MISC_USER};
	const uint64_t head[] = {
		CODE, (uint64_t)PID << 32 | PID, time, 0, 2, CALLCHAIN_USER, CODE};
	uint8_t record[UINT16_MAX];
	size_t n = sizeof(header);

	put(record, &n, head, sizeof(head));
	put_word(record, &n, PERF_SAMPLE_REGS_ABI_64);
	put(record, &n, registers, sizeof(registers));
	put_word(record, &n, size);
	for (size_t i = 0; i < FRAMES; i++) {
		put_word(record, &n, i + 1 < FRAMES ? STACK + 16 * (i + 1) : 0);
		put_word(record, &n, RETURN(i));
	}
	put(record, &n, zeros, size - FRAMES * 16);
	put_word(record, &n, used);
	put_word(record, &n, 0); /* cgroup */
	header.size = (uint16_t)n;
	memcpy(record, &header, sizeof(header));
	live_stacks_add_record(l->stacks, record, n, &l->writer);
}

static void sample(struct live *l, uint64_t time, size_t size)
{
	sample_of(l, time, size, size);
}

/* Adds the record of a mapping of the program's code. */
static void map(struct live *l, const char *path, uint64_t inode, uint64_t time)
{
	const struct event ev = {.kind = EVENT_MMAP,
				 .pid = PID,
				 .tid = PID,
				 .time = time,
				 .mmap = {.addr = CODE,
					  .len = 0x1000,
					  .inode = inode,
					  .path = path,
					  .is_exec = true}};
	uint8_t record[ENCODE_SIZE_MAX];
	size_t size = encode_event(record, &l->stored.layout, &ev);

	live_stacks_add_side_band(l->stacks, record, size);
}

/* Returns the number of written samples, and the number of frames of the last one, which
 * counts the mark at the end. */
static size_t written(struct live *l, size_t *frames)
{
	struct bytes left =
		bytes_of(out_data(l->writer.out), (size_t)out_pos(l->writer.out));
	struct stream_record record;
	struct error err;
	struct event ev;
	size_t n = 0;

	for (*frames = 0; stream_cut(&left, &record) > 0; n++) {
		assert_int_equal(record.type, PERF_RECORD_SAMPLE);
		assert_int_equal(decode_record(&l->stored, &record.bytes, &ev, &err), 0);
		*frames = ev.sample.n_chain - 1;
	}
	return n;
}

static void a_sample_waits_for_earlier_mappings(void **state)
{
	struct live *l = *state;
	size_t frames;

	live_stacks_advance(l->stacks, 90, &l->writer);
	sample(l, 100, FRAMES * 16);
	assert_int_equal(written(l, &frames), 0);
	map(l, "//anon", 0, 50);
	live_stacks_advance(l->stacks, 99, &l->writer);
	assert_int_equal(written(l, &frames), 0);
	live_stacks_advance(l->stacks, 100, &l->writer);
	assert_int_equal(written(l, &frames), 1);
	assert_int_equal(frames, UNWOUND);
	/* Nothing is missing any more. */
	sample(l, 95, FRAMES * 16);
	assert_int_equal(written(l, &frames), 2);
	assert_int_equal(frames, UNWOUND);
}

/* A record newer than the known time is applied in a later round. */
static void a_record_that_comes_too_early_is_not_lost(void **state)
{
	struct live *l = *state;
	size_t frames;

	map(l, "//anon", 0, 150);
	live_stacks_advance(l->stacks, 100, &l->writer);
	sample(l, 90, FRAMES * 16);
	assert_int_equal(written(l, &frames), 1);
	assert_int_equal(frames, 2); /* nothing was mapped: one, and the mark */
	live_stacks_advance(l->stacks, 200, &l->writer);
	sample(l, 180, FRAMES * 16);
	assert_int_equal(written(l, &frames), 2);
	assert_int_equal(frames, UNWOUND);
}

static void a_sample_waits_for_tables(void **state)
{
	struct live *l = *state;
	size_t frames;

	map(l, "/none", 5, 50);
	live_stacks_advance(l->stacks, 200, &l->writer);
	sample(l, 100, FRAMES * 16);
	assert_int_equal(written(l, &frames), 0);
	assert_int_equal(live_stacks_waiting(l->stacks), 1);
	/* The file is found to have no table. */
	live_stacks_write(l->stacks, &l->writer);
	assert_int_equal(written(l, &frames), 1);
	assert_int_equal(frames, UNWOUND);
}

static void at_the_end_nothing_waits(void **state)
{
	struct live *l = *state;
	size_t frames;

	map(l, "/none", 5, 300);
	live_stacks_advance(l->stacks, 200, &l->writer);
	sample(l, 400, FRAMES * 16);
	sample(l, 500, FRAMES * 16);
	assert_int_equal(written(l, &frames), 0);
	live_stacks_end(l->stacks, &l->writer);
	assert_int_equal(written(l, &frames), 2);
	assert_int_equal(frames, UNWOUND);
	assert_int_equal(live_stacks_not_unwound(l->stacks), 0);
}

/* If the queue is full, a stack is one instruction and a mark. */
static void a_full_queue_leaves_stacks_truncated(void **state)
{
	struct live *l = *state;
	size_t frames, n = 0;

	for (; !live_stacks_not_unwound(l->stacks) && n < 3000; n++)
		sample(l, 100, LARGEST);
	assert_in_range(n * LARGEST, WAITING_MOST - 2 * LARGEST, WAITING_MOST + LARGEST);
	assert_int_equal(written(l, &frames), 1);
	assert_int_equal(frames, 2);
	live_stacks_end(l->stacks, &l->writer);
	assert_int_equal(written(l, &frames), n);
}

/* A shallow stack takes little memory, even if the copy is large. */
static void only_the_used_part_of_a_copy_waits(void **state)
{
	const size_t n = 10 * WAITING_MOST / LARGEST;
	struct live *l = *state;
	size_t frames;

	for (size_t i = 0; i < n; i++)
		sample_of(l, 100 + i, LARGEST, FRAMES * 16);
	assert_int_equal(live_stacks_not_unwound(l->stacks), 0);
	map(l, "//anon", 0, 50);
	live_stacks_end(l->stacks, &l->writer);
	assert_int_equal(written(l, &frames), n);
	assert_int_equal(frames, UNWOUND);
}

static void unwinding_ends_at_its_time(void **state)
{
	struct live *l = *state;
	size_t frames;

	map(l, "//anon", 0, 50);
	sample(l, 100, FRAMES * 16);
	sample(l, 101, FRAMES * 16);
	live_stacks_advance(l->stacks, 100, &l->writer);
	assert_int_equal(written(l, &frames), 1);
	assert_int_equal(frames, UNWOUND);
	live_stacks_unwind_until(l->stacks, 1); /* long ago */
	live_stacks_end(l->stacks, &l->writer);
	assert_int_equal(written(l, &frames), 2);
	assert_int_equal(frames, 2); /* the instruction and the mark */
	assert_int_equal(live_stacks_not_unwound(l->stacks), 1);
}

static void other_records_are_written_unchanged(void **state)
{
	struct live *l = *state;
	const struct {
		struct perf_event_header header;
		uint64_t words[3];
	} throttle = {{PERF_RECORD_THROTTLE, 0, sizeof(throttle)}, {100, 1, 1}};

	live_stacks_add_record(l->stacks, &throttle, sizeof(throttle), &l->writer);
	assert_int_equal(out_pos(l->writer.out), sizeof(throttle));
	assert_memory_equal(out_data(l->writer.out), &throttle, sizeof(throttle));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sample_waits_for_earlier_mappings),
		TEST(a_record_that_comes_too_early_is_not_lost),
		TEST(a_sample_waits_for_tables),
		TEST(at_the_end_nothing_waits),
		TEST(a_full_queue_leaves_stacks_truncated),
		TEST(only_the_used_part_of_a_copy_waits),
		TEST(unwinding_ends_at_its_time),
		TEST(other_records_are_written_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
