#define _GNU_SOURCE
#include "oc_crash.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "oc_journal.h"

#define STACK_BYTES (32 * 1024) /* of the handler: the main thread's own may be what overflowed */

/* Sanitizers catch these signals themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* The linker's: where the program lies; a shared library has none. */
extern const char __executable_start __attribute__((weak)), etext __attribute__((weak));

static oc_journal_t run_journal;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int oc_crash_open(int root) {
    pthread_mutex_lock(&lock);
    int result =
        oc_journal_open(&run_journal, root, OC_CRASH_FOLDER, OC_CRASH_NAME, OC_CRASH_BYTES);
    pthread_mutex_unlock(&lock);
    return result;
}

void oc_crash_close(void) {
    pthread_mutex_lock(&lock);
    oc_journal_close(&run_journal);
    pthread_mutex_unlock(&lock);
}

void oc_crash_note(const char *text) {
    char line[512], when[32];
    time_t now = time(NULL);
    struct tm parts;
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    int len = snprintf(line, sizeof(line) - 1, "%s %s", when, text);
    size_t bytes = len < (int)sizeof(line) - 1 ? (size_t)len : sizeof(line) - 2;
    for (size_t i = 0; i < bytes; i++)
        line[i] = (unsigned char)line[i] < ' ' || line[i] == 0x7f ? ' ' : line[i];
    line[bytes] = '\n';
    pthread_mutex_lock(&lock);
    oc_journal_write(&run_journal, line, bytes + 1);
    pthread_mutex_unlock(&lock);
}

/* ---- in a handler of signals: only what POSIX lists as safe there ---- */

typedef struct text {
    char bytes[256];
    size_t len;
} text_t;

static void add(text_t *text, const char *word) {
    while (*word && text->len + 1 < sizeof(text->bytes))
        text->bytes[text->len++] = *word++;
}

static void add_number(text_t *text, uint64_t number, unsigned base, unsigned digits) {
    char reversed[24], one[2] = "";
    unsigned count = 0;
    do {
        reversed[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while ((number > 0 || count < digits) && count < sizeof(reversed));
    while (count > 0) {
        one[0] = reversed[--count];
        add(text, one);
    }
}

/* UTC from days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static void add_time(text_t *text) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t seconds = now.tv_sec > 0 ? now.tv_sec : 0, days = seconds / 86400 + 719468;
    uint32_t era = (uint32_t)(days / 146097), doe = (uint32_t)(days % 146097);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    uint32_t month = mp < 10 ? mp + 3 : mp - 9;
    const uint64_t part[] = {yoe + era * 400 + (month <= 2), month,
                             doy - (153 * mp + 2) / 5 + 1,   (uint64_t)(seconds / 3600 % 24),
                             (uint64_t)(seconds / 60 % 60),  (uint64_t)(seconds % 60)};
    static const char *const behind[] = {"-", "-", "T", ":", ":", "Z "};
    for (unsigned i = 0; i < 6; i++) {
        add_number(text, part[i], 10, i == 0 ? 4 : 2);
        add(text, behind[i]);
    }
}

static uint64_t program_counter(const void *context) {
    const ucontext_t *machine = context;
#if defined(__x86_64__)
    return (uint64_t)machine->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return machine->uc_mcontext.pc;
#else
    return machine ? 0 : 1;
#endif
}

static void add_place(text_t *text, uint64_t place) {
    uint64_t begin = (uintptr_t)&__executable_start, end = (uintptr_t)&etext;
    bool ours = place >= begin && place < end;
    add(text, ours ? " at ocellus+0x" : " at a library's 0x");
    add_number(text, ours ? place - begin : place, 16, 1);
}

static void on_fault(int number, siginfo_t *info, void *context) {
    static const char *const names[] = {
        [SIGSEGV] = "SIGSEGV", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE",
        [SIGILL] = "SIGILL",   [SIGSYS] = "SIGSYS", [SIGABRT] = "SIGABRT"};
    text_t text = {.len = 0};
    char thread[17] = "";
    add_time(&text);
    add(&text, "crashed: ");
    add(&text, names[number]);
    if (info->si_code <= 0) { /* by kill, tgkill or abort */
        add(&text, " sent by process ");
        add_number(&text, (uint64_t)info->si_pid, 10, 1);
    } else {
        add(&text, " address 0x");
        add_number(&text, (uintptr_t)info->si_addr, 16, 1);
    }
    add_place(&text, program_counter(context));
    add(&text, ", thread ");
    prctl(PR_GET_NAME, thread);
    add(&text, thread);
    text.bytes[text.len++] = '\n';
    if (run_journal.open)
        (void)!write(run_journal.fd, text.bytes, text.len);
    (void)!write(STDERR_FILENO, text.bytes, text.len);
    raise(number); /* its action is the default again: the process dies of it */
}

void oc_crash_no_core(void) {
    const char *expected = getenv("OCELLUS_CORE_DUMPS");
    if (expected && strcmp(expected, "1") == 0)
        return;
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void oc_crash_catch(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};
    static char memory[STACK_BYTES];
    if (SANITIZED)
        return;
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER};
    sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
}
