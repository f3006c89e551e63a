#include "symbolize/plt.h"

#include "base/bisect.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/vec.h"
#include "elf/elf_symbols.h"

#include <elf.h>

/* Far more than any real program has. */
enum { MAX_TABLES = 16, MAX_STUBS = 1 << 16, MAX_NAME = 4096 };

struct stub {
	uint64_t slot;	     /* vaddr of the slot that it jumps through */
	const char *name;    /* of the function in that slot, NULL: unknown yet */
	uint64_t start, len; /* file offset and bytes */
};

struct stubs {
	VEC(struct stub) items; /* by slot */
	size_t n_known;
};

/* The differences between the machines. */
struct machine {
	uint16_t number;
	uint32_t jump_slot, glob_dat, irelative; /* types of relocations */
	/* Decodes the stub at the start of 'code', which is loaded at 'vaddr'. Sets
	 * '*slot' and returns the length of the stub, or 0 if there is none. */
	size_t (*stub)(struct bytes code, uint64_t vaddr, uint64_t *slot);
	size_t step; /* stubs begin at multiples of this */
};

static void stubs_release(struct stubs *s)
{
	vec_release(&s->items);
}

/* The index of the first stub that jumps through 'slot' or a later one. */
static size_t stubs_find(const struct stubs *s, uint64_t slot)
{
	return bisect(0, s->items.n, i, s->items.items[i].slot < slot);
}

/* Names all stubs of a slot, unless they have a name: the first name wins. */
static void slot_name(struct stubs *s, size_t first, const char *name)
{
	uint64_t slot = s->items.items[first].slot;

	if (!name || !*name || s->items.items[first].name)
		return;
	for (size_t i = first; i < s->items.n && s->items.items[i].slot == slot; i++) {
		s->items.items[i].name = name;
		s->n_known++;
	}
}

/* [endbr64] [bnd] jmp *slot(%rip). A stub of 16 bytes goes on with a push or with
 * padding. */
static size_t stub_of_x86(struct bytes code, uint64_t vaddr, uint64_t *slot)
{
	enum { SHORT = 8, LONG = 16, PUSH = 0x68, JMP = 0x25ff };
	bool has_endbr64 = bytes_u32(&code) == 0xfa1e0ff3;
	uint16_t jmp;
	int32_t far;

	if (!has_endbr64)
		code.at = 0;
	if (bytes_u8(&code) != 0xf2)
		code.at--;
	jmp = bytes_u16(&code);
	far = (int32_t)bytes_u32(&code);
	if (code.failed || jmp != JMP)
		return 0;
	*slot = vaddr + code.at + (uint64_t)(int64_t)far;
	return has_endbr64 || bytes_u8(&code) == PUSH ? LONG : SHORT;
}

/* [bti c] adrp x16, page; ldr x17, [x16, offset]; ...; br x17 or braa x17, x16 */
static size_t stub_of_arm(struct bytes code, uint64_t vaddr, uint64_t *slot)
{
	enum { BTI_C = 0xd503245f, BR_X17 = 0xd61f0220, BRAA_X17 = 0xd71f0a30, MAX = 5 };
	uint32_t adrp = bytes_u32(&code), ldr, word;
	int64_t pages;

	if (adrp == BTI_C)
		adrp = bytes_u32(&code);
	vaddr += code.at - 4;
	ldr = bytes_u32(&code);
	if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211)
		return 0;
	/* A signed number of 21 bits; its lowest two bits are stored apart. */
	pages = (int64_t)((adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3));
	pages -= pages >> 20 << 21;
	*slot = (vaddr & ~(uint64_t)0xfff) + ((uint64_t)pages << 12) +
		8 * (uint64_t)(ldr >> 10 & 0xfff);
	for (unsigned i = 0; i < MAX; i++) {
		word = bytes_u32(&code);
		if (word == BR_X17 || word == BRAA_X17)
			return code.at;
	}
	return 0;
}

static const struct machine *machine_of(const struct elf_file *f)
{
	static const struct machine machines[] = {
		{EM_X86_64, R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_IRELATIVE,
		 stub_of_x86, 8},
		{EM_AARCH64, R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT, R_AARCH64_IRELATIVE,
		 stub_of_arm, 4},
	};

	for (size_t i = 0; i < array_size(machines); i++)
		if (machines[i].number == elf_file_machine(f) && elf_file_is_wide(f))
			return &machines[i];
	return NULL;
}

/* The name of the ifunc resolver at 'vaddr', which chooses the function that is
 * called. */
static const char *chosen_name(const struct elf_file *f, struct symbol_table *t,
			       uint64_t vaddr)
{
	struct symbol *sym = NULL;
	uint64_t file_off;

	if (elf_file_offset(f, vaddr, &file_off))
		sym = symbol_table_find(t, file_off);
	if (!sym)
		return NULL;
	sym->hit = false; /* this look-up is not for a sample */
	return sym->start == file_off ? sym->name : NULL;
}

static void relocations_read(struct elf_file *f, size_t number,
			     const struct machine *machine, struct symbol_table *t,
			     struct stubs *stubs)
{
	const struct elf_section *section = elf_file_section(f, number);
	struct bytes b = elf_file_data(f, number);
	struct elf_symbols symbols = {0};

	elf_symbols_open(f, section->link, &symbols);
	while (bytes_left(&b) >= sizeof(Elf64_Rela)) {
		uint64_t slot = bytes_u64(&b), info = bytes_u64(&b);
		uint64_t addend = bytes_u64(&b), symbol = ELF64_R_SYM(info);
		uint32_t type = ELF64_R_TYPE(info);
		size_t at = stubs_find(stubs, slot);

		if (at == stubs->items.n || stubs->items.items[at].slot != slot)
			continue;
		if (type == machine->irelative)
			slot_name(stubs, at, chosen_name(f, t, addend));
		else if ((type == machine->jump_slot || type == machine->glob_dat) &&
			 symbol < symbols.n)
			slot_name(stubs, at, elf_symbols_at(&symbols, symbol).name);
	}
}

/* Adds the stubs of one section; none if the section is missing. */
static void stubs_add(struct elf_file *f, size_t number, const struct machine *machine,
		      struct stubs *stubs)
{
	const struct elf_section *section = elf_file_section(f, number);
	struct bytes code = elf_file_data(f, number);
	size_t len, most = stubs->items.n + MAX_STUBS;
	uint64_t file_off, left;

	if (!code.size || !elf_file_code(f, section->vaddr, &file_off, &left) ||
	    code.size > left)
		return;
	for (size_t at = 0; at < code.size; at += len ? len : machine->step) {
		struct bytes rest = bytes_of(code.data + at, code.size - at);
		struct stub stub = {.start = file_off + at};

		rest.swapped = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
		len = machine->stub(rest, section->vaddr + at, &stub.slot);
		len = len < rest.size ? len : rest.size;
		stub.len = len;
		if (len && stubs->items.n < most)
			vec_push(&stubs->items, stub);
	}
}

/* Large files have hundreds of thousands of relocations. Nearly always the relocations
 * of stubs are in a table of their own, with the flag SHF_INFO_LINK. It is read first;
 * the other tables are read only if a stub still has no name. */
static void slots_name(struct elf_file *f, const struct machine *machine,
		       struct symbol_table *t, struct stubs *stubs)
{
	static const uint64_t links[] = {SHF_INFO_LINK, 0};
	const struct elf_section *section;
	int n = 0;

	for (size_t link = 0; link < array_size(links); link++)
		for (size_t i = 1; n < MAX_TABLES && stubs->n_known < stubs->items.n &&
				   (section = elf_file_section(f, i));
		     i++) {
			if (section->type != SHT_RELA || !(section->flags & SHF_ALLOC) ||
			    (section->flags & SHF_INFO_LINK) != links[link])
				continue;
			relocations_read(f, i, machine, t, stubs);
			n++;
		}
}

static void stub_symbol_add(struct symbol_table *t, const struct stub *stub)
{
	size_t n = strnlen(stub->name, MAX_NAME);
	char *text = arena_take(&t->text, n + sizeof("@plt"));

	memcpy(text, stub->name, n);
	memcpy(text + n, "@plt", sizeof("@plt"));
	symbol_table_add(t, stub->start, stub->start + stub->len, text);
}

/* Names the whole section; stubs, which were added before, keep their names. */
static void section_symbol_add(struct elf_file *f, size_t number, struct symbol_table *t)
{
	const struct elf_section *section = elf_file_section(f, number);
	uint64_t file_off, left, size = elf_file_data(f, number).size;

	if (size && elf_file_code(f, section->vaddr, &file_off, &left) && size <= left)
		symbol_table_add(
			t, file_off, file_off + size,
			arena_str(&t->text, section->name, strlen(section->name)));
}

void plt_add(struct elf_file *f, struct symbol_table *t)
{
	static const char *const plts[] = {".plt", ".plt.sec", ".plt.got", ".iplt"};
	const struct machine *machine = machine_of(f);
	scoped(stubs_release) struct stubs stubs = {0};
	const struct stub *stub;

	if (!machine)
		return;
	for (size_t i = 0; i < array_size(plts); i++)
		stubs_add(f, elf_file_find(f, plts[i]), machine, &stubs);
	sort_items(stubs.items.items, stubs.items.n, sizeof(*stub),
		   offsetof(struct stub, slot));
	slots_name(f, machine, t, &stubs);
	vec_each(stub, &stubs.items)
		if (stub->name)
			stub_symbol_add(t, stub);
	for (size_t i = 0; i < array_size(plts); i++)
		section_symbol_add(f, elf_file_find(f, plts[i]), t);
	symbol_table_finish(t, UINT64_MAX);
}
