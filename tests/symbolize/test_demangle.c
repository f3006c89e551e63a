#include "base/mem.h"
#include "base/scoped.h"
#include "symbolize/demangle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
	static const char *const cases[][2] = {
		{"_ZN2ns3mapIlE4findEi", "ns::map<long>::find"},
		{"_Z3fooiPKc", "foo"},
		{"_ZN2ns1KC1Ev", "ns::K::K"},
		{"_ZNSt6vectorIiSaIiEE9push_backEOi",
		 "std::vector<int, std::allocator<int> >::push_back"},
		{"_ZN2ns3mapIlE4findEi.isra.0", "ns::map<long>::find.isra.0"},
		{"_Z3fooi.part.0.cold", "foo.part.0.cold"},
		{"_ZN2ns3mapIlE4findEi@plt", "ns::map<long>::find@plt"},
		{"_RNvCs1234_7mycrate3foo@plt", "mycrate::foo@plt"},
		{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
		{"_ZN4core3fmt5write17h0123456789abcdefE.llvm.1234567890",
		 "core::fmt::write"},
		{"_ZN3std2rt19lang_start_internal28_$u7b$$u7b$closure$u7d$$u7d$"
		 "17h0a1b2c3d4e5f6789E",
		 "std::rt::lang_start_internal::{{closure}}"},
		{"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
		{"_D3std5stdio7writelnFZv", "std.stdio.writeln()"},
		{"_D3std9exception__T7enforceTbZQlFNaNfbLC6object9ThrowableZb",
		 "std.exception.enforce!(bool).enforce(bool, lazy object.Throwable)"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(mem_release) char *got = demangle(cases[i][0]);

		assert_non_null(got);
		assert_string_equal(got, cases[i][1]);
	}
}

static void test_leaves_alone(void **state)
{
	static const char *const names[] = {
		"",
		"_",
		"__",
		"main",
		"_start",
		"_Z",
		"_R",
		"_D",
		"_ZN",
		"do_syscall_64",
		"_init",
		"_DYNAMIC",
		"printf@@GLIBC_2.2.5",
		"_ZN.",
		"_edata.",
		"..",
		"_Zfoo",
		"_GLOBAL_OFFSET_TABLE_",
	};

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		assert_null(demangle(names[i]));
}

/* f<P<int, int>, P<S1, S1>, P<S2, S2>, ...>: each one is twice as long as the one
 * before. */
static void test_bomb_is_left_alone(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const struct {
		int levels;
		bool fits;
	} cases[] = {{4, true}, {16, false}, {35, false}};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		char name[1024];
		char *p = name + sprintf(name, "_Z1fI1PIiiE");
		scoped(mem_release) char *got = NULL;

		for (int k = 1; k < cases[i].levels; k++)
			p += sprintf(p, "S0_IS%c_S%c_E", digits[k], digits[k]);
		strcpy(p, "Evv");
		got = demangle(name);
		assert_int_equal(got != NULL, cases[i].fits);
	}
}

/* libiberty tries broken parts twice, and parts inside them four times. */
static void test_slow_names_are_left_alone(void **state)
{
	static const char *const parts[] = {"FC1b",  "FS1b", "FNaNbC1bM", "S1__T1aS",
					    "FCQcV", "AQb",  "FPQd"};

	(void)state;
	for (size_t i = 0; i < array_size(parts); i++) {
		char name[512] = "_D1a1bC1b";

		while (strlen(name) < 450)
			strcat(name, parts[i]);
		assert_null(demangle(name));
	}
}

static void test_long_name_is_left_alone(void **state)
{
	size_t n = 20000;
	scoped(mem_release) char *name = mem_new(n + 1, 1);

	(void)state;
	memset(name, 'N', n);
	memcpy(name, "_Z", 2);
	assert_null(demangle(name));
}

static void test_noise(void **state)
{
	static const char alphabet[] = "_ZRDNSIEJXLTKPRvilj0123456789abst.$QFCUM";
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char name[80] = "_Z";
		size_t n = 3 + (size_t)rand_r(&seed) % 70;

		name[1] = "ZRD"[rand_r(&seed) % 3];
		for (size_t k = 2; k < n; k++)
			name[k] =
				alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		scoped(mem_release) char *got = demangle(name);

		if (got)
			assert_true(strlen(got) < 32768);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_leaves_alone),
		cmocka_unit_test(test_bomb_is_left_alone),
		cmocka_unit_test(test_slow_names_are_left_alone),
		cmocka_unit_test(test_long_name_is_left_alone),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
