/* Constants of the perf.data format, as far as flame reads and writes it. Sources: the
 * kernel's include/uapi/linux/perf_event.h for records, tools/perf/Documentation/
 * perf.data-file-format.txt and tools/lib/perf/include/perf/event.h for the rest. */
#pragma once

#include <stdint.h>

/* File header: magic, u64 own size, u64 size of one attr entry, three sections (attrs,
 * data, event types), 256 feature bits. A section is u64 offset, u64 size. perf has
 * ignored the event types since 3.0; flame's own recordings have the features there that
 * are known at the start (docs/format.md). */
#define FORMAT_MAGIC	     "PERFILE2"
#define FORMAT_MAGIC_SWAPPED "2ELIFREP"
/* perf before 3.4: the same layout */
#define FORMAT_MAGIC_OLD   "PERFFILE"
#define FORMAT_START_MAGIC "FLAMEBEG"
enum {
	FORMAT_MAGIC_SIZE = 8,
	FORMAT_HEADER_SIZE = 104,
	FORMAT_PIPE_HEADER_SIZE = 16, /* magic and own size: nothing else in pipe mode */
	FORMAT_HEADER_DATA_AT = 40,
	FORMAT_HEADER_DATA_SIZE_AT = 48,
	FORMAT_HEADER_START_AT = 56,
	FORMAT_HEADER_FEATURES_AT = 72,
	FORMAT_SECTION_SIZE = 16,
	FORMAT_FEATURE_BITS = 256,
	/* Of attrs that flame writes: PERF_ATTR_SIZE_VER7, the largest that perf 6.1
	 * reads. */
	FORMAT_ATTR_SIZE = 128,
	FORMAT_ATTR_SIZE_MIN = 64,
	FORMAT_STRING_ALIGN = 64, /* strings of features are padded to it */
	/* size of an entry of FORMAT_FEATURE_BUILD_ID before its path */
	FORMAT_BUILD_ID_ENTRY = 36,
	FORMAT_RECORD_SIZE_MIN = 8,
};

/* Record types of kernels newer than the system headers. */
enum {
	FORMAT_RECORD_CALLCHAIN_DEFERRED = 22,
};

/* perf's own record types, beside the kernel's, which end below 64. */
enum {
	FORMAT_RECORD_HEADER_ATTR = 64,
	FORMAT_RECORD_EVENT_TYPE = 65,
	FORMAT_RECORD_TRACING_DATA = 66,
	FORMAT_RECORD_BUILD_ID = 67,
	FORMAT_RECORD_FINISHED_ROUND = 68,
	FORMAT_RECORD_ID_INDEX = 69,
	FORMAT_RECORD_AUXTRACE_INFO = 70,
	FORMAT_RECORD_AUXTRACE = 71,
	FORMAT_RECORD_HEADER_FEATURE = 80,
	FORMAT_RECORD_COMPRESSED = 81,
	FORMAT_RECORD_FINISHED_INIT = 82,
	FORMAT_RECORD_COMPRESSED2 = 83,
	/* simpleperf: in between, 'misc' has the upper half of the size */
	FORMAT_RECORD_SIMPLEPERF = 32768,
	FORMAT_RECORD_SIMPLEPERF_END = 33024,
};

/* Feature bits. */
enum {
	FORMAT_FEATURE_BUILD_ID = 2,
	FORMAT_FEATURE_HOSTNAME = 3,
	FORMAT_FEATURE_OSRELEASE = 4,
	FORMAT_FEATURE_VERSION = 5,
	FORMAT_FEATURE_ARCH = 6,
	FORMAT_FEATURE_NRCPUS = 7,
	FORMAT_FEATURE_CPUDESC = 8,
	FORMAT_FEATURE_CMDLINE = 11,
	FORMAT_FEATURE_EVENT_DESC = 12,
	FORMAT_FEATURE_COMPRESSED = 27,
	FORMAT_FEATURE_SIMPLEPERF_FILE = 128,
	FORMAT_FEATURE_SIMPLEPERF_META_INFO = 129,
	FORMAT_FEATURE_SIMPLEPERF_FILE2 = 132,
	FORMAT_FEATURE_FLAME = 255, /* flame: docs/format.md; perf ignores it */
};

/* Bits of perf_event_header.misc; older system headers lack some. */
enum {
	FORMAT_MISC_CPUMODE = 7,
	FORMAT_MISC_KERNEL = 1,
	FORMAT_MISC_USER = 2,
	FORMAT_MISC_HYPERVISOR = 3,
	FORMAT_MISC_GUEST_KERNEL = 4,
	FORMAT_MISC_GUEST_USER = 5,
	FORMAT_MISC_COMM_EXEC = 1 << 13,
	FORMAT_MISC_FORK_SYNTHESIZED = 1 << 13, /* perf: PERF_RECORD_MISC_FORK_EXEC */
	FORMAT_MISC_MMAP_DATA = 1 << 13,
	FORMAT_MISC_MMAP_BUILD_ID = 1 << 14,
	FORMAT_MISC_BUILD_ID_SIZE = 1 << 15, /* perf: the entry has the build id's size */
	FORMAT_MISC_LOST_BY_FILTER = 1
				     << 15, /* perf: PERF_RECORD_MISC_LOST_SAMPLES_BPF */
};

/* Marks of callchains live in model/callchain.h. */
