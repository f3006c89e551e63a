/* Descriptors that a process gets from the caller of flame. */
#pragma once

/* Closes those that could write: files, pipes and sockets of the caller, such as a log.
 * Keeps 0 to 2, those that can only read, and flame's own: these are marked as
 * FD_CLOEXEC, or are perf events. Without /proc all stay. */
void descriptors_close(void);

/* Opens those of 0 to 2 that the caller has closed. Without a file of their own, the next
 * files that are opened would get these numbers, and messages would be written into
 * them. Reading and writing them fails, but messages vanish. A command that flame starts
 * finds them closed. Returns -1 on failure. */
int descriptors_open_standard(void);
