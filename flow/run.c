#include "flow/run.h"

#include "base/mem.h"

struct load_options load_options_default(void)
{
	return (struct load_options){.from = INPUT_UNKNOWN, .inlines = true};
}

void run_init(struct run *run)
{
	*run = (struct run){0};
	profile_init(&run->profile);
	dso_table_init(&run->dsos, &run->profile.strings);
}

void run_release(struct run *run)
{
	char **note;

	vec_each(note, &run->notes)
		mem_free(*note);
	vec_release(&run->notes);
	dso_table_release(&run->dsos);
	conditions_release(&run->conditions);
	timeline_release(&run->timeline);
	profile_release(&run->profile);
}
