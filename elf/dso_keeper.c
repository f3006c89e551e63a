#include "elf/dso_keeper.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "elf/dso_open.h"
#include "elf/file_copy.h"
#include "elf/keep/fd_cache.h"
#include "elf/keep/file_users.h"
#include "elf/keep/mapped_file.h"
#include "elf/path_open.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	CHECKS_MAX = 512,    /* in a call of dso_keeper_tend() */
	RELEASED_MAX = 1024, /* likewise */
};

/* After its last process a file is held for this time, in which samples of the process
 * may still arrive, and until the next call of dso_keeper_tend(). */
#define GRACE_NS UINT64_C(2000000000)

/* A descriptor that was lent, and its file. */
struct loan {
	int fd;
	struct fd_cache_ref file;
};

struct dso_keeper {
	/* Never held while a file is opened or read. */
	pthread_mutex_t lock;
	struct fd_cache files;
	struct file_users users;
	VEC(struct loan) loans;
	int nothing;		 /* an empty file */
	struct slow_files *slow; /* the caller's */
	size_t missed;
	size_t dropped; /* copies */
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
	k->slow = slow;
	mutex_init(&k->lock);
	fd_cache_init(&k->files, most);
	file_users_init(&k->users, &k->files);
	k->nothing = memfd_create("flame-nothing", MFD_CLOEXEC);
	return k;
}

void dso_keeper_free(struct dso_keeper **k)
{
	if (!*k)
		return;
	assert(!(*k)->loans.n);
	vec_release(&(*k)->loans);
	fd_close(&(*k)->nothing);
	file_users_release(&(*k)->users);
	fd_cache_release(&(*k)->files);
	pthread_mutex_destroy(&(*k)->lock);
	mem_free(*k);
	*k = NULL;
}

static int fd_copy(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
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

/* Opens the file that the keeper holds, or its copy. Sets *file to its entry; without
 * one, has_stat of it is false. */
static enum dso_trouble open_kept(struct dso_keeper *k, const struct dso_opening *how,
				  const struct dso *dso, int *opened,
				  struct fd_cache_entry *file)
{
	scoped(fd_close) int at = -1, copy = -1;
	const struct fd_cache_entry *found;
	enum dso_trouble why;
	bool has_room;

	*file = (struct fd_cache_entry){.why = DSO_GONE};
	pthread_mutex_lock(&k->lock);
	found = fd_cache_find(&k->files, dso);
	if (found) {
		*file = *found;
		at = fd_copy(found->fd);
		copy = fd_copy(found->copy);
	}
	has_room = !found ||
		   ((at < 0) == (found->fd < 0) && (copy < 0) == (found->copy < 0));
	pthread_mutex_unlock(&k->lock);
	if (!has_room)
		return DSO_NO_ROOM;
	why = at < 0 ? file->why : open_held(how, at, file, dso, opened);
	if ((at >= 0 && !why) || copy < 0)
		return why;
	*opened = copy;
	copy = -1;
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

/* The process has as many open files as it may have: lent ones, those of other parts of
 * it, and as many as 'most'. */
static void make_room(struct dso_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	fd_cache_shrink(&k->files);
	pthread_mutex_unlock(&k->lock);
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
		make_room(k);
		fd = open_anywhere(k, &how, dso, path, is_live, why);
	}
	if (k && fd < 0 && *why == DSO_GONE) {
		pthread_mutex_lock(&k->lock);
		k->missed++;
		pthread_mutex_unlock(&k->lock);
	}
	return fd;
}

/* Makes lent descriptors ones of another file. */
static void loans_exchange(struct dso_keeper *k, struct fd_cache_ref ref, int file)
{
	const struct loan *loan;

	vec_each(loan, &k->loans)
		if (loan->file.at == ref.at && loan->file.serial == ref.serial)
			(void)dup3(file < 0 ? k->nothing : file, loan->fd, O_CLOEXEC);
}

void dso_keeper_lend(struct dso_keeper *k, const struct dso *dso, int fd)
{
	struct loan loan = {.fd = fd};
	const struct fd_cache_entry *file;

	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, dso);
	if (file)
		loan.file = fd_cache_ref(&k->files, file);
	/* It may have been let go meanwhile. */
	if (!file || (!file->n_users && file->fd < 0))
		(void)dup3(file && file->copy >= 0 ? file->copy : k->nothing, fd,
			   O_CLOEXEC);
	vec_push(&k->loans, loan);
	pthread_mutex_unlock(&k->lock);
}

void dso_keeper_take_back(struct dso_keeper *k, int *fd)
{
	struct loan *loan;

	if (!k || *fd < 0) {
		fd_close(fd);
		return;
	}
	pthread_mutex_lock(&k->lock);
	vec_each(loan, &k->loans)
		if (loan->fd == *fd) {
			*loan = k->loans.items[--k->loans.n];
			break;
		}
	fd_close(fd);
	pthread_mutex_unlock(&k->lock);
}

struct dso dso_keeper_complete(struct dso_keeper *k, const struct dso *dso)
{
	struct dso known = *dso;
	const struct fd_cache_entry *file;

	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, dso);
	if (file && !known.build_id.size)
		known.build_id = file->identity.build_id;
	if (file && file->has_stat)
		known.size = file->size;
	pthread_mutex_unlock(&k->lock);
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
	struct fd_cache_entry *file = fd_cache_find_newest(&k->files, dso);

	if (file && got->fd >= 0 && !fd_cache_is_unchanged(file, got->fd)) {
		dso_set_version(dso, dso_version(&file->identity) + 1);
		file = NULL;
	}
	if (!file)
		file = fd_cache_add(&k->files, dso);
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
	file_users_map(&k->users, ev->pid, file, ev->mmap.addr, ev->mmap.len, ev->time);
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
	pthread_mutex_lock(&k->lock);
	file = fd_cache_find_newest(&k->files, &dso);
	is_known = file && file->fd >= 0 &&
		   (file_users_has(&k->users, ev->pid, file) ||
		    fd_cache_is_unchanged(file, file->fd));
	if (is_known)
		file_use(k, file, ev);
	pthread_mutex_unlock(&k->lock);
	if (is_known)
		return;
	got = mapped_file_open(&dso, ev);
	if (got.fd < 0 && got.why == DSO_NO_ROOM) {
		make_room(k);
		got = mapped_file_open(&dso, ev);
	}
	pthread_mutex_lock(&k->lock);
	file_use(k, file_of(k, &dso, &got), ev);
	pthread_mutex_unlock(&k->lock);
	fd_close(&got.fd);
}

void dso_keeper_saw(struct dso_keeper *k, struct event *ev)
{
	uint64_t now = clock_now();

	if (ev->kind == EVENT_MMAP) {
		mapping_saw(k, ev);
		return;
	}
	pthread_mutex_lock(&k->lock);
	if (ev->kind == EVENT_FORK && ev->pid != ev->fork.parent_pid &&
	    !ev->fork.is_synthesized)
		file_users_fork(&k->users, ev->pid, ev->fork.parent_pid, ev->time, now);
	else if (ev->kind == EVENT_COMM && ev->comm.is_exec)
		file_users_exec(&k->users, ev->pid, ev->time, now);
	else if (ev->kind == EVENT_EXIT && ev->pid == ev->tid)
		file_users_exit(&k->users, ev->pid, now);
	pthread_mutex_unlock(&k->lock);
}

void dso_keeper_saw_sample(struct dso_keeper *k, uint32_t pid, uint64_t time)
{
	pthread_mutex_lock(&k->lock);
	file_users_sample(&k->users, pid, time);
	pthread_mutex_unlock(&k->lock);
}

static void mappings_check(struct dso_keeper *k, uint64_t now)
{
	struct use_check checks[CHECKS_MAX];
	size_t n;

	pthread_mutex_lock(&k->lock);
	n = file_users_checks(&k->users, checks, CHECKS_MAX);
	pthread_mutex_unlock(&k->lock);
	for (size_t i = 0; i < n; i++)
		mapped_file_look(&checks[i].mapping);
	pthread_mutex_lock(&k->lock);
	file_users_settle(&k->users, checks, n, now, GRACE_NS);
	pthread_mutex_unlock(&k->lock);
}

static void programs_end(struct dso_keeper *k, uint64_t now)
{
	struct ended_program e;
	bool is_alive = false, more;

	for (;;) {
		pthread_mutex_lock(&k->lock);
		more = file_users_take_ended(&k->users, now - GRACE_NS, &e);
		pthread_mutex_unlock(&k->lock);
		if (!more)
			return;
		is_alive = e.is_exit && mapped_file_process_lives(e.pid);
		pthread_mutex_lock(&k->lock);
		file_users_end(&k->users, &e, is_alive, now);
		pthread_mutex_unlock(&k->lock);
	}
}

/* Lets a file go, unless a process has mapped it again. Takes the copy (-1: none). */
static void file_let_go(struct dso_keeper *k, struct fd_cache_ref ref, int copy,
			size_t bytes)
{
	struct fd_cache_entry *file = fd_cache_at(&k->files, ref);

	if (file && copy >= 0 && file->copy < 0) {
		file->copy = copy;
		file->copy_bytes = bytes;
		copy = -1;
	}
	fd_close(&copy);
	if (!file || file->n_users)
		return;
	loans_exchange(k, ref, file->copy);
	fd_close(&file->fd);
	file->why = DSO_GONE;
	/* Of a file with samples it remains known when it was changed last. */
	if (!file->is_sampled)
		fd_cache_remove(&k->files, file);
}

/* Makes the copy of a file that has samples; returns -1 for other files. Reads the file,
 * so it must not be called with the lock. */
static int file_copy(struct dso_keeper *k, struct fd_cache_ref ref, size_t *bytes)
{
	struct fd_cache_entry file = {.fd = -1};
	const struct fd_cache_entry *found;
	scoped(fd_close) int at = -1, fd = -1;
	struct stat st;

	pthread_mutex_lock(&k->lock);
	found = fd_cache_at(&k->files, ref);
	if (found && !found->n_users && found->is_sampled && found->copy < 0) {
		file = *found;
		at = fd_copy(found->fd);
	}
	pthread_mutex_unlock(&k->lock);
	/* A file that was written to is not the one that ran. */
	if (at < 0 || !fd_cache_is_unchanged(&file, at) || !path_check(k->slow, at, &st))
		return -1;
	fd = path_read(k->slow, at);
	return fd < 0 ? -1 : file_copy_make(fd, file_copy_budget() / 2, bytes);
}

static void files_release(struct dso_keeper *k)
{
	for (size_t i = 0; i < RELEASED_MAX; i++) {
		struct fd_cache_ref ref = {0};
		size_t bytes = 0;
		int copy;

		pthread_mutex_lock(&k->lock);
		if (k->users.unused.n)
			ref = k->users.unused.items[--k->users.unused.n];
		pthread_mutex_unlock(&k->lock);
		if (!ref.serial)
			return;
		errno = 0;
		copy = file_copy(k, ref, &bytes);
		if (copy < 0 && mapped_file_trouble(errno) == DSO_NO_ROOM) {
			make_room(k);
			copy = file_copy(k, ref, &bytes);
		}
		pthread_mutex_lock(&k->lock);
		file_let_go(k, ref, copy, bytes);
		pthread_mutex_unlock(&k->lock);
	}
}

static void copies_limit(struct dso_keeper *k, uint64_t now)
{
	size_t sum, budget = file_copy_budget();
	struct fd_cache_entry *worst;

	pthread_mutex_lock(&k->lock);
	while ((worst = fd_cache_worst_copy(&k->files, now, &sum)) && sum > budget) {
		k->dropped++;
		if (worst->fd < 0)
			loans_exchange(k, fd_cache_ref(&k->files, worst), k->nothing);
		fd_close(&worst->copy);
		worst->copy_bytes = 0;
	}
	pthread_mutex_unlock(&k->lock);
}

void dso_keeper_tend(struct dso_keeper *k)
{
	uint64_t now = clock_now();

	mappings_check(k, now);
	programs_end(k, now);
	files_release(k);
	copies_limit(k, now);
}

size_t dso_keeper_dropped(const struct dso_keeper *k)
{
	return k->dropped;
}
