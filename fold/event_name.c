#include "fold/event_name.h"

#include <string.h>

static bool begins(const char *text, size_t text_len, const char *name)
{
	size_t len = strlen(name);

	return len && len <= text_len && memcmp(text, name, len) == 0 &&
	       (len == text_len || text[len] == ':' || text[len] == '/');
}

size_t event_name_base_len(const char *full_name, size_t len)
{
	size_t at = len;

	while (at && full_name[at - 1] && strchr("ukhGHpPSDIWeb", full_name[at - 1]))
		at--;
	return at > 1 && at < len && full_name[at - 1] == ':' ? at - 1 : len;
}

bool event_name_fits(const char *full_name, size_t len, const char *name)
{
	size_t base = event_name_base_len(full_name, len);
	const char *colon = memchr(full_name, ':', base);

	if (begins(full_name, len, name))
		return true;
	return colon && begins(colon + 1, len - (size_t)(colon + 1 - full_name), name);
}
