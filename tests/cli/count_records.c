/* Prints the number of records of each type in a recording, by PERF_RECORD_* number,
 * and the number of lost samples according to the kernel's records.
 *
 * * count_records FILE */
#include "model/event.h"
#include "record/data/cursor.h"

#include <inttypes.h>
#include <stdio.h>

enum { TYPES = 128 };

int main(int argc, char **argv)
{
	uint64_t counts[TYPES] = {0}, lost = 0;
	struct recording *recording;
	struct cursor *cursor = NULL;
	struct event ev;
	struct error err;
	int got = -1;

	if (argc != 2)
		return 2;
	recording = recording_open(argv[1], &err);
	if (recording)
		cursor = cursor_new(recording, &(struct filter){0});
	while (cursor && (got = cursor_next(cursor, &ev, &err)) > 0) {
		counts[ev.type < TYPES ? ev.type : 0]++;
		if (ev.kind == EVENT_LOST)
			lost += ev.lost.count;
	}
	cursor_free(&cursor);
	recording_close(&recording);
	if (got < 0) {
		fprintf(stderr, "count_records: %s\n", err.text);
		return 1;
	}
	for (int type = 0; type < TYPES; type++)
		if (counts[type])
			printf("%d %" PRIu64 "\n", type, counts[type]);
	printf("lost %" PRIu64 "\n", lost);
	return 0;
}
