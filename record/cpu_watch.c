#include "record/cpu_watch.h"

#include "base/clock.h"

#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 8192,
	KERNEL_GROUP = 1, /* messages of the kernel itself, not of udev */
};

#define INTERVAL  1000000000ull
#define SLEPT_MIN 1000000ull /* ns; less is the time between two readings of clocks */

/* CLOCK_MONOTONIC stands still while the machine is suspended. */
static uint64_t asleep_now(uint64_t monotonic)
{
	uint64_t boot = clock_ns(CLOCK_BOOTTIME);

	return boot > monotonic ? boot - monotonic : 0;
}

/* Without the socket, a CPU that is offline for less than a second goes unnoticed. */
static int messages_open(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
					    .nl_groups = KERNEL_GROUP};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void cpu_watch_open(struct cpu_watch *w)
{
	uint64_t now = clock_now();

	*w = (struct cpu_watch){.messages = messages_open(),
				.checked = now,
				.next = now + INTERVAL,
				.asleep = asleep_now(now)};
	cpu_set_read_online(&w->online);
}

void cpu_watch_close(struct cpu_watch *w)
{
	if (w->messages >= 0)
		close(w->messages);
	w->messages = -1;
}

void cpu_watch_read_message(const char *message, struct cpu_set *gone)
{
	unsigned cpu;
	char end;

	if (sscanf(message, "offline@/devices/system/cpu/cpu%5u%c", &cpu, &end) == 1)
		cpu_set_add(gone, cpu);
}

static void messages_read(const struct cpu_watch *w, struct cpu_set *gone)
{
	char message[MESSAGE_MAX];
	struct sockaddr_nl sender;
	socklen_t size = sizeof(sender);
	ssize_t n;

	while (w->messages >= 0 &&
	       (n = recvfrom(w->messages, message, sizeof(message) - 1, 0,
			     (struct sockaddr *)&sender, &size)) > 0) {
		message[n] = '\0';
		if (sender.nl_pid == 0) /* the kernel */
			cpu_watch_read_message(message, gone);
		size = sizeof(sender);
	}
}

/* Suspend takes all CPUs but one offline, without messages. */
static void slept_add(struct cpu_watch *w, uint64_t now, struct cpu_changes *changes)
{
	uint64_t asleep = asleep_now(now);

	if (asleep <= w->asleep + SLEPT_MIN)
		return;
	changes->slept = asleep - w->asleep;
	w->asleep = asleep;
	changes->gone = w->online;
}

bool cpu_watch_check(struct cpu_watch *w, uint64_t now, struct cpu_changes *changes)
{
	struct cpu_set online = {0};
	bool changed = false;

	if (now < w->next)
		return false;
	*changes = (struct cpu_changes){0};
	slept_add(w, now, changes);
	messages_read(w, &changes->gone);
	cpu_set_read_online(&online);
	w->online_time += (now - w->checked) * cpu_set_count(&w->online);
	for (size_t i = 0; i < CPU_SET_MAX / 64; i++) {
		changes->gone.words[i] |= w->online.words[i] & ~online.words[i];
		changes->gone.words[i] &= w->online.words[i];
		changes->come.words[i] =
			online.words[i] & (~w->online.words[i] | changes->gone.words[i]);
		changed |= changes->gone.words[i] || changes->come.words[i];
	}
	w->online = online;
	w->checked = now;
	w->next = now + INTERVAL;
	w->has_changed |= changed && !changes->slept;
	return changed;
}

void cpu_watch_begin(struct cpu_watch *w, uint64_t now)
{
	w->checked = now;
	w->online_time = 0;
	w->has_changed = false;
}

const struct cpu_set *cpu_watch_online(const struct cpu_watch *w)
{
	return &w->online;
}

uint64_t cpu_watch_online_time(const struct cpu_watch *w, uint64_t now)
{
	uint64_t n = cpu_set_count(&w->online);

	if (!w->has_changed)
		return 0;
	if (now >= w->checked)
		return w->online_time + (now - w->checked) * n;
	/* The recording ended before the last check. */
	n *= w->checked - now;
	return n < w->online_time ? w->online_time - n : 0;
}
