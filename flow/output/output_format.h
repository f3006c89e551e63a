/* The formats of output, one row of a table each. They write to a struct out, which keeps
 * errors until out_commit(). */
#pragma once

#include "base/out.h"
#include "flow/file_comparison.h"
#include "flow/input_data.h"
#include "fold/text_format.h"
#include "render/changes.h"
#include "render/svg/svg.h"
#include "render/table.h"

#include <stddef.h>

/* Each format reads its own part. */
struct output_options {
	struct text_write_options text;
	struct table_options table;	/* table and CSV of an input */
	struct changes_options changes; /* table, JSON and CSV of a comparison */
	struct svg_options svg;		/* 'timeline' is ignored: the input has one */
	const char *unit; /* unit of the numbers in a picture; NULL: the input's */
};

enum output_kind {
	OUTPUT_TEXT, /* for people */
	OUTPUT_DATA, /* for programs */
	OUTPUT_PICTURE,
};

struct output_format {
	const char *name;      /* for the option --format */
	const char *extension; /* of files: ".svg" */
	enum output_kind kind;
	/* Writes an input; NULL: this format is for comparisons only. */
	void (*write)(struct out *out, const struct input_data *data,
		      const struct output_options *options);
	/* Writes a comparison; NULL: this format is for inputs only. */
	void (*write_comparison)(struct out *out, const struct file_comparison *c,
				 const struct output_options *options);
};

/* The i-th format of the table; NULL after the last one. */
const struct output_format *output_format_at(size_t i);

/* The format of that name ("folded", "table", "svg", "json", "csv"), or NULL. */
const struct output_format *output_format_named(const char *name);
