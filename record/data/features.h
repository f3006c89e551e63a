/* The feature sections of a recording: metadata of the machine, the run and the events.
 * The format is in tools/perf/Documentation/perf.data-file-format.txt. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/out.h"
#include "base/vec.h"
#include "model/build_id.h"
#include "model/dso.h"
#include "model/run_info.h"
#include "record/data/decode_event.h"
#include "record/data/event_specs.h"

#include <stddef.h>
#include <stdint.h>

/* The build id of the file at a path, for mappings without one. */
struct feature_build_id {
	const char *path; /* in the section's bytes */
	struct build_id build_id;
};

/* The features that decoding depends on. */
struct event_features {
	/* The recording's: their names are set, to strings in the section's bytes or in
	 * 'text'. */
	struct decode_event *events;
	size_t n_events;
	struct arena *text;			/* for names that have to be copied */
	VEC(struct feature_build_id) build_ids; /* in the order of the recording */
};

/* Reads the section of a feature, by its bit, into 'f'; ignores other features, and the
 * damaged part of a section. */
void features_read_events(struct event_features *f, unsigned bit, struct bytes section);

/* Reads the section of a feature into 'info', and flame's own one also into 'dsos';
 * ignores features of other kinds. Returns -1 if flame's own section is damaged; the part
 * before the damage was read. */
int features_read_info(struct run_info *info, struct dso_table *dsos, unsigned bit,
		       struct bytes section, struct error *err);

/* Gives the names of functions in a section to the dsos of all mappings; ignores other
 * features. */
void features_read_names(struct dso_table *dsos, unsigned bit, struct bytes section);

/* Copies the section of a command line without its secrets (model/secrets.h). The rest of
 * a damaged section is left out. */
void features_copy_command(struct out *out, struct bytes section);

/* Compression of the records, for perf. */
struct feature_compression {
	int level;
	uint32_t ratio; /* size of the records to their size in the file, rounded down */
	uint32_t room_max; /* bytes, at least those of each expanded block */
};

/* Everything that the features of one recording are made from. */
struct feature_contents {
	const struct run_info *info;
	const struct dso_table *dsos;
	const struct event_specs *specs;
	const struct feature_compression *compression; /* NULL: uncompressed */
};

/* Writes all features to 'out', which is at the end of the records: a table of sections,
 * then the sections. Sets the bits of the features in the file header. */
void features_write(struct out *out, const struct feature_contents *contents);

/* Writes the features that are known before the first record, for files that are never
 * finished: FORMAT_START_MAGIC, the bits of the features, a table of sections, then the
 * sections. */
void features_write_start(struct out *out, const struct feature_contents *contents);
