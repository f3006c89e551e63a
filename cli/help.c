#include "cli/help.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/help_pages.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Columns: the option's names start at 2 or 6, its meaning at MEANING. */
enum { WIDTH = 80, MEANING = 22 };

static const char *page_text(const char *name)
{
	const struct help_page *page = help_pages;

	while (page->name && strcmp(page->name, name) != 0)
		page++;
	assert(page->name);
	return page->text;
}

/* Prints 'text' word by word, from column 'column' on, in lines that begin at MEANING. */
static void print_wrapped(const char *text, int column)
{
	if (column >= MEANING) {
		putchar('\n');
		column = 0;
	}
	printf("%*s", MEANING - column, "");
	column = MEANING;
	while (*text) {
		int len = (int)strcspn(text, " ");
		bool is_first = column == MEANING;

		if (!is_first && column + 1 + len >= WIDTH) {
			printf("\n%*s", MEANING, "");
			column = MEANING;
			is_first = true;
		}
		column += printf("%s%.*s", is_first ? "" : " ", len, text);
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static int print_names(const struct option_spec *spec)
{
	int column;

	if (!spec->letter)
		column = printf("      ");
	else if (spec->is_optional)
		column = printf("  -%c[%s], ", spec->letter, spec->value);
	else
		column = printf("  -%c, ", spec->letter);
	column += printf("--%s", spec->name);
	if (spec->is_optional)
		column += printf("[=%s]", spec->value);
	else if (spec->value)
		column += printf(" %s", spec->value);
	return column;
}

static void print_option(const struct option_spec *spec)
{
	int column = print_names(spec);
	scoped(mem_release) char *meaning =
		spec->alias ? mem_format("%s (also --%s)", spec->meaning, spec->alias)
			    : mem_str(spec->meaning, strlen(spec->meaning));

	print_wrapped(meaning, column);
}

static void print_options(const struct option_group *groups)
{
	for (const struct option_group *g = groups; g->specs; g++) {
		printf("%s%s:\n", g == groups ? "" : "\n", g->title);
		for (const struct option_spec *spec = g->specs; spec->name; spec++)
			if (spec->meaning && !option_is_hidden(groups, g, spec))
				print_option(spec);
	}
}

static void print_commands(void)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		printf("    %-9s %s\n", command->name, command->summary);
}

static bool is_line(const char *line, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

/* A line "@options" or "@commands" of the page stands for the list. */
static void print_page(const char *text, const struct option_group *groups)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (is_line(text, len, "@options"))
			print_options(groups);
		else if (is_line(text, len, "@commands"))
			print_commands();
		else
			printf("%.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void help_print(const struct command *command)
{
	print_page(page_text(command->name), command->groups);
}

void help_print_overview(void)
{
	print_page(page_text("overview"), NULL);
}
