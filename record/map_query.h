/* Build ids of mapped files, from the kernel (Linux 6.11 and later). */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/build_id.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialize. */
struct map_query {
	bool is_refused; /* this kernel does not have the query */
	struct hashmap by_file;
	VEC(struct map_answer) answers;
};

struct map_answer {
	uint32_t major, minor;
	uint64_t inode;
	struct build_id build_id;
};

/* Returns the build id of the file 'major':'minor' 'inode', which is mapped at 'addr' in
 * the process with /proc/PID/maps open as 'maps_fd'. Queries the kernel once for each
 * file. Size 0: the file has no build id, or the kernel lacks the query. */
struct build_id map_query_build_id(struct map_query *q, int maps_fd, uint64_t addr,
				   uint32_t major, uint32_t minor, uint64_t inode);

void map_query_release(struct map_query *q);
