#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/search/debug_file.h"
#include "symbolize/dwarf/die_walk.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_DEPTH = 256 };

/* The same order of entries as libdw gives it. */
struct peer {
	Dwarf_Die dies[MAX_DEPTH];
	size_t depth;
};

static bool peer_next(struct peer *p, bool below)
{
	Dwarf_Die *die = &p->dies[p->depth];

	if (below && p->depth + 1 < MAX_DEPTH && dwarf_child(die, die + 1) == 0) {
		p->depth++;
		return true;
	}
	while (p->depth && dwarf_siblingof(&p->dies[p->depth], &p->dies[p->depth]) != 0)
		p->depth--;
	return p->depth > 0;
}

static void start(struct die_walk *w, struct elf_file *f, Dwarf_Die *unit)
{
	Dwarf_Off start = dwarf_dieoffset(unit), abbrevs_start, end;
	struct die_format format = {0};
	uint8_t address_size, offset_size, type;
	struct bytes abbrevs = elf_file_dwarf_data(f, "abbrev"), info;
	uint64_t signature;
	Dwarf_Half version;
	size_t header_size;
	bool is_type;

	assert_int_equal(
		dwarf_cu_info(unit->cu, &version, &type, NULL, NULL, NULL, NULL, NULL),
		0);
	is_type = version < 5 && type == DW_UT_type;
	assert_int_equal(dwarf_next_unit(dwarf_cu_getdwarf(unit->cu),
					 start - dwarf_cuoffset(unit), &end, &header_size,
					 &version, &abbrevs_start, &address_size,
					 &offset_size, is_type ? &signature : NULL, NULL),
			 0);
	format = (struct die_format){version, address_size, offset_size};
	info = elf_file_dwarf_data(f, is_type ? "types" : "info");
	bytes_skip(&abbrevs, abbrevs_start);
	bytes_skip(&info, start);
	die_walk_start(w, &format, bytes_sub(&abbrevs, bytes_left(&abbrevs)),
		       bytes_sub(&info, end - start));
}

static void expect_same(const struct die *die, Dwarf_Die *peer)
{
	assert_int_equal(die->tag, dwarf_tag(peer));
	assert_int_equal(die->has_children, dwarf_haschildren(peer));
	assert_int_equal(die->is_declaration, dwarf_hasattr(peer, DW_AT_declaration));
	assert_int_equal(die->has_code, dwarf_hasattr(peer, DW_AT_low_pc) ||
						dwarf_hasattr(peer, DW_AT_ranges));
}

static size_t compare_unit(struct elf_file *f, Dwarf_Die *unit, bool skips)
{
	scoped(die_walk_release) struct die_walk w = {0};
	struct peer peer = {.dies = {*unit}};
	bool is_more = true;
	struct die die;
	size_t n = 0;

	start(&w, f, unit);
	for (; die_walk_next(&w, &die); n++) {
		Dwarf_Die *same = &peer.dies[peer.depth];
		bool below = !skips || n % 3;

		assert_true(is_more);
		assert_int_equal(die.depth, peer.depth);
		assert_int_equal(die.at, dwarf_dieoffset(same) - dwarf_dieoffset(unit));
		expect_same(&die, same);
		if (!below)
			die_walk_skip(&w, &die);
		is_more = peer_next(&peer, below);
	}
	assert_false(is_more);
	assert_false(w.in.failed);
	return n;
}

/* How many entries it has. */
static size_t compare_file(int fd)
{
	struct error err;
	struct elf_file *f = elf_file_open(fd, &err);
	Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	size_t n = 0;

	assert_non_null(f);
	assert_non_null(dwarf);
	assert_non_null(elf_file_dwarf(f, true));
	assert_int_equal(elf_file_dwarf_data(f, "aranges").size, 0);
	while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		n += compare_unit(f, &die, false);
		compare_unit(f, &die, true);
	}
	dwarf_end(dwarf);
	elf_file_close(&f);
	return n;
}

static void test_programs(void **state)
{
	static const char *const programs[] = {
		"chain_5",   "chain_4",		"chain_2",	 "chain_z",
		"chain_64",  "chain_clang_5",	"chain_clang_4", "words_5",
		"words_4",   "words_clang",	"words_types_5", "words_types_4",
		"words_dwz", "words_dwz.common"};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		char path[512];
		int fd = open(temp_path(path, PROGRAMS, programs[i]),
			      O_RDONLY | O_CLOEXEC);
		size_t n;

		if (fd < 0) {
			print_message("%s: not there, skipped\n", programs[i]);
			continue;
		}
		n = compare_file(fd);
		print_message("%s: %zu entries\n", programs[i], n);
		assert_true(n > 20);
		close(fd);
	}
}

/* The system's libc, if its debug file is installed. */
static void test_libc(void **state)
{
	struct debug_search search;
	struct elf_file *f;
	struct error err;
	Dl_info info;
	int fd, debug;

	(void)state;
	assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, "lfind"), &info), 0);
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	f = elf_file_open(fd, &err);
	search = debug_search_of(NULL, info.dli_fname, fd);
	debug = debug_file_open(f, &search);
	debug_search_release(&search);
	elf_file_close(&f);
	close(fd);
	if (debug < 0)
		skip();
	print_message("libc: %zu entries\n", compare_file(debug));
	close(debug);
}

/* A unit made by hand: its own entry has one attribute, and there is one entry below
 * it. */
struct handmade {
	uint8_t abbrevs[32], info[64];
	size_t abbrevs_size, size;
};

static void make(struct handmade *h, unsigned form, const char *attribute, size_t size)
{
	const uint8_t abbrevs[] = {1, DW_TAG_compile_unit, DW_CHILDREN_yes, DW_AT_name,
				   (uint8_t)((form & 0x7f) | 0x80), (uint8_t)(form >> 7),
				   /* the value of one that has it here */
				   5, 0, 0, 2, DW_TAG_subprogram, DW_CHILDREN_no,
				   DW_AT_declaration, DW_FORM_flag_present, 0, 0, 0};
	bool has_value = form == DW_FORM_implicit_const;

	*h = (struct handmade){.abbrevs_size = sizeof(abbrevs) - !has_value};
	assert_true((form >> 7) < 0x80 && size + 3 <= sizeof(h->info));
	memcpy(h->abbrevs, abbrevs, 6);
	memcpy(h->abbrevs + 6, abbrevs + 7 - has_value, sizeof(abbrevs) - 7 + has_value);
	h->info[h->size++] = 1;
	memcpy(h->info + h->size, attribute, size);
	h->size += size;
	h->info[h->size++] = 2;
	h->info[h->size++] = 0;
}

/* Where the second of two entries stands, 0: there are not as many. */
static size_t second_entry(const struct handmade *h, const struct die_format *format,
			   size_t size, bool swapped)
{
	scoped(die_walk_release) struct die_walk w = {0};
	/* A block of its own, so that AddressSanitizer sees one byte too far. */
	scoped(mem_release) uint8_t *info = mem_new(size + !size, 1);
	struct bytes in = bytes_of(info, size);
	struct die die;

	memcpy(info, h->info, size);
	in.swapped = swapped;
	die_walk_start(&w, format, bytes_of(h->abbrevs, h->abbrevs_size), in);
	if (!die_walk_next(&w, &die) || !die_walk_next(&w, &die))
		return 0;
	assert_int_equal(die.tag, DW_TAG_subprogram);
	assert_true(die.is_declaration);
	assert_int_equal(die.depth, 1);
	size = die.at;
	assert_false(die_walk_next(&w, &die));
	return size;
}

struct form {
	unsigned form;
	const char *bytes;
	size_t size; /* with 8 bytes for an address, 4 for an offset */
};

static const struct form forms[] = {
	{DW_FORM_addr, "12345678", 8},
	{DW_FORM_block2, "\2\0ab", 4},
	{DW_FORM_block4, "\3\0\0\0abc", 7},
	{DW_FORM_data2, "12", 2},
	{DW_FORM_data4, "1234", 4},
	{DW_FORM_data8, "12345678", 8},
	{DW_FORM_string, "text", 5},
	{DW_FORM_string, "", 1},
	{DW_FORM_block, "\x80\0", 2},
	{DW_FORM_block, "\2ab", 3},
	{DW_FORM_block1, "\1a", 2},
	{DW_FORM_data1, "1", 1},
	{DW_FORM_flag, "1", 1},
	{DW_FORM_sdata, "\xff\x7f", 2},
	{DW_FORM_strp, "1234", 4},
	{DW_FORM_udata, "\x80\x81\x01", 3},
	{DW_FORM_ref_addr, "1234", 4},
	{DW_FORM_ref1, "1", 1},
	{DW_FORM_ref2, "12", 2},
	{DW_FORM_ref4, "1234", 4},
	{DW_FORM_ref8, "12345678", 8},
	{DW_FORM_ref_udata, "\x80\x01", 2},
	{DW_FORM_indirect, "\x0f\x80\x01", 3},
	{DW_FORM_indirect, "\x16\x08text", 7},
	{DW_FORM_sec_offset, "1234", 4},
	{DW_FORM_exprloc, "\2ab", 3},
	{DW_FORM_flag_present, "", 0},
	{DW_FORM_strx, "\x80\x01", 2},
	{DW_FORM_addrx, "\x80\x01", 2},
	{DW_FORM_ref_sup4, "1234", 4},
	{DW_FORM_strp_sup, "1234", 4},
	{DW_FORM_data16, "1234567812345678", 16},
	{DW_FORM_line_strp, "1234", 4},
	{DW_FORM_ref_sig8, "12345678", 8},
	{DW_FORM_implicit_const, "", 0},
	{DW_FORM_loclistx, "\x80\x01", 2},
	{DW_FORM_rnglistx, "\x80\x01", 2},
	{DW_FORM_ref_sup8, "12345678", 8},
	{DW_FORM_strx1, "1", 1},
	{DW_FORM_strx2, "12", 2},
	{DW_FORM_strx3, "123", 3},
	{DW_FORM_strx4, "1234", 4},
	{DW_FORM_addrx1, "1", 1},
	{DW_FORM_addrx2, "12", 2},
	{DW_FORM_addrx3, "123", 3},
	{DW_FORM_addrx4, "1234", 4},
	{DW_FORM_GNU_addr_index, "\x80\x01", 2},
	{DW_FORM_GNU_str_index, "\x80\x01", 2},
	{DW_FORM_GNU_ref_alt, "1234", 4},
	{DW_FORM_GNU_strp_alt, "1234", 4},
};

static const struct die_format usual = {5, 8, 4};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(forms); i++) {
		struct handmade h;

		make(&h, forms[i].form, forms[i].bytes, forms[i].size);
		assert_int_equal(second_entry(&h, &usual, h.size, false),
				 1 + forms[i].size);
		for (size_t cut = 0; cut + 2 <= h.size; cut++)
			assert_int_equal(second_entry(&h, &usual, cut, false), 0);
	}
}

static void test_formats(void **state)
{
	static const struct die_format wide = {5, 4, 8}, old = {2, 8, 4};
	struct handmade h;

	(void)state;
	make(&h, DW_FORM_strp, "12345678", 8);
	assert_int_equal(second_entry(&h, &wide, h.size, false), 9);
	make(&h, DW_FORM_ref_addr, "12345678", 8);
	assert_int_equal(second_entry(&h, &wide, h.size, false), 9);
	assert_int_equal(second_entry(&h, &old, h.size, false), 9);
	make(&h, DW_FORM_addr, "1234", 4);
	assert_int_equal(second_entry(&h, &wide, h.size, false), 5);
	make(&h, DW_FORM_block2, "\0\2ab", 4);
	assert_int_equal(second_entry(&h, &usual, h.size, true), 5);
	make(&h, DW_FORM_block4, "\0\0\0\2ab", 6);
	assert_int_equal(second_entry(&h, &usual, h.size, true), 7);
}

static void test_nonsense(void **state)
{
	struct handmade h;

	(void)state;
	make(&h, 0x7f, "1", 1);
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
	make(&h, DW_FORM_indirect, "\x7f\1", 2);
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
	make(&h, DW_FORM_block4, "\xff\xff\xff\xff", 4);
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
	make(&h, DW_FORM_block, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
	make(&h, DW_FORM_data1, "1", 1);
	h.info[2] = 3; /* a code that there is not */
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
	h.info[2] = 2;
	h.abbrevs_size = 4;
	assert_int_equal(second_entry(&h, &usual, h.size, false), 0);
}

/* Every entry has children, and none of them an end. */
static void test_without_end(void **state)
{
	static const uint8_t abbrevs[] = {1, DW_TAG_namespace, DW_CHILDREN_yes, 0, 0, 0};
	scoped(die_walk_release) struct die_walk w = {0}, again = {0};
	enum { N = 100000 };
	scoped(mem_release) uint8_t *info = mem_new(N, 1);
	struct die die;

	(void)state;
	memset(info, 1, N);
	die_walk_start(&w, &usual, bytes_of(abbrevs, sizeof(abbrevs)), bytes_of(info, N));
	for (size_t i = 0; i < N; i++) {
		assert_true(die_walk_next(&w, &die));
		assert_int_equal(die.depth, i);
	}
	assert_false(die_walk_next(&w, &die));
	die_walk_start(&again, &usual, bytes_of(abbrevs, sizeof(abbrevs)),
		       bytes_of(info, N));
	assert_true(die_walk_next(&again, &die));
	die_walk_skip(&again, &die);
	assert_false(die_walk_next(&again, &die));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs), cmocka_unit_test(test_libc),
		cmocka_unit_test(test_forms),	 cmocka_unit_test(test_formats),
		cmocka_unit_test(test_nonsense), cmocka_unit_test(test_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
