/* Names of events, as people give them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether 'name' means the event 'full_name', which has 'len' bytes: "cycles" also means
 * "cycles:u" and "cycles/period=1/", and "sched_switch" means "sched:sched_switch". */
bool event_name_fits(const char *full_name, size_t len, const char *name);

/* Returns the length of the name without modifiers: 6 for "cycles:u" and "cycles:ppp". */
size_t event_name_base_len(const char *full_name, size_t len);
