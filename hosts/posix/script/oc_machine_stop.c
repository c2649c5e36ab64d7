/* Stopping a script from any thread, and the watch that does so by itself. A stop is a flag, a poke
 * for a loop that waits, and a signal on the script thread; what the signal does to a running
 * script is the engine's (oc_machine_engine_interrupt). */
#define _GNU_SOURCE
#include "oc_machine_impl.h"

#include "oc_err.h"
#include "oc_loop_parts.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OC_MACHINE_STOP_SIGNAL (SIGRTMIN + 6)
#define OC_MACHINE_AGAIN_MS    2
#define OC_MACHINE_WATCH_LOOKS 4u /* looks per runaway_ms: a quarter of it is the error */
#define OC_MACHINE_WATCH_STACK ((size_t)256 * 1024)
#define OC_MACHINE_WAIT_US     (4 * 1000 * 1000) /* a callback may wait for its turn, at most */

struct oc_machine_stop {
    pthread_mutex_t lock; /* stop_text and the watch's sleep */
    pthread_cond_t wake;
    pthread_t script_thread, watch_thread;
    bool watching, pulse, quit, has_again;
    atomic_int_least64_t busy_since_us; /* in time awake; 0: no callback runs */
    atomic_int_least64_t busy_cpu_us;   /* what the thread had computed by then */
    atomic_int_least64_t requested_us;  /* when its end was asked for, in time awake; 0: not */
    clockid_t cpu;                      /* of the script thread */
    oc_loop_poke_t *poke;
    timer_t again; /* sends the signal once more */
};

/* The machine whose script runs on this thread, for the signal handler. */
static _Thread_local oc_machine_t *volatile running;

static int64_t read_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

oc_machine_t *oc_machine_running(void) {
    return running;
}

static void on_signal(int number, siginfo_t *info, void *context) {
    oc_machine_t *machine = running;
    if (machine && atomic_load(&machine->stop) && machine->end.reason == OC_MACHINE_RUNNING)
        oc_machine_engine_interrupt(machine, context);
}

/* The handler is there while machines are: a program in a shared library may be unloaded. */
static void use_handler(int more) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int machines;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    pthread_mutex_lock(&lock);
    machines += more;
    if (machines == 0) {
        action.sa_handler = SIG_IGN; /* a late signal must not end the process */
        sigaction(OC_MACHINE_STOP_SIGNAL, &action, NULL);
    } else if (machines == 1 && more == 1) {
        action.sa_sigaction = on_signal;
        /* NODEFER: an engine may leave the handler by a jump, after which nothing would unblock it
         */
        action.sa_flags = SA_RESTART | SA_SIGINFO | SA_NODEFER;
        sigaction(OC_MACHINE_STOP_SIGNAL, &action, NULL);
    }
    pthread_mutex_unlock(&lock);
}

/* Hosts make their threads with every signal blocked; this one must arrive here. */
static void unblock_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, OC_MACHINE_STOP_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void stopped_body(xsMachine *the, void *data) {}

/* A stop while the loop waits: entering notices the flag and tells the host. */
static void on_poke(void *context) {
    oc_machine_t *machine = context;
    oc_xs_enter(machine->xs, stopped_body, NULL);
}

/* A callback runs away when it has computed for that long. One that only waits for its turn, on a
 * machine with too much to do, gets more time, but not for ever. A pause of the whole process, the
 * watch's own included, is neither. */
static bool runs_away(const oc_machine_t *machine, int64_t limit_us) {
    struct oc_machine_stop *stop = machine->stopping;
    int64_t busy_us = oc_machine_busy_us(machine);
    if (busy_us < limit_us)
        return false;
    int64_t cpu_us = read_us(stop->cpu) - atomic_load(&stop->busy_cpu_us);
    return cpu_us >= limit_us || busy_us >= limit_us + OC_MACHINE_WAIT_US;
}

static void *watch(void *argument) {
    oc_machine_t *machine = argument;
    struct oc_machine_stop *stop = machine->stopping;
    int64_t limit_us = (int64_t)machine->config.runaway_ms * 1000;
    pthread_mutex_lock(&stop->lock);
    while (!stop->quit) {
        oc_posix_cond_wait(&stop->wake, &stop->lock,
                           oc_posix_now_us() + limit_us / OC_MACHINE_WATCH_LOOKS);
        if (stop->quit || atomic_load(&machine->stop) || !runs_away(machine, limit_us) ||
            oc_machine_engine_held(machine))
            continue;
        pthread_mutex_unlock(&stop->lock);
        oc_machine_stop(machine, "did not return to the loop in time");
        pthread_mutex_lock(&stop->lock);
    }
    pthread_mutex_unlock(&stop->lock);
    return NULL;
}

static int start_watch(oc_machine_t *machine) {
    struct oc_machine_stop *stop = machine->stopping;
    if (!machine->config.runaway_ms)
        return 0;
    stop->pulse = oc_pulse_start() == OC_OK;
    stop->watching = oc_posix_thread(&stop->watch_thread, "runaways", OC_MACHINE_WATCH_STACK, watch,
                                     machine) == OC_OK;
    return stop->watching ? 0 : OC_ERR_NOMEM;
}

static bool make_again(struct oc_machine_stop *stop) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = OC_MACHINE_STOP_SIGNAL;
    event._sigev_un._tid = gettid();
    stop->has_again = timer_create(CLOCK_MONOTONIC, &event, &stop->again) == 0;
    return stop->has_again;
}

int oc_machine_stop_init(oc_machine_t *machine) {
    struct oc_machine_stop *stop = machine->stopping = calloc(1, sizeof *stop);
    if (!stop)
        return OC_ERR_NOMEM;
    use_handler(1);
    running = NULL; /* the handler must not be the first to touch it on this thread */
    stop->script_thread = pthread_self();
    if (pthread_getcpuclockid(stop->script_thread, &stop->cpu) != 0)
        stop->cpu = CLOCK_MONOTONIC;
    unblock_signal();
    pthread_mutex_init(&stop->lock, NULL);
    oc_posix_cond_init(&stop->wake);
    stop->poke = oc_loop_poke_create(machine->config.loop, on_poke, machine);
    return stop->poke && make_again(stop) ? start_watch(machine) : OC_ERR_NOMEM;
}

void oc_machine_stop_deinit(oc_machine_t *machine) {
    struct oc_machine_stop *stop = machine->stopping;
    if (!stop)
        return;
    if (stop->watching) {
        pthread_mutex_lock(&stop->lock);
        stop->quit = true;
        pthread_cond_signal(&stop->wake);
        pthread_mutex_unlock(&stop->lock);
        pthread_join(stop->watch_thread, NULL);
    }
    if (stop->pulse)
        oc_pulse_stop();
    if (stop->has_again)
        timer_delete(stop->again);
    oc_loop_poke_delete(stop->poke);
    pthread_cond_destroy(&stop->wake);
    pthread_mutex_destroy(&stop->lock);
    use_handler(-1);
    free(stop);
    machine->stopping = NULL;
}

void oc_machine_stop_begin(oc_machine_t *machine) {
    running = machine;
    atomic_store(&machine->stopping->busy_cpu_us, read_us(machine->stopping->cpu));
    atomic_store(&machine->stopping->busy_since_us, oc_pulse_us());
}

void oc_machine_stop_end(oc_machine_t *machine) {
    atomic_store(&machine->stopping->busy_since_us, 0);
    running = NULL;
}

void oc_machine_stop_again(oc_machine_t *machine) {
    struct itimerspec soon = {.it_value = {.tv_nsec = OC_MACHINE_AGAIN_MS * 1000000}};
    timer_settime(machine->stopping->again, 0, &soon, NULL);
}

void oc_machine_stop_poke(oc_machine_t *machine) {
    oc_loop_poke(machine->stopping->poke);
}

void oc_machine_stop(oc_machine_t *machine, const char *why) {
    struct oc_machine_stop *stop = machine->stopping;
    pthread_mutex_lock(&stop->lock);
    bool first = !atomic_load(&machine->stop);
    if (first) {
        snprintf(machine->stop_text, sizeof machine->stop_text, "%.120s", why ? why : "");
        atomic_store(&stop->requested_us, oc_pulse_us());
        atomic_store(&machine->stop, true);
    }
    pthread_mutex_unlock(&stop->lock);
    if (!first)
        return;
    pthread_kill(stop->script_thread, OC_MACHINE_STOP_SIGNAL);
    oc_loop_poke(stop->poke);
}

int64_t oc_machine_busy_us(const oc_machine_t *machine) {
    int64_t since_us = atomic_load(&machine->stopping->busy_since_us);
    return since_us ? oc_pulse_us() - since_us : 0;
}

int64_t oc_machine_unstopped_us(const oc_machine_t *machine) {
    int64_t requested_us = atomic_load(&machine->stopping->requested_us);
    return requested_us && atomic_load(&machine->stopping->busy_since_us)
               ? oc_pulse_us() - requested_us
               : 0;
}
