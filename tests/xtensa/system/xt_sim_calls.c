/* The bare machine's way out: QEMU's semihosting (`simcall`, target/xtensa/xtensa-semi.c). */
#include "xt_sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CALL_EXIT = 1, CALL_READ = 3, CALL_WRITE, CALL_OPEN, CALL_CLOSE, CALL_LSEEK = 19 };
enum { CALL_ARGC = 1000, CALL_ARGV_BYTES, CALL_ARGV };

#define ARGUMENTS_BYTES 65536
#define CYCLES_PER_US   10 /* QEMU's clock for this core: 10 MHz */
#define FAULT_CODE      128

char xt_fault_stack_end[1] __attribute__((section(".fault_stack"), aligned(16)));

static int call(int number, uint32_t a, uint32_t b, uint32_t c) {
    register int r2 __asm__("a2") = number;
    register uint32_t r3 __asm__("a3") = a;
    register uint32_t r4 __asm__("a4") = b;
    register uint32_t r5 __asm__("a5") = c;
    __asm__ volatile("simcall" : "+r"(r2), "+r"(r3) : "r"(r4), "r"(r5) : "memory");
    if (r2 == -1)
        errno = (int)r3;
    return r2;
}

static uint32_t word(const void *p) {
    return (uint32_t)(uintptr_t)p;
}

ssize_t read(int fd, void *to, size_t bytes) {
    return call(CALL_READ, (uint32_t)fd, word(to), bytes);
}

ssize_t write(int fd, const void *from, size_t bytes) {
    return call(CALL_WRITE, (uint32_t)fd, word(from), bytes);
}

/* QEMU hands Linux the flags as they are, and picolibc's are others. */
int open(const char *path, int flags, ...) {
    uint32_t linux_flags = (uint32_t)flags & O_ACCMODE;
    if (flags & O_CREAT)
        linux_flags |= 0100;
    if (flags & O_TRUNC)
        linux_flags |= 01000;
    if (flags & O_APPEND)
        linux_flags |= 02000;
    return call(CALL_OPEN, word(path), linux_flags, 0644);
}

int close(int fd) {
    return call(CALL_CLOSE, (uint32_t)fd, 0, 0);
}

off_t lseek(int fd, off_t offset, int from) {
    return call(CALL_LSEEK, (uint32_t)fd, (uint32_t)offset, (uint32_t)from);
}

void xt_end(int code) {
    for (;;)
        call(CALL_EXIT, (uint32_t)code, 0, 0);
}

uint64_t xt_clock_us(void) {
    return xt_sim_cycles() / CYCLES_PER_US;
}

static const char *cause_name(uint32_t cause) {
    switch (cause) {
    case 0:
        return "illegal instruction";
    case 2:
    case 14:
    case 20:
        return "no memory to run there";
    case 6:
        return "division by zero";
    case 9:
        return "load or store that is not aligned";
    case 13:
    case 15:
    case 24:
    case 26:
    case 28:
    case 29:
        return "load or store where no memory is";
    case 63:
        return "trap";
    default:
        return "exception";
    }
}

/* Says what happened where; the program ends with 128 + cause. */
void xt_sim_fault(uint32_t cause, uint32_t pc, uint32_t address) {
    printf("\nfault: %s (cause %u) at pc 0x%08x, address 0x%08x\n", cause_name(cause),
           (unsigned)cause, (unsigned)pc, (unsigned)address);
    _exit(FAULT_CODE + (int)(cause & 63));
}

void xt_sim_main(void) {
    static char arguments[ARGUMENTS_BYTES];
    int argc = call(CALL_ARGC, 0, 0, 0), bytes = call(CALL_ARGV_BYTES, 0, 0, 0);
    if (bytes < 0 || bytes > ARGUMENTS_BYTES) {
        printf("arguments of %d bytes are too long\n", bytes);
        _exit(2);
    }
    call(CALL_ARGV, word(arguments), 0, 0);
    xt_run(argc, (char **)arguments);
}
