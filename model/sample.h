/* Samples: the part of an event that only samples have. Process, CPU and time are in
 * struct event. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sample {
	/* instruction that the sample interrupted */
	uint64_t addr;
	/* weight of the sample: ns of a clock, or events */
	uint64_t period;
	/* id of the cgroup, 0: unknown */
	uint64_t cgroup;
	/* callchain: n_chain 64-bit words in the recording's byte order, unaligned */
	const void *chain;
	uint32_t n_chain;
	/* Branch stack: n_branches entries of three words like those of the chain (from,
	 * to, flags), the latest branch first; only of events that store calls
	 * there. */
	const void *branches;
	uint32_t n_branches;
	/* User registers, 64-bit words like the chain, in the order of the bits of the
	 * event's mask. NULL for kernel threads and for an event without a mask. */
	const void *regs;
	/* Copy of the user stack from the stack pointer up; NULL if the event has
	 * none. */
	const void *stack;
	/* Bytes of the copy. Fewer than the event's size, maybe 0, if the stack ends
	 * before or one of its pages was never touched. */
	uint32_t stack_size;
	/* The registers are those of a 32-bit program. */
	bool is_32_bit;
	/* PERF_RECORD_MISC_CPUMODE_*: 'addr' is in the kernel, in user code and so on */
	uint16_t cpumode;
};
