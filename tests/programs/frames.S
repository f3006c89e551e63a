# Functions with frames of every kind, for x86-64. Their code consists of calls of 2 bytes, so that each
# even offset into a function is a return address.
	.text
	.macro function name
	.globl \name
	.type \name, @function
\name:
	.endm
	.macro over name
	.rept 8
	call *%rax
	.endr
	.size \name, . - \name
	.endm

function none			# no rules at all
	over none

function plain			# 16 bytes of its own
	.cfi_startproc
	.cfi_def_cfa_offset 24
	over plain
	.cfi_endproc

function framed			# with a frame pointer
	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	over framed
	.cfi_endproc

function popped			# said to have saved rbp, right below its return address
	.cfi_startproc
	.cfi_def_cfa_offset 8
	.cfi_offset rbp, -16
	over popped
	.cfi_endproc

function outermost
	.cfi_startproc
	.cfi_undefined rip
	over outermost
	.cfi_endproc

function stuck			# with a frame without size
	.cfi_startproc
	.cfi_def_cfa_offset 0
	.cfi_offset rip, 0
	over stuck
	.cfi_endproc

function above			# its return address is the word at the CFA
	.cfi_startproc
	.cfi_def_cfa_offset 24
	.cfi_offset rbp, -16
	.cfi_offset rip, 0
	over above
	.cfi_endproc

function by_rbx			# CFA is rbx
	.cfi_startproc
	.cfi_def_cfa rbx, 0
	over by_rbx
	.cfi_endproc

function saves_rbx
	.cfi_startproc
	.cfi_def_cfa_offset 16
	.cfi_offset rbx, -16
	over saves_rbx
	.cfi_endproc

function by_word		# CFA is the word at rsp + 8
	.cfi_startproc
	.cfi_escape 0x0f, 3, 0x77, 8, 0x06
	over by_word
	.cfi_endproc

function signalled		# a trampoline: rsp, rip at rsp + 0, + 8
	.cfi_startproc
	.cfi_signal_frame
	.cfi_escape 0x0f, 3, 0x77, 0, 0x06
	.cfi_escape 0x10, 16, 2, 0x77, 8
	over signalled
	.cfi_endproc

function sinking		# its caller's frame would be below it
	.cfi_startproc
	.cfi_def_cfa_offset -16
	.cfi_escape 0x10, 16, 2, 0x77, 0
	over sinking
	.cfi_endproc

	.macro exception_unwinder	# saves the registers for the handler, and all preserved ones
	.cfi_offset rax, -72
	.cfi_offset rdx, -64
	.cfi_offset rbx, -56
	.endm

function handing_over		# an exception's unwinder before it changes rsp, rcx being the next
	.cfi_startproc
	.cfi_def_cfa rcx, 8
	exception_unwinder
	over handing_over
	.cfi_endproc

function handing_over_last	# and before it jumps to rcx
	.cfi_startproc
	.cfi_def_cfa_offset 0
	.cfi_register rip, rcx
	exception_unwinder
	over handing_over_last
	.cfi_endproc

function searching		# the same before that, with a frame pointer of its own
	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	exception_unwinder
	over searching
	.cfi_endproc

function garbled		# rules for 4 bytes, then a state that was not remembered
	.cfi_startproc
	.cfi_def_cfa_offset 24
	.fill 4, 1, 0x90
	.cfi_escape 0x0b
	over garbled
	.cfi_endproc

function overlapped		# from its middle on
	.cfi_startproc
	.cfi_def_cfa_offset 24
here:	over overlapped
	.cfi_endproc

function overlapping		# this one has rules too, by a description of its own
	over overlapping

	.section .eh_frame, "a", @progbits
common:	.long common_end - 1f		# CIE: CFA is rsp + 16, and rip below it
1:	.long 0
	.byte 1
	.asciz "zR"
	.uleb128 1
	.sleb128 -8
	.byte 16
	.uleb128 1
	.byte 0x1b
	.byte 0x0c, 7, 16, 0x90, 1
	.balign 8, 0
common_end:
	.long 3f - 2f			# FDE
2:	.long 2b - common
	.long here + 8 - .
	.long 24
	.uleb128 0
	.balign 8, 0
3:
