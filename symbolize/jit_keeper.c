#include "symbolize/jit_keeper.h"

#include "base/hashmap.h"
#include "base/mutex.h"
#include "base/narrow.h"
#include "base/vec.h"
#include "elf/dso_keeper.h"
#include "model/dso.h"
#include "symbolize/jit_process.h"
#include "symbolize/source_jitdump.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILES_MAX = 512,
	RETRY_NS = 100000000, /* between two searches for a missing map */
	FORKS_MAX = 8,	      /* parents of parents that are searched */
};

struct image {
	uint32_t pid;
	jit_image parent;
	uint64_t began;	  /* time of its fork or exec, 0: before the first event */
	uint64_t seen;	  /* time of the last event */
	uint64_t retry;	  /* time of the next search for a map */
	bool has_process; /* 'process' is set */
	bool is_over;	  /* the pid has a later image */
	bool has_parent;  /* 'parent' is set, JIT_NONE: there is none */
	struct jit_process process;
	int map, dump;	 /* -1: none */
	struct dso file; /* the identity of the dump */
};

struct jit_keeper {
	pthread_mutex_t lock;
	bool is_live;
	VEC(struct image) images;
	struct hashmap by_pid;
	size_t files; /* number of open files */
};

static void close_file(struct jit_keeper *k, int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	k->files--;
}

struct jit_keeper *jit_keeper_new(bool is_live)
{
	struct jit_keeper *k = mem_new(1, sizeof(*k));

	mutex_init(&k->lock);
	k->is_live = is_live;
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
	hashmap_release(&k->by_pid);
	pthread_mutex_destroy(&k->lock);
	mem_free(k);
	*at = NULL;
}

/* The last image of a process that began at 'time' or before, or JIT_NONE. */
static jit_image image_find(const struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	jit_image i, best = JIT_NONE;

	hashmap_each(i, &k->by_pid, hash_u64(pid, 1)) {
		const struct image *image = &k->images.items[i];

		if (image->pid == pid && image->began <= time &&
		    (best == JIT_NONE || image->began > k->images.items[best].began))
			best = i;
	}
	return best;
}

static jit_image image_add(struct jit_keeper *k, uint32_t pid, uint64_t began)
{
	jit_image before = image_find(k, pid, UINT64_MAX), i = narrow_u32(k->images.n);
	struct image *image;

	if (before != JIT_NONE)
		k->images.items[before].is_over = true;
	hashmap_put(&k->by_pid, hash_u64(pid, 1), i);
	image = vec_add(&k->images);
	*image = (struct image){
		.pid = pid, .parent = JIT_NONE, .began = began, .map = -1, .dump = -1};
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
	struct stat st, old;
	struct image *image;

	if (fstat(fd, &st) < 0)
		return;
	vec_each(image, &k->images)
		if (image->pid == k->images.items[newest].pid && image->map >= 0 &&
		    fstat(image->map, &old) == 0 && old.st_dev == st.st_dev &&
		    old.st_ino == st.st_ino)
			close_file(k, &image->map);
}

static void map_open(struct jit_keeper *k, jit_image i)
{
	struct image *image = &k->images.items[i];
	int fd;

	if (!k->is_live || image->is_over || !process_read(image) ||
	    (image->map >= 0 && jit_process_wrote(&image->process, image->map)))
		return;
	/* There is no map, or an old one: a new one may be at its path by now. */
	close_file(k, &image->map);
	fd = k->files < FILES_MAX ? jit_process_open_map(&image->process) : -1;
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
	if (!k->is_live || ev->time < image->retry)
		return;
	image->retry = ev->time + RETRY_NS;
	map_open(k, i);
	parent_find(k, i);
}

static bool is_same_file(const struct dso *a, const struct event_mmap *m)
{
	return a->major == m->major && a->minor == m->minor && a->inode == m->inode &&
	       a->generation == m->generation;
}

static void apply_dump_mapping(struct jit_keeper *k, const struct event *ev)
{
	jit_image i = image_find_or_add(k, ev->pid, ev->time);
	struct image *image = &k->images.items[i];
	const struct event_mmap *m = &ev->mmap;
	enum dso_trouble ignored;

	image->seen = ev->time > image->seen ? ev->time : image->seen;
	if (image->dump >= 0 && is_same_file(&image->file, m))
		return;
	close_file(k, &image->dump);
	image->file = (struct dso){.kind = DSO_FILE,
				   .major = m->major,
				   .minor = m->minor,
				   .inode = m->inode,
				   .generation = m->generation,
				   .pid = ev->pid};
	if (k->files < FILES_MAX)
		image->dump = dso_keeper_open(NULL, &image->file, m->path, k->is_live,
					      &ignored);
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
	if (i != JIT_NONE && ev->pid == ev->tid)
		map_open(k, i);
}

bool jit_keeper_may_be_code(const char *path)
{
	if (strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/dev/shm/", 9) == 0)
		return true;
	/* Every process has [vsyscall]. */
	return dso_kind_of(path, false) == DSO_ANON && strcmp(path, "[vsyscall]") != 0;
}

static void apply_mmap(struct jit_keeper *k, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;

	if (!m->is_exec || m->is_kernel)
		return;
	if (source_jitdump_knows(m->path))
		apply_dump_mapping(k, ev);
	else if (jit_keeper_may_be_code(m->path))
		apply_code_mapping(k, ev);
}

void jit_keeper_saw(struct jit_keeper *k, const struct event *ev)
{
	pthread_mutex_lock(&k->lock);
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

/* A copy of a descriptor; -1 of -1. */
static int fd_copy(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int jit_keeper_dump(struct jit_keeper *k, jit_image image)
{
	int fd;

	pthread_mutex_lock(&k->lock);
	fd = fd_copy(k->images.items[image].dump);
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
	if (it->map >= 0 && jit_process_wrote(&it->process, it->map))
		fd = fd_copy(it->map);
	pthread_mutex_unlock(&k->lock);
	return fd;
}

uint32_t jit_keeper_inner_pid(struct jit_keeper *k, jit_image image)
{
	uint32_t pid;

	pthread_mutex_lock(&k->lock);
	pid = k->images.items[image].process.inner;
	pthread_mutex_unlock(&k->lock);
	return pid;
}
