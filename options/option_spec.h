/* Options of the command line, described by tables. Parsing and help pages read the
 * same table, so an option is described once: its names, its value, its meaning and
 * its destination. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	/* Without a value: set a bool to true or to false. */
	OPTION_KIND_FLAG = 1,
	OPTION_KIND_FLAG_OFF,
	/* Store the value itself, a pointer into argv. */
	OPTION_KIND_TEXT,
	/* Stores a decimal whole number in an unsigned member of 4 or 8 bytes. */
	OPTION_KIND_NUMBER,
	/* Stores a number with or without a fraction in a double. */
	OPTION_KIND_DECIMAL,
	/* Store bytes ("500K"), or nanoseconds of a duration ("90s"), in a uint64_t. */
	OPTION_KIND_SIZE,
	OPTION_KIND_DURATION,
	/* Stores the position of a word in a list, in an enum. */
	OPTION_KIND_WORD,
	/* Calls a function. */
	OPTION_KIND_SETTER,
};

struct option_spec {
	/* Long name without "--". NULL ends a table. */
	const char *name;
	/* Short option, 0: none. */
	char letter;
	/* Name of the value in help, NULL: the option takes none. */
	const char *value;
	/* Text for the help page, which wraps it. NULL: the option is not in help. */
	const char *meaning;

	/* Second long name, NULL: none. */
	const char *alias;
	/* The value may be left out: a number is then 'if_absent', a setter gets NULL.
	 * A value must be attached: -zN, --name=N. Only for numbers and setters. */
	bool is_optional;
	uint64_t if_absent;

	/* Noun for an error message, "invalid NOUN 'VALUE'", and a description of
	 * valid values: "expected DESCRIPTION". Numbers and words without a
	 * description get one from their limits and their list. */
	const char *noun, *expected;

	/* Fields of one kind; set them with the macros below. */
	enum option_kind kind;
	/* Offset of the destination in the struct of the group, and its bytes. */
	size_t offset, size;
	/* Limits of a number. 'most' 0: the limit is that of the destination. */
	uint64_t least, most;
	/* It must be a multiple of this one; 0: any number. */
	uint64_t multiple;
	/* Limits of a decimal. */
	double lowest, highest;
	/* The valid words; NULL ends the list. */
	const char *const *words;
	/* Stores 'value', or NULL if there is none, in the struct of the group.
	 * Returns false if the value is invalid. */
	bool (*set)(void *group, const char *value);
};

/* The offset of a member; compiles only if 'condition' holds for the member. */
#define OPTION_OFFSET(type, member, condition)                                           \
	(offsetof(type, member) + 0 * sizeof(char[(condition) ? 1 : -1]))
#define OPTION_MEMBER(type, member) (((type *)NULL)->member)
#define OPTION_IS(type, member, wanted)                                                  \
	__builtin_types_compatible_p(__typeof__(OPTION_MEMBER(type, member)), wanted)

/* Last initializers of a spec: its kind and its destination. */
#define OPTION_FLAG(type, member)                                                        \
	.kind = OPTION_KIND_FLAG,                                                        \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, bool))
#define OPTION_FLAG_OFF(type, member)                                                    \
	.kind = OPTION_KIND_FLAG_OFF,                                                    \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, bool))
#define OPTION_TEXT(type, member)                                                        \
	.kind = OPTION_KIND_TEXT,                                                        \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, const char *))
#define OPTION_NUMBER(type, member, lowest, highest)                                     \
	.kind = OPTION_KIND_NUMBER, .size = sizeof(OPTION_MEMBER(type, member)),         \
	.least = (lowest), .most = (highest),                                            \
	.offset = OPTION_OFFSET(type, member,                                            \
				OPTION_IS(type, member, uint32_t) ||                     \
					OPTION_IS(type, member, uint64_t) ||             \
					OPTION_IS(type, member, size_t))
#define OPTION_DECIMAL(type, member, low, high)                                          \
	.kind = OPTION_KIND_DECIMAL, .lowest = (low), .highest = (high),                 \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, double))
#define OPTION_SIZE(type, member, lowest)                                                \
	.kind = OPTION_KIND_SIZE, .least = (lowest),                                     \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, uint64_t))
#define OPTION_DURATION(type, member)                                                    \
	.kind = OPTION_KIND_DURATION,                                                    \
	.offset = OPTION_OFFSET(type, member, OPTION_IS(type, member, uint64_t))
#define OPTION_WORD(type, member, list)                                                  \
	.kind = OPTION_KIND_WORD, .words = (list),                                       \
	.offset = OPTION_OFFSET(type, member,                                            \
				sizeof(OPTION_MEMBER(type, member)) == sizeof(unsigned))
#define OPTION_SETTER(function) .kind = OPTION_KIND_SETTER, .set = (function)

/* Options that several commands share, or those of one command. */
struct option_group {
	/* Heading in help, without a colon. */
	const char *title;
	/* NULL ends a list of groups. */
	const struct option_spec *specs;
	/* Offset of the group's struct in the command's struct of options. */
	size_t offset;
};

/* Finds the option with the long name 'name' of 'len' bytes; any unique start of a
 * name suffices. A name in an earlier group hides the same name in a later one. Sets
 * *group to the option's group. Returns NULL with *err filled if no name, or more than
 * one, starts with these bytes. */
const struct option_spec *option_find_long(const struct option_group *groups,
					   const char *name, size_t len,
					   const struct option_group **group,
					   struct error *err);

/* As option_find_long(), by the letter of a short option. */
const struct option_spec *option_find_short(const struct option_group *groups,
					    char letter,
					    const struct option_group **group,
					    struct error *err);

/* Whether an earlier group has an option of the same name. 'group' is one of 'groups'. */
bool option_is_hidden(const struct option_group *groups, const struct option_group *group,
		      const struct option_spec *spec);

/* Stores the option's value in 'options', the command's struct of options. 'value' is
 * NULL if none was given. Returns -1 with *err filled if the value is invalid. */
int option_store(const struct option_spec *spec, const struct option_group *group,
		 void *options, const char *value, struct error *err);
