/* The sandbox of this process: it gives up its capabilities and its user, and can then
 * open no file for writing, use no network, execute no program and look into no other
 * process. What a kernel or container lacks is left out. */
#pragma once

#include <stdbool.h>

struct sandbox_options {
	/* A library that is loaded may download files: sockets and new code are
	 * permitted, and files may be changed in one folder (NULL: in none). The user
	 * stays. */
	bool uses_network;
	const char *writable;
};

/* The parts of the sandbox that are in force. */
struct sandbox_state {
	bool has_no_capabilities;
	bool is_nobody;	 /* it was root and is the user nobody */
	bool has_filter; /* of system calls */
	int landlock;	 /* its version, 0: none */
};

/* Enters the sandbox, for good. *listener is set as syscall_filter_load() does. Only in a
 * process with one thread. */
void sandbox_enter(const struct sandbox_options *options, struct sandbox_state *state,
		   int *listener);
