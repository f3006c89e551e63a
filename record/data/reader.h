/* Reads a recording: perf.data as flame or any perf wrote it. The file is mapped; what events
 * point to stays valid until reader_close(). It may be read as often as is wanted. */
#pragma once

#include "base/error.h"
#include "model/dso.h"
#include "model/event.h"
#include "model/run_info.h"
#include "record/data/decode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader;

/* Whether these first bytes of a file are of a recording. */
bool reader_knows(const void *start, size_t size);

/* NULL where 'path' cannot be read or holds no recording. */
struct reader *reader_open(const char *path, struct error *err);

/* As reader_open(), of bytes in memory that outlive the reader. */
struct reader *reader_of(const void *data, size_t size, struct error *err);

/* Takes NULL inside. */
void reader_close(struct reader **r);

/* Reads the facts about machine and run into 'c', the names that the recording carries into
 * the dsos. -1 where some are missing or damaged; all else is taken. To be called once, before
 * reader_next(): it also knows the events' names. */
int reader_facts(struct reader *r, struct run_info *c, struct dso_table *dsos,
		 struct error *err);

/* The recording as it is, for as long as the reader lives. */
const void *reader_bytes(const struct reader *r, size_t *size);

/* The events of the recording; struct event says which it belongs to. */
const struct decode_event *reader_events(const struct reader *r, size_t *n);

/* What of the records is wanted; the others are passed over. */
enum reader_part {
	READER_ALL,
	READER_SIDE_BAND, /* all but samples */
	READER_SAMPLES,
};

void reader_want(struct reader *r, enum reader_part part);

/* How many samples of an event have been read or passed over since the last rewind. */
uint64_t reader_samples(const struct reader *r, size_t event);

/* The next record: 1; 0 behind the last; -1 where the file is damaged or ends too early, once,
 * and 0 from then on: what came before is good. Records that flame does not know come as
 * EVENT_OTHER. */
int reader_next(struct reader *r, struct event *ev, struct error *err);

/* Cuts the records, which must have been read to their end, into at most 'n' parts of like size,
 * to be read in threads of their own. How many there are; 1 where it is not worth it, or what is
 * compressed must be read in one go. */
size_t reader_split(struct reader *r, size_t n);

/* A reader over the records of the i-th part alone, by itself at their first; for reader_want(),
 * reader_next(), reader_rewind() and reader_close(). 'r' must outlive it. */
struct reader *reader_part(const struct reader *r, size_t i);

/* Whether the words of callchains are of the other byte order. */
bool reader_is_swapped(const struct reader *r);

/* Starts over with the first record. */
void reader_rewind(struct reader *r);
