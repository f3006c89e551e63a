/* Any bytes as the feature sections of a recording: each a byte with its bit, a u16 with
 * its size, and so many bytes. Bit 0 of the first byte is the byte order. flame's own
 * section must come back as it was read. */
#include "base/scoped.h"
#include "record/data/features.h"
#include "record/data/flame_section.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { EVENTS = 4 };

struct facts {
	struct run_info run_info;
	struct strtab strings;
	struct dso_table dsos;
};

/* Files that the sections may name. */
static void init(struct facts *f)
{
	static const char *const paths[] = {"/a", "/a", "TemporaryFile-a", "[k]_text"};

	*f = (struct facts){0};
	strtab_init(&f->strings);
	dso_table_init(&f->dsos, &f->strings);
	for (size_t i = 0; i < array_size(paths); i++)
		dso_add(&f->dsos, &(struct dso){.path = strtab_add(&f->strings, paths[i]),
						.inode = i + 1});
}

static void release(struct facts *f)
{
	dso_table_release(&f->dsos);
	strtab_release(&f->strings);
	run_info_release(&f->run_info);
}

/* Only names that were hit are written. */
static void hit_all(struct dso_table *dsos)
{
	struct dso *dso;

	vec_each(dso, &dsos->items) {
		struct symbol *symbol;

		if (dso->names)
			vec_each(symbol, &dso->names->items)
				symbol->hit = true;
	}
}

static void require_same(const struct out *a, const struct out *b)
{
	require(out_pos(a) == out_pos(b));
	require(memcmp(out_data(a), out_data(b), out_pos(a)) == 0);
}

static void write_and_read(struct facts *f)
{
	struct out *first = out_memory(), *second = out_memory();
	struct facts again;
	struct error err;
	struct bytes b;

	hit_all(&f->dsos);
	flame_section_write(first, &f->run_info, &f->dsos);
	init(&again);
	b = bytes_of(out_data(first), out_pos(first));
	require(flame_section_read(&b, &again.run_info, &again.dsos, &err) == 0);
	require(!bytes_left(&b));
	hit_all(&again.dsos);
	flame_section_write(second, &again.run_info, &again.dsos);
	require_same(first, second);
	release(&again);
	out_free(&first);
	out_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode_event events[EVENTS] = {0};
	struct arena text = {0};
	struct event_features features = {
		.events = events, .n_events = EVENTS, .text = &text};
	const struct feature_build_id *known;
	struct bytes b = bytes_of(data, size);
	struct facts f;
	struct error err;

	b.swapped = bytes_u8(&b) & 1;
	init(&f);
	while (bytes_left(&b)) {
		unsigned bit = bytes_u8(&b);
		uint16_t want = bytes_u16(&b);
		size_t len = want < bytes_left(&b) ? want : bytes_left(&b);
		struct bytes section = bytes_sub(&b, len);

		features_read_events(&features, bit, section);
		features_read_names(&f.dsos, bit, section);
		(void)features_read_info(&f.run_info, &f.dsos, bit, section, &err);
	}
	vec_each(known, &features.build_ids) {
		require(known->build_id.size <= BUILD_ID_MAX);
		require(strlen(known->path) < size);
	}
	for (size_t i = 0; i < EVENTS; i++)
		require(*decode_event_name(&events[i]));
	write_and_read(&f);
	vec_release(&features.build_ids);
	arena_release(&text);
	release(&f);
	return 0;
}
