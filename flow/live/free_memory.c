#include "flow/live/free_memory.h"

#include "base/parse.h"
#include "base/scoped.h"
#include "record/proc_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_LENGTH = 4096, KIB = 1024 };

/* A version of cgroups: where the hierarchy is mounted, and its two files. */
struct hierarchy {
	const char *controllers, *mount, *limit, *usage;
};

static const struct hierarchy hierarchies[] = {
	{"", "/sys/fs/cgroup", "memory.max", "memory.current"},
	{"", "/sys/fs/cgroup/unified", "memory.max", "memory.current"},
	{"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
	 "memory.usage_in_bytes"},
};

static bool number_read(const char *folder, const char *file, uint64_t *number)
{
	char path[PATH_LENGTH + 64], text[32];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (!proc_read(path, text, sizeof(text)))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, number);
}

/* The least that the group and all groups around it leave. */
static uint64_t group_left(const struct hierarchy *h, const char *group, uint64_t least)
{
	size_t mount = strlen(h->mount);
	char folder[PATH_LENGTH];
	uint64_t limit, usage;

	if ((size_t)snprintf(folder, sizeof(folder), "%s%s", h->mount, group) >=
	    sizeof(folder))
		return least;
	while (strlen(folder) >= mount) {
		if (number_read(folder, h->limit, &limit) &&
		    number_read(folder, h->usage, &usage)) {
			uint64_t left = limit > usage ? limit - usage : 1;

			least = left < least ? left : least;
		}
		*strrchr(folder, '/') = '\0';
	}
	return least;
}

/* Goes through lines like "4:memory:/user.slice" and "0::/user.slice". */
static uint64_t groups_left(uint64_t least)
{
	struct proc_lines lines;
	char *line;

	if (!proc_lines_open(&lines, "/proc/self/cgroup"))
		return least;
	while ((line = proc_lines_next(&lines))) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!group)
			continue;
		*group++ = '\0';
		for (size_t i = 0; i < array_size(hierarchies); i++)
			if (strcmp(controllers + 1, hierarchies[i].controllers) == 0)
				least = group_left(&hierarchies[i], group, least);
	}
	proc_lines_close(&lines);
	return least;
}

uint64_t free_memory(void)
{
	static const char key[] = "MemAvailable:";
	uint64_t least = UINT64_MAX;
	struct proc_lines lines;
	char *line;

	if (proc_lines_open(&lines, "/proc/meminfo")) {
		while ((line = proc_lines_next(&lines)))
			if (strncmp(line, key, sizeof(key) - 1) == 0)
				least = KIB * strtoull(line + sizeof(key) - 1, NULL, 10);
		proc_lines_close(&lines);
	}
	least = groups_left(least);
	return least == UINT64_MAX ? 0 : least;
}
