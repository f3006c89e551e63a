#include "flow/loader.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/threads.h"
#include "flow/chain_frames.h"
#include "flow/counter.h"
#include "flow/early_count.h"
#include "flow/event_choice.h"
#include "flow/live/free_memory.h"
#include "flow/map_gaps.h"
#include "flow/profile_maker.h"
#include "flow/side_band_pass.h"
#include "flow/truncated_stacks.h"
#include "flow/unmatched.h"
#include "model/budget.h"
#include "model/process.h"
#include "record/data/cursor.h"
#include "symbolize/dso_label.h"
#include "symbolize/jit_names.h"
#include "symbolize/symbolizer.h"

#include <string.h>
#include <sys/utsname.h>

struct loader {
	struct input_data *data;
	const struct load_options *options;
	struct recording *recording;
	struct cursor *side_band; /* of the first pass */
	struct process_table processes;
	struct counter counter;
	struct early_count early;
	struct unwind_tables *tables;  /* NULL: no sample carries a stack */
	struct saved_stacks stacks;    /* to be saved in the recording */
	struct jit_keeper *jit_keeper; /* NULL: the options have one */
	struct jit_names *jit;
	struct symbolizer *symbolizer;
	struct chain_frames frames;
	struct budget memory; /* for names */
	uint64_t began;	      /* clock_now() */
};

/* Names must not take the memory that the machine needs for its work. */
enum { MEMORY_SHARE = 4, MEMORY_MAX = 1 << 30, MEMORY_MIN = 32 << 20 };

static void loader_release(struct loader *l)
{
	chain_frames_release(&l->frames);
	symbolizer_free(&l->symbolizer);
	jit_names_free(&l->jit);
	jit_keeper_free(&l->jit_keeper);
	user_stack_free(&l->counter.stacks);
	unwind_tables_free(&l->tables);
	early_count_release(&l->early);
	counter_release(&l->counter);
	saved_stacks_release(&l->stacks);
	process_table_release(&l->processes);
	cursor_free(&l->side_band);
	recording_close(&l->recording);
}

static int recording_load_info(struct loader *l, const char *path, struct error *err)
{
	struct input_data *data = l->data;
	struct error missing;

	l->recording = recording_open(path, err);
	if (!l->recording)
		return -1;
	if (recording_read_info(l->recording, &data->run_info, &data->dsos, &missing) <
	    0) {
		data->lacks_facts = true;
		vec_push(&data->notes, mem_str(missing.text, strlen(missing.text)));
	}
	return 0;
}

/* Counts the names that the recording has. */
static void names_count(struct loader *l)
{
	const struct dso *dso;

	if (l->options->completes)
		vec_each(dso, &l->data->dsos.items)
			vec_push(&l->data->names_before,
				 dso->names ? dso->names->items.n : 0);
}

/* Registers in the samples: those of the stacks that are stored. */
static uint64_t stored_registers(const struct loader *l)
{
	const struct decode_event *events;
	uint64_t registers = 0;
	size_t n;

	events = recording_events(l->recording, &n);
	for (size_t i = 0; i < n; i++)
		registers |= events[i].regs_user;
	return registers;
}

static void side_band_load(struct loader *l)
{
	const struct filter filter = {.records = FILTER_SIDE_BAND};
	struct side_band_pass pass = {.processes = &l->processes,
				      .run_info = &l->data->run_info,
				      .early = &l->early};

	l->counter.slices.n = l->options->slices;
	l->early = (struct early_count){
		.counter = &l->counter,
		.processes = &l->processes,
		.recording = l->recording,
		.selection = &l->options->selection,
		.run_info = &l->data->run_info,
		.is_refused = stored_registers(l) || l->options->addrs,
	};
	if (!l->options->jit)
		pass.jit = l->jit_keeper =
			jit_keeper_new(l->options->is_live, l->options->slow);
	l->side_band = cursor_new(l->recording, &filter);
	l->data->is_damaged =
		side_band_pass_run(&pass, l->side_band, &l->data->damage) < 0;
	recording_read_names(l->recording, &l->data->dsos);
}

static int event_choose(struct loader *l, struct error *err)
{
	const char *name = l->options->selection.event;
	struct event_counts counts;
	scoped(mem_release) uint64_t *samples = NULL;

	counts.events = recording_events(l->recording, &counts.n);
	counts.samples = samples = mem_new(counts.n, sizeof(*samples));
	for (uint32_t i = 0; i < counts.n; i++)
		samples[i] = l->early.is_used ? l->early.event_samples.items[i]
					      : cursor_samples(l->side_band, i);
	if (event_choice_find(&counts, name, &l->counter.event, err) < 0)
		return -1;
	event_choice_describe(&counts, name, &l->counter.event, l->data);
	return 0;
}

static void jit_names_start(struct loader *l)
{
	struct jit_keeper *keeper = l->options->jit ? l->options->jit : l->jit_keeper;
	const struct decode_event *events;
	size_t n;

	events = recording_events(l->recording, &n);
	l->jit = jit_names_new(keeper, &l->processes, &l->data->dsos,
			       &l->data->profile.frames, n && events[0].is_monotonic);
	jit_names_limit(l->jit, &l->memory, l->options->marks);
	jit_names_mark_changes(l->jit, &l->processes.spaces);
}

/* Whether a recording was taken on this machine, by its name. */
static bool is_of_here(const struct run_info *info)
{
	struct utsname here;

	return info->hostname && uname(&here) == 0 &&
	       strcmp(info->hostname, here.nodename) == 0;
}

/* Samples that carry registers and a stack are unwound when they are counted. */
static void unwinding_start(struct loader *l)
{
	const struct unwind_tables_options options = {
		.is_live = l->options->is_live,
		.is_of_here = is_of_here(&l->data->run_info),
		.keeper = l->options->keeper,
		.places = l->options->places,
		.marks = l->options->marks,
		.slow = l->options->slow};
	const char *machine = l->data->run_info.arch;
	struct utsname here;

	if (!stored_registers(l) || recording_is_swapped(l->recording))
		return;
	/* A recording that was never finished lacks the machine; most are of this one. */
	if (!machine && uname(&here) == 0)
		machine = here.machine;
	l->tables = unwind_tables_new(&options, &l->data->dsos);
	l->counter.stacks =
		user_stack_new(machine, &l->processes.spaces, &l->data->dsos, l->tables);
	if (l->counter.stacks && l->options->completes)
		l->counter.keeps = &l->stacks;
}

/* Replaces the chains that the recording has by those that were counted. */
static void stacks_store(struct loader *l)
{
	struct saved_stacks old = l->data->run_info.stacks;

	if (!l->counter.keeps)
		return;
	l->data->run_info.stacks = l->stacks;
	l->stacks = old;
}

static void samples_count(struct loader *l)
{
	bool is_short = !l->counter.stacks && !l->early.is_used;
	size_t max = is_short ? threads_wanted() : 1;
	scoped(mem_release) struct record_span *spans = mem_new(max, sizeof(*spans));
	struct counter_input input = {
		.recording = l->recording,
		.spans = spans,
		.n_spans = cursor_spans(l->side_band, spans, max),
		.selection = &l->options->selection,
		.processes = &l->processes,
		.run_info = &l->data->run_info,
		.is_done = l->early.is_done.items,
		.n_done = l->early.is_done.n,
	};
	struct input_data *data = l->data;
	struct error damage;

	if (l->early.is_used && !l->early.n_left && !data->is_damaged)
		return;
	if (counter_run(&l->counter, &input, &damage) == 0) {
		if (!l->options->is_live && l->counter.last && !l->counter.chains.items.n)
			vec_push(&data->notes, unmatched_note(&l->counter, &input));
		return;
	}
	/* The first pass skips samples, so only this one finds damage in a sample. */
	if (!data->is_damaged)
		data->damage = damage;
	data->is_damaged = true;
}

static const struct mapping *kernel_find(const struct loader *l)
{
	const struct space_table *spaces = &l->processes.spaces;
	const struct mapping_node *node = space_next(spaces, l->processes.kernel, 0);
	const struct mapping *first = NULL;

	for (; node; node = space_next(spaces, l->processes.kernel, node->end)) {
		const struct dso *dso = dso_at(&l->data->dsos, node->map.dso);

		if (dso->kind == DSO_KERNEL &&
		    !dso_label_is_guest(strtab_str(l->data->dsos.strings, dso->path)) &&
		    (!first || node->map.from < first->from))
			first = &node->map;
	}
	return first;
}

static uint64_t name_memory(void)
{
	uint64_t share = free_memory() / MEMORY_SHARE;

	if (!share || share > MEMORY_MAX)
		return MEMORY_MAX;
	return share > MEMORY_MIN ? share : MEMORY_MIN;
}

static void symbolizer_start(struct loader *l)
{
	uint64_t time = l->options->name_time;
	const struct symbolizer_options options = {
		.use_system = true,
		.is_live = l->options->is_live,
		.is_of_here = is_of_here(&l->data->run_info),
		.completes = l->options->completes,
		.hidden_kernel = l->options->hidden_kernel,
		.keeper = l->options->keeper,
		.marks = l->options->marks,
		.slow = l->options->slow,
		.places = l->options->places,
		.inlines = l->options->inlines,
		.lines = l->options->lines,
		.os_release = l->data->run_info.os_release,
		.kernel = kernel_find(l),
		.memory = &l->memory,
		.until = time ? l->began + time : 0,
		.hurry = l->options->hurry,
	};

	l->symbolizer =
		symbolizer_new(&options, &l->data->dsos, &l->data->profile.frames);
}

static void profile_load(struct loader *l)
{
	const struct profile_maker maker = {
		.counter = &l->counter,
		.selection = &l->options->selection,
		.frames = &l->frames,
		.keeps_idle = l->options->idle,
	};
	struct truncated_stacks truncated = {0};

	l->frames = (struct chain_frames){
		.processes = &l->processes,
		.jit = l->jit,
		.symbolizer = l->symbolizer,
		.profile = &l->data->profile,
		.shows_addrs = l->options->addrs,
	};
	profile_maker_run(&maker, l->data, &truncated);
	if (l->options->is_live)
		l->data->truncated = truncated_stacks_most(&truncated, &l->counter.roots);
	truncated_stacks_release(&truncated);
}

static void notes_add(struct loader *l)
{
	const char *note;

	map_gaps_note(&(struct map_gaps){.chains = &l->counter.chains,
					 .processes = &l->processes,
					 .jit = l->jit,
					 .symbolizer = l->symbolizer},
		      l->data);
	input_data_note_outside(l->data);
	if (!l->options->is_live && !l->data->run_info.samples)
		vec_push(&l->data->notes, mem_format("the recording has no samples"));
	if (jit_names_skipped(l->jit))
		vec_push(&l->data->notes,
			 mem_format(
				 "%zu files about JIT code were not read: they need too "
				 "much memory",
				 jit_names_skipped(l->jit)));
	if (jit_names_truncated(l->jit))
		vec_push(&l->data->notes,
			 mem_format("%zu files about JIT code were truncated while they "
				    "were read: they give no names",
				    jit_names_truncated(l->jit)));
	for (size_t i = 0; (note = symbolizer_note(l->symbolizer, i)); i++)
		vec_push(&l->data->notes, mem_str(note, strlen(note)));
}

/* A recording of hardware traces alone would give an empty profile. */
static int check_traced(const struct loader *l, struct error *err)
{
	if (l->options->traces || l->counter.chains.items.n || l->counter.last ||
	    !l->data->run_info.aux_bytes)
		return 0;
	return error_set(err,
			 "the recording has hardware trace data and no samples: read "
			 "the text that 'perf script --itrace=i10us' prints");
}

int load_recording(struct input_data *data, const char *path,
		   const struct load_options *options, struct error *err)
{
	scoped(loader_release) struct loader l = {.data = data,
						  .options = options,
						  .began = clock_now(),
						  .memory.all = name_memory()};

	process_table_init(&l.processes, &data->profile.strings, &data->dsos);
	if (recording_load_info(&l, path, err) < 0)
		return -1;
	names_count(&l);
	side_band_load(&l);
	if (!options->is_live && recording_check(l.recording, path, err) < 0)
		return -1;
	jit_names_start(&l);
	if (event_choose(&l, err) < 0)
		return -1;
	unwinding_start(&l);
	samples_count(&l);
	data->profile.has_overflow |= l.counter.chains.has_overflow;
	data->first = l.counter.first;
	data->last = l.counter.last;
	if (!options->is_live && recording_check(l.recording, path, err) < 0)
		return -1;
	symbolizer_start(&l);
	if (check_traced(&l, err) < 0)
		return -1;
	profile_load(&l);
	notes_add(&l);
	if (!options->is_live)
		input_data_note_losses(data);
	symbolizer_store(l.symbolizer);
	jit_names_store(l.jit);
	stacks_store(&l);
	if (!data->run_info.duration)
		data->run_info.duration = l.counter.last - l.counter.first;
	return 0;
}
