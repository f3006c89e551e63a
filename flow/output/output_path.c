#include "flow/output/output_path.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/slow_files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is renamed over that of standard output hides what is printed there. */
static int standard_files_check(const struct destination *d, struct error *err)
{
	static const struct {
		int fd;
		const char *name;
	} files[] = {{STDOUT_FILENO, "standard output"},
		     {STDERR_FILENO, "standard error"}};
	struct stat st;

	for (size_t i = 0; destination_replaces(d) && i < array_size(files); i++)
		if (fstat(files[i].fd, &st) == 0 && destination_is(d, &st))
			return error_set(err,
					 "cannot write '%s': it is also the file of %s",
					 d->path, files[i].name);
	return 0;
}

int path_check_answers(const char *path, struct error *err)
{
	if (strcmp(path, "-") == 0 || slow_files_answer_at(path))
		return 0;
	return error_set(err, "cannot open '%s': its file system does not answer", path);
}

int output_open(struct destination *d, const char *path, unsigned flags,
		struct error *err)
{
	if (path_check_answers(path, err) < 0 ||
	    destination_open(d, path, flags, err) < 0)
		return -1;
	if (standard_files_check(d, err) == 0)
		return 0;
	destination_release(d);
	return -1;
}

/* An input that is not there is reported when it is read. */
static bool input_stat(const char *input, struct stat *st)
{
	return (strcmp(input, "-") == 0 ? fstat(STDIN_FILENO, st) : stat(input, st)) == 0;
}

int output_check_input(const struct destination *d, const char *input, struct error *err)
{
	struct stat st;

	if (path_check_answers(input, err) < 0)
		return -1;
	if (!input_stat(input, &st) || !destination_is(d, &st))
		return 0;
	if (strcmp(input, "-") == 0)
		input = "standard input";
	if (destination_replaces(d))
		return error_set(err,
				 "cannot write '%s': it would replace the input '%s' "
				 "(-o names another file)",
				 d->path, input);
	return error_set(err, "cannot write %s: it is the file of the input '%s'%s",
			 d->path, input,
			 st.st_size ? "" : ", which the shell has emptied");
}

int output_check_recording(const char *path, const char *input, struct error *err)
{
	scoped(destination_release) struct destination d = {0};
	struct stat st;

	if (path_check_answers(input, err) < 0 ||
	    output_open(&d, path, OUT_KEEP_OLD | OUT_REGULAR, err) < 0)
		return -1;
	if (!input_stat(input, &st) || !destination_removes(&d, &st))
		return 0;
	return error_set(err, "cannot keep '%s' as '%s.old': that is the input", path,
			 path);
}

int output_open_picture(struct destination *picture, const char *path,
			const char *recording, struct error *err)
{
	scoped(destination_release) struct destination d = {0};

	if (output_open(&d, recording, OUT_KEEP_OLD | OUT_REGULAR, err) < 0 ||
	    output_open(picture, path, OUT_REGULAR, err) < 0)
		return -1;
	if (!destination_same(picture, &d))
		return 0;
	destination_release(picture);
	return error_set(
		err,
		"the picture '%s' would replace the recording '%s': -o names the "
		"recording (-o x.data draws x.svg)",
		path, recording);
}

char *path_with_extension(const char *path, const char *extension)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	size_t len = strlen(path);

	if (dot && dot > (slash ? slash + 1 : path))
		len = (size_t)(dot - path);
	return mem_format("%.*s%s", (int)len, path, extension);
}

char *output_picture_path(const char *input)
{
	return strcmp(input, "-") == 0 ? mem_str("-", 1)
				       : path_with_extension(input, ".svg");
}
