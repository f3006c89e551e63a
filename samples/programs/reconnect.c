/* Connects to itself over TCP, again and again, and closes first, so that the ports that
 * it connected from stay in TIME_WAIT: nginx in front of an upstream without keepalive,
 * in small. In a network namespace of its own, which takes CAP_SYS_ADMIN.
 *
 * It fills half of its ports, prints "full", and then, for every line "REUSE SECONDS"
 * from standard input, sets net.ipv4.tcp_tw_reuse, connects for so long, and prints the
 * number of connections. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RANGE "10000 65535"
enum { PORT = 9000, RANGE_SIZE = 65536 - 10000 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set(const char *name, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f))
		die(path);
}

static void make_network(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int s;

	if (unshare(CLONE_NEWNET) < 0)
		die("unshare");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) < 0)
		die("lo");
	close(s);
	set("ip_local_port_range", RANGE);
	set("tcp_max_tw_buckets", "32768");
	set("tcp_tw_reuse", "0");
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(PORT),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Gives back the byte it gets and waits until the other side has closed. */
static void serve(int listener)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int s = accept(listener, NULL, NULL);

		while (s >= 0 && read(s, &byte, 1) == 1 && write(s, &byte, 1) == 1)
			;
		close(s);
	}
}

static void start_server(void)
{
	struct sockaddr_in a = address();
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (void *)&a, sizeof(a)) < 0 ||
	    listen(listener, 4096) < 0)
		die("server");
	if (fork() == 0)
		serve(listener);
	close(listener);
}

static bool connect_once(void)
{
	struct sockaddr_in a = address();
	int s = socket(AF_INET, SOCK_STREAM, 0);
	char byte = 1;
	bool done = s >= 0 && connect(s, (void *)&a, sizeof(a)) == 0 &&
		    write(s, &byte, 1) == 1 && read(s, &byte, 1) == 1;

	close(s);
	return done;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
	char line[64], *rest;

	make_network();
	start_server();
	/* connect() takes the ports of one parity first. */
	for (int i = 0; i < RANGE_SIZE / 2; i++)
		connect_once();
	puts("full");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		long reuse = strtol(line, &rest, 10), n = 0;
		double end = now() + strtod(rest, NULL);

		set("tcp_tw_reuse", reuse ? "1" : "0");
		while (now() < end)
			n += connect_once();
		printf("%ld\n", n);
		fflush(stdout);
	}
	return 0;
}
