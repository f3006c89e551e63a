#include "base/readers.h"

enum { READ_WRITE = 06, NO_GROUP = 0 };

struct readers readers_private(void)
{
	return (struct readers){NO_GROUP, 0, 0};
}

struct readers readers_all(void)
{
	return (struct readers){NO_GROUP, READ_WRITE, READ_WRITE};
}

struct readers readers_of(const struct stat *st)
{
	uint32_t of_group = st->st_mode >> 3 & READ_WRITE;

	/* Mode 0604 shuts the members of the group out. In a file of another group they
	 * would be among all users. */
	return (struct readers){st->st_gid, of_group, of_group & st->st_mode};
}

static uint32_t bits_of(const struct readers *r, uint32_t group)
{
	return r->group == group ? r->of_group : r->of_all;
}

void readers_limit(struct readers *r, const struct readers *other)
{
	/* Without rights of its own, any group will do. */
	if (r->of_group == r->of_all)
		r->group = other->group;
	r->of_group &= bits_of(other, r->group);
	r->of_all &= other->of_all;
}

mode_t readers_mode(const struct readers *r, uint32_t group)
{
	return 0600 | bits_of(r, group) << 3 | r->of_all;
}
