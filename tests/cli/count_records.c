/* Prints how many records of each type a recording has, by PERF_RECORD_* number, and how many
 * samples the kernel's rings say were lost.
 *
 *     count_records FILE
 */
#include "model/event.h"
#include "record/data/reader.h"

#include <inttypes.h>
#include <stdio.h>

enum { TYPES = 128 };

int main(int argc, char **argv)
{
	uint64_t counts[TYPES] = {0}, lost = 0;
	struct reader *reader;
	struct event ev;
	struct error err;
	int got = -1;

	if (argc != 2)
		return 2;
	reader = reader_open(argv[1], &err);
	while (reader && (got = reader_next(reader, &ev, &err)) > 0) {
		counts[ev.type < TYPES ? ev.type : 0]++;
		if (ev.kind == EVENT_LOST)
			lost += ev.lost.count;
	}
	if (got < 0) {
		fprintf(stderr, "count_records: %s\n", err.text);
		reader_close(&reader);
		return 1;
	}
	for (int type = 0; type < TYPES; type++)
		if (counts[type])
			printf("%d %" PRIu64 "\n", type, counts[type]);
	printf("lost %" PRIu64 "\n", lost);
	reader_close(&reader);
	return 0;
}
