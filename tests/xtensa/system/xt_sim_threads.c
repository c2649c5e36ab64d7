/* Threads on the bare machine: one core, a timer that switches at any instruction. That is what
 * tasks of equal priority on one core of an ESP32-S3 do to each other. */
#include "xt_sim.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES   65536
#define SLICE_CYCLES  20000
#define TIMER_0       (1u << 6) /* interrupt of CCOMPARE0 in core-isa.h */
#define CAUSE_SYSCALL 1

typedef struct thread {
    char *stack, *sp; /* sp: of its saved registers, while another one runs */
    void *(*start)(void *);
    void *context, *result;
    bool used, done, detached;
} thread_t;

/* As xt_user_exception lays them out. */
typedef struct saved {
    uint32_t a[16], pc, sar, unused[2];
} saved_t;
_Static_assert(sizeof(saved_t) == 80, "xt_user_exception in xt_sim_start.S");

/* volatile: read by the exception, which the compiler does not see. */
static volatile thread_t threads[XT_THREADS_MAX] = {{.used = true}};
static volatile unsigned current;
static uint64_t cycles;
static uint32_t cycles_seen;

static uint32_t cycle_count(void) {
    uint32_t now;
    __asm__ volatile("rsr %0, ccount" : "=r"(now));
    return now;
}

uint32_t xt_hold(void) {
    uint32_t mask;
    __asm__ volatile("rsil %0, 15" : "=r"(mask)::"memory");
    return mask;
}

void xt_release(uint32_t mask) {
    __asm__ volatile("wsr %0, ps\n\trsync" ::"r"(mask) : "memory");
}

uint64_t xt_sim_cycles(void) {
    uint32_t mask = xt_hold(), now = cycle_count();
    cycles += now - cycles_seen;
    cycles_seen = now;
    uint64_t all = cycles;
    xt_release(mask);
    return all;
}

unsigned xt_thread_self(void) {
    return current;
}

static void next_slice(void) {
    uint32_t at = cycle_count() + SLICE_CYCLES;
    __asm__ volatile("wsr %0, ccompare0\n\trsync" ::"r"(at));
}

/* In the exception, nothing else runs. @return the stack to go on with */
char *xt_sim_switch(char *sp, uint32_t cause) {
    threads[current].sp = sp;
    do {
        current = (current + 1) % XT_THREADS_MAX;
    } while (!threads[current].used || threads[current].done);
    if (cause != CAUSE_SYSCALL)
        xt_sim_cycles(); /* the counter wraps: looked at often enough */
    next_slice();
    return threads[current].sp;
}

int sched_yield(void) {
    __asm__ volatile("movi a2, 0\n\tsyscall" ::: "a2", "memory");
    return 0;
}

void pthread_exit(void *result) {
    threads[current].result = result;
    threads[current].done = true;
    for (;;)
        sched_yield();
}

static void begin(void) {
    pthread_exit(threads[current].start(threads[current].context));
}

/* From the first pthread_create on: a program without threads is never interrupted. */
static void start_timer(void) {
    static bool started;
    if (started)
        return;
    started = true;
    next_slice();
    __asm__ volatile("wsr %0, intenable\n\trsync" ::"r"(TIMER_0));
    xt_release(0x20); /* PS: user vector, no mask */
}

static void end(unsigned thread) {
    free(threads[thread].stack);
    xt_thread_forget(thread);
    threads[thread].used = false;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *context) {
    (void)attr;
    unsigned i = 1;
    while (i < XT_THREADS_MAX && threads[i].used && !(threads[i].detached && threads[i].done))
        i++;
    if (i < XT_THREADS_MAX && threads[i].used)
        end(i);
    char *stack = i < XT_THREADS_MAX ? malloc(STACK_BYTES) : NULL;
    if (!stack)
        return EAGAIN;
    saved_t *saved = (saved_t *)(((uintptr_t)stack + STACK_BYTES - sizeof *saved) & ~(uintptr_t)15);
    *saved = (saved_t){.pc = (uint32_t)(uintptr_t)begin};
    threads[i] =
        (thread_t){.stack = stack, .sp = (char *)saved, .start = start, .context = context};
    threads[i].used = true;
    *thread = i;
    start_timer();
    return 0;
}

int pthread_join(pthread_t thread, void **result) {
    volatile thread_t *other = &threads[thread];
    while (!other->done)
        sched_yield();
    if (result)
        *result = other->result;
    end(thread);
    return 0;
}

int pthread_detach(pthread_t thread) {
    threads[thread].detached = true;
    return 0;
}
