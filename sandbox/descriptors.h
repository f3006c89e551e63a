/* Descriptors that a process gets from the caller of flame. */
#pragma once

/* Closes those that could write: files, pipes and sockets of the caller, such as a log.
 * Keeps 0 to 2, those that can only read, and flame's own: these are marked as
 * FD_CLOEXEC, or are perf events. Without /proc all stay. */
void descriptors_close(void);
