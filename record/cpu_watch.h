/* CPUs that go offline and come online while a recording is taken. */
#pragma once

#include "record/cpu_set.h"

#include <stdbool.h>
#include <stdint.h>

/* All fields are private. */
struct cpu_watch {
	struct cpu_set online;
	int messages;	  /* a socket for the kernel's messages about devices, or -1 */
	uint64_t checked; /* ns, CLOCK_MONOTONIC, of the last check */
	uint64_t next;	  /* time of the next one */
	uint64_t asleep;  /* ns that the machine had slept at the last check */
	uint64_t online_time;
	bool has_changed;
};

/* A CPU that went offline and came back between two checks is in both sets. */
struct cpu_changes {
	struct cpu_set gone, come;
	uint64_t slept; /* ns of suspend, which ends the events of most CPUs */
};

void cpu_watch_open(struct cpu_watch *w);
void cpu_watch_close(struct cpu_watch *w);

/* Looks for changes once a second; in between and without a change it returns false. */
bool cpu_watch_check(struct cpu_watch *w, uint64_t now, struct cpu_changes *changes);

/* The CPUs that were online at the last check. */
const struct cpu_set *cpu_watch_online(const struct cpu_watch *w);

/* The online time begins now; CPUs that came or went before do not matter. */
void cpu_watch_begin(struct cpu_watch *w, uint64_t now);

/* Returns the sum of the times that each CPU was online from cpu_watch_begin() to 'now',
 * ns, accurate to a second for each change; 0 if no CPU came or went. */
uint64_t cpu_watch_online_time(const struct cpu_watch *w, uint64_t now);

/* Adds the CPU of a message to 'gone' if the message states that it went offline.
 * 'message' begins with "ACTION@PATH" and has a NUL. */
void cpu_watch_read_message(const char *message, struct cpu_set *gone);
