#include "elf/dso_keeper.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "elf/dso_open.h"
#include "elf/elf_file.h"
#include "elf/keep/kept_files.h"
#include "elf/keep/mapped_file.h"
#include "elf/path_open.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct dso_keeper {
	struct kept_files kept;
	struct slow_files *slow; /* the caller's */
	size_t missed;		 /* with the lock of 'kept' */
	/* Another process holds the files, of which 'fetched' was the last one. */
	dso_keeper_fetch_fn *fetch;
	void *fetch_data;
	struct fd_cache_ref fetched;
	bool fetched_is_over; /* it was let go */
};

/* Enlarges the table of descriptors now: when other threads run, the kernel makes a
 * process wait for an RCU grace period each time that the table grows. */
static void descriptor_table_enlarge(size_t most)
{
	int first = open("/", O_PATH | O_CLOEXEC);
	int last = fcntl(first, F_DUPFD_CLOEXEC, first + narrow_int(most));

	fd_close(&last);
	fd_close(&first);
}

struct dso_keeper *dso_keeper_new(size_t most, struct slow_files *slow)
{
	struct dso_keeper *k = mem_new(1, sizeof(*k));

	descriptor_table_enlarge(most);
	kept_files_init(&k->kept, most);
	k->slow = slow;
	return k;
}

struct dso_keeper *dso_keeper_new_remote(dso_keeper_fetch_fn *fetch, void *data)
{
	struct dso_keeper *k = dso_keeper_new(1, NULL);

	k->fetch = fetch;
	k->fetch_data = data;
	return k;
}

void dso_keeper_free(struct dso_keeper **k)
{
	if (!*k)
		return;
	kept_files_release(&(*k)->kept);
	mem_free(*k);
	*k = NULL;
}

/* Opens the file of the O_PATH descriptor 'at' of an entry. */
static enum dso_trouble open_held(const struct dso_opening *how, int at,
				  const struct fd_cache_entry *file,
				  const struct dso *dso, int *opened)
{
	const struct dso by_id = {.build_id = dso->build_id};
	struct stat st;

	if (!path_check(how->slow, at, &st))
		return errno == ETIMEDOUT ? DSO_HUNG : DSO_GONE;
	/* The inode was checked when the file was opened. */
	return fd_cache_is_unchanged(file, at)
		       ? dso_open_found(how, at, &st, &by_id, opened)
		       : DSO_REPLACED;
}

/* Has another process open the file. */
static enum dso_trouble open_remote(struct dso_keeper *k, const struct dso_opening *how,
				    const struct dso *dso, int *opened,
				    struct fd_cache_entry *file)
{
	struct dso_held held = {.why = DSO_GONE};
	scoped(fd_close) int fd = k->fetch(k->fetch_data, dso, &held);

	k->fetched = held.file;
	k->fetched_is_over = held.is_over;
	*file = (struct fd_cache_entry){.why = held.why,
					.has_stat = held.has_stat,
					.size = held.size,
					.changed = held.changed};
	if (fd < 0)
		return held.why ? held.why : DSO_GONE;
	if (fstat(fd, how->found) < 0)
		return DSO_GONE;
	if (!held.is_copy && dso->build_id.size &&
	    !elf_file_has_build_id(fd, &dso->build_id))
		return DSO_REPLACED;
	*opened = fd;
	fd = -1;
	return DSO_NO_TROUBLE;
}

/* Opens the file that the keeper holds, or its copy. Sets *file to its entry; without
 * one, has_stat of it is false. */
static enum dso_trouble open_kept(struct dso_keeper *k, const struct dso_opening *how,
				  const struct dso *dso, int *opened,
				  struct fd_cache_entry *file)
{
	scoped(kept_file_release) struct kept_file kept = {.at = -1, .copy = -1};
	enum dso_trouble why;

	if (k->fetch)
		return open_remote(k, how, dso, opened, file);
	kept_files_copy(&k->kept, dso, false, &kept);
	*file = kept.entry;
	if (!kept.has_room)
		return DSO_NO_ROOM;
	why = kept.at < 0 ? file->why : open_held(how, kept.at, file, dso, opened);
	if ((kept.at >= 0 && !why) || kept.copy < 0)
		return why;
	*opened = kept.copy;
	kept.copy = -1;
	return fstat(*opened, how->found) < 0 ? DSO_GONE : DSO_NO_TROUBLE;
}

/* Opens the file by its path. */
static enum dso_trouble open_by_path(const struct dso_opening *how, const struct dso *dso,
				     const char *path, bool is_live,
				     const struct fd_cache_entry *file, int *opened)
{
	enum dso_trouble why = dso_open(how, dso, path, is_live, opened);
	const struct mapped_file now = {.size = (uint64_t)how->found->st_size,
					.changed = how->found->st_mtim};

	/* A path may lead to the inode after it was written to. */
	if (why || fd_cache_is_state(file, &now))
		return why;
	fd_close(opened);
	return DSO_REPLACED;
}

static int open_anywhere(struct dso_keeper *k, const struct dso_opening *how,
			 const struct dso *dso, const char *path, bool is_live,
			 enum dso_trouble *why)
{
	struct fd_cache_entry file = {0};
	enum dso_trouble other;
	int fd = -1;

	*why = DSO_UNVERIFIED;
	if (!dso->build_id.size && !dso->inode)
		return -1;
	*why = k ? open_kept(k, how, dso, &fd, &file) : DSO_GONE;
	if (!*why || *why == DSO_HUNG)
		return fd;
	other = open_by_path(how, dso, path, is_live, &file, &fd);
	if (!other)
		return fd;
	*why = other > *why ? other : *why;
	return -1;
}

int dso_keeper_open(struct dso_keeper *k, const struct dso_opening *opening,
		    const struct dso *dso, const char *path, bool is_live,
		    enum dso_trouble *why)
{
	struct dso_opening how = opening ? *opening : (struct dso_opening){0};
	struct stat found = {0};
	int fd;

	if (!how.found)
		how.found = &found;
	fd = open_anywhere(k, &how, dso, path, is_live, why);
	if (k && fd < 0 && *why == DSO_NO_ROOM) {
		kept_files_make_room(&k->kept);
		fd = open_anywhere(k, &how, dso, path, is_live, why);
	}
	if (k && fd < 0 && *why == DSO_GONE) {
		pthread_mutex_lock(&k->kept.lock);
		k->missed++;
		pthread_mutex_unlock(&k->kept.lock);
	}
	return fd;
}

void dso_keeper_lend(struct dso_keeper *k, const struct dso *dso, int fd)
{
	struct fd_cache_ref ref = k->fetched;
	const struct fd_cache_entry *file = NULL;
	bool is_over = k->fetched_is_over;

	pthread_mutex_lock(&k->kept.lock);
	if (!k->fetch) {
		file = fd_cache_find(&k->kept.files, dso);
		is_over = !file || kept_file_was_let_go(file);
	}
	if (file)
		ref = fd_cache_ref(&k->kept.files, file);
	loans_add(&k->kept.loans, ref, fd);
	/* It may have been let go meanwhile. */
	if (is_over)
		loans_exchange(&k->kept.loans, ref, file ? file->copy : -1);
	pthread_mutex_unlock(&k->kept.lock);
}

void dso_keeper_take_back(struct dso_keeper *k, int *fd)
{
	if (!k || *fd < 0) {
		fd_close(fd);
		return;
	}
	pthread_mutex_lock(&k->kept.lock);
	loans_take_back(&k->kept.loans, *fd);
	*fd = -1;
	pthread_mutex_unlock(&k->kept.lock);
}

void dso_keeper_hand_out(struct dso_keeper *k, dso_keeper_let_go_fn *let_go, void *data)
{
	pthread_mutex_lock(&k->kept.lock);
	k->kept.let_go = let_go;
	k->kept.let_go_data = data;
	pthread_mutex_unlock(&k->kept.lock);
}

/* Sets held->why without a descriptor. */
static int held_read(const struct dso_keeper *k, const struct kept_file *kept,
		     struct dso_held *held)
{
	struct stat st;
	int fd;

	held->why = kept->at < 0 ? kept->entry.why : DSO_REPLACED;
	if (kept->at < 0 || !fd_cache_is_unchanged(&kept->entry, kept->at))
		return -1;
	fd = path_check(k->slow, kept->at, &st) ? path_read(k->slow, kept->at) : -1;
	held->why = fd < 0 ? mapped_file_trouble(errno) : DSO_NO_TROUBLE;
	return fd;
}

int dso_keeper_open_held(struct dso_keeper *k, const struct dso *dso,
			 struct dso_held *held)
{
	scoped(kept_file_release) struct kept_file kept = {.at = -1, .copy = -1};
	bool has_entry = kept_files_copy(&k->kept, dso, true, &kept);
	int fd;

	*held = (struct dso_held){.file = kept.ref,
				  .has_stat = kept.entry.has_stat,
				  .size = kept.entry.size,
				  .changed = kept.entry.changed};
	fd = held_read(k, &kept, held);
	held->is_copy = fd < 0 && kept.copy >= 0;
	if (held->is_copy) {
		fd = kept.copy;
		kept.copy = -1;
		held->why = DSO_NO_TROUBLE;
	}
	held->is_over =
		!held->is_copy && (!has_entry || kept_file_was_let_go(&kept.entry));
	return fd;
}

void dso_keeper_let_go(struct dso_keeper *k, struct fd_cache_ref file, int copy)
{
	pthread_mutex_lock(&k->kept.lock);
	loans_exchange(&k->kept.loans, file, copy);
	pthread_mutex_unlock(&k->kept.lock);
}

struct dso dso_keeper_complete(struct dso_keeper *k, const struct dso *dso)
{
	struct dso known = *dso;
	const struct fd_cache_entry *file;

	pthread_mutex_lock(&k->kept.lock);
	file = fd_cache_find(&k->kept.files, dso);
	if (file && !known.build_id.size)
		known.build_id = file->identity.build_id;
	if (file && file->has_stat)
		known.size = file->size;
	pthread_mutex_unlock(&k->kept.lock);
	return known;
}

size_t dso_keeper_missed(const struct dso_keeper *k)
{
	return k->missed;
}

/* The entry of a file that was opened now: a new one if it is unknown, or if its content
 * has changed since. */
static struct fd_cache_entry *file_of(struct dso_keeper *k, struct dso *dso,
				      struct mapped_file *got)
{
	struct fd_cache_entry *file = fd_cache_find_newest(&k->kept.files, dso);

	if (file && got->fd >= 0 && !fd_cache_is_unchanged(file, got->fd)) {
		dso_set_version(dso, dso_version(&file->identity) + 1);
		file = NULL;
	}
	if (!file)
		file = fd_cache_add(&k->kept.files, dso);
	/* Another thread may have opened the file meanwhile. */
	if (file->fd >= 0)
		return file;
	file->fd = got->fd;
	file->why = got->why;
	file->has_stat |= got->fd >= 0;
	if (got->fd >= 0) {
		file->changed = got->changed;
		file->size = got->size;
	}
	got->fd = -1;
	return file;
}

static void file_use(struct dso_keeper *k, struct fd_cache_entry *file, struct event *ev)
{
	struct dso version = {.generation = ev->mmap.generation};

	if (!file->identity.build_id.size)
		file->identity.build_id = ev->mmap.build_id;
	file->last_mapped = clock_now();
	file_users_map(&k->kept.users, ev->pid, file, ev->mmap.addr, ev->mmap.len,
		       ev->time);
	dso_set_version(&version, dso_version(&file->identity));
	ev->mmap.generation = version.generation;
}

static void mapping_saw(struct dso_keeper *k, struct event *ev)
{
	struct mapped_file got;
	struct fd_cache_entry *file;
	struct dso dso;
	bool is_known;

	if (!mapped_file_identity(ev, &dso))
		return;
	pthread_mutex_lock(&k->kept.lock);
	file = fd_cache_find_newest(&k->kept.files, &dso);
	is_known = file && file->fd >= 0 &&
		   (file_users_has(&k->kept.users, ev->pid, file) ||
		    fd_cache_is_unchanged(file, file->fd));
	if (is_known)
		file_use(k, file, ev);
	pthread_mutex_unlock(&k->kept.lock);
	if (is_known)
		return;
	got = mapped_file_open(&dso, ev);
	if (got.fd < 0 && got.why == DSO_NO_ROOM) {
		kept_files_make_room(&k->kept);
		got = mapped_file_open(&dso, ev);
	}
	pthread_mutex_lock(&k->kept.lock);
	file_use(k, file_of(k, &dso, &got), ev);
	pthread_mutex_unlock(&k->kept.lock);
	fd_close(&got.fd);
}

void dso_keeper_saw(struct dso_keeper *k, struct event *ev)
{
	uint64_t now = clock_now();

	if (ev->kind == EVENT_MMAP) {
		mapping_saw(k, ev);
		return;
	}
	pthread_mutex_lock(&k->kept.lock);
	if (ev->kind == EVENT_FORK && ev->pid != ev->fork.parent_pid &&
	    !ev->fork.is_synthesized)
		file_users_fork(&k->kept.users, ev->pid, ev->fork.parent_pid, ev->time,
				now);
	else if (ev->kind == EVENT_COMM && ev->comm.is_exec)
		file_users_exec(&k->kept.users, ev->pid, ev->time, now);
	else if (ev->kind == EVENT_EXIT && ev->pid == ev->tid)
		file_users_exit(&k->kept.users, ev->pid, now);
	pthread_mutex_unlock(&k->kept.lock);
}

void dso_keeper_saw_sample(struct dso_keeper *k, uint32_t pid, uint64_t time)
{
	pthread_mutex_lock(&k->kept.lock);
	file_users_sample(&k->kept.users, pid, time);
	pthread_mutex_unlock(&k->kept.lock);
}

size_t dso_keeper_dropped(const struct dso_keeper *k)
{
	return k->kept.dropped;
}

struct planner {
	const struct dso_keeper *keeper;
	dso_keeper_plan_fn *make_plan;
	void *data;
};

/* Sets errno on failure. */
static int file_copy(void *planner, int at, size_t *bytes)
{
	const struct planner *p = planner;
	scoped(mem_release) struct copy_plan *plan = NULL;
	scoped(fd_close) int fd = -1;
	struct stat st;

	errno = 0;
	if (!path_check(p->keeper->slow, at, &st))
		return -1;
	fd = path_read(p->keeper->slow, at);
	if (fd < 0)
		return -1;
	plan = mem_new(1, sizeof(*plan));
	/* Other failures than those of this process have no errno. */
	errno = 0;
	return p->make_plan(p->data, fd, plan)
		       ? file_copy_parts(fd, plan, file_copy_budget() / 2, bytes)
		       : -1;
}

void dso_keeper_tend(struct dso_keeper *k, dso_keeper_plan_fn *make_plan, void *data)
{
	struct planner planner = {k, make_plan, data};

	kept_files_tend(&k->kept, file_copy_budget(), file_copy, &planner);
}
