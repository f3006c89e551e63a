#include "base/narrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void narrow_failed(const char *file, int line)
{
	char text[300];
	ssize_t ignored;

	snprintf(text, sizeof(text),
		 "flame: internal error: %s:%d: number out of range\n", file, line);
	ignored = write(STDERR_FILENO, text, strlen(text));
	(void)ignored;
	abort();
}
