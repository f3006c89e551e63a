#include "flow/input_data.h"

#include "base/mem.h"

#include <inttypes.h>

enum { LOST_SHARE = 20 }; /* a warning needs one lost sample in this many */

struct load_options load_options_default(void)
{
	const struct rights rights = rights_read("");

	return (struct load_options){.inlines = true,
				     .hidden_kernel = rights_hidden_kernel(&rights)};
}

void input_data_init(struct input_data *data)
{
	*data = (struct input_data){0};
	profile_init(&data->profile);
	dso_table_init(&data->dsos, &data->profile.strings);
}

void input_data_release(struct input_data *data)
{
	struct input_event *event;
	char **note;

	vec_each(note, &data->notes)
		mem_free(*note);
	vec_release(&data->notes);
	vec_each(event, &data->events)
		mem_free(event->name);
	vec_release(&data->events);
	dso_table_release(&data->dsos);
	run_info_release(&data->run_info);
	vec_release(&data->names_before);
	timeline_release(&data->timeline);
	profile_release(&data->profile);
}

void input_data_note_losses(struct input_data *data)
{
	const struct run_info *info = &data->run_info;
	uint64_t all = info->samples + info->lost;

	if (info->lost > all / LOST_SHARE)
		vec_push(&data->notes,
			 mem_format("%.1f %% of the samples are lost: shares are biased "
				    "towards programs that the recorder itself wakes",
				    100 * (double)info->lost / (double)all));
	if (info->lost_side_band)
		vec_push(&data->notes,
			 mem_format("%" PRIu64 " records of processes and mappings are "
				    "lost: programs that started meanwhile may lack "
				    "names and callers",
				    info->lost_side_band));
	if (info->lost_aux)
		vec_push(&data->notes,
			 mem_format("hardware trace data was lost %" PRIu64 " times",
				    info->lost_aux));
}

void input_data_note_cpus(struct input_data *data, uint64_t slept, uint32_t n_refused)
{
	if (slept)
		vec_push(&data->notes,
			 mem_format("the machine was suspended for %.1f s, which are not "
				    "part of the duration",
				    (double)slept / 1e9));
	if (n_refused)
		vec_push(&data->notes,
			 mem_format("%" PRIu32 " CPUs that came online could not be "
				    "sampled",
				    n_refused));
}

void input_data_note_truncated(struct input_data *data, uint32_t copy)
{
	const struct truncated_program *p = &data->truncated;
	const char *comm = strtab_str(&data->profile.strings, p->comm);

	if (p->truncated)
		vec_push(&data->notes, truncated_program_note(p, comm, copy));
}

void input_data_note_throttled(struct input_data *data)
{
	if (data->run_info.throttled)
		vec_push(&data->notes,
			 mem_format("the kernel throttled the event %" PRIu64
				    " times: the busiest CPUs have too few samples (use "
				    "a lower -F)",
				    data->run_info.throttled));
}

void input_data_note_outside(struct input_data *data)
{
	if (data->run_info.outside_samples)
		vec_push(
			&data->notes,
			mem_format("%" PRIu64 " samples are of processes outside of the "
				   "recorder's pid namespace, which have no names there: "
				   "start its container with --pid=host",
				   data->run_info.outside_samples));
}

bool profile_has_weights(const struct profile *p)
{
	const struct profile_node *node;

	vec_each(node, &p->nodes)
		if (node->weight)
			return true;
	return false;
}
