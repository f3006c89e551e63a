/* What one interrupt of one event says beside who, where and when, which is in the event. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sample {
	uint64_t addr;	 /* the instruction */
	uint64_t period; /* what it stands for: ns of a clock, or events */
	uint64_t cgroup; /* id, 0: unknown */
	const void *
		chain; /* n_chain 64-bit words of the recording's byte order, unaligned */
	uint32_t n_chain;
	/* The user's registers, 64-bit words as above: which, says the mask of the event. NULL where
	 * there are none: the kernel's own threads, an event that has no mask. */
	const void *regs;
	/* A copy of the user stack, from its pointer up; NULL where the event asks for none. */
	const void *stack;
	/* How much of it could be copied: less than what was asked for where the stack ends, or where
	 * a page of it has never been touched; maybe nothing. */
	uint32_t stack_size;
	bool is_32_bit;	  /* the registers are those of a 32-bit program */
	uint16_t cpumode; /* PERF_RECORD_MISC_CPUMODE_*: whose 'addr' is */
};
