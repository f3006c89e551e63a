#include "render/svg_facts.h"

#include "base/scoped.h"
#include "render/text_list.h"
#include "render/varint.h"

#include <string.h>

static const size_t texts[] = {
	offsetof(struct conditions, hostname), offsetof(struct conditions, os_release),
	offsetof(struct conditions, arch),     offsetof(struct conditions, cpu_model),
	offsetof(struct conditions, command),  offsetof(struct conditions, event),
	offsetof(struct conditions, unit),
};

static const size_t figures[] = {
	offsetof(struct conditions, frequency),
	offsetof(struct conditions, start),
	offsetof(struct conditions, duration),
	offsetof(struct conditions, busy),
	offsetof(struct conditions, idle),
	offsetof(struct conditions, own_cpu),
	offsetof(struct conditions, samples),
	offsetof(struct conditions, idle_samples),
	offsetof(struct conditions, lost),
	offsetof(struct conditions, throttled),
	offsetof(struct conditions, unknown_samples),
	offsetof(struct conditions, truncated_samples),
	offsetof(struct conditions, broken_samples),
};

void svg_facts_write(struct out *o, const struct conditions *c)
{
	struct text_list list;

	text_list_init(&list);
	for (size_t i = 0; i < array_size(texts); i++) {
		const char *s;

		memcpy(&s, (const char *)c + texts[i], sizeof(s));
		text_list_add(&list, s ? s : "", s ? strlen(s) : 0);
	}
	text_list_write(&list, o);
	varint_write(o, array_size(figures) + 1);
	varint_write(o, c->cpus);
	for (size_t i = 0; i < array_size(figures); i++) {
		uint64_t n;

		memcpy(&n, (const char *)c + figures[i], sizeof(n));
		varint_write(o, n);
	}
}

/* An empty text is one that nobody knows. */
static void read_texts(struct bytes *b, struct conditions *c)
{
	struct text_reader list = text_reader_of(b);
	const char *text;
	size_t len;

	for (size_t i = 0; text_reader_next(&list, &text, &len); i++) {
		if (i >= array_size(texts) || !len)
			continue;
		text = arena_str(&c->text, text, len);
		memcpy((char *)c + texts[i], &text, sizeof(text));
	}
	b->failed |= list.lines.failed;
}

void svg_facts_read(struct bytes *b, struct conditions *c)
{
	uint64_t n;

	read_texts(b, c);
	n = varint_read(b);
	for (uint64_t i = 0; i < n && !b->failed; i++) {
		uint64_t figure = varint_read(b);

		if (i == 0)
			c->cpus = (uint32_t)figure;
		else if (i <= array_size(figures))
			memcpy((char *)c + figures[i - 1], &figure, sizeof(figure));
	}
}
