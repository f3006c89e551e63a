#include "unwind/call_site.h"

#include "base/scoped.h"

#include <string.h>

enum { ARM_WORD = 4 };

static uint32_t word_at(const uint8_t *code)
{
	uint32_t word;

	memcpy(&word, code, sizeof(word));
	return word;
}

static int32_t sign_extended(uint32_t value, unsigned bits)
{
	return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* The size of an instruction with an opcode of one byte and this ModRM byte; 0 if the
 * 'left' bytes from the ModRM byte on are not all of it. */
static size_t x86_modrm_length(const uint8_t *modrm, size_t left)
{
	unsigned mod = *modrm >> 6, rm = *modrm & 7;
	size_t length = 2;

	if (mod == 3)
		return length;
	if (rm == 4) {
		if (left < 2)
			return 0;
		length++;
		rm = modrm[1] & 7;
	}
	if (mod == 1)
		return length + 1;
	return mod == 2 || (mod == 0 && rm == 5) ? length + 4 : length;
}

static bool x86_ends_in_indirect_call(const uint8_t *end, size_t n)
{
	for (size_t length = 2; length <= 7 && length <= n; length++) {
		const uint8_t *modrm = end - length + 1;

		if (end[-(ptrdiff_t)length] == 0xff && (*modrm >> 3 & 7) == 2 &&
		    x86_modrm_length(modrm, length - 1) == length)
			return true;
	}
	return false;
}

static struct call_site x86_call_before(const uint8_t *code, size_t n)
{
	const uint8_t *end = code + n;

	if (x86_ends_in_indirect_call(end, n))
		return (struct call_site){.kind = CALL_INDIRECT};
	if (n < 5 || end[-5] != 0xe8)
		return (struct call_site){.kind = CALL_NONE};
	return (struct call_site){CALL_DIRECT, (int32_t)word_at(end - 4)};
}

static struct call_site arm_call_before(const uint8_t *code, size_t n)
{
	uint32_t word;

	if (n < ARM_WORD)
		return (struct call_site){.kind = CALL_NONE};
	word = word_at(code + n - ARM_WORD);
	if ((word & 0xfc000000) == 0x94000000)
		return (struct call_site){CALL_DIRECT,
					  4 * sign_extended(word, 26) - ARM_WORD};
	if ((word & 0xfffffc1f) == 0xd63f0000 || (word & 0xfefff800) == 0xd63f0800)
		return (struct call_site){.kind = CALL_INDIRECT};
	return (struct call_site){.kind = CALL_NONE};
}

struct call_site call_site_before(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	return arch == UNWIND_ARM64 ? arm_call_before(code, n) : x86_call_before(code, n);
}

/* Whether the byte 'at', 0xff, is probably the end of a negative number and no opcode: of
 * the distance of a call or jump, of an address relative to rip, of a displacement, or of
 * a small constant. */
static bool is_end_of_number(const uint8_t *code, size_t at)
{
	const uint8_t *end = code + at;

	if (at >= 1 && end[-1] == 0xff)
		return true;
	if (at >= 2 && end[-2] == 0x83)
		return true;
	if (at >= 4 && (end[-4] == 0xe8 || end[-4] == 0xe9 || (end[-4] & 0xc7) == 0x05))
		return true;
	return at >= 5 && end[-5] == 0x0f && (end[-4] & 0xf0) == 0x80;
}

/* Sets *j to the jump that begins at 'at', if there is one. */
static bool x86_jump_at(const uint8_t *code, size_t size, size_t at, struct jump *j)
{
	const uint8_t *op = code + at;
	size_t left = size - at;
	bool is_conditional = left >= 6 && op[0] == 0x0f && (op[1] & 0xf0) == 0x80;
	size_t length = is_conditional ? 6 : 5;

	*j = (struct jump){0};
	if (is_conditional || (left >= 5 && op[0] == 0xe9)) {
		j->target = (int64_t)(at + length) + (int32_t)word_at(op + length - 4);
		return true;
	}
	if (left >= 2 && (op[0] == 0xeb || (op[0] & 0xf0) == 0x70)) {
		j->target = (int64_t)at + 2 + (int8_t)op[1];
		return true;
	}
	j->is_indirect = left >= 2 && op[0] == 0xff && (op[1] >> 3 & 7) == 4 &&
			 !is_end_of_number(code, at);
	return j->is_indirect;
}

static bool arm_jump_at(const uint8_t *code, size_t size, size_t at, struct jump *j)
{
	uint32_t word;

	*j = (struct jump){0};
	if (at % ARM_WORD || size - at < ARM_WORD)
		return false;
	word = word_at(code + at);
	if ((word & 0xfc000000) == 0x14000000)
		j->target = (int64_t)at + 4 * sign_extended(word, 26);
	else if ((word & 0xff000010) == 0x54000000 || (word & 0x7e000000) == 0x34000000)
		j->target = (int64_t)at + 4 * sign_extended(word >> 5, 19);
	else
		j->is_indirect = (word & 0xfffffc1f) == 0xd61f0000 ||
				 (word & 0xfefff800) == 0xd61f0800;
	return j->target || j->is_indirect;
}

bool jump_scan_next(struct jump_scan *s, struct jump *j)
{
	while (s->at < s->size) {
		size_t at = s->at++;

		if (s->arch == UNWIND_ARM64 ? arm_jump_at(s->code, s->size, at, j)
					    : x86_jump_at(s->code, s->size, at, j))
			return true;
	}
	return false;
}

struct pattern {
	enum unwind_arch arch;
	size_t size, step;
	uint8_t bytes[4];
};

/* xor %ebp,%ebp in both encodings (REX.W may stand before it); mov x29,#0; mov
 * x29,xzr. */
static const struct pattern clearing[] = {
	{UNWIND_X86_64, 2, 1, {0x31, 0xed}},
	{UNWIND_X86_64, 2, 1, {0x33, 0xed}},
	{UNWIND_ARM64, 4, 4, {0x1d, 0x00, 0x80, 0xd2}},
	{UNWIND_ARM64, 4, 4, {0xfd, 0x03, 0x1f, 0xaa}},
};

/* syscall; ud2; hlt; svc #0; brk #1000. */
static const struct pattern ending[] = {
	{UNWIND_X86_64, 2, 1, {0x0f, 0x05}},
	{UNWIND_X86_64, 2, 1, {0x0f, 0x0b}},
	{UNWIND_X86_64, 1, 1, {0xf4}},
	{UNWIND_ARM64, 4, 4, {0x01, 0x00, 0x00, 0xd4}},
	{UNWIND_ARM64, 4, 4, {0x00, 0x7d, 0x20, 0xd4}},
};

/* ret; hlt; int3; ud2; ret; udf #0. */
static const struct pattern leaving[] = {
	{UNWIND_X86_64, 1, 1, {0xc3}},
	{UNWIND_X86_64, 1, 1, {0xf4}},
	{UNWIND_X86_64, 1, 1, {0xcc}},
	{UNWIND_X86_64, 2, 1, {0x0f, 0x0b}},
	{UNWIND_ARM64, 4, 4, {0xc0, 0x03, 0x5f, 0xd6}},
	{UNWIND_ARM64, 4, 4, {0, 0, 0, 0}},
};

static bool pattern_occurs(const struct pattern *patterns, size_t n_patterns,
			   enum unwind_arch arch, const uint8_t *code, size_t n)
{
	for (size_t i = 0; i < n_patterns; i++) {
		const struct pattern *p = &patterns[i];

		for (size_t at = 0; p->arch == arch && at + p->size <= n; at += p->step)
			if (!memcmp(code + at, p->bytes, p->size))
				return true;
	}
	return false;
}

bool call_site_clears_frame_pointer(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	return pattern_occurs(clearing, array_size(clearing), arch, code, n);
}

bool call_site_never_returns(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	return pattern_occurs(ending, array_size(ending), arch, code, n);
}

bool call_site_ends_function(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	return pattern_occurs(leaving, array_size(leaving), arch, code, n);
}

size_t call_site_to_padding(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	size_t step = arch == UNWIND_ARM64 ? ARM_WORD : 2;
	uint8_t padding = arch == UNWIND_ARM64 ? 0 : 0xcc;

	for (size_t at = 0; at + step <= n; at += arch == UNWIND_ARM64 ? step : 1) {
		size_t same = 0;

		while (same < step && code[at + same] == padding)
			same++;
		if (same == step)
			return at;
	}
	return n;
}

bool call_site_is_syscall(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	static const struct pattern calls[] = {
		{UNWIND_X86_64, 2, 1, {0x0f, 0x05}},
		{UNWIND_ARM64, 4, 4, {0x01, 0x00, 0x00, 0xd4}},
	};
	size_t size = calls[arch].size;

	return n >= size && pattern_occurs(&calls[arch], 1, arch, code + n - size, size);
}

static const struct {
	enum unwind_arch arch;
	size_t size;
	uint8_t bytes[9];
} sigreturns[] = {
	{UNWIND_X86_64, 9, {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}},
	{UNWIND_X86_64, 7, {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05}},
	{UNWIND_ARM64, 8, {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}},
};

size_t call_site_is_sigreturn(enum unwind_arch arch, const uint8_t *code, size_t n)
{
	for (size_t i = 0; i < array_size(sigreturns); i++)
		if (sigreturns[i].arch == arch && sigreturns[i].size <= n &&
		    !memcmp(code, sigreturns[i].bytes, sigreturns[i].size))
			return sigreturns[i].size;
	return 0;
}
