#include "record/machine.h"

#include "base/clock.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "record/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

static uint64_t timeval_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * NS_PER_S + (uint64_t)tv->tv_usec * 1000;
}

/* The line has: user nice system idle iowait irq softirq steal guest guest_nice. The
 * guest's two are part of user and nice. Stolen time counts neither as busy nor as
 * idle. */
static void machine_account(struct cpu_account *account)
{
	unsigned long long user, nice, system, idle, iowait, irq = 0, softirq = 0,
							     steal = 0;
	uint64_t tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	char text[256];

	if (!proc_read("/proc/stat", text, sizeof(text)) ||
	    sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice,
		   &system, &idle, &iowait, &irq, &softirq, &steal) < 5)
		return;
	account->busy = (user + nice + system + irq + softirq) * tick;
	account->idle = (idle + iowait) * tick;
	account->stolen = steal * tick;
}

struct cpu_account cpu_account_now(void)
{
	struct cpu_account account = {.now = clock_now()};
	struct rusage usage;

	machine_account(&account);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		account.own = timeval_ns(&usage.ru_utime) + timeval_ns(&usage.ru_stime);
	return account;
}

/* The key of the line depends on the architecture; some have none. */
static const char *cpu_model(char *line)
{
	static const char *const keys[] = {"model name", "cpu model", "Model", "cpu\t"};
	char *colon = strchr(line, ':');

	if (!colon)
		return NULL;
	for (size_t i = 0; i < array_size(keys); i++)
		if (!strncmp(line, keys[i], strlen(keys[i])))
			return colon + 1 + strspn(colon + 1, " ");
	return NULL;
}

/* The initial namespace has a fixed number (PROC_PID_INIT_INO in the kernel). */
static bool is_in_pid_namespace(void)
{
	static const char initial[] = "pid:[4026531836]";
	char name[64];
	ssize_t len = readlink("/proc/self/ns/pid", name, sizeof(name));

	return len > 0 && ((size_t)len != strlen(initial) ||
			   memcmp(name, initial, strlen(initial)) != 0);
}

void run_info_of_machine(struct run_info *c)
{
	struct proc_lines lines;
	struct utsname name;
	char *line;

	if (uname(&name) == 0) {
		c->hostname = run_info_text(c, name.nodename);
		c->os_release = run_info_text(c, name.release);
		c->arch = run_info_text(c, name.machine);
	}
	c->cpu_model = NULL;
	if (proc_lines_open(&lines, "/proc/cpuinfo")) {
		while (!c->cpu_model && (line = proc_lines_next(&lines)))
			c->cpu_model = run_info_text(c, cpu_model(line));
		proc_lines_close(&lines);
	}
	c->cpus = narrow_u32((uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	c->start = clock_ns(CLOCK_REALTIME);
	c->pid_namespace = is_in_pid_namespace();
}

/* Growth of a counter; the idle time of a CPU that goes offline may step back. */
static uint64_t grown(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

void run_info_between(struct run_info *c, const struct cpu_account *before,
		      const struct cpu_account *after, uint64_t online)
{

	c->duration = grown(before->now, after->now);
	c->busy = grown(before->busy, after->busy);
	c->idle = grown(before->idle, after->idle);
	c->own_cpu = grown(before->own, after->own);
	c->online = online;
	c->stolen = grown(before->stolen, after->stolen);
	if (online)
		c->idle = grown(c->busy + c->stolen, online);
}
