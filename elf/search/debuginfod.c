#include "elf/search/debuginfod.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/vec.h"
#include "elf/elf_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libdebuginfod.so.1"

/* The documented interface of elfutils/debuginfod.h, declared here so that the header
 * need not be installed. */
struct client;
typedef int progress_function(struct client *client, long got, long all);
typedef int find_function(struct client *client, const unsigned char *id, int id_size,
			  char **path);

/* Downloads that failed with one errno; 0: the file had another build id. */
struct failure {
	int error;
	size_t n;
	char *note;
};

struct debuginfod {
	void *library;
	struct client *client;
	struct client *(*begin)(void);
	void (*end)(struct client *client);
	void (*set_progress)(struct client *client, progress_function *f);
	void (*set_data)(struct client *client, void *data);
	find_function *find[2]; /* by enum debuginfod_file */

	debuginfod_progress *progress;
	void *data;
	uint64_t deadline; /* s of CLOCK_MONOTONIC */
	VEC(struct failure) failures;
};

static uint64_t seconds_now(void)
{
	return clock_now() / 1000000000;
}

static bool library_load(struct debuginfod *d)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"debuginfod_begin", &d->begin},
		{"debuginfod_end", &d->end},
		{"debuginfod_set_progressfn", &d->set_progress},
		{"debuginfod_set_user_data", &d->set_data},
		{"debuginfod_find_executable", &d->find[DEBUGINFOD_PROGRAM]},
		{"debuginfod_find_debuginfo", &d->find[DEBUGINFOD_DEBUG]},
	};

	d->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; d->library && i < array_size(functions); i++) {
		void *function = dlsym(d->library, functions[i].name);

		if (!function)
			return false;
		memcpy(functions[i].to, &function, sizeof(function));
	}
	return d->library;
}

static uint64_t byte_count(long n)
{
	return n > 0 ? (uint64_t)n : 0;
}

/* Called by the library with its client; the client's user data is a struct debuginfod.
 * Any return value but 0 ends the download. */
static int download_continue(struct client *client, long got, long all)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD);
	void *found = library ? dlsym(library, "debuginfod_get_user_data") : NULL;
	void *(*get_data)(struct client * client);
	const struct debuginfod *d;

	if (!found)
		return 1;
	memcpy(&get_data, &found, sizeof(found));
	d = get_data(client);
	dlclose(library);
	if (d->progress)
		d->progress(d->data, byte_count(got), byte_count(all));
	return seconds_now() >= d->deadline;
}

/* elfutils 0.192 calls the progress function only after a server has answered. A limit
 * that the user has set in the environment stays. */
static void limit_silence(unsigned seconds)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", seconds);
	setenv("DEBUGINFOD_MAXTIME", text, 0);
}

struct debuginfod *debuginfod_new(unsigned seconds, debuginfod_progress *progress,
				  void *data, struct error *err)
{
	struct debuginfod *d = mem_new(1, sizeof(*d));

	d->progress = progress;
	d->data = data;
	d->deadline = seconds_now() + seconds;
	limit_silence(seconds);
	if (library_load(d))
		d->client = d->begin();
	if (!d->client) {
		error_set(err, "debuginfod needs %s, of the package libdebuginfod1",
			  LIBRARY);
		debuginfod_free(&d);
		return NULL;
	}
	d->set_data(d->client, d);
	d->set_progress(d->client, download_continue);
	return d;
}

void debuginfod_free(struct debuginfod **at)
{
	struct debuginfod *d = *at;
	struct failure *failure;

	if (!d)
		return;
	vec_each(failure, &d->failures)
		mem_free(failure->note);
	vec_release(&d->failures);
	if (d->client)
		d->end(d->client);
	/* The library stays loaded: the libraries that it uses keep memory until the
	 * program ends. */
	mem_free(d);
	*at = NULL;
}

static bool file_has_build_id(int fd, const struct build_id *want)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);
	struct build_id id;

	return f && elf_file_build_id(f, &id) && build_id_same(&id, want);
}

/* The file is missing, or another program has it. */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENOSYS;
}

static void failure_add(struct debuginfod *d, int error, const struct build_id *id)
{
	struct failure *f = NULL, *other;
	char hex[BUILD_ID_HEX];

	vec_each(other, &d->failures)
		if (other->error == error)
			f = other;
	if (!f) {
		f = vec_add(&d->failures);
		f->error = error;
	}
	f->n++;
	mem_free(f->note);
	build_id_hex(id, hex);
	f->note = error ? mem_format("debuginfod: %zu downloads failed: %s", f->n,
				     strerror(error))
			: mem_format("debuginfod: %zu files were refused: their build "
				     "ids are not the wanted ones, the last of which was "
				     "%s",
				     f->n, hex);
}

const char *debuginfod_note(const struct debuginfod *d, size_t i)
{
	return d && i < d->failures.n ? d->failures.items[i].note : NULL;
}

int debuginfod_open(struct debuginfod *d, enum debuginfod_file which,
		    const struct build_id *id)
{
	char *path = NULL;
	int fd;

	if (!d || !id->size)
		return -1;
	if (seconds_now() >= d->deadline) {
		failure_add(d, ETIME, id);
		return -1;
	}
	fd = d->find[which](d->client, id->data, id->size, &path);
	mem_free(path);
	if (fd >= 0 && !file_has_build_id(fd, id)) {
		failure_add(d, 0, id);
		close(fd);
		return -1;
	}
	if (fd < 0 && !is_missing(-fd))
		failure_add(d, -fd, id);
	return fd < 0 ? -1 : fd;
}
