#include "render/svg/svg_head.h"

#include "render/box_label.h"
#include "render/number.h"
#include "render/palette.h"
#include "render/svg/svg_lines.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_COLUMNS = 45, COMMAND_COLUMNS = 80 };

/* Shortens a text of the recording in the middle to NAME_COLUMNS. */
static const char *shortened(char to[BOX_LABEL_MAX], const char *text)
{
	box_label_fit_middle(to, text, NAME_COLUMNS);
	return to;
}

char *svg_head_title(const struct run_info *c)
{
	char host[BOX_LABEL_MAX];

	if (!c->hostname || !*c->hostname)
		return mem_str("Flame graph", strlen("Flame graph"));
	return mem_format("Flame graph of %s", shortened(host, c->hostname));
}

static void line_add_circumstances(struct svg_line *facts, const struct run_info *c)
{
	char n[NUMBER_MAX], text[BOX_LABEL_MAX], arch[BOX_LABEL_MAX];

	if (c->start)
		svg_line_add(facts, false, "%s", number_date(n, c->start));
	if (c->duration)
		svg_line_add(facts, false, "%s", number_duration(n, c->duration));
	if (c->frequency && c->event)
		svg_line_add(facts, false, "%s at %" PRIu64 " Hz",
			     shortened(text, c->event), c->frequency);
	else if (c->event)
		svg_line_add(facts, false, "%s", shortened(text, c->event));
	if (c->frequency_lowest)
		svg_line_add(facts, true,
			     "rate lowered to %" PRIu64 " Hz, %" PRIu64 " Hz on average",
			     c->frequency_lowest, c->frequency_mean);
	if (c->copy_least)
		svg_line_add(facts, true, "stack copies shortened to %" PRIu64 " bytes",
			     c->copy_least);
	if (c->cpus)
		svg_line_add(facts, false, "%" PRIu32 " %s", c->cpus,
			     c->cpus == 1 ? "CPU" : "CPUs");
	if (c->online && c->duration)
		svg_line_add(facts, true, "%.2f CPUs online on average",
			     (double)c->online / (double)c->duration);
	if (c->os_release)
		svg_line_add(facts, false, "Linux %s%s%s", shortened(text, c->os_release),
			     c->arch ? " " : "", c->arch ? shortened(arch, c->arch) : "");
	if (c->command && box_label_fit_middle(text, c->command, COMMAND_COLUMNS))
		svg_line_add(facts, false, "%s", text);
}

/* Adds "12 samples lost (0.1%)", as a warning if the part is more than 1 % of the
 * whole. */
static void line_add_part(struct svg_line *facts, uint64_t part, uint64_t whole,
			  const char *name)
{
	char n[NUMBER_MAX], share[NUMBER_MAX];

	svg_line_add(facts, part > whole / 100, "%s %s (%s%%)", number_grouped(n, part),
		     name, number_share(share, part, whole));
}

static void line_add_quality(struct svg_line *facts, const struct run_info *c,
			     uint64_t total)
{
	char n[NUMBER_MAX], share[NUMBER_MAX], unit[BOX_LABEL_MAX];

	svg_line_add(facts, false, "%s %s", number_grouped(n, total),
		     shortened(unit, run_info_unit(c, total)));
	if (c->busy + c->idle) {
		svg_line_add(facts, false, "CPUs busy %s%%",
			     number_share(n, c->busy, c->busy + c->idle));
		svg_line_add(facts, false, "idle %s%%",
			     number_share(n, c->idle, c->busy + c->idle));
	}
	if (c->stolen > (c->busy + c->idle) / 100)
		svg_line_add(facts, true, "%s of CPU time stolen by the host",
			     number_duration(n, c->stolen));
	if (c->idle_samples && total + c->idle_samples <= c->samples)
		svg_line_add(facts, false, "%s samples of idle CPUs left out",
			     number_grouped(n, c->idle_samples));
	if (c->lost)
		line_add_part(facts, c->lost, c->samples + c->lost, "samples lost");
	else if (c->samples)
		svg_line_add(facts, false, "none lost");
	if (c->unverified_files)
		svg_line_add(facts, true, "files not verified: %s",
			     number_grouped(n, c->unverified_files));
	if (c->lost_side_band)
		svg_line_add(facts, true, "%s records of processes lost",
			     number_grouped(n, c->lost_side_band));
	if (c->lost_aux)
		svg_line_add(facts, true, "trace data lost %s times",
			     number_grouped(n, c->lost_aux));
	if (c->text_pokes)
		svg_line_add(facts, false, "kernel code changed %s times",
			     number_grouped(n, c->text_pokes));
	if (c->aux_bytes)
		svg_line_add(facts, true, "%s bytes of trace data are not shown",
			     number_grouped(n, c->aux_bytes));
	if (c->throttled)
		svg_line_add(facts, true, "throttled %s times",
			     number_grouped(n, c->throttled));
	if (c->unknown_samples)
		svg_line_add(facts, c->unknown_samples > total / 20,
			     "%s%% without a name",
			     number_share(share, c->unknown_samples, total));
	if (c->truncated_samples)
		line_add_part(facts, c->truncated_samples, total, "stacks truncated");
	if (c->broken_samples)
		line_add_part(facts, c->broken_samples, total, "stacks broken");
}

/* Writes a swatch with its name for each kind of code in the profile. Returns the next
 * line's y. */
static unsigned write_legend(struct out *o, const struct svg_picture *pic, unsigned y)
{
	const char *last = NULL;
	unsigned x = SVG_MARGIN;

	out_str(o, "<g id=\"legend\">\n");
	for (unsigned kind = 0; kind < FRAME_KINDS; kind++) {
		const char *label = palette_kind_label(pic->palette, kind);
		unsigned room = 30 + (unsigned)strlen(label) * SVG_LINE_LETTER;

		if (!(pic->kinds & 1u << kind) || label == last)
			continue;
		last = label;
		if (x > SVG_MARGIN && x + room > pic->width - SVG_MARGIN) {
			x = SVG_MARGIN;
			y += SVG_LINE_HEIGHT;
		}
		out_printf(o,
			   "<rect class=\"k%u1\" x=\"%u\" y=\"%u\" width=\"14\" "
			   "height=\"11\" fill=\"%s\"/>"
			   "<text class=\"mu\" x=\"%u\" y=\"%u\" fill=\"%s\">%s</text>\n",
			   kind, x, y - 10, palette_colour(pic->palette, kind, 1)->light,
			   x + 19, y, palette_muted.light, label);
		x += room;
	}
	out_str(o, "</g>\n");
	return y + SVG_LINE_HEIGHT;
}

unsigned svg_head_write(struct out *o, const struct svg_picture *pic)
{
	struct svg_line subtitle = {0}, circumstances = {0}, quality = {0};
	unsigned y = SVG_TITLE_HEIGHT + 14;

	if (pic->subtitle)
		svg_line_add(&subtitle, false, "%s", pic->subtitle);
	line_add_circumstances(&circumstances, pic->run_info);
	line_add_quality(&quality, pic->run_info, pic->layout->nodes.items[0].count);
	out_printf(o, "<g id=\"head\" font-family=\"sans-serif\" font-size=\"%d\">\n",
		   SVG_LINE_SIZE);
	svg_lines_title(o, pic);
	y = svg_line_write(o, &subtitle, pic->width, y);
	y = svg_line_write(o, &circumstances, pic->width, y);
	y = svg_line_write(o, &quality, pic->width, y);
	y = write_legend(o, pic, y + 4);
	out_str(o, "</g>\n");
	return y;
}
