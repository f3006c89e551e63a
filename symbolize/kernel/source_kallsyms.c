#include "symbolize/kernel/source_kallsyms.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"
#include "elf/notes.h"
#include "elf/symbol_choice.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 20,
	MAX_CHUNKS = 512,
	MAX_REACH = 1 << 20,
};

struct reading {
	struct kallsyms *k;
	struct symbol_choice choice;
	bool any_text;
};

static int open_regular(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, "'%s' is not a regular file", path);
	}
	return fd;
}

static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	return 16;
}

bool kallsyms_is_padding(const char *name)
{
	return name[0] == '_' && name[1] == '_' &&
	       (strncmp(name, "__pfx_", 6) == 0 || strncmp(name, "__cfi_", 6) == 0);
}

/* Of the symbols for data, only the end of all data is used. */
static bool is_end_of_data(const char *type)
{
	return (*type == 'D' || *type == 'd') && strcmp(type + 1, " _edata") == 0;
}

static bool is_code(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

static void symbol_add(struct reading *r, uint64_t addr, char type, const char *name)
{
	struct candidate c = {.start = addr, .name = name, .is_open = true};

	c.binding = BINDING_WEAK;
	if (type == 'T')
		c.binding = BINDING_GLOBAL;
	else if (type == 't')
		c.binding = BINDING_LOCAL;
	r->any_text = true;
	if (!addr)
		return;
	c.end = addr < UINT64_MAX - MAX_REACH ? addr + MAX_REACH : UINT64_MAX;
	symbol_choice_add(&r->choice, &c);
	if (*name != '_' || name[1] == '_')
		return;
	if (strcmp(name, "_text") == 0)
		r->k->text = addr;
	else if (strcmp(name, "_stext") == 0)
		r->k->stext = addr;
	else if (strcmp(name, "_etext") == 0)
		r->k->etext = addr;
}

/* Reads "ffffffff81000000 T _text", terminated by a NUL. Half of all lines are padding
 * or data, so type and name are checked before the address is parsed. */
static void read_line(struct reading *r, const char *line, size_t len)
{
	const char *rest = memchr(line, ' ', len);
	uint64_t addr = 0;

	if (!rest || (!is_code(rest[1]) && !is_end_of_data(rest + 1)) || rest[2] != ' ' ||
	    !rest[3] || kallsyms_is_padding(rest + 3))
		return;
	for (; line < rest; line++) {
		unsigned digit = hex_digit(*line);

		if (digit == 16)
			return;
		addr = addr << 4 | digit;
	}
	if (is_code(rest[1]))
		symbol_add(r, addr, rest[1], rest + 3);
	else
		r->k->edata = addr;
}

/* Reads all complete lines. Returns the number of their bytes. */
static size_t read_lines(struct reading *r, char *buf, size_t n)
{
	size_t at = 0;
	char *end;

	while ((end = memchr(buf + at, '\n', n - at))) {
		*end = '\0';
		read_line(r, buf + at, (size_t)(end - (buf + at)));
		at = (size_t)(end + 1 - buf);
	}
	return at;
}

/* Reads the file in large pieces into the arena. The names stay in these pieces. */
static int read_all(struct reading *r, int fd, struct error *err)
{
	const char *rest = "";
	size_t n_rest = 0;

	for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
		char *buf = arena_take(&r->k->symbols->text, CHUNK + 1);
		ssize_t got;
		size_t n, done;

		memcpy(buf, rest, n_rest);
		got = io_read_full(fd, buf + n_rest, CHUNK - n_rest);
		if (got < 0)
			return error_sys(err, "cannot read");
		n = n_rest + (size_t)got;
		if (n < CHUNK) {
			buf[n] = '\n';
			read_lines(r, buf, n + 1);
			return 0;
		}
		done = read_lines(r, buf, n);
		if (!done)
			return error_set(err, "a line without an end");
		rest = buf + done;
		n_rest = n - done;
	}
	return error_set(err, "too large");
}

int kallsyms_read(struct kallsyms *k, const char *path, struct error *err)
{
	scoped(fd_close) int fd = open_regular(path, err);

	return fd < 0 ? -1 : kallsyms_read_fd(k, fd, path, err);
}

int kallsyms_read_fd(struct kallsyms *k, int fd, const char *path, struct error *err)
{
	struct kallsyms fresh = {0};
	struct reading r = {.k = &fresh};

	fresh.symbols = symbol_table_new();
	if (read_all(&r, fd, err) < 0) {
		symbol_choice_release(&r.choice);
		kallsyms_release(&fresh);
		return error_while(err, "reading '%s'", path);
	}
	fresh.hidden = r.any_text && !r.choice.items.n;
	symbol_choice_finish(&r.choice, fresh.symbols);
	symbol_choice_release(&r.choice);
	*k = fresh;
	return 0;
}

void kallsyms_release(struct kallsyms *k)
{
	symbol_table_free(&k->symbols);
}

size_t kallsyms_split(const char *name, const char **module, size_t *module_len)
{
	const char *tab = strchr(name, '\t');
	size_t len;

	*module = NULL;
	*module_len = 0;
	if (!tab)
		return strlen(name);
	len = strlen(tab + 1);
	if (len > 2 && tab[1] == '[' && tab[len] == ']') {
		*module = tab + 2;
		*module_len = len - 2;
	}
	return (size_t)(tab - name);
}

struct symbol_table *kallsyms_module(const struct kallsyms *k, const char *module)
{
	size_t want = strlen(module);
	struct symbol_table *t = symbol_table_new();
	const struct symbol *sym;

	vec_each(sym, &k->symbols->items) {
		const char *of;
		size_t len;

		kallsyms_split(sym->name, &of, &len);
		if (of && len == want && memcmp(of, module, len) == 0)
			symbol_table_add(t, sym->start, sym->end, sym->name);
	}
	if (!t->items.n)
		symbol_table_free(&t);
	else
		symbol_table_finish(t, UINT64_MAX);
	return t;
}

bool kallsyms_build_id(const char *path, struct build_id *id)
{
	struct error ignored;
	scoped(fd_close) int fd = open_regular(path, &ignored);
	uint8_t notes[4096];
	ssize_t n;

	if (fd < 0)
		return false;
	n = io_read_full(fd, notes, sizeof(notes));
	return n > 0 && notes_build_id(bytes_of(notes, (size_t)n), 4, id);
}
