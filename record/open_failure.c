#include "record/open_failure.h"

#include "record/kernel_limits.h"
#include "rights/refusal.h"

#include <errno.h>

static int refused(const struct open_failure *f, struct error *err)
{
	const struct target *target = f->target;
	const struct refused_target refused = {
		.pids = target->pids.n ? target->pids.items : target->tids.items,
		.n_pids = target->pids.n + target->tids.n,
		.whole_machine = target->whole_machine,
		.by_filter = f->rights->has_filter && rights_filter_refuses_events(),
	};

	return refusal_of_events(f->rights, &refused, err);
}

static int ended(const struct target *target, struct error *err)
{
	if (target->pids.n == 1)
		return error_set(err, "process %u has ended", target->pids.items[0]);
	return error_set(err, "all %s have ended",
			 target->tids.n ? "threads" : "processes");
}

static int too_many(const struct open_failure *f, struct error *err)
{
	return error_set(err,
			 "too many threads (%llu) and CPUs for the %llu files that this "
			 "process may have open, and CAP_PERFMON for events of whole "
			 "CPUs is missing; 'ulimit -n %llu' allows it",
			 (unsigned long long)f->n_threads,
			 (unsigned long long)kernel_allow_files(),
			 (unsigned long long)f->files_needed);
}

int open_failure(const struct open_failure *f, int code, struct error *err)
{
	switch (code) {
	case EACCES:
	case EPERM:
		return refused(f, err);
	case ENOBUFS:
		return refusal_of_rings(f->rights, err);
	case ESRCH:
		return ended(f->target, err);
	case EMFILE:
	case ENFILE:
		return too_many(f, err);
	default:
		errno = code;
		return error_sys(err, "cannot open the event '%s'", f->event);
	}
}
