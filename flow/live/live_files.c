#include "flow/live/live_files.h"

#include "base/mem.h"
#include "base/thread/slow_files.h"
#include "flow/live/file_tender.h"

#include <string.h>

void live_files_init(struct live_files *f, size_t most)
{
	f->slow = slow_files_new();
	f->keeper = dso_keeper_new(most, f->slow);
}

int live_files_tend(struct live_files *f, uint64_t file_ns, struct error *err)
{
	f->jit = jit_keeper_new(true, f->slow);
	f->tender = file_tender_start(f->keeper, f->jit, file_ns, err);
	return f->tender ? 0 : -1;
}

void live_files_stop(struct live_files *f, void (*note)(void *data, char *text),
		     void *data)
{
	const char *failure;

	if (!f->tender)
		return;
	f->time = file_tender_time(f->tender);
	/* Memory is better lost than used by a thread that hangs. */
	if (!file_tender_stop(f->tender)) {
		*f = (struct live_files){.keeper_hangs = true, .time = f->time};
		return;
	}
	f->time = file_tender_time(f->tender);
	for (size_t i = 0; (failure = file_tender_failure(f->tender, i)); i++)
		note(data, mem_str(failure, strlen(failure)));
	file_tender_free(&f->tender);
}

uint64_t live_files_time(const struct live_files *f)
{
	return f->tender ? file_tender_time(f->tender) : f->time;
}

static void note_drop(void *data, char *text)
{
	(void)data;
	mem_free(text);
}

void live_files_release(struct live_files *f)
{
	live_files_stop(f, note_drop, NULL);
	jit_keeper_free(&f->jit);
	if (f->keeper_hangs)
		return;
	dso_keeper_free(&f->keeper);
	slow_files_free(&f->slow);
}
