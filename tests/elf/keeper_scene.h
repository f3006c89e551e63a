/* A keeper and a file for it. */
#pragma once

#include "elf/dso_keeper.h"

#include <sys/types.h>

enum { MOST = 100 };

struct scene {
	char dir[64];
	char program[512]; /* a copy of "pie" */
	struct dso by_id, by_inode;
	struct dso_keeper *keeper;
};

int scene_set_up(void **state);
int scene_tear_down(void **state);

/* The kernel's record for a mapping of 'path'. */
struct event scene_mapped(const struct dso *dso, const char *path, pid_t pid);

/* The reason why the file cannot be opened, or DSO_NO_TROUBLE. */
enum dso_trouble scene_trouble(struct dso_keeper *k, const struct dso *dso,
			       const char *path);

#define in_scene(test)                                                                   \
	cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
