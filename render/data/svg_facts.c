#include "render/data/svg_facts.h"

#include "base/scoped.h"
#include "render/data/text_list.h"
#include "render/data/varint.h"

#include <string.h>

static const size_t texts[] = {
	offsetof(struct run_info, hostname), offsetof(struct run_info, os_release),
	offsetof(struct run_info, arch),     offsetof(struct run_info, cpu_model),
	offsetof(struct run_info, command),  offsetof(struct run_info, event),
	offsetof(struct run_info, unit),
};

static const size_t figures[] = {
	offsetof(struct run_info, frequency),
	offsetof(struct run_info, start),
	offsetof(struct run_info, duration),
	offsetof(struct run_info, busy),
	offsetof(struct run_info, idle),
	offsetof(struct run_info, own_cpu),
	offsetof(struct run_info, samples),
	offsetof(struct run_info, idle_samples),
	offsetof(struct run_info, lost),
	offsetof(struct run_info, throttled),
	offsetof(struct run_info, unknown_samples),
	offsetof(struct run_info, truncated_samples),
	offsetof(struct run_info, broken_samples),
	offsetof(struct run_info, lost_side_band),
	offsetof(struct run_info, lost_aux),
	offsetof(struct run_info, online),
	offsetof(struct run_info, frequency_lowest),
	offsetof(struct run_info, frequency_mean),
	offsetof(struct run_info, stolen),
	offsetof(struct run_info, unverified_files),
	offsetof(struct run_info, copy_least),
};

enum { FIGURES_MIN = 13 }; /* are always written */

static uint64_t figure_of(const struct run_info *c, size_t i)
{
	uint64_t n;

	memcpy(&n, (const char *)c + figures[i], sizeof(n));
	return n;
}

/* Figures up to the last known one. */
static size_t figures_known(const struct run_info *c)
{
	size_t n = array_size(figures);

	while (n > FIGURES_MIN && !figure_of(c, n - 1))
		n--;
	return n;
}

void svg_facts_write(struct out *o, const struct run_info *c)
{
	scoped(text_list_release) struct text_list list;
	size_t n = figures_known(c);

	text_list_init(&list);
	for (size_t i = 0; i < array_size(texts); i++) {
		const char *s;

		memcpy(&s, (const char *)c + texts[i], sizeof(s));
		text_list_add(&list, s ? s : "", s ? strlen(s) : 0);
	}
	text_list_write(&list, o);
	varint_write(o, n + 1);
	varint_write(o, c->cpus);
	for (size_t i = 0; i < n; i++)
		varint_write(o, figure_of(c, i));
}

/* An empty text is an unknown one. */
static void read_texts(struct bytes *in, struct run_info *c)
{
	scoped(text_list_release) struct text_list list;
	const char *text;
	size_t len;

	text_list_init(&list);
	text_list_read(&list, in);
	for (size_t i = 0; text_list_next(&list, &text, &len); i++) {
		if (i >= array_size(texts) || !len)
			continue;
		text = arena_str(&c->text, text, len);
		memcpy((char *)c + texts[i], &text, sizeof(text));
	}
}

void svg_facts_read(struct bytes *in, struct run_info *c)
{
	uint64_t n;

	read_texts(in, c);
	run_info_set_command(c, c->command);
	n = bytes_uleb(in);
	for (uint64_t i = 0; i < n && !in->failed; i++) {
		uint64_t figure = bytes_uleb(in);

		if (i == 0)
			c->cpus = (uint32_t)figure;
		else if (i <= array_size(figures))
			memcpy((char *)c + figures[i - 1], &figure, sizeof(figure));
	}
}
