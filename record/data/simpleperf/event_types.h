/* The names of events in a recording of simpleperf, in its section META_INFO: pairs of
 * strings, of which "event_type_info" has a line "name,type,config" for each event. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

/* Returns the name of an event by the type and config of its attr, in the section's
 * bytes, and stores its length; NULL if it is not there. */
const char *event_types_find(struct bytes section, uint32_t type, uint64_t config,
			     size_t *len);
