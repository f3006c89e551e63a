#include "flow/live/priority.h"

#include <sys/resource.h>

enum { NICE_MIN = -20 };

void priority_raise(struct priority *p)
{
	p->nice = getpriority(PRIO_PROCESS, 0);
	p->is_raised = true;
	setpriority(PRIO_PROCESS, 0, NICE_MIN);
}

void priority_restore(struct priority *p)
{
	if (p->is_raised)
		setpriority(PRIO_PROCESS, 0, p->nice);
	p->is_raised = false;
}

void priority_raise_other(pid_t pid)
{
	if (pid)
		setpriority(PRIO_PROCESS, (id_t)pid, NICE_MIN);
}
