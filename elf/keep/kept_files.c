#include "elf/keep/kept_files.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "elf/keep/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
	CHECKS_MAX = 512,    /* in a call of dso_keeper_tend() */
	RELEASED_MAX = 1024, /* likewise */
};

/* After its last process a file is held for this time, in which samples of the process
 * may still arrive, and until the next call of dso_keeper_tend(). */
#define GRACE_NS UINT64_C(2000000000)

struct copier {
	kept_files_copy_fn *make_copy;
	void *data;
};

void kept_files_init(struct kept_files *k, size_t most)
{
	*k = (struct kept_files){0};
	mutex_init(&k->lock);
	fd_cache_init(&k->files, most);
	file_users_init(&k->users, &k->files);
	loans_init(&k->loans);
}

void kept_files_release(struct kept_files *k)
{
	loans_release(&k->loans);
	file_users_release(&k->users);
	fd_cache_release(&k->files);
	pthread_mutex_destroy(&k->lock);
}

static int fd_copy(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

bool kept_files_copy(struct kept_files *k, const struct dso *dso, bool hands_out,
		     struct kept_file *file)
{
	struct fd_cache_entry *found;

	*file = (struct kept_file){
		.entry = {.why = DSO_GONE}, .at = -1, .copy = -1, .has_room = true};
	pthread_mutex_lock(&k->lock);
	found = fd_cache_find(&k->files, dso);
	if (found) {
		found->is_handed_out |= hands_out;
		file->entry = *found;
		file->ref = fd_cache_ref(&k->files, found);
		file->at = fd_copy(found->fd);
		file->copy = fd_copy(found->copy);
		file->has_room = (file->at < 0) == (found->fd < 0) &&
				 (file->copy < 0) == (found->copy < 0);
	}
	pthread_mutex_unlock(&k->lock);
	return found;
}

void kept_file_release(struct kept_file *file)
{
	fd_close(&file->at);
	fd_close(&file->copy);
}

bool kept_file_was_let_go(const struct fd_cache_entry *file)
{
	return !file->n_users && file->fd < 0;
}

void kept_files_make_room(struct kept_files *k)
{
	pthread_mutex_lock(&k->lock);
	fd_cache_shrink(&k->files);
	pthread_mutex_unlock(&k->lock);
}

static void copies_exchange(struct kept_files *k, const struct fd_cache_entry *file,
			    int copy)
{
	struct fd_cache_ref ref = fd_cache_ref(&k->files, file);

	loans_exchange(&k->loans, ref, copy);
	if (k->let_go && file->is_handed_out)
		k->let_go(k->let_go_data, ref, copy);
}

static void mappings_check(struct kept_files *k, uint64_t now)
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

static void programs_end(struct kept_files *k, uint64_t now)
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
static void file_let_go(struct kept_files *k, struct fd_cache_ref ref, int copy,
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
	copies_exchange(k, file, file->copy);
	fd_close(&file->fd);
	file->why = DSO_GONE;
	/* Of a file with samples it remains known when it was changed last. */
	if (!file->is_sampled)
		fd_cache_remove(&k->files, file);
}

/* Makes the copy of a file that has samples; returns -1 for other files. Reads the file,
 * so it must not be called with the lock. */
static int file_copy(struct kept_files *k, struct fd_cache_ref ref,
		     const struct copier *copier, size_t *bytes)
{
	struct fd_cache_entry file = {.fd = -1};
	const struct fd_cache_entry *found;
	scoped(fd_close) int at = -1;

	pthread_mutex_lock(&k->lock);
	found = fd_cache_at(&k->files, ref);
	if (found && !found->n_users && found->is_sampled && found->copy < 0) {
		file = *found;
		at = fd_copy(found->fd);
	}
	pthread_mutex_unlock(&k->lock);
	/* A file that was written to is not the one that ran. */
	if (at < 0 || !fd_cache_is_unchanged(&file, at))
		return -1;
	return copier->make_copy(copier->data, at, bytes);
}

static void files_release(struct kept_files *k, const struct copier *copier)
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
		copy = file_copy(k, ref, copier, &bytes);
		if (copy < 0 && mapped_file_trouble(errno) == DSO_NO_ROOM) {
			kept_files_make_room(k);
			copy = file_copy(k, ref, copier, &bytes);
		}
		pthread_mutex_lock(&k->lock);
		file_let_go(k, ref, copy, bytes);
		pthread_mutex_unlock(&k->lock);
	}
}

static void copies_limit(struct kept_files *k, uint64_t now, size_t most)
{
	size_t sum;
	struct fd_cache_entry *worst;

	pthread_mutex_lock(&k->lock);
	while ((worst = fd_cache_worst_copy(&k->files, now, &sum)) && sum > most) {
		k->dropped++;
		if (worst->fd < 0)
			copies_exchange(k, worst, -1);
		fd_close(&worst->copy);
		worst->copy_bytes = 0;
	}
	pthread_mutex_unlock(&k->lock);
}

void kept_files_tend(struct kept_files *k, size_t most, kept_files_copy_fn *make_copy,
		     void *data)
{
	const struct copier copier = {make_copy, data};
	uint64_t now = clock_now();

	mappings_check(k, now);
	programs_end(k, now);
	files_release(k, &copier);
	copies_limit(k, now, most);
}
