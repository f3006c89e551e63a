#include "record/data/features.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "model/secrets.h"
#include "record/data/flame_section.h"
#include "record/data/format.h"
#include "record/data/known_event.h"
#include "record/data/simpleperf/file_names.h"
#include "record/data/simpleperf/meta_info.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Length, then the string padded with zeros. NULL if it is damaged. */
static const char *str_get(struct bytes *b)
{
	const char *s = bytes_str(b, bytes_u32(b));

	return b->failed ? NULL : s;
}

static void u32_put(struct out *o, uint32_t v)
{
	out_write(o, &v, sizeof(v));
}

static void str_put(struct out *o, const char *s)
{
	static const char zeros[FORMAT_STRING_ALIGN];
	uint32_t len, padded;

	s = s ? s : "";
	len = narrow_u32(strlen(s) + 1);
	padded = (len + FORMAT_STRING_ALIGN - 1) & ~(uint32_t)(FORMAT_STRING_ALIGN - 1);
	u32_put(o, padded);
	out_write(o, s, len);
	out_write(o, zeros, padded - len);
}

static void hostname_read(struct run_info *info, struct bytes *b)
{
	info->hostname = run_info_text(info, str_get(b));
}

static void hostname_write(struct out *o, const struct feature_contents *contents)
{
	str_put(o, contents->info->hostname);
}

static void os_release_read(struct run_info *info, struct bytes *b)
{
	info->os_release = run_info_text(info, str_get(b));
}

static void os_release_write(struct out *o, const struct feature_contents *contents)
{
	str_put(o, contents->info->os_release);
}

/* perf stores the number of its version alone. */
static void version_read(struct run_info *info, struct bytes *b)
{
	const char *version = str_get(b);
	scoped(mem_release) char *perf = NULL;

	if (version && *version >= '0' && *version <= '9')
		version = perf = mem_format("perf %s", version);
	info->recorder = run_info_text(info, version);
}

static void version_write(struct out *o, const struct feature_contents *contents)
{
	(void)contents;
	str_put(o, "flame " FLAME_VERSION);
}

static void arch_read(struct run_info *info, struct bytes *b)
{
	info->arch = run_info_text(info, str_get(b));
}

static void arch_write(struct out *o, const struct feature_contents *contents)
{
	str_put(o, contents->info->arch);
}

static void cpus_read(struct run_info *info, struct bytes *b)
{
	bytes_skip(b, 4); /* available */
	info->cpus = bytes_u32(b);
}

static void cpus_write(struct out *o, const struct feature_contents *contents)
{
	u32_put(o, contents->info->cpus); /* available */
	u32_put(o, contents->info->cpus); /* online */
}

static void cpu_model_read(struct run_info *info, struct bytes *b)
{
	info->cpu_model = run_info_text(info, str_get(b));
}

static void cpu_model_write(struct out *o, const struct feature_contents *contents)
{
	str_put(o, contents->info->cpu_model);
}

/* argv as one line. flame writes one argument, the line. */
static void command_read(struct run_info *info, struct bytes *b)
{
	scoped(out_free) struct out *line = out_memory();
	struct secret_filter filter = {.out = line};
	uint32_t n = bytes_u32(b);

	for (uint32_t i = 0; i < n; i++) {
		const char *arg = str_get(b);

		if (!arg)
			break;
		if (i)
			out_char(line, ' ');
		secret_filter_write(&filter, arg);
	}
	if (out_pos(line))
		run_info_set_command(info, out_data(line));
}

void features_copy_command(struct out *out, struct bytes section)
{
	scoped(out_free) struct out *args = out_memory();
	struct secret_filter filter = {0};
	uint32_t n = bytes_u32(&section), copied = 0;
	const char *arg;

	while (copied < n && (arg = str_get(&section))) {
		scoped(out_free) struct out *shown = out_memory();

		filter.out = shown;
		filter.is_line = n == 1;
		secret_filter_write(&filter, arg);
		str_put(args, out_data(shown));
		copied++;
	}
	u32_put(out, copied);
	out_write(out, out_data(args), out_pos(args));
}

static void command_write(struct out *o, const struct feature_contents *contents)
{
	u32_put(o, 1);
	str_put(o, contents->info->command);
}

static void event_names_read(struct event_features *f, struct bytes *b)
{
	uint32_t n = bytes_u32(b), attr_size = bytes_u32(b);

	for (uint32_t i = 0; i < n && i < f->n_events && !b->failed; i++) {
		uint32_t n_ids;
		const char *name;

		bytes_skip(b, attr_size);
		n_ids = bytes_u32(b);
		name = str_get(b);
		if (n_ids > bytes_left(b) / 8)
			return;
		bytes_skip(b, 8 * (size_t)n_ids);
		if (name && *name)
			f->events[i].name = name;
	}
}

/* Events that flame knows have a name already. */
static void simpleperf_events_read(struct event_features *f, struct bytes *b)
{
	for (size_t i = 0; i < f->n_events; i++) {
		struct decode_event *e = &f->events[i];
		size_t len;
		const char *name = meta_info_event(*b, e->type, e->config, &len);

		if (name && !e->name && !known_event_find(e->type, e->config))
			e->name = arena_str(f->text, name, len);
	}
}

static void simpleperf_version_read(struct run_info *info, struct bytes *b)
{
	const char *version = meta_info_find(*b, "simpleperf_version");
	scoped(mem_release) char *recorder = NULL;

	if (!version)
		return;
	recorder = mem_format("simpleperf %s", version);
	info->recorder = run_info_text(info, recorder);
}

static void event_names_write(struct out *o, const struct feature_contents *contents)
{
	const struct event_specs *specs = contents->specs;

	u32_put(o, narrow_u32(specs->sampling.n));
	u32_put(o, FORMAT_ATTR_SIZE);
	for (size_t i = 0; i < specs->sampling.n; i++) {
		struct perf_event_attr attr = event_specs_stored_attr(specs, i);
		size_t ids_size = event_specs_stored_ids(specs, i, NULL);

		out_write(o, &attr, FORMAT_ATTR_SIZE);
		u32_put(o, narrow_u32(ids_size / sizeof(uint64_t)));
		str_put(o, specs->sampling.items[i].name);
		event_specs_stored_ids(specs, i, o);
	}
}

/* Entries: header, pid, 20 bytes of build id, its size and 3 more of padding, file
 * name. */
static void build_ids_read(struct event_features *f, struct bytes *b)
{
	while (bytes_left(b) >= FORMAT_RECORD_SIZE_MIN) {
		struct feature_build_id file;
		struct bytes entry = *b;
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
		file.path = bytes_str(&entry, bytes_left(&entry));
		if (entry.failed)
			continue;
		file.build_id = build_id_of(
			id, misc & FORMAT_MISC_BUILD_ID_SIZE ? id_size : BUILD_ID_MAX);
		vec_push(&f->build_ids, file);
	}
}

static bool has_written_id(const struct dso *dso)
{
	return dso->resolved && dso->build_id.size && dso->kind != DSO_ANON &&
	       dso->kind != DSO_BPF;
}

/* The files that samples hit, for perf: the mappings of most of them have no build id. */
static void build_ids_write(struct out *o, const struct feature_contents *contents)
{
	const struct dso_table *dsos = contents->dsos;
	const uint8_t zeros[FORMAT_STRING_ALIGN] = {0};
	const struct dso *dso;

	vec_each(dso, &dsos->items) {
		const char *path = strtab_str(dsos->strings, dso->path);
		/* perf calls the kernel "[kernel.kallsyms]", and its mapping
		 * "[kernel.kallsyms]_text". */
		size_t len = *path == '[' ? strcspn(path, "]") + 1 : strlen(path);
		size_t pad = FORMAT_STRING_ALIGN - len % FORMAT_STRING_ALIGN;
		bool is_kernel = dso->kind == DSO_KERNEL || dso->kind == DSO_MODULE;

		if (!has_written_id(dso) || len >= PATH_MAX)
			continue;
		out_put_u32(o, 0);
		out_put_u16(o, (is_kernel ? FORMAT_MISC_KERNEL : FORMAT_MISC_USER) |
				       FORMAT_MISC_BUILD_ID_SIZE);
		out_put_u16(o, narrow_u16(FORMAT_BUILD_ID_ENTRY + len + pad));
		out_put_u32(o, UINT32_MAX); /* of every process */
		out_write(o, dso->build_id.data, BUILD_ID_MAX);
		out_put_u32(o, dso->build_id.size);
		out_write(o, path, len);
		out_write(o, zeros, pad);
	}
}

/* Version, kind (zstd), level, ratio, room: as 'perf record -z' has it. */
static void compression_write(struct out *o, const struct feature_contents *contents)
{
	const struct feature_compression *c = contents->compression;
	const uint32_t fields[] = {1, 1, narrow_u32((uint64_t)c->level), c->ratio,
				   c->room_max};

	out_write(o, fields, sizeof(fields));
}

static void flame_write(struct out *o, const struct feature_contents *contents)
{
	flame_section_write(o, contents->info, contents->dsos);
}

/* One row for each feature that flame reads or writes, by ascending bits: sections have
 * that order. Functions may be NULL. */
static const struct feature {
	unsigned bit;
	void (*write)(struct out *o, const struct feature_contents *contents);
	void (*read_info)(struct run_info *info, struct bytes *b);
	void (*read_events)(struct event_features *f, struct bytes *b);
} features[] = {
	{.bit = FORMAT_FEATURE_BUILD_ID,
	 .write = build_ids_write,
	 .read_events = build_ids_read},
	{.bit = FORMAT_FEATURE_HOSTNAME,
	 .write = hostname_write,
	 .read_info = hostname_read},
	{.bit = FORMAT_FEATURE_OSRELEASE,
	 .write = os_release_write,
	 .read_info = os_release_read},
	{.bit = FORMAT_FEATURE_VERSION,
	 .write = version_write,
	 .read_info = version_read},
	{.bit = FORMAT_FEATURE_ARCH, .write = arch_write, .read_info = arch_read},
	{.bit = FORMAT_FEATURE_NRCPUS, .write = cpus_write, .read_info = cpus_read},
	{.bit = FORMAT_FEATURE_CPUDESC,
	 .write = cpu_model_write,
	 .read_info = cpu_model_read},
	{.bit = FORMAT_FEATURE_CMDLINE,
	 .write = command_write,
	 .read_info = command_read},
	{.bit = FORMAT_FEATURE_EVENT_DESC,
	 .write = event_names_write,
	 .read_events = event_names_read},
	{.bit = FORMAT_FEATURE_COMPRESSED, .write = compression_write},
	{.bit = FORMAT_FEATURE_SIMPLEPERF_META_INFO,
	 .read_info = simpleperf_version_read,
	 .read_events = simpleperf_events_read},
	{.bit = FORMAT_FEATURE_FLAME, .write = flame_write},
};

static const struct feature *feature_find(unsigned bit)
{
	for (size_t i = 0; i < array_size(features); i++)
		if (features[i].bit == bit)
			return &features[i];
	return NULL;
}

void features_read_events(struct event_features *f, unsigned bit, struct bytes section)
{
	const struct feature *feature = feature_find(bit);

	if (feature && feature->read_events)
		feature->read_events(f, &section);
}

int features_read_info(struct run_info *info, struct dso_table *dsos, unsigned bit,
		       struct bytes section, struct error *err)
{
	const struct feature *feature = feature_find(bit);

	/* The only one that may fail, and that has names of functions. */
	if (bit == FORMAT_FEATURE_FLAME)
		return flame_section_read(&section, info, dsos, err);
	if (feature && feature->read_info)
		feature->read_info(info, &section);
	return 0;
}

void features_read_names(struct dso_table *dsos, unsigned bit, struct bytes section)
{
	bool is_proto = bit == FORMAT_FEATURE_SIMPLEPERF_FILE2;

	if (is_proto || bit == FORMAT_FEATURE_SIMPLEPERF_FILE)
		file_names_read(dsos, section, is_proto);
}

static bool is_written(const struct feature *f, const struct feature_contents *contents)
{
	const struct dso *dso;

	if (f->bit == FORMAT_FEATURE_COMPRESSED)
		return contents->compression;
	if (f->bit != FORMAT_FEATURE_BUILD_ID)
		return f->write;
	vec_each(dso, &contents->dsos->items)
		if (has_written_id(dso))
			return true;
	return false;
}

/* Writes the table of sections and the sections, and sets their bits. */
static void sections_write(struct out *out, const struct feature_contents *contents,
			   uint64_t bits[FORMAT_FEATURE_BITS / 64])
{
	uint64_t table[array_size(features)][2] = {0};
	uint64_t table_at = out_pos(out);
	const struct feature *f = features, *end = features + array_size(features);
	size_t n = 0;

	for (; f < end; f++)
		n += is_written(f, contents);
	out_write(out, table, n * FORMAT_SECTION_SIZE);
	n = 0;
	for (f = features; f < end; f++) {
		if (!is_written(f, contents))
			continue;
		table[n][0] = out_pos(out);
		f->write(out, contents);
		table[n][1] = out_pos(out) - table[n][0];
		bits[f->bit / 64] |= (uint64_t)1 << f->bit % 64;
		n++;
	}
	out_patch(out, table_at, table, n * FORMAT_SECTION_SIZE);
}

void features_write(struct out *out, const struct feature_contents *contents)
{
	uint64_t bits[FORMAT_FEATURE_BITS / 64] = {0};

	sections_write(out, contents, bits);
	out_patch(out, FORMAT_HEADER_FEATURES_AT, bits, sizeof(bits));
}

void features_write_start(struct out *out, const struct feature_contents *contents)
{
	uint64_t bits[FORMAT_FEATURE_BITS / 64] = {0}, bits_at;

	out_write(out, FORMAT_START_MAGIC, FORMAT_MAGIC_SIZE);
	bits_at = out_pos(out);
	out_write(out, bits, sizeof(bits));
	sections_write(out, contents, bits);
	out_patch(out, bits_at, bits, sizeof(bits));
}
