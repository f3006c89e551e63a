/* The filter of this process's system calls (seccomp). It permits memory, threads,
 * time, and work on descriptors that are open. Files are opened by another process,
 * which answers for the kernel, where that is possible. All else is refused with an
 * error; calls that no honest parser makes (execve, ptrace, mount and the like) end
 * the process. */
#pragma once

#include <stdbool.h>

struct syscall_filter_options {
	/* Sockets and new code in memory are permitted, for a library that is loaded to
	 * download files. The answering process may then let the kernel open a file. */
	bool uses_network;
	/* Landlock refuses changes of files: openat2(2), which the filter cannot look
	 * into, is permitted where no other process opens files. */
	bool has_landlock;
};

/* Loads the filter for this process. *listener is set to the descriptor for the answers,
 * owned by the caller (seccomp_unotify(2)), or to -1: then this process opens files
 * itself, for reading only. Returns false if the kernel or the build has no filter. Only
 * in a process with one thread. */
bool syscall_filter_load(const struct syscall_filter_options *options, int *listener);
