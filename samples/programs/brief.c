/* A small static program without libraries: busy for brief_turns turns. Tests write
 * copies with another number, name and build id, all at the same addresses, by replacing
 * the letters and the number below; unchanged, it runs for years. */
#include <stdint.h>

const volatile uint64_t brief_turns = 0x736e727574202121;

/* With nothing around it: no libc, no caller that could not be walked. */
#if defined(__x86_64__)
__asm__(".globl _start\n.type _start, @function\n_start:\n"
	"	xor %ebp, %ebp\n	call brief_main\n"
	"	mov $231, %eax\n	xor %edi, %edi\n	syscall\n"
	".size _start, . - _start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n.type _start, %function\n_start:\n"
	"	mov x29, #0\n	mov x30, #0\n	bl brief_main\n"
	"	mov x8, #94\n	mov x0, #0\n	svc #0\n"
	".size _start, . - _start\n");
#endif

void brief_0000(void);
void brief_main(void);

__attribute__((noinline)) void brief_0000(void)
{
	for (volatile uint64_t i = 0; i < brief_turns; i++)
		;
}

__attribute__((noinline)) void brief_main(void)
{
	brief_0000();
}
