#include "symbolize/kernel_names.h"

void kernel_names_init(struct kernel_names *k, const char *path, bool is_live)
{
	*k = (struct kernel_names){.path = path, .is_live = is_live};
	mutex_init(&k->lock);
}

void kernel_names_release(struct kernel_names *k)
{
	pthread_mutex_destroy(&k->lock);
	kallsyms_release(&k->kallsyms);
}

static const struct kallsyms *read_once(struct kernel_names *k)
{
	pthread_mutex_lock(&k->lock);
	if (!k->was_read) {
		k->was_read = true;
		if (kallsyms_read(&k->kallsyms, k->path, &k->error) == 0 &&
		    k->kallsyms.hidden)
			error_set(&k->error,
				  "kernel names are hidden: /proc/kallsyms needs "
				  "CAP_SYSLOG and a kernel.kptr_restrict of 0 or 1");
	}
	pthread_mutex_unlock(&k->lock);
	return *k->error.text ? NULL : &k->kallsyms;
}

static bool is_other_kernel(const struct dso *dso)
{
	struct build_id running;

	return dso->build_id.size && !(kallsyms_build_id("/sys/kernel/notes", &running) &&
				       build_id_same(&running, &dso->build_id));
}

/* The same kernel may have been loaded elsewhere since. */
static bool is_in_place(const struct kallsyms *k, const struct dso *dso,
			const struct mapping *m)
{
	if (m->start != k->text && m->start != k->stext)
		return false;
	/* perf leaves the build id out of what it compresses or sends through a pipe. Text that
	 * ends at the very same byte is no other kernel's. */
	return dso->build_id.size || (k->etext && m->end == k->etext);
}

struct symbol_table *kernel_names_all(struct kernel_names *k, const struct dso *dso,
				      const struct mapping *m)
{
	const struct kallsyms *found;

	if (!k->is_live && (!m || is_other_kernel(dso)))
		return NULL;
	found = read_once(k);
	if (!found || (!k->is_live && !is_in_place(found, dso, m)))
		return NULL;
	return found->symbols;
}

struct symbol_table *kernel_names_module(struct kernel_names *k, const char *module)
{
	const struct kallsyms *found = k->is_live ? read_once(k) : NULL;

	return found ? kallsyms_module(found, module) : NULL;
}
