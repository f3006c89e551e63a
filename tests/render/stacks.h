/* Profiles for tests, from lines of folded text, and conditions for them. */
#pragma once

#include "model/profile.h"
#include "model/run_info.h"

/* Adds one line, "process;function;function 42"; the line is taken apart. A function may end in
 * "_[k]", "_[m]", "_[l]", "_[j]" (kernel, module, library, JIT code) or "_[i]" (inlined); one
 * that starts with "[" is an unknown one; what is behind a tab in it is its object. Each sample
 * weighs 'weight'. */
void stacks_add(struct profile *p, char *line, uint64_t weight);

/* A profile of lines, the last of them NULL, without weights. */
void stacks_profile(struct profile *p, const char *const *lines);

/* Made-up conditions of a recording with so many samples. */
struct run_info stacks_conditions(uint64_t samples);
