#include "elf/keep/file_users.h"

#include "base/hashmap.h"
#include "base/narrow.h"

#include <assert.h>

#define NONE UINT32_MAX

enum {
	FIRST_HASHES = 256,
	USES_MAX = 4096, /* of a set; more are no program's libraries */
	/* Files that more processes have are libraries of the system: not looked for. */
	CHECKED_USERS_MAX = 4,
	COMPACT_MIN = 1024,
};

void file_users_init(struct file_users *u, struct fd_cache *files)
{
	*u = (struct file_users){.files = files, .free_set = NONE, .free_process = NONE};
	u->n_hashes = FIRST_HASHES;
	u->by_hash = mem_resize(NULL, u->n_hashes, sizeof(*u->by_hash));
	memset(u->by_hash, 0xff, u->n_hashes * sizeof(*u->by_hash));
}

void file_users_release(struct file_users *u)
{
	struct file_set *set;

	vec_each(set, &u->sets)
		vec_release(&set->uses);
	vec_release(&u->sets);
	vec_release(&u->processes);
	vec_release(&u->ended);
	vec_release(&u->unused);
	mem_free(u->by_hash);
}

static uint32_t *bucket_of(const struct file_users *u, uint32_t pid)
{
	return &u->by_hash[hash_u64(pid, 1) & (u->n_hashes - 1)];
}

static struct user_process *process_find(const struct file_users *u, uint32_t pid)
{
	for (uint32_t i = *bucket_of(u, pid); i != NONE; i = u->processes.items[i].next)
		if (u->processes.items[i].pid == pid)
			return &u->processes.items[i];
	return NULL;
}

static void buckets_grow(struct file_users *u)
{
	u->n_hashes *= 2;
	u->by_hash = mem_resize(u->by_hash, u->n_hashes, sizeof(*u->by_hash));
	memset(u->by_hash, 0xff, u->n_hashes * sizeof(*u->by_hash));
	for (uint32_t i = 0; i < u->processes.n; i++) {
		struct user_process *p = &u->processes.items[i];
		uint32_t *bucket = bucket_of(u, p->pid);

		if (!p->pid)
			continue;
		p->next = *bucket;
		*bucket = i;
	}
}

static uint32_t set_new(struct file_users *u, uint64_t since)
{
	uint32_t number = u->free_set;
	struct file_set *set;

	if (number == NONE) {
		number = narrow_u32(u->sets.n);
		set = vec_add(&u->sets);
	} else {
		set = &u->sets.items[number];
		u->free_set = set->next_free;
	}
	*set = (struct file_set){.n_owners = 1, .since = since};
	return number;
}

/* Adds a process with a set, which it takes. */
static struct user_process *process_add(struct file_users *u, uint32_t pid, uint32_t set)
{
	uint32_t number = u->free_process, *bucket;
	struct user_process *p;

	if (u->n_processes >= u->n_hashes)
		buckets_grow(u);
	if (number == NONE) {
		number = narrow_u32(u->processes.n);
		p = vec_add(&u->processes);
	} else {
		p = &u->processes.items[number];
		u->free_process = p->next;
	}
	bucket = bucket_of(u, pid);
	*p = (struct user_process){
		.pid = pid, .set = set, .previous = NONE, .next = *bucket};
	*bucket = number;
	u->n_processes++;
	return p;
}

static void process_remove(struct file_users *u, struct user_process *p)
{
	uint32_t number = narrow_u32((uint64_t)(p - u->processes.items)), *at;

	for (at = bucket_of(u, p->pid); *at != number;)
		at = &u->processes.items[*at].next;
	*at = p->next;
	*p = (struct user_process){.next = u->free_process};
	u->free_process = number;
	u->n_processes--;
}

static void file_unuse(struct file_users *u, struct fd_cache_ref ref, bool is_sampled)
{
	struct fd_cache_entry *file = fd_cache_at(u->files, ref);

	if (!file)
		return;
	assert(file->n_users > 0);
	file->is_sampled |= is_sampled;
	if (!--file->n_users)
		vec_push(&u->unused, ref);
}

static void set_disown(struct file_users *u, uint32_t number)
{
	struct file_set *set = &u->sets.items[number];
	const struct file_use *use;

	assert(set->n_owners > 0);
	if (--set->n_owners)
		return;
	vec_each(use, &set->uses)
		file_unuse(u, use->file, set->is_sampled);
	vec_release(&set->uses);
	set->next_free = u->free_set;
	u->free_set = number;
}

static void use_remove(struct file_users *u, struct file_set *set, size_t i)
{
	file_unuse(u, set->uses.items[i].file, set->is_sampled);
	set->uses.items[i] = set->uses.items[--set->uses.n];
}

static void use_add(struct file_users *u, uint32_t number, const struct file_use *added)
{
	struct file_set *set = &u->sets.items[number];
	struct fd_cache_entry *file = fd_cache_at(u->files, added->file);
	struct file_use *use;

	if (!file)
		return;
	set->last = added->time > set->last ? added->time : set->last;
	vec_each(use, &set->uses)
		if (use->file.at == added->file.at &&
		    use->file.serial == added->file.serial) {
			*use = *added;
			return;
		}
	if (set->uses.n == USES_MAX)
		use_remove(u, set, 0);
	vec_push(&set->uses, *added);
	file->n_users++;
}

/* Adds the uses of a set that are later than 'after' to another one. */
static void uses_copy(struct file_users *u, uint32_t from, uint32_t to, uint64_t after)
{
	for (size_t i = 0; i < u->sets.items[from].uses.n; i++) {
		const struct file_use use = u->sets.items[from].uses.items[i];

		if (!after || use.time > after)
			use_add(u, to, &use);
	}
}

/* Makes a set that only this process has. */
static uint32_t own_set(struct file_users *u, struct user_process *p)
{
	uint32_t shared = p->set;

	if (u->sets.items[shared].n_owners == 1)
		return shared;
	p->set = set_new(u, u->sets.items[shared].since);
	u->sets.items[p->set].is_sampled = u->sets.items[shared].is_sampled;
	uses_copy(u, shared, p->set, 0);
	set_disown(u, shared);
	return p->set;
}

void file_users_map(struct file_users *u, uint32_t pid, const struct fd_cache_entry *file,
		    uint64_t addr, uint64_t len, uint64_t time)
{
	const struct file_use use = {.file = fd_cache_ref(u->files, file),
				     .addr = addr,
				     .len = len,
				     .time = time};
	struct user_process *p = process_find(u, pid);

	if (!p)
		p = process_add(u, pid, set_new(u, time));
	use_add(u, own_set(u, p), &use);
}

bool file_users_has(const struct file_users *u, uint32_t pid,
		    const struct fd_cache_entry *file)
{
	const struct fd_cache_ref ref = fd_cache_ref(u->files, file);
	const struct user_process *p = process_find(u, pid);
	const struct file_set *set = p ? &u->sets.items[p->set] : NULL;
	const struct file_use *last = set ? vec_last(&set->uses) : NULL;

	return last && last->file.at == ref.at && last->file.serial == ref.serial;
}

static void ended_push(struct file_users *u, const struct ended_program *e)
{
	if (u->first_ended > COMPACT_MIN && u->first_ended > u->ended.n / 2) {
		u->ended.n -= u->first_ended;
		memmove(u->ended.items, u->ended.items + u->first_ended,
			u->ended.n * sizeof(*u->ended.items));
		u->first_ended = 0;
	}
	vec_push(&u->ended, *e);
}

/* Gives the process a set with the files that it mapped after 'time'. */
static void program_end(struct file_users *u, struct user_process *p, uint64_t time,
			uint64_t now)
{
	uint32_t before = p->set;

	p->set = set_new(u, time);
	p->previous = before;
	p->is_ending = false;
	if (time && u->sets.items[before].last > time)
		uses_copy(u, before, p->set, time);
	ended_push(u, &(struct ended_program){.pid = p->pid, .set = before, .at = now});
}

void file_users_fork(struct file_users *u, uint32_t pid, uint32_t parent, uint64_t time,
		     uint64_t now)
{
	const struct user_process *from = process_find(u, parent);
	uint32_t set = from ? from->set : NONE;
	struct user_process *p = process_find(u, pid);

	if (p)
		program_end(u, p, time, now);
	if (set == NONE)
		return;
	if (p && u->sets.items[p->set].uses.n) {
		uses_copy(u, set, p->set, 0);
		return;
	}
	u->sets.items[set].n_owners++;
	if (p) {
		set_disown(u, p->set);
		p->set = set;
	} else {
		process_add(u, pid, set);
	}
}

void file_users_exec(struct file_users *u, uint32_t pid, uint64_t time, uint64_t now)
{
	struct user_process *p = process_find(u, pid);

	if (p)
		program_end(u, p, time, now);
}

void file_users_exit(struct file_users *u, uint32_t pid, uint64_t now)
{
	struct user_process *p = process_find(u, pid);

	if (!p || p->is_ending)
		return;
	p->is_ending = true;
	ended_push(u, &(struct ended_program){
			      .pid = pid, .set = p->set, .at = now, .is_exit = true});
}

void file_users_sample(struct file_users *u, uint32_t pid, uint64_t time)
{
	const struct user_process *p = process_find(u, pid);
	struct file_set *set;

	if (!p)
		return;
	set = &u->sets.items[p->set];
	if (set->since > time && p->previous != NONE)
		set = &u->sets.items[p->previous];
	set->is_sampled = true;
}

bool file_users_take_ended(struct file_users *u, uint64_t time, struct ended_program *e)
{
	if (u->first_ended == u->ended.n || u->ended.items[u->first_ended].at > time)
		return false;
	*e = u->ended.items[u->first_ended++];
	if (u->first_ended == u->ended.n)
		u->first_ended = u->ended.n = 0;
	return true;
}

void file_users_end(struct file_users *u, const struct ended_program *e, bool is_alive,
		    uint64_t now)
{
	struct user_process *p = process_find(u, e->pid);

	if (!e->is_exit) {
		if (p && p->previous == e->set)
			p->previous = NONE;
		set_disown(u, e->set);
		return;
	}
	if (!p || !p->is_ending)
		return;
	p->is_ending = false;
	if (is_alive) {
		file_users_exit(u, e->pid, now);
		return;
	}
	set_disown(u, p->set);
	process_remove(u, p);
}

static bool is_checked(const struct file_users *u, const struct file_use *use,
		       struct use_check *check)
{
	const struct fd_cache_entry *file = fd_cache_at(u->files, use->file);

	if (!file || file->fd < 0 || file->n_users > CHECKED_USERS_MAX)
		return false;
	check->file = use->file;
	check->mapping.addr = use->addr;
	check->mapping.len = use->len;
	check->mapping.dso = file->identity;
	return true;
}

size_t file_users_checks(struct file_users *u, struct use_check *checks, size_t most)
{
	size_t n = 0;

	for (size_t seen = 0; seen < u->processes.n && n < most; seen++) {
		const struct user_process *p;
		const struct file_set *set;
		size_t first = n;

		u->next_check = (u->next_check + 1) % u->processes.n;
		p = &u->processes.items[u->next_check];
		if (!p->pid || p->is_ending)
			continue;
		set = &u->sets.items[p->set];
		for (size_t i = 0; i < set->uses.n && n < most && set->n_owners == 1;
		     i++) {
			checks[n] = (struct use_check){.mapping.pid = p->pid};
			n += is_checked(u, &set->uses.items[i], &checks[n]);
		}
		if (n == first)
			checks[n++] = (struct use_check){.mapping.pid = p->pid};
	}
	return n;
}

static void use_settle(struct file_users *u, const struct use_check *check, uint64_t now,
		       uint64_t grace)
{
	const struct user_process *p = process_find(u, check->mapping.pid);
	struct file_set *set = p ? &u->sets.items[p->set] : NULL;

	for (size_t i = 0; set && set->n_owners == 1 && i < set->uses.n; i++) {
		struct file_use *use = &set->uses.items[i];

		if (use->file.at != check->file.at ||
		    use->file.serial != check->file.serial ||
		    use->addr != check->mapping.addr)
			continue;
		if (!check->mapping.is_gone)
			use->doubted_from = 0;
		else if (!use->doubted_from)
			use->doubted_from = now;
		else if (now - use->doubted_from >= grace)
			use_remove(u, set, i);
		return;
	}
}

void file_users_settle(struct file_users *u, const struct use_check *checks, size_t n,
		       uint64_t now, uint64_t grace)
{
	for (size_t i = 0; i < n; i++) {
		const struct mapping_check *mapping = &checks[i].mapping;

		if (mapping->is_process_gone)
			file_users_exit(u, mapping->pid, now);
		else if (mapping->len)
			use_settle(u, &checks[i], now, grace);
	}
}
