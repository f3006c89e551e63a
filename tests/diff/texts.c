#include "tests/diff/texts.h"

#include "fold/folded.h"
#include "tests/test.h"

#include <string.h>

void profile_of_text(struct profile *p, const char *text)
{
	struct text_read_result result;

	profile_init(p);
	folded_read(p, text, strlen(text), NULL, &result);
	assert_int_equal(result.bad_lines, 0);
}

const struct function_change *function_named(const struct comparison *c, const char *name)
{
	const struct function_change *f;

	vec_each(f, &c->functions)
		if (strcmp(frame_name(&c->profile.frames, f->frame), name) == 0)
			return f;
	return NULL;
}
