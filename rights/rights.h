/* The rights of this process, as far as recordings depend on them: capabilities, sysctls,
 * seccomp filters, user namespaces. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rights {
	/* Capabilities in effect, one bit for each. None in a user namespace: the kernel
	 * counts them only there. */
	uint64_t capabilities;
	/* Capabilities that sudo could give: none if it has no effect here, as in a
	 * container without them, or with no_new_privs. */
	uint64_t obtainable;
	bool is_root;		/* user 0, maybe of a user namespace */
	bool in_user_namespace; /* another one than the first of the machine */
	bool has_filter;	/* seccomp */
	bool may_set_sysctls;	/* root could, by the mount of /proc/sys */
	bool has_perf_events;	/* the kernel has them */
	uint32_t user;		/* effective user */
	int64_t paranoid;	/* kernel.perf_event_paranoid */
	int64_t kptr_restrict;	/* kernel.kptr_restrict */
	int64_t mlock_kb;	/* kernel.perf_event_mlock_kb */
};

/* Reads the rights of this process from /proc. 'root' is "", or the path of a folder that
 * holds another /proc. */
struct rights rights_read(const char *root);

/* Whether a capability is in effect: CAP_SYS_PTRACE, for example. */
bool rights_have(const struct rights *r, int capability);

/* CAP_PERFMON, or CAP_SYS_ADMIN, which includes it. */
bool rights_have_perfmon(const struct rights *r);

/* The reasons for which the kernel shows no addresses in /proc/kallsyms. */
enum hidden_kernel {
	KERNEL_SHOWN,
	KERNEL_HIDDEN_FROM_ALL,	      /* kernel.kptr_restrict is 2 */
	KERNEL_HIDDEN_BY_KPTR,	      /* it is 1, and CAP_SYSLOG is missing */
	KERNEL_HIDDEN_BY_PARANOID,    /* perf_event_paranoid is 2 or more, likewise */
	KERNEL_HIDDEN_FROM_NAMESPACE, /* CAP_SYSLOG of a user namespace does not count */
};

enum hidden_kernel rights_hidden_kernel(const struct rights *r);

/* Whether a seccomp filter refuses perf_event_open(2), whatever its arguments are. Calls
 * it with arguments that every kernel refuses with EINVAL. */
bool rights_filter_refuses_events(void);
