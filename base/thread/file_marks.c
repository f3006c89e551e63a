#include "base/thread/file_marks.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FORBIDDEN_MAX = 16, NO_MARK = UINT32_MAX };

struct slot {
	atomic_bool is_used;
	struct file_mark mark;
};

struct file_marks {
	struct slot slots[FILE_MARKS_MAX];
	_Atomic(uint64_t) order;
	uint64_t forbidden[FORBIDDEN_MAX];
	size_t n_forbidden;
};

struct file_marks *file_marks_new(void)
{
	void *m = mmap(NULL, sizeof(struct file_marks), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return mem_check(m == MAP_FAILED ? NULL : m);
}

void file_marks_free(struct file_marks **m)
{
	if (*m)
		munmap(*m, sizeof(**m));
	*m = NULL;
}

uint32_t file_marks_begin(struct file_marks *m, uint64_t key, const char *path)
{
	for (uint32_t i = 0; m && i < FILE_MARKS_MAX; i++) {
		struct slot *slot = &m->slots[i];

		if (atomic_exchange(&slot->is_used, true))
			continue;
		slot->mark.key = key;
		slot->mark.tid = (uint32_t)gettid();
		slot->mark.began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		slot->mark.order = atomic_fetch_add(&m->order, 1);
		strncpy(slot->mark.path, path, FILE_MARK_PATH_MAX - 1);
		return i;
	}
	return NO_MARK;
}

void file_marks_end(struct file_marks *m, uint32_t mark)
{
	if (m && mark != NO_MARK)
		atomic_store(&m->slots[mark].is_used, false);
}

static size_t forbidden_count(const struct file_marks *m)
{
	return m->n_forbidden < FORBIDDEN_MAX ? m->n_forbidden : FORBIDDEN_MAX;
}

bool file_marks_forbids(const struct file_marks *m, uint64_t key)
{
	for (size_t i = 0; m && i < forbidden_count(m); i++)
		if (m->forbidden[i] == key)
			return true;
	return false;
}

static int later_first(const void *x, const void *y)
{
	const struct file_mark *a = x, *b = y;

	return a->order > b->order ? -1 : a->order < b->order;
}

size_t file_marks_copy(const struct file_marks *m, struct file_mark marks[FILE_MARKS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; m && i < FILE_MARKS_MAX; i++) {
		if (!atomic_load(&m->slots[i].is_used))
			continue;
		marks[n] = m->slots[i].mark;
		marks[n].path[FILE_MARK_PATH_MAX - 1] = '\0';
		n++;
	}
	qsort(marks, n, sizeof(*marks), later_first);
	return n;
}

bool file_marks_forbid(struct file_marks *m, uint64_t key)
{
	size_t n = forbidden_count(m);

	if (n == FORBIDDEN_MAX)
		return false;
	m->forbidden[n] = key;
	m->n_forbidden = n + 1;
	return true;
}

void file_marks_clear(struct file_marks *m)
{
	for (size_t i = 0; i < FILE_MARKS_MAX; i++)
		atomic_store(&m->slots[i].is_used, false);
}
