/* Loads plugin_a and plugin_b by turns, each after the other has gone, so that both have
 * the same addresses, but not at the same time. Each is called from a function of its
 * own.
 *
 *     reload SECONDS     prints how often the next plugin took the last one's place, and
 *                        the number of loads */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t (*work_fn)(uint64_t x, int rounds);

enum { CALLS = 30, ROUNDS = 200000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define PART __attribute__((noinline))

/* The asm keeps the compiler from folding the two into one and from making tail calls. */
PART uint64_t with_plugin_a(work_fn work, uint64_t x)
{
	for (int i = 0; i < CALLS; i++)
		x = work(x, ROUNDS);
	__asm__ volatile("# a" : "+r"(x));
	return x;
}

PART uint64_t with_plugin_b(work_fn work, uint64_t x)
{
	for (int i = 0; i < CALLS; i++)
		x = work(x, ROUNDS);
	__asm__ volatile("# b" : "+r"(x));
	return x;
}

struct plugin {
	const char *file, *symbol;
	uint64_t (*caller)(work_fn work, uint64_t x);
};

static void *load(const char *folder, const struct plugin *plugin, work_fn *work)
{
	char path[PATH_MAX + 32];
	void *handle;

	snprintf(path, sizeof(path), "%s/%s", folder, plugin->file);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle)
		*(void **)work = dlsym(handle, plugin->symbol);
	if (!handle || !*work) {
		fprintf(stderr, "reload: %s\n", dlerror());
		exit(1);
	}
	return handle;
}

int main(int argc, char **argv)
{
	static const struct plugin plugins[] = {
		{"plugin_a.so", "plugin_a_work", with_plugin_a},
		{"plugin_b.so", "plugin_b_work", with_plugin_b},
	};
	double end = now() + (argc > 1 ? atof(argv[1]) : 1);
	char self[PATH_MAX] = "";
	const char *folder;
	uint64_t x = 88172645463325252;
	work_fn last = NULL;
	int same = 0, loads = 0;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	folder = dirname(self);
	for (; now() < end; loads++) {
		const struct plugin *plugin = &plugins[loads % 2];
		work_fn work = NULL;
		void *handle = load(folder, plugin, &work);

		x = plugin->caller(work, x);
		same += work == last;
		last = work;
		dlclose(handle);
	}
	printf("%d of %d\n", same, loads);
	return x == 0;
}
