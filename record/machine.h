/* Fills struct run_info from the machine that is being recorded. */
#pragma once

#include "model/run_info.h"

#include <stdint.h>

/* What the system had used of its CPUs at some moment, and this process. */
struct cpu_account {
	uint64_t busy, idle; /* ns of all CPUs together since boot (/proc/stat) */
	uint64_t own;	     /* ns of this process, user and system, all threads */
	uint64_t now;	     /* ns, CLOCK_MONOTONIC */
};

struct cpu_account cpu_account_now(void);

/* Host, kernel, CPU model, number of CPUs, start time (now). */
void run_info_of_machine(struct run_info *c);

/* Duration, busy, idle and own CPU from two accounts. */
void run_info_between(struct run_info *c, const struct cpu_account *before,
		      const struct cpu_account *after);
