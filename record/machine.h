/* Fills struct run_info from the machine that is being recorded. */
#pragma once

#include "model/run_info.h"

#include <stdint.h>

/* CPU time used up to some moment, by the machine and by this process. */
struct cpu_account {
	/* ns of all CPUs together since boot (/proc/stat); 'stolen' by other guests of
	 * the host */
	uint64_t busy, idle, stolen;
	uint64_t own; /* ns of this process, user and system, all threads */
	uint64_t now; /* ns, CLOCK_MONOTONIC */
};

/* Unknown numbers are 0. */
struct cpu_account cpu_account_now(void);

/* Sets host, kernel, CPU model, number of CPUs, and now as the start time. */
void run_info_of_machine(struct run_info *c);

/* Sets duration, busy, idle, stolen and own CPU time from two accounts, and the online
 * time. 'online' is the sum of the times that each CPU was online, ns; 0: no CPU came or
 * went. The kernel's idle times are wrong for a CPU that came or went; then idle is the
 * online time that was neither busy nor stolen. */
void run_info_between(struct run_info *c, const struct cpu_account *before,
		      const struct cpu_account *after, uint64_t online);
