#include "record/data/run_blocks.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "base/vec.h"

#include <stddef.h>
#include <string.h>

enum { RATE_DIVISOR_MAX = 65536 };

void rates_block_write(struct out *o, const struct run_info *info)
{
	out_put_u32(o, info->n_rates);
	for (uint32_t i = 0; i < info->n_rates; i++) {
		out_put_u64(o, info->rates[i].time);
		out_put_u64(o, info->rates[i].divisor);
	}
}

void rates_block_read(struct bytes *b, struct run_info *info)
{
	VEC(struct rate_change) rates = {0};

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct rate_change change = {.time = bytes_u64(b)};

		change.divisor = bytes_u64(b);
		b->failed |= !change.divisor || change.divisor > RATE_DIVISOR_MAX ||
			     (rates.n && change.time < vec_last(&rates)->time);
		if (!b->failed)
			vec_push(&rates, change);
	}
	if (!b->failed)
		run_info_set_rates(info, rates.items, narrow_u32(rates.n));
	vec_release(&rates);
}

/* The strings of each container, in their order in the file. */
static const size_t fields[] = {
	offsetof(struct container_info, key),
	offsetof(struct container_info, name),
	offsetof(struct container_info, pod),
	offsetof(struct container_info, pod_namespace),
	offsetof(struct container_info, host_name),
};

void containers_block_write(struct out *o, const struct run_info *info)
{
	const struct container_infos *infos = &info->containers;

	out_put_u32(o, narrow_u32(infos->n));
	for (size_t i = 0; i < infos->n; i++)
		for (size_t j = 0; j < array_size(fields); j++) {
			const char *text;
			uint32_t len;

			memcpy(&text, (const char *)&infos->items[i] + fields[j],
			       sizeof(text));
			text = text ? text : "";
			len = narrow_u32(strlen(text) + 1);
			out_put_u32(o, len);
			out_write(o, text, len);
		}
}

static struct container_info container_read(struct bytes *b)
{
	struct container_info info = {.key = NULL};

	for (size_t j = 0; j < array_size(fields) && !b->failed; j++) {
		const char *text = bytes_str(b, bytes_u32(b));

		if (!b->failed && *text)
			memcpy((char *)&info + fields[j], &text, sizeof(text));
	}
	b->failed |= !info.key;
	return info;
}

void containers_block_read(struct bytes *b, struct run_info *info)
{
	VEC(struct container_info) items = {0};

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct container_info item = container_read(b);

		if (!b->failed)
			vec_push(&items, item);
	}
	if (!b->failed)
		run_info_set_containers(info,
					&(struct container_infos){items.items, items.n});
	vec_release(&items);
}
