#include "sandbox/landlock.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface (linux/landlock.h): headers of distributions are older than the
 * kernels that they run on. */
enum {
	CALL_CREATE_RULESET = 444, /* the same numbers on all machines */
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	CREATE_RULESET_VERSION = 1, /* flag: return the version */
	RULE_PATH_BENEATH = 1,
};

enum fs_right {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_ALL_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,	/* version 2 */
	FS_TRUNCATE = 1 << 14,	/* version 3 */
	FS_IOCTL_DEV = 1 << 15, /* version 5 */
};

enum { NET_BIND_AND_CONNECT = 3, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3 };

struct ruleset {
	uint64_t fs;
	uint64_t net;	/* version 4 */
	uint64_t scope; /* version 6 */
};

struct path_beneath {
	uint64_t rights;
	int32_t folder;
} __attribute__((packed));

int landlock_version(void)
{
	long version = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

static uint64_t fs_rights(int version)
{
	uint64_t rights = FS_ALL_1 & ~(FS_READ_FILE | FS_READ_DIR);

	if (version >= 2)
		rights |= FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

/* Size of the struct that a version of the kernel knows. */
static size_t ruleset_size(int version)
{
	if (version >= 6)
		return sizeof(struct ruleset);
	return version >= 4 ? offsetof(struct ruleset, scope)
			    : offsetof(struct ruleset, net);
}

static void folder_permit(int rules, const char *folder, uint64_t rights)
{
	scoped(fd_close) int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct path_beneath rule = {rights & ~(uint64_t)FS_EXECUTE, fd};

	if (fd >= 0)
		syscall(CALL_ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0);
}

int landlock_restrict(const char *writable)
{
	int version = landlock_version();
	const struct ruleset all = {
		.fs = fs_rights(version),
		.net = writable ? 0 : NET_BIND_AND_CONNECT,
		.scope = writable ? 0 : SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS,
	};
	scoped(fd_close) int rules = -1;

	if (!version)
		return 0;
	rules = (int)syscall(CALL_CREATE_RULESET, &all, ruleset_size(version), 0);
	if (rules < 0)
		return 0;
	if (writable)
		folder_permit(rules, writable, all.fs);
	return syscall(CALL_RESTRICT_SELF, rules, 0) == 0 ? version : 0;
}
