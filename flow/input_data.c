#include "flow/input_data.h"

#include "base/mem.h"

struct load_options load_options_default(void)
{
	return (struct load_options){.inlines = true};
}

void input_data_init(struct input_data *data)
{
	*data = (struct input_data){0};
	profile_init(&data->profile);
	dso_table_init(&data->dsos, &data->profile.strings);
}

void input_data_release(struct input_data *data)
{
	char **note;

	vec_each(note, &data->notes)
		mem_free(*note);
	vec_release(&data->notes);
	dso_table_release(&data->dsos);
	run_info_release(&data->run_info);
	timeline_release(&data->timeline);
	profile_release(&data->profile);
}

bool profile_has_weights(const struct profile *p)
{
	const struct profile_node *node;

	vec_each(node, &p->nodes)
		if (node->weight)
			return true;
	return false;
}
