#include "model/file_space.h"

#include <assert.h>

/* User addresses have 47 bits. */
#define PLACE_SIZE ((uint64_t)1 << 32)
#define PLACES_MAX 32000

void file_space_release(struct file_space *f)
{
	vec_release(&f->places);
}

void file_space_begin(struct file_space *f, struct space_table *spaces)
{
	f->space = space_new(spaces, SPACE_NONE);
}

static uint64_t place_add(struct file_space *f, struct space_table *spaces, dso_id dso)
{
	uint64_t start = (f->n + 1) * PLACE_SIZE;

	if (f->n == PLACES_MAX)
		return 0;
	f->n++;
	/* From the beginning of time: the space has one version. */
	space_map(
		spaces, f->space,
		&(struct mapping){.start = start, .end = start + PLACE_SIZE, .dso = dso});
	return start;
}

uint64_t file_space_addr(struct file_space *f, struct space_table *spaces,
			 const struct mapping *m, uint64_t addr)
{
	uint64_t file_off = addr - m->start + m->file_off;

	assert(addr >= m->start && addr < m->end);
	if (file_off >= PLACE_SIZE)
		return 0;
	while (f->places.n <= m->dso)
		vec_push(&f->places, 0);
	if (!f->places.items[m->dso])
		f->places.items[m->dso] = place_add(f, spaces, m->dso);
	return f->places.items[m->dso] ? f->places.items[m->dso] + file_off : 0;
}
