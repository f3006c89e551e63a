/* Makes recordings in memory for the tests of this folder: of cpu-clock at 99 Hz, record
 * by record. */
#pragma once

#include "base/out.h"
#include "model/event.h"
#include "model/run_info.h"
#include "record/data/event_specs.h"
#include "record/data/writer.h"

#include <stddef.h>
#include <stdint.h>

struct recording_builder {
	struct out *out;
	struct event_specs specs;
	struct writer writer;
	struct run_info info; /* metadata, which a test may set */
};

void recording_builder_init(struct recording_builder *b);

/* Frees all but the recording, which the caller frees with out_free(). */
struct out *recording_builder_end(struct recording_builder *b);

/* The same, into a file. */
void recording_builder_end_file(struct recording_builder *b, const char *path);

/* Adds a record of the process 'pid', by its first thread. Changes *ev. */
void recording_builder_event(struct recording_builder *b, struct event *ev, uint32_t pid,
			     uint64_t time);

/* Adds a mapping of 'len' bytes of code, from 'file_off' in the file on. */
struct builder_map {
	uint64_t addr, len, file_off;
	const char *path;
};

void recording_builder_map(struct recording_builder *b, const struct builder_map *map,
			   uint32_t pid, uint64_t time);

enum { BUILDER_CHAIN_MAX = 8 };

struct builder_sample {
	uint32_t pid, tid, cpu;
	uint64_t time, addr, cgroup;
	uint64_t chain[BUILDER_CHAIN_MAX]; /* ends at the first 0 */
};

void recording_builder_sample(struct recording_builder *b,
			      const struct builder_sample *sample);
