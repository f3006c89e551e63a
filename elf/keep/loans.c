#include "elf/keep/loans.h"

#include "base/fd.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>

void loans_init(struct loans *l)
{
	*l = (struct loans){.nothing = memfd_create("flame-nothing", MFD_CLOEXEC)};
}

void loans_release(struct loans *l)
{
	assert(!l->items.n);
	vec_release(&l->items);
	fd_close(&l->nothing);
}

void loans_add(struct loans *l, struct fd_cache_ref file, int fd)
{
	const struct loan loan = {.fd = fd, .file = file};

	vec_push(&l->items, loan);
}

void loans_take_back(struct loans *l, int fd)
{
	struct loan *loan;

	vec_each(loan, &l->items)
		if (loan->fd == fd) {
			*loan = l->items.items[--l->items.n];
			break;
		}
	fd_close(&fd);
}

void loans_exchange(struct loans *l, struct fd_cache_ref file, int copy)
{
	const struct loan *loan;

	vec_each(loan, &l->items)
		if (loan->file.at == file.at && loan->file.serial == file.serial)
			(void)dup3(copy < 0 ? l->nothing : copy, loan->fd, O_CLOEXEC);
}
