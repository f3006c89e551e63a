/* Test support: a folder with a kallsyms file, and a symbolizer that reads this file. */
#pragma once

#include "symbolize/symbolizer.h"
#include "tests/symbolize/tables.h"

/* The text of the file: a kernel at 0xffffffff81000000, two modules, BPF and a
 * trampoline. */
extern const char world_kallsyms[];

struct world {
	char dir[64];
	char kallsyms[512];
	struct tables t;
};

int world_set_up(void **state);
int world_tear_down(void **state);

#define in_world(test)                                                                   \
	cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

/* The caller frees it. */
struct symbolizer *world_symbolizer(struct world *w, bool use_system, bool is_live);

/* The mapping of a new DSO at [addr, addr + len), which begins at offset 0 of the
 * file. */
struct mapping world_map(struct world *w, enum dso_kind kind, const char *path,
			 uint64_t addr, uint64_t len);

/* The only frame of an address. A return address after it has the same frame. */
const struct frame *world_frame(struct world *w, struct symbolizer *s,
				const struct mapping *m, uint64_t addr,
				enum symbolizer_space space);

/* Asserts the only frame of an address. */
void world_expect(struct world *w, struct symbolizer *s, const struct mapping *m,
		  uint64_t addr, const char *name, const char *object,
		  enum frame_kind kind);
