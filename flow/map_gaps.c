#include "flow/map_gaps.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <string.h>

enum {
	GAP_LEAST = 10, /* samples without a name */
	GAP_SHARE = 20, /* a note needs one sample without a name in this many */
	NOTES_MOST = 10,
};

/* Samples in one address space. */
struct space_samples {
	uint64_t all, unnamed;
	uint64_t time; /* of a sample without a name */
};

static void frames_release(struct frame_list *frames)
{
	vec_release(&frames->items);
}

/* A memfd may also hold a program, which has symbols. */
static bool is_named(const struct map_gaps *g, struct input_data *run,
		     const struct mapping *m, const struct callchain *chain,
		     uint64_t addr, bool is_return)
{
	scoped(frames_release) struct frame_list frames = {0};
	frame_id made;

	if (jit_names_look_up(g->jit, chain->space, m, addr, is_return, chain->time,
			      &made))
		return true;
	if (dso_at(g->processes->dsos, m->dso)->kind == DSO_ANON)
		return false;
	symbolizer_look_up(g->symbolizer, m, addr, is_return, SPACE_USER, &frames);
	return frame_at(&run->profile.frames, frames.items.items[0])->kind !=
	       FRAME_UNKNOWN;
}

static bool is_in_unnamed_code(const struct map_gaps *g, struct input_data *run,
			       const struct callchain *chain)
{
	bool is_return = false;

	for (uint32_t i = 0; i < chain->n; i++) {
		uint64_t addr = chain->addrs[i];
		const struct mapping *m;

		if (addr >= CALLCHAIN_CONTEXT_MAX) {
			is_return = false;
			continue;
		}
		/* The kernel's addresses are in no mapping of this space. */
		m = space_find(&g->processes->spaces, chain->space, addr, chain->time);
		if (m && jit_names_may_be_in(g->jit, m))
			return !is_named(g, run, m, chain, addr, is_return);
		is_return = true;
	}
	return false;
}

static void count(const struct map_gaps *g, struct input_data *run,
		  struct space_samples *spaces)
{
	const struct callchain *chain;

	vec_each(chain, &g->chains->items) {
		struct space_samples *s;
		struct jit_map ignored;

		if (chain->space == SPACE_NONE ||
		    !jit_names_only_map(g->jit, chain->space, &ignored))
			continue;
		s = &spaces[chain->space];
		s->all += chain->count;
		if (is_in_unnamed_code(g, run, chain)) {
			s->unnamed += chain->count;
			s->time = chain->time;
		}
	}
}

/* A JVM writes its map on request. */
static bool is_jvm(const struct map_gaps *g, space_id space)
{
	static const char library[] = "/libjvm.so";
	const struct mapping *m;

	vec_each(m, &g->processes->spaces.items.items[space].maps) {
		const struct dso *dso = dso_at(g->processes->dsos, m->dso);
		const char *path = strtab_str(g->processes->strings, dso->path);
		size_t len = strlen(path);

		if (len >= sizeof(library) - 1 &&
		    strcmp(path + len - (sizeof(library) - 1), library) == 0)
			return true;
	}
	return false;
}

static char *note_of(const struct map_gaps *g, space_id space,
		     const struct space_samples *s)
{
	scoped(mem_release) char *command = NULL;
	struct jit_map map = {0};
	str_id comm;

	jit_names_only_map(g->jit, space, &map);
	comm = process_comm(g->processes, map.pid, map.pid, s->time);
	if (is_jvm(g, space))
		command = mem_format(" (jcmd %u Compiler.perfmap)", map.pid);
	return mem_format("%.0f %% of the samples of '%s' (pid %u) are in code that "
			  "'/tmp/perf-%u.map' does not name: if the code is newer, write "
			  "the map again at the end of the recording%s",
			  100 * (double)s->unnamed / (double)s->all,
			  strtab_str(g->processes->strings, comm), map.pid, map.inner,
			  command ? command : "");
}

void map_gaps_note(const struct map_gaps *g, struct input_data *run)
{
	size_t n = g->processes->spaces.items.n, noted = 0;
	struct space_samples *spaces = mem_new(n, sizeof(*spaces));

	count(g, run, spaces);
	for (space_id i = 0; i < n && noted < NOTES_MOST; i++) {
		const struct space_samples *s = &spaces[i];

		if (s->unnamed < GAP_LEAST || s->unnamed < s->all / GAP_SHARE)
			continue;
		vec_push(&run->notes, note_of(g, i, s));
		noted++;
	}
	mem_free(spaces);
}
