#include "cli/version.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* What the program headers of this program request of the kernel and the dynamic linker. */
struct headers {
	bool has_relro;
	bool binds_now;
	bool has_executable_stack;
};

static bool binds_now(const ElfW(Dyn) * dynamic)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++)
		if (dynamic->d_tag == DT_BIND_NOW ||
		    (dynamic->d_tag == DT_FLAGS && dynamic->d_un.d_val & DF_BIND_NOW) ||
		    (dynamic->d_tag == DT_FLAGS_1 && dynamic->d_un.d_val & DF_1_NOW))
			return true;
	return false;
}

/* Called for each loaded object, the program first. */
static int read_headers(struct dl_phdr_info *info, size_t size, void *context)
{
	struct headers *headers = context;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_GNU_RELRO)
			headers->has_relro = true;
		else if (p->p_type == PT_DYNAMIC)
			headers->binds_now = binds_now(
				(const ElfW(Dyn) *)(info->dlpi_addr + p->p_vaddr));
		else if (p->p_type == PT_GNU_STACK)
			headers->has_executable_stack = p->p_flags & PF_X;
	}
	return 1;
}

static void print_feature(bool is_on, const char *name)
{
	printf("  %-3s %s\n", is_on ? "yes" : "no", name);
}

/* The first four are options of the compiler, for which it defines macros. */
static void print_hardening(void)
{
	struct headers headers = {0};
	bool has_pie = false, has_stack_protector = false, has_fortify = false;
	bool has_cet = false;

#ifdef __PIE__
	has_pie = true;
#endif
#if defined(__SSP_STRONG__) || defined(__SSP_ALL__)
	has_stack_protector = true;
#endif
#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE > 0
	has_fortify = true;
#endif
#if defined(__CET__) || defined(__ARM_FEATURE_BTI_DEFAULT)
	has_cet = true;
#endif
	dl_iterate_phdr(read_headers, &headers);
	printf("hardening:\n");
	print_feature(has_pie, "position-independent executable");
	print_feature(has_stack_protector, "stack protector (strong)");
	print_feature(has_fortify, "_FORTIFY_SOURCE");
	print_feature(has_cet, "control-flow protection");
	print_feature(headers.has_relro && headers.binds_now, "full RELRO");
	print_feature(!headers.has_executable_stack, "stack is not executable");
}

void version_print(bool is_verbose)
{
	printf("flame " FLAME_VERSION "\n");
	if (!is_verbose)
		return;
	printf("compiler: %s\n", COMPILER);
	printf("libraries at build time: %s\n", FLAME_LIBRARIES);
	print_hardening();
}
