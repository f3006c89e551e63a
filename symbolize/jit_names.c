#include "symbolize/jit_names.h"

#include "base/scoped.h"
#include "symbolize/demangle.h"
#include "symbolize/dso_label.h"
#include "symbolize/source_jitdump.h"
#include "symbolize/source_perf_map.h"

#include <unistd.h>

enum {
	FORKS_MAX = 16,		 /* that are gone back */
	FUNCTIONS_MAX = 2 << 20, /* of all together; what comes then is not read */
};

/* What the keeper has of an image. */
struct source {
	bool is_asked, map_asked;
	jit_image parent;
	struct jit_code_table *dump, *map; /* NULL: none */
};

/* What ran in a space. */
struct program {
	uint32_t pid;
	bool is_asked;
	jit_image image;
	uint64_t since;
	const struct jit_code_table *carried; /* by the recording: no other is asked */
};

/* A function that was found in a space. */
struct found {
	space_id space;
	const struct jit_function *code;
	str_id object;
	frame_id frame;
};

struct jit_names {
	struct jit_keeper *keeper;
	struct dso_table *dsos;
	struct frame_table *frames;
	bool has_times;
	VEC(struct program) programs; /* by space_id */
	VEC(struct source) sources;   /* by jit_image */
	size_t functions;
	struct hashmap found_by_hash;
	VEC(struct found) found;
};

static void find_carried(struct jit_names *j, const struct process_table *processes)
{
	const struct dso_made *made;

	vec_each(made, &j->dsos->made) {
		space_id space = process_space(processes, made->pid, made->since);
		struct program *program =
			space == SPACE_NONE ? NULL : &j->programs.items[space];

		if (program && program->pid == made->pid && program->since == made->since)
			program->carried = made->codes;
	}
}

struct jit_names *jit_names_new(struct jit_keeper *keeper,
				const struct process_table *processes,
				struct dso_table *dsos, struct frame_table *frames,
				bool has_times)
{
	struct jit_names *j = mem_new(1, sizeof(*j));
	const struct process *p;
	const struct space_since *s;

	*j = (struct jit_names){
		.keeper = keeper, .dsos = dsos, .frames = frames, .has_times = has_times};
	while (j->programs.n < processes->spaces.items.n)
		vec_add(&j->programs);
	vec_each(p, &processes->processes)
		vec_each(s, &p->spaces) {
			j->programs.items[s->space].pid = p->pid;
			j->programs.items[s->space].since = s->from;
		}
	find_carried(j, processes);
	return j;
}

void jit_names_free(struct jit_names **at)
{
	struct jit_names *j = *at;
	struct source *source;

	if (!j)
		return;
	vec_each(source, &j->sources) {
		jit_code_table_free(&source->dump);
		jit_code_table_free(&source->map);
	}
	vec_release(&j->programs);
	vec_release(&j->sources);
	hashmap_release(&j->found_by_hash);
	vec_release(&j->found);
	mem_free(j);
	*at = NULL;
}

static struct program *program_of(struct jit_names *j, space_id space)
{
	struct program *program = &j->programs.items[space];

	if (!program->is_asked && !program->carried)
		program->image = jit_keeper_find(j->keeper, program->pid, program->since);
	program->is_asked = true;
	return program;
}

/* The table of a file, which is closed. */
static struct jit_code_table *load(struct jit_names *j, int fd, bool is_dump)
{
	struct jit_code_table *t;
	struct error ignored;

	if (fd < 0)
		return NULL;
	t = jit_code_table_new();
	if (j->functions < FUNCTIONS_MAX) {
		if (is_dump)
			source_jitdump_load(t, fd, j->has_times, &ignored);
		else
			source_perf_map_load(t, fd, &ignored);
	}
	close(fd);
	jit_code_table_finish(t, true);
	j->functions += t->items.n;
	return t;
}

/* With its jitdump; the map is only read when it is needed. Valid until the next call. */
static struct source *source_of(struct jit_names *j, jit_image image)
{
	struct source *source;

	while (j->sources.n <= image)
		vec_add(&j->sources);
	source = &j->sources.items[image];
	if (!source->is_asked) {
		source->is_asked = true;
		source->parent = jit_keeper_parent(j->keeper, image);
		source->dump = load(j, jit_keeper_dump(j->keeper, image), true);
	}
	return source;
}

static void mark(struct space_table *spaces, space_id space,
		 const struct jit_code_table *t)
{
	if (t)
		space_changed(spaces, space, t->changes.items, t->changes.n);
}

void jit_names_mark_changes(struct jit_names *j, struct space_table *spaces)
{
	for (space_id space = 0; space < j->programs.n; space++) {
		const struct program *program = program_of(j, space);
		jit_image image = program->carried ? JIT_NONE : program->image;

		mark(spaces, space, program->carried);
		/* There are no times in maps. */
		for (int forks = 0; image != JIT_NONE && forks < FORKS_MAX; forks++) {
			const struct source *source = source_of(j, image);

			mark(spaces, space, source->dump);
			image = source->parent;
		}
	}
}

/* The map of an image; NULL: none. */
static const struct jit_code_table *map_of(struct jit_names *j, jit_image image)
{
	struct source *source = source_of(j, image);

	if (!source->map_asked) {
		source->map_asked = true;
		source->map = load(j, jit_keeper_map(j->keeper, image), false);
	}
	return source->map;
}

bool jit_names_only_map(struct jit_names *j, space_id space, struct jit_map *map)
{
	const struct program *program = program_of(j, space);
	jit_image image = program->carried ? JIT_NONE : program->image;
	bool has_map = false;

	for (int forks = 0; image != JIT_NONE && forks < FORKS_MAX; forks++) {
		if (source_of(j, image)->dump)
			return false;
		if (!has_map && map_of(j, image)) {
			has_map = true;
			*map = (struct jit_map){program->pid,
						jit_keeper_inner_pid(j->keeper, image)};
		}
		image = source_of(j, image)->parent;
	}
	return has_map;
}

static const struct jit_function *find_in(struct jit_names *j, jit_image image,
					  uint64_t addr, uint64_t time)
{
	const struct jit_code_table *dump = source_of(j, image)->dump, *map;
	const struct jit_function *code =
		dump ? jit_code_table_find(dump, addr, time) : NULL;

	if (code)
		return code;
	map = map_of(j, image);
	return map ? jit_code_table_find(map, addr, time) : NULL;
}

static const struct jit_function *find(struct jit_names *j, space_id space, uint64_t addr,
				       uint64_t time)
{
	const struct program *program = program_of(j, space);
	const struct jit_function *code = NULL;
	jit_image image = program->image;

	if (program->carried)
		return jit_code_table_find(program->carried, addr, time);
	for (int forks = 0; image != JIT_NONE && !code && forks < FORKS_MAX; forks++) {
		code = find_in(j, image, addr, time);
		image = source_of(j, image)->parent;
	}
	return code;
}

static frame_id make_frame(struct jit_names *j, const struct jit_function *code,
			   str_id object)
{
	scoped(mem_release) char *readable = demangle(code->name);
	struct frame f = {
		.name = strtab_add(j->frames->strings, readable ? readable : code->name),
		.object = object,
		.kind = FRAME_JIT,
	};

	return frame_add(j->frames, &f);
}

/* What the memory is called that the mapping is of. */
static str_id object_of(struct jit_names *j, const struct mapping *m)
{
	char text[DSO_LABEL_MAX];
	const struct dso *dso;

	if (!m)
		return 0;
	dso = dso_at(j->dsos, m->dso);
	return strtab_add(j->frames->strings,
			  dso_label_object(dso->kind,
					   strtab_str(j->dsos->strings, dso->path),
					   text));
}

static frame_id remember(struct jit_names *j, space_id space,
			 const struct jit_function *code, str_id object)
{
	uint64_t hash = hash_u64((uintptr_t)code, (uint64_t)space << 32 | object);
	struct hashmap_probe probe;
	struct found *found;
	uint32_t i;

	for (i = hashmap_first(&probe, &j->found_by_hash, hash); i != HASHMAP_NONE;
	     i = hashmap_next(&probe)) {
		found = &j->found.items[i];
		if (found->code == code && found->space == space &&
		    found->object == object)
			return found->frame;
	}
	hashmap_put(&j->found_by_hash, hash, (uint32_t)j->found.n);
	found = vec_add(&j->found);
	*found = (struct found){space, code, object, make_frame(j, code, object)};
	return found->frame;
}

bool jit_names_may_be_in(const struct jit_names *j, const struct mapping *m)
{
	const struct dso *dso = dso_at(j->dsos, m->dso);

	return jit_keeper_may_be_code(strtab_str(j->dsos->strings, dso->path));
}

/* Whether code that was made may lie there, and has not been looked for already when the
 * recording was taken. */
static bool may_be_there(const struct jit_names *j, const struct program *program,
			 const struct mapping *m)
{
	if (!m)
		return true;
	return (program->carried || !dso_at(j->dsos, m->dso)->resolved) &&
	       jit_names_may_be_in(j, m);
}

bool jit_names_look_up(struct jit_names *j, space_id space, const struct mapping *m,
		       uint64_t addr, bool is_return, uint64_t time, frame_id *frame)
{
	const struct jit_function *code;

	if (space == SPACE_NONE || !may_be_there(j, &j->programs.items[space], m))
		return false;
	code = find(j, space, addr - is_return, time);
	if (code)
		*frame = remember(j, space, code, object_of(j, m));
	return code;
}

void jit_names_store(struct jit_names *j)
{
	struct jit_code_table **by_space =
		mem_new(j->programs.n, sizeof(*by_space)); /* that are new */
	const struct found *found;

	vec_each(found, &j->found) {
		const struct program *program = &j->programs.items[found->space];
		const struct jit_function *code = found->code;
		struct jit_function *copy;

		if (program->carried)
			continue;
		if (!by_space[found->space]) {
			by_space[found->space] = jit_code_table_new();
			vec_push(&j->dsos->made,
				 ((struct dso_made){program->pid, program->since,
						    by_space[found->space]}));
		}
		copy = jit_code_table_add(by_space[found->space], code->start, code->end,
					  code->from, code->name, strlen(code->name));
		copy->until = code->until;
	}
	for (size_t i = 0; i < j->programs.n; i++)
		if (by_space[i])
			jit_code_table_finish(by_space[i], false);
	mem_free(by_space);
}
