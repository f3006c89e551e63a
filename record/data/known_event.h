/* The events that flame knows by name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct known_event {
	const char *name; /* perf's */
	uint32_t type;	  /* PERF_TYPE_* */
	uint64_t config;
	bool is_time;	     /* its period is in ns of CPU time */
	bool excludes_guest; /* does not count while a guest runs, like perf's default */
};

/* The event of a type and config, or NULL. */
const struct known_event *known_event_find(uint32_t type, uint64_t config);

/* The event of that name, or NULL. */
const struct known_event *known_event_named(const char *name);
