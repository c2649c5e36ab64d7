/* Start and exceptions on the bare machine (qemu-system-xtensa -M sim -cpu de212), call0 ABI. */

	/* The machine starts here, not at the ELF entry. */
	.section .reset, "ax"
	.align	4
	j	1f
	.align	4
0:	.word	_start
1:	l32r	a0, 0b
	jx	a0

	.section .text.start, "ax"
	.literal_position
	.global	_start
	.type	_start, @function
	.align	4
_start:
	movi	a1, xt_stack_end
	movi	a2, xt_vectors
	wsr	a2, vecbase
	movi	a2, 0x20		/* PS: user vector, nothing masked; no interrupt is enabled */
	wsr	a2, ps
	rsync
	movi	a0, xt_sim_main
	callx0	a0
	ill				/* it does not return */

	/* Only two vectors are taken on purpose: a level-1 interrupt or `syscall` in the user vector. The
	 * rest (kernel vector, double exception, debug) are faults as well. */
	.section .vectors, "ax"
	.align	1024
	.global	xt_vectors
xt_vectors:
	.irp	offset, 0x180, 0x1c0, 0x200, 0x240
	.org	xt_vectors + \offset
	j	xt_fault
	.endr
	.org	xt_vectors + 0x280
	j	xt_break
	.org	xt_vectors + 0x300
	j	xt_fault
	.org	xt_vectors + 0x340
	j	xt_user_exception
	.org	xt_vectors + 0x3c0
	j	xt_fault

	.org	xt_vectors + 0x400
	.literal_position
	.align	4
	/* Another stack: the fault may be a stack that ran over. */
xt_fault:
	movi	a1, xt_fault_stack_end
	rsr	a2, exccause
	rsr	a3, epc1
	rsr	a4, excvaddr
	movi	a0, xt_sim_fault
	callx0	a0

	/* `break`, which is what the compiler makes of __builtin_trap and of code it knows to be undefined. */
	.align	4
xt_break:
	movi	a1, xt_fault_stack_end
	movi	a2, 63			/* no cause of the chip has that number */
	.byte	0x30, 0xb6, 0x03	/* rsr a3, epc6 (of the debug level): the assembler's core has none */
	movi	a4, 0
	movi	a0, xt_sim_fault
	callx0	a0

	/* Timer interrupt (cause 4) and `syscall` (cause 1, sched_yield): the registers go to the stack of
	 * the thread, xt_sim_switch says on which stack to go on. */
	.align	4
xt_user_exception:
	wsr	a2, excsave1
	rsr	a2, exccause
	beqi	a2, 4, 1f
	bnei	a2, 1, xt_fault
1:	addi	a1, a1, -80
	s32i	a0, a1, 0
	s32i	a3, a1, 12
	rsr	a3, epc1
	bnei	a2, 1, 2f
	addi	a3, a3, 3		/* behind the syscall */
2:	s32i	a3, a1, 64
	rsr	a3, sar
	s32i	a3, a1, 68
	mov	a3, a2			/* cause */
	rsr	a2, excsave1
	s32i	a2, a1, 8
	.irp	register, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	s32i	a\register, a1, 4 * \register
	.endr
	mov	a2, a1
	movi	a0, xt_sim_switch
	callx0	a0
	mov	a1, a2
	.irp	register, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	l32i	a\register, a1, 4 * \register
	.endr
	l32i	a2, a1, 64
	wsr	a2, epc1
	l32i	a2, a1, 68
	wsr	a2, sar
	l32i	a0, a1, 0
	l32i	a2, a1, 8
	l32i	a3, a1, 12
	addi	a1, a1, 80
	rsync
	rfe
