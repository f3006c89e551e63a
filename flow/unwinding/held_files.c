#include "flow/unwinding/held_files.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/urgent_thread.h"
#include "sandbox/file_policy.h"
#include "sandbox/message.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { PATIENCE_S = 1 };

struct held_files {
	struct dso_keeper *keeper;
	int channel;
	pthread_t thread;
};

static void *held_files_main(void *held_files)
{
	const struct held_files *h = held_files;
	struct dso dso;

	while (message_receive(h->channel, &dso, sizeof(dso), NULL, 0) == 0) {
		struct dso_held held;
		scoped(fd_close) int fd = -1;

		/* Only these fields are an identity. */
		dso = (struct dso){.kind = dso.kind,
				   .build_id = dso.build_id,
				   .major = dso.major,
				   .minor = dso.minor,
				   .inode = dso.inode,
				   .generation = dso.generation};
		if (dso.build_id.size > BUILD_ID_MAX)
			dso.build_id.size = 0;
		fd = dso_keeper_open_held(h->keeper, &dso, &held);
		if (fd >= 0 && !file_policy_knows(fd))
			fd_close(&fd);
		if (message_send(h->channel, &held, sizeof(held), fd, 0) < 0)
			break;
	}
	return NULL;
}

struct held_files *held_files_start(struct dso_keeper *keeper, int channel,
				    struct error *err)
{
	struct held_files *h = mem_new(1, sizeof(*h));

	h->keeper = keeper;
	h->channel = channel;
	errno = urgent_thread_start(&h->thread, held_files_main, h);
	if (errno) {
		error_sys(err, "cannot start a thread");
		fd_close(&h->channel);
		mem_release(&h);
	}
	return h;
}

bool held_files_stop(struct held_files **hp)
{
	struct held_files *h = *hp;
	struct timespec until;

	if (!h)
		return true;
	*hp = NULL;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	if (pthread_timedjoin_np(h->thread, NULL, &until) != 0) {
		/* It keeps its memory. */
		pthread_detach(h->thread);
		return false;
	}
	fd_close(&h->channel);
	mem_free(h);
	return true;
}

int held_files_fetch(void *channel, const struct dso *dso, struct dso_held *held)
{
	const int *socket = channel;
	struct dso_held answer;
	int fd = -1;

	if (message_send(*socket, dso, sizeof(*dso), -1, 0) < 0 ||
	    message_receive(*socket, &answer, sizeof(answer), &fd, 0) < 0)
		return -1;
	*held = answer;
	return fd;
}
