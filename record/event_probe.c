#include "record/event_probe.h"

#include "record/kernel_limits.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CLOCK_FREQUENCY_MAX = 100000 }; /* the kernel's shortest period is 10 us */

static bool attr_opens(const struct perf_event_attr *attr)
{
	struct perf_event_attr own = *attr;
	int fd;

	/* On this process, in user space: allowed to every user who may record at all. */
	own.exclude_kernel = 1;
	fd = (int)syscall(SYS_perf_event_open, &own, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || (errno != EINVAL && errno != E2BIG);
}

static void ksymbol_add(struct perf_event_attr *attr)
{
	attr->ksymbol = attr->bpf_event = 1;
}

static void cgroup_add(struct perf_event_attr *attr)
{
	attr->cgroup = 1;
	attr->sample_type |= PERF_SAMPLE_CGROUP;
}

static void lost_add(struct perf_event_attr *attr)
{
	attr->read_format |= PERF_FORMAT_LOST;
}

void event_probe(struct event_specs *specs)
{
	/* Kernel versions: 5.1, 5.7 (with CONFIG_CGROUP_PERF), 6.0. */
	static void (*const additions[])(struct perf_event_attr *
					 attr) = {ksymbol_add, cgroup_add, lost_add};
	struct perf_event_attr kept = specs->side_band.attr;
	struct event_spec *spec;

	kept.ksymbol = kept.bpf_event = kept.cgroup = 0;
	kept.read_format &= ~(uint64_t)PERF_FORMAT_LOST;
	for (size_t i = 0; i < sizeof(additions) / sizeof(*additions); i++) {
		struct perf_event_attr attr = kept;

		additions[i](&attr);
		if (attr_opens(&attr))
			kept = attr;
	}
	specs->side_band.attr = kept;
	vec_each(spec, &specs->sampling) {
		spec->attr.sample_type &=
			kept.sample_type | ~(uint64_t)PERF_SAMPLE_CGROUP;
		spec->attr.read_format = kept.read_format;
	}
}

int event_probe_frequency(const struct known_event *const *events, size_t n,
			  uint64_t frequency, struct error *err)
{
	int64_t most = kernel_limit("perf_event_max_sample_rate", INT64_MAX);

	if (frequency == 0 || frequency > (uint64_t)most)
		return error_set(err,
				 "%llu samples per second are not possible: "
				 "kernel.perf_event_max_sample_rate is %lld",
				 (unsigned long long)frequency, (long long)most);
	/* The kernel would take fewer, and store the period that was asked for. */
	for (size_t i = 0; i < n; i++)
		if (events[i]->is_time && frequency > CLOCK_FREQUENCY_MAX)
			return error_set(err,
					 "%llu samples per second are not possible: "
					 "'%s' has at most %d",
					 (unsigned long long)frequency, events[i]->name,
					 CLOCK_FREQUENCY_MAX);
	return 0;
}
