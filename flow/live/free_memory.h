/* The memory that this process may still use without harm to others. */
#pragma once

#include <stdint.h>

/* Returns the smaller one of the machine's available memory and of the memory that the
 * limits of this process's cgroups leave, in bytes; 0 if neither is known. */
uint64_t free_memory(void);
