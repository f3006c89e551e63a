#include "symbolize/kernel_names.h"

#include "symbolize/dso_files.h"
#include "symbolize/dso_label.h"

void kernel_names_init(struct kernel_names *k, const char *path, bool is_live,
		       enum hidden_kernel hidden)
{
	*k = (struct kernel_names){.path = path, .is_live = is_live, .hidden = hidden};
	mutex_init(&k->lock);
}

void kernel_names_release(struct kernel_names *k)
{
	pthread_mutex_destroy(&k->lock);
	kallsyms_release(&k->kallsyms);
	kernel_files_release(&k->files);
}

static const char *hidden_text(enum hidden_kernel why)
{
	static const char *const texts[] = {
		[KERNEL_SHOWN] =
			"kernel functions have no names: /proc/kallsyms shows no "
			"addresses",
		[KERNEL_HIDDEN_FROM_ALL] = "kernel functions have no names: "
					   "kernel.kptr_restrict is 2, which "
					   "hides addresses from root, too; 'sudo sysctl "
					   "kernel.kptr_restrict=1' shows them to root",
		[KERNEL_HIDDEN_BY_KPTR] =
			"kernel functions have no names: kernel.kptr_restrict is 1 and "
			"CAP_SYSLOG is missing; record with sudo, or start the container "
			"with '--cap-add=SYSLOG'",
		[KERNEL_HIDDEN_BY_PARANOID] =
			"kernel functions have no names: kernel.perf_event_paranoid is 2 "
			"or "
			"more and CAP_SYSLOG is missing; record with sudo, or start the "
			"container with '--cap-add=SYSLOG'",
		[KERNEL_HIDDEN_FROM_NAMESPACE] =
			"kernel functions have no names: CAP_SYSLOG of a user namespace "
			"(rootless container) does not count; record on the host with "
			"sudo",
	};

	return texts[why];
}

static const struct kallsyms *read_once(struct kernel_names *k)
{
	pthread_mutex_lock(&k->lock);
	if (!k->was_read) {
		k->was_read = true;
		if (kallsyms_read(&k->kallsyms, k->path, &k->error) == 0 &&
		    k->kallsyms.hidden)
			error_set(&k->error, "%s", hidden_text(k->hidden));
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

/* The same kernel may have been loaded at another address since. */
static bool is_at_same_address(const struct kallsyms *k, const struct dso *dso,
			       const struct mapping *m)
{
	if (m->start != k->text && m->start != k->stext)
		return false;
	/* perf leaves the build id out of recordings that it compresses or sends
	 * through a pipe. Text that ends at the very same byte belongs to no other
	 * kernel. */
	return dso->build_id.size || (k->etext && m->end == k->etext);
}

static bool kernel_applies(const struct name_request *r)
{
	return r->target.dso->kind == DSO_KERNEL && !dso_label_is_guest(r->target.path);
}

/* The names of the running kernel, or NULL. */
static struct symbol_table *running_read(const struct name_request *r)
{
	const struct mapping *m = r->target.m;
	const struct dso *dso = r->target.dso;
	struct kernel_names *k = r->kernel;
	const struct kallsyms *running;

	if (!k->is_live && (!m || is_other_kernel(dso)))
		return NULL;
	running = read_once(k);
	if (!running || (!k->is_live && !is_at_same_address(running, dso, m)))
		return NULL;
	return running->symbols;
}

static void files_begin(const struct name_request *r)
{
	struct kernel_files *files = &r->kernel->files;

	files->places = r->file_options->places;
	files->slow = r->file_options->slow;
	files->release = r->file_options->os_release;
	files->kernel = r->file_options->kernel;
}

static struct symbol_table *kernel_read(const struct name_request *r, bool *is_owned)
{
	struct kernel_names *k = r->kernel;
	const struct file_places *named = r->file_options->places;
	struct symbol_table *t = NULL;

	*is_owned = true;
	files_begin(r);
	if (named && (named->vmlinux || named->kallsyms))
		t = kernel_files_core(&k->files, r->target.dso, r->target.path,
				      r->target.m);
	if (t)
		return t;
	t = running_read(r);
	*is_owned = !t;
	return t || k->is_live ? t
			       : kernel_files_core(&k->files, r->target.dso,
						   r->target.path, r->target.m);
}

/* Files of other kernels are read when they are needed: they have no lock. */
static void kernel_read_ahead(const struct name_request *r)
{
	running_read(r);
}

const struct name_source kernel_name_source = {
	.name = "kernel",
	.is_of_system = true,
	.applies = kernel_applies,
	.read = kernel_read,
	.read_ahead = kernel_read_ahead,
};

static bool module_applies(const struct name_request *r)
{
	return r->target.dso->kind == DSO_MODULE;
}

static struct symbol_table *module_read(const struct name_request *r, bool *is_owned)
{
	const struct kallsyms *running = NULL;
	char module[DSO_LABEL_MAX];

	*is_owned = true;
	dso_label_object(DSO_MODULE, r->target.path, module);
	files_begin(r);
	if (!r->kernel->is_live)
		return kernel_files_module(&r->kernel->files, r->target.dso,
					   r->target.path, module, r->target.m);
	running = read_once(r->kernel);
	return running ? kallsyms_module(running, module) : NULL;
}

const struct name_source module_name_source = {
	.name = "kernel module",
	.is_of_system = true,
	.applies = module_applies,
	.read = module_read,
};
