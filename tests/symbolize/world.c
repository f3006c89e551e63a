#include "tests/symbolize/world.h"

#include "base/mem.h"
#include "tests/files.h"
#include "tests/test.h"

#include <string.h>

const char world_kallsyms[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000100 T do_work\n"
	"ffffffffc0000200 t nf_in\t[nf_conntrack]\n"
	"ffffffffc0100200 t xt_in\t[x_tables]\n"
	"ffffffffc0800000 t bpf_prog_1_old\t[bpf]\n"
	"ffffffffc0900000 t ftrace_trampoline\t[__builtin__ftrace]\n";

int world_set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));

	temp_dir_make(w->dir);
	file_write(temp_path(w->kallsyms, w->dir, "kallsyms"), world_kallsyms,
		   strlen(world_kallsyms));
	tables_init(&w->t);
	*state = w;
	return 0;
}

int world_tear_down(void **state)
{
	struct world *w = *state;

	temp_dir_remove(w->dir);
	tables_release(&w->t);
	mem_free(w);
	return 0;
}

struct symbolizer *world_symbolizer(struct world *w, bool use_system, bool is_live)
{
	const struct symbolizer_options options = {
		.use_system = use_system, .is_live = is_live, .kallsyms = w->kallsyms};

	return symbolizer_new(&options, &w->t.dsos, &w->t.frames);
}

const struct frame *world_frame(struct world *w, struct symbolizer *s,
				const struct mapping *m, uint64_t addr,
				enum symbolizer_space space)
{
	struct frame_list list = {0};
	frame_id id;

	symbolizer_look_up(s, m, addr, false, space, &list);
	assert_int_equal(list.items.n, 1);
	id = list.items.items[0];
	/* A second time is the same. */
	symbolizer_look_up(s, m, addr + 1, true, space, &list);
	assert_int_equal(list.items.n, 2);
	assert_int_equal(list.items.items[1], id);
	vec_release(&list.items);
	return frame_at(&w->t.frames, id);
}

void world_expect(struct world *w, struct symbolizer *s, const struct mapping *m,
		  uint64_t addr, const char *name, const char *object,
		  enum frame_kind kind)
{
	enum symbolizer_space space = addr >> 63 ? SPACE_KERNEL : SPACE_USER;
	const struct frame *f = world_frame(w, s, m, addr, space);

	assert_string_equal(strtab_str(&w->t.frame_strings, f->name), name);
	assert_string_equal(strtab_str(&w->t.frame_strings, f->object), object);
	assert_int_equal(f->kind, kind);
	assert_false(f->is_inlined);
}

struct mapping world_map(struct world *w, enum dso_kind kind, const char *path,
			 uint64_t addr, uint64_t len)
{
	const struct dso dso = {.kind = kind,
				.path = strtab_add(&w->t.dso_strings, path)};

	return (struct mapping){addr, addr + len, 0, 0, dso_add(&w->t.dsos, &dso)};
}
