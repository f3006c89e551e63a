#include "fold/fold.h"

#include "base/scoped.h"

#include <string.h>

void fold_path_release(struct fold_path *path)
{
	vec_release(&path->steps);
}

node_id fold_add(struct profile *p, struct fold_path *path,
		 const struct fold_stack *stack)
{
	size_t n = stack->n_roots + stack->n;
	size_t n_previous = path->steps.n < n ? path->steps.n : n;
	node_id node = PROFILE_ROOT;
	bool is_shared = true;

	vec_reserve(&path->steps, n > path->steps.n ? n - path->steps.n : 0);
	for (size_t i = 0; i < n; i++) {
		struct fold_step *step = &path->steps.items[i];
		frame_id frame =
			i < stack->n_roots
				? stack->roots[i]
				: stack->frames[stack->n - 1 - (i - stack->n_roots)];

		is_shared = is_shared && i < n_previous && step->frame == frame;
		if (!is_shared)
			*step = (struct fold_step){frame, profile_child(p, node, frame)};
		node = step->node;
	}
	path->steps.n = n;
	profile_add(p, node, stack->count, stack->weight);
	return node;
}

/* The functions in which a CPU halts, and the functions of the idle loop around them,
 * in kernels from 3.x on, on x86 and arm64. A name that ends in '*' matches every name
 * with that prefix. */
static bool is_idle_name(const char *name)
{
	static const char *const idle[] = {
		"pv_native_safe_halt",
		"native_safe_halt",
		"safe_halt",
		"default_idle*",
		"arch_cpu_idle*",
		"acpi_safe_halt",
		"acpi_idle_*",
		"acpi_processor_ffh*",
		"intel_idle*",
		"mwait_idle*",
		"amd_e400_idle",
		"poll_idle",
		"cpu_idle*",
		"cpuidle_*",
		"do_idle",
		"cpu_startup_entry",
		"native_halt",
		"xen_safe_halt",
		"haltpoll_*",
		"default_enter_idle",
		"tdx_safe_halt",
		"tdx_halt",
		"cpu_do_idle",
		"__cpuidle_text_start",
		"xen_hypercall_sched_op",
	};

	for (size_t i = 0; i < array_size(idle); i++) {
		size_t len = strcspn(idle[i], "*");

		if (idle[i][len] ? strncmp(name, idle[i], len) == 0
				 : strcmp(name, idle[i]) == 0)
			return true;
	}
	return false;
}

bool fold_is_idle(const struct frame_table *frames, const struct fold_stack *stack,
		  bool is_idle_task)
{
	return is_idle_task && stack->n &&
	       is_idle_name(frame_name(frames, stack->frames[0]));
}

bool fold_has_idle(const struct frame_table *frames, const struct fold_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		if (is_idle_name(frame_name(frames, stack->frames[i])))
			return true;
	return false;
}

frame_id fold_root(struct profile *p, const char *comm)
{
	struct frame frame = {.name = strtab_add(&p->strings, comm), .kind = FRAME_ROOT};

	return frame_add(&p->frames, &frame);
}
