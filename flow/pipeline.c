#include "flow/pipeline.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "flow/loader.h"
#include "fold/folded.h"
#include "fold/perf_script.h"
#include "render/data/svg_read.h"

#include <string.h>

static void note_bad_lines(struct input_data *run, const struct input *in, size_t bad,
			   size_t first)
{
	const char *what =
		(run->format == INPUT_FOLDED ? &folded_format : &perf_script_format)
			->line_name;

	if (bad == 1)
		vec_push(&run->notes,
			 mem_format("line %zu of '%s' is no %s", first, in->name, what));
	else if (bad)
		vec_push(&run->notes,
			 mem_format("%zu lines of '%s' are no %s, the first one is "
				    "line %zu",
				    bad, in->name, what, first));
}

static void load_perf_script(struct input_data *run, const struct input *in,
			     const char *text, size_t size,
			     const struct load_options *options)
{
	struct text_read_result result;

	perf_script_read(&run->profile, text, size, &options->perf_script, &result);
	note_bad_lines(run, in, result.bad_lines, result.first_bad_line);
	if (result.has_other_events && !options->perf_script.event)
		vec_push(&run->notes,
			 mem_format("several events were sampled; this is %s, the "
				    "first one (--event-filter)",
				    result.event));
	if (*result.event)
		run->run_info.event = run_info_text(&run->run_info, result.event);
}

static int load_text(struct input_data *run, const struct input *in,
		     const struct load_options *options, struct error *err)
{
	struct text_read_result result;
	size_t size;
	scoped(mem_release) char *text = input_text(in, &size, err);

	if (!text)
		return -1;
	if (run->format == INPUT_PICTURE)
		return svg_read(&run->profile, &run->timeline, &run->run_info, text, size,
				err) < 0
			       ? error_while(err, "'%s'", in->name)
			       : 0;
	if (run->format == INPUT_UNKNOWN)
		run->format =
			perf_script_knows(text, size) ? INPUT_PERF_SCRIPT : INPUT_FOLDED;
	if (run->format == INPUT_PERF_SCRIPT) {
		load_perf_script(run, in, text, size, options);
		return 0;
	}
	folded_read(&run->profile, text, size, &options->perf_script, &result);
	if (result.bad_lines && run->profile.nodes.n == 1)
		return error_set(err, "'%s' is neither a recording nor folded stacks",
				 in->name);
	note_bad_lines(run, in, result.bad_lines, result.first_bad_line);
	return 0;
}

int input_data_load(struct input_data *run, const char *path,
		    const struct load_options *options, struct error *err)
{
	scoped(input_release) struct input in;

	if (input_open(&in, path, err) < 0)
		return -1;
	run->format = options->from == INPUT_UNKNOWN ? in.format : options->from;
	if (in.is_empty && options->from == INPUT_UNKNOWN)
		return error_set(err, "'%s' is empty", in.name);
	if (run->format == INPUT_RECORDING)
		return load_recording(run, in.path, options, err);
	return load_text(run, &in, options, err);
}
