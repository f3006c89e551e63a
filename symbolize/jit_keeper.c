#include "symbolize/jit_keeper.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/hashmap.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "base/vec.h"
#include "elf/dso_open.h"
#include "elf/keep/file_copy.h"
#include "elf/path_open.h"
#include "model/dso.h"
#include "symbolize/jit_process.h"
#include "symbolize/source_jitdump.h"

#include <unistd.h>

enum {
	FILES_MAX = 512,
	RETRY_NS = 100000000, /* between two searches for a missing map */
	FORKS_MAX = 8,	      /* parents of parents that are searched */
	NEW_MIN = 512,	      /* images between two calls of images_forget() */
	HEIRS_MAX = 1 << 13,  /* ended images that have code of others only */
	ANCESTORS_MAX = 64,   /* that images_forget() looks at */
	/* after the exit of its first thread a process may run on */
	EXIT_NS = 1000000000,
	COPIES_MAX = 64 << 20, /* of all copies */
};

struct image {
	uint32_t pid;
	jit_image parent;
	jit_image older; /* of the same process */
	jit_image moved; /* in images_forget(): the new number, JIT_NONE: forgotten */
	uint64_t exited; /* last exit of a thread from that of the first on, 0: none */
	uint64_t began;	 /* time of its fork or exec, 0: before the first event */
	uint64_t seen;	 /* time of the last event */
	uint64_t retry;	 /* time of the next search for a map */
	bool has_process, is_over; /* 'process' is set; the pid has a later image */
	bool has_parent;	   /* 'parent' is set, JIT_NONE: there is none */
	struct jit_process process;
	int map, dump;			/* -1: none */
	bool map_is_copy, dump_is_copy; /* the file itself was let go */
	struct dso file;		/* the identity of the dump */
};

struct jit_keeper {
	pthread_mutex_t lock;
	bool is_live;
	struct slow_files *slow;  /* the caller's */
	VEC(struct image) images; /* older images of a process come first */
	struct hashmap by_pid;	  /* to newest */
	VEC(jit_image) newest;	  /* of each process */
	uint64_t now;		  /* time of the last event */
	size_t n_left;		  /* images after the last images_forget() */
	size_t files;		  /* number of open files */
	size_t copied;		  /* bytes of all copies so far */
};

static void close_file(struct jit_keeper *k, int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	k->files--;
}

struct jit_keeper *jit_keeper_new(bool is_live, struct slow_files *slow)
{
	struct jit_keeper *k = mem_new(1, sizeof(*k));

	*k = (struct jit_keeper){.is_live = is_live, .slow = slow};
	mutex_init(&k->lock);
	return k;
}

void jit_keeper_free(struct jit_keeper **at)
{
	struct jit_keeper *k = *at;
	struct image *image;

	if (!k)
		return;
	vec_each(image, &k->images) {
		close_file(k, &image->map);
		close_file(k, &image->dump);
	}
	vec_release(&k->images);
	vec_release(&k->newest);
	hashmap_release(&k->by_pid);
	pthread_mutex_destroy(&k->lock);
	mem_free(k);
	*at = NULL;
}

/* The place of the process's newest image, or NULL. */
static jit_image *newest_of(const struct jit_keeper *k, uint32_t pid)
{
	uint32_t i = hashmap_find(&k->by_pid, hash_u64(pid, 1), v,
				  k->images.items[k->newest.items[v]].pid == pid);

	return i == HASHMAP_NONE ? NULL : &k->newest.items[i];
}

/* The last image of a process that began at 'time' or before, or JIT_NONE. Most are
 * searched for the present time. */
static jit_image image_find(const struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	const jit_image *newest = newest_of(k, pid);
	jit_image i = newest ? *newest : JIT_NONE;

	while (i != JIT_NONE && k->images.items[i].began > time)
		i = k->images.items[i].older;
	return i;
}

/* 'began' is 0, or no image of the process began later. */
static jit_image image_add(struct jit_keeper *k, uint32_t pid, uint64_t began)
{
	jit_image *newest = newest_of(k, pid), i = narrow_u32(k->images.n), oldest;
	struct image *image = vec_add(&k->images);

	*image = (struct image){.pid = pid,
				.process.inner = pid,
				.parent = JIT_NONE,
				.older = JIT_NONE,
				.began = began,
				.map = -1,
				.dump = -1};
	if (!newest) {
		hashmap_put(&k->by_pid, hash_u64(pid, 1), narrow_u32(k->newest.n));
		vec_push(&k->newest, i);
	} else if (k->images.items[*newest].began <= began) {
		k->images.items[*newest].is_over = true;
		image->older = *newest;
		*newest = i;
	} else {
		for (oldest = *newest; k->images.items[oldest].older != JIT_NONE;)
			oldest = k->images.items[oldest].older;
		k->images.items[oldest].older = i;
		image->is_over = true;
	}
	return i;
}

static jit_image image_find_or_add(struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	jit_image i = image_find(k, pid, time);

	return i == JIT_NONE ? image_add(k, pid, 0) : i;
}

/* Reads /proc once to fill in the process of an image. Returns false if the process is
 * gone or the pid is another process's by now. */
static bool process_read(struct image *image)
{
	if (image->has_process)
		return true;
	if (image->is_over || !jit_process_read(&image->process, image->pid))
		return false;
	image->has_process =
		!image->seen || jit_process_was_there(&image->process, image->seen);
	return image->has_process;
}

/* Closes the same map file in older images of the process: after an exec the program
 * writes the file anew. */
static void older_maps_close(struct jit_keeper *k, jit_image newest, int fd)
{
	jit_image i = k->files ? k->images.items[newest].older : JIT_NONE;

	for (; i != JIT_NONE; i = k->images.items[i].older)
		if (jit_process_is_same_file(k->images.items[i].map, fd))
			close_file(k, &k->images.items[i].map);
}

static void map_open(struct jit_keeper *k, jit_image i)
{
	struct image *image = &k->images.items[i];
	int fd;

	if (!k->is_live || image->is_over || !process_read(image) || image->map_is_copy ||
	    (image->map >= 0 && jit_process_wrote(&image->process, image->map, 0)))
		return;
	/* There is no map, or an old one: a new one may be at its path by now. */
	close_file(k, &image->map);
	fd = k->files < FILES_MAX ? jit_process_open_map(&image->process, k->slow) : -1;
	if (fd < 0)
		return;
	older_maps_close(k, i, fd);
	image->map = fd;
	k->files++;
}

/* Sets the parent of a process that was forked before the first event. */
static void parent_find(struct jit_keeper *k, jit_image i)
{
	for (int depth = 0; depth < FORKS_MAX; depth++) {
		struct image *image = &k->images.items[i];
		struct jit_process parent;
		jit_image of;

		if (image->has_parent || !process_read(image))
			return;
		image->has_parent = true;
		if (!jit_process_read(&parent, image->process.parent) ||
		    !jit_process_is_fork(&image->process, &parent))
			return;
		of = image_find_or_add(k, parent.pid, image->seen);
		k->images.items[i].parent = of;
		map_open(k, of);
		i = of;
	}
}

static void apply_code_mapping(struct jit_keeper *k, const struct event *ev)
{
	jit_image i = image_find_or_add(k, ev->pid, ev->time);
	struct image *image = &k->images.items[i];

	image->seen = ev->time > image->seen ? ev->time : image->seen;
	image->exited = 0;
	if (!k->is_live || ev->time < image->retry)
		return;
	image->retry = ev->time + RETRY_NS;
	map_open(k, i);
	parent_find(k, i);
}

static void apply_dump_mapping(struct jit_keeper *k, const struct event *ev)
{
	jit_image i = image_find_or_add(k, ev->pid, ev->time);
	struct image *image = &k->images.items[i];
	const struct event_mmap *m = &ev->mmap;
	const struct dso file = {.major = m->major,
				 .minor = m->minor,
				 .inode = m->inode,
				 .generation = m->generation,
				 .pid = ev->pid};
	const struct dso_opening how = {.slow = k->slow, .grows = true};

	image->seen = ev->time > image->seen ? ev->time : image->seen;
	if (image->dump >= 0 && dso_is_same_file(&image->file, &file))
		return;
	close_file(k, &image->dump);
	image->file = file;
	image->dump_is_copy = false;
	if (k->files < FILES_MAX)
		dso_open(&how, &file, m->path, k->is_live, &image->dump);
	k->files += image->dump >= 0;
}

/* Starts a new image. A fork has its parent's code, a program after an exec has no
 * code yet. */
static void image_start(struct jit_keeper *k, const struct event *ev, jit_image parent)
{
	jit_image last = image_find(k, ev->pid, UINT64_MAX), i;

	if (last == JIT_NONE ? parent == JIT_NONE
			     : k->images.items[last].began >= ev->time)
		return;
	i = image_add(k, ev->pid, ev->time);
	k->images.items[i].seen = ev->time;
	k->images.items[i].parent = parent;
	k->images.items[i].has_parent = true;
}

static void apply_exit(struct jit_keeper *k, const struct event *ev)
{
	jit_image i = image_find(k, ev->pid, ev->time);

	/* Some programs write their map when they end. */
	if (i == JIT_NONE || (ev->pid != ev->tid && !k->images.items[i].exited))
		return;
	map_open(k, i);
	k->images.items[i].exited = ev->time;
}

static void apply_mmap(struct jit_keeper *k, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;

	if (!m->is_exec || m->is_kernel)
		return;
	if (source_jitdump_knows(m->path))
		apply_dump_mapping(k, ev);
	else if (jit_process_may_have(m->path))
		apply_code_mapping(k, ev);
}

/* Whether the image has functions, or may still get some. */
static bool image_is_source(const struct jit_keeper *k, const struct image *image)
{
	return image->map >= 0 || image->dump >= 0 ||
	       !(image->is_over || (image->exited && image->exited + EXIT_NS < k->now));
}

/* The nearest ancestor that is a source, or JIT_NONE. */
static jit_image source_above(const struct jit_keeper *k, const struct image *image)
{
	jit_image i = image->parent;

	for (int n = 0; i != JIT_NONE && n < ANCESTORS_MAX; n++) {
		if (image_is_source(k, &k->images.items[i]))
			return i;
		i = k->images.items[i].parent;
	}
	return JIT_NONE;
}

/* Numbers the images that remain: sources, and the newest of those that have code of a
 * source. Returns their number. */
static jit_image images_number(struct jit_keeper *k)
{
	size_t n_heirs = 0;
	jit_image n = 0;

	for (size_t i = k->images.n; i--;) {
		struct image *image = &k->images.items[i];
		bool is_source = image_is_source(k, image);

		image->parent = source_above(k, image);
		n_heirs += !is_source && image->parent != JIT_NONE;
		image->moved =
			is_source || (image->parent != JIT_NONE && n_heirs <= HEIRS_MAX)
				? 0
				: JIT_NONE;
	}
	for (size_t i = 0; i < k->images.n; i++)
		if (k->images.items[i].moved != JIT_NONE)
			k->images.items[i].moved = n++;
	return n;
}

/* The new number of the image, or of the next older one that remains. */
static jit_image number_from(const struct jit_keeper *k, jit_image i)
{
	while (i != JIT_NONE && k->images.items[i].moved == JIT_NONE)
		i = k->images.items[i].older;
	return i == JIT_NONE ? JIT_NONE : k->images.items[i].moved;
}

/* Forgets images that can give no names any more: programs that have ended without a file
 * about their code. */
static void images_forget(struct jit_keeper *k)
{
	jit_image n = images_number(k), *newest;
	size_t n_processes = 0;

	vec_each(newest, &k->newest)
		*newest = number_from(k, *newest);
	for (size_t i = 0; i < k->images.n; i++) {
		struct image *image = &k->images.items[i];

		if (image->moved == JIT_NONE)
			continue;
		image->older = number_from(k, image->older);
		if (image->parent != JIT_NONE)
			image->parent = k->images.items[image->parent].moved;
	}
	for (size_t i = 0; i < k->images.n; i++)
		if (k->images.items[i].moved != JIT_NONE)
			k->images.items[k->images.items[i].moved] = k->images.items[i];
	k->images.n = k->n_left = n;
	hashmap_release(&k->by_pid);
	for (size_t i = 0; i < k->newest.n; i++) {
		jit_image at = k->newest.items[i];

		if (at == JIT_NONE)
			continue;
		hashmap_put(&k->by_pid, hash_u64(k->images.items[at].pid, 1),
			    narrow_u32(n_processes));
		k->newest.items[n_processes++] = at;
	}
	k->newest.n = n_processes;
}

void jit_keeper_saw(struct jit_keeper *k, const struct event *ev)
{
	pthread_mutex_lock(&k->lock);
	k->now = ev->time > k->now ? ev->time : k->now;
	if (k->images.n > 2 * k->n_left + NEW_MIN)
		images_forget(k);
	if (ev->kind == EVENT_MMAP)
		apply_mmap(k, ev);
	else if (ev->kind == EVENT_FORK && ev->pid != ev->fork.parent_pid &&
		 !ev->fork.is_synthesized)
		image_start(k, ev, image_find(k, ev->fork.parent_pid, ev->time));
	else if (ev->kind == EVENT_COMM && ev->comm.is_exec)
		image_start(k, ev, JIT_NONE);
	else if (ev->kind == EVENT_EXIT)
		apply_exit(k, ev);
	pthread_mutex_unlock(&k->lock);
}

jit_image jit_keeper_find(struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	jit_image i;

	pthread_mutex_lock(&k->lock);
	i = image_find(k, pid, time);
	pthread_mutex_unlock(&k->lock);
	return i;
}

jit_image jit_keeper_parent(struct jit_keeper *k, jit_image image)
{
	jit_image parent;

	pthread_mutex_lock(&k->lock);
	parent = k->images.items[image].parent;
	pthread_mutex_unlock(&k->lock);
	return parent;
}

/* Copies the descriptor; of a slow file system, copies the file. */
static int fd_copy(const struct jit_keeper *k, int fd)
{
	return fd < 0 ? -1 : path_read(k->slow, fd);
}

int jit_keeper_dump(struct jit_keeper *k, jit_image image)
{
	int fd;

	pthread_mutex_lock(&k->lock);
	fd = fd_copy(k, k->images.items[image].dump);
	pthread_mutex_unlock(&k->lock);
	return fd;
}

int jit_keeper_map(struct jit_keeper *k, jit_image image)
{
	const struct image *it;
	int fd = -1;

	pthread_mutex_lock(&k->lock);
	map_open(k, image);
	it = &k->images.items[image];
	if (it->map_is_copy || jit_process_wrote(&it->process, it->map, it->exited))
		fd = fd_copy(k, it->map);
	pthread_mutex_unlock(&k->lock);
	return fd;
}

/* Replaces a file by its copy, if its process has ended. The lock is not held while the
 * file is read: all images may have moved then. */
static void file_let_go(struct jit_keeper *k, jit_image i, bool is_map)
{
	const struct image before = k->images.items[i];
	scoped(fd_close) int file = fd_copy(k, is_map ? before.map : before.dump);
	bool has_names =
		!is_map || jit_process_wrote(&before.process, before.map, before.exited);
	struct image *image;
	size_t bytes = 0;
	int copy = -1, *fd;

	pthread_mutex_unlock(&k->lock);
	if (has_names)
		copy = file_copy_whole(file, COPIES_MAX - k->copied, &bytes);
	pthread_mutex_lock(&k->lock);
	i = image_find(k, before.pid, before.began);
	image = i == JIT_NONE ? NULL : &k->images.items[i];
	fd = !image ? NULL : is_map ? &image->map : &image->dump;
	if (!image || image->began != before.began || *fd < 0)
		return fd_close(&copy);
	close_file(k, fd);
	*fd = copy;
	k->files += copy >= 0;
	k->copied += bytes;
	*(is_map ? &image->map_is_copy : &image->dump_is_copy) = true;
}

void jit_keeper_tend(struct jit_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	for (jit_image i = 0; i < k->images.n && k->files; i++) {
		const struct image *image = &k->images.items[i];
		bool has_map = image->map >= 0 && !image->map_is_copy;
		bool has_dump = image->dump >= 0 && !image->dump_is_copy;

		if ((has_map || has_dump) &&
		    (image->is_over || jit_process_is_gone(image->pid) ||
		     (image->exited && image->exited + EXIT_NS < clock_now())))
			file_let_go(k, i, has_map);
	}
	pthread_mutex_unlock(&k->lock);
}

uint32_t jit_keeper_inner_pid(struct jit_keeper *k, jit_image image)
{
	uint32_t pid;

	pthread_mutex_lock(&k->lock);
	pid = k->images.items[image].process.inner;
	pthread_mutex_unlock(&k->lock);
	return pid;
}
