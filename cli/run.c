#include "cli/run.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/options.h"

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

int run_tell(const struct run *run)
{
	char **note;

	vec_each(note, &run->notes)
		say("%s", *note);
	return run->is_damaged ? fail(&run->damage) : EXIT_DONE;
}
