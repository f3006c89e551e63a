/* Records of a file come out as those in memory do, wherever the window over the file
 * ends; a file that is truncated or written meanwhile is an error and no signal. */
#include "tests/test.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/vec.h"
#include "record/data/stream.h"
#include "tests/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORDS = 400, FILE_OFF = 104 };

struct made_file {
	char folder[64], path[512];
	VEC(uint8_t) bytes;
	struct data_file file;
	struct stream_source source;
};

static void append(struct made_file *m, const void *data, size_t n)
{
	vec_reserve(&m->bytes, n);
	memcpy(m->bytes.items + m->bytes.n, data, n);
	m->bytes.n += n;
}

/* Records of all sizes, some with bulk data after them, longer than any window. */
static void made_file_init(struct made_file *m)
{
	static uint8_t bulk[3 * 1024 * 1024 + 8];
	uint64_t seed = 7;
	struct error err;

	*m = (struct made_file){0};
	append(m, bulk, FILE_OFF);
	for (int i = 0; i < RECORDS; i++) {
		bool has_bulk = i % 100 == 50;
		uint64_t size = has_bulk ? 16 : 8 + 8 * random_below(&seed, 8190);
		struct perf_event_header header = {has_bulk ? FORMAT_RECORD_AUXTRACE
							    : PERF_RECORD_SAMPLE,
						   0, (uint16_t)size};
		uint64_t length = sizeof(bulk);

		append(m, &header, sizeof(header));
		if (has_bulk)
			append(m, &length, sizeof(length));
		for (size_t at = sizeof(header); !has_bulk && at < size; at += 8) {
			uint64_t word = random_below(&seed, 1 << 30);

			append(m, &word, sizeof(word));
		}
		if (has_bulk)
			append(m, bulk, sizeof(bulk));
	}
	temp_path(m->path, temp_dir_make(m->folder), "x.data");
	file_write(m->path, m->bytes.items, m->bytes.n);
	assert_int_equal(data_file_open(&m->file, m->path, &err), 0);
	m->source = (struct stream_source){.file = &m->file,
					   .file_off = FILE_OFF,
					   .size = m->bytes.n - FILE_OFF,
					   .claimed = m->bytes.n - FILE_OFF};
}

static void made_file_release(struct made_file *m)
{
	data_file_release(&m->file);
	vec_release(&m->bytes);
	temp_dir_remove(m->folder);
}

static void test_windows_do_not_show(void **state)
{
	scoped(made_file_release) struct made_file m;
	scoped(stream_release) struct stream of_file = {0};
	struct stream_source in_memory;
	struct stream_record a, b;
	struct stream of_memory;
	struct error err;

	(void)state;
	made_file_init(&m);
	in_memory = m.source;
	in_memory.data = m.bytes.items + FILE_OFF;
	stream_init(&of_file, &m.source);
	stream_init(&of_memory, &in_memory);
	for (int i = 0; i < RECORDS; i++) {
		assert_int_equal(stream_next(&of_memory, &a, &err), 1);
		assert_int_equal(stream_next(&of_file, &b, &err), 1);
		assert_int_equal(a.type, b.type);
		assert_int_equal(a.at, b.at);
		assert_int_equal(a.bytes.size, b.bytes.size);
		assert_memory_equal(a.bytes.data, b.bytes.data, a.bytes.size);
		assert_int_equal((uintptr_t)b.bytes.data % 8, 0);
		assert_int_equal(stream_pos(&of_memory), stream_pos(&of_file));
	}
	assert_int_equal(stream_next(&of_file, &b, &err), 0);
}

/* Cuts the end of the records off, so that it is incomplete at any byte. */
static void test_incomplete_records_are_errors(void **state)
{
	scoped(made_file_release) struct made_file m;
	struct error err, expected;

	(void)state;
	made_file_init(&m);
	for (size_t cut = 1; cut < m.source.size; cut += m.source.size / 37) {
		scoped(stream_release) struct stream of_file = {0};
		struct stream_source source = m.source, in_memory = m.source;
		struct stream of_memory;
		struct stream_record record;
		int n = 0, got;

		source.size = in_memory.size -= cut;
		in_memory.data = m.bytes.items + FILE_OFF;
		stream_init(&of_file, &source);
		stream_init(&of_memory, &in_memory);
		while ((got = stream_next(&of_memory, &record, &expected)) > 0)
			n++;
		assert_int_equal(got, -1);
		while ((got = stream_next(&of_file, &record, &err)) > 0)
			n--;
		assert_int_equal(got, -1);
		assert_int_equal(n, 0);
		assert_string_equal(err.text, expected.text);
	}
}

static void test_truncation_is_an_error(void **state)
{
	scoped(made_file_release) struct made_file m;
	scoped(stream_release) struct stream s = {0};
	struct stream_record record;
	struct error err;
	int got;

	(void)state;
	made_file_init(&m);
	stream_init(&s, &m.source);
	assert_int_equal(stream_next(&s, &record, &err), 1);
	assert_int_equal(file_state_check(&m.file.state, m.file.fd, "x", &err), 0);
	assert_int_equal(truncate(m.path, (off_t)m.bytes.n / 2), 0);
	while ((got = stream_next(&s, &record, &err)) > 0)
		;
	assert_int_equal(got, -1);
	assert_string_equal(err.text, "the recording was truncated while it was read");
	assert_int_equal(stream_next(&s, &record, &err), 0);
	assert_int_equal(file_state_check(&m.file.state, m.file.fd, "x", &err), -1);
	assert_string_equal(err.text, "'x' was truncated while it was read");
}

static void test_changes_are_errors(void **state)
{
	const struct timespec times[] = {{1, 0}, {1, 0}};
	scoped(made_file_release) struct made_file m;
	struct error err;

	(void)state;
	made_file_init(&m);
	assert_int_equal(utimensat(AT_FDCWD, m.path, times, 0), 0);
	assert_int_equal(file_state_check(&m.file.state, m.file.fd, "x", &err), -1);
	assert_string_equal(err.text, "'x' was changed while it was read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_do_not_show),
		cmocka_unit_test(test_incomplete_records_are_errors),
		cmocka_unit_test(test_truncation_is_an_error),
		cmocka_unit_test(test_changes_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
