/* The users who may read and write a file beside its owner: a group, and all users. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

struct readers {
	uint32_t group;
	/* permission bits, 0 to 7; those of all users are also of the group */
	uint32_t of_group, of_all;
};

/* Only the owner. */
struct readers readers_private(void);

/* All users, as far as the umask of this process allows. */
struct readers readers_all(void);

/* The users who may read a file with this status. */
struct readers readers_of(const struct stat *st);

/* Removes the rights from 'r' that 'other' does not give to the same users. Members of a
 * group that 'other' does not have keep the rights that 'other' gives to all users. */
void readers_limit(struct readers *r, const struct readers *other);

/* The permission bits of a new file of group 'group' for these readers. Its owner may
 * always read and write. */
mode_t readers_mode(const struct readers *r, uint32_t group);
