#include "record/data/section_blocks.h"

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

void block_put_string(struct out *o, const char *s)
{
	uint32_t len = narrow_u32(strlen(s) + 1);

	out_put_u32(o, len);
	out_write(o, s, len);
}

const char *block_get_string(struct bytes *b)
{
	return bytes_str(b, bytes_u32(b));
}

void block_put_identity(struct out *o, const struct dso_table *dsos,
			const struct dso *dso)
{
	out_put_u8(o, narrow_u8(dso->kind));
	block_put_string(o, strtab_str(dsos->strings, dso->path));
	out_put_u8(o, dso->build_id.size);
	out_write(o, dso->build_id.data, BUILD_ID_MAX);
	out_put_u32(o, dso->major);
	out_put_u32(o, dso->minor);
	out_put_u64(o, dso->inode);
	out_put_u64(o, dso->generation);
	out_put_u32(o, dso->pid);
}

struct dso block_get_identity(struct bytes *b, struct dso_table *dsos)
{
	struct dso dso = {.kind = bytes_u8(b)};
	const void *id;

	dso.path = strtab_add(dsos->strings, block_get_string(b));
	dso.build_id.size = bytes_u8(b);
	id = bytes_take(b, BUILD_ID_MAX);
	if (id)
		dso.build_id = build_id_of(id, dso.build_id.size);
	dso.major = bytes_u32(b);
	dso.minor = bytes_u32(b);
	dso.inode = bytes_u64(b);
	dso.generation = bytes_u64(b);
	dso.pid = bytes_u32(b);
	b->failed |= dso.kind > DSO_KIND_LAST;
	return dso;
}

static uint32_t sizes_count(const struct dso_table *dsos)
{
	const struct dso *dso;
	uint32_t n = 0;

	vec_each(dso, &dsos->items)
		n += dso->size > 0;
	return n;
}

bool sizes_block_is_needed(const struct dso_table *dsos)
{
	return sizes_count(dsos);
}

void sizes_block_write(struct out *o, const struct dso_table *dsos)
{
	const struct dso *dso;

	out_put_u32(o, sizes_count(dsos));
	vec_each(dso, &dsos->items) {
		if (!dso->size)
			continue;
		block_put_identity(o, dsos, dso);
		out_put_u64(o, dso->size);
	}
}

void sizes_block_read(struct bytes *b, struct dso_table *dsos)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		const struct dso like = block_get_identity(b, dsos);
		uint64_t size = bytes_u64(b);

		if (!b->failed)
			dso_at(dsos, dso_add_apart(dsos, &like))->size = size;
	}
}

void stacks_block_write(struct out *o, const struct saved_stacks *stacks)
{
	const struct saved_frame *frame;
	const struct saved_stack *stack;

	out_put_u32(o, narrow_u32(stacks->frames.n));
	vec_each(frame, &stacks->frames) {
		out_put_u64(o, frame->word);
		out_put_u32(o, frame->outer);
	}
	out_put_u32(o, narrow_u32(stacks->stacks.n));
	vec_each(stack, &stacks->stacks) {
		out_put_u64(o, stack->key);
		out_put_u32(o, stack->inner);
	}
}

void stacks_block_read(struct bytes *b, struct saved_stacks *stacks)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct saved_frame frame = {.word = bytes_u64(b)};

		frame.outer = bytes_u32(b);
		b->failed |= !saved_stacks_add_frame(stacks, frame);
	}
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct saved_stack stack = {.key = bytes_u64(b)};

		stack.inner = bytes_u32(b);
		b->failed |= !saved_stacks_add_stack(stacks, stack);
	}
}
