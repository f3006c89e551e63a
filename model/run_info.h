/* Under which conditions a recording was made, and what is known of its quality: what the
 * head of a picture or a table says. Anything may be unknown: NULL or 0. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct run_info {
	struct arena text; /* what the strings live in */
	const char *hostname;
	const char *os_release; /* the kernel's: "6.18.44" */
	const char *arch;
	const char *cpu_model;
	const char *command; /* that made the recording, as typed */
	const char *event;   /* "cycles", "cpu-clock" */
	const char *unit;    /* what is counted, where it is not samples: "bytes" */

	uint64_t frequency; /* samples/s on each CPU, 0: not by time */
	uint32_t cpus;	    /* online */
	uint64_t start;	    /* ns since 1970 */
	uint64_t duration;  /* ns */

	uint64_t busy, idle; /* ns of all CPUs together, from the system's own account */
	uint64_t own_cpu;    /* ns that the recorder itself used */

	uint64_t samples;	  /* all that were stored */
	uint64_t idle_samples;	  /* of these, of idle CPUs */
	uint64_t lost;		  /* samples that the kernel could not store */
	uint64_t throttled;	  /* times that the kernel slowed the event down */
	uint64_t unknown_samples; /* whose innermost frame has no name */
	/* whose user stack ends too early: the copy of it was too short, or made no sense */
	uint64_t truncated_samples, broken_samples;

	bool weight_is_time; /* weights are ns of CPU time */
};

/* Copies a string into the arena; returns NULL for NULL. */
const char *run_info_text(struct run_info *c, const char *s);

/* What 'n' of the counted are called: the unit, else "sample" or "samples". */
const char *run_info_unit(const struct run_info *c, uint64_t n);
void run_info_release(struct run_info *c);
