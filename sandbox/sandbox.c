#include "sandbox/sandbox.h"

#include "sandbox/landlock.h"
#include "sandbox/privileges.h"
#include "sandbox/syscall_filter.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define MEMORY_MIN ((uint64_t)1 << 30)

/* Bytes of private memory of this process. */
static uint64_t memory_now(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A file that makes a parser take all memory must not make the kernel end other
 * processes: half of the machine's memory is enough. Nor must secrets get into a core
 * file. */
static void resources_limit(void)
{
	const struct rlimit none = {0, 0};
	struct sysinfo info = {0};
	struct rlimit data;
	uint64_t most;

	setrlimit(RLIMIT_CORE, &none);
	if (sysinfo(&info) < 0 || getrlimit(RLIMIT_DATA, &data) < 0)
		return;
	most = (uint64_t)info.totalram * info.mem_unit / 2;
	most = memory_now() + (most > MEMORY_MIN ? most : MEMORY_MIN);
	if (most < data.rlim_cur) {
		data.rlim_cur = most;
		setrlimit(RLIMIT_DATA, &data);
	}
}

void sandbox_enter(const struct sandbox_options *options, struct sandbox_state *state,
		   int *listener)
{
	struct syscall_filter_options filter = {.uses_network = options->uses_network};
	bool may_change_user =
		!options->uses_network && privileges_can_become_nobody();

	*state = (struct sandbox_state){0};
	resources_limit();
	privileges_refuse_new();
	state->landlock = landlock_restrict(options->uses_network ? options->writable : NULL);
	filter.has_landlock = state->landlock > 0;
	state->has_filter = syscall_filter_load(&filter, listener);
	/* As nobody it could not open the user's own files by itself. */
	if (may_change_user && *listener >= 0)
		state->is_nobody = privileges_become_nobody();
	state->has_no_capabilities = privileges_drop_capabilities();
}
