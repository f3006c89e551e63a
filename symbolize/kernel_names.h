/* The names of the running kernel. They are read once, when they are first needed.
 * Several threads may call the functions at once. */
#pragma once

#include "base/thread/mutex.h"
#include "model/dso.h"
#include "rights/rights.h"
#include "symbolize/kernel/kernel_files.h"
#include "symbolize/kernel/source_kallsyms.h"
#include "symbolize/name_source.h"

#include <stdbool.h>

struct kernel_names {
	const char *path;	   /* of kallsyms; the caller's */
	bool is_live;		   /* the recorded kernel is the running one */
	enum hidden_kernel hidden; /* why 'path' may show no addresses */
	pthread_mutex_t lock;	   /* of the fields below, until 'was_read' */
	bool was_read;
	struct kallsyms kallsyms;
	struct error error; /* why there are no names; empty: there are some */
	/* for recordings of another kernel */
	struct kernel_files files;
};

/* 'hidden' is the reason that the user gets if the file shows no addresses. */
void kernel_names_init(struct kernel_names *k, const char *path, bool is_live,
		       enum hidden_kernel hidden);
void kernel_names_release(struct kernel_names *k);

/* Names of the core kernel: of the running one, unless the recording is of another
 * kernel, or of the same kernel at another address, else of kernel_files.h. The build
 * id identifies the kernel; without a build id the addresses of its first and last
 * byte of text do. */
extern const struct name_source kernel_name_source;

/* Names of one kernel module, in a table of the caller's that must not outlive struct
 * kernel_names. The running kernel has them only for live recordings: modules move. */
extern const struct name_source module_name_source;
