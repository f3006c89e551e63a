/* The mappings of the kernel's text and of its modules, as the events that loading them
 * would have made. */
#pragma once

#include "record/event_list.h"

/* Adds a mapping for the kernel, unless its addresses are hidden from this user, and one
 * for each module. */
void kernel_map_list(struct event_list *list);
