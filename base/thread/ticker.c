#include "base/thread/ticker.h"

#include "base/mem.h"
#include "base/thread/mutex.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

struct ticker {
	int ms;
	void (*tick)(void *data);
	void *data;
	pthread_t thread;
	pthread_mutex_t lock; /* for the flags */
	pthread_cond_t changed;
	bool is_stopped;
	bool has_ended;
	bool is_left; /* the thread frees the ticker */
};

static struct timespec time_after(clockid_t clock, int ms)
{
	struct timespec at;

	clock_gettime(clock, &at);
	at.tv_sec += ms / MS_PER_S;
	at.tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= NS_PER_S;
	}
	return at;
}

/* Waits for the next call. Returns false when the thread has to end. */
static bool ticker_wait(struct ticker *t)
{
	const struct timespec until = time_after(CLOCK_MONOTONIC, t->ms);
	int result = 0;
	bool is_stopped;

	pthread_mutex_lock(&t->lock);
	while (!t->is_stopped && result != ETIMEDOUT)
		result = pthread_cond_timedwait(&t->changed, &t->lock, &until);
	is_stopped = t->is_stopped;
	pthread_mutex_unlock(&t->lock);
	return !is_stopped;
}

static void ticker_free(struct ticker *t)
{
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

static void *ticker_main(void *ticker)
{
	struct ticker *t = ticker;
	bool is_left;

	while (ticker_wait(t))
		t->tick(t->data);
	pthread_mutex_lock(&t->lock);
	t->has_ended = true;
	is_left = t->is_left;
	pthread_mutex_unlock(&t->lock);
	if (is_left)
		ticker_free(t);
	return NULL;
}

struct ticker *ticker_start(int ms, void (*tick)(void *data), void *data,
			    struct error *err)
{
	struct ticker *t = mem_new(1, sizeof(*t));
	pthread_condattr_t attr;
	sigset_t all, before;

	t->ms = ms;
	t->tick = tick;
	t->data = data;
	mutex_init(&t->lock);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&t->thread, NULL, ticker_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!errno)
		return t;
	error_sys(err, "cannot start a thread");
	ticker_free(t);
	return NULL;
}

/* Leaves a thread alone that did not end in time. Returns false if it has ended now. */
static bool ticker_leave(struct ticker *t)
{
	bool has_ended;

	pthread_mutex_lock(&t->lock);
	has_ended = t->has_ended;
	t->is_left = !has_ended;
	if (!has_ended)
		pthread_detach(t->thread);
	pthread_mutex_unlock(&t->lock);
	return !has_ended;
}

bool ticker_stop(struct ticker **tp, int wait_ms)
{
	const struct timespec until = time_after(CLOCK_REALTIME, wait_ms);
	struct ticker *t = *tp;

	*tp = NULL;
	if (!t)
		return true;
	pthread_mutex_lock(&t->lock);
	t->is_stopped = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	if (pthread_timedjoin_np(t->thread, NULL, &until) != 0) {
		if (ticker_leave(t))
			return false;
		pthread_join(t->thread, NULL);
	}
	ticker_free(t);
	return true;
}
