#include "cli/help.h"

#include "base/scoped.h"
#include "cli/command.h"
#include "cli/help_pages.h"
#include "options/option_help.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *page_text(const char *name)
{
	const struct help_page *page = help_pages;

	while (page->name && strcmp(page->name, name) != 0)
		page++;
	assert(page->name);
	return page->text;
}

static void commands_write(struct out *out)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		out_printf(out, "    %-9s %s\n", command->name, command->summary);
}

static bool is_line(const char *line, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

/* A line "@options" or "@commands" of the page stands for the list. */
static void print_page(const char *text, const struct option_group *groups)
{
	scoped(out_free) struct out *page = out_memory();

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (is_line(text, len, "@options"))
			option_help_write(page, groups);
		else if (is_line(text, len, "@commands"))
			commands_write(page);
		else
			out_printf(page, "%.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
	fwrite(out_data(page), 1, (size_t)out_pos(page), stdout);
}

void help_print(const struct command *command)
{
	print_page(page_text(command->name), command->groups);
}

void help_print_overview(void)
{
	print_page(page_text("overview"), NULL);
}
