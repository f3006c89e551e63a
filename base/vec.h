/* A growing array of any type: VEC(uint64_t) addrs = {0}; callers may read its fields.
 * Pointers to items are valid until the next one is added. */
#pragma once

#include "base/mem.h"

#include <string.h>

#define VEC(T)                                                                           \
	struct {                                                                         \
		T *items;                                                                \
		size_t n, cap;                                                           \
	}

/* Makes room for 'extra' more items: adding as many moves none. */
#define vec_reserve(v, extra)                                                            \
	do {                                                                             \
		size_t want_ = (v)->n + (extra);                                         \
		if (want_ > (v)->cap) {                                                  \
			(v)->cap = want_ > 2 * (v)->cap ? want_ : 2 * (v)->cap;          \
			if ((v)->cap * sizeof(*(v)->items) < 64)                         \
				(v)->cap = (64 + sizeof(*(v)->items) - 1) /              \
					   sizeof(*(v)->items);                          \
			(v)->items =                                                     \
				mem_resize((v)->items, (v)->cap, sizeof(*(v)->items));   \
		}                                                                        \
	} while (0)

/* Appends an item. */
#define vec_push(v, item)                                                                \
	do {                                                                             \
		vec_reserve(v, 1);                                                       \
		(v)->items[(v)->n++] = (item);                                           \
	} while (0)

/* Appends a zeroed item and returns its address. */
#define vec_add(v)                                                                       \
	({                                                                               \
		vec_reserve(v, 1);                                                       \
		memset(&(v)->items[(v)->n], 0, sizeof(*(v)->items));                     \
		&(v)->items[(v)->n++];                                                   \
	})

/* Address of the last item, NULL if there is none. */
#define vec_last(v) ((v)->n ? &(v)->items[(v)->n - 1] : NULL)

/* Loop over all items: struct T *it; vec_each(it, &v) ... */
#define vec_each(it, v)                                                                  \
	for ((it) = (v)->items; (v)->n && (it) < (v)->items + (v)->n; (it)++)

/* Gives back the memory of items that were never added. */
#define vec_shrink(v)                                                                    \
	do {                                                                             \
		if ((v)->n && (v)->n < (v)->cap) {                                       \
			(v)->cap = (v)->n;                                               \
			(v)->items =                                                     \
				mem_resize((v)->items, (v)->cap, sizeof(*(v)->items));   \
		}                                                                        \
	} while (0)

/* Frees the items and leaves an empty array. */
#define vec_release(v)                                                                   \
	do {                                                                             \
		mem_free((v)->items);                                                    \
		memset((v), 0, sizeof(*(v)));                                            \
	} while (0)
