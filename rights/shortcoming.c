#include "rights/shortcoming.h"

#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>

/* /proc/PID belongs to root after the process has changed its user or capabilities. */
uint32_t process_of_other_user(const struct rights *r, const uint32_t *pids, size_t n,
			       uint32_t *user)
{
	for (size_t i = 0; i < n; i++) {
		char path[32];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%u", pids[i]);
		if (stat(path, &st) == 0 && st.st_uid != r->user) {
			*user = st.st_uid;
			return pids[i];
		}
	}
	return 0;
}

static const char *help(const struct rights *r)
{
	if (r->in_user_namespace)
		return "capabilities of a user namespace (rootless container) do not "
		       "count: use 'sudo flame record ...' on the host";
	if (!r->is_root && r->obtainable >> CAP_SYS_PTRACE & 1)
		return "try 'sudo flame record ...'";
	return "start the container with '--cap-add=SYS_PTRACE,CHECKPOINT_RESTORE'";
}

bool shortcoming_text(const struct rights *r, const uint32_t *pids, size_t n,
		      bool whole_machine, char text[SHORTCOMING_MAX])
{
	bool reads_others = rights_have(r, CAP_SYS_PTRACE);
	bool reads_deleted = rights_have(r, CAP_CHECKPOINT_RESTORE) ||
			     rights_have(r, CAP_SYS_ADMIN);
	uint32_t user;

	if ((reads_others && reads_deleted) ||
	    (!whole_machine && !process_of_other_user(r, pids, n, &user)))
		return false;
	snprintf(text, SHORTCOMING_MAX, "%s%s%s; %s",
		 reads_others ? ""
			      : "CAP_SYS_PTRACE is missing: processes of other users that "
				"run already have no names, and their stacks are broken",
		 reads_others || reads_deleted ? "" : "; ",
		 reads_deleted ? ""
			       : "CAP_CHECKPOINT_RESTORE is missing: programs that were "
				 "deleted or replaced have no names",
		 help(r));
	return true;
}
