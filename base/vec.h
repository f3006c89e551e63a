/* A growing array of any type: VEC(uint64_t) addrs = {0}; its fields may be read freely. */
#pragma once

#include "base/mem.h"

#include <string.h>

#define VEC(T)                                                                           \
	struct {                                                                         \
		T *items;                                                                \
		size_t n, cap;                                                           \
	}

/* Room for 'extra' more items, so that their addresses hold until then. */
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

#define vec_push(v, item)                                                                \
	do {                                                                             \
		vec_reserve(v, 1);                                                       \
		(v)->items[(v)->n++] = (item);                                           \
	} while (0)

/* A new last item, zeroed; its address. */
#define vec_add(v)                                                                       \
	({                                                                               \
		vec_reserve(v, 1);                                                       \
		memset(&(v)->items[(v)->n], 0, sizeof(*(v)->items));                     \
		&(v)->items[(v)->n++];                                                   \
	})

#define vec_last(v) ((v)->n ? &(v)->items[(v)->n - 1] : NULL)

/* For every item: struct T *it; vec_each(it, &v) ... */
#define vec_each(it, v)                                                                  \
	for ((it) = (v)->items; (v)->n && (it) < (v)->items + (v)->n; (it)++)

#define vec_release(v)                                                                   \
	do {                                                                             \
		mem_free((v)->items);                                                    \
		memset((v), 0, sizeof(*(v)));                                            \
	} while (0)
