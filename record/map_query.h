/* Asks the kernel itself for the build ids of mapped files (Linux 6.11 and later). */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/build_id.h"

#include <stdbool.h>
#include <stdint.h>

struct map_query {
	bool is_refused; /* by this kernel: never asked again */
	struct hashmap by_file;
	VEC(struct map_answer) answers;
};

struct map_answer {
	uint32_t major, minor;
	uint64_t inode;
	struct build_id build_id;
};

/* The build id of the file 'major':'minor' 'inode' that is mapped at 'addr' in the process
 * whose /proc/PID/maps is open as 'maps_fd'; each file is asked for once. Size 0 where it has
 * none or the kernel can't say. */
struct build_id map_query_build_id(struct map_query *q, int maps_fd, uint64_t addr,
				   uint32_t major, uint32_t minor, uint64_t inode);

void map_query_release(struct map_query *q);
