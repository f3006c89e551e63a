/* The text files of cli/help/, compiled into the program (embed.cmake). */
#pragma once

struct help_page {
	/* The file's name without folder and extension. NULL ends the table. */
	const char *name;
	const char *text;
};

extern const struct help_page help_pages[];
