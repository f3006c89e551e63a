#include "record/data/outside.h"

#include "model/callchain.h"
#include "record/data/format.h"

#include <byteswap.h>
#include <linux/perf_event.h>
#include <string.h>

/* A kernel thread has no user part either: outside, it looks like the idle task. */
static bool sample_has_user_part(const struct sample *s, uint16_t cpumode,
				 bool is_swapped)
{
	/* A guest's process is one of the host. */
	if (cpumode == PERF_RECORD_MISC_USER || cpumode >= FORMAT_MISC_GUEST_KERNEL ||
	    s->regs)
		return true;
	for (size_t i = 0; i < s->n_chain; i++) {
		uint64_t word;

		memcpy(&word, (const uint8_t *)s->chain + 8 * i, sizeof(word));
		word = is_swapped ? bswap_64(word) : word;
		if (word == CALLCHAIN_USER || word == CALLCHAIN_USER_DEFERRED)
			return true;
	}
	return false;
}

static bool is_outside(const struct event *ev, uint16_t cpumode, bool is_swapped)
{
	if (ev->kind == EVENT_SAMPLE)
		return sample_has_user_part(&ev->sample, cpumode, is_swapped);
	if (ev->kind == EVENT_MMAP)
		return cpumode == PERF_RECORD_MISC_USER;
	if (ev->kind == EVENT_COMM)
		return strncmp(ev->comm.comm, "swapper", strlen("swapper")) != 0;
	return (ev->kind == EVENT_FORK || ev->kind == EVENT_EXIT) &&
	       !ev->fork.is_synthesized;
}

void outside_mark(const struct decode_event *e, struct event *ev, uint16_t cpumode,
		  bool is_swapped)
{
	bool has_task = ev->kind != EVENT_SAMPLE ||
			sample_layout_has(&e->layout, SAMPLE_FIELD_TASK);

	if (ev->kind == EVENT_FORK && !ev->fork.parent_pid && !ev->fork.is_synthesized)
		ev->fork.parent_pid = ev->fork.parent_tid = PID_OUTSIDE;
	if (!ev->pid && has_task && is_outside(ev, cpumode, is_swapped))
		ev->pid = ev->tid = PID_OUTSIDE;
}
