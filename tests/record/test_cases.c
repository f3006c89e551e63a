/* Recordings of many versions of perf: every record is found. Takes the folder of cases
 * as its argument; counts.tsv there has the number of records of each kind in a file. */
#include "base/scoped.h"
#include "record/data/cursor.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SKIPPED = 77, COLUMNS = 11 };

static const uint32_t types[COLUMNS] = {
	PERF_RECORD_SAMPLE,	  PERF_RECORD_MMAP,	 PERF_RECORD_MMAP2,
	PERF_RECORD_COMM,	  PERF_RECORD_FORK,	 PERF_RECORD_EXIT,
	PERF_RECORD_LOST_SAMPLES, PERF_RECORD_THROTTLE,	 PERF_RECORD_UNTHROTTLE,
	PERF_RECORD_KSYMBOL,	  PERF_RECORD_BPF_EVENT,
};

static int check(const char *folder, char *line)
{
	char *name = strtok(line, "\t"), path[4096];
	unsigned long want[COLUMNS], got[COLUMNS] = {0};
	bool is_damaged = strstr(name, "corrupted");
	struct event ev;
	struct error err;
	int result, bad = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		char *field = strtok(NULL, "\t\n");

		want[i] = field ? strtoul(field, NULL, 10) : 0;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	scoped(recording_close) struct recording *r = recording_open(path, &err);
	if (!r) {
		printf("%s: %s\n", name, err.text);
		return 1;
	}
	scoped(cursor_free) struct cursor *cursor = cursor_new(r, &(struct filter){0});

	while ((result = cursor_next(cursor, &ev, &err)) > 0)
		for (size_t i = 0; i < COLUMNS; i++)
			got[i] += ev.type == types[i];
	if ((result < 0) != is_damaged) {
		printf("%s: %s\n", name,
		       result < 0 ? err.text : "its damage was not told");
		bad = 1;
	}
	if (is_damaged && result < 0 && !strstr(err.text, "offset 0x")) {
		printf("%s: the damage has no offset: %s\n", name, err.text);
		bad = 1;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		if (got[i] == want[i])
			continue;
		printf("%s: %lu records of type %u, not %lu\n", name, got[i], types[i],
		       want[i]);
		bad = 1;
	}
	return bad;
}

int main(int argc, char **argv)
{
	char counts[4096], line[1024];
	int bad = 0, files = 0;
	FILE *f;

	if (argc != 2)
		return 2;
	snprintf(counts, sizeof(counts), "%s/counts.tsv", argv[1]);
	f = fopen(counts, "re");
	if (!f) {
		printf("SKIPPED: no cases at '%s'\n", argv[1]);
		return SKIPPED;
	}
	if (!fgets(line, sizeof(line), f))
		return 1;
	for (; fgets(line, sizeof(line), f); files++)
		bad += check(argv[1], line);
	fclose(f);
	printf("%d files, %d bad\n", files, bad);
	return bad || !files;
}
