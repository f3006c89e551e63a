#include "fold/perf_script_layout.h"

#include "base/hashmap.h"
#include "fold/perf_script_line.h"

#include <string.h>

enum {
	RARE = 4, /* a layout without times that fewer lines have is none */
	FIELDS = HEADER_COMM | HEADER_TID | HEADER_PID | HEADER_CPU | HEADER_FLAGS |
		 HEADER_TIME | HEADER_PERIOD | HEADER_EVENT | HEADER_RECORD | HEADER_FLAT,
};

static uint64_t event_hash(const struct script_header *h)
{
	return h->event.len ? hash_bytes(h->event.at, h->event.len, 0) : 0;
}

static bool has_colons(const struct script_header *h)
{
	return h->fields & (HEADER_TIME | HEADER_EVENT);
}

static const struct layout_reading *find(const struct script_layout *l,
					 const struct script_header *h)
{
	uint64_t event = event_hash(h);

	for (size_t i = 0; i < l->n_readings; i++)
		if (l->readings[i].fields == h->fields && l->readings[i].event == event)
			return &l->readings[i];
	return NULL;
}

static void vote(struct script_layout *l, const struct script_header *h)
{
	struct layout_reading *r = (struct layout_reading *)find(l, h);

	if (!r && l->n_readings < LAYOUT_READINGS) {
		r = &l->readings[l->n_readings++];
		*r = (struct layout_reading){.fields = h->fields, .event = event_hash(h)};
	}
	if (r) {
		r->n++;
		r->n_payloads += !span_is_blank(h->payload);
	}
}

/* Learning. */

struct lesson {
	struct script_layout *layout;
	size_t n_colons, n_plain; /* header lines */
	size_t n_doubtful;	  /* with an event, but without a time */
	size_t n_orphans;	  /* frames without a header */
	bool is_in_sample;
};

static bool is_frame(struct span line)
{
	struct frame_line f;

	return span_is_indented(line) && perf_script_split_frame(line, &f);
}

static bool has_flat_frame(const struct script_header *h)
{
	struct frame_line f;

	return perf_script_split_flat(h->payload, &f) && !span_equals(f.name, " ");
}

/* Whether a reading is a sample without doubt. */
static bool is_certain(const struct script_header *h, bool is_before_frame)
{
	if (h->fields & HEADER_LONG_COMM)
		return false;
	if (is_before_frame)
		return true;
	if (h->fields & HEADER_FLAT)
		return has_flat_frame(h);
	if (h->fields & HEADER_RECORD)
		return h->fields & (HEADER_TID | HEADER_TIME);
	if (h->fields & HEADER_TIME && h->fields & (HEADER_TID | HEADER_CPU))
		return true;
	if (h->fields & HEADER_EXACT_TIME && h->fields & HEADER_EVENT)
		return true;
	return h->fields & HEADER_EVENT &&
	       (has_flat_frame(h) ||
		(h->fields & HEADER_TID && span_find_char(h->event, ':')));
}

/* Whether an indented line may be a header: its command is aligned. */
static bool is_header(struct span line)
{
	struct header_walk walk = header_walk_begin(line);
	struct script_header h;

	while (header_walk_next(&walk, &h))
		if (is_certain(&h, false) && h.fields & FIELDS & ~(unsigned)HEADER_FLAT)
			return true;
	return false;
}

/* Whether the line is a frame of the sample before it. */
static bool learn_frame(struct lesson *le, struct span line)
{
	bool is_far = span_starts(line, "\t");
	struct frame_line f;

	if (!span_is_indented(line) || !perf_script_split_frame(line, &f))
		return false;
	if (!is_far && (!le->is_in_sample || !f.has_module || is_header(line)))
		return false;
	le->layout->n_fits++;
	le->layout->has_frames = true;
	le->layout->has_near_frames |= !is_far;
	le->layout->has_names |= !span_equals(f.name, " ");
	le->n_orphans += !le->is_in_sample;
	return true;
}

static unsigned n_fields(const struct script_header *h)
{
	return (unsigned)__builtin_popcount(h->fields & FIELDS);
}

/* The readings of one line that have most fields, with colons and without: others are
 * parts of them. */
struct votes {
	struct script_header readings[16];
	size_t n;
	unsigned n_fields;
};

static void votes_add(struct votes *v, const struct script_header *h)
{
	if (n_fields(h) > v->n_fields) {
		v->n = 0;
		v->n_fields = n_fields(h);
	}
	if (n_fields(h) == v->n_fields &&
	    v->n < sizeof(v->readings) / sizeof(*v->readings))
		v->readings[v->n++] = *h;
}

static void votes_count(const struct votes *v, struct script_layout *l)
{
	for (size_t i = 0; i < v->n; i++)
		vote(l, &v->readings[i]);
}

static void learn_header(struct lesson *le, struct span line, bool is_before_frame)
{
	struct header_walk walk = header_walk_begin(line);
	struct votes colons = {.n = 0}, plain = {.n = 0};
	bool is_colons = false, is_plain = false, is_record = false, is_doubtful = false;
	struct script_header h;

	while (header_walk_next(&walk, &h)) {
		if (is_certain(&h, is_before_frame)) {
			is_record |= h.fields & HEADER_RECORD;
			is_colons |= !is_record && has_colons(&h);
			is_plain |= !is_record && !has_colons(&h);
			le->layout->has_frames |= has_flat_frame(&h);
		} else if (h.fields & HEADER_EVENT &&
			   (h.fields & HEADER_TID || span_is_blank(h.payload))) {
			is_doubtful = true;
		} else {
			continue;
		}
		votes_add(has_colons(&h) ? &colons : &plain, &h);
	}
	votes_count(&colons, le->layout);
	votes_count(&plain, le->layout);
	le->n_colons += is_colons;
	le->n_plain += is_plain && !is_colons;
	le->n_doubtful += is_doubtful && !is_colons && !is_plain;
	if (is_colons || is_plain || is_record)
		le->layout->n_fits++;
	else
		le->layout->n_others += !le->is_in_sample || !span_is_indented(line);
	le->is_in_sample = is_colons || is_plain || (le->is_in_sample && !is_record);
}

static void learn_line(struct lesson *le, struct span line, struct span next)
{
	if (span_is_blank(line)) {
		le->is_in_sample = false;
		return;
	}
	if (span_starts(line, "#"))
		return;
	if (learn_frame(le, line))
		return;
	if (le->is_in_sample && span_is_indented(line) &&
	    (perf_script_is_source(line) || perf_script_is_extra(line)))
		return;
	learn_header(le, line, is_frame(next));
}

static void sort_readings(struct script_layout *l)
{
	for (size_t i = 1; i < l->n_readings; i++)
		for (size_t j = i; j && l->readings[j].n > l->readings[j - 1].n; j--) {
			struct layout_reading swapped = l->readings[j];

			l->readings[j] = l->readings[j - 1];
			l->readings[j - 1] = swapped;
		}
}

void script_layout_learn(struct script_layout *l, const char *text, size_t size)
{
	struct lesson le = {.layout = l};
	const char *end = text + (size < LAYOUT_WINDOW ? size : LAYOUT_WINDOW);
	struct span line, next;
	bool has_line = perf_script_next_line(&text, end, &line);

	*l = (struct script_layout){0};
	while (has_line) {
		has_line = perf_script_next_line(&text, end, &next);
		/* The last line may be cut. */
		if (!has_line && size > LAYOUT_WINDOW)
			break;
		learn_line(&le, line, has_line ? next : (struct span){0});
		line = next;
	}
	sort_readings(l);
	l->n_headers = le.n_colons + le.n_plain + le.n_doubtful;
	l->has_colons = l->n_headers && le.n_colons + le.n_doubtful >= le.n_plain;
	l->has_no_headers = le.n_orphans > l->n_headers;
}

/* Reading. */

static bool has_form(const struct script_layout *l, unsigned fields)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_readings; i++)
		n += l->readings[i].fields == fields ? l->readings[i].n : 0;
	return n && n * RARE >= l->n_headers;
}

/* Whether a line of this text may have the reading. */
static bool is_possible(const struct script_layout *l, const struct script_header *h)
{
	if (h->fields & HEADER_RECORD)
		return true;
	if (l->has_colons != has_colons(h))
		return false;
	if (h->fields & HEADER_TIME && h->fields & (HEADER_TID | HEADER_CPU))
		return true;
	return has_form(l, h->fields);
}

/* Whether the payload is there, or missing, as in most lines of the event. */
static bool has_usual_payload(const struct layout_reading *r,
			      const struct script_header *h)
{
	return span_is_blank(h->payload) == (r->n_payloads * 2 < r->n);
}

/* A number that is larger for a better reading. */
static uint64_t rank(const struct script_layout *l, const struct script_header *h)
{
	const struct layout_reading *r = find(l, h);

	return (uint64_t) !(h->fields & HEADER_LONG_COMM) << 49 |
	       (uint64_t) !(h->fields & HEADER_LOOSE) << 48 |
	       (uint64_t)has_form(l, h->fields) << 40 | (uint64_t)n_fields(h) << 32 |
	       (uint64_t)(r && has_usual_payload(r, h)) << 31 | (r ? r->n : 0);
}

/* Whether no other reading can be better. */
static bool is_usual(const struct script_layout *l, const struct script_header *h)
{
	const struct layout_reading *r = &l->readings[0];

	return l->n_readings && r->fields == h->fields && r->n * 2 > l->n_headers &&
	       !(h->fields & (HEADER_LONG_COMM | HEADER_LOOSE)) &&
	       l->has_colons == has_colons(h) && has_usual_payload(r, h) &&
	       r->event == event_hash(h);
}

bool script_layout_read(const struct script_layout *l, struct span line,
			struct script_header *h)
{
	struct header_walk walk = header_walk_begin(line);
	struct script_header reading;
	uint64_t best = 0;
	size_t n = 0;

	while (header_walk_next(&walk, &reading)) {
		uint64_t r;

		if (is_usual(l, &reading)) {
			*h = reading;
			return true;
		}
		/* All later ones have longer commands. */
		if (reading.fields & HEADER_LONG_COMM && n)
			break;
		if (!is_possible(l, &reading))
			continue;
		r = rank(l, &reading);
		if (!n++ || r > best) {
			*h = reading;
			best = r;
		}
	}
	return n;
}

bool script_layout_has(const struct script_layout *l, const struct script_header *h)
{
	return has_form(l, h->fields);
}
