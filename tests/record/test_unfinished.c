/* Files of recorders that were killed, or whose disk was full. */
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/amend.h"
#include "record/data/cursor.h"
#include "record/data/recording.h"
#include "record/data/writer.h"
#include "record/data/zstd_stream.h"
#include "tests/files.h"
#include "tests/record/made_recording.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LEVEL = 3 };

/* A recording in a file, of one event. */
struct made_file {
	char folder[64], path[512];
	struct out *out;
	struct event_specs specs;
	struct run_info info;
	struct writer w;
};

static void made_file_begin(struct made_file *f, int level)
{
	struct error err;

	*f = (struct made_file){
		.info = {.hostname = "host-a", .command = "flame record"}};
	temp_dir_make(f->folder);
	temp_path(f->path, f->folder, "x.data");
	f->out = out_open(f->path, 0, &err);
	assert_non_null(f->out);
	made_specs_init(&f->specs);
	writer_init(&f->w, f->out, &f->specs, level ? zstd_packer_new(level, &err) : NULL,
		    &f->info);
}

static void made_file_end(struct made_file *f)
{
	writer_release(&f->w);
	out_free(&f->out);
	event_specs_release(&f->specs);
	temp_dir_remove(f->folder);
}

static void sample_add(struct made_file *f, uint64_t time)
{
	uint64_t sample[32];

	writer_record(&f->w, sample, made_sample(sample, time));
}

/* The samples of a recording. Each is at the time of its number, from 100. */
static uint64_t samples_count(const struct recording *r, struct error *damage)
{
	scoped(cursor_free) struct cursor *cursor = cursor_new(r, &(struct filter){0});
	uint64_t n = 0;
	struct event ev;

	while (cursor_next(cursor, &ev, damage) > 0)
		if (ev.kind == EVENT_SAMPLE)
			assert_int_equal(ev.time, 100 + n++);
	return n;
}

/* Reads the file as it would be if its recorder was killed now. */
static void check_left(const struct made_file *f, uint64_t samples, uint64_t cut)
{
	struct error err, damage;
	size_t size;
	scoped(mem_release) uint8_t *bytes = file_read(out_path(f->out), &size);
	scoped(recording_close) struct recording *r =
		recording_of_bytes(bytes, size - cut, &err);
	scoped(recording_close) struct recording *recovered = NULL;
	scoped(out_free) struct out *out = out_memory();
	struct run_info info = {0};
	struct strtab strings;
	struct dso_table dsos;
	bool is_cut;

	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	assert_non_null(r);
	assert_false(recording_is_finished(r));
	assert_int_equal(samples_count(r, &damage), samples);
	assert_non_null(strstr(damage.text, "never finished"));
	assert_int_equal(recording_read_info(r, &info, &dsos, &err), 0);
	assert_string_equal(info.hostname, "host-a");

	assert_int_equal(amend_unfinished(out, r, recording_whole_size(r, &is_cut), &info,
					  &dsos, &err),
			 0);
	assert_true(is_cut);
	recovered = recording_of_bytes(out_data(out), out_pos(out), &err);
	assert_non_null(recovered);
	assert_true(recording_is_finished(recovered));
	*damage.text = '\0';
	assert_int_equal(samples_count(recovered, &damage), samples);
	assert_string_equal(damage.text, "");
	run_info_release(&info);
	info = (struct run_info){0};
	assert_int_equal(recording_read_info(recovered, &info, &dsos, &err), 0);
	assert_string_equal(info.hostname, "host-a");
	assert_string_equal(info.command, "flame record");
	run_info_release(&info);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

static void check_saved(int level)
{
	struct made_file f;
	struct error err;

	made_file_begin(&f, level);
	sample_add(&f, 100);
	assert_int_equal(writer_save(&f.w, &err), 0);
	check_left(&f, 1, 0);
	sample_add(&f, 101);
	sample_add(&f, 102);
	assert_int_equal(writer_save(&f.w, &err), 0);
	check_left(&f, 3, 0);
	made_file_end(&f);
}

static void each_save_stores_all_records(void **state)
{
	(void)state;
	check_saved(0);
	check_saved(LEVEL);
}

static void provisional_records_are_replaced(void **state)
{
	uint64_t sample[32];
	struct made_file f;
	struct error err;

	(void)state;
	for (int level = 0; level <= LEVEL; level += LEVEL) {
		made_file_begin(&f, level);
		sample_add(&f, 100);
		for (uint64_t time = 101; time < 110; time++)
			writer_provisional(&f.w, sample, made_sample(sample, time));
		assert_int_equal(writer_save(&f.w, &err), 0);
		check_left(&f, 10, 0);
		sample_add(&f, 101);
		assert_int_equal(writer_save(&f.w, &err), 0);
		check_left(&f, 2, 0);
		writer_provisional(&f.w, sample, made_sample(sample, 102));
		assert_int_equal(writer_save(&f.w, &err), 0);
		check_left(&f, 3, 0);
		assert_int_equal(writer_save(&f.w, &err), 0);
		check_left(&f, 2, 0);
		made_file_end(&f);
	}
}

static void a_record_that_is_cut_is_left_out(void **state)
{
	struct made_file f;
	struct error err;

	(void)state;
	made_file_begin(&f, 0);
	for (uint64_t time = 100; time < 105; time++)
		sample_add(&f, time);
	assert_int_equal(writer_save(&f.w, &err), 0);
	for (uint64_t cut = 1; cut < 80; cut++)
		check_left(&f, 4, cut);
	made_file_end(&f);
}

/* Limits the size of this process's files; a write beyond it fails. */
static void size_limit(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk gets full: records of the saves before are whole, and later ones dropped. */
static void check_full(int level)
{
	struct made_file f;
	struct error err;
	uint64_t saved;

	made_file_begin(&f, level);
	sample_add(&f, 100);
	sample_add(&f, 101);
	assert_int_equal(writer_save(&f.w, &err), 0);
	saved = out_pos(f.out);
	size_limit(saved + 20);
	sample_add(&f, 102);
	assert_int_equal(writer_save(&f.w, &err), -1);
	assert_non_null(strstr(err.text, "File too large"));
	sample_add(&f, 103);
	assert_int_equal(out_pos(f.out), saved);
	assert_int_equal(writer_save(&f.w, &err), -1);
	assert_int_equal(writer_end_data(&f.w, &err), 0);
	/* There is no room for the end either; then there is. */
	assert_int_equal(writer_finish(&f.w, &f.info, NULL, &err), -1);
	assert_int_equal(out_pos(f.out), saved);
	size_limit(RLIM_INFINITY);
	assert_int_equal(writer_finish(&f.w, &f.info, NULL, &err), 0);
	assert_int_equal(out_commit(f.out, &err), 0);
	scoped(recording_close) struct recording *r = recording_open(f.path, &err);

	assert_non_null(r);
	assert_true(recording_is_finished(r));
	assert_int_equal(samples_count(r, &err), 2);
	recording_close(&r);
	made_file_end(&f);
}

static void a_full_disk_leaves_whole_records(void **state)
{
	(void)state;
	check_full(0);
	check_full(LEVEL);
}

static void damage_is_not_the_end(void **state)
{
	struct made_file f;
	struct error err;
	bool is_cut;
	size_t size;

	(void)state;
	made_file_begin(&f, 0);
	for (uint64_t time = 100; time < 110; time++)
		sample_add(&f, time);
	assert_int_equal(writer_save(&f.w, &err), 0);
	scoped(mem_release) uint8_t *bytes = file_read(out_path(f.out), &size);
	scoped(recording_close) struct recording *r = NULL;

	memset(bytes + f.w.data_at + 8 * 14 * 4, 0, 100);
	r = recording_of_bytes(bytes, size, &err);
	assert_non_null(r);
	assert_true(recording_whole_size(r, &is_cut) < size - f.w.data_at);
	assert_false(is_cut);
	made_file_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_save_stores_all_records),
		cmocka_unit_test(provisional_records_are_replaced),
		cmocka_unit_test(a_record_that_is_cut_is_left_out),
		cmocka_unit_test(a_full_disk_leaves_whole_records),
		cmocka_unit_test(damage_is_not_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
