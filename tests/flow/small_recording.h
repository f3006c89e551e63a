/* A recording of two threads of one process with several callchains, made in memory for
 * the tests of this folder. */
#pragma once

#include "base/out.h"
#include "model/event.h"

#include <stdint.h>

enum {
	SMALL_PID = 42,
	SMALL_CHAINS = 5, /* different callchains of each thread */
	SMALL_SAMPLES = 2000,
	SMALL_ADDRS = 3,	/* words of each callchain, with the mark */
	SMALL_SAMPLE_SIZE = 80, /* bytes of each sample */
	SMALL_START = 1000,	/* ns: time of the first sample; one sample each ns */
};

/* The recording. Its program is mapped at 'program->addr' when it is not NULL; the chains
 * lead through its first bytes. */
struct out *small_recording(const struct event_mmap *program);

/* The threads and the chain of the i-th sample. */
uint32_t small_tid(uint32_t i);
uint32_t small_chain(uint32_t i);
