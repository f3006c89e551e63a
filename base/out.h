/* An output: a file that appears only when it is complete, a pipe, a device, or memory.
 * Functions that write report no failure; out_flush() and out_commit() return -1 with the
 * first one. */
#pragma once

#include "base/destination.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

/* Opens an output at 'path'; "-" is stdout. destination.h has the 'flags', of enum
 * out_flags, and the paths that are refused. A regular file is written under another name
 * in the same folder (FILE.part-PID), with an exclusive flock(2) as long as its writer
 * lives, and out_commit() renames it. Pipes and devices are written directly. Returns
 * NULL with 'err' filled on failure; the caller frees the output with out_free(). */
struct out *out_open(const char *path, unsigned flags, struct error *err);

/* Like out_open(), at a place that destination_open() found. A new file is for 'readers'
 * at most. Takes the content of *d on success. */
struct out *out_open_at(struct destination *d, const struct readers *readers,
			struct error *err);

/* Makes an output of the open descriptor 'fd', which it takes. out_commit() flushes it.
 * 'name' is for messages. A regular file can be patched; nothing but flame may write into
 * it. */
struct out *out_of_descriptor(int fd, const char *name);

/* The descriptor of an output, which owns it. Not of an out_memory(). */
int out_descriptor(const struct out *o);

/* Makes an output to memory. The caller frees it with out_free(). */
struct out *out_memory(void);

/* Append bytes, a string without its NUL, or one byte. */
void out_write(struct out *o, const void *data, size_t len);
void out_str(struct out *o, const char *s);
void out_char(struct out *o, char c);

/* Appends a number in decimal digits. */
void out_u64(struct out *o, uint64_t n);

/* Appends formatted text of any length. */
void out_printf(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Append a number as 1, 2, 4 or 8 bytes, in the byte order of this machine: the functions
 * of base/bytes.h read it back. */
void out_put_u8(struct out *o, uint8_t n);
void out_put_u16(struct out *o, uint16_t n);
void out_put_u32(struct out *o, uint32_t n);
void out_put_u64(struct out *o, uint64_t n);

/* Whether the output is a terminal: then text is written with escapes (printable.h). */
bool out_is_terminal(const struct out *o);

/* Number of bytes written so far. */
uint64_t out_pos(const struct out *o);

/* Returns the path that a regular file has before out_commit(), for messages: its folder
 * may have been renamed. Of a pipe or a device it is the name in messages. Valid until
 * the next call. */
const char *out_path(struct out *o);

/* Returns a path at which this process, and no other, can read a regular file before
 * out_commit(), after out_flush(): wherever its folder is, and whatever has its name. */
const char *out_self(struct out *o);

/* Whether out_patch() is possible: true for a regular file and for memory. */
bool out_can_patch(const struct out *o);

/* Overwrites bytes from position 'at' on. out_can_patch() must hold, and all of the bytes
 * must have been written before. */
void out_patch(struct out *o, uint64_t at, const void *data, size_t len);

/* Hands all bytes to the system. Returns -1 with 'err' filled if any byte that was
 * written so far is lost. */
int out_flush(struct out *o, struct error *err);

/* Writes bytes after the end, of a regular file only: they are there if this process is
 * killed, and the next write replaces them. The caller must have called out_flush(). A
 * failure is no failure of the output. */
void out_tail(struct out *o, const void *data, size_t len);

/* Keeps room on the disk for the next 'size' bytes of a regular file, until out_commit()
 * or out_free(). Returns -1 with 'err' filled if there is no room: the disk is full, or a
 * limit of the user or of this process (RLIMIT_FSIZE) is reached. On a file system that
 * cannot keep room, the free blocks are counted. */
int out_reserve(struct out *o, uint64_t size, struct error *err);

/* Drops the bytes of a regular file from position 'at' on, and the first failure: so a
 * file on a full disk can be shortened and written again. Returns -1 with 'err'
 * filled if the bytes before 'at' are not all in the file. */
int out_rewind(struct out *o, uint64_t at, struct error *err);

/* From now on, out_free() keeps the file at out_path() if it was not committed. */
void out_keep(struct out *o);

/* Waits until a regular file is on its disk, and has its name yet: only then is it safe.
 * Returns -1 with 'err' filled if the disk fails, or if the file was removed. */
int out_sync(struct out *o, struct error *err);

/* Returns the bytes of an out_memory(), with a NUL after them; valid until the next
 * write. */
const char *out_data(const struct out *o);

/* Flushes the output, and renames a regular file to its final path. Returns -1 with 'err'
 * filled on failure; a file that is complete but cannot be renamed stays, and the text
 * has its path. The caller must call out_free() in both cases. */
int out_commit(struct out *o, struct error *err);

/* After out_commit() of a regular file: its path if that is no longer the one of
 * out_open(), because a folder was renamed meanwhile, else NULL. Valid until
 * out_free(). */
const char *out_moved(struct out *o);

/* Closes *o (stdout stays open), removes a file that was not committed unless out_keep()
 * was called, and sets *o to NULL. Accepts a pointer to NULL. */
void out_free(struct out **o);
