#include "flow/unwinding/unwind_messages.h"

#include "base/narrow.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { DATA_MOST = 1 << 20, CHUNK = 64 << 10 };

void message_stream_release(struct message_stream *s)
{
	vec_release(&s->bytes);
	s->first = 0;
}

static void bytes_put(struct message_stream *s, const void *data, size_t size)
{
	vec_reserve(&s->bytes, size);
	if (size)
		memcpy(s->bytes.items + s->bytes.n, data, size);
	s->bytes.n += size;
}

void message_stream_put(struct message_stream *s, enum unwind_message_kind kind,
			uint64_t number, const void *data, size_t size)
{
	const struct unwind_message m = {
		.kind = kind, .size = narrow_u32(size), .number = number};

	assert(size <= DATA_MOST);
	bytes_put(s, &m, sizeof(m));
	bytes_put(s, data, size);
}

bool message_stream_is_full(const struct message_stream *s)
{
	return s->first < s->bytes.n;
}

/* The bytes before 's->first' are not needed any more. */
static void bytes_shift(struct message_stream *s)
{
	s->bytes.n -= s->first;
	memmove(s->bytes.items, s->bytes.items + s->first, s->bytes.n);
	s->first = 0;
}

bool message_stream_send(struct message_stream *s, int channel, bool waits)
{
	int flags = MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT);
	bool lives = true;

	while (s->first < s->bytes.n) {
		size_t left = s->bytes.n - s->first;
		ssize_t n = send(channel, s->bytes.items + s->first,
				 left < CHUNK ? left : CHUNK, flags);

		if (n > 0) {
			s->first += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		lives = errno == EAGAIN;
		break;
	}
	if (s->bytes.n)
		bytes_shift(s);
	return lives;
}

bool message_stream_receive(struct message_stream *s, int channel)
{
	ssize_t n;

	if (s->first)
		bytes_shift(s);
	do {
		vec_reserve(&s->bytes, CHUNK);
		n = recv(channel, s->bytes.items + s->bytes.n, CHUNK, MSG_DONTWAIT);
		s->bytes.n += n > 0 ? (size_t)n : 0;
	} while (n == CHUNK || (n < 0 && errno == EINTR));
	return n > 0 || (n < 0 && errno == EAGAIN);
}

bool message_stream_take(struct message_stream *s, struct unwind_message *message,
			 const void **data, bool *is_broken)
{
	const uint8_t *at = s->bytes.items + s->first;
	size_t left = s->bytes.n - s->first;

	*is_broken = false;
	if (left < sizeof(*message))
		return false;
	memcpy(message, at, sizeof(*message));
	*is_broken = message->size > DATA_MOST;
	if (*is_broken || left - sizeof(*message) < message->size)
		return false;
	*data = at + sizeof(*message);
	s->first += sizeof(*message) + message->size;
	return true;
}
