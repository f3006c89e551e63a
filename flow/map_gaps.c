#include "flow/map_gaps.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <string.h>

enum {
	UNNAMED_MIN = 10,   /* samples without a name */
	UNNAMED_SHARE = 20, /* a note needs one sample without a name in this many */
	NOTES_MAX = 10,
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

/* Whether an address has a name. A memfd may hold a program, which has symbols. */
static bool addr_has_name(const struct map_gaps *g, struct input_data *data,
			  const struct mapping *m, const struct callchain *chain,
			  uint64_t addr, bool is_return)
{
	scoped(frames_release) struct frame_list frames = {0};
	frame_id frame;

	if (jit_names_look_up(g->jit, chain->space, m, addr, is_return, chain->time,
			      &frame))
		return true;
	if (dso_at(g->processes->dsos, m->dso)->kind == DSO_ANON)
		return false;
	symbolizer_look_up(g->symbolizer, m, addr, is_return, SPACE_USER, &frames);
	return frame_at(&data->profile.frames, frames.items.items[0])->kind !=
	       FRAME_UNKNOWN;
}

static bool chain_is_in_unnamed_code(const struct map_gaps *g, struct input_data *data,
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
			return !addr_has_name(g, data, m, chain, addr, is_return);
		is_return = true;
	}
	return false;
}

static void spaces_count(const struct map_gaps *g, struct input_data *data,
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
		if (chain_is_in_unnamed_code(g, data, chain)) {
			s->unnamed += chain->count;
			s->time = chain->time;
		}
	}
}

/* A JVM writes its map only on request. */
static bool space_is_jvm(const struct map_gaps *g, space_id space)
{
	static const char library[] = "/libjvm.so";
	const struct space_table *spaces = &g->processes->spaces;
	const struct mapping_node *node = space_next(spaces, space, 0);

	for (; node; node = space_next(spaces, space, node->end)) {
		const struct dso *dso = dso_at(g->processes->dsos, node->map.dso);
		const char *path = strtab_str(g->processes->strings, dso->path);
		size_t len = strlen(path);

		if (len >= sizeof(library) - 1 &&
		    strcmp(path + len - (sizeof(library) - 1), library) == 0)
			return true;
	}
	return false;
}

static char *note_make(const struct map_gaps *g, space_id space,
		       const struct space_samples *s)
{
	scoped(mem_release) char *command = NULL;
	struct jit_map map = {0};
	str_id comm;

	jit_names_only_map(g->jit, space, &map);
	comm = process_comm(g->processes, map.pid, map.pid, s->time);
	if (space_is_jvm(g, space))
		command = mem_format(" (jcmd %u Compiler.perfmap)", map.pid);
	return mem_format("%.0f %% of the samples of '%s' (pid %u) are in code that is "
			  "not in '/tmp/perf-%u.map': if the code is newer, write the "
			  "map again at the end of the recording%s",
			  100 * (double)s->unnamed / (double)s->all,
			  strtab_str(g->processes->strings, comm), map.pid, map.inner,
			  command ? command : "");
}

void map_gaps_note(const struct map_gaps *g, struct input_data *data)
{
	size_t n = g->processes->spaces.items.n, n_notes = 0;
	struct space_samples *spaces = mem_new(n, sizeof(*spaces));

	spaces_count(g, data, spaces);
	for (space_id i = 0; i < n && n_notes < NOTES_MAX; i++) {
		const struct space_samples *s = &spaces[i];

		if (s->unnamed < UNNAMED_MIN || s->unnamed < s->all / UNNAMED_SHARE)
			continue;
		vec_push(&data->notes, note_make(g, i, s));
		n_notes++;
	}
	mem_free(spaces);
}
