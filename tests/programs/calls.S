# Direct calls, functions with and without rules, and ways from one function to another by jumps, for
# x86-64. They are never executed.
	.text
	.macro function name
	.globl \name
	.type \name, @function
\name:
	.endm
	.macro over name
	.size \name, . - \name
	.balign 16, 0xcc
	.endm

	.globl _start
	.type _start, @function
_start:					# without rules: the program's entry
	xor %ebp, %ebp
	call outer
	hlt
	over _start

function work				# a frame pointer
	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	call *%rax
	nop
	.cfi_endproc
	over work

function other				# the same, but no function jumps to it
	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	call *%rax
	nop
	.cfi_endproc
	over other

function work_cold			# a part of work() in another place, as compilers make them
	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	call *%rax
	nop
	.cfi_endproc
	over work_cold

function asm_work			# without rules
	nop
	nop
	over asm_work

function outer				# returns to after 5 and 10: after calls of asm_work, other
	.cfi_startproc
	.cfi_def_cfa_offset 16
	call asm_work
	call other
	call tail
	call far_tail
	call stub
	call via_cold
	call *%rax
	call .Lunnamed
	call farther_tail
	nop
	.cfi_endproc
	over outer

function asm_outer			# without rules, and rbp is any register: 5: asm_inner
	call asm_inner
	over asm_outer

function asm_inner			# without rules: 5: work
	call work
	over asm_inner

function tail				# goes on to work()
	.cfi_startproc
	.cfi_def_cfa_offset 8
	jmp work
	.cfi_endproc
	over tail

function far_tail			# goes on to tail()
	.cfi_startproc
	.cfi_def_cfa_offset 8
	test %eax, %eax
	jne tail
	ret
	.cfi_endproc
	over far_tail

function farther_tail			# goes on to far_tail()
	.cfi_startproc
	.cfi_def_cfa_offset 8
	jmp far_tail
	.cfi_endproc
	over farther_tail

function stub				# as in a PLT
	.cfi_startproc
	.cfi_def_cfa_offset 8
	jmp *8(%rip)
	.cfi_endproc
	over stub

function via_cold			# goes on in the middle of work_cold()
	.cfi_startproc
	.cfi_def_cfa_offset 8
	jmp work_cold + 1
	.cfi_endproc
	over via_cold

function by_hand			# the first function of a coroutine
	.cfi_startproc
	.cfi_def_cfa_offset 16
	nop
	.cfi_endproc
	over by_hand

.Lunnamed:				# neither rules nor symbol; goes on in the next one
	test %eax, %eax
	jne .Lnext
	ret
	.balign 16, 0xcc
.Lnext:					# leaves the file, as V8's builtins for its JIT's code
	jmp *%rcx
	.balign 16, 0xcc

function trampoline			# as in musl, without rules
	mov $15, %rax
	syscall
	over trampoline

	.macro far_from_others		# more bytes than are looked at around an address
	.balign 16, 0x90
	.rept 48
	nop
	.endr
	.endm

	far_from_others
function thread_with_rules		# the first function of a thread: 4: its call
	.cfi_startproc
	.cfi_def_cfa_offset 16
	xor %ebp, %ebp
	call *%rax
	mov $60, %eax
	syscall
	.cfi_endproc
	over thread_with_rules

	far_from_others
function thread				# the same without rules, as in musl
	xor %ebp, %ebp
	call *%rax
	mov $60, %eax
	syscall
	over thread

	far_from_others
function returns			# clears rbp, but returns
	xor %ebp, %ebp
	call *%rax
	ret
	far_from_others

function ends				# never returns, but has not cleared rbp: 2: its call
	call *%rax
	mov $60, %eax
	syscall
	far_from_others

function new_thread			# 7: the first instruction of a new thread
	mov $56, %eax
	syscall
	xor %ebp, %ebp
	call *%rax
	mov $60, %eax
	syscall
	far_from_others

function forks				# 7: the first instruction of a new process
	mov $57, %eax
	syscall
	ret
	far_from_others

function calls_nothing			# 5: after a call of an address that is not mapped
	.byte 0xe8
	.long 0x3ffffff0
	nop
	far_from_others

function calls_middle			# 5: after a call into the middle of work()
	call work + 1
	nop
	far_from_others

	hlt
fcontext_end:				# to which a coroutine of boost's returns
	.globl fcontext_end
	xor %rdi, %rdi
	call other
	hlt
	over fcontext_end

	hlt
fcontext_like:				# nearly so
	.globl fcontext_like
	xor %rdi, %rdi
	call other
	ret
	over fcontext_like

function calls_by_hand			# 5: after a call of by_hand(), which runs on into code without a name
	call by_hand
	nop
	over calls_by_hand

function calls_nameless			# 5: after a call of the second nameless function
	call .Lsecond
	nop
	over calls_nameless

function before_nameless		# 16 bytes before the first of two nameless functions
	.cfi_startproc
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	over before_nameless
	nop
	ret
	.balign 16, 0xcc
.Lsecond:
	nop
	ret
	.balign 16, 0xcc

function after_nameless
	.cfi_startproc
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	over after_nameless
