/* Test support: a test's own files, in a directory of their own. */
#pragma once

#include <stddef.h>

/* A new directory, and its end with everything in it. */
const char *temp_dir_make(char path[64]);
void temp_dir_remove(const char *path);

/* Setup and teardown of a test that has the working directory for itself. */
int temp_dir_enter(void **state);
int temp_dir_leave(void **state);

/* "DIR/NAME" in 'path'. */
const char *temp_path(char path[512], const char *dir, const char *name);

void file_write(const char *path, const void *data, size_t n);

/* mem_free() ends it. */
void *file_read(const char *path, size_t *n);

/* Writes the bytes of one file into another that may exist; it may be run. */
void file_copy(const char *from, const char *to);
