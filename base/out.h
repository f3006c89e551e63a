/* Bytes on their way out: to a file that appears only when it is complete, to a pipe or a
 * device, or to memory. Writing never fails on the spot; out_commit() tells. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

enum out_flags {
	OUT_KEEP_OLD = 1, /* the file that stood there becomes 'path'.old */
	OUT_PRIVATE = 2,  /* for its owner's eyes alone */
};

/* A new output at 'path'. A regular file is written beside it under a name of its own and
 * takes its place with out_commit(). Symbolic links are followed. Pipes and devices are
 * written directly; "-" is stdout. NULL where it cannot be made. */
struct out *out_open(const char *path, unsigned flags, struct error *err);

/* An output into memory. */
struct out *out_memory(void);

void out_write(struct out *o, const void *data, size_t len);
void out_str(struct out *o, const char *s);
void out_char(struct out *o, char c);

/* Writes a number in decimal digits. */
void out_u64(struct out *o, uint64_t n);

void out_printf(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Write a number as 1, 2, 4 or 8 bytes, in the byte order of this machine: bytes_u32() and its
 * relatives read it back. */
void out_put_u8(struct out *o, uint8_t n);
void out_put_u16(struct out *o, uint16_t n);
void out_put_u32(struct out *o, uint32_t n);
void out_put_u64(struct out *o, uint64_t n);

/* Bytes written so far. */
uint64_t out_pos(const struct out *o);

/* Where the bytes of a regular file lie until out_commit(), to be read before that;
 * out_flush() first. */
const char *out_path(const struct out *o);

/* Whether out_patch() is possible: a regular file or memory. */
bool out_can_patch(const struct out *o);

/* Overwrites bytes that were written before. */
void out_patch(struct out *o, uint64_t at, const void *data, size_t len);

/* Hands everything to the system; -1 as soon as anything written so far was lost. */
int out_flush(struct out *o, struct error *err);

/* The bytes of an out_memory(), with a NUL behind them; 'o' owns them. */
const char *out_data(const struct out *o);

/* Flushes and puts the file into its place. What is there is still to be freed. */
int out_commit(struct out *o, struct error *err);

/* Closes; takes an uncommitted file away. */
void out_free(struct out **o);
