#include "record/cpu_follower.h"

#include "base/scoped.h"

#include <errno.h>

void cpu_follower_init(struct cpu_follower *f, const struct target *target)
{
	*f = (struct cpu_follower){.target = target};
	cpu_watch_open(&f->watch);
	if (!target->whole_machine)
		f->descendants = descendants_new();
}

void cpu_follower_release(struct cpu_follower *f)
{
	cpu_watch_close(&f->watch);
	descendants_free(&f->descendants);
}

static void cpu_drop(struct cpu_follower *f, unsigned cpu)
{
	if (!target_by_cpu(f->target))
		return;
	band_drop_cpu(f->samples, cpu);
	band_drop_cpu(f->side_band, cpu);
}

/* The side band first: no sample without it. */
static int cpu_add(struct cpu_follower *f, const struct band_tasks *tasks, unsigned cpu)
{
	const struct event_specs *specs = f->specs;
	const struct band_events side_band = {&specs->side_band, 1, tasks};
	const struct band_events samples = {specs->sampling.items, specs->sampling.n,
					    tasks};
	int result = 0;

	if (!band_has_cpu(f->side_band, cpu))
		result = band_add_cpu(f->side_band, &side_band, cpu);
	if (result == 0 && !band_has_cpu(f->samples, cpu))
		result = band_add_cpu(f->samples, &samples, cpu);
	return result;
}

static void cpus_add(struct cpu_follower *f, const struct cpu_set *come)
{
	scoped(band_tasks_release) struct band_tasks tasks = {0};
	scoped(pid_list_release) struct pid_list pids = {0};

	if (f->descendants)
		descendants_list(f->descendants, &pids);
	band_tasks_find(&tasks, f->target, pids.items.items, pids.items.n);
	for (unsigned cpu = 0; cpu < CPU_SET_MAX; cpu++) {
		int result = cpu_set_has(come, cpu) ? cpu_add(f, &tasks, cpu) : 0;

		/* It went offline again, or the tasks have ended. */
		if (result < 0 && result != -ENODEV && result != -ESRCH)
			f->n_refused++;
	}
}

bool cpu_follower_check(struct cpu_follower *f, uint64_t now)
{
	struct cpu_changes changes;

	if (!cpu_watch_check(&f->watch, now, &changes))
		return false;
	f->slept += changes.slept;
	for (unsigned cpu = 0; cpu < CPU_SET_MAX; cpu++)
		if (cpu_set_has(&changes.gone, cpu))
			cpu_drop(f, cpu);
	cpus_add(f, &changes.come);
	return true;
}
