#include "elf/dso_mark.h"

#include "base/hashmap.h"

#include <string.h>

uint64_t dso_mark_key(const struct dso *dso, const char *path)
{
	uint64_t key = hash_bytes(path, strlen(path), dso->inode);

	key = hash_bytes(dso->build_id.data, dso->build_id.size, key);
	return key ? key : 1;
}

struct dso_mark dso_mark_begin(struct file_marks *marks, const struct dso *dso,
			       const char *path)
{
	struct dso_mark mark = {.marks = marks};

	if (marks)
		mark.number = file_marks_begin(marks, dso_mark_key(dso, path), path);
	return mark;
}

void dso_mark_end(struct dso_mark *mark)
{
	if (mark->marks)
		file_marks_end(mark->marks, mark->number);
}

bool dso_mark_forbids(const struct file_marks *marks, const struct dso *dso,
		      const char *path)
{
	return marks && file_marks_forbids(marks, dso_mark_key(dso, path));
}
