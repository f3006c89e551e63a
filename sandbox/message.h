/* Messages between two processes, through a socket pair of SOCK_SEQPACKET. */
#pragma once

#include <stddef.h>

/* Sends a message and, unless it is -1, a descriptor. 'flags': MSG_DONTWAIT or 0. Returns
 * -1 with errno on failure. */
int message_send(int channel, const void *data, size_t size, int fd, int flags);

/* Receives a message of exactly this size. *fd (may be NULL) is set to its descriptor,
 * which the caller owns, or to -1. Returns -1 on failure; a descriptor that came with a
 * message of another size is the caller's, too. */
int message_receive(int channel, void *data, size_t size, int *fd, int flags);
