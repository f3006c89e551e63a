/* Metadata of a recording: the machine, the options and the quality, for the head of a
 * picture or a table. Each field may be unknown: NULL or 0. */
#pragma once

#include "base/arena.h"
#include "model/container_info.h"
#include "model/stacks/saved_stacks.h"

#include <stdbool.h>
#include <stdint.h>

/* From 'time' on (ns, clock of the samples) one sample of every 'divisor' was taken. */
struct rate_change {
	uint64_t time, divisor;
};

struct run_info {
	/* memory of the strings */
	struct arena text;
	const char *hostname;
	/* version of the kernel: "6.18.44" */
	const char *os_release;
	const char *arch;
	const char *cpu_model;
	/* "flame 0.1.0", "perf 6.1.192" */
	const char *recorder;
	/* command that made the recording, as typed but for its secrets */
	const char *command;
	/* "cycles", "cpu-clock" */
	const char *event;
	/* unit of the counts if they are not samples: "bytes" */
	const char *unit;

	/* samples/s on each CPU, 0: not sampled by time */
	uint64_t frequency;
	/* The recorder lowered the rate: the lowest frequency, and the mean; 0: it did
	 * not. The changes are in the order of their times. */
	uint64_t frequency_lowest, frequency_mean;
	const struct rate_change *rates;
	uint32_t n_rates;
	/* likewise it read less of the stack copies: the least bytes of one; 0: it did
	 * not */
	uint64_t copy_least;
	struct container_infos containers;
	/* CPUs online at the start */
	uint32_t cpus;
	/* ns since 1970 */
	uint64_t start;
	/* ns */
	uint64_t duration;

	/* ns of all CPUs together, from /proc/stat */
	uint64_t busy, idle;
	/* likewise, of a virtual machine: the host ran something else */
	uint64_t stolen;
	/* ns, sum of the times that each CPU was online; 0: all CPUs all the time */
	uint64_t online;
	/* 1: the recorder ran in a pid namespace of its own, where processes of others
	 * have no pid */
	uint64_t pid_namespace;
	/* 1: the recorder found the cgroups of samples for which the kernel told the
	 * topmost one */
	uint64_t checked_cgroups;
	/* ns of CPU time that the recorder used */
	uint64_t own_cpu;

	/* samples stored, and those of them on idle CPUs */
	uint64_t samples;
	uint64_t idle_samples;
	/* samples that the kernel could not store */
	uint64_t lost;
	/* likewise records of processes and mappings, which names and stacks depend on */
	uint64_t lost_side_band;
	/* number of times that hardware trace data was lost (perf's AUX records) */
	uint64_t lost_aux;
	/* bytes of hardware trace data, which is not decoded */
	uint64_t aux_bytes;
	/* number of times that the kernel throttled the event */
	uint64_t throttled;
	/* number of times that the kernel changed its code (ftrace, static keys,
	 * probes) */
	uint64_t text_pokes;
	/* samples with an innermost frame without a name */
	uint64_t unknown_samples;
	/* samples of processes outside of the recorder's pid namespace */
	uint64_t outside_samples;
	/* samples with a callchain that ends with CALLCHAIN_TRUNCATED; others with any
	 * mark */
	uint64_t truncated_samples, broken_samples;

	/* files that were taken for the recorded ones because of their paths alone */
	uint64_t unverified_files;
	/* callchains that were unwound where the files of the programs were */
	struct saved_stacks stacks;

	/* Weights are ns of CPU time. */
	bool weight_is_time;
	/* One of the numbers above is a sum of 2^64 or more. */
	bool has_overflow;
};

/* Sets the changes of the rate to a copy of these. */
void run_info_set_rates(struct run_info *c, const struct rate_change *rates, uint32_t n);

/* Sets the names of containers to a copy of these. */
void run_info_set_containers(struct run_info *c, const struct container_infos *infos);

/* Returns the divisor of the rate at that time; 1 before the first change. */
uint64_t run_info_divisor(const struct run_info *c, uint64_t time);

/* Returns the CPU time that the machine had during the recording, ns: of the CPUs while
 * they were online. */
uint64_t run_info_cpu_time(const struct run_info *c);

/* Stores a command line without its secrets (secrets.h); NULL: unknown. */
void run_info_set_command(struct run_info *c, const char *line);

/* Returns a copy of a string, which lives as long as 'c', or NULL for NULL. */
const char *run_info_text(struct run_info *c, const char *s);

/* Returns the unit of 'n' counts: 'unit', else "sample" or "samples". */
const char *run_info_unit(const struct run_info *c, uint64_t n);

/* Whether all samples (stored, lost and idle ones), all CPU time, and the duration on all
 * CPUs can be added up in 64 bits. */
bool run_info_adds_up(const struct run_info *c);
void run_info_release(struct run_info *c);
