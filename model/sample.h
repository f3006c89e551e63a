/* What one interrupt of one event says beside who, where and when, which is in the event. */
#pragma once

#include <stdint.h>

struct sample {
	uint64_t addr;	 /* the instruction */
	uint64_t period; /* what it stands for: ns of a clock, or events */
	uint64_t cgroup; /* id, 0: unknown */
	const void *
		chain; /* n_chain 64-bit words of the recording's byte order, unaligned */
	uint32_t n_chain;
	uint16_t cpumode; /* PERF_RECORD_MISC_CPUMODE_*: whose 'addr' is */
};
