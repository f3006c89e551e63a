/* Which event of a recording an id belongs to. The kernel gives an event one id for each
 * CPU or task that it is opened on. */
#pragma once

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct event_id {
	uint64_t id;
	uint32_t event; /* index in the recording */
};

/* Zero-initialize. */
struct event_ids {
	VEC(struct event_id) items;
	struct hashmap by_id;
};

/* Adds all 64-bit ids in 'b' for the event. An id that is already there stays as it
 * is. */
void event_ids_add(struct event_ids *ids, struct bytes b, uint32_t event);

bool event_ids_has(const struct event_ids *ids, uint64_t id);

/* The event of the id; 0, the first one, for an unknown id. */
uint32_t event_ids_find(const struct event_ids *ids, uint64_t id);

void event_ids_release(struct event_ids *ids);
