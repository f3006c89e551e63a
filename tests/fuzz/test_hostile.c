/* Inputs that are made to take for ever, or all memory there is: too large to be kept as
 * files. Each is harmless where the work grows with the size of the input; where it grows
 * with its square the test does not come to an end. */
#include "tests/test.h"

#include "base/vec.h"
#include "elf/elf_file.h"
#include "fold/perf_script.h"
#include "model/process.h"
#include "record/data/cursor.h"
#include "record/data/format.h"
#include "record/data/stream.h"

#include <elf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct buffer {
	VEC(uint8_t) bytes;
};

static void put(struct buffer *to, const void *data, size_t size)
{
	vec_reserve(&to->bytes, size);
	memcpy(to->bytes.items + to->bytes.n, data, size);
	to->bytes.n += size;
}

static void put_u64(struct buffer *to, uint64_t v)
{
	put(to, &v, sizeof(v));
}

static void put_zeros(struct buffer *to, size_t n)
{
	vec_reserve(&to->bytes, n);
	memset(to->bytes.items + to->bytes.n, 0, n);
	to->bytes.n += n;
}

static void put_record(struct buffer *to, uint32_t type, const void *data, size_t size)
{
	struct perf_event_header header = {.type = type, .size = (uint16_t)(8 + size)};

	put(to, &header, sizeof(header));
	put(to, data, size);
}

/* Each process is the child of the one before and maps something of its own. */
static void forks_within_forks(void **state)
{
	enum { PROCESSES = 60000 };
	struct strtab strings;
	struct dso_table dsos;
	struct process_table t;
	const struct mapping *m;

	(void)state;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	process_table_init(&t, &strings, &dsos);
	for (uint32_t pid = 1; pid <= PROCESSES; pid++) {
		struct event fork = {
			.kind = EVENT_FORK, .pid = pid, .tid = pid, .time = 2 * pid};
		struct event mmap = {
			.kind = EVENT_MMAP, .pid = pid, .tid = pid, .time = 2 * pid + 1};

		fork.fork.parent_pid = fork.fork.parent_tid = pid - 1;
		mmap.mmap = (struct event_mmap){.addr = (uint64_t)pid * PAGE,
						.len = PAGE,
						.path = "/lib/a.so",
						.is_exec = true};
		process_apply(&t, &fork);
		process_apply(&t, &mmap);
	}
	for (uint32_t pid = 1; pid <= PROCESSES; pid++) {
		m = space_find(&t.spaces, process_space(&t, pid, UINT64_MAX),
			       (uint64_t)pid * PAGE, UINT64_MAX);
		assert_non_null(m);
		assert_int_equal(m->from, 2 * pid + 1);
	}
	/* All processes still share a number of mappings that no real program has. */
	m = space_find(&t.spaces, process_space(&t, 500, UINT64_MAX), PAGE, UINT64_MAX);
	assert_non_null(m);
	process_table_release(&t);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

/* As a program does that loads and unloads for hours, with the samples from its first
 * minute. */
static void one_address_for_all(void **state)
{
	enum { TIMES = 500000 };
	struct space_table t = {0};
	space_id space = space_new(&t, SPACE_NONE);

	(void)state;
	for (uint32_t i = 1; i <= TIMES; i++) {
		struct mapping m = {
			.start = PAGE, .end = 2 * PAGE, .from = 10 * i, .dso = i};

		space_map(&t, space, &m);
	}
	for (uint32_t i = 0; i < TIMES; i++) {
		const struct mapping *m = space_find(&t, space, PAGE + 5, 10 + i % 10);

		assert_non_null(m);
		assert_int_equal(m->dso, 1);
	}
	assert_int_equal(space_find(&t, space, PAGE, 10 * TIMES)->dso, TIMES);
	assert_int_equal(space_find(&t, space, PAGE, 10 * TIMES - 1)->dso, TIMES - 1);
	space_table_release(&t);
}

/* Reads to the end; returns the last result of stream_next(). */
static int read_all(const struct buffer *file, struct error *err)
{
	struct stream s;
	struct stream_source source = {.data = file->bytes.items,
				       .size = file->bytes.n,
				       .claimed = file->bytes.n,
				       .blocks = block_cache_new(file->bytes.n)};
	struct stream_record record;
	int got;

	stream_init(&s, &source);
	while ((got = stream_next(&s, &record, err)) > 0)
		;
	block_cache_free(&source.blocks);
	return got;
}

/* 8 bytes each, of which nothing comes. */
static void empty_compressed_records(void **state)
{
	struct buffer file = {0};
	struct error err;

	(void)state;
	for (int i = 0; i < 200000; i++)
		put_record(&file, FORMAT_RECORD_COMPRESSED, "", 0);
	assert_int_equal(read_all(&file, &err), 0);
	vec_release(&file.bytes);
}

/* A long record that never ends, one byte in each compressed record: the remainder must
 * not be kept anew each time without being counted. */
static void dripping_compressed_records(void **state)
{
	enum { LEFT_OVER = 50000 };
	/* The beginning of a zstd frame, of a block of bytes as they are, of a record. */
	uint8_t start[6 + 3 + LEFT_OVER] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0x38};
	const uint8_t one[] = {1 << 3, 0, 0, 'x'};
	const struct perf_event_header header = {.type = 200, .size = 65535};
	const uint32_t block = LEFT_OVER << 3;
	struct buffer file = {0};
	struct error err;

	(void)state;
	memcpy(start + 6, &block, 3);
	memcpy(start + 9, &header, sizeof(header));
	put_record(&file, FORMAT_RECORD_COMPRESSED, start, sizeof(start));
	for (int i = 0; i < 10000; i++)
		put_record(&file, FORMAT_RECORD_COMPRESSED, one, sizeof(one));
	assert_int_equal(read_all(&file, &err), -1);
	assert_non_null(strstr(err.text, "expand to too many"));
	vec_release(&file.bytes);
}

static void compressed_record_beyond_its_end(void **state)
{
	const uint64_t size = UINT64_MAX;
	struct buffer file = {0};
	struct error err;

	(void)state;
	put_record(&file, FORMAT_RECORD_COMPRESSED2, &size, sizeof(size));
	assert_int_equal(read_all(&file, &err), -1);
	vec_release(&file.bytes);
}

/* A header with 'n' events, which all have the 'n_ids' words after the table as ids; then
 * the records, then the feature of build ids. */
static void put_file(struct buffer *to, size_t n, size_t n_ids,
		     const struct buffer *records, const struct buffer *build_ids)
{
	const size_t entry = PERF_ATTR_SIZE_VER0 + FORMAT_SECTION_SIZE;
	const uint64_t ids_at = FORMAT_HEADER_SIZE + n * entry;
	const uint64_t records_at = ids_at + 8 * n_ids;
	struct perf_event_attr attr = {.size = PERF_ATTR_SIZE_VER0,
				       .sample_type = PERF_SAMPLE_IDENTIFIER,
				       .sample_id_all = 1};

	put(to, FORMAT_MAGIC, FORMAT_MAGIC_SIZE);
	put_u64(to, FORMAT_HEADER_SIZE);
	put_u64(to, entry);
	put_u64(to, FORMAT_HEADER_SIZE);
	put_u64(to, n * entry);
	put_u64(to, records_at);
	put_u64(to, records->bytes.n);
	put_zeros(to, FORMAT_SECTION_SIZE);
	put_u64(to, 1 << FORMAT_FEATURE_BUILD_ID);
	put_zeros(to, FORMAT_FEATURE_BITS / 8 - 8);
	while (n--) {
		put(to, &attr, PERF_ATTR_SIZE_VER0);
		put_u64(to, ids_at);
		put_u64(to, 8 * n_ids);
	}
	put_zeros(to, 8 * n_ids);
	put(to, records->bytes.items, records->bytes.n);
	put_u64(to, records_at + records->bytes.n + FORMAT_SECTION_SIZE);
	put_u64(to, build_ids->bytes.n);
	put(to, build_ids->bytes.items, build_ids->bytes.n);
}

/* MMAP: pid, tid, addr, length, offset in the file, path, id of the event. */
static void put_mmap(struct buffer *to, const char path[16])
{
	struct buffer body = {0};

	put_u64(&body, (uint64_t)1 << 32 | 1);
	put_u64(&body, PAGE);
	put_u64(&body, PAGE);
	put_u64(&body, 0);
	put(&body, path, 16);
	put_u64(&body, 0);
	put_record(to, PERF_RECORD_MMAP, body.bytes.items, body.bytes.n);
	vec_release(&body.bytes);
}

/* A build id: pid, 20 bytes and their number, path. */
static void put_build_id(struct buffer *to, uint8_t fill, const char path[16])
{
	struct buffer body = {0};
	uint8_t id[24];

	memset(id, fill, sizeof(id));
	put(&body, "\1\0\0", 4);
	put(&body, id, sizeof(id));
	put(&body, path, 16);
	put_record(to, FORMAT_RECORD_BUILD_ID, body.bytes.items, body.bytes.n);
	vec_release(&body.bytes);
}

/* The same id over and over, in sections over each other; the same path again and
 * again. */
static void the_same_again(void **state)
{
	enum { EVENTS = 5000, IDS = 1000000, PATHS = 300000 };
	struct buffer file = {0}, records = {0}, build_ids = {0};
	struct run_info c = {0};
	struct strtab strings;
	struct dso_table dsos;
	struct recording *r;
	struct cursor *cursor;
	struct event ev;
	struct error err;
	int n = 0;

	(void)state;
	for (int i = 0; i < PATHS; i++) {
		put_mmap(&records, "/bin/a\0\0\0\0\0\0\0\0\0");
		put_build_id(&build_ids, (uint8_t)(i < PATHS - 1),
			     "/bin/a\0\0\0\0\0\0\0\0\0");
	}
	put_file(&file, EVENTS, IDS, &records, &build_ids);
	r = recording_of_bytes(file.bytes.items, file.bytes.n, &err);
	assert_non_null(r);
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	assert_int_equal(recording_read_info(r, &c, &dsos, &err), 0);
	cursor = cursor_new(r, &(struct filter){0});
	for (; cursor_next(cursor, &ev, &err) > 0; n++) {
		/* The last build id of the path: zeros. */
		assert_int_equal(ev.mmap.build_id.size, BUILD_ID_MAX);
		assert_int_equal(ev.mmap.build_id.data[0], 0);
	}
	assert_int_equal(n, PATHS);
	cursor_free(&cursor);
	recording_close(&r);
	dso_table_release(&dsos);
	strtab_release(&strings);
	run_info_release(&c);
	vec_release(&file.bytes);
	vec_release(&records.bytes);
	vec_release(&build_ids.bytes);
}

/* Digits without end are no pid, wherever one begins to look. */
static void digits_without_end(void **state)
{
	enum { DIGITS = 4000000 };
	const struct text_read_options options = {0};
	struct text_read_result result;
	struct buffer text = {0};
	struct profile p;

	(void)state;
	put(&text, "prog a", 6);
	put_zeros(&text, DIGITS);
	memset(text.bytes.items + 6, '1', DIGITS);
	put(&text, "x\n", 2);
	profile_init(&p);
	perf_script_read(&p, (const char *)text.bytes.items, text.bytes.n, &options,
			 &result);
	assert_int_equal(result.bad_lines, 1);
	text_read_result_release(&result);
	profile_release(&p);
	vec_release(&text.bytes);
}

/* An event with a name longer than the stored part is still the same event. */
static void long_name_of_an_event(void **state)
{
	const struct text_read_options options = {0};
	struct text_read_result result;
	struct buffer text = {0};
	struct profile p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		put(&text, "prog 1 1.0: ", 12);
		put_zeros(&text, 100);
		memset(text.bytes.items + text.bytes.n - 100, 'e', 100);
		put(&text, ":\n\t1 f (x)\n\n", 12);
	}
	profile_init(&p);
	perf_script_read(&p, (const char *)text.bytes.items, text.bytes.n, &options,
			 &result);
	assert_false(result.has_other_events);
	text_read_result_release(&result);
	assert_int_equal(vec_last(&p.nodes)->count, 2);
	profile_release(&p);
	vec_release(&text.bytes);
}

/* The same megabyte as notes of every section. */
static void notes_over_notes(void **state)
{
	enum { SECTIONS = 50000, NOTES = 1 << 20 };
	Elf64_Ehdr head = {.e_ident = ELFMAG,
			   .e_type = ET_DYN,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_shoff = sizeof(Elf64_Ehdr),
			   .e_ehsize = sizeof(Elf64_Ehdr),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = SECTIONS};
	struct buffer file = {0};
	int fd = memfd_create("notes", MFD_CLOEXEC);
	struct elf_file *f;
	struct build_id id;
	struct error err;

	(void)state;
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	head.e_ident[EI_VERSION] = EV_CURRENT;
	put(&file, &head, sizeof(head));
	put_zeros(&file, sizeof(Elf64_Shdr));
	for (uint64_t i = 1; i < SECTIONS; i++) {
		Elf64_Shdr section = {.sh_type = SHT_NOTE,
				      .sh_offset = sizeof(head) +
						   SECTIONS * sizeof(Elf64_Shdr) + 4 * i,
				      .sh_size = NOTES,
				      .sh_addralign = 4};

		put(&file, &section, sizeof(section));
	}
	put_zeros(&file, NOTES + 4 * SECTIONS);
	assert_int_equal(write(fd, file.bytes.items, file.bytes.n), file.bytes.n);
	f = elf_file_open(fd, &err);
	assert_non_null(f);
	assert_false(elf_file_build_id(f, &id));
	elf_file_close(&f);
	close(fd);
	vec_release(&file.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forks_within_forks),
		cmocka_unit_test(one_address_for_all),
		cmocka_unit_test(empty_compressed_records),
		cmocka_unit_test(dripping_compressed_records),
		cmocka_unit_test(compressed_record_beyond_its_end),
		cmocka_unit_test(the_same_again),
		cmocka_unit_test(digits_without_end),
		cmocka_unit_test(long_name_of_an_event),
		cmocka_unit_test(notes_over_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
