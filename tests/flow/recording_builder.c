#include "tests/flow/recording_builder.h"

#include "base/scoped.h"
#include "record/data/encode.h"
#include "tests/files.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <string.h>

void recording_builder_init(struct recording_builder *b)
{
	const struct known_event *event = known_event_named("cpu-clock");

	*b = (struct recording_builder){.out = out_memory(), .info = {.arch = "x86_64"}};
	event_specs_set(&b->specs, &event, 1, 99, true);
	writer_init(&b->writer, b->out, &b->specs, NULL, NULL);
}

struct out *recording_builder_end(struct recording_builder *b)
{
	struct strtab strings;
	struct dso_table dsos;
	struct error err;

	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	writer_round(&b->writer);
	assert_int_equal(writer_end_data(&b->writer, &err), 0);
	assert_int_equal(writer_finish(&b->writer, &b->info, &dsos, &err), 0);
	writer_release(&b->writer);
	event_specs_release(&b->specs);
	dso_table_release(&dsos);
	strtab_release(&strings);
	return b->out;
}

void recording_builder_end_file(struct recording_builder *b, const char *path)
{
	scoped(out_free) struct out *out = recording_builder_end(b);

	file_write(path, out_data(out), (size_t)out_pos(out));
}

void recording_builder_event(struct recording_builder *b, struct event *ev, uint32_t pid,
			     uint64_t time)
{
	uint8_t record[ENCODE_SIZE_MAX];

	ev->pid = ev->tid = pid;
	ev->time = time;
	writer_record(&b->writer, record, encode_event(record, &b->writer.layout, ev));
}

void recording_builder_map(struct recording_builder *b, const struct builder_map *map,
			   uint32_t pid, uint64_t time)
{
	struct event ev = {.kind = EVENT_MMAP,
			   .mmap = {.addr = map->addr,
				    .len = map->len,
				    .file_off = map->file_off,
				    .path = map->path,
				    .is_exec = true}};

	recording_builder_event(b, &ev, pid, time);
}

void recording_builder_sample(struct recording_builder *b,
			      const struct builder_sample *sample)
{
	struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain;
		uint64_t chain[BUILDER_CHAIN_MAX + 1]; /* and the cgroup */
	} record = {.addr = sample->addr,
		    .pid = sample->pid,
		    .tid = sample->tid,
		    .time = sample->time,
		    .cpu = sample->cpu};
	size_t n = 0, size;

	for (; n < BUILDER_CHAIN_MAX && sample->chain[n]; n++)
		record.chain[n] = sample->chain[n];
	record.n_chain = n;
	record.chain[n] = sample->cgroup;
	size = sizeof(record) - 8 * (BUILDER_CHAIN_MAX - n);
	record.header = (struct perf_event_header){PERF_RECORD_SAMPLE,
						   PERF_RECORD_MISC_USER, (uint16_t)size};
	writer_record(&b->writer, &record, size);
}
