#include "flow/input_data.h"

#include "base/mem.h"

struct load_options load_options_default(void)
{
	return (struct load_options){.from = INPUT_UNKNOWN, .inlines = true};
}

void input_data_init(struct input_data *run)
{
	*run = (struct input_data){0};
	profile_init(&run->profile);
	dso_table_init(&run->dsos, &run->profile.strings);
}

void input_data_release(struct input_data *run)
{
	char **note;

	vec_each(note, &run->notes)
		mem_free(*note);
	vec_release(&run->notes);
	dso_table_release(&run->dsos);
	run_info_release(&run->run_info);
	timeline_release(&run->timeline);
	profile_release(&run->profile);
}
