#include "record/data/known_event.h"

#include "base/scoped.h"

#include <linux/perf_event.h>
#include <string.h>

#define HARDWARE(event_name, event)                                                      \
	.name = event_name, .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_##event
#define SOFTWARE(event_name, event)                                                      \
	.name = event_name, .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_##event

/* To add an event is to add a row. */
static const struct known_event known_events[] = {
	{HARDWARE("cycles", CPU_CYCLES), .excludes_guest = true},
	{HARDWARE("instructions", INSTRUCTIONS), .excludes_guest = true},
	{HARDWARE("cache-references", CACHE_REFERENCES), .excludes_guest = true},
	{HARDWARE("cache-misses", CACHE_MISSES), .excludes_guest = true},
	{HARDWARE("branches", BRANCH_INSTRUCTIONS), .excludes_guest = true},
	{HARDWARE("branch-misses", BRANCH_MISSES), .excludes_guest = true},
	{HARDWARE("bus-cycles", BUS_CYCLES), .excludes_guest = true},
	{HARDWARE("stalled-cycles-frontend", STALLED_CYCLES_FRONTEND),
	 .excludes_guest = true},
	{HARDWARE("stalled-cycles-backend", STALLED_CYCLES_BACKEND),
	 .excludes_guest = true},
	{HARDWARE("ref-cycles", REF_CPU_CYCLES), .excludes_guest = true},
	{SOFTWARE("cpu-clock", CPU_CLOCK), .is_time = true},
	{SOFTWARE("task-clock", TASK_CLOCK), .is_time = true},
	{SOFTWARE("page-faults", PAGE_FAULTS)},
	{SOFTWARE("context-switches", CONTEXT_SWITCHES)},
	{SOFTWARE("cpu-migrations", CPU_MIGRATIONS)},
	{SOFTWARE("minor-faults", PAGE_FAULTS_MIN)},
	{SOFTWARE("major-faults", PAGE_FAULTS_MAJ)},
	{SOFTWARE("alignment-faults", ALIGNMENT_FAULTS)},
	{SOFTWARE("emulation-faults", EMULATION_FAULTS)},
	{SOFTWARE("dummy", DUMMY)},
	{SOFTWARE("bpf-output", BPF_OUTPUT)},
	{SOFTWARE("cgroup-switches", CGROUP_SWITCHES)},
};

const struct known_event *known_event_find(uint32_t type, uint64_t config)
{
	/* The upper half of a hardware config is the PMU of a hybrid CPU. */
	if (type == PERF_TYPE_HARDWARE)
		config = (uint32_t)config;
	for (size_t i = 0; i < array_size(known_events); i++)
		if (known_events[i].type == type && known_events[i].config == config)
			return &known_events[i];
	return NULL;
}

const struct known_event *known_event_named(const char *name)
{
	for (size_t i = 0; i < array_size(known_events); i++)
		if (strcmp(known_events[i].name, name) == 0)
			return &known_events[i];
	return NULL;
}
