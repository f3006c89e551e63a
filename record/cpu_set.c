#include "record/cpu_set.h"

#include "record/proc_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIST_MAX = 4096 };

size_t cpu_set_count(const struct cpu_set *s)
{
	size_t n = 0;

	for (size_t i = 0; i < CPU_SET_MAX / 64; i++)
		n += (size_t)__builtin_popcountll(s->words[i]);
	return n;
}

/* Reads a number at '*text' and moves '*text' after it. */
static bool number_read(const char **text, unsigned long *n)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*n = strtoul(*text, &end, 10);
	*text = end;
	return *n < CPU_SET_MAX;
}

bool cpu_set_read(struct cpu_set *s, const char *text)
{
	unsigned long first, last;

	do {
		if (!number_read(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!number_read(&text, &last) || last < first)
				return false;
		}
		for (unsigned long cpu = first; cpu <= last; cpu++)
			cpu_set_add(s, (unsigned)cpu);
	} while (*text++ == ',');
	return text[-1] == '\0' || text[-1] == '\n';
}

void cpu_set_read_online(struct cpu_set *s)
{
	char text[LIST_MAX];
	long n;

	if (proc_read("/sys/devices/system/cpu/online", text, sizeof(text)) &&
	    cpu_set_read(s, text))
		return;
	/* A container without /sys. */
	*s = (struct cpu_set){0};
	n = sysconf(_SC_NPROCESSORS_ONLN);
	for (long cpu = 0; cpu < n; cpu++)
		cpu_set_add(s, (unsigned)cpu);
}
