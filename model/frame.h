/* What a box of a flame graph stands for: a function, or a process, or code without a name. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t frame_id;

enum frame_kind {
	FRAME_ROOT, /* process, thread, container: structure, no code */
	FRAME_KERNEL,
	FRAME_MODULE,
	FRAME_USER,    /* the program itself */
	FRAME_LIBRARY, /* what it has loaded, the vdso too */
	FRAME_JIT,
	FRAME_INTERPRETED,
	FRAME_UNKNOWN, /* the name says why: "[unknown libfoo.so]" */
	FRAME_KINDS,
};

struct frame {
	str_id name;   /* as it is shown, demangled */
	str_id object; /* the dso's short name, 0: none is known */
	uint8_t kind;
	bool is_inlined; /* into the frame below it in the stack */
};

/* Every frame once. */
struct frame_table {
	struct strtab *strings; /* somebody else's */
	struct hashmap by_hash;
	VEC(struct frame) items;
};

void frame_table_init(struct frame_table *t, struct strtab *strings);
void frame_table_release(struct frame_table *t);

/* The number of the frame that equals 'like', added when it is new. */
frame_id frame_add(struct frame_table *t, const struct frame *like);
const struct frame *frame_at(const struct frame_table *t, frame_id id);
const char *frame_name(const struct frame_table *t, frame_id id);

/* The word for a kind, for output that machines read: "kernel", "user", ... */
const char *frame_kind_name(enum frame_kind kind);
