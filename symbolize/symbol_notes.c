#include "symbolize/symbol_notes.h"

#include "base/clock.h"

#include <assert.h>

enum { MAX_NOTES = 20 };

void symbol_notes_release(struct symbol_notes *n)
{
	char **line;

	vec_each(line, &n->lines)
		mem_free(*line);
	vec_release(&n->lines);
}

void symbol_notes_trouble(struct symbol_notes *n, const char *path, enum dso_trouble why,
			  bool was_kept)
{
	/* DSO_REPLACED is no proof that the file was replaced: it may be the path of
	 * another file outside of a container, or the file was written to, as a memfd
	 * is. */
	static const char *const texts[] = {
		[DSO_GONE] = "has no names: it was gone before it could be opened",
		[DSO_DENIED] = "has no names: not permitted to open it",
		[DSO_NO_ROOM] = "has no names: too many files were open to open it "
				"(ulimit -n)",
		[DSO_REPLACED] = "is not the file that ran, or was changed since: it has "
				 "no names",
		[DSO_HUNG] = "is not readable: its file system does not answer",
	};
	bool is_noted = why == DSO_REPLACED || why == DSO_HUNG ||
			(was_kept &&
			 (why == DSO_GONE || why == DSO_DENIED || why == DSO_NO_ROOM));

	if (is_noted && n->n_troubles++ < MAX_NOTES)
		vec_push(&n->lines, mem_format("'%s' %s", path, texts[why]));
}

void symbol_notes_refused(struct symbol_notes *n, const char *path, const char *refused)
{
	assert(refused);
	if (n->n_refused++ < MAX_NOTES)
		vec_push(&n->lines,
			 mem_format("'%s' is not the debug file of '%s'", refused, path));
}

void symbol_notes_other(struct symbol_notes *n, const char *path, const char *other)
{
	if (n->n_refused++ < MAX_NOTES)
		vec_push(&n->lines, mem_format("'%s' is not the file '%s' that ran: its "
					       "build id is another one",
					       other, path));
}

void symbol_notes_memory(struct symbol_notes *n, const char *path)
{
	if (n->n_memory++ < MAX_NOTES)
		vec_push(&n->lines,
			 mem_format("'%s' lacks names: its symbols and DWARF need too "
				    "much memory",
				    path));
}

void symbol_notes_take(struct symbol_notes *n, char *const *lines, size_t *n_lines)
{
	for (size_t i = 0; i < *n_lines; i++)
		vec_push(&n->lines, lines[i]);
	*n_lines = 0;
}

static bool is_hurried(const struct symbol_notes *n)
{
	return n->hurry && atomic_load(n->hurry);
}

bool symbol_notes_is_late(const struct symbol_notes *n)
{
	return is_hurried(n) || (n->until && clock_now() >= n->until);
}

void symbol_notes_late(struct symbol_notes *n, const char *path)
{
	if (n->has_late)
		return;
	n->has_late = true;
	vec_push(&n->lines,
		 mem_format("%s before '%s' and further files: 'flame symbolize' adds "
			    "their names",
			    is_hurried(n) ? "a second signal ended the search for names"
					  : "the time for names (--name-time) was over",
			    path));
}

void symbol_notes_kernel(struct symbol_notes *n, const char *why)
{
	if (n->has_kernel || !*why)
		return;
	n->has_kernel = true;
	vec_push(&n->lines, mem_format("%s", why));
}
