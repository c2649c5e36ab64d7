/* oc_machine.h over a process `ocellus-script`: the supervisor does not see the difference. The
 * script thread carries letters between the process and the mailbox; stop is a SIGKILL. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oc_archive.h"
#include "oc_capability.h"
#include "oc_err.h"
#include "oc_host_modules.h"
#include "oc_process_impl.h"
#include "oc_pulse.h"

#define WORK_US    8000 /* of a processor between two looks: a script at rest takes less */
#define WAIT_US    (4 * 1000 * 1000) /* it may wait for its turn, at most */
#define LOOKS      4                 /* per runaway_ms */
#define COLLECT_MS 100               /* a collection is waited for */

/* ---- modules of the host: they are the process's own ---- */

void oc_host_modules_configure(oc_machine_config_t *config) {}

int oc_host_modules_map(oc_machine_t *machine, const char **error) {
    return OC_OK;
}

const char *oc_machine_reason_text(oc_machine_reason_t reason) {
    static const char *const texts[] = {"running",
                                        "finished",
                                        "threw at start",
                                        "threw in a callback",
                                        "unhandled rejection",
                                        "out of script memory",
                                        "stack overflow",
                                        "too many identifiers",
                                        "stopped",
                                        "unknown",
                                        "engine fault",
                                        "replaced"};
    return (size_t)reason < sizeof(texts) / sizeof(*texts) ? texts[reason] : "unknown";
}

void oc_process_end(oc_machine_t *machine, oc_machine_reason_t reason, const char *text) {
    if (machine->end.reason != OC_MACHINE_RUNNING)
        return;
    machine->end.reason = reason;
    snprintf(machine->end.text, sizeof(machine->end.text), "%.2000s", text);
}

/* Of the context: replies or edges wait. */
static void on_pump(void *data) {
    oc_machine_t *machine = data;
    oc_process_carry_down(machine);
    oc_process_wake(machine);
}

static void on_up(void *context, unsigned events) {
    oc_machine_t *machine = context;
    eventfd_t count;
    (void)eventfd_read(machine->up_fd, &count);
    (void)oc_process_take_letters(machine);
    oc_process_carry_down(machine); /* what was answered at once */
    oc_process_wake(machine);
}

/* ---- life of the process ---- */

static void on_death(void *context, unsigned events) {
    oc_machine_t *machine = context;
    siginfo_t info = {0};
    char text[160];
    if (waitid(P_PIDFD, (id_t)machine->pid_fd, &info, WEXITED | WNOHANG) != 0 || !info.si_pid)
        return;
    machine->pid = 0;
    oc_loop_watch_stop(machine->death);
    machine->death = NULL;
    while (oc_process_take_letters(machine))
        continue;
    if (atomic_load(&machine->stop))
        oc_process_end(machine, OC_MACHINE_STOPPED, machine->stop_text);
    snprintf(text, sizeof(text), "its process ended by %s %d",
             info.si_code == CLD_EXITED ? "exit code" : "signal", info.si_status);
    oc_process_end(machine, OC_MACHINE_FATAL, text);
    if (!machine->end_notified)
        machine->config.on_end(machine->config.host, &machine->end);
    machine->end_notified = true;
}

static int64_t cpu_us(const oc_machine_t *machine) {
    struct timespec now;
    if (clock_gettime(machine->cpu, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* It has not read what was sent to it: for too long on a processor, or, where it waits for its
 * turn, for much longer. */
static bool runs_away(const oc_machine_t *machine, int64_t computed_us) {
    int64_t limit_us = (int64_t)machine->config.runaway_ms * 1000;
    return computed_us - machine->look_cpu_us >= limit_us ||
           oc_pulse_us() - machine->look_us >= limit_us + WAIT_US;
}

/* A script that computes is asked whether it still returns to its loop: it reads a letter there. */
static void on_look(void *context) {
    oc_machine_t *machine = context;
    const oc_script_ring_t *down = &machine->share->down;
    int64_t computed_us = cpu_us(machine);
    bool behind = atomic_load(&down->head) != atomic_load(&down->tail);
    if (behind && machine->looks) {
        if (runs_away(machine, computed_us))
            oc_machine_stop(machine, "did not return to the loop in time");
        return;
    }
    bool computes = computed_us - machine->look_cpu_us > WORK_US;
    machine->look_cpu_us = computed_us;
    machine->look_us = oc_pulse_us();
    machine->looks = computes || behind;
    if (computes && !behind)
        (void)oc_process_send(machine, &(oc_letter_t){.kind = OC_LETTER_LOOK});
    oc_process_wake(machine);
}

int oc_machine_create(oc_machine_t **out, const oc_machine_config_t *config) {
    oc_machine_t *machine = calloc(1, sizeof(*machine));
    if (!machine)
        return OC_ERR_NOMEM;
    machine->config = *config;
    machine->capabilities = OC_CAPABILITIES_ALL & ~config->withheld;
    pthread_mutex_init(&machine->lock, NULL);
    machine->boot_fd = machine->pid_fd = -1;
    machine->share_fd = oc_process_memory("ocellus-letters", sizeof(*machine->share));
    machine->up_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    machine->down_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    void *share = mmap(NULL, sizeof(*machine->share), PROT_READ | PROT_WRITE, MAP_SHARED,
                       machine->share_fd, 0);
    machine->share = share == MAP_FAILED ? NULL : share;
    if (machine->up_fd >= 0)
        machine->up =
            oc_loop_watch_start(config->loop, machine->up_fd, OC_LOOP_READ, on_up, machine);
    if (!machine->share || !machine->up || machine->down_fd < 0) {
        oc_machine_delete(machine);
        return OC_ERR_NOMEM;
    }
    *out = machine;
    return OC_OK;
}

int oc_machine_map(oc_machine_t *machine, const void *data, size_t size, bool natives,
                   const char **error) {
    oc_archive_info_t info;
    oc_app_needs_t needs;
    *error = oc_archive_check(data, size, &info);
    if (!*error && info.natives)
        *error = "names C functions, which only the host's own archive may";
    if (!*error &&
        oc_app_needs_read(data, size, &needs, machine->refusal, sizeof(machine->refusal)) < 0)
        *error = machine->refusal;
    if (*error)
        return OC_ERR_FORMAT;
    machine->capabilities &= needs.capabilities;
    machine->app = data;
    machine->app_size = size;
    return OC_OK;
}

int oc_machine_import(oc_machine_t *machine, const char *specifier) {
    oc_script_context_t *context = oc_process_context(machine);
    if (strcmp(specifier, OC_HOST_PRELUDE) == 0)
        return OC_OK;
    if (oc_process_start(machine) != OC_OK) {
        char text[160];
        snprintf(text, sizeof(text), "ocellus-script cannot be started: %s", strerror(errno));
        oc_process_end(machine, OC_MACHINE_FATAL, text);
        return OC_ERR_STATE;
    }
    pthread_mutex_lock(&machine->lock);
    machine->pid_fd = (int)syscall(SYS_pidfd_open, machine->pid, 0);
    if (atomic_load(&machine->stop))
        (void)syscall(SYS_pidfd_send_signal, machine->pid_fd, SIGKILL, NULL, 0);
    pthread_mutex_unlock(&machine->lock);
    if (clock_getcpuclockid(machine->pid, &machine->cpu) != 0)
        machine->cpu = CLOCK_MONOTONIC;
    machine->death =
        oc_loop_watch_start(machine->config.loop, machine->pid_fd, OC_LOOP_READ, on_death, machine);
    if (machine->config.runaway_ms && !getenv("XSBUG_HOST")) /* a debugger holds it */
        machine->look =
            oc_loop_timer_start(machine->config.loop, machine->config.runaway_ms / LOOKS,
                                machine->config.runaway_ms / LOOKS, on_look, machine);
    context->pump_data = machine;
    context->pump = on_pump;
    return OC_OK;
}

const oc_machine_end_t *oc_machine_end(const oc_machine_t *machine) {
    return &machine->end;
}

unsigned oc_machine_capabilities(const oc_machine_t *machine) {
    return machine->capabilities;
}

void oc_machine_stop(oc_machine_t *machine, const char *why) {
    pthread_mutex_lock(&machine->lock);
    if (!atomic_exchange(&machine->stop, true))
        snprintf(machine->stop_text, sizeof(machine->stop_text), "%.120s", why ? why : "");
    if (machine->pid_fd >= 0)
        (void)syscall(SYS_pidfd_send_signal, machine->pid_fd, SIGKILL, NULL, 0);
    pthread_mutex_unlock(&machine->lock);
}

int64_t oc_machine_busy_us(const oc_machine_t *machine) {
    const oc_script_ring_t *down = &machine->share->down;
    bool behind = atomic_load(&down->head) != atomic_load(&down->tail);
    return machine->looks && behind ? oc_pulse_us() - machine->look_us : 0;
}

int64_t oc_machine_unstopped_us(const oc_machine_t *machine) {
    return 0; /* nothing survives SIGKILL */
}

void oc_machine_memory(const oc_machine_t *machine, oc_machine_memory_t *memory) {
    *memory =
        (oc_machine_memory_t){.used_bytes = atomic_load(&machine->share->used_bytes),
                              .allocated_bytes = atomic_load(&machine->share->allocated_bytes),
                              .keys = atomic_load(&machine->share->keys)};
}

void oc_machine_collect(oc_machine_t *machine) {
    uint32_t before = atomic_load(&machine->share->collected);
    struct timespec limit = {.tv_nsec = COLLECT_MS * 1000000L};
    if (machine->pid <= 0 || !oc_process_send(machine, &(oc_letter_t){.kind = OC_LETTER_COLLECT}))
        return;
    oc_process_wake(machine);
    syscall(SYS_futex, &machine->share->collected, FUTEX_WAIT, before, &limit, NULL, 0);
}

void oc_machine_delete(oc_machine_t *machine) {
    if (!machine)
        return;
    oc_script_context_t *context = oc_process_context(machine);
    siginfo_t info;
    context->pump = NULL;
    context->pump_data = NULL;
    if (machine->pid > 0) {
        (void)kill(machine->pid, SIGKILL);
        (void)waitid(P_PID, (id_t)machine->pid, &info, WEXITED);
    }
    oc_loop_watch_stop(machine->up);
    oc_loop_watch_stop(machine->death);
    if (machine->look)
        oc_loop_timer_stop(machine->look);
    if (machine->holds)
        oc_mailbox_parcel_free(context->mailbox, &machine->held.parcel);
    for (unsigned i = 0; i < OC_PROCESS_BODIES; i++)
        oc_body_drop(&machine->body[i]);
    if (machine->share)
        munmap(machine->share, sizeof(*machine->share));
    const int fds[] = {machine->share_fd, machine->boot_fd, machine->up_fd, machine->down_fd,
                       machine->pid_fd};
    for (unsigned i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_mutex_destroy(&machine->lock);
    free(machine);
}
