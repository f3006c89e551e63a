#include "flow/live/sample_cgroups.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"
#include "model/process.h"
#include "record/cgroup_list.h"
#include "record/data/sample_layout.h"
#include "record/proc_file.h"

#include <dirent.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TASKS = 4096,
	TOLD = 1024,
	LOOKS_MAX = 100, /* at processes, in a second */
	GROUPS_MAX = 256,
};

#define LOOK_NS UINT64_C(1000000000) /* between two looks at a process */

/* The group of a process at a time. */
struct task_group {
	uint32_t pid;
	uint64_t looked, id;
};

struct told_group {
	uint64_t id;
	char *path;
};

struct sample_cgroups {
	struct sample_layout layout;
	struct cgroup_mount mount;
	uint64_t second;		/* ns: when the current second began */
	unsigned n_looks;		/* in it */
	bool has_groups;		/* other groups than the topmost have processes */
	bool kernel_tells;		/* a sample had another group */
	struct task_group tasks[TASKS]; /* by pid */
	uint64_t told[TOLD];		/* ids, by id */
	VEC(struct told_group) waiting;
	char *path; /* of the last event */
	uint8_t copy[UINT16_MAX];
};

struct sample_cgroups *sample_cgroups_new(const struct event_specs *specs)
{
	const struct perf_event_attr *attr = &specs->sampling.items[0].attr;
	struct cgroup_mount mount;
	struct sample_cgroups *g;

	if (!(attr->sample_type & PERF_SAMPLE_CGROUP) || !cgroup_mount_find(&mount) ||
	    mount.is_v1)
		return NULL;
	g = mem_new(1, sizeof(*g));
	g->mount = mount;
	g->layout = sample_layout_of(attr->sample_type, true);
	return g;
}

void sample_cgroups_free(struct sample_cgroups **gp)
{
	struct sample_cgroups *g = *gp;
	struct told_group *it;

	if (!g)
		return;
	vec_each(it, &g->waiting)
		mem_free(it->path);
	vec_release(&g->waiting);
	mem_free(g->path);
	mem_free(g);
	*gp = NULL;
}

/* Returns the path of the process within the mount, or NULL. */
static const char *path_read(const struct sample_cgroups *g, char *line)
{
	const char *prefix = strchr(g->mount.prefix, '/');
	const char *path = line + strlen("0::");
	size_t len = prefix ? strlen(prefix) : 0;

	if (strncmp(line, "0::/", 4) != 0 || strncmp(path, "/..", 3) == 0 ||
	    strncmp(path, prefix ? prefix : "", len) != 0)
		return NULL;
	return path + len;
}

static void group_tell(struct sample_cgroups *g, uint64_t id, const char *path)
{
	if (id == CGROUP_TOPMOST || g->told[id % TOLD] == id)
		return;
	g->told[id % TOLD] = id;
	vec_push(&g->waiting,
		 ((struct told_group){id, mem_format("%s%s", g->mount.prefix, path)}));
}

/* Returns the id of the group that a process is in now; 0: unknown. */
static uint64_t group_find(struct sample_cgroups *g, uint32_t pid)
{
	struct proc_lines lines;
	char name[64], folder[8192], *line;
	uint64_t id = 0;
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%u/cgroup", pid);
	if (!proc_lines_open(&lines, name))
		return 0;
	while (!id && (line = proc_lines_next(&lines))) {
		const char *path = path_read(g, line);

		if (!path)
			continue;
		snprintf(folder, sizeof(folder), "%s%s", g->mount.folder, path);
		if (stat(folder, &st) < 0)
			break;
		id = st.st_ino;
		group_tell(g, id, strcmp(path, "/") == 0 ? "" : path);
	}
	proc_lines_close(&lines);
	return id;
}

static bool is_populated(const struct sample_cgroups *g, const char *group)
{
	char path[8192], text[256];

	snprintf(path, sizeof(path), "%s/%s/cgroup.events", g->mount.folder, group);
	return proc_read(path, text, sizeof(text)) && strstr(text, "populated 1");
}

/* Whether another group than the topmost has processes. */
static bool groups_look(const struct sample_cgroups *g)
{
	DIR *dir = opendir(g->mount.folder);
	const struct dirent *entry;
	bool is_found = !dir;

	for (int n = 0; !is_found && (entry = readdir(dir));)
		if (entry->d_type == DT_DIR && *entry->d_name != '.')
			is_found = ++n > GROUPS_MAX || is_populated(g, entry->d_name);
	if (dir)
		closedir(dir);
	return is_found;
}

static void second_begin(struct sample_cgroups *g, uint64_t now)
{
	if (g->second && now - g->second < LOOK_NS)
		return;
	g->second = now;
	g->n_looks = 0;
	g->has_groups = groups_look(g);
}

static uint64_t group_of(struct sample_cgroups *g, uint32_t pid)
{
	struct task_group *task = &g->tasks[pid % TASKS];
	uint64_t now = clock_now(), id;

	second_begin(g, now);
	if (!g->has_groups)
		return CGROUP_TOPMOST;
	if (task->pid == pid && task->looked && now - task->looked < LOOK_NS)
		return task->id;
	id = g->n_looks++ < LOOKS_MAX ? group_find(g, pid) : 0;
	/* A process that has ended was where it was seen last. */
	if (!id && task->pid == pid && task->looked)
		return task->id;
	if (g->n_looks <= LOOKS_MAX)
		*task = (struct task_group){pid, now, id};
	return id;
}

const void *sample_cgroups_apply(struct sample_cgroups *g, const void *record,
				 size_t size)
{
	struct perf_event_header header;
	uint64_t id;
	uint32_t pid;

	memcpy(&header, record, sizeof(header));
	if (!g || g->kernel_tells || header.type != PERF_RECORD_SAMPLE ||
	    size < 8 * ((size_t)g->layout.n_fixed + 1))
		return record;
	/* The last field of flame's samples. */
	memcpy(&id, (const char *)record + size - sizeof(id), sizeof(id));
	memcpy(&pid,
	       (const char *)record + 8 * (size_t)g->layout.in_sample[SAMPLE_FIELD_TASK],
	       sizeof(pid));
	g->kernel_tells = id > CGROUP_TOPMOST;
	/* The idle task is in the topmost group. */
	if (id != CGROUP_TOPMOST || !pid)
		return record;
	id = group_of(g, pid);
	if (id == CGROUP_TOPMOST)
		return record;
	memcpy(g->copy, record, size);
	memcpy(g->copy + size - sizeof(id), &id, sizeof(id));
	return g->copy;
}

bool sample_cgroups_next(struct sample_cgroups *g, struct event *ev)
{
	struct told_group *last;

	if (!g || !g->waiting.n)
		return false;
	last = vec_last(&g->waiting);
	mem_free(g->path);
	g->path = last->path;
	*ev = (struct event){.kind = EVENT_CGROUP,
			     .cpu = UINT32_MAX,
			     .cgroup = {.id = last->id, .path = g->path}};
	g->waiting.n--;
	return true;
}
