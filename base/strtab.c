#include "base/strtab.h"

#include "base/narrow.h"

#include <assert.h>
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
	const struct strtab_entry *entries = t->entries.items;
	struct strtab_entry *entry;
	uint64_t hash;
	str_id id;

	/* No bytes may be anywhere. */
	if (!len)
		s = "";
	len = strnlen(s, len);
	hash = hash_bytes(s, len, 0);
	id = hashmap_find(&t->by_hash, hash, i,
			  entries[i].len == len && memcmp(entries[i].text, s, len) == 0);
	if (id != HASHMAP_NONE)
		return id;
	id = narrow_u32(t->entries.n);
	entry = vec_add(&t->entries);
	entry->text = arena_str(&t->text, s, len);
	entry->len = narrow_u32(len);
	hashmap_put(&t->by_hash, hash, id);
	return id;
}

str_id strtab_add(struct strtab *t, const char *s)
{
	return strtab_add_len(t, s, strlen(s));
}

const char *strtab_str(const struct strtab *t, str_id id)
{
	assert(id < t->entries.n);
	return t->entries.items[id].text;
}

size_t strtab_len(const struct strtab *t, str_id id)
{
	assert(id < t->entries.n);
	return t->entries.items[id].len;
}
