/* The entry point of every fuzz target. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program if a promise of the target beyond not crashing does not hold. */
#define require(condition)                                                               \
	do {                                                                             \
		if (!(condition))                                                        \
			abort();                                                         \
	} while (0)
