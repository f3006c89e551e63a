/* The recorder's end of a process without privileges that reads ELF files, and chooses
 * the parts of which copies are made (elf/copy_plan.h). If it dies or hangs, the next
 * process does without the file that it was reading. Unless stated otherwise, the
 * functions are for one thread. */
#pragma once

#include "base/error.h"
#include "elf/keep/file_copy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_copier;

/* Starts the process. 'file_ns' is the CPU time that one file may take. Returns NULL on
 * failure. */
struct file_copier *file_copier_start(uint64_t file_ns, struct error *err);

/* Ends the process. Nulls the pointer; accepts a pointer to NULL. */
void file_copier_stop(struct file_copier **c);

/* Plans the copy of the file 'fd', which stays the caller's. Returns false if there can
 * be no copy. 'copier' is a struct file_copier: this is a dso_keeper_plan_fn. */
bool file_copier_plan(void *copier, int fd, struct copy_plan *plan);

/* Another thread waits for the end of file_copier_plan(), which takes no longer than a
 * second from now on. */
void file_copier_hurry(struct file_copier *c);

/* CPU time of the processes so far, ns. Any thread may call it. */
uint64_t file_copier_time(struct file_copier *c);

/* Line 'i', from 0 up, about files that killed the process; NULL after the last one. The
 * copier owns it. */
const char *file_copier_note(const struct file_copier *c, size_t i);
