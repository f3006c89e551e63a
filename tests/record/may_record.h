/* Whether tests may take recordings on this machine. */
#pragma once

#include <linux/perf_event.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether this user may sample the whole machine with its kernel, or else itself in user
 * space. */
static inline bool may_record(bool whole_machine)
{
	struct perf_event_attr attr = {
		.size = PERF_ATTR_SIZE_VER0,
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = !whole_machine,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, whole_machine ? -1 : 0,
			      whole_machine ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
