#include "sandbox/privileges.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	NOBODY = 65534, /* user and group, in all distributions */
	SETS = _LINUX_CAPABILITY_U32S_3,
};

static bool capabilities_get(struct __user_cap_data_struct data[SETS])
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

	return syscall(SYS_capget, &header, data) == 0;
}

bool privileges_have(int capability)
{
	struct __user_cap_data_struct data[SETS] = {0};

	return capabilities_get(data) &&
	       (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability));
}

bool privileges_can_become_nobody(void)
{
	return geteuid() == 0 && privileges_have(CAP_SETUID) &&
	       privileges_have(CAP_SETGID) && privileges_have(CAP_SYS_PTRACE);
}

/* The wrappers of libc do more: they make all threads change their user. */
bool privileges_become_nobody(void)
{
	return syscall(SYS_setgroups, 0, NULL) == 0 &&
	       syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0 &&
	       syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0;
}

static bool has_capabilities(void)
{
	struct __user_cap_data_struct data[SETS] = {0};
	uint32_t any = 0;

	if (!capabilities_get(data))
		return true;
	for (int i = 0; i < SETS; i++)
		any |= data[i].effective | data[i].permitted | data[i].inheritable;
	return any != 0;
}

bool privileges_drop_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	const struct __user_cap_data_struct none[SETS] = {0};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0 && !has_capabilities();
}

bool privileges_refuse_new(void)
{
	/* Without CAP_SETPCAP the bounding set stays; it gives nothing by itself. */
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
	     capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
