/* The messages between the recorder and the process that unwinds stacks for it, in a
 * stream of bytes both ways. */
#pragma once

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unwind_message_kind {
	/* from the recorder: */
	MESSAGE_EVENT,	   /* struct event and its string: of the state before */
	MESSAGE_SIDE_BAND, /* records */
	MESSAGE_ADVANCE,   /* 'number' is the time up to which the side band is known */
	MESSAGE_SAMPLE,	   /* struct unwind_sample_place */
	MESSAGE_FLUSH,	   /* to be answered when all before is done or waits */
	MESSAGE_END,	   /* unwind all samples; then likewise */
	/* to the recorder: */
	MESSAGE_CHAIN, /* of the sample 'number', in words; none: it cannot be unwound */
	MESSAGE_FLUSHED,
};

struct unwind_message {
	uint32_t kind, size; /* of what follows, in bytes */
	uint64_t number;
};

struct unwind_sample_place {
	uint64_t place, size; /* in sample_memory.h */
};

/* One direction. Zero-initialize. */
struct message_stream {
	VEC(uint8_t) bytes;
	size_t first; /* byte that was not sent, or not taken yet */
};

void message_stream_release(struct message_stream *s);

/* Appends a message with 'size' bytes of data (up to 1 MiB). */
void message_stream_put(struct message_stream *s, enum unwind_message_kind kind,
			uint64_t number, const void *data, size_t size);

/* Sends the bytes, without 'waits' as many as the socket takes now. Returns false if the
 * other process has ended. */
bool message_stream_send(struct message_stream *s, int channel, bool waits);

/* Whether there are bytes to send. */
bool message_stream_is_full(const struct message_stream *s);

/* Receives the bytes that are there. Returns false if the other process has ended, and
 * all its bytes were received. */
bool message_stream_receive(struct message_stream *s, int channel);

/* Takes the next whole message. *data is valid until the next receive. Returns false if
 * there is none; with *is_broken set if the bytes are no message. */
bool message_stream_take(struct message_stream *s, struct unwind_message *message,
			 const void **data, bool *is_broken);
