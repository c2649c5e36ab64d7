/* Does one wrong thing, named by its argument, so that expect_fault.sh sees the machine notice it.
 * Each in a function of its own: the program counter must name it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[16] __attribute__((aligned(8)));
static volatile uintptr_t one = 1, zero;

__attribute__((noinline)) static int unaligned_load(void) {
    return (int)*(volatile uint32_t *)((uintptr_t)bytes + one);
}

__attribute__((noinline)) static int unaligned_store(void) {
    *(volatile uint16_t *)((uintptr_t)bytes + one) = 7;
    return 0;
}

__attribute__((noinline)) static int null_load(void) {
    return *(volatile uint8_t *)(zero + 4);
}

__attribute__((noinline)) static int null_store(void) {
    *(volatile uint32_t *)zero = 7;
    return 0;
}

__attribute__((noinline)) static int illegal(void) {
    __asm__ volatile("ill");
    return 0;
}

__attribute__((noinline)) static int trap(void) {
    if (zero == 0)
        __builtin_trap();
    return 0;
}

/* The fault is in the compiler's helper, which this one calls. */
__attribute__((noinline)) static int divide_by_zero(void) {
    return (int)(one / zero);
}

__attribute__((noinline)) static int stack_overflow(uintptr_t depth) {
    volatile uint8_t frame[1024];
    frame[depth % sizeof frame] = (uint8_t)depth;
    if (depth == UINTPTR_MAX)
        return 0;
    return stack_overflow(depth + 1) + frame[(depth + 1) % sizeof frame];
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(void);
    } faults[] = {
        {"unaligned_load", unaligned_load},
        {"unaligned_store", unaligned_store},
        {"null_load", null_load},
        {"null_store", null_store},
        {"illegal", illegal},
        {"divide_by_zero", divide_by_zero},
        {"trap", trap},
    };
    for (size_t i = 0; argc == 2 && i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(argv[1], faults[i].name) == 0)
            return printf("survived: %d\n", faults[i].run()) > 0 ? 0 : 1;
    if (argc == 2 && strcmp(argv[1], "stack_overflow") == 0)
        return stack_overflow(zero);
    printf("usage: xt_faults NAME\n");
    return 2;
}
