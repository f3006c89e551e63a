#include "base/strtab.h"

#include <string.h>

void strtab_init(struct strtab *t)
{
	*t = (struct strtab){0};
	strtab_add(t, "");
}

void strtab_release(struct strtab *t)
{
	arena_release(&t->text);
	hashmap_release(&t->by_hash);
	vec_release(&t->entries);
}

str_id strtab_add_len(struct strtab *t, const char *s, size_t len)
{
	struct hashmap_probe probe;
	struct strtab_entry *entry;
	uint64_t hash;
	uint32_t id;

	len = strnlen(s, len);
	hash = hash_bytes(s, len, 0);
	for (id = hashmap_first(&probe, &t->by_hash, hash); id != HASHMAP_NONE;
	     id = hashmap_next(&probe)) {
		entry = &t->entries.items[id];
		if (entry->len == len && memcmp(entry->text, s, len) == 0)
			return id;
	}
	id = (uint32_t)t->entries.n;
	entry = vec_add(&t->entries);
	entry->text = arena_str(&t->text, s, len);
	entry->len = (uint32_t)len;
	hashmap_put(&t->by_hash, hash, id);
	return id;
}

str_id strtab_add(struct strtab *t, const char *s)
{
	return strtab_add_len(t, s, strlen(s));
}

const char *strtab_str(const struct strtab *t, str_id id)
{
	return t->entries.items[id].text;
}

size_t strtab_len(const struct strtab *t, str_id id)
{
	return t->entries.items[id].len;
}
