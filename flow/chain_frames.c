#include "flow/chain_frames.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"

#include <assert.h>
#include <string.h>

/* The chains with most samples: enough to know which files to read. */
enum { AHEAD_CHAINS = 8192 };

void chain_frames_release(struct chain_frames *c)
{
	addr_cache_release(&c->cache);
	vec_release(&c->chain.items);
}

static enum symbolizer_space space_of_mark(uint64_t mark)
{
	if (mark == CALLCHAIN_KERNEL)
		return SPACE_KERNEL;
	return mark == CALLCHAIN_HV ? SPACE_HYPERVISOR : SPACE_USER;
}

/* "[unknown x]" -> "[unknown x <7f12...>]", for the last frame in the cache. */
static void last_frame_show_addr(struct chain_frames *c, uint64_t addr)
{
	struct profile *p = c->profile;
	frame_id *last = vec_last(&c->cache.frames.items);
	struct frame frame = *frame_at(&p->frames, *last);
	const char *name = frame_name(&p->frames, *last);
	scoped(mem_release) char *text = NULL;

	if (frame.kind != FRAME_UNKNOWN)
		return;
	text = mem_format("%.*s <%llx>]", narrow_int(strcspn(name, "]")), name,
			  (unsigned long long)addr);
	frame.name = strtab_add(&p->strings, text);
	*last = frame_add(&p->frames, &frame);
}

/* The frame of one of flame's own marks. */
static frame_id mark_frame(struct profile *p, uint64_t mark)
{
	static const char *const names[] = {
		[CALLCHAIN_TRUNCATED - CALLCHAIN_TRUNCATED] = "[truncated stack]",
		[CALLCHAIN_BROKEN - CALLCHAIN_TRUNCATED] = "[broken stack]",
		[CALLCHAIN_MISSING - CALLCHAIN_TRUNCATED] = "[missing frames]",
		[CALLCHAIN_32_BIT - CALLCHAIN_TRUNCATED] = "[32-bit stack]",
	};
	str_id name = strtab_add(&p->strings, names[mark - CALLCHAIN_TRUNCATED]);

	return frame_add(&p->frames,
			 &(struct frame){.name = name, .kind = FRAME_UNKNOWN});
}

/* The name of the one frame of a part of a chain whose addresses are not this
 * machine's, or not of a process that has a pid here; else NULL. */
static const char *foreign_name(const struct chain_frames *c,
				const struct callchain *chain, uint64_t mark)
{
	switch (mark) {
	case CALLCHAIN_GUEST_KERNEL:
		return "[unknown guest kernel]";
	case CALLCHAIN_GUEST:
	case CALLCHAIN_GUEST_USER:
		return "[unknown guest]";
	case CALLCHAIN_KERNEL:
	case CALLCHAIN_HV:
		return NULL;
	default:
		return chain->space == c->processes->outside ? PROCESS_OUTSIDE_NAME
							     : NULL;
	}
}

static void foreign_frame_add(struct chain_frames *c, const char *name)
{
	struct profile *p = c->profile;
	struct frame frame = {.name = strtab_add(&p->strings, name),
			      .kind = FRAME_UNKNOWN};

	vec_push(&c->chain.items, frame_add(&p->frames, &frame));
}

/* Appends the frames of an address to those of the cache. */
static void addr_symbolize(struct chain_frames *c, const struct callchain *chain,
			   const struct addr_cache_entry *key,
			   enum symbolizer_space where)
{
	struct frame_list *frames = &c->cache.frames;
	const struct mapping *m;
	frame_id frame;

	if (callchain_is_mark(key->addr)) {
		vec_push(&frames->items, mark_frame(c->profile, key->addr));
		return;
	}
	/* A return address right after the end of a mapping is more likely garbage on the
	 * stack than a call at the very end of the code. */
	m = space_find(&c->processes->spaces, key->space, key->addr, chain->time);
	if (where == SPACE_USER && jit_names_look_up(c->jit, key->space, m, key->addr,
						     key->is_return, chain->time, &frame))
		vec_push(&frames->items, frame);
	else
		symbolizer_look_up(c->symbolizer, m, key->addr, key->is_return, where,
				   frames);
	if (c->shows_addrs)
		last_frame_show_addr(c, key->addr);
}

/* Appends the frames of an address to those of the chain. */
static void addr_look_up(struct chain_frames *c, const struct callchain *chain,
			 const struct addr_cache_entry *key, enum symbolizer_space where)
{
	struct frame_list *frames = &c->cache.frames;
	size_t first = frames->items.n;
	struct addr_cache_entry *entry;

	if (!addr_cache_find(&c->cache, key, &entry)) {
		addr_symbolize(c, chain, key, where);
		*entry = *key;
		entry->first = narrow_u32(first);
		entry->n = narrow_u16(frames->items.n - first);
	}
	for (uint32_t i = 0; i < entry->n; i++)
		vec_push(&c->chain.items, frames->items.items[entry->first + i]);
}

/* Announces an address that will be looked up. */
static void addr_expect(struct chain_frames *c, const struct callchain *chain,
			const struct addr_cache_entry *key)
{
	const struct mapping *m;
	struct addr_cache_entry *entry;

	if (addr_cache_find(&c->cache, key, &entry))
		return;
	*entry = *key;
	entry->n = 1;
	m = space_find(&c->processes->spaces, key->space, key->addr, chain->time);
	if (m)
		symbolizer_expect(c->symbolizer, m, key->addr, key->is_return,
				  chain->count);
}

/* Looks up the addresses of a chain, or announces them if 'is_ahead'. */
static void chain_walk(struct chain_frames *c, const struct callchain *chain,
		       bool is_ahead)
{
	enum symbolizer_space where = SPACE_USER;
	struct addr_cache_entry key = {.space = chain->space, .epoch = chain->epoch};
	const char *foreign = foreign_name(c, chain, CALLCHAIN_USER), *last = NULL;

	if (!c->cache.entries)
		addr_cache_init(&c->cache);
	for (uint32_t i = 0; i < chain->n; i++) {
		if (chain->addrs[i] >= CALLCHAIN_CONTEXT_MAX) {
			where = space_of_mark(chain->addrs[i]);
			foreign = foreign_name(c, chain, chain->addrs[i]);
			key.space = where == SPACE_KERNEL ? c->processes->kernel
							  : chain->space;
			key.is_return = false;
			continue;
		}
		key.addr = chain->addrs[i];
		if (foreign && foreign != last && !is_ahead)
			foreign_frame_add(c, foreign);
		last = foreign;
		if (!foreign && is_ahead)
			addr_expect(c, chain, &key);
		else if (!foreign)
			addr_look_up(c, chain, &key, where);
		key.is_return = true;
	}
}

void chain_frames_read_ahead(struct chain_frames *c, const struct callchain_table *chains)
{
	size_t n = chains->items.n;
	struct sort_item *by_count;

	if (!n || !symbolizer_may_read_ahead(c->symbolizer))
		return;
	by_count = mem_resize(NULL, n, sizeof(*by_count));
	for (size_t i = 0; i < n; i++)
		by_count[i] =
			(struct sort_item){~chains->items.items[i].count, narrow_u32(i)};
	sort_by_key(by_count, n);
	for (size_t i = 0; i < n && i < AHEAD_CHAINS; i++)
		chain_walk(c, &chains->items.items[by_count[i].index], true);
	mem_free(by_count);
	symbolizer_read_ahead(c->symbolizer);
	/* The entries have no frames yet. */
	addr_cache_clear(&c->cache);
}

const frame_id *chain_frames_find(struct chain_frames *c, const struct callchain *chain,
				  size_t *n)
{
	c->chain.items.n = 0;
	chain_walk(c, chain, false);
	*n = c->chain.items.n;
	return c->chain.items.items;
}
