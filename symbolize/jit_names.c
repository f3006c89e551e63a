#include "symbolize/jit_names.h"

#include "base/fd.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "symbolize/demangle.h"
#include "symbolize/dso_label.h"
#include "symbolize/jit_process.h"
#include "symbolize/source_jitdump.h"
#include "symbolize/source_perf_map.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FORKS_MAX = 16, /* parents of parents that are searched */
	FUNCTIONS_MAX =
		2 << 20, /* of all tables together; files after that are not read */
};

/* A file that a program writes about its JIT code. A new one is a module with such a
 * reader, and one row. */
struct jit_source {
	const char *name;
	bool has_times; /* each function has the time from which on it existed */

	/* Opens the file of an image. Returns a descriptor, or -1 if there is none. */
	int (*open)(struct jit_keeper *k, jit_image image);

	/* Adds the functions of the file 'fd' to 't'. Without 'has_times' all
	 * functions exist from time 0. Returns -1 if 'fd' is no such file. */
	int (*load)(struct jit_code_table *t, int fd, bool has_times, struct error *err);
};

/* The most trusted first. */
static const struct jit_source jit_sources[] = {
	{"jitdump", true, jit_keeper_dump, source_jitdump_load},
	{"perf map", false, jit_keeper_map, source_perf_map_load},
};

/* The tables of an image. */
struct image_tables {
	bool has_parent; /* 'parent' is set */
	jit_image parent;
	bool is_read[array_size(jit_sources)];
	struct jit_code_table *tables[array_size(jit_sources)]; /* NULL: none */
	bool is_forbidden; /* one of the files killed a process, or its names did */
};

/* The program that ran in a space. */
struct program {
	uint32_t pid;
	bool has_image; /* 'image' is set */
	jit_image image;
	uint64_t since;
	const struct jit_code_table *recorded; /* if not NULL, the only source */
};

/* A function that was looked up in a space, and its frame. */
struct used_function {
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
	VEC(struct program) programs;	 /* by space_id */
	VEC(struct image_tables) images; /* by jit_image */
	size_t functions;		 /* of all tables */
	struct budget_part memory;	 /* likewise */
	size_t n_skipped;		 /* files that were not read */
	struct file_marks *marks;	 /* the caller's, NULL: none */
	size_t n_truncated;		 /* files that were truncated meanwhile */
	struct hashmap used_by_hash;
	VEC(struct used_function) used;
};

/* Links each program with the functions that the recording has of it. */
static void link_recorded(struct jit_names *j, const struct process_table *processes)
{
	const struct dso_made *made;

	vec_each(made, &j->dsos->made) {
		space_id space = process_space(processes, made->pid, made->since);
		struct program *program =
			space == SPACE_NONE ? NULL : &j->programs.items[space];

		if (program && program->pid == made->pid && program->since == made->since)
			program->recorded = made->codes;
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
	link_recorded(j, processes);
	return j;
}

void jit_names_limit(struct jit_names *j, struct budget *memory, struct file_marks *marks)
{
	j->memory.from = memory;
	j->marks = marks;
}

size_t jit_names_skipped(const struct jit_names *j)
{
	return j->n_skipped;
}

size_t jit_names_truncated(const struct jit_names *j)
{
	return j->n_truncated;
}

void jit_names_free(struct jit_names **at)
{
	struct jit_names *j = *at;
	struct image_tables *image;

	if (!j)
		return;
	vec_each(image, &j->images)
		for (size_t i = 0; i < array_size(image->tables); i++)
			jit_code_table_free(&image->tables[i]);
	vec_release(&j->programs);
	vec_release(&j->images);
	hashmap_release(&j->used_by_hash);
	vec_release(&j->used);
	budget_return(&j->memory);
	mem_free(j);
	*at = NULL;
}

static struct program *program_of(struct jit_names *j, space_id space)
{
	struct program *program;

	assert(space < j->programs.n);
	program = &j->programs.items[space];
	if (!program->has_image && !program->recorded)
		program->image = jit_keeper_find(j->keeper, program->pid, program->since);
	program->has_image = true;
	return program;
}

/* The image to begin a search with, JIT_NONE if no file may be read. */
static jit_image first_image(struct jit_names *j, space_id space)
{
	const struct program *program = program_of(j, space);

	return program->recorded ? JIT_NONE : program->image;
}

/* Valid until the next call. */
static struct image_tables *image_at(struct jit_names *j, jit_image id)
{
	struct image_tables *image;

	while (j->images.n <= id)
		vec_add(&j->images);
	image = &j->images.items[id];
	if (!image->has_parent) {
		image->has_parent = true;
		image->parent = jit_keeper_parent(j->keeper, id);
	}
	return image;
}

static jit_image parent_of(struct jit_names *j, jit_image image)
{
	return image_at(j, image)->parent;
}

/* Equal in all processes that are forked from one, and of no dso. */
static uint64_t mark_key(jit_image image)
{
	return hash_bytes("JIT code", strlen("JIT code"), image) | 1;
}

/* The usual name of a file about JIT code, for messages and frames. */
static void file_name(struct jit_names *j, jit_image image, bool is_dump, char name[64])
{
	snprintf(name, 64, is_dump ? "jit-%u.dump" : "perf-%u.map",
		 jit_keeper_inner_pid(j->keeper, image));
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_size;
}

/* Reads a file. It may grow meanwhile, but of a file that got shorter the functions may
 * be of two programs. */
static struct jit_code_table *table_load(struct jit_names *j, int fd,
					 const struct jit_source *source)
{
	struct jit_code_table *t = jit_code_table_new();
	off_t size = size_of(fd);
	struct error ignored;
	bool is_whole;

	if (j->functions < FUNCTIONS_MAX && !j->memory.was_refused)
		source->load(t, fd, j->has_times, &ignored);
	else
		j->n_skipped++;
	jit_code_table_finish(t, true);
	is_whole = size_of(fd) >= size;
	j->n_truncated += !is_whole;
	j->functions += t->items.n;
	if (is_whole && budget_take(&j->memory, jit_code_table_memory(t)))
		return t;
	j->n_skipped += is_whole;
	jit_code_table_free(&t);
	return NULL;
}

static struct jit_code_table *table_open(struct jit_names *j, jit_image id,
					 const struct jit_source *source)
{
	scoped(fd_close) int fd = source->open(j->keeper, id);
	struct jit_code_table *t;
	uint32_t mark = 0;
	char name[64];

	if (fd < 0)
		return NULL;
	file_name(j, id, source->has_times, name);
	if (file_marks_forbids(j->marks, mark_key(id))) {
		image_at(j, id)->is_forbidden = true;
		return NULL;
	}
	mark = file_marks_begin(j->marks, mark_key(id), name);
	t = table_load(j, fd, source);
	file_marks_end(j->marks, mark);
	return t;
}

/* The table of an image from one source, which is read when it is first needed. NULL:
 * none. */
static const struct jit_code_table *table_of(struct jit_names *j, jit_image id,
					     size_t source)
{
	struct image_tables *image = image_at(j, id);

	if (!image->is_read[source]) {
		image->is_read[source] = true;
		image->tables[source] = table_open(j, id, &jit_sources[source]);
	}
	return image->tables[source];
}

static void mark_changes(struct space_table *spaces, space_id space,
			 const struct jit_code_table *t)
{
	if (t)
		space_changed(spaces, space, t->changes.items, t->changes.n);
}

void jit_names_mark_changes(struct jit_names *j, struct space_table *spaces)
{
	/* The newest programs first: memory may not suffice for all. */
	for (space_id space = narrow_u32(j->programs.n); space-- > 0;) {
		jit_image image = first_image(j, space);

		mark_changes(spaces, space, j->programs.items[space].recorded);
		for (int forks = 0; image != JIT_NONE && forks < FORKS_MAX; forks++) {
			for (size_t i = 0; i < array_size(jit_sources); i++)
				if (jit_sources[i].has_times)
					mark_changes(spaces, space,
						     table_of(j, image, i));
			image = parent_of(j, image);
		}
	}
}

bool jit_names_only_map(struct jit_names *j, space_id space, struct jit_map *map)
{
	jit_image image = first_image(j, space);
	bool has_map = false;

	for (int forks = 0; image != JIT_NONE && forks < FORKS_MAX; forks++) {
		for (size_t i = 0; i < array_size(jit_sources); i++) {
			/* Once a map is found, the maps of parents need not be read. */
			if ((has_map && !jit_sources[i].has_times) ||
			    !table_of(j, image, i))
				continue;
			if (jit_sources[i].has_times)
				return false;
			has_map = true;
			*map = (struct jit_map){j->programs.items[space].pid,
						jit_keeper_inner_pid(j->keeper, image)};
		}
		image = parent_of(j, image);
	}
	return has_map;
}

static const struct jit_function *function_in_image(struct jit_names *j, jit_image image,
						    uint64_t addr, uint64_t time)
{
	const struct jit_function *code = NULL;

	for (size_t i = 0; i < array_size(jit_sources) && !code; i++) {
		const struct jit_code_table *t = table_of(j, image, i);

		code = t ? jit_code_table_find(t, addr, time) : NULL;
	}
	return code;
}

/* The function at 'addr' at 'time': of the program itself, else of the programs that
 * it was forked from. */
static const struct jit_function *function_find(struct jit_names *j, space_id space,
						uint64_t addr, uint64_t time)
{
	const struct program *program = program_of(j, space);
	const struct jit_function *code = NULL;
	jit_image image = program->image;

	if (program->recorded)
		return jit_code_table_find(program->recorded, addr, time);
	for (int forks = 0; image != JIT_NONE && !code && forks < FORKS_MAX; forks++) {
		code = function_in_image(j, image, addr, time);
		image = parent_of(j, image);
	}
	return code;
}

/* Names that killed a process are not made readable. */
static char *name_make_readable(struct jit_names *j, space_id space, const char *name)
{
	const struct program *program = program_of(j, space);
	jit_image image = program->recorded ? JIT_NONE - 1 - space : program->image;
	char *readable, text[64] = "names of JIT code";
	uint32_t mark;

	if (file_marks_forbids(j->marks, mark_key(image)))
		return NULL;
	if (!program->recorded && image != JIT_NONE)
		file_name(j, image, false, text);
	mark = file_marks_begin(j->marks, mark_key(image), text);
	readable = demangle(name);
	file_marks_end(j->marks, mark);
	return readable;
}

static frame_id make_frame(struct jit_names *j, space_id space,
			   const struct jit_function *code, str_id object)
{
	scoped(mem_release) char *readable = name_make_readable(j, space, code->name);
	struct frame f = {
		.name = strtab_add(j->frames->strings, readable ? readable : code->name),
		.object = object,
		.kind = FRAME_JIT,
	};

	return frame_add(j->frames, &f);
}

/* The object of a mapping, as frames have it. */
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

/* The frame of a function, which is now in use: jit_names_store() will store it. */
static frame_id use_function(struct jit_names *j, space_id space,
			     const struct jit_function *code, str_id object)
{
	uint64_t hash = hash_u64((uintptr_t)code, (uint64_t)space << 32 | object);
	struct used_function *used = j->used.items;
	uint32_t i = hashmap_find(&j->used_by_hash, hash, v,
				  used[v].code == code && used[v].space == space &&
					  used[v].object == object);

	if (i != HASHMAP_NONE)
		return used[i].frame;
	hashmap_put(&j->used_by_hash, hash, narrow_u32(j->used.n));
	used = vec_add(&j->used);
	*used = (struct used_function){space, code, object,
				       make_frame(j, space, code, object)};
	return used->frame;
}

bool jit_names_may_be_in(const struct jit_names *j, const struct mapping *m)
{
	const struct dso *dso = dso_at(j->dsos, m->dso);

	return jit_process_may_have(strtab_str(j->dsos->strings, dso->path));
}

/* Whether to search for JIT code in a mapping. A recorded dso that is resolved but
 * without JIT code was searched when the recording was taken. */
static bool may_have_code(const struct jit_names *j, const struct program *program,
			  const struct mapping *m)
{
	if (!m)
		return true;
	return (program->recorded || !dso_at(j->dsos, m->dso)->resolved) &&
	       jit_names_may_be_in(j, m);
}

/* A frame of code in a file that must not be read. Returns false if there is none. */
static bool unreadable_find(struct jit_names *j, space_id space, str_id object,
			    frame_id *frame)
{
	jit_image image = first_image(j, space);
	struct frame f = {.object = object, .kind = FRAME_JIT};
	char text[64];

	for (int forks = 0; image != JIT_NONE && forks < FORKS_MAX; forks++) {
		if (image_at(j, image)->is_forbidden) {
			snprintf(text, sizeof(text), "[unreadable perf-%u.map]",
				 jit_keeper_inner_pid(j->keeper, image));
			f.name = strtab_add(j->frames->strings, text);
			*frame = frame_add(j->frames, &f);
			return true;
		}
		image = parent_of(j, image);
	}
	return false;
}

bool jit_names_look_up(struct jit_names *j, space_id space, const struct mapping *m,
		       uint64_t addr, bool is_return, uint64_t time, frame_id *frame)
{
	const struct jit_function *code;

	if (space == SPACE_NONE || !may_have_code(j, &j->programs.items[space], m))
		return false;
	code = function_find(j, space, addr - is_return, time);
	if (!code)
		return unreadable_find(j, space, object_of(j, m), frame);
	*frame = use_function(j, space, code, object_of(j, m));
	return true;
}

void jit_names_store(struct jit_names *j)
{
	struct jit_code_table **new_tables = /* by space_id, NULL: none */
		mem_new(j->programs.n, sizeof(*new_tables));
	const struct used_function *used;

	vec_each(used, &j->used) {
		const struct program *program = &j->programs.items[used->space];
		const struct jit_function *code = used->code;
		struct jit_code_table **t = &new_tables[used->space];
		struct jit_function *copy;

		if (program->recorded)
			continue;
		if (!*t) {
			*t = jit_code_table_new();
			vec_push(&j->dsos->made,
				 ((struct dso_made){program->pid, program->since, *t}));
		}
		copy = jit_code_table_add(*t, code->start, code->end, code->from,
					  code->name, strlen(code->name));
		copy->until = code->until;
	}
	for (size_t i = 0; i < j->programs.n; i++)
		if (new_tables[i])
			jit_code_table_finish(new_tables[i], false);
	mem_free(new_tables);
}
