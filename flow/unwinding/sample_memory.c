#include "flow/unwinding/sample_memory.h"

#include "base/fd.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

enum {
	BLOCK = 1 << 20,
	BLOCKS_MIN = 4,
	BLOCKS_KEPT = 16, /* their pages stay when they are not in use */
	ALIGNMENT = 8,
};

/* A block is filled from its start, and is free when all of its samples were given
 * back. */
struct sample_memory {
	int fd, readable;
	uint8_t *data;
	size_t n_blocks;
	uint32_t *used; /* samples in each block */
	size_t block;	/* that is being filled, */
	size_t at;	/* from here on */
};

static size_t memory_size(const struct sample_memory *m)
{
	return m->n_blocks * BLOCK;
}

/* The limit of the size of files does not hold for memory without a name, but only root
 * can open that. */
static int limited_memory_open(struct sample_memory *m)
{
	size_t size = memory_size(m);
	char self[96];
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (data == MAP_FAILED)
		return -1;
	m->data = data;
	snprintf(self, sizeof(self), "/proc/self/map_files/%" PRIxPTR "-%" PRIxPTR,
		 (uintptr_t)data, (uintptr_t)data + size);
	m->readable = open(self, O_RDONLY | O_CLOEXEC);
	return m->readable < 0 ? -1 : 0;
}

static int memory_open(struct sample_memory *m)
{
	char self[64];
	void *data;

	m->fd = memfd_create("flame-samples", MFD_CLOEXEC);
	if (m->fd < 0)
		return -1;
	if (ftruncate(m->fd, (off_t)memory_size(m)) < 0)
		return errno == EFBIG ? limited_memory_open(m) : -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", m->fd);
	m->readable = open(self, O_RDONLY | O_CLOEXEC);
	data = mmap(NULL, memory_size(m), PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (data == MAP_FAILED)
		return -1;
	m->data = data;
	return m->readable < 0 ? -1 : 0;
}

struct sample_memory *sample_memory_new(size_t most, struct error *err)
{
	struct sample_memory *m = mem_new(1, sizeof(*m));

	/* Samples that wait long keep the blocks of others that do not. */
	m->n_blocks = BLOCKS_MIN + 2 * most / BLOCK;
	m->used = mem_new(m->n_blocks, sizeof(*m->used));
	m->fd = m->readable = -1;
	/* Processes without privileges must not change samples. */
	if (memory_open(m) < 0 || madvise(m->data, memory_size(m), MADV_DONTFORK) < 0) {
		error_sys(err, "cannot get memory for samples");
		sample_memory_free(&m);
	}
	return m;
}

void sample_memory_free(struct sample_memory **mp)
{
	struct sample_memory *m = *mp;

	if (!m)
		return;
	if (m->data)
		munmap(m->data, memory_size(m));
	fd_close(&m->fd);
	fd_close(&m->readable);
	mem_free(m->used);
	mem_free(m);
	*mp = NULL;
}

/* The pages of the lowest free block are there most likely. */
static bool block_begin(struct sample_memory *m)
{
	for (size_t i = 0; i < m->n_blocks; i++)
		if (!m->used[i]) {
			m->block = i;
			m->at = 0;
			return true;
		}
	return false;
}

static size_t aligned(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *sample_memory_take(struct sample_memory *m, size_t size)
{
	void *sample;

	assert(size <= SAMPLE_MEMORY_MOST);
	size = aligned(size);
	if (m->at + size > BLOCK && !block_begin(m))
		return NULL;
	sample = m->data + m->block * BLOCK + m->at;
	m->at += size;
	m->used[m->block]++;
	return sample;
}

void sample_memory_shrink(struct sample_memory *m, const void *sample, size_t size)
{
	size_t at = (size_t)sample_memory_place(m, sample) % BLOCK;

	assert(at + size <= m->at);
	m->at = at + aligned(size);
}

void sample_memory_give_back(struct sample_memory *m, const void *sample)
{
	size_t block = (size_t)sample_memory_place(m, sample) / BLOCK;

	assert(m->used[block]);
	if (--m->used[block])
		return;
	if (block == m->block)
		m->at = 0;
	if (block >= BLOCKS_KEPT)
		(void)madvise(m->data + block * BLOCK, BLOCK, MADV_REMOVE);
}

uint64_t sample_memory_place(const struct sample_memory *m, const void *sample)
{
	return (uint64_t)((const uint8_t *)sample - m->data);
}

const void *sample_memory_at(const struct sample_memory *m, uint64_t place, size_t size)
{
	if (place > memory_size(m) || size > memory_size(m) - place)
		return NULL;
	return m->data + place;
}

int sample_memory_descriptor(const struct sample_memory *m)
{
	return m->readable;
}

int sample_memory_read_only(struct sample_memory *m)
{
	void *data = mmap(NULL, memory_size(m), PROT_READ, MAP_SHARED, m->readable, 0);

	if (data == MAP_FAILED)
		return -1;
	m->data = data;
	return 0;
}
