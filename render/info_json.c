#include "render/info.h"

#include "base/scoped.h"
#include "render/quote.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* Members of the object, in the order of docs/info.md: a name never changes its meaning.
 * */
static const struct member {
	const char *key;
	size_t offset; /* of a const char * in struct run_info */
} texts[] = {
	{"recorder", offsetof(struct run_info, recorder)},
	{"command", offsetof(struct run_info, command)},
	{"host", offsetof(struct run_info, hostname)},
	{"kernel", offsetof(struct run_info, os_release)},
	{"machine", offsetof(struct run_info, arch)},
	{"cpu", offsetof(struct run_info, cpu_model)},
};

/* Offsets of a uint64_t. */
static const struct member numbers[] = {
	{"start_ns", offsetof(struct run_info, start)},
	{"duration_ns", offsetof(struct run_info, duration)},
	{"frequency_hz", offsetof(struct run_info, frequency)},
	{"idle_samples", offsetof(struct run_info, idle_samples)},
	{"lost_samples", offsetof(struct run_info, lost)},
	{"lost_side_band", offsetof(struct run_info, lost_side_band)},
	{"lost_trace_data", offsetof(struct run_info, lost_aux)},
	{"throttled", offsetof(struct run_info, throttled)},
	{"trace_data_bytes", offsetof(struct run_info, aux_bytes)},
	{"kernel_code_changes", offsetof(struct run_info, text_pokes)},
	{"truncated_samples", offsetof(struct run_info, truncated_samples)},
	{"broken_samples", offsetof(struct run_info, broken_samples)},
	{"unnamed_samples", offsetof(struct run_info, unknown_samples)},
};

static void write_text(struct out *o, const char *text)
{
	if (text)
		quote_json(o, text);
	else
		out_str(o, "null");
}

static void write_run(struct out *o, const struct run_info *run)
{
	for (size_t i = 0; i < array_size(texts); i++) {
		const char *text;

		memcpy(&text, (const char *)run + texts[i].offset, sizeof(text));
		out_printf(o, ",\n  \"%s\": ", texts[i].key);
		write_text(o, text);
	}
	out_printf(o, ",\n  \"cpus\": %" PRIu32, run->cpus);
	for (size_t i = 0; i < array_size(numbers); i++) {
		uint64_t n;

		memcpy(&n, (const char *)run + numbers[i].offset, sizeof(n));
		out_printf(o, ",\n  \"%s\": %" PRIu64, numbers[i].key, n);
	}
}

/* Begins an item of a list; is_first: the first one. */
static void item_begin(struct out *o, bool is_first)
{
	out_str(o, is_first ? "\n    {" : ",\n    {");
}

static void write_events(struct out *o, const struct info *info)
{
	const struct info_event *event;

	out_str(o, ",\n  \"events\": [");
	vec_each(event, &info->events) {
		item_begin(o, event == info->events.items);
		out_str(o, "\"name\": ");
		quote_json(o, event->name);
		out_printf(o, ", \"samples\": %" PRIu64 "}", event->samples);
	}
	out_str(o, "]");
}

static void write_unnamed(struct out *o, const struct info *info)
{
	const struct info_unnamed *unnamed;

	out_str(o, ",\n  \"unnamed\": [");
	vec_each(unnamed, &info->unnamed) {
		item_begin(o, unnamed == info->unnamed.items);
		out_str(o, "\"name\": ");
		quote_json(o, unnamed->name);
		out_str(o, ", \"object\": ");
		write_text(o, *unnamed->object ? unnamed->object : NULL);
		out_printf(o, ", \"samples\": %" PRIu64 "}", unnamed->samples);
	}
	out_str(o, "]");
}

static void write_files(struct out *o, const struct info *info)
{
	const struct info_file *file;
	char id[BUILD_ID_HEX];

	out_str(o, ",\n  \"files\": [");
	vec_each(file, &info->files) {
		item_begin(o, file == info->files.items);
		out_str(o, "\"path\": ");
		quote_json(o, file->path);
		out_str(o, ", \"build_id\": ");
		write_text(o, file->build_id.size ? build_id_hex(&file->build_id, id)
						  : NULL);
		out_str(o, ", \"state\": ");
		write_text(o, file->state);
		out_str(o, "}");
	}
	out_str(o, "]");
}

static void write_notes(struct out *o, const struct info *info)
{
	const char *const *note;

	out_str(o, ",\n  \"notes\": [");
	vec_each(note, &info->notes) {
		out_str(o, note == info->notes.items ? "\n    " : ",\n    ");
		quote_json(o, *note);
	}
	out_str(o, "]");
}

void info_write_json(struct out *o, const struct info *info)
{
	out_str(o, "{\n  \"version\": 1,\n  \"file\": ");
	quote_json(o, info->path);
	out_str(o, ",\n  \"format\": ");
	quote_json(o, info->format);
	out_printf(o, ",\n  \"size\": %" PRIu64, info->size);
	out_str(o, ",\n  \"damage\": ");
	write_text(o, info->damage);
	write_run(o, info->run);
	out_printf(o,
		   ",\n  \"first_ns\": %" PRIu64 ",\n  \"last_ns\": %" PRIu64
		   ",\n  \"samples\": %" PRIu64 ",\n  \"stacks\": %" PRIu64,
		   info->first, info->last, info->samples, info->stacks);
	out_str(o, ",\n  \"unit\": ");
	write_text(o, run_info_unit(info->run, 2));
	write_events(o, info);
	write_unnamed(o, info);
	write_files(o, info);
	write_notes(o, info);
	out_str(o, "\n}\n");
}
