/* The section META_INFO of a recording of simpleperf: pairs of strings. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

/* Returns the value of a key, in the section's bytes, or NULL if it is not there. */
const char *meta_info_find(struct bytes section, const char *key);

/* Returns the name of an event by the type and config of its attr, in the section's
 * bytes, and stores its length; NULL if it is not there. The value of "event_type_info"
 * has a line "name,type,config" for each event. */
const char *meta_info_event(struct bytes section, uint32_t type, uint64_t config,
			    size_t *len);
