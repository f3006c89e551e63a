#include "flow/live/text_watch.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "base/thread/ticker.h"
#include "base/vec.h"
#include "model/dso.h"
#include "record/proc_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

enum {
	TICK_MS = 100,
	STOP_MS = 3000,
	CANDIDATES_MAX = 4096,
	ATTEMPTS = 8, /* the memory may get its bytes and its neighbours later */
	TICK_WORK_NS = 5000000,
	PAGE = 4096,
	PAGES = 5,	/* compared of each mapping */
	FIRST_TIME = 1, /* after all events without a time */
};

/* Executable memory without a file. */
struct candidate {
	uint32_t pid;
	int attempts;
	uint64_t time, start, len;
};

/* A line of /proc/PID/maps. */
struct map_line {
	uint64_t start, end, file_off, inode;
	unsigned major, minor;
	bool is_exec;
	char path[PATH_MAX];
};

struct text_watch {
	struct ticker *ticker;

	pthread_mutex_t lock; /* for the next lines */
	VEC(struct candidate) waiting;
	size_t first;		 /* of them */
	VEC(struct event) found; /* each with a path of its own */

	char *returned; /* path of the last text_watch_next() */
};

static bool map_line_read(char *line, struct map_line *m)
{
	char perms[8];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &m->start, &m->end, perms, &m->file_off, &m->major, &m->minor,
		   &m->inode, &at) < 7)
		return false;
	m->is_exec = perms[2] == 'x';
	proc_unescape(line + at, false);
	snprintf(m->path, sizeof(m->path), "%s", line + at);
	return true;
}

static bool is_of_file(const struct map_line *m)
{
	return m->inode && dso_kind_of(m->path, false) == DSO_FILE;
}

static bool is_same_file(const struct map_line *a, const struct map_line *b)
{
	return a->inode == b->inode && a->major == b->major && a->minor == b->minor &&
	       strcmp(a->path, b->path) == 0;
}

/* Whether memory and file have the same page, which is not empty. */
static bool page_is_equal(uint32_t pid, int fd, uint64_t addr, uint64_t file_off)
{
	static const uint8_t zeros[PAGE];
	uint8_t memory[PAGE], file[PAGE];
	struct iovec to = {memory, PAGE},
		     from = {(void *)(uintptr_t)addr, PAGE}; // NOLINT

	return process_vm_readv((pid_t)pid, &to, 1, &from, 1, 0) == PAGE &&
	       io_read_at(fd, file, PAGE, file_off) == PAGE &&
	       memcmp(memory, file, PAGE) == 0 && memcmp(memory, zeros, PAGE) != 0;
}

/* Compares pages all over the memory. Some may be empty, most must not be. */
static bool memory_is_of_file(const struct candidate *c, const struct map_line *file,
			      uint64_t file_off)
{
	uint64_t pages = c->len / PAGE, n = pages < PAGES ? pages : PAGES;
	scoped(fd_close) int fd = -1;
	char path[96];

	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, c->pid,
		 file->start, file->end);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || !n)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = (n > 1 ? (pages - 1) * i / (n - 1) : 0) * PAGE;

		if (!page_is_equal(c->pid, fd, c->start + at, file_off + at))
			return false;
	}
	return true;
}

static void found_add(struct text_watch *w, const struct candidate *c,
		      const struct map_line *file, uint64_t file_off)
{
	struct event ev = {
		.kind = EVENT_MMAP,
		.pid = c->pid,
		.tid = c->pid,
		.cpu = UINT32_MAX,
		.time = c->time + FIRST_TIME,
		.mmap = {.addr = c->start,
			 .len = c->len,
			 .file_off = file_off,
			 .major = file->major,
			 .minor = file->minor,
			 .inode = file->inode,
			 .path = mem_str(file->path, strlen(file->path)),
			 .is_exec = true},
	};

	pthread_mutex_lock(&w->lock);
	vec_push(&w->found, ev);
	pthread_mutex_unlock(&w->lock);
}

/* Whether the line is a neighbour of the memory, of a file that reaches there. Sets
 * *file_off to the position in the file of the start of the memory. */
static bool is_neighbour(const struct candidate *c, const struct map_line *m,
			 uint64_t *file_off)
{
	*file_off = m->file_off - (m->start - c->start);
	if (!is_of_file(m) || *file_off > INT64_MAX)
		return false;
	return m->end == c->start || m->start == c->start + c->len;
}

/* The kernel joins neighbours: memory that was mapped piece by piece is one line. */
static void candidate_fit(struct candidate *c, const struct map_line *m)
{
	if (!is_of_file(m) && m->is_exec && c->start >= m->start && c->start < m->end) {
		c->start = m->start;
		c->len = m->end - m->start;
	}
}

/* Finds the file around the memory. Returns false if there is none, or several. */
static bool neighbours_find(struct candidate *c, struct map_line *file,
			    uint64_t *file_off)
{
	struct map_line line;
	struct proc_lines lines;
	char path[64], *text;
	bool is_found = false, differs = false;
	uint64_t at;

	snprintf(path, sizeof(path), "/proc/%u/maps", c->pid);
	for (int pass = 0; pass < 2; pass++) {
		if (!proc_lines_open(&lines, path))
			return false;
		while ((text = proc_lines_next(&lines))) {
			if (!map_line_read(text, &line))
				continue;
			if (!pass)
				candidate_fit(c, &line);
			if (!pass || !is_neighbour(c, &line, &at))
				continue;
			differs |= is_found &&
				   (!is_same_file(file, &line) || at != *file_off);
			is_found = true;
			*file = line;
			*file_off = at;
		}
		proc_lines_close(&lines);
	}
	return is_found && !differs;
}

/* Returns whether the memory has to be looked at again: it may get its bytes later. */
static bool candidate_check(struct text_watch *w, struct candidate *c)
{
	struct map_line file;
	uint64_t file_off = 0;

	if (++c->attempts > ATTEMPTS)
		return false;
	/* Memory of JIT compilers has no such neighbours. */
	if (!neighbours_find(c, &file, &file_off))
		return c->attempts == 1;
	if (!memory_is_of_file(c, &file, file_off))
		return true;
	found_add(w, c, &file, file_off);
	return false;
}

static bool candidate_take(struct text_watch *w, struct candidate *c)
{
	bool is_there;

	pthread_mutex_lock(&w->lock);
	is_there = w->first < w->waiting.n;
	if (is_there)
		*c = w->waiting.items[w->first++];
	if (w->first == w->waiting.n)
		w->first = w->waiting.n = 0;
	pthread_mutex_unlock(&w->lock);
	return is_there;
}

static void candidate_put(struct text_watch *w, const struct candidate *c)
{
	pthread_mutex_lock(&w->lock);
	if (w->waiting.n < CANDIDATES_MAX)
		vec_push(&w->waiting, *c);
	pthread_mutex_unlock(&w->lock);
}

/* Looks at each candidate once, unless this takes too long. */
static void tick(void *watch)
{
	struct text_watch *w = watch;
	uint64_t end = clock_now() + TICK_WORK_NS;
	VEC(struct candidate) again = {0};
	struct candidate c, *it;

	while (clock_now() < end && candidate_take(w, &c))
		if (candidate_check(w, &c))
			vec_push(&again, c);
	vec_each(it, &again)
		candidate_put(w, it);
	vec_release(&again);
}

static void text_watch_free(struct text_watch *w)
{
	struct event *ev;

	vec_each(ev, &w->found)
		mem_free((char *)(uintptr_t)ev->mmap.path);
	vec_release(&w->found);
	vec_release(&w->waiting);
	mem_free(w->returned);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

struct text_watch *text_watch_start(struct error *err)
{
	struct text_watch *w = mem_new(1, sizeof(*w));

	mutex_init(&w->lock);
	w->ticker = ticker_start(TICK_MS, tick, w, err);
	if (w->ticker)
		return w;
	text_watch_free(w);
	return NULL;
}

void text_watch_saw(struct text_watch *w, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;

	if (ev->kind != EVENT_MMAP || !m->is_exec || m->is_kernel || !ev->pid ||
	    ev->pid > INT_MAX || dso_kind_of(m->path, false) != DSO_ANON)
		return;
	candidate_put(w, &(struct candidate){.pid = ev->pid,
					     .time = ev->time,
					     .start = m->addr,
					     .len = m->len});
}

bool text_watch_next(struct text_watch *w, struct event *ev)
{
	bool is_found;

	mem_free(w->returned);
	w->returned = NULL;
	pthread_mutex_lock(&w->lock);
	is_found = w->found.n;
	if (is_found) {
		*ev = *vec_last(&w->found);
		w->found.n--;
		w->returned = (char *)(uintptr_t)ev->mmap.path;
	}
	pthread_mutex_unlock(&w->lock);
	return is_found;
}

void text_watch_stop(struct text_watch **wp)
{
	struct text_watch *w = *wp;

	*wp = NULL;
	if (w && ticker_stop(&w->ticker, STOP_MS))
		text_watch_free(w);
}
