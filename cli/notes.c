#include "cli/notes.h"

#include "cli/command.h"
#include "cli/options.h"

int print_notes(const struct input_data *run)
{
	char *const *note;

	vec_each(note, &run->notes)
		say("%s", *note);
	return run->is_damaged ? fail(&run->damage) : EXIT_DONE;
}
