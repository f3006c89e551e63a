#include "fold/perf_script.h"

#include "base/mem.h"
#include "base/strtab.h"
#include "fold/fold.h"
#include "fold/tidy.h"
#include "model/dso.h"

#include <string.h>

/* A part of the text. */
struct span {
	const char *at;
	size_t len;
};

/* An event line in its parts; those that are missing are empty. */
struct event_line {
	struct span comm, pid, tid, event, frame;
	uint64_t period;
};

struct frame_line {
	struct span addr, name, module;
};

/* A name and a module that were met before, and the frames they mean, innermost last. */
struct known_frames {
	str_id name, module;
	bool is_java;
	uint32_t first, n;
};

struct parser {
	struct profile *p;
	const struct perf_script_options *options;
	struct perf_script_result *result;
	struct strtab texts; /* names and modules as they stand in the text */
	struct hashmap by_text;
	VEC(struct known_frames) known;
	VEC(frame_id) known_ids;
	VEC(frame_id) stack; /* innermost first */
	enum { OUTSIDE, IN_SAMPLE, IN_OTHER_SAMPLE } state;
	struct fold_path path;
	frame_id root;
	uint64_t period;
	bool is_java;
	size_t line;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

static struct span trim(struct span s)
{
	while (s.len && is_space(*s.at))
		s.at++, s.len--;
	while (s.len && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

static size_t digits(struct span s, size_t from)
{
	size_t at = from;

	while (at < s.len && is_digit(s.at[at]))
		at++;
	return at - from;
}

static bool equals(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool starts(struct span s, const char *text)
{
	return s.len >= strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

static bool ends(struct span s, const char *text)
{
	return s.len >= strlen(text) &&
	       memcmp(s.at + s.len - strlen(text), text, strlen(text)) == 0;
}

/* Comm, pid and tid: the pid is the first word of digits behind another word. The rest of the
 * line stands in '*rest'. */
static bool split_task(struct span line, struct event_line *e, struct span *rest)
{
	line = trim(line);
	for (size_t at = 1; at < line.len; at++) {
		size_t n, slash;

		if (!is_space(line.at[at - 1]))
			continue;
		n = digits(line, at);
		if (!n)
			continue;
		e->pid = e->tid = (struct span){line.at + at, n};
		e->comm = trim((struct span){line.at, at});
		slash = at + n;
		if (slash < line.len && line.at[slash] == '/') {
			e->tid = (struct span){line.at + slash + 1,
					       digits(line, slash + 1)};
			n += 1 + e->tid.len;
		} else {
			e->pid = (struct span){"?", 1};
		}
		if (at + n < line.len && is_space(line.at[at + n])) {
			*rest = (struct span){line.at + at + n, line.len - at - n};
			return true;
		}
		at += n;
	}
	return false;
}

static uint64_t number(struct span s)
{
	uint64_t value = 0;

	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return UINT64_MAX;
	return value;
}

/* "...: 250000 cycles:u:", a frame of the same line perhaps behind it. The event is the first
 * word that ends in ':' behind one that does, with at most a number between them. */
static void split_event(struct span rest, struct event_line *e)
{
	struct span period = {0};
	bool is_behind_colon = false;

	e->period = 1;
	while (rest.len) {
		struct span word;

		rest = trim(rest);
		word = rest;
		word.len = 0;
		while (word.len < rest.len && !is_space(word.at[word.len]))
			word.len++;
		rest.at += word.len;
		rest.len -= word.len;
		if (is_behind_colon && word.len && digits(word, 0) == word.len) {
			period = word;
			continue;
		}
		if (is_behind_colon && word.len > 1 && ends(word, ":")) {
			e->event = (struct span){word.at, word.len - 1};
			e->frame = trim(rest);
			if (period.len && number(period))
				e->period = number(period);
			return;
		}
		is_behind_colon = ends(word, ":");
		period.len = 0;
	}
}

/* "ADDR NAME (MODULE)"; the module may itself end in " (deleted)". */
static bool split_frame(struct span line, struct frame_line *f)
{
	size_t addr = 0, open, close;

	line = trim(line);
	while (addr < line.len && is_word(line.at[addr]))
		addr++;
	close = line.len;
	while (close && line.at[close - 1] != ')')
		close--;
	if (!addr || !close)
		return false;
	open = --close;
	if (ends((struct span){line.at, close + 1}, " (deleted))"))
		open -= strlen(" (deleted)");
	while (open > addr && !(line.at[open] == '(' && line.at[open - 1] == ' '))
		open--;
	if (open <= addr)
		return false;
	f->addr = (struct span){line.at, addr};
	f->module = (struct span){line.at + open + 1, close - open - 1};
	f->name = trim((struct span){line.at + addr, open - addr});
	/* Some perfs print nothing where there is no name: one space, as others show it. */
	if (!f->name.len)
		f->name = (struct span){" ", 1};
	return true;
}

static struct span without_offset(struct span name)
{
	size_t at = name.len;

	while (at && (is_digit(name.at[at - 1]) ||
		      (name.at[at - 1] >= 'a' && name.at[at - 1] <= 'f')))
		at--;
	if (at < name.len && at > 3 && memcmp(name.at + at - 3, "+0x", 3) == 0)
		name.len = at - 3;
	return name;
}

static enum frame_kind kind_of(struct span name, struct span module)
{
	struct span base = module;

	for (size_t i = 0; i < module.len; i++)
		if (module.at[i] == '/')
			base = (struct span){module.at + i + 1, module.len - i - 1};
	if ((starts(module, "[") || starts(base, "vmlinux")) &&
	    !memmem(module.at, module.len, "unknown", 7))
		return FRAME_KERNEL;
	if (ends(base, ".ko"))
		return FRAME_MODULE;
	if ((starts(module, "/tmp/perf-") && ends(module, ".map")) ||
	    (starts(base, "jitted-") && ends(base, ".so")))
		return FRAME_JIT;
	if (equals(name, "[unknown]"))
		return FRAME_UNKNOWN;
	return memmem(base.at, base.len, ".so", 3) ? FRAME_LIBRARY : FRAME_USER;
}

static str_id tidy(const struct parser *ps, struct span name)
{
	char *text = mem_new(name.len + 1, 1);
	const struct tidy_options options = {.java = ps->is_java,
					     .rust = !ps->options->exact};
	size_t len = tidy_name(text, name.at, name.len, &options);
	str_id id = strtab_add_len(&ps->p->strings, text, len);

	mem_free(text);
	return id;
}

/* What a frame without a name is called: by its module. */
static str_id name_unknown(const struct parser *ps, const struct frame_line *f)
{
	char module[4096];
	const char *base;
	char *text;
	str_id id;

	if (f->module.len >= sizeof(module) || equals(f->module, "[unknown]"))
		base = "unknown";
	else {
		memcpy(module, f->module.at, f->module.len);
		module[f->module.len] = '\0';
		base = strrchr(module, '/') ? strrchr(module, '/') + 1 : module;
	}
	text = ps->options->addrs
		       ? mem_format("[%s <%.*s>]", base, (int)f->addr.len, f->addr.at)
		       : mem_format("[%s]", base);
	id = tidy(ps, (struct span){text, strlen(text)});
	mem_free(text);
	return id;
}

/* The frames of one line: "a->b" is b, inlined into a. */
static void add_frames(struct parser *ps, const struct frame_line *f)
{
	struct span rest = f->name, part;
	struct frame frame = {.kind = kind_of(f->name, f->module)};
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
		frame.name =
			equals(part, "[unknown]") ? name_unknown(ps, f) : tidy(ps, part);
		vec_push(&ps->known_ids, frame_add(&ps->p->frames, &frame));
		frame.is_inlined = true;
	}
}

static void take_frame(struct parser *ps, const struct frame_line *line)
{
	struct frame_line f = *line;
	struct known_frames like = {.is_java = ps->is_java,
				    .first = (uint32_t)ps->known_ids.n};
	const struct known_frames *known;
	struct hashmap_probe probe;
	uint64_t hash;
	uint32_t at;

	f.name = without_offset(f.name);
	if (starts(f.name, "("))
		return;
	like.name = strtab_add_len(&ps->texts, f.name.at, f.name.len);
	like.module = strtab_add_len(&ps->texts, f.module.at, f.module.len);
	hash = hash_u64((uint64_t)like.name << 32 | like.module, like.is_java);
	for (at = hashmap_first(&probe, &ps->by_text, hash); at != HASHMAP_NONE;
	     at = hashmap_next(&probe)) {
		known = &ps->known.items[at];
		if (known->name == like.name && known->module == like.module &&
		    known->is_java == like.is_java)
			break;
	}
	if (at == HASHMAP_NONE) {
		add_frames(ps, &f);
		like.n = (uint32_t)ps->known_ids.n - like.first;
		at = (uint32_t)ps->known.n;
		vec_push(&ps->known, like);
		/* With its address in its name it is met only once. */
		if (!(ps->options->addrs &&
		      memmem(f.name.at, f.name.len, "[unknown]", 9)))
			hashmap_put(&ps->by_text, hash, at);
	}
	known = &ps->known.items[at];
	for (uint32_t i = known->n; i--;)
		vec_push(&ps->stack, ps->known_ids.items[known->first + i]);
}

static void end_sample(struct parser *ps)
{
	if (ps->state == IN_SAMPLE) {
		struct fold_stack stack = {.roots = &ps->root,
					   .n_roots = 1,
					   .frames = ps->stack.items,
					   .n = ps->stack.n,
					   .count = 1,
					   .weight = ps->period};

		fold_add(ps->p, &ps->path, &stack);
	}
	ps->stack.n = 0;
	ps->state = OUTSIDE;
}

/* Whether samples of this event are wanted; the first one met decides where nobody said. */
static bool wants_event(struct parser *ps, struct span event)
{
	struct perf_script_result *r = ps->result;

	if (!event.len)
		return true;
	if (event.len >= sizeof(r->event))
		event.len = sizeof(r->event) - 1;
	if (!*r->event)
		memcpy(r->event, event.at, event.len);
	if (equals(event, r->event))
		return true;
	r->has_other_events = true;
	return false;
}

static void begin_sample(struct parser *ps, const struct event_line *e)
{
	char *root;

	end_sample(ps);
	/* With the frame on its line it comes from a view of single addresses, whose events
	 * differ by their modifiers alone. */
	if (!e->frame.len && !wants_event(ps, e->event)) {
		ps->state = IN_OTHER_SAMPLE;
		return;
	}
	root = ps->options->tid	  ? mem_format("%.*s-%.*s/%.*s", (int)e->comm.len,
					       e->comm.at, (int)e->pid.len, e->pid.at,
					       (int)e->tid.len, e->tid.at)
	       : ps->options->pid ? mem_format("%.*s-%.*s", (int)e->comm.len, e->comm.at,
					       (int)e->pid.len, e->pid.at)
				  : mem_str(e->comm.at, e->comm.len);
	ps->root = fold_root(ps->p, root);
	ps->is_java = strncmp(root, "java", 4) == 0;
	mem_free(root);
	ps->period = e->period;
	ps->state = IN_SAMPLE;
}

static void bad_line(struct parser *ps)
{
	if (!ps->result->bad_lines++)
		ps->result->first_bad_line = ps->line;
}

static void take_line(struct parser *ps, struct span line)
{
	struct event_line e = {0};
	struct frame_line f;
	struct span rest;

	if (!trim(line).len) {
		end_sample(ps);
		return;
	}
	/* Inside a sample only frames are indented. */
	if ((!is_space(*line.at) || ps->state == OUTSIDE) &&
	    split_task(line, &e, &rest)) {
		split_event(rest, &e);
		if (!is_space(*line.at) || e.event.len) {
			begin_sample(ps, &e);
			if (!e.frame.len)
				return;
			if (ps->state == IN_SAMPLE && split_frame(e.frame, &f))
				take_frame(ps, &f);
			end_sample(ps);
			return;
		}
	}
	if (ps->state == OUTSIDE || !split_frame(line, &f))
		bad_line(ps);
	else if (ps->state == IN_SAMPLE)
		take_frame(ps, &f);
}

static bool next_line(const char **text, const char *end, struct span *line)
{
	const char *stop;

	if (*text >= end)
		return false;
	stop = memchr(*text, '\n', (size_t)(end - *text));
	line->at = *text;
	line->len = (size_t)((stop ? stop : end) - *text);
	*text = stop ? stop + 1 : end;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

void perf_script_read(struct profile *p, const char *text, size_t size,
		      const struct perf_script_options *options,
		      struct perf_script_result *result)
{
	struct parser ps = {.p = p, .options = options, .result = result};
	const char *end = text + size;
	struct span line;

	*result = (struct perf_script_result){0};
	if (options->event)
		strncpy(result->event, options->event, sizeof(result->event) - 1);
	strtab_init(&ps.texts);
	while (next_line(&text, end, &line)) {
		ps.line++;
		if (!line.len || *line.at != '#')
			take_line(&ps, line);
	}
	if (!options->exact)
		end_sample(&ps);
	strtab_release(&ps.texts);
	hashmap_release(&ps.by_text);
	vec_release(&ps.known);
	vec_release(&ps.known_ids);
	vec_release(&ps.stack);
	fold_path_release(&ps.path);
}

bool perf_script_knows(const char *text, size_t size)
{
	const char *end = text + size;
	struct event_line e = {0};
	struct frame_line f;
	struct span line, rest;

	while (next_line(&text, end, &line)) {
		if (!trim(line).len || *line.at == '#')
			continue;
		if (!split_task(line, &e, &rest))
			return false;
		split_event(rest, &e);
		if (e.frame.len)
			return split_frame(e.frame, &f);
		/* An event line; a frame or nothing at all follows it. */
		return next_line(&text, end, &line) &&
		       (!trim(line).len || split_frame(line, &f));
	}
	return false;
}
