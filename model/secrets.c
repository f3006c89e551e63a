#include "model/secrets.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define HIDDEN "***"

/* Names of secrets: of options (--db-password X), variables (PGPASSWORD=X), parameters
 * (api_key=X) and headers (Authorization: X). A name is secret if it ends with one of
 * these, regardless of case, '-' and '_', and of digits after it. 'is_word': only as a
 * word of its own. */
static const struct {
	const char *name;
	bool is_word;
} names[] = {
	{"password", false},
	{"passwd", false},
	{"passphrase", false},
	{"passcode", false},
	{"sshpass", false},
	{"secret", false},
	{"token", false},
	{"apikey", false},
	{"accesskey", false},
	{"secretkey", false},
	{"privatekey", false},
	{"authkey", false},
	{"encryptionkey", false},
	{"credential", false},
	{"credentials", false},
	{"authorization", false},
	{"cookie", true},
	{"pass", true},
	{"pwd", true},
	{"auth", true},
	{"bearer", true},
};

/* Not secret, although they end so: the working directories that shells export. */
static const char *const harmless[] = {"PWD", "OLDPWD"};

/* Words between "Authorization:" and the secret. */
static const char *const schemes[] = {"basic", "bearer", "digest", "negotiate", "token"};

/* Programs with one-letter options for a password. A name matches every name that begins
 * with it (mysql, mysqldump). */
static const struct {
	const char *name, *letters;
} programs[] = {
	{"mysql", "p"},	 {"mariadb", "p"}, {"mongo", "p"},	{"sshpass", "p"},
	{"docker", "p"}, {"podman", "p"},  {"7z", "p"},		{"curl", "u"},
	{"redis", "a"},	 {"ldap", "w"},	   {"mosquitto_", "P"}, {"sqlcmd", "P"},
	{"zip", "P"},	 {"unzip", "P"},   {"ipmitool", "P"},	{"smbclient", "U"},
};

static bool is_key_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Whether the word of 'len' bytes at 's' is in a list, regardless of case. */
static bool is_scheme(const char *s, size_t len)
{
	for (size_t i = 0; i < array_size(schemes); i++)
		if (len == strlen(schemes[i]) && strncasecmp(s, schemes[i], len) == 0)
			return true;
	return false;
}

static bool is_harmless(const char *key, size_t len)
{
	for (size_t i = 0; i < array_size(harmless); i++)
		if (len == strlen(harmless[i]) && memcmp(key, harmless[i], len) == 0)
			return true;
	return false;
}

/* Whether the key ends with the name; 'is_word': after a '-', a '_' or a small letter
 * before a capital one. */
static bool has_end(const char *key, size_t len, const char *name, bool is_word)
{
	size_t n = strlen(name);

	while (n && len) {
		if (key[len - 1] == '-' || key[len - 1] == '_') {
			len--;
			continue;
		}
		if (tolower((unsigned char)key[len - 1]) != name[n - 1])
			return false;
		len--;
		n--;
	}
	if (n)
		return false;
	return !is_word || !len || key[len - 1] == '-' || key[len - 1] == '_' ||
	       (islower((unsigned char)key[len - 1]) && isupper((unsigned char)key[len]));
}

static bool is_secret(const char *key, size_t len)
{
	if (is_harmless(key, len))
		return false;
	while (len && isdigit((unsigned char)key[len - 1]))
		len--;
	for (size_t i = 0; i < array_size(names); i++)
		if (has_end(key, len, names[i].name, names[i].is_word))
			return true;
	return false;
}

/* Length of a value: up to the quote that closes it, or a character that ends it. */
static size_t value_length(const char *s, char quote)
{
	static const char ends[] = "\"'&;,)}] \t\n";
	size_t len = 0;

	while (s[len] && (quote ? s[len] != quote : !strchr(ends, s[len])))
		len += s[len] == '\\' && s[len + 1] ? 2 : 1;
	return len;
}

static size_t value_hide(struct secret_filter *f, size_t len)
{
	if (len)
		out_str(f->out, HIDDEN);
	return len;
}

/* Copies blanks and words of "Bearer" kind; returns their length. */
static size_t scheme_copy(struct secret_filter *f, const char *s)
{
	size_t len = 0, word;

	for (;;) {
		while (s[len] == ' ')
			len++;
		word = value_length(s + len, 0);
		if (!is_scheme(s + len, word))
			break;
		len += word;
	}
	out_write(f->out, s, len);
	return len;
}

/* Hides the value after a separator. Returns the number of bytes used. */
static size_t value_write(struct secret_filter *f, const char *s, bool is_header)
{
	size_t at = is_header ? scheme_copy(f, s) : 0, len;
	char quote = s[at] == '"' || s[at] == '\'' ? s[at] : 0;

	if (quote) {
		out_char(f->out, quote);
		at++;
		at += is_header ? scheme_copy(f, s + at) : 0;
	}
	/* The value of a header goes on to the end of its argument. */
	if (is_header && at && !quote && !f->is_line && s[at - 1] == ' ')
		len = strcspn(s + at, "\"'");
	else
		len = value_length(s + at, quote);
	if (!len && is_header && !s[at])
		f->hides_next = true;
	return at + value_hide(f, len);
}

/* A key and, if it is secret, its value. 'is_option': it begins a word, with '-';
 * 'is_in_path': after a '/'. Returns the number of bytes used. */
static size_t key_write(struct secret_filter *f, const char *s, bool is_option,
			bool is_in_path)
{
	size_t len = 0, end;
	bool is_header;

	while (is_key_char(s[len]))
		len++;
	end = len;
	if (!is_secret(s, len)) {
		out_write(f->out, s, len);
		return len;
	}
	if (is_option && (!s[len] || is_blank(s[len]))) {
		f->hides_next = true;
		out_write(f->out, s, len);
		return len;
	}
	if (s[end] == '"' || s[end] == '\'')
		end++;
	is_header = s[end] == ':' && s[end + 1] != ':' && !is_in_path;
	if (s[end] != '=' && !is_header) {
		/* "Bearer X" without its header */
		f->hides_next = strncasecmp(s, "bearer", len) == 0 && len == 6;
		out_write(f->out, s, len);
		return len;
	}
	out_write(f->out, s, end + 1);
	return end + 1 + value_write(f, s + end + 1, is_header);
}

/* "://USER:PASSWORD@" at 's'. Returns the number of bytes used, 0 if it is none. */
static size_t url_write(struct secret_filter *f, const char *s)
{
	size_t user, password;

	if (strncmp(s, "://", 3) != 0)
		return 0;
	user = 3 + strcspn(s + 3, ":@/?# \t\n\"'");
	if (s[user] != ':')
		return 0;
	password = strcspn(s + user + 1, "@/ \t\n\"'");
	if (!password || s[user + 1 + password] != '@')
		return 0;
	out_write(f->out, s, user + 1);
	out_str(f->out, HIDDEN);
	return user + 1 + password;
}

/* Whether "-pVALUE" looks like a password, of any program: "-pthread" and "-p8080" do
 * not. */
static bool looks_secret(const char *s, size_t len)
{
	bool has_letter = false, has_other = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '/' || s[i] == '=' || s[i] == ',')
			return false;
		has_letter |= isalpha((unsigned char)s[i]) != 0;
		has_other |= !isalpha((unsigned char)s[i]) && s[i] != '-' && s[i] != '_';
	}
	return has_letter && has_other;
}

/* "-p VALUE" and "-pVALUE". Returns the number of bytes used, 0 if it is none. */
static size_t letter_write(struct secret_filter *f, const char *s)
{
	size_t len = strcspn(s, " \t\n\"'");
	bool is_known;

	if (len < 2 || s[0] != '-' || !isalpha((unsigned char)s[1]))
		return 0;
	is_known = f->letters && strchr(f->letters, s[1]);
	if (is_known && len == 2) {
		f->hides_next = true;
		out_write(f->out, s, len);
		return len;
	}
	if (!is_known && (s[1] != 'p' || !looks_secret(s + 2, len - 2)))
		return 0;
	out_write(f->out, s, 2);
	out_str(f->out, HIDDEN);
	return len;
}

/* Finds the letters of the program that a word names, if it names one. */
static void program_find(struct secret_filter *f, const char *s, size_t len)
{
	const char *name = s;

	for (size_t i = 0; i < len; i++)
		if (s[i] == '/')
			name = s + i + 1;
	for (size_t i = 0; i < array_size(programs); i++) {
		size_t n = strlen(programs[i].name);

		if (n <= (size_t)(s + len - name) &&
		    strncmp(name, programs[i].name, n) == 0)
			f->letters = programs[i].letters;
	}
}

/* The start of a word, or of an argument that is one value. Returns the number of bytes
 * used, 0: it has no meaning as a whole. */
static size_t word_write(struct secret_filter *f, const char *s, bool is_whole)
{
	bool is_quoted = *s == '"' || *s == '\'';
	size_t len = strcspn(s, " \t\n");

	if (f->hides_next && is_scheme(s, len)) {
		out_write(f->out, s, len);
		return len;
	}
	if (f->hides_next && *s != '-') {
		f->hides_next = false;
		if (is_whole)
			len = strlen(s);
		else if (is_quoted)
			len = 1 + value_length(s + 1, *s);
		return value_hide(f, len + (!is_whole && is_quoted && s[len]));
	}
	f->hides_next = false;
	program_find(f, s, len);
	return letter_write(f, s);
}

void secret_filter_write(struct secret_filter *f, const char *arg)
{
	const char *s = arg;

	while (*s) {
		bool is_start = s == arg || is_blank(s[-1]);
		bool is_inside = s != arg && is_key_char(s[-1]);
		size_t used = is_start && !is_blank(*s)
				      ? word_write(f, s, s == arg && !f->is_line)
				      : 0;

		if (!used && *s == ':')
			used = url_write(f, s);
		if (!used && is_key_char(*s) && !is_inside)
			used = key_write(f, s, is_start && *s == '-',
					 s != arg && s[-1] == '/');
		if (!used) {
			out_char(f->out, *s);
			used = 1;
		}
		s += used;
	}
}

char *secrets_command_line(const char *program, int argc, char *const *argv)
{
	scoped(out_free) struct out *line = out_memory();
	struct secret_filter filter = {.out = line};

	out_str(line, program);
	for (int i = 0; i < argc; i++) {
		out_char(line, ' ');
		secret_filter_write(&filter, argv[i]);
	}
	return mem_str(out_data(line), out_pos(line));
}
