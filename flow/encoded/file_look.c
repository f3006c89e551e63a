#include "flow/encoded/file_look.h"

#include "base/scoped.h"

#include <stdbool.h>
#include <string.h>

struct look {
	const char *noun;
	const char *start;
	size_t n_start;
};

#define LOOK(noun_, start_)                                                              \
	{                                                                                \
		.noun = (noun_), .start = (start_), .n_start = sizeof(start_) - 1        \
	}

static const struct look binary_looks[] = {
	LOOK("an ELF file", "\x7f"
			    "ELF"),
	LOOK("gzip-compressed data", "\x1f\x8b"),
	LOOK("zstd-compressed data", "\x28\xb5\x2f\xfd"),
	LOOK("xz-compressed data", "\xfd"
				   "7zXZ"),
	LOOK("bzip2-compressed data", "BZh91AY&SY"),
	LOOK("LZ4-compressed data", "\x04\x22\x4d\x18"),
	LOOK("a zip archive", "PK\x03\x04"),
	LOOK("a PDF document", "%PDF-"),
	LOOK("a PNG image", "\x89PNG\r\n"),
	LOOK("a JPEG image", "\xff\xd8\xff"),
	LOOK("a GIF image", "GIF8"),
	LOOK("a Java Flight Recorder file", "FLR\0"),
	LOOK("an SQLite database", "SQLite format 3"),
	LOOK("an ar archive", "!<arch>\n"),
	LOOK("trace.dat of trace-cmd", "\x17\x08\x44tracing"),
};

static const struct look text_looks[] = {
	LOOK("HTML", "<!DOCTYPE html"),
	LOOK("HTML", "<!doctype html"),
	LOOK("HTML", "<html"),
	LOOK("a picture without the data of flame", "<?xml"),
	LOOK("a picture without the data of flame", "<svg"),
	LOOK("JSON", "{"),
	LOOK("JSON", "[\n"),
	LOOK("JSON", "[{"),
	LOOK("a script", "#!"),
	LOOK("output of bpftrace (stackcollapse-bpftrace.pl folds it)", "@"),
	LOOK("output of bpftrace (stackcollapse-bpftrace.pl folds it)", "Attaching "),
	LOOK("output of macOS sample (stackcollapse-sample.awk folds it)",
	     "Analysis of sampling"),
};

static const char *look_find(const struct look *looks, size_t n, const char *data,
			     size_t size)
{
	for (size_t i = 0; i < n; i++)
		if (size >= looks[i].n_start &&
		    memcmp(data, looks[i].start, looks[i].n_start) == 0)
			return looks[i].noun;
	return NULL;
}

const char *file_look_binary(const char *data, size_t size)
{
	return look_find(binary_looks, array_size(binary_looks), data, size);
}

/* A protocol buffer whose first field is a message, with the units of profiles. */
static bool is_pprof(const char *data, size_t size)
{
	return size > 2 && data[0] == '\n' && memchr(data, '\0', size) &&
	       (memmem(data, size, "nanoseconds", 11) ||
		memmem(data, size, "samples", 7));
}

const char *file_look_text(const char *text, size_t size)
{
	size_t at = 0;
	const char *noun;

	if (is_pprof(text, size))
		return "a profile of pprof";
	while (at < size && memchr(" \t\r\n", text[at], 4))
		at++;
	noun = look_find(text_looks, array_size(text_looks), text + at, size - at);
	if (noun)
		return noun;
	return memchr(text, '\0', size) ? "binary data" : NULL;
}
