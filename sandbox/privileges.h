/* The privileges of this process: its capabilities and its user. */
#pragma once

#include <stdbool.h>

/* Whether the process has a capability in effect: CAP_SYS_PTRACE, for example. */
bool privileges_have(int capability);

/* Whether root may become another user, and may still look into a process of that
 * user. */
bool privileges_can_become_nobody(void);

/* Becomes the user and group nobody, without other groups. Returns false if that is
 * not allowed, as in a user namespace without that user. Only in a process with one
 * thread. */
bool privileges_become_nobody(void);

/* Gives up all capabilities. A program that this process executes gets none either.
 * Returns false if any capability is left. Only in a process with one thread. */
bool privileges_drop_capabilities(void);

/* Sets the no_new_privs flag, and empties the bounding set of capabilities if that is
 * allowed: no program that this process executes gets more rights. Before the calls
 * above. */
bool privileges_refuse_new(void);
