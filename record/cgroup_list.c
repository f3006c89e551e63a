#include "record/cgroup_list.h"

#include "base/scoped.h"
#include "record/proc_file.h"

#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>

enum { CGROUPS_MOST = 100000 };

/* Stores the mount point of the hierarchy in 'path': in version 1 that of the controller
 * perf_event; false if there is none. */
static bool mount_find(char *path, size_t size)
{
	struct proc_lines lines;
	char *line;
	bool is_v1 = false;

	*path = '\0';
	if (!proc_lines_open(&lines, "/proc/self/mountinfo"))
		return false;
	while (!is_v1 && (line = proc_lines_next(&lines))) {
		char point[4096], type[16], options[256];
		char *rest = strstr(line, " - ");

		if (!rest || sscanf(rest, " - %15s %*s %255s", type, options) != 2 ||
		    sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1)
			continue;
		is_v1 = !strcmp(type, "cgroup") && strstr(options, "perf_event");
		if (is_v1 || (!strcmp(type, "cgroup2") && !*path))
			snprintf(path, size, "%s", point);
	}
	proc_lines_close(&lines);
	return *path;
}

void cgroup_list(struct event_list *list)
{
	char mount[4096];
	char *const roots[] = {mount, NULL};
	FTSENT *entry;
	FTS *tree;
	size_t len, n = 0;

	if (!mount_find(mount, sizeof(mount)))
		return;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!tree)
		return;
	len = strlen(mount);
	while (n < CGROUPS_MOST && (entry = fts_read(tree))) {
		const char *path;
		struct event *ev;

		if (entry->fts_info != FTS_D)
			continue;
		path = entry->fts_path + len;
		ev = vec_add(&list->items);
		*ev = (struct event){
			.kind = EVENT_CGROUP,
			.cpu = UINT32_MAX,
			.cgroup = {.id = entry->fts_statp->st_ino,
				   .path = event_list_text(list, *path ? path : "/")},
		};
		n++;
	}
	fts_close(tree);
}
