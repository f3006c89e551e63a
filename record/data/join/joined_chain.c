#include "record/data/join/joined_chain.h"

#include "base/narrow.h"
#include "model/callchain.h"

#include <byteswap.h>
#include <string.h>

/* A branch: from, to, flags (struct perf_branch_entry). */
enum { BRANCH_WORDS = 3, BRANCH_FROM = 0, BRANCH_TO = 1 };

void joined_chain_release(struct joined_chain *j)
{
	vec_release(&j->words);
}

/* A word as it is in the recording. */
static uint64_t raw_word(const void *words, size_t i)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)words + 8 * i, sizeof(word));
	return word;
}

static uint64_t in_order(uint64_t word, bool is_swapped)
{
	return is_swapped ? bswap_64(word) : word;
}

/* Returns the index of a word of the callchain; their number if the word is not there. */
static uint32_t chain_find(const struct sample *s, uint64_t word, bool is_swapped)
{
	uint64_t want = in_order(word, is_swapped);
	uint32_t i = 0;

	while (i < s->n_chain && raw_word(s->chain, i) != want)
		i++;
	return i;
}

/* Begins a callchain with the first 'n' words of the sample's, and makes room for
 * more. */
static void join_begin(struct joined_chain *j, const struct sample *s, uint32_t n,
		       size_t more)
{
	j->words.n = 0;
	vec_reserve(&j->words, n + more);
	if (n)
		memcpy(j->words.items, s->chain, 8 * (size_t)n);
	j->words.n = n;
}

static void join_end(const struct joined_chain *j, struct sample *s)
{
	s->chain = j->words.items;
	s->n_chain = narrow_u32(j->words.n);
}

void joined_chain_of_branches(struct joined_chain *j, struct sample *sample,
			      bool is_swapped)
{
	uint64_t user = in_order(CALLCHAIN_USER, is_swapped);
	uint32_t kernel = chain_find(sample, CALLCHAIN_USER, is_swapped);
	size_t n = sample->n_branches;

	if (kernel == sample->n_chain || !n)
		return;
	join_begin(j, sample, kernel, 2 * (n + 1));
	vec_push(&j->words, user);
	vec_push(&j->words, raw_word(sample->branches, BRANCH_TO));
	for (size_t i = 0; i < n; i++) {
		/* After a context an address is taken as it is, not as a return
		 * address. */
		vec_push(&j->words, user);
		vec_push(&j->words,
			 raw_word(sample->branches, BRANCH_WORDS * i + BRANCH_FROM));
	}
	join_end(j, sample);
}

void joined_chain_of_deferred(struct joined_chain *j, struct sample *sample, uint32_t tid,
			      const struct deferred_chains *deferred, bool is_swapped)
{
	uint32_t kernel = chain_find(sample, CALLCHAIN_USER_DEFERRED, is_swapped);
	const struct deferred_chain *user = NULL;

	if (kernel == sample->n_chain)
		return;
	if (kernel + 1 < sample->n_chain)
		user = deferred_chains_find(
			deferred,
			in_order(raw_word(sample->chain, kernel + 1), is_swapped), tid);
	join_begin(j, sample, kernel, user ? user->n : 2);
	if (user) {
		memcpy(j->words.items + kernel, user->words, 8 * (size_t)user->n);
		j->words.n += user->n;
	} else {
		vec_push(&j->words, in_order(CALLCHAIN_USER, is_swapped));
		vec_push(&j->words, in_order(CALLCHAIN_MISSING, is_swapped));
	}
	join_end(j, sample);
}
