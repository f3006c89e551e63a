#include "record/data/join/event_ids.h"

#include "base/narrow.h"

static const struct event_id *id_find(const struct event_ids *ids, uint64_t id)
{
	uint32_t found = hashmap_find(&ids->by_id, hash_u64(id, 0), i,
				      ids->items.items[i].id == id);

	return found == HASHMAP_NONE ? NULL : &ids->items.items[found];
}

void event_ids_add(struct event_ids *ids, struct bytes b, uint32_t event)
{
	while (bytes_left(&b) >= sizeof(uint64_t)) {
		struct event_id id = {bytes_u64(&b), event};

		if (id_find(ids, id.id))
			continue;
		hashmap_put(&ids->by_id, hash_u64(id.id, 0), narrow_u32(ids->items.n));
		vec_push(&ids->items, id);
	}
}

bool event_ids_has(const struct event_ids *ids, uint64_t id)
{
	return id_find(ids, id) != NULL;
}

uint32_t event_ids_find(const struct event_ids *ids, uint64_t id)
{
	const struct event_id *found = id_find(ids, id);

	return found ? found->event : 0;
}

void event_ids_release(struct event_ids *ids)
{
	vec_release(&ids->items);
	hashmap_release(&ids->by_id);
}
