/* A worker without work, which shows how much of the sandbox this machine permits. */
#pragma once

/* Returns a line about the sandbox: "no capabilities, user nobody, seccomp, Landlock 7".
 * mem_free() frees it. In the worker it does not return. */
char *sandbox_trial(void);
