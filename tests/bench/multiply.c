/* multiply IN OUT N - a recording with N times the samples of IN, in the same
 * proportions: the samples are repeated with later times, the side band stands there
 * once. IN is a file of flame or perf, not compressed, of this machine's byte order. */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEADER_ATTRS_AT = 24,
	HEADER_DATA_AT = 40,
	HEADER_SIZE = 104,
	HEADER_FEATURES_AT = 72,
	ATTR_SAMPLE_TYPE_AT = 24,
};

struct file {
	const char *data;
	size_t size;
};

static uint64_t u64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void die(const char *what)
{
	fprintf(stderr, "multiply: %s\n", what);
	exit(1);
}

static struct file open_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct file f;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < HEADER_SIZE)
		die("cannot read the input");
	f.size = (size_t)st.st_size;
	f.data = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (f.data == MAP_FAILED || memcmp(f.data, "PERFILE2", 8) != 0)
		die("the input is no recording");
	return f;
}

/* Where the time stands in a sample. */
static size_t time_at(uint64_t sample_type)
{
	uint64_t before = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID;

	if (!(sample_type & PERF_SAMPLE_TIME))
		die("the samples have no time");
	return sizeof(struct perf_event_header) +
	       8 * (size_t)__builtin_popcountll(sample_type & before);
}

static void put(FILE *out, const void *data, size_t size)
{
	if (fwrite(data, 1, size, out) != size)
		die("cannot write the output");
}

/* One round of the records; the side band only in the first. */
static void put_round(FILE *out, const char *at, const char *end, size_t time,
		      uint64_t later)
{
	char copy[UINT16_MAX + 1];

	while (at < end) {
		struct perf_event_header header;
		uint64_t t;

		memcpy(&header, at, sizeof(header));
		if (header.size < sizeof(header))
			die("the input is damaged");
		if (header.type == PERF_RECORD_SAMPLE) {
			memcpy(copy, at, header.size);
			t = u64(at + time) + later;
			memcpy(copy + time, &t, sizeof(t));
			put(out, copy, header.size);
		} else if (!later) {
			put(out, at, header.size);
		}
		at += header.size;
	}
}

/* The features: their table and sections move with the end of the records. */
static void put_features(FILE *out, const struct file *in, const char *table,
			 uint64_t moved)
{
	size_t n = 0, ends = (size_t)(table - in->data);

	for (int i = 0; i < 4; i++)
		n += (size_t)__builtin_popcountll(
			u64(in->data + HEADER_FEATURES_AT + 8 * i));
	for (size_t i = 0; i < n; i++) {
		uint64_t section[2] = {u64(table + 16 * i) + moved,
				       u64(table + 16 * i + 8)};

		put(out, section, sizeof(section));
	}
	put(out, table + 16 * n, in->size - ends - 16 * n);
}

int main(int argc, char **argv)
{
	struct file in;
	uint64_t data_at, data_size, first = UINT64_MAX, last = 0, start, size;
	size_t time;
	FILE *out;

	if (argc != 4 || !(out = fopen(argv[2], "we")))
		die("usage: multiply IN OUT N");
	in = open_input(argv[1]);
	data_at = u64(in.data + HEADER_DATA_AT);
	data_size = u64(in.data + HEADER_DATA_AT + 8);
	time = time_at(
		u64(in.data + u64(in.data + HEADER_ATTRS_AT) + ATTR_SAMPLE_TYPE_AT));
	for (const char *p = in.data + data_at; p < in.data + data_at + data_size;) {
		struct perf_event_header header;

		memcpy(&header, p, sizeof(header));
		if (header.type == PERF_RECORD_SAMPLE) {
			uint64_t t = u64(p + time);

			first = t < first ? t : first;
			last = t > last ? t : last;
		}
		p += header.size;
	}
	if (first > last)
		die("the input has no samples, or compressed ones");
	put(out, in.data, data_at);
	for (long i = 0; i < atol(argv[3]); i++)
		put_round(out, in.data + data_at, in.data + data_at + data_size, time,
			  (uint64_t)i * (last - first + 1000000));
	start = data_at;
	size = (uint64_t)ftello(out) - start;
	put_features(out, &in, in.data + data_at + data_size, size - data_size);
	fseeko(out, HEADER_DATA_AT + 8, SEEK_SET);
	put(out, &size, sizeof(size));
	if (fclose(out) != 0)
		die("cannot write the output");
	return 0;
}
