#include "flow/live/file_tender.h"

#include "base/mem.h"
#include "base/thread/ticker.h"
#include "flow/live/file_copier.h"

#include <linux/perf_event.h>
#include <string.h>

enum {
	TICK_MS = 100, /* a container that starts again replaces its files about then */
	TICKS_OF_FILES = 4,
	STOP_MS = 3000,
};

struct file_tender {
	struct dso_keeper *keeper;
	struct jit_keeper *jit;
	struct file_copier *copier;
	struct ticker *ticker;
	unsigned ticks;
};

static void tend(void *tender)
{
	struct file_tender *t = tender;

	if (t->ticks++ % TICKS_OF_FILES == 0)
		dso_keeper_tend(t->keeper, file_copier_plan, t->copier);
	jit_keeper_tend(t->jit);
}

struct file_tender *file_tender_start(struct dso_keeper *keeper, struct jit_keeper *jit,
				      uint64_t file_ns, struct error *err)
{
	struct file_tender *t = mem_new(1, sizeof(*t));

	t->keeper = keeper;
	t->jit = jit;
	t->copier = file_copier_start(file_ns, err);
	if (t->copier)
		t->ticker = ticker_start(TICK_MS, tend, t, err);
	if (!t->ticker)
		file_tender_free(&t);
	return t;
}

bool file_tender_stop(struct file_tender *t)
{
	file_copier_hurry(t->copier);
	return ticker_stop(&t->ticker, STOP_MS);
}

void file_tender_free(struct file_tender **tp)
{
	struct file_tender *t = *tp;

	if (!t)
		return;
	file_copier_stop(&t->copier);
	mem_free(t);
	*tp = NULL;
}

uint64_t file_tender_time(const struct file_tender *t)
{
	return file_copier_time(t->copier);
}

const char *file_tender_failure(const struct file_tender *t, size_t i)
{
	return file_copier_note(t->copier, i);
}

char *file_tender_note(const struct dso_keeper *keeper, bool is_urgent, size_t i)
{
	size_t dropped = dso_keeper_dropped(keeper);
	bool has_missed = dso_keeper_missed(keeper) && !is_urgent;

	if (has_missed && i == 0)
		return mem_format("cannot open the files of processes that end at once: "
				  "no real-time priority (CAP_SYS_NICE)");
	if (!dropped || i != has_missed)
		return NULL;
	return mem_format("the names of %zu files are missing: the copies that flame "
			  "keeps of files of ended processes took too much memory",
			  dropped);
}

static uint64_t word_at(const void *record, size_t size, uint8_t word)
{
	uint64_t value = 0;

	if (word != SAMPLE_FIELD_NONE && 8 * ((size_t)word + 1) <= size)
		memcpy(&value, (const uint8_t *)record + 8 * (size_t)word, sizeof(value));
	return value;
}

void file_tender_saw(struct file_tender *t, const struct sample_layout *layout,
		     const void *record, size_t size)
{
	struct perf_event_header header;
	uint64_t task;

	memcpy(&header, record, sizeof(header));
	if (header.type != PERF_RECORD_SAMPLE)
		return;
	task = word_at(record, size, layout->in_sample[SAMPLE_FIELD_TASK]);
	dso_keeper_saw_sample(
		t->keeper, (uint32_t)task,
		word_at(record, size, layout->in_sample[SAMPLE_FIELD_TIME]));
}
