/* Any registers, stack and rules. A seed is a byte (bit 0: arm64; bit 1: the stack's
 * words are also the kernel's callchain, after the instruction), which registers are
 * known and all of them (words), the stack's size (16 bits), the stack, and an ELF file
 * that is mapped at CODE. The seeds' files are tests/programs/frames.S for x86-64, and
 * for arm64 a function of clang's with a frame and one without. */
#include "base/scoped.h"
#include "tests/fuzz/fuzz.h"
#include "unwind/unwind.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { FRAMES = 200, CHAIN_MOST = 64 };

#define CODE 0x10000000
#define JIT  0x20000000
#define VDSO 0x30000000

struct process {
	struct strtab strings;
	struct dso_table dsos;
	struct space_table spaces;
	struct unwind_sample sample;
	uint64_t chain[CHAIN_MOST];
};

static void map(struct process *p, enum dso_kind kind, const char *path, uint64_t start,
		const struct stat *st)
{
	struct dso dso = {.kind = kind,
			  .path = strtab_add(&p->strings, path),
			  .major = st ? major(st->st_dev) : 0,
			  .minor = st ? minor(st->st_dev) : 0,
			  .inode = st ? st->st_ino : 0};
	struct mapping m = {start, start + 0x1000000, 0, 0, dso_add(&p->dsos, &dso)};

	space_map(&p->spaces, p->sample.space, &m);
}

static void take_sample(struct bytes *b, struct process *p)
{
	struct unwind_sample *s = &p->sample;
	uint8_t flags = bytes_u8(b);
	size_t n;

	s->arch = flags & 1 ? UNWIND_ARM64 : UNWIND_X86_64;
	s->regs.known = bytes_u64(b) & (((uint64_t)1 << UNWIND_REGS) - 1);
	for (unsigned i = 0; i < UNWIND_REGS; i++)
		s->regs.values[i] = bytes_u64(b);
	s->stack_size = bytes_u16(b);
	s->stack = bytes_take(b, s->stack_size);
	if (!s->stack)
		s->stack_size = 0;
	if (!(flags & 2))
		return;
	n = s->stack_size / 8 < CHAIN_MOST - 1 ? s->stack_size / 8 : CHAIN_MOST - 1;
	p->chain[0] =
		s->regs.values[s->arch == UNWIND_ARM64 ? UNWIND_ARM_PC : UNWIND_X86_IP];
	memcpy(p->chain + 1, s->stack ? s->stack : "", n * 8);
	s->chain = p->chain;
	s->n_chain = n + 1;
}

/* The same stack twice has the same frames. */
static void try(struct process *p, struct unwind_tables *tables)
{
	struct unwinder *u = unwinder_new(&p->spaces, &p->dsos, tables);
	uint64_t addrs[2][FRAMES];
	enum unwind_end ends[2];
	size_t n[2];

	for (int i = 0; i < 2; i++) {
		do {
			n[i] = FRAMES;
			ends[i] = unwind(u, &p->sample, addrs[i], &n[i]);
			require(n[i] <= FRAMES);
		} while (ends[i] == UNWIND_WAITS && unwind_tables_make_next(tables));
		require(ends[i] != UNWIND_WAITS);
	}
	require(ends[0] == ends[1] && n[0] == n[1]);
	require(!memcmp(addrs[0], addrs[1], n[0] * sizeof(**addrs)));
	unwinder_free(&u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_tables_options options = {.most_bytes = 64 << 20};
	struct bytes b = bytes_of(data, size);
	int fd = memfd_create("unwind", MFD_CLOEXEC);
	struct unwind_tables *tables;
	struct process p = {0};
	char path[64];
	struct stat st;

	take_sample(&b, &p);
	require(fd >= 0 && write(fd, b.data + b.at, bytes_left(&b)) >= 0 &&
		!fstat(fd, &st));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	strtab_init(&p.strings);
	dso_table_init(&p.dsos, &p.strings);
	p.sample.space = space_new(&p.spaces, SPACE_NONE);
	map(&p, DSO_FILE, path, CODE, &st);
	map(&p, DSO_ANON, "//anon", JIT, NULL);
	map(&p, DSO_VDSO, "[vdso]", VDSO, NULL);
	tables = unwind_tables_new(&options, &p.dsos);
	try(&p, tables);
	unwind_tables_free(&tables);
	space_table_release(&p.spaces);
	dso_table_release(&p.dsos);
	strtab_release(&p.strings);
	close(fd);
	return 0;
}
