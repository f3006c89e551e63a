#include "base/file_state.h"

#include <sys/stat.h>

int file_state_read(struct file_state *state, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*state = (struct file_state){
		.is_regular = S_ISREG(st.st_mode),
		.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
		.mtime = st.st_mtim,
	};
	return 0;
}

int file_state_check(const struct file_state *state, int fd, const char *name,
		     struct error *err)
{
	struct file_state now;

	if (file_state_read(&now, fd) < 0)
		return error_sys(err, "cannot read '%s'", name);
	if (!state->is_regular)
		return 0;
	if (now.size < state->size)
		return error_set(err, "'%s' was truncated while it was read", name);
	if (now.mtime.tv_sec != state->mtime.tv_sec ||
	    now.mtime.tv_nsec != state->mtime.tv_nsec)
		return error_set(err, "'%s' was changed while it was read", name);
	return 0;
}
