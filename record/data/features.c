#include "record/data/features.h"

#include "base/scoped.h"
#include "record/data/format.h"

#include <stdio.h>

int features_written(size_t i)
{
	static const int bits[] = {
		FORMAT_FEATURE_HOSTNAME, FORMAT_FEATURE_OSRELEASE,
		FORMAT_FEATURE_VERSION,	 FORMAT_FEATURE_ARCH,
		FORMAT_FEATURE_NRCPUS,	 FORMAT_FEATURE_CPUDESC,
		FORMAT_FEATURE_CMDLINE,	 FORMAT_FEATURE_EVENT_DESC,
	};

	return i < array_size(bits) ? bits[i] : -1;
}

/* Length, then the string padded with zeros. NULL where it is damaged. */
static const char *get_str(struct bytes *b)
{
	const char *s = bytes_str(b, bytes_u32(b));

	return b->failed ? NULL : s;
}

static const char *keep_str(struct features *f, struct bytes *b)
{
	return run_info_text(f->run_info, get_str(b));
}

/* argv as one line. */
static void read_command(struct features *f, struct bytes *b)
{
	scoped(out_free) struct out *line = out_memory();
	uint32_t n = bytes_u32(b);

	for (uint32_t i = 0; i < n; i++) {
		const char *arg = get_str(b);

		if (!arg)
			break;
		if (i)
			out_char(line, ' ');
		out_str(line, arg);
	}
	if (out_pos(line))
		f->run_info->command = run_info_text(f->run_info, out_data(line));
}

static void read_event_desc(struct features *f, struct bytes *b)
{
	uint32_t n = bytes_u32(b), attr_size = bytes_u32(b);

	for (uint32_t i = 0; i < n && i < f->n_events && !b->failed; i++) {
		uint32_t n_ids;
		const char *name;

		bytes_skip(b, attr_size);
		n_ids = bytes_u32(b);
		name = keep_str(f, b);
		if (n_ids > bytes_left(b) / 8)
			return;
		bytes_skip(b, 8 * (size_t)n_ids);
		if (name && *name)
			f->events[i].name = name;
	}
}

/* Entries: header, pid, 20 bytes of build id, its size and 3 more of padding, file name. */
static void read_build_ids(struct features *f, struct bytes *b)
{
	while (bytes_left(b) >= FORMAT_RECORD_SIZE_MIN) {
		struct bytes entry = *b;
		struct feature_build_id known;
		uint16_t misc, size;
		const void *id;
		uint8_t id_size;

		bytes_skip(&entry, 4);
		misc = bytes_u16(&entry);
		size = bytes_u16(&entry);
		if (size < FORMAT_RECORD_SIZE_MIN || size > bytes_left(b))
			return;
		entry = bytes_sub(b, size);
		bytes_skip(&entry, FORMAT_RECORD_SIZE_MIN + 4);
		id = bytes_take(&entry, BUILD_ID_MAX);
		id_size = bytes_u8(&entry);
		bytes_skip(&entry, 3);
		known.path = bytes_str(&entry, bytes_left(&entry));
		if (entry.failed)
			continue;
		known.build_id = build_id_of(
			id, misc & FORMAT_MISC_BUILD_ID_SIZE ? id_size : BUILD_ID_MAX);
		vec_push(&f->build_ids, known);
	}
}

void features_read(struct features *f, unsigned bit, struct bytes *b)
{
	struct run_info *c = f->run_info;

	switch (bit) {
	case FORMAT_FEATURE_BUILD_ID:
		read_build_ids(f, b);
		break;
	case FORMAT_FEATURE_HOSTNAME:
		c->hostname = keep_str(f, b);
		break;
	case FORMAT_FEATURE_OSRELEASE:
		c->os_release = keep_str(f, b);
		break;
	case FORMAT_FEATURE_ARCH:
		c->arch = keep_str(f, b);
		break;
	case FORMAT_FEATURE_NRCPUS:
		bytes_skip(b, 4); /* available */
		c->cpus = bytes_u32(b);
		break;
	case FORMAT_FEATURE_CPUDESC:
		c->cpu_model = keep_str(f, b);
		break;
	case FORMAT_FEATURE_CMDLINE:
		read_command(f, b);
		break;
	case FORMAT_FEATURE_EVENT_DESC:
		read_event_desc(f, b);
		break;
	default:
		break;
	}
}

static void put_u32(struct out *o, uint32_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_str(struct out *o, const char *s)
{
	static const char zeros[FORMAT_STRING_ALIGN];
	uint32_t len, padded;

	s = s ? s : "";
	len = (uint32_t)strlen(s) + 1;
	padded = (len + FORMAT_STRING_ALIGN - 1) & ~(uint32_t)(FORMAT_STRING_ALIGN - 1);
	put_u32(o, padded);
	out_write(o, s, len);
	out_write(o, zeros, padded - len);
}

static void put_event_desc(struct out *o, const struct event_spec *event)
{
	put_u32(o, 1);
	put_u32(o, FORMAT_ATTR_SIZE);
	out_write(o, &event->attr, FORMAT_ATTR_SIZE);
	put_u32(o, (uint32_t)event->ids.n);
	put_str(o, event->name);
	out_write(o, event->ids.items, 8 * event->ids.n);
}

void features_write(struct out *o, unsigned bit, const struct run_info *c,
		    const struct event_spec *event)
{
	switch (bit) {
	case FORMAT_FEATURE_HOSTNAME:
		put_str(o, c->hostname);
		break;
	case FORMAT_FEATURE_OSRELEASE:
		put_str(o, c->os_release);
		break;
	case FORMAT_FEATURE_VERSION:
		put_str(o, "flame " FLAME_VERSION);
		break;
	case FORMAT_FEATURE_ARCH:
		put_str(o, c->arch);
		break;
	case FORMAT_FEATURE_NRCPUS:
		put_u32(o, c->cpus); /* available */
		put_u32(o, c->cpus); /* online */
		break;
	case FORMAT_FEATURE_CPUDESC:
		put_str(o, c->cpu_model);
		break;
	case FORMAT_FEATURE_CMDLINE:
		put_u32(o, 1);
		put_str(o, c->command);
		break;
	case FORMAT_FEATURE_EVENT_DESC:
		put_event_desc(o, event);
		break;
	default:
		break;
	}
}
