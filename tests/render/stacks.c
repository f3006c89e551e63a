#include "tests/render/stacks.h"

#include "base/scoped.h"
#include "render/svg/svg.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *suffix;
	enum frame_kind kind;
} suffixes[] = {
	{"_[k]", FRAME_KERNEL}, {"_[m]", FRAME_MODULE}, {"_[l]", FRAME_LIBRARY},
	{"_[j]", FRAME_JIT},	{"_[i]", FRAME_USER},
};

static frame_id frame_of(struct profile *p, char *text, bool is_root)
{
	struct frame f = {.kind = is_root ? FRAME_ROOT : FRAME_USER};
	char *tab = strchr(text, '\t');
	size_t len = tab ? (size_t)(tab - text) : strlen(text);

	if (!is_root && *text == '[')
		f.kind = FRAME_UNKNOWN;
	for (size_t i = 0; !is_root && i < array_size(suffixes); i++) {
		if (len <= 4 || memcmp(text + len - 4, suffixes[i].suffix, 4) != 0)
			continue;
		f.kind = suffixes[i].kind;
		f.is_inlined = suffixes[i].suffix[2] == 'i';
		len -= 4;
		break;
	}
	f.name = strtab_add_len(&p->strings, text, len);
	f.object = tab ? strtab_add(&p->strings, tab + 1) : 0;
	return frame_add(&p->frames, &f);
}

void stacks_add(struct profile *p, char *line, uint64_t weight)
{
	char *space = strrchr(line, ' ');
	node_id node = PROFILE_ROOT;
	uint64_t count;

	if (!space)
		return;
	*space = '\0';
	count = strtoull(space + 1, NULL, 10);
	for (char *next = line; next;) {
		char *text = strsep(&next, ";");

		node = profile_child(p, node, frame_of(p, text, node == PROFILE_ROOT));
	}
	profile_add(p, node, count, count * weight);
}

void stacks_profile(struct profile *p, const char *const *lines)
{
	profile_init(p);
	for (; *lines; lines++) {
		char *line = mem_str(*lines, strlen(*lines));

		stacks_add(p, line, 0);
		mem_free(line);
	}
}

struct run_info stacks_conditions(uint64_t samples)
{
	return (struct run_info){
		.hostname = "web1.example.org",
		.os_release = "6.1.0-50-amd64",
		.arch = "x86_64",
		.command = "flame record -a -F 99 30",
		.event = "cpu-clock",
		.frequency = 99,
		.cpus = 8,
		.start = 1795230865 * UINT64_C(1000000000),
		.duration = 30012 * UINT64_C(1000000),
		.busy = 180 * UINT64_C(1000000000),
		.idle = 60 * UINT64_C(1000000000),
		.samples = samples + samples / 3,
		.idle_samples = samples / 3,
		.lost = 12,
		.unknown_samples = samples / 12,
		.weight_is_time = true,
	};
}

struct run_info stacks_all_facts(void)
{
	struct run_info c = stacks_conditions(1000);

	c.cpu_model = "Some CPU @ 3 GHz";
	c.unit = "pages";
	c.own_cpu = 1;
	c.throttled = 3;
	c.truncated_samples = 6;
	c.broken_samples = 7;
	return c;
}

const char *const stacks_of_all_kinds[] = {
	"nginx;main;inlined_[i];read_[l]\tlibc.so.6;vfs_read_[k] 30",
	"nginx;main;inlined_[i] 5",
	"nginx;main 10",
	"nginx 1",
	"php-fpm8.2;zend_[j];zend_[j];[unknown opcache.so]\topcache.so 300000000000",
	"php-fpm8.2;nf_hook_[m]\tnf_tables;main 2",
	NULL};

struct out *stacks_picture(const struct profile *p, const struct run_info *c)
{
	struct out *o = out_memory();

	svg_write(o, p, c, &(struct svg_options){0});
	return o;
}
