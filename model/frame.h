/* Frames: the boxes of a flame graph. A frame is a function, a process, or code without a
 * name. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t frame_id;

enum frame_kind {
	/* process, thread, container: not code */
	FRAME_ROOT,
	FRAME_KERNEL,
	FRAME_MODULE,
	/* the program itself */
	FRAME_USER,
	/* a shared library, also the vdso */
	FRAME_LIBRARY,
	FRAME_JIT,
	FRAME_INTERPRETED,
	/* code without a name: "[unknown libfoo.so]" */
	FRAME_UNKNOWN,
	FRAME_KINDS,
};

struct frame {
	/* demangled */
	str_id name;
	/* short name of the dso, 0: unknown */
	str_id object;
	/* enum frame_kind */
	uint8_t kind;
	/* inlined into its caller in the stack */
	bool is_inlined;
};

/* A table of frames: stores each frame once and gives it an id. */
struct frame_table {
	/* not owned */
	struct strtab *strings;
	struct hashmap by_hash;
	VEC(struct frame) items;
};

/* Makes an empty table with its strings in 'strings'. */
void frame_table_init(struct frame_table *t, struct strtab *strings);
void frame_table_release(struct frame_table *t);

/* Returns the id of the frame equal to 'like'; adds it if it is new. */
frame_id frame_add(struct frame_table *t, const struct frame *like);

/* Returns the frame of an id of this table; valid until the next frame_add(). */
const struct frame *frame_at(const struct frame_table *t, frame_id id);

/* Returns its name; valid as long as the strings. */
const char *frame_name(const struct frame_table *t, frame_id id);

/* Returns the word for a kind, for machine-readable output: "kernel", "user" and so
 * on. */
const char *frame_kind_name(enum frame_kind kind);
