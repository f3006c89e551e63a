#include "flow/name_update.h"

#include "base/mem.h"
#include "base/out.h"
#include "base/scoped.h"
#include "elf/search/file_places.h"
#include "flow/input_format.h"
#include "flow/loader.h"
#include "record/data/amend.h"
#include "record/data/recording.h"

#include <inttypes.h>
#include <string.h>

static int copy_write(struct contained *c, const struct input_data *data,
		      const char *path, struct error *err)
{
	const struct readers readers = readers_private();
	scoped(recording_close) struct recording *recording = recording_open(path, err);
	scoped(out_free) struct out *out = NULL;

	if (!recording)
		return -1;
	out = contained_create(c, 0, &readers, err);
	if (!out)
		return -1;
	if (amend_names(out, recording, &data->run_info, &data->dsos, err) < 0 ||
	    recording_check(recording, path, err) < 0)
		return -1;
	return contained_publish(c, 0, out, err);
}

static int check_complete(const struct input_data *data, struct error *err)
{
	if (data->is_damaged)
		*err = data->damage;
	else if (data->lacks_facts)
		error_set(err, "%s", data->notes.items[0]);
	return data->is_damaged || data->lacks_facts ? -1 : 0;
}

/* The most objects that have a note of their own. */
enum { REPORT_MAX = 20 };

/* Objects with samples, and names of functions that samples hit. */
struct name_totals {
	size_t noted, objects, before, now;
};

static size_t names_now(const struct dso *dso)
{
	const struct symbol *symbol;
	size_t n = 0;

	if (dso->names)
		vec_each(symbol, &dso->names->items)
			n += symbol->hit;
	return n;
}

/* The reason why an object has no names; mem_free() frees it. */
static char *cause_of(const struct input_data *data, const struct dso *dso)
{
	const char *reason = strtab_str(data->dsos.strings, dso->reason);
	char hex[BUILD_ID_HEX];

	if (dso->kind == DSO_FILE && !dso->build_id.size)
		return mem_format("%s, the recording has no build id of it; --force "
				  "takes the file at its path",
				  reason);
	if (!dso->build_id.size)
		return mem_str(reason, strlen(reason));
	build_id_hex(&dso->build_id, hex);
	return mem_format("%s, build id %s", reason, hex);
}

static void object_note(struct input_data *data, const struct dso *dso, size_t before,
			struct name_totals *totals)
{
	const char *path = strtab_str(data->dsos.strings, dso->path);
	scoped(mem_release) char *cause = NULL;
	size_t now = names_now(dso);

	totals->objects++;
	totals->before += before;
	totals->now += now;
	if ((now && now == before) || totals->noted >= REPORT_MAX)
		return;
	totals->noted++;
	if (!now)
		cause = cause_of(data, dso);
	vec_push(&data->notes,
		 now ? mem_format("'%s': %zu names before, %zu now", path, before, now)
		     : mem_format("'%s' has no names: %s", path, cause));
}

/* Names of an earlier update may stay. */
static void unverified_count(struct input_data *data)
{
	uint64_t *files = &data->run_info.unverified_files, n = 0;
	const struct dso *dso;

	vec_each(dso, &data->dsos.items)
		n += dso->is_unverified;
	*files = n > *files ? n : *files;
}

/* Adds notes about the names of all objects with samples. */
static void report(struct input_data *data)
{
	struct name_totals totals = {0};

	for (size_t i = 0; i < data->dsos.items.n; i++) {
		const struct dso *dso = &data->dsos.items.items[i];
		size_t before =
			i < data->names_before.n ? data->names_before.items[i] : 0;

		if (dso->resolved && dso->kind != DSO_ANON)
			object_note(data, dso, before, &totals);
	}
	vec_push(&data->notes,
		 mem_format("%zu objects with samples: %zu names of functions "
			    "before, %zu now",
			    totals.objects, totals.before, totals.now));
	if (data->run_info.unverified_files)
		vec_push(&data->notes,
			 mem_format("%" PRIu64
				    " files are not verified: only their paths "
				    "identify them",
				    data->run_info.unverified_files));
	if (data->run_info.stacks.stacks.n)
		vec_push(&data->notes,
			 mem_format("%zu unwound stacks are stored in the recording",
				    data->run_info.stacks.stacks.n));
}

static void note_servers(struct input_data *data, const struct debuginfod *servers)
{
	const char *note;

	for (size_t i = 0; (note = debuginfod_note(servers, i)); i++)
		vec_push(&data->notes, mem_str(note, strlen(note)));
}

int name_update(struct contained *c, const char *input,
		const struct name_update_options *options, struct input_data *data,
		struct error *err)
{
	const struct load_options load = {.completes = true,
					  .inlines = true,
					  .lines = true,
					  .selection.event = "all",
					  .places = options->places,
					  .marks = contained_marks(c),
					  .slow = contained_slow_files(c),
					  .hidden_kernel = options->hidden_kernel};
	scoped(input_release) struct input in;

	if (input_open(&in, input, err) < 0)
		return -1;
	if (!input_recording.knows(&in, err))
		return error_set(err, "'%s' is not a recording", in.name);
	if (load_recording(data, in.path, &load, err) < 0)
		return -1;
	unverified_count(data);
	if (check_complete(data, err) < 0)
		return error_while(err, "'%s' stays unchanged", in.name);
	if (copy_write(c, data, in.path, err) < 0)
		return error_while(err, "cannot store names in '%s'", in.name);
	note_servers(data, options->places->servers);
	report(data);
	return 0;
}
