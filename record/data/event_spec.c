#include "record/data/event_spec.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The user registers that perf asks for, too: all that stack unwinding may need
 * (arch/ARCH/include/uapi/asm/perf_regs.h; on x86-64 those of segments can't be had). */
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
}

static void attr_cycles(struct perf_event_attr *attr)
{
	attr->type = PERF_TYPE_HARDWARE;
	attr->config = PERF_COUNT_HW_CPU_CYCLES;
	attr->exclude_guest = 1;
}

/* Some virtual machines open the event and never count. */
static bool cycles_count(void)
{
	struct perf_event_attr attr = {
		.size = PERF_ATTR_SIZE_VER7,
		.sample_freq = PROBE_FREQUENCY,
		.freq = 1,
		.exclude_kernel = 1, /* may be all that this user is allowed */
	};
	uint64_t count = 0;
	int fd;

	attr_cycles(&attr);
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

void event_spec_sample(struct event_spec *e, uint64_t frequency, bool kernel)
{
	*e = (struct event_spec){0};
	attr_common(&e->attr, kernel);
	e->attr.sample_type |=
		PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_CGROUP;
	if (cycles_count()) {
		attr_cycles(&e->attr);
		e->attr.freq = 1;
		e->attr.sample_freq = frequency;
		e->attr.sample_type |= PERF_SAMPLE_PERIOD;
		snprintf(e->name, sizeof(e->name), "cycles");
		return;
	}
	e->attr.type = PERF_TYPE_SOFTWARE;
	e->attr.config = PERF_COUNT_SW_CPU_CLOCK;
	/* What the kernel makes of a frequency (perf_swevent_init_hrtimer()). */
	e->attr.sample_period = frequency < NS_PER_S ? NS_PER_S / frequency : 1;
	snprintf(e->name, sizeof(e->name), "cpu-clock");
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
				.build_id = 1,
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
	const struct perf_event_attr *told = &side_band->attr;
	struct perf_event_attr attr = sample->attr;

	attr.mmap = told->mmap;
	attr.mmap2 = told->mmap2;
	attr.mmap_data = told->mmap_data;
	attr.comm = told->comm;
	attr.comm_exec = told->comm_exec;
	attr.task = told->task;
	attr.build_id = told->build_id;
	attr.ksymbol = told->ksymbol;
	attr.bpf_event = told->bpf_event;
	attr.cgroup = told->cgroup;
	return attr;
}

void event_spec_release(struct event_spec *e)
{
	vec_release(&e->ids);
}
