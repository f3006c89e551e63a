/* Where the kernel's text and its modules lie, as the events that would have told it. */
#pragma once

#include "record/event_list.h"

/* Adds a mapping for the kernel, none where its addresses are hidden from this user, and one
 * for each module. */
void kernel_map_list(struct event_list *list);
