/* A thread of the recorder that hands the files of the keeper out to the process that
 * unwinds stacks: it opens them, and reads no more than their first bytes. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"

#include <stdbool.h>

struct held_files;

/* 'channel', a socket of SOCK_SEQPACKET to the other process, is owned by the thread from
 * now on. Returns NULL if there can be no thread. The keeper must outlive the thread. */
struct held_files *held_files_start(struct dso_keeper *keeper, int channel,
				    struct error *err);

/* Ends the thread of a process that has ended. Returns false if the thread hangs in a
 * file system: then it goes on, and the keeper must never be freed. */
bool held_files_stop(struct held_files **h);

/* In the other process: the function for dso_keeper_new_remote(); 'channel' is a pointer
 * to the other end of the socket. */
int held_files_fetch(void *channel, const struct dso *dso, struct dso_held *held);
