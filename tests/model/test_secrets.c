/* Secrets in command lines. */
#include "tests/test.h"

#include "base/scoped.h"
#include "model/secrets.h"

#include <stdio.h>
#include <string.h>

/* The arguments are separated by '|'. */
static const struct {
	const char *args, *shown;
} cases[] = {
	{"prog|--password=hunter2|x", "prog|--password=***|x"},
	{"prog|--password|hunter2|x", "prog|--password|***|x"},
	{"prog|--Db-PassWord|two words|x", "prog|--Db-PassWord|***|x"},
	{"prog|-password|hunter2", "prog|-password|***"},
	{"prog|--password|-v|x", "prog|--password|-v|x"},
	{"prog|--password=", "prog|--password="},
	{"prog|--token|a|--secret=b|--api-key|c",
	 "prog|--token|***|--secret=***|--api-key|***"},
	{"env|PASSWORD=a|PGPASSWORD=b|API_KEY=c|apiKey=d|x",
	 "env|PASSWORD=***|PGPASSWORD=***|API_KEY=***|apiKey=***|x"},
	{"env|MYSQL_PWD=a|PWD=/home|OLDPWD=/|SSHPASS=b|password2=c",
	 "env|MYSQL_PWD=***|PWD=/home|OLDPWD=/|SSHPASS=***|password2=***"},
	{"x|--tokenizer=a|--token-limit|5|--bypass=1|--compass|n|--password-file=/"
	 "f|--author|me",
	 "x|--tokenizer=a|--token-limit|5|--bypass=1|--compass|n|--password-file=/"
	 "f|--author|me"},
	{"curl|-H|Authorization: Bearer abc.def|http://x",
	 "curl|-H|Authorization: Bearer ***|http://x"},
	{"curl|-H|authorization: abc def|x", "curl|-H|authorization: ***|x"},
	{"curl|-HX-Api-Key: abc|x", "curl|-HX-Api-Key: ***|x"},
	{"x|Authorization:|Basic|abc|y", "x|Authorization:|Basic|***|y"},
	{"x|Bearer|abc|y", "x|Bearer|***|y"},
	{"git|clone|https://me:pw@host/x.git|y", "git|clone|https://me:***@host/x.git|y"},
	{"x|postgres://u:p%40@h:5432/d?password=q&x=1",
	 "x|postgres://u:***@h:5432/d?password=***&x=1"},
	{"x|http://host:80/a@b|http://token:80/",
	 "x|http://host:80/a@b|http://token:80/"},
	{"x|https://h/?a=1&access_token=b&c=d", "x|https://h/?a=1&access_token=***&c=d"},
	{"sh|-c|PASSWORD='a b' prog --token c d",
	 "sh|-c|PASSWORD='***' prog --token *** d"},
	{"sh|-c|curl -H \"Authorization: Bearer abc\" http://x",
	 "sh|-c|curl -H \"Authorization: Bearer ***\" http://x"},
	{"x|{\"password\": \"a b\", \"n\": 1}", "x|{\"password\": \"***\", \"n\": 1}"},
	{"mysql|-psecret|-P3306|db", "mysql|-p***|-P3306|db"},
	{"/usr/bin/mysqldump|-p|secret|db", "/usr/bin/mysqldump|-p|***|db"},
	{"curl|-u|me:pw|http://x", "curl|-u|***|http://x"},
	{"redis-cli|-a|pw|get|x", "redis-cli|-a|***|get|x"},
	{"flame|record|-p|4711|-F|99", "flame|record|-p|4711|-F|99"},
	{"prog|-phunter2", "prog|-p***"},
	{"gcc|-pthread|-pipe|-p8080|-p1/2|mkdir|-p|a",
	 "gcc|-pthread|-pipe|-p8080|-p1/2|mkdir|-p|a"},
	{"openssl|-passin|pass:abc", "openssl|-passin|pass:***"},
	{"c++filt|std::pass::x", "c++filt|std::pass::x"},
	{"", ""},
};

static void shown_check(const char *text, const char *expected, bool is_line)
{
	scoped(out_free) struct out *out = out_memory();
	struct secret_filter filter = {.out = out, .is_line = is_line};
	char copy[256], *rest = copy, *arg;

	snprintf(copy, sizeof(copy), "%s", text);
	if (is_line)
		secret_filter_write(&filter, copy);
	while (!is_line && (arg = strsep(&rest, "|"))) {
		secret_filter_write(&filter, arg);
		out_str(out, rest ? "|" : "");
	}
	assert_string_equal(out_data(out), expected);
}

static void test_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		shown_check(cases[i].args, cases[i].shown, false);
}

/* A line that is read back is filtered again. */
static void test_lines(void **state)
{
	static const char *const lines[][2] = {
		{"prog --password hunter2 x", "prog --password *** x"},
		{"prog --password 'two words' x", "prog --password *** x"},
		{"x Authorization: Bearer abc y", "x Authorization: Bearer *** y"},
		{"x --token *** y=1 PASSWORD=*** z", "x --token *** y=1 PASSWORD=*** z"},
		{"mysql -psecret db", "mysql -p*** db"},
		{"x --password", "x --password"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++)
		shown_check(lines[i][0], lines[i][1], true);
}

/* No text makes it read beyond its end. */
static void test_random_text(void **state)
{
	static const char *const parts[] = {"password", "=",  ":",	" ",	 "'",
					    "\"",	"\\", "://",	"a",	 "@",
					    "-",	"-p", "Bearer", "token", "mysql"};
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		scoped(out_free) struct out *text = out_memory(), *out = out_memory();
		struct secret_filter filter = {.out = out, .is_line = round % 2};

		for (uint64_t n = random_below(&seed, 12); n--;)
			out_str(text, parts[random_below(&seed, array_size(parts))]);
		secret_filter_write(&filter, out_data(text));
		secret_filter_write(&filter, out_data(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_random_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
