#include "record/stack_budget.h"

#include "record/data/event_spec.h"

#include <assert.h>

enum {
	SAMPLE_SIZE = 512, /* of a usual sample, without its copy */
	CPU_RATE = 1000,   /* samples/s of each CPU that copies of any size may have */
	RATE_FREE = 16384, /* bytes of a copy that one CPU may make at any rate */
	RING_LEAST = 512 << 10,
	RING_MOST = 64 << 20,
	SIDE_BAND_RING = 256 << 10,
	/* For users who may not lock more memory: */
	SMALLEST_RING = 16 << 10,
	SMALLEST_RING_OF_COPIES = 256 << 10, /* holds three records of the largest size */
	MEMORY_SHARE = 16,  /* the rings take at most this part of the machine's memory */
	ROUNDS = 4,	    /* of reading in a second, at least */
	RECORDS_LEAST = 32, /* that a ring holds, where it is too small for a round */
	WAITING_TIME = 2,   /* s */
};

#define WAITING_LEAST ((uint64_t)128 << 20)
#define MACHINE_BYTES ((uint64_t)2 << 30) /* a second */
#define RINGS_MOST    ((uint64_t)2 << 30)

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint32_t as_size(uint64_t bytes)
{
	return (uint32_t)most(least(bytes, STACK_SIZE_MOST), STACK_SIZE_LEAST) & ~7U;
}

size_t stack_budget_ring(const struct stack_budget *b, uint32_t copy)
{
	uint64_t total = least(b->memory / MEMORY_SHARE, RINGS_MOST);
	uint64_t bytes = b->frequency * (SAMPLE_SIZE + copy);
	size_t ring = RING_LEAST;

	assert(b->frequency > 0 && b->cpus > 0);
	while (ring < bytes && ring < RING_MOST)
		ring *= 2;
	while (ring > RING_LEAST && ring * b->cpus > total)
		ring /= 2;
	return ring;
}

/* The copy in a sample of 'size' bytes. */
static uint64_t without_rest(uint64_t size)
{
	return size > SAMPLE_SIZE_MOST ? size - SAMPLE_SIZE_MOST : 0;
}

uint32_t stack_budget_fit(uint64_t frequency, size_t ring)
{
	uint64_t for_a_round = without_rest(ring * ROUNDS / frequency);
	uint64_t for_some = without_rest(ring / RECORDS_LEAST);

	return as_size(most(for_a_round, least(for_some, RATE_FREE)));
}

size_t stack_budget_waiting(const struct stack_budget *b, uint32_t copy)
{
	uint64_t bytes = b->frequency * b->cpus * (SAMPLE_SIZE + copy) * WAITING_TIME;

	return most(least(bytes, b->memory / MEMORY_SHARE), WAITING_LEAST);
}

uint32_t stack_budget_copy(const struct stack_budget *b)
{
	uint64_t of_cpu = (uint64_t)STACK_SIZE_MOST * CPU_RATE / b->frequency;
	uint64_t of_machine = MACHINE_BYTES / b->frequency / b->cpus;
	uint32_t copy = as_size(least(most(of_cpu, RATE_FREE), of_machine));
	uint32_t fit = stack_budget_fit(b->frequency, stack_budget_ring(b, copy));

	return fit < copy ? fit : copy;
}

struct stack_rings stack_budget_rings(const struct stack_budget *b, uint32_t copy,
				      unsigned halvings)
{
	uint64_t ring = stack_budget_ring(b, copy) >> halvings;
	uint64_t smallest = copy ? SMALLEST_RING_OF_COPIES : SMALLEST_RING;
	struct stack_rings rings = {.samples = most(ring, smallest),
				    .side_band = SIDE_BAND_RING,
				    .copy = copy};

	if (!halvings)
		return rings;
	rings.side_band = most(least(ring / 2, SIDE_BAND_RING), SMALLEST_RING);
	if (copy)
		rings.copy = (uint32_t)least(
			copy, stack_budget_fit(b->frequency, rings.samples));
	return rings;
}
