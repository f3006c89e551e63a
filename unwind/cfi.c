#include "unwind/cfi.h"

#include <assert.h>

#include <elf.h>

enum { STEPS_A_BYTE = 4, STEPS_AT_LEAST = 4096 };

/* DW_EH_PE_*, how an address is written (Linux Standard Base Core, "DWARF Exception
 * Header Encoding"): the form in the lower half, the base of a relative address in
 * the upper half. */
enum {
	FORM_WHOLE = 0x00,
	FORM_ULEB,
	FORM_U2,
	FORM_U4,
	FORM_U8,
	FORM_SLEB = 0x09,
	FORM_S2,
	FORM_S4,
	FORM_S8,
	FORM_MASK = 0x0f,
	RELATIVE_TO_ITSELF = 0x10,
	RELATIVE_MASK = 0xf0,
};

/* The head of an entry. */
struct entry {
	bool is_cie;
	size_t cie;	 /* of an FDE: the offset of its CIE in the section */
	struct bytes in; /* the rest of the entry */
};

void cfi_init(struct cfi *c, struct bytes section, uint64_t vaddr, bool is_eh,
	      uint16_t machine, struct cfi_expressions *expressions)
{
	assert(machine == EM_X86_64 || machine == EM_AARCH64);
	*c = (struct cfi){
		.section = section,
		.vaddr = vaddr,
		.is_eh = is_eh,
		.steps_left = STEPS_A_BYTE * (uint64_t)section.size + STEPS_AT_LEAST,
		.machine = machine,
		.expressions = expressions,
	};
}

/* Reads the head of the entry at 'at', and sets *next to the offset of the next one.
 * Returns false after the last entry. */
static bool entry_read(const struct cfi *c, size_t at, struct entry *e, size_t *next)
{
	struct bytes in = c->section;
	uint64_t size, id, id_at;
	bool is_long;

	if (at > in.size)
		return false;
	in.at = at;
	size = bytes_u32(&in);
	is_long = size == UINT32_MAX;
	if (is_long)
		size = bytes_u64(&in);
	/* The linker ends .eh_frame with a zero; some files have more entries after
	 * it. */
	if (in.failed || size > bytes_left(&in))
		return false;
	id_at = in.at;
	e->in = in;
	e->in.size = in.at + size;
	*next = e->in.size;
	id = is_long && !c->is_eh ? bytes_u64(&e->in) : bytes_u32(&e->in);
	e->is_cie = c->is_eh ? !id : is_long ? id == UINT64_MAX : id == UINT32_MAX;
	e->cie = c->is_eh ? id_at - id : id;
	return true;
}

static uint64_t value_read(struct bytes *in, uint8_t form)
{
	switch (form) {
	case FORM_WHOLE:
	case FORM_U8:
	case FORM_S8:
		return bytes_u64(in);
	case FORM_ULEB:
		return bytes_uleb(in);
	case FORM_SLEB:
		return (uint64_t)bytes_sleb(in);
	case FORM_U2:
		return bytes_u16(in);
	case FORM_S2:
		return (uint64_t)(int16_t)bytes_u16(in);
	case FORM_U4:
		return bytes_u32(in);
	case FORM_S4:
		return (uint64_t)(int32_t)bytes_u32(in);
	default:
		in->failed = true;
		return 0;
	}
}

static uint64_t address_read(const struct cfi *c, struct bytes *in, uint8_t encoding)
{
	uint64_t here = c->vaddr + in->at, value = value_read(in, encoding & FORM_MASK);
	uint8_t relative = encoding & RELATIVE_MASK;

	in->failed |= relative && relative != RELATIVE_TO_ITSELF;
	return relative ? here + value : value;
}

/* Reads the augmentation data: the letters after 'z' name its fields. */
static bool augmentation_read(struct bytes *in, const char *letters,
			      struct cfi_common *common)
{
	uint64_t size = bytes_uleb(in);
	struct bytes data = bytes_sub(in, size);

	common->has_augmentation = true;
	for (; *letters; letters++) {
		uint8_t encoding;

		switch (*letters) {
		case 'R':
			common->encoding = bytes_u8(&data);
			break;
		case 'P':
			encoding = bytes_u8(&data);
			value_read(&data, encoding & FORM_MASK);
			break;
		case 'L':
			bytes_skip(&data, 1);
			break;
		case 'S':
			common->context.start.head.is_signal = true;
			break;
		case 'B': /* arm64: the key with which return addresses are signed */
		case 'G': /* arm64: tagged stacks */
			break;
		default:
			return false;
		}
	}
	return !data.failed;
}

static const char *augmentation_letters_read(struct bytes *in)
{
	const void *end = memchr(in->data + in->at, '\0', bytes_left(in));

	return bytes_str(in, end ? (size_t)((const uint8_t *)end - in->data) - in->at + 1
				 : 0);
}

/* Reads the fields of a CIE before its instructions. */
static bool cie_fields_read(struct cfi_common *common, struct bytes *in, bool is_eh)
{
	struct cfi_context *context = &common->context;
	uint8_t version = bytes_u8(in);
	const char *letters = augmentation_letters_read(in);
	uint64_t ra;

	if (version != 1 && version != 3 && version != 4)
		return false;
	/* The sizes of addresses and of segment selectors. */
	if (version == 4 && (bytes_u8(in) != 8 || bytes_u8(in) != 0))
		return false;
	context->code_align = bytes_uleb(in);
	context->data_align = bytes_sleb(in);
	ra = version == 1 ? bytes_u8(in) : bytes_uleb(in);
	if (ra >= context->regs)
		return false;
	context->start.head.ra = (uint8_t)ra;
	if (*letters && (*letters != 'z' || !augmentation_read(in, letters + 1, common)))
		return false;
	return !in->failed && (is_eh || !common->encoding);
}

/* Reads and executes the CIE at 'at', unless it is the one that was read last. Returns
 * NULL if it is damaged. */
static const struct cfi_common *cie_at(struct cfi *c, size_t at)
{
	struct cfi_common *common = &c->common;
	struct cfi_program program;
	uint64_t start, end;
	struct entry e;
	size_t next;

	if (common->is_known && common->at == at)
		return common;
	*common = (struct cfi_common){
		.at = at,
		.context = {.regs = c->machine == EM_X86_64 ? UNWIND_X86_IP + 1
							    : UNWIND_ARM_PC + 1,
			    .expressions = c->expressions,
			    .steps_left = &c->steps_left},
	};
	if (!entry_read(c, at, &e, &next) || !e.is_cie ||
	    !cie_fields_read(common, &e.in, c->is_eh))
		return NULL;
	cfi_program_init(&program, &common->context, e.in, 0, 1);
	if (!cfi_program_next(&program, &start, &end) || !program.is_over)
		return NULL;
	common->context.start = program.rule;
	common->is_known = true;
	return common;
}

static bool fde_read(struct cfi *c, struct entry *e, struct cfi_frame *frame)
{
	const struct cfi_common *common = cie_at(c, e->cie);
	struct bytes *in = &e->in;
	uint64_t size;

	if (!common)
		return false;
	frame->start = address_read(c, in, common->encoding);
	size = value_read(in, common->encoding & FORM_MASK);
	if (common->has_augmentation)
		bytes_skip(in, bytes_uleb(in));
	frame->end = frame->start + size;
	frame->in = *in;
	frame->context = &common->context;
	return !in->failed && frame->start < frame->end;
}

bool cfi_at(struct cfi *c, size_t at, struct cfi_frame *frame)
{
	struct entry e;
	size_t next;

	frame->at = at;
	return entry_read(c, at, &e, &next) && !e.in.failed && !e.is_cie &&
	       fde_read(c, &e, frame);
}

bool cfi_next(struct cfi *c, struct cfi_frame *frame)
{
	struct entry e;

	while (c->steps_left && entry_read(c, frame->at = c->at, &e, &c->at)) {
		c->steps_left--;
		if (!e.in.failed && !e.is_cie && fde_read(c, &e, frame))
			return true;
	}
	return false;
}
