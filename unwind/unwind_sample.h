/* A sample, as far as unwinding its user stack needs it. */
#pragma once

#include "model/space.h"
#include "unwind/unwind_regs.h"

#include <stddef.h>
#include <stdint.h>

struct unwind_sample {
	enum unwind_arch arch;
	struct unwind_regs regs;
	const void *stack; /* the bytes from the stack pointer up, unaligned */
	size_t stack_size;
	const void *
		chain; /* words of the kernel's user callchain, the ip first, unaligned */
	size_t n_chain;
	space_id space; /* where it ran, */
	uint64_t time;	/* and when */
};
