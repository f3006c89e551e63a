#include "flow/contents/contents.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "flow/input_format.h"

#include <stdlib.h>
#include <string.h>

static const char *state_of(const struct dso *dso)
{
	static const char *const states[] = {
		[DSO_NO_TROUBLE] = "here",	 [DSO_GONE] = "gone",
		[DSO_UNVERIFIED] = "unverified", [DSO_DENIED] = "denied",
		[DSO_NO_ROOM] = "unknown",	 [DSO_REPLACED] = "replaced",
		[DSO_UNREADABLE] = "unreadable", [DSO_LATE] = "unknown",
		[DSO_HUNG] = "unreadable",
	};

	return dso->is_sought ? states[dso->trouble] : NULL;
}

static int file_compare(const void *a, const void *b)
{
	const struct info_file *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : memcmp(x->build_id.data, y->build_id.data, BUILD_ID_MAX);
}

static void files_gather(struct info *info, const struct input_data *data)
{
	const struct dso *dso;

	vec_each(dso, &data->dsos.items)
		if (dso->is_hit)
			vec_push(
				&info->files,
				((struct info_file){
					.path = strtab_str(data->dsos.strings, dso->path),
					.build_id = dso->build_id,
					.state = state_of(dso)}));
	if (info->files.n)
		qsort(info->files.items, info->files.n, sizeof(struct info_file),
		      file_compare);
}

static int unnamed_compare(const void *a, const void *b)
{
	const struct info_unnamed *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples < y->samples ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Adds up the nodes of each frame without a name. */
static void unnamed_gather(struct info *info, const struct input_data *data)
{
	const struct profile *p = &data->profile;
	const struct frame_table *frames = &p->frames;
	scoped(mem_release) uint64_t *samples =
		mem_new(frames->items.n + 1, sizeof(*samples));
	const struct profile_node *node;

	vec_each(node, &p->nodes) {
		if (!node->count)
			continue;
		info->stacks++;
		if (node != p->nodes.items)
			samples[node->frame] += node->count;
	}
	for (uint32_t i = 0; i < frames->items.n; i++) {
		const struct frame *f = frame_at(frames, i);

		if (f->kind == FRAME_UNKNOWN && samples[i])
			vec_push(&info->unnamed,
				 ((struct info_unnamed){
					 .name = frame_name(frames, i),
					 .object = strtab_str(&p->strings, f->object),
					 .samples = samples[i]}));
	}
	if (info->unnamed.n)
		qsort(info->unnamed.items, info->unnamed.n, sizeof(struct info_unnamed),
		      unnamed_compare);
}

static void events_gather(struct info *info, const struct input_data *data)
{
	const struct input_event *event;

	vec_each(event, &data->events)
		vec_push(&info->events,
			 ((struct info_event){event->name, event->samples}));
	/* Text and pictures have one event, if they name it. */
	if (!data->events.n && data->run_info.event)
		vec_push(&info->events, ((struct info_event){data->run_info.event,
							     data->profile.count}));
}

void contents_gather(struct info *info, const struct input_data *data, const char *path,
		     uint64_t size)
{
	char *const *note;

	info->path = path;
	info->size = size;
	info->format = data->text ? data->text->name : data->format->name;
	info->run = &data->run_info;
	info->first = data->first;
	info->last = data->last;
	info->samples = data->profile.count;
	if (data->is_damaged)
		info->damage = data->damage.text;
	events_gather(info, data);
	unnamed_gather(info, data);
	files_gather(info, data);
	vec_each(note, &data->notes)
		vec_push(&info->notes, *note);
}
