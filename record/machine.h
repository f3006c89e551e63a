/* Fills struct run_info from the machine that is being recorded. */
#pragma once

#include "model/run_info.h"

#include <stdint.h>

/* CPU time used up to some moment, by the machine and by this process. */
struct cpu_account {
	uint64_t busy, idle; /* ns of all CPUs together since boot (/proc/stat) */
	uint64_t own;	     /* ns of this process, user and system, all threads */
	uint64_t now;	     /* ns, CLOCK_MONOTONIC */
};

/* Unknown numbers are 0. */
struct cpu_account cpu_account_now(void);

/* Sets host, kernel, CPU model, number of CPUs, and now as the start time. */
void run_info_of_machine(struct run_info *c);

/* Sets duration, busy, idle and own CPU time from two accounts. */
void run_info_between(struct run_info *c, const struct cpu_account *before,
		      const struct cpu_account *after);
