/* Profiles for tests, from lines of folded text, and conditions for them. */
#pragma once

#include "base/out.h"
#include "model/profile.h"
#include "model/run_info.h"

/* Adds the samples of one line, "process;function;function 42", each with 'weight'. A
 * function may end in "_[k]", "_[m]", "_[l]", "_[j]" (kernel, module, library, JIT code)
 * or "_[i]" (inlined); one that starts with "[" has no name; the text after a tab is the
 * object. The line is changed. */
void stacks_add(struct profile *p, char *line, uint64_t weight);

/* Makes a profile of lines, after which is NULL, without weights. */
void stacks_profile(struct profile *p, const char *const *lines);

/* Made-up conditions of a recording with so many samples. */
struct run_info stacks_conditions(uint64_t samples);

/* Conditions of which every fact is known. */
struct run_info stacks_all_facts(void);

/* Lines with every kind of frame. After the last one is NULL. */
extern const char *const stacks_of_all_kinds[];

/* The picture of a profile with the default options. The caller frees it. */
struct out *stacks_picture(const struct profile *p, const struct run_info *c);
