/* The parts of a sample that unwinding its user stack needs. */
#pragma once

#include "model/space.h"
#include "unwind/unwind_regs.h"

#include <stddef.h>
#include <stdint.h>

struct unwind_sample {
	enum unwind_arch arch;
	struct unwind_regs regs;
	const void *stack; /* the bytes from the stack pointer upwards, unaligned */
	size_t stack_size;
	const void *chain; /* the kernel's user callchain, ip first, unaligned words */
	size_t n_chain;	   /* in words */
	space_id space;	   /* the address space of the process, */
	uint64_t time;	   /* and when */
};
