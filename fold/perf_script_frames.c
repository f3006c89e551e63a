#include "fold/perf_script_frames.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "fold/tidy.h"
#include "model/dso.h"

#include <assert.h>
#include <string.h>

void script_frames_init(struct script_frames *f, struct profile *p,
			const struct text_read_options *options)
{
	*f = (struct script_frames){.p = p, .options = options};
	strtab_init(&f->texts);
}

void script_frames_release(struct script_frames *f)
{
	strtab_release(&f->texts);
	hashmap_release(&f->cache_by_text);
	vec_release(&f->cache);
	vec_release(&f->cached_ids);
	vec_release(&f->inlined);
	vec_release(&f->stack);
}

/* The text after the last '/'. */
static struct span base_name(struct span path)
{
	const char *slash = memrchr(path.at, '/', path.len);

	if (!slash)
		return path;
	return (struct span){slash + 1, path.len - (size_t)(slash + 1 - path.at)};
}

static bool starts_with_one_of(struct span s, const char *const *starts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_starts(s, starts[i]))
			return true;
	return false;
}

/* Code that the kernel maps into processes. */
static bool is_vdso(struct span module)
{
	static const char *const starts[] = {"[vdso", "[vsyscall", "[vectors",
					     "[sigpage"};

	return starts_with_one_of(module, starts, array_size(starts));
}

/* Code in memory without a file: made at run time. */
static bool is_anonymous(struct span module)
{
	static const char *const starts[] = {"[heap",  "[stack",   "[anon",    "[JIT",
					     "//anon", "[uprobes", "/dev/zero"};

	return starts_with_one_of(module, starts, array_size(starts));
}

static enum frame_kind kind_of(struct span name, struct span module, bool exact)
{
	struct span base = base_name(module);

	if (!exact && is_vdso(module))
		return FRAME_LIBRARY;
	if (!exact && is_anonymous(module))
		return FRAME_JIT;
	if ((span_starts(module, "[") || span_starts(base, "vmlinux")) &&
	    !span_find(module, "unknown"))
		return FRAME_KERNEL;
	if (span_ends(base, ".ko"))
		return FRAME_MODULE;
	if ((span_starts(module, "/tmp/perf-") && span_ends(module, ".map")) ||
	    (span_starts(base, "jitted-") && span_ends(base, ".so")))
		return FRAME_JIT;
	if (span_equals(name, "[unknown]"))
		return FRAME_UNKNOWN;
	return span_find(base, ".so") ? FRAME_LIBRARY : FRAME_USER;
}

static str_id add_readable_name(const struct script_frames *f, struct span name)
{
	scoped(mem_release) char *mangled = mem_str(name.at, name.len);
	scoped(mem_release) char *readable = f->options->demangle(mangled);

	return readable ? strtab_add(&f->p->strings, readable) : 0;
}

static str_id add_tidy_name(const struct script_frames *f, struct span name)
{
	const struct tidy_options options = {.java = f->is_java,
					     .exact = f->options->exact};
	str_id id = 0;
	char *text;
	size_t len;

	if (f->options->demangle && (span_starts(name, "_Z") || span_starts(name, "_R") ||
				     span_starts(name, "_D")))
		id = add_readable_name(f, name);
	if (id)
		return id;
	text = mem_new(name.len + 1, 1);
	len = tidy_name(text, name.at, name.len, &options);
	id = strtab_add_len(&f->p->strings, text, len);
	mem_free(text);
	return id;
}

/* The name of a frame without a symbol: its module. */
static str_id add_unknown_name(const struct script_frames *f,
			       const struct frame_line *line)
{
	char module[4096];
	const char *base;
	char *text;
	str_id id;

	if (line->module.len >= sizeof(module) || span_equals(line->module, "[unknown]"))
		base = "unknown";
	else {
		if (line->module.len)
			memcpy(module, line->module.at, line->module.len);
		module[line->module.len] = '\0';
		base = strrchr(module, '/') ? strrchr(module, '/') + 1 : module;
	}
	text = f->options->addrs ? mem_format("[%s <%.*s>]", base, (int)line->addr.len,
					      line->addr.at)
				 : mem_format("[%s]", base);
	id = add_tidy_name(f, (struct span){text, strlen(text)});
	mem_free(text);
	return id;
}

/* Appends the frames of one line to 'cached_ids'. "a->b" is b, inlined into a. */
static void make_frames(struct script_frames *f, const struct frame_line *line)
{
	struct span rest = line->name, part;
	struct frame frame = {
		.kind = (uint8_t)kind_of(line->name, line->module, f->options->exact)};
	char *module = mem_str(line->module.at, line->module.len);

	if (strcmp(module, "[unknown]") != 0)
		frame.object = strtab_add(&f->p->strings, dso_short_name(module));
	mem_free(module);
	while (rest.len) {
		const char *arrow = span_find(rest, "->");

		/* "operator->" */
		if (arrow && !f->options->exact &&
		    span_ends((struct span){rest.at, (size_t)(arrow - rest.at)},
			      "operator"))
			arrow = NULL;
		part = rest;
		if (arrow)
			part.len = (size_t)(arrow - rest.at);
		rest.at += part.len + (arrow ? 2 : 0);
		rest.len -= part.len + (arrow ? 2 : 0);
		frame.name = span_equals(part, "[unknown]") ? add_unknown_name(f, line)
							    : add_tidy_name(f, part);
		vec_push(&f->cached_ids, frame_add(&f->p->frames, &frame));
		frame.is_inlined = true;
	}
}

/* The cached frames of a line, added if they are new. */
static struct cached_frames frames_of(struct script_frames *f,
				      const struct frame_line *line)
{
	struct cached_frames like = {
		.name = strtab_add_len(&f->texts, line->name.at, line->name.len),
		.module = strtab_add_len(&f->texts, line->module.at, line->module.len),
		.is_java = f->is_java,
		.first = narrow_u32(f->cached_ids.n),
	};
	uint64_t hash = hash_u64((uint64_t)like.name << 32 | like.module, like.is_java);
	const struct cached_frames *cache = f->cache.items;
	uint32_t i = hashmap_find(&f->cache_by_text, hash, v,
				  cache[v].name == like.name &&
					  cache[v].module == like.module &&
					  cache[v].is_java == like.is_java);

	if (i != HASHMAP_NONE)
		return cache[i];
	make_frames(f, line);
	like.n = narrow_u32(f->cached_ids.n) - like.first;
	/* A name with the address in it belongs to this line only. */
	if (!(f->options->addrs && span_find(line->name, "[unknown]"))) {
		hashmap_put(&f->cache_by_text, hash, narrow_u32(f->cache.n));
		vec_push(&f->cache, like);
	}
	return like;
}

void script_frames_begin(struct script_frames *f, struct span process)
{
	f->is_java = span_starts(process, "java");
	f->stack.n = f->last = 0;
	f->inlined.n = 0;
}

static void push(struct script_frames *f, const struct frame_line *line)
{
	struct cached_frames frames = frames_of(f, line);

	f->last = f->stack.n;
	vec_reserve(&f->stack, frames.n);
	for (uint32_t i = frames.n; i--;)
		f->stack.items[f->stack.n++] = f->cached_ids.items[frames.first + i];
}

static void add_source(struct script_frames *f, const char *source)
{
	struct frame frame;
	char *name;

	if (f->last >= f->stack.n)
		return;
	frame = *frame_at(&f->p->frames, f->stack.items[f->last]);
	if (frame.kind == FRAME_UNKNOWN)
		return;
	name = mem_format("%s:%s", strtab_str(&f->p->strings, frame.name), source);
	frame.name = strtab_add(&f->p->strings, name);
	mem_free(name);
	f->stack.items[f->last] = frame_add(&f->p->frames, &frame);
}

static struct span text_of(const struct script_frames *f, str_id id)
{
	return (struct span){strtab_str(&f->texts, id), strtab_len(&f->texts, id)};
}

/* Pushes the inlined functions that wait for 'module'. */
static void push_inlined(struct script_frames *f, struct span module)
{
	for (size_t i = 0; i < f->inlined.n; i++) {
		struct inlined_line inlined = f->inlined.items[i];
		const struct frame_line line = {.addr = text_of(f, inlined.addr),
						.name = text_of(f, inlined.name),
						.module = module};

		push(f, &line);
		if (inlined.source)
			add_source(f, strtab_str(&f->texts, inlined.source));
	}
	f->inlined.n = 0;
}

static void hold_inlined(struct script_frames *f, const struct frame_line *line)
{
	struct inlined_line inlined = {
		.addr = strtab_add_len(&f->texts, line->addr.at, line->addr.len),
		.name = strtab_add_len(&f->texts, line->name.at, line->name.len),
	};

	vec_push(&f->inlined, inlined);
}

void script_frames_push(struct script_frames *f, const struct frame_line *line)
{
	struct frame_line l = *line;

	l.name = perf_script_without_offset(l.name);
	/* As stackcollapse-perf.pl: "([unknown])" and its like are no functions. */
	if (span_starts(l.name, "(") &&
	    (f->options->exact || !span_starts(l.name, "(anonymous namespace)")))
		return;
	if (!f->options->exact && span_equals(l.module, "inlined")) {
		hold_inlined(f, &l);
		return;
	}
	if (f->inlined.n)
		push_inlined(f, l.module);
	push(f, &l);
}

void script_frames_add_source(struct script_frames *f, struct span source)
{
	struct inlined_line *held = vec_last(&f->inlined);
	char *text;

	assert(!f->options->exact);
	if (!f->options->lines)
		return;
	source = span_trim(source);
	if (held) {
		held->source = strtab_add_len(&f->texts, source.at, source.len);
		return;
	}
	text = mem_str(source.at, source.len);
	add_source(f, text);
	mem_free(text);
}

void script_frames_end(struct script_frames *f)
{
	if (f->inlined.n)
		push_inlined(f, (struct span){"[unknown]", strlen("[unknown]")});
}
