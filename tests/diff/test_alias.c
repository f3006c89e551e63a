#include "tests/test.h"

#include "base/scoped.h"
#include "diff/alias.h"

#include <string.h>

struct pair {
	const char *name, *alias;
};

static void check(const struct pair *pairs, size_t n,
		  size_t (*make)(char *to, const char *name, size_t len))
{
	for (size_t i = 0; i < n; i++) {
		char to[256];

		to[make(to, pairs[i].name, strlen(pairs[i].name))] = '\0';
		assert_string_equal(to, pairs[i].alias);
	}
}

static void test_functions(void **state)
{
	static const struct pair pairs[] = {
		{"f.isra.0", "f"},
		{"f.part.2.cold", "f"},
		{"f.constprop.0.isra.1", "f"},
		{"f.lto_priv.3", "f"},
		{"f.llvm.17203345", "f"},
		{"core::f::h0123456789abcdef", "core::f"},
		{"core::f::h0123456789abcdeg", "core::f::h0123456789abcdeg"},
		{"bpf_prog_6deef7357e7b4530_f", "bpf_prog_*_f"},
		{"[unknown 0x7f1234]", "[unknown *]"},
		{"JS:~f a.js:1", "JS:f a.js:1"},
		{"JS:*f a.js:1", "JS:f a.js:1"},
		{"LazyCompile:*f", "LazyCompile:f"},
		{"void A::f()[OptimizedTier1]", "void A::f()"},
		{"do_exit_[k]", "do_exit"},
		{"f.cold_[i]", "f"},
		/* Nothing of these is set aside. */
		{"operator*", "operator*"},
		{"std::map<int>::find", "std::map<int>::find"},
		{"f.part", "f"},
		{"sha256_block", "sha256_block"},
		{"deadbeef", "deadbeef"},
		{"x12345678", "x12345678"},
		{"f_12345678", "f_12345678"},
		{"xdeadbeef12", "xdeadbeef12"},
		{"x64_sys_connect", "x64_sys_connect"},
		{".cold", ".cold"},
		{"0x", "0x"},
		{"", ""},
	};

	(void)state;
	check(pairs, array_size(pairs), alias_function);
}

static void test_names_of_runtimes(void **state)
{
	static const struct pair pairs[] = {
		{"memcpy@@GLIBC_2.14", "memcpy"},
		{"memcpy@GLIBC_2.2.5", "memcpy"},
		{"SSL_read@@OPENSSL_3.0.0", "SSL_read"},
		{"malloc@plt", "malloc"},
		{"f.cold@plt", "f"},
		{"f(int) [clone .isra.0]", "f(int)"},
		{"f(int) [clone .constprop.0] [clone .cold]", "f(int)"},
		{"void run()::{lambda()#1}._omp_fn.0", "void run()::{lambda()#1}"},
		{"f.__uniq.1234", "f"},
		{"com.x.Foo$$Lambda$733/101464973.apply", "com.x.Foo$$Lambda*.apply"},
		{"com.x.Foo$$Lambda/0x00007f1234005600.apply",
		 "com.x.Foo$$Lambda*.apply"},
		{"com.x.Foo$$Lambda$14/0x0000000800c03000.run", "com.x.Foo$$Lambda*.run"},
		{"jdk.internal.reflect.GeneratedMethodAccessor120.invoke",
		 "jdk.internal.reflect.GeneratedMethodAccessor*.invoke"},
		{"com.sun.proxy.$Proxy12.get", "com.sun.proxy.$Proxy*.get"},
		{"java.lang.invoke.LambdaForm$DMH/1234567.invoke",
		 "java.lang.invoke.LambdaForm$DMH/*.invoke"},
		{"main.Map[go.shape.int_0,go.shape.[]uint8]", "main.Map[...]"},
		{"main.Map[...]", "main.Map[...]"},
		{"runtime.memmove.abi0", "runtime.memmove"},
		/* Nothing of these is set aside. */
		{"main.Map[int]", "main.Map[int]"},
		{"main.Map[go.shape.int", "main.Map[go.shape.int"},
		{"run@app.js", "run@app.js"},
		{"f@X", "f@X"},
		{"@GLIBC_2.14", "@GLIBC_2.14"},
		{"a.$$Lambdabad", "a.$$Lambdabad"},
		{"a.GeneratedMethodAccessor", "a.GeneratedMethodAccessor"},
	};

	(void)state;
	check(pairs, array_size(pairs), alias_function);
}

static void test_roots(void **state)
{
	static const struct pair pairs[] = {
		{"worker-12", "worker-*"},
		{"kworker/0:1", "kworker/*:*"},
		{"nginx-123/124", "nginx-*/*"},
		{"pid 4711", "pid *"},
		{"CPU 3", "CPU 3"},
		{"php-fpm8.2", "php-fpm8.2"},
		{"java", "java"},
		{"docker 0123456789abcdef", "docker *"},
		{":123", ":*"},
	};

	(void)state;
	check(pairs, array_size(pairs), alias_root);
}

static void test_objects(void **state)
{
	static const struct pair pairs[] = {
		{"libz.so.1.2.13", "libz.so"},
		{"perf-4711.map", "perf-*.map"},
		{"libc-2.36.so", "libc-*.*.so"},
		{"nginx", "nginx"},
		{"[kernel.kallsyms]", "[kernel.kallsyms]"},
		{"x.so.conf", "x.so.conf"},
	};

	(void)state;
	check(pairs, array_size(pairs), alias_object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_names_of_runtimes),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
