#include "flow/name_update.h"

#include "base/out.h"
#include "base/scoped.h"
#include "flow/input_format.h"
#include "flow/loader.h"
#include "record/data/amend.h"
#include "record/data/recording.h"

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

int name_update(struct contained *c, const char *input,
		const struct name_update_options *options, struct input_data *data,
		struct error *err)
{
	const struct load_options load = {.completes = true,
					  .inlines = true,
					  .lines = true,
					  .selection.event = "all",
					  .debug_folder = options->debug_folder,
					  .marks = contained_marks(c),
					  .slow = contained_slow_files(c),
					  .servers = options->servers,
					  .hidden_kernel = options->hidden_kernel};
	scoped(input_release) struct input in;

	if (input_open(&in, input, err) < 0)
		return -1;
	if (!input_recording.knows(&in, err))
		return error_set(err, "'%s' is not a recording", in.name);
	if (load_recording(data, in.path, &load, err) < 0)
		return -1;
	if (check_complete(data, err) < 0)
		return error_while(err, "'%s' stays unchanged", in.name);
	if (copy_write(c, data, in.path, err) < 0)
		return error_while(err, "cannot store names in '%s'", in.name);
	return 0;
}
