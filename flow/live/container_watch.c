#include "flow/live/container_watch.h"

#include "base/hashmap.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/strtab.h"
#include "base/thread/mutex.h"
#include "base/thread/ticker.h"
#include "base/vec.h"
#include "record/cgroup_list.h"
#include "record/container/container_store.h"
#include "record/container/host_name.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	TICK_MS = 50,
	STOP_S = 3,
	LOOK_TICKS = 20, /* between looks at the processes of groups with a host name */
	WAITING_MAX = 100000,
	UNNAMED_MAX = 4096, /* groups that are looked at once more at the end */
	HOST_NAME_SIZE = 65,
};

struct container_watch {
	struct ticker *ticker;
	struct cgroup_mount mount;
	bool has_mount;

	pthread_mutex_t lock; /* for the next lines */
	pthread_cond_t done;
	VEC(char *) waiting; /* paths */
	bool is_ending, is_done;

	/* the thread's */
	struct strtab texts;
	VEC(struct container_info) found;
	VEC(char *) unnamed; /* paths */
	uint64_t n_ticks;
};

static const char *text_keep(struct container_watch *w, const char *text)
{
	return *text ? strtab_str(&w->texts, strtab_add(&w->texts, text)) : NULL;
}

/* Looks for the names of the container with this id. */
static bool id_find(struct container_watch *w, const char *id)
{
	struct container_names names;
	char key[CONTAINER_ID_LEN + 1];

	snprintf(key, sizeof(key), "%.*s", CONTAINER_ID_LEN, id);
	if (!container_store_find("", key, &names))
		return false;
	vec_push(&w->found, ((struct container_info){
				    .key = text_keep(w, key),
				    .name = text_keep(w, names.name),
				    .pod = text_keep(w, names.pod),
				    .pod_namespace = text_keep(w, names.pod_namespace)}));
	return true;
}

/* Returns whether the container of the path has a name. */
static bool name_find(struct container_watch *w, const char *path)
{
	const struct container_infos found = {w->found.items, w->found.n};
	const char *id;

	if (container_info_find(&found, path, &id))
		return true;
	for (id = container_id_in(path); id; id = container_id_in(id + CONTAINER_ID_LEN))
		if (id_find(w, id))
			return true;
	return false;
}

static enum host_names group_look(const struct container_watch *w, const char *path,
				  char name[HOST_NAME_SIZE])
{
	char folder[PATH_MAX + sizeof(w->mount.folder)];

	/* In a container's own namespace the paths are not those of the mount. */
	if (!w->has_mount || *w->mount.prefix)
		return HOST_NAMES_NONE;
	snprintf(folder, sizeof(folder), "%s%s", w->mount.folder, path);
	return host_name_of_cgroup(folder, name, HOST_NAME_SIZE);
}

static bool host_name_find(struct container_watch *w, const char *path)
{
	const char *id = container_id_in(path);
	char name[HOST_NAME_SIZE];

	if (group_look(w, path, name) != HOST_NAMES_ONE)
		return false;
	/* The usual host name of a container is its id. */
	if (!id || strncmp(id, name, strlen(name)) != 0)
		vec_push(&w->found,
			 ((struct container_info){.key = text_keep(w, path),
						  .host_name = text_keep(w, name)}));
	return true;
}

/* Drops the names of groups that other containers have joined. */
static void host_names_check(struct container_watch *w)
{
	char name[HOST_NAME_SIZE];
	struct container_info *info;

	vec_each(info, &w->found) {
		enum host_names now;

		if (!info->host_name)
			continue;
		now = group_look(w, info->key, name);
		if (now == HOST_NAMES_SEVERAL ||
		    (now == HOST_NAMES_ONE && strcmp(name, info->host_name) != 0))
			info->host_name = NULL;
	}
}

/* The last look, and the word that it was the last. */
static void end(struct container_watch *w)
{
	char **path;

	vec_each(path, &w->unnamed)
		host_name_find(w, *path);
	host_names_check(w);
	pthread_mutex_lock(&w->lock);
	w->is_done = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

static void tick(void *watch)
{
	struct container_watch *w = watch;
	typeof(w->waiting) paths;
	bool is_ending;
	char **path;

	pthread_mutex_lock(&w->lock);
	paths = w->waiting;
	w->waiting = (typeof(paths)){0};
	is_ending = w->is_ending && !w->is_done;
	pthread_mutex_unlock(&w->lock);
	vec_each(path, &paths) {
		if (name_find(w, *path) || host_name_find(w, *path) ||
		    w->unnamed.n == UNNAMED_MAX)
			mem_free(*path);
		else
			vec_push(&w->unnamed, *path);
	}
	vec_release(&paths);
	if (++w->n_ticks % LOOK_TICKS == 0)
		host_names_check(w);
	if (is_ending)
		end(w);
}

static void container_watch_free(struct container_watch *w)
{
	char **path;

	vec_each(path, &w->waiting)
		mem_free(*path);
	vec_each(path, &w->unnamed)
		mem_free(*path);
	vec_release(&w->waiting);
	vec_release(&w->unnamed);
	vec_release(&w->found);
	strtab_release(&w->texts);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

struct container_watch *container_watch_start(struct error *err)
{
	struct container_watch *w = mem_new(1, sizeof(*w));

	mutex_init(&w->lock);
	pthread_cond_init(&w->done, NULL);
	strtab_init(&w->texts);
	w->has_mount = cgroup_mount_find(&w->mount);
	w->ticker = ticker_start(TICK_MS, tick, w, err);
	if (w->ticker)
		return w;
	container_watch_free(w);
	return NULL;
}

void container_watch_saw(struct container_watch *w, const struct event *ev)
{
	char *path;

	if (ev->kind != EVENT_CGROUP)
		return;
	path = mem_str(ev->cgroup.path, strlen(ev->cgroup.path));
	pthread_mutex_lock(&w->lock);
	if (w->waiting.n < WAITING_MAX) {
		vec_push(&w->waiting, path);
		path = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	mem_free(path);
}

/* Returns false if the thread needs too long. */
static bool end_wait(struct container_watch *w)
{
	struct timespec until;
	bool is_done;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_S;
	pthread_mutex_lock(&w->lock);
	w->is_ending = true;
	while (!w->is_done && !late)
		late = pthread_cond_timedwait(&w->done, &w->lock, &until);
	is_done = w->is_done;
	pthread_mutex_unlock(&w->lock);
	return is_done;
}

void container_watch_stop(struct container_watch **wp, struct run_info *run_info)
{
	struct container_watch *w = *wp;

	*wp = NULL;
	if (!w || !end_wait(w) || !ticker_stop(&w->ticker, STOP_S * 1000))
		return;
	if (run_info)
		run_info_set_containers(
			run_info, &(struct container_infos){w->found.items, w->found.n});
	container_watch_free(w);
}
