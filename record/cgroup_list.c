#include "record/cgroup_list.h"

#include "base/scoped.h"
#include "record/container/own_container.h"
#include "record/proc_file.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CGROUPS_MOST = 100000,
	ROOT_INODE = 1, /* of the topmost cgroup of every hierarchy */
};

/* Candidates for the mount of the hierarchy, from the worst to the best. */
enum mount_rank {
	MOUNT_NONE,
	MOUNT_V2_PART,
	MOUNT_V2,
	MOUNT_V1_PART, /* has the controller perf_event: sampled ids are of version 1 */
	MOUNT_V1,
};

/* Fills *mount with what a line of mountinfo shows. Returns the rank. */
static enum mount_rank mount_read(const char *line, struct cgroup_mount *mount)
{
	char type[16], options[256], folder[4096];
	const char *rest = strstr(line, " - ");
	struct stat st;
	bool is_v1;

	if (!rest || sscanf(rest, " - %15s %*s %255s", type, options) != 2 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", folder, mount->folder) != 2)
		return MOUNT_NONE;
	is_v1 = !strcmp(type, "cgroup") && strstr(options, "perf_event");
	if ((!is_v1 && strcmp(type, "cgroup2") != 0) || stat(mount->folder, &st) < 0)
		return MOUNT_NONE;
	mount->is_v1 = is_v1;
	*mount->prefix = '\0';
	if (st.st_ino == ROOT_INODE)
		return is_v1 ? MOUNT_V1 : MOUNT_V2;
	/* A part that begins outside of our namespace, at an unknown place. */
	if (strncmp(folder, "/..", 3) == 0)
		return MOUNT_NONE;
	if (own_container_has_cgroups())
		own_container_name(mount->prefix, sizeof(mount->prefix));
	if (strcmp(folder, "/") != 0)
		strncat(mount->prefix, folder,
			sizeof(mount->prefix) - strlen(mount->prefix) - 1);
	return is_v1 ? MOUNT_V1_PART : MOUNT_V2_PART;
}

bool cgroup_mount_find(struct cgroup_mount *mount)
{
	enum mount_rank best = MOUNT_NONE;
	struct proc_lines lines;
	char *line;

	if (!proc_lines_open(&lines, "/proc/self/mountinfo"))
		return false;
	while ((line = proc_lines_next(&lines))) {
		struct cgroup_mount found;
		enum mount_rank rank = mount_read(line, &found);

		if (rank > best) {
			best = rank;
			*mount = found;
		}
	}
	proc_lines_close(&lines);
	return best != MOUNT_NONE;
}

static void cgroup_add(struct event_list *list, const struct cgroup_mount *mount,
		       const FTSENT *entry)
{
	const char *path = entry->fts_path + strlen(mount->folder);
	char whole[8192];
	struct event *ev;

	snprintf(whole, sizeof(whole), "%s%s", mount->prefix, path);
	ev = vec_add(&list->items);
	*ev = (struct event){
		.kind = EVENT_CGROUP,
		.cpu = UINT32_MAX,
		.cgroup = {.id = entry->fts_statp->st_ino,
			   .path = event_list_text(list, *whole ? whole : "/")},
	};
}

void cgroup_list(struct event_list *list)
{
	struct cgroup_mount mount;
	char *const roots[] = {mount.folder, NULL};
	FTSENT *entry;
	FTS *tree;
	size_t n = 0;

	if (!cgroup_mount_find(&mount))
		return;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!tree)
		return;
	while (n < CGROUPS_MOST && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_D)
			continue;
		cgroup_add(list, &mount, entry);
		n++;
	}
	fts_close(tree);
}
