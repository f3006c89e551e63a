#include "fold/perf_script.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/strtab.h"
#include "fold/fold.h"
#include "fold/perf_script_line.h"
#include "fold/tidy.h"
#include "model/dso.h"

#include <assert.h>
#include <string.h>

/* The frames of one name and module, as both stand in the text: the same text gives
 * the same frames. */
struct cached_frames {
	str_id name, module; /* in 'texts' */
	bool is_java;
	uint32_t first, n; /* in 'cached_ids', innermost last */
};

struct parser {
	struct profile *p;
	const struct text_read_options *options;
	struct text_read_result *result;
	struct strtab texts; /* names and modules as they stand in the text */
	struct hashmap cache_by_text;
	VEC(struct cached_frames) cache;
	VEC(frame_id) cached_ids;
	enum { OUTSIDE, IN_SAMPLE, IN_SKIPPED_SAMPLE } state;
	/* The sample that is being read. */
	frame_id process;
	VEC(frame_id) stack; /* innermost first */
	uint64_t period;
	size_t sample_line; /* number of the sample's event line */
	bool is_java;
	struct fold_path path;
	size_t line_number;
};

static void parser_release(struct parser *ps)
{
	strtab_release(&ps->texts);
	hashmap_release(&ps->cache_by_text);
	vec_release(&ps->cache);
	vec_release(&ps->cached_ids);
	vec_release(&ps->stack);
	fold_path_release(&ps->path);
}

/* The text after the last '/'. */
static struct span base_name(struct span path)
{
	struct span base = path;

	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] == '/')
			base = (struct span){path.at + i + 1, path.len - i - 1};
	return base;
}

static bool contains(struct span s, const char *text)
{
	return memmem(s.at, s.len, text, strlen(text));
}

static enum frame_kind kind_of(struct span name, struct span module)
{
	struct span base = base_name(module);

	if ((span_starts(module, "[") || span_starts(base, "vmlinux")) &&
	    !contains(module, "unknown"))
		return FRAME_KERNEL;
	if (span_ends(base, ".ko"))
		return FRAME_MODULE;
	if ((span_starts(module, "/tmp/perf-") && span_ends(module, ".map")) ||
	    (span_starts(base, "jitted-") && span_ends(base, ".so")))
		return FRAME_JIT;
	if (span_equals(name, "[unknown]"))
		return FRAME_UNKNOWN;
	return contains(base, ".so") ? FRAME_LIBRARY : FRAME_USER;
}

static str_id add_tidy_name(const struct parser *ps, struct span name)
{
	char *text = mem_new(name.len + 1, 1);
	const struct tidy_options options = {.java = ps->is_java,
					     .rust = !ps->options->exact};
	size_t len = tidy_name(text, name.at, name.len, &options);
	str_id id = strtab_add_len(&ps->p->strings, text, len);

	mem_free(text);
	return id;
}

/* The name of a frame without a symbol: its module. */
static str_id add_unknown_name(const struct parser *ps, const struct frame_line *f)
{
	char module[4096];
	const char *base;
	char *text;
	str_id id;

	if (f->module.len >= sizeof(module) || span_equals(f->module, "[unknown]"))
		base = "unknown";
	else {
		memcpy(module, f->module.at, f->module.len);
		module[f->module.len] = '\0';
		base = strrchr(module, '/') ? strrchr(module, '/') + 1 : module;
	}
	text = ps->options->addrs
		       ? mem_format("[%s <%.*s>]", base, (int)f->addr.len, f->addr.at)
		       : mem_format("[%s]", base);
	id = add_tidy_name(ps, (struct span){text, strlen(text)});
	mem_free(text);
	return id;
}

/* Appends the frames of one line to 'cached_ids'. "a->b" is b, inlined into a. */
static void make_frames(struct parser *ps, const struct frame_line *f)
{
	struct span rest = f->name, part;
	struct frame frame = {.kind = (uint8_t)kind_of(f->name, f->module)};
	char *module = mem_str(f->module.at, f->module.len);

	if (strcmp(module, "[unknown]") != 0)
		frame.object = strtab_add(&ps->p->strings, dso_short_name(module));
	mem_free(module);
	while (rest.len) {
		const char *arrow = memmem(rest.at, rest.len, "->", 2);

		part = rest;
		if (arrow)
			part.len = (size_t)(arrow - rest.at);
		rest.at += part.len + (arrow ? 2 : 0);
		rest.len -= part.len + (arrow ? 2 : 0);
		frame.name = span_equals(part, "[unknown]") ? add_unknown_name(ps, f)
							    : add_tidy_name(ps, part);
		vec_push(&ps->cached_ids, frame_add(&ps->p->frames, &frame));
		frame.is_inlined = true;
	}
}

/* The cached frames of a line, added if they are new. */
static struct cached_frames frames_of(struct parser *ps, const struct frame_line *f)
{
	struct cached_frames like = {
		.name = strtab_add_len(&ps->texts, f->name.at, f->name.len),
		.module = strtab_add_len(&ps->texts, f->module.at, f->module.len),
		.is_java = ps->is_java,
		.first = narrow_u32(ps->cached_ids.n),
	};
	uint64_t hash = hash_u64((uint64_t)like.name << 32 | like.module, like.is_java);
	const struct cached_frames *cache = ps->cache.items;
	uint32_t i = hashmap_find(&ps->cache_by_text, hash, v,
				  cache[v].name == like.name &&
					  cache[v].module == like.module &&
					  cache[v].is_java == like.is_java);

	if (i != HASHMAP_NONE)
		return cache[i];
	make_frames(ps, f);
	like.n = narrow_u32(ps->cached_ids.n) - like.first;
	/* A name with the address in it belongs to this line only. */
	if (!(ps->options->addrs && contains(f->name, "[unknown]")))
		hashmap_put(&ps->cache_by_text, hash, narrow_u32(ps->cache.n));
	vec_push(&ps->cache, like);
	return like;
}

static void push_frame(struct parser *ps, struct frame_line f)
{
	struct cached_frames frames;

	f.name = perf_script_without_offset(f.name);
	/* As stackcollapse-perf.pl: "([unknown])" and its like are no functions. */
	if (span_starts(f.name, "("))
		return;
	frames = frames_of(ps, &f);
	for (uint32_t i = frames.n; i--;)
		vec_push(&ps->stack, ps->cached_ids.items[frames.first + i]);
}

static void end_sample(struct parser *ps)
{
	if (ps->state == IN_SAMPLE) {
		struct fold_stack stack = {.roots = &ps->process,
					   .n_roots = 1,
					   .frames = ps->stack.items,
					   .n = ps->stack.n,
					   .count = 1,
					   .weight = ps->period};

		fold_add(ps->p, &ps->path, &stack);
		if (ps->p->has_overflow && !ps->result->overflow_line)
			ps->result->overflow_line = ps->sample_line;
	}
	ps->stack.n = 0;
	ps->state = OUTSIDE;
}

/* Whether to read samples of this event. Without an option the first event of the text
 * decides. */
static bool wants_event(struct parser *ps, struct span event)
{
	struct text_read_result *r = ps->result;

	if (!event.len)
		return true;
	if (event.len >= sizeof(r->event))
		event.len = sizeof(r->event) - 1;
	if (!*r->event)
		memcpy(r->event, event.at, event.len);
	if (span_equals(event, r->event))
		return true;
	r->has_other_events = true;
	return false;
}

/* The name of the process of a sample; mem_free() frees it. */
static char *process_name(const struct parser *ps, const struct event_line *e)
{
	int comm = (int)e->comm.len, pid = (int)e->pid.len, tid = (int)e->tid.len;

	if (ps->options->tid)
		return mem_format("%.*s-%.*s/%.*s", comm, e->comm.at, pid, e->pid.at, tid,
				  e->tid.at);
	if (ps->options->pid)
		return mem_format("%.*s-%.*s", comm, e->comm.at, pid, e->pid.at);
	return mem_str(e->comm.at, e->comm.len);
}

static void begin_sample(struct parser *ps, const struct event_line *e)
{
	char *name;

	end_sample(ps);
	/* A frame on the event line comes from a view of single addresses. Its events
	 * differ only by their modifiers. */
	if (!e->frame.len && !wants_event(ps, e->event)) {
		ps->state = IN_SKIPPED_SAMPLE;
		return;
	}
	name = process_name(ps, e);
	ps->process = fold_root(ps->p, name);
	ps->is_java = strncmp(name, "java", 4) == 0;
	mem_free(name);
	ps->period = e->period;
	ps->sample_line = ps->line_number;
	if (e->has_huge_period && !ps->result->overflow_line)
		ps->result->overflow_line = ps->line_number;
	ps->state = IN_SAMPLE;
}

/* A sample on one line: event and frame. */
static void read_single_frame(struct parser *ps, const struct event_line *e)
{
	struct frame_line f;

	assert(ps->state == IN_SAMPLE); /* with a frame, every event is wanted */
	if (perf_script_split_frame(e->frame, &f))
		push_frame(ps, f);
	end_sample(ps);
}

static void count_bad_line(struct parser *ps)
{
	if (!ps->result->bad_lines++)
		ps->result->first_bad_line = ps->line_number;
}

static void read_line(struct parser *ps, struct span line)
{
	struct event_line e;
	struct frame_line f;

	if (span_is_blank(line)) {
		end_sample(ps);
		return;
	}
	/* Inside a sample only frames are indented. */
	if ((!span_is_indented(line) || ps->state == OUTSIDE) &&
	    perf_script_split_event(line, &e) &&
	    (!span_is_indented(line) || e.event.len)) {
		begin_sample(ps, &e);
		if (e.frame.len)
			read_single_frame(ps, &e);
		return;
	}
	if (ps->state == OUTSIDE || !perf_script_split_frame(line, &f))
		count_bad_line(ps);
	else if (ps->state == IN_SAMPLE)
		push_frame(ps, f);
}

void perf_script_read(struct profile *p, const char *text, size_t size,
		      const struct text_read_options *options,
		      struct text_read_result *result)
{
	struct parser ps = {.p = p, .options = options, .result = result};
	const char *end = text + size;
	struct span line;

	assert(options);
	*result = (struct text_read_result){0};
	if (options->event)
		strncpy(result->event, options->event, sizeof(result->event) - 1);
	strtab_init(&ps.texts);
	while (!result->overflow_line && perf_script_next_line(&text, end, &line)) {
		ps.line_number++;
		if (!span_starts(line, "#"))
			read_line(&ps, line);
	}
	if (!options->exact)
		end_sample(&ps);
	parser_release(&ps);
}

bool perf_script_knows(const char *text, size_t size)
{
	const char *end = text + size;
	struct event_line e;
	struct frame_line f;
	struct span line;

	while (perf_script_next_line(&text, end, &line)) {
		if (span_is_blank(line) || span_starts(line, "#"))
			continue;
		if (!perf_script_split_event(line, &e))
			return false;
		if (e.frame.len)
			return perf_script_split_frame(e.frame, &f);
		/* A frame, or nothing at all, follows an event line. */
		return perf_script_next_line(&text, end, &line) &&
		       (span_is_blank(line) || perf_script_split_frame(line, &f));
	}
	return false;
}

const struct text_format perf_script_format = {
	.name = "perf-script",
	.line_name = "line of perf script",
	.knows = perf_script_knows,
	.read = perf_script_read,
};
