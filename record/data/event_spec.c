#include "record/data/event_spec.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* All user registers that unwinding may need, the same ones as in perf
 * (arch/ARCH/include/uapi/asm/perf_regs.h; on x86-64 the kernel refuses segment
 * registers). */
#if defined(__x86_64__)
#define USER_REGISTERS 0xff0fffULL
#elif defined(__aarch64__)
#define USER_REGISTERS 0x1ffffffffULL
#else
#define USER_REGISTERS 0ULL
#endif

enum { PROBE_FREQUENCY = 1000, PROBE_ROUNDS = 1000000, NS_PER_S = 1000000000 };

static void attr_common(struct perf_event_attr *attr, bool kernel)
{
	attr->size = PERF_ATTR_SIZE_VER7;
	attr->sample_type = EVENT_SPEC_SAMPLE_ID;
	attr->read_format = PERF_FORMAT_ID | PERF_FORMAT_LOST;
	attr->sample_id_all = 1;
	attr->disabled = 1;
	attr->watermark = 1;
	attr->use_clockid = 1;
	attr->clockid = CLOCK_MONOTONIC;
	attr->exclude_kernel = !kernel;
	/* Without it Linux 7.3 refuses callchains to ordinary users. */
	attr->exclude_callchain_kernel = !kernel;
}

static void attr_event(struct perf_event_attr *attr, const struct known_event *event)
{
	attr->type = event->type;
	attr->config = event->config;
	attr->exclude_guest = event->excludes_guest;
}

/* Some virtual machines open the event and never count. */
static bool counts(const struct known_event *event)
{
	struct perf_event_attr attr = {
		.size = PERF_ATTR_SIZE_VER7,
		.sample_freq = PROBE_FREQUENCY,
		.freq = 1,
		.exclude_kernel = 1, /* may be all that this user is allowed */
	};
	uint64_t count = 0;
	int fd;

	attr_event(&attr, event);
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return false;
	for (volatile int i = 0; i < PROBE_ROUNDS; i++)
		;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = 0;
	close(fd);
	return count > 0;
}

const struct known_event *event_spec_default(void)
{
	const struct known_event *cycles = known_event_named("cycles");

	return counts(cycles) ? cycles : known_event_named("cpu-clock");
}

void event_spec_sample(struct event_spec *e, const struct known_event *event,
		       uint64_t frequency, bool kernel)
{
	struct perf_event_attr *attr = &e->attr;

	assert(frequency > 0);
	*e = (struct event_spec){0};
	attr_common(attr, kernel);
	attr_event(attr, event);
	attr->sample_type |= PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_CGROUP;
	snprintf(e->name, sizeof(e->name), "%s", event->name);
	if (event->is_time) {
		/* As the kernel itself does (perf_swevent_init_hrtimer()). */
		attr->sample_period = frequency < NS_PER_S ? NS_PER_S / frequency : 1;
		return;
	}
	attr->freq = 1;
	attr->sample_freq = frequency;
	attr->sample_type |= PERF_SAMPLE_PERIOD;
}

void event_spec_stacks(struct event_spec *e, enum stacks stacks, uint32_t size)
{
	struct perf_event_attr *attr = &e->attr;

	attr->sample_type &= ~(uint64_t)(PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER |
					 PERF_SAMPLE_STACK_USER);
	attr->sample_regs_user = 0;
	attr->sample_stack_user = 0;
	attr->exclude_callchain_user = 0;
	if (stacks != STACKS_NONE)
		attr->sample_type |= PERF_SAMPLE_CALLCHAIN;
	if ((stacks != STACKS_COPIED && stacks != STACKS_RAW) || !USER_REGISTERS)
		return;
	attr->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
	attr->sample_regs_user = USER_REGISTERS;
	attr->sample_stack_user = size;
	attr->exclude_callchain_user = stacks == STACKS_RAW;
}

void event_spec_side_band(struct event_spec *e, bool kernel)
{
	*e = (struct event_spec){
		.name = "dummy:HG",
		.attr =
			{
				.type = PERF_TYPE_SOFTWARE,
				.config = PERF_COUNT_SW_DUMMY,
				.freq = 1,
				.sample_freq = 1,
				.mmap = 1,
				.mmap2 = 1,
				.comm = 1,
				.comm_exec = 1,
				.task = 1,
				.ksymbol = 1,
				.bpf_event = 1,
				.cgroup = 1,
			},
	};
	attr_common(&e->attr, kernel);
}

struct perf_event_attr event_spec_joined(const struct event_spec *sample,
					 const struct event_spec *side_band)
{
	const struct perf_event_attr *from = &side_band->attr;
	struct perf_event_attr attr = sample->attr;

	attr.mmap = from->mmap;
	attr.mmap2 = from->mmap2;
	attr.mmap_data = from->mmap_data;
	attr.comm = from->comm;
	attr.comm_exec = from->comm_exec;
	attr.task = from->task;
	attr.ksymbol = from->ksymbol;
	attr.bpf_event = from->bpf_event;
	attr.cgroup = from->cgroup;
	return attr;
}

void event_spec_release(struct event_spec *e)
{
	vec_release(&e->ids);
}
