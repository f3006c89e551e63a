#include "record/map_query.h"

#include "base/narrow.h"

#include <errno.h>
#include <sys/ioctl.h>

/* struct procmap_query of include/uapi/linux/fs.h; older headers lack it. */
struct query {
	uint64_t size, flags, addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor;
	uint32_t name_size, build_id_size;
	uint64_t name_addr, build_id_addr;
};

#define QUERY _IOWR('f', 17, struct query)

static struct build_id kernel_ask(struct map_query *q, int maps_fd, uint64_t addr)
{
	uint8_t data[BUILD_ID_MAX];
	struct query query = {
		.size = sizeof(query),
		.addr = addr,
		.build_id_size = sizeof(data),
		.build_id_addr = (uintptr_t)data,
	};

	if (ioctl(maps_fd, QUERY, &query) == 0)
		return build_id_of(data, query.build_id_size);
	q->is_refused = errno == ENOTTY;
	return (struct build_id){0};
}

static bool is_same_file(const struct map_answer *a, const struct map_answer *b)
{
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode;
}

struct build_id map_query_build_id(struct map_query *q, int maps_fd, uint64_t addr,
				   uint32_t major, uint32_t minor, uint64_t inode)
{
	struct map_answer answer = {major, minor, inode, {0}};
	uint64_t hash = hash_u64(inode, (uint64_t)major << 32 | minor);
	uint32_t known = hashmap_find(&q->by_file, hash, i,
				      is_same_file(&q->answers.items[i], &answer));

	if (known != HASHMAP_NONE)
		return q->answers.items[known].build_id;
	if (q->is_refused)
		return answer.build_id;
	answer.build_id = kernel_ask(q, maps_fd, addr);
	hashmap_put(&q->by_file, hash, narrow_u32(q->answers.n));
	vec_push(&q->answers, answer);
	return answer.build_id;
}

void map_query_release(struct map_query *q)
{
	hashmap_release(&q->by_file);
	vec_release(&q->answers);
}
