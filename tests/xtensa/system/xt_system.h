/* xt_system - what a test program on emulated Xtensa stands on. Two machines provide it:
 * sim (bare machine, QEMU semihosting, xt_sim_*.c) and user (Linux system calls, xt_user_*.c). */
#ifndef XT_SYSTEM_H
#define XT_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* The stack of main: painted before it, looked at after it. */
extern char xt_stack_start[], xt_stack_end[];

/* Until the next xt_release no other thread runs. The result goes to xt_release. */
uint32_t xt_hold(void);
void xt_release(uint32_t mask);

/* Microseconds since some moment before main. */
uint64_t xt_clock_us(void);

#define XT_THREADS_MAX 8

/* Number of the thread that runs, 0 = main. */
unsigned xt_thread_self(void);

/* Frees what _Thread_local variables held for a thread that ended. */
void xt_thread_forget(unsigned thread);

/* Runs constructors and main, says how much stack it needed, ends the program. `argv` may start
 * with NAME=VALUE words in capitals: they become the environment. */
_Noreturn void xt_run(int argc, char **argv);

/* Ends the machine or process at once. */
_Noreturn void xt_end(int code);

#endif
