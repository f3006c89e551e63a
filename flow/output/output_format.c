#include "flow/output/output_format.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "flow/input_format.h"
#include "fold/folded.h"

#include <string.h>

/* Whether the profile comes from folded text, also by way of a picture: then its
 * processes have the names that the text gave them. */
static bool was_folded(const struct input_data *data)
{
	return data->text == &folded_format ||
	       (data->format == &input_picture && !data->run_info.event);
}

static void write_folded(struct out *out, const struct input_data *data,
			 const struct output_options *options)
{
	struct text_write_options text = options->text;

	text.process_blanks = was_folded(data);
	folded_write(out, &data->profile, &text);
}

static void write_table(struct out *out, const struct input_data *data,
			const struct output_options *options)
{
	table_write(out, &data->profile, &data->run_info, &options->table);
}

static void write_csv(struct out *out, const struct input_data *data,
		      const struct output_options *options)
{
	table_write_csv(out, &data->profile, &options->table);
}

static void write_svg(struct out *out, const struct input_data *data,
		      const struct output_options *options)
{
	struct svg_options svg = options->svg;
	struct run_info info = data->run_info;

	svg.timeline = &data->timeline;
	if (options->unit)
		info.unit = options->unit;
	svg_write(out, &data->profile, &info, &svg);
}

static void compare_table(struct out *out, const struct file_comparison *c,
			  const struct output_options *options)
{
	changes_write_table(out, &c->result, &options->changes);
}

static void compare_json(struct out *out, const struct file_comparison *c,
			 const struct output_options *options)
{
	changes_write_json(out, &c->result, options->changes.limit);
}

static void compare_csv(struct out *out, const struct file_comparison *c,
			const struct output_options *options)
{
	changes_write_csv(out, &c->result, options->changes.limit,
			  options->changes.csv_safe);
}

static void compare_svg(struct out *out, const struct file_comparison *c,
			const struct output_options *options)
{
	scoped(mem_release) char *before = file_comparison_side_name(c, BEFORE);
	scoped(mem_release) char *after = file_comparison_side_name(c, AFTER);
	const struct svg_side sides[SIDES] = {
		[BEFORE] = {before, file_comparison_side_info(c, BEFORE)},
		[AFTER] = {after, file_comparison_side_info(c, AFTER)},
	};

	svg_write_comparison(out, &c->result, sides, &options->svg);
}

static const struct output_format formats[] = {
	{"folded", ".folded", OUTPUT_DATA, write_folded, NULL},
	{"table", ".txt", OUTPUT_TEXT, write_table, compare_table},
	{"json", ".json", OUTPUT_DATA, NULL, compare_json},
	{"csv", ".csv", OUTPUT_DATA, write_csv, compare_csv},
	{"svg", ".svg", OUTPUT_PICTURE, write_svg, compare_svg},
};

const struct output_format *output_format_at(size_t i)
{
	return i < array_size(formats) ? &formats[i] : NULL;
}

const struct output_format *output_format_named(const char *name)
{
	for (size_t i = 0; i < array_size(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
