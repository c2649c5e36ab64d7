/* Start in user mode (qemu-xtensa): the kernel left argc and argv on its stack; we go on with ours. */
	.text
	.literal_position
	.global	_start
	.type	_start, @function
	.align	4
_start:
	mov	a2, a1
	movi	a1, xt_stack_end
	movi	a0, xt_user_main
	callx0	a0
	ill				/* it does not return */
