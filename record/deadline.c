#include "record/deadline.h"

#include "base/mem.h"
#include "base/thread/mutex.h"
#include "base/thread/urgent_thread.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#define NS_PER_S 1000000000ull

struct deadline {
	struct sampler *sampler;
	uint64_t time;
	pthread_t thread;
	pthread_mutex_t lock; /* for all fields below */
	pthread_cond_t cancelled;
	bool is_cancelled, is_reached;
	struct cpu_account account; /* at 'time' */
};

static void *deadline_main(void *data)
{
	struct deadline *d = data;
	const struct timespec time = {
		.tv_sec = (time_t)(d->time / NS_PER_S),
		.tv_nsec = (long)(d->time % NS_PER_S),
	};
	int result = 0;

	urgent_thread_raise_priority();
	pthread_mutex_lock(&d->lock);
	while (!d->is_cancelled && result != ETIMEDOUT)
		result = pthread_cond_timedwait(&d->cancelled, &d->lock, &time);
	if (!d->is_cancelled) {
		sampler_stop(d->sampler);
		d->account = cpu_account_now();
		d->is_reached = true;
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

static void deadline_init(struct deadline *d)
{
	pthread_condattr_t attr;

	mutex_init(&d->lock);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->cancelled, &attr);
	pthread_condattr_destroy(&attr);
}

static void deadline_free(struct deadline **dp)
{
	pthread_cond_destroy(&(*dp)->cancelled);
	pthread_mutex_destroy(&(*dp)->lock);
	mem_free(*dp);
	*dp = NULL;
}

struct deadline *deadline_start(struct sampler *sampler, uint64_t time, struct error *err)
{
	struct deadline *d = mem_new(1, sizeof(*d));

	d->sampler = sampler;
	d->time = time;
	deadline_init(d);
	errno = urgent_thread_start(&d->thread, deadline_main, d);
	if (!errno)
		return d;
	error_sys(err, "cannot start a thread");
	deadline_free(&d);
	return NULL;
}

bool deadline_end(struct deadline **dp, struct cpu_account *account)
{
	struct deadline *d = *dp;
	bool is_reached;

	if (!d)
		return false;
	pthread_mutex_lock(&d->lock);
	d->is_cancelled = true;
	pthread_cond_signal(&d->cancelled);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	is_reached = d->is_reached;
	if (is_reached && account)
		*account = d->account;
	deadline_free(dp);
	return is_reached;
}
