/* Stopping a script from any thread, and the watch that does so by itself.
 *
 * Two means, because neither alone reaches everything. The engine asks a meter callback at every
 * backward branch, call and regular-expression step. A built-in that walks a huge length passes
 * none of these, but pushes to the stack: a signal on the script thread raises the stack's floor,
 * so that the next push fails. */
#include "oc_machine_internal.h"

#include "oc_err.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OC_MACHINE_STOP_SIGNAL (SIGRTMIN + 6)
#define OC_MACHINE_WATCH_LOOKS 4u /* looks per runaway_ms: a quarter of it is the error */

/* The machine whose script runs on this thread, for the signal handler. */
static _Thread_local oc_machine_t *volatile running;

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

oc_machine_t *oc_machine_running(void) {
    return running;
}

static void on_signal(int number) {
    oc_machine_t *machine = running;
    if (machine && atomic_load(&machine->stop))
        oc_machine_raise_floor(machine->xs);
}

static void install_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(OC_MACHINE_STOP_SIGNAL, &action, NULL);
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
static void on_async(uv_async_t *async) {
    oc_machine_t *machine = async->data;
    if (machine)
        oc_xs_enter(machine->xs, stopped_body, NULL);
}

static void on_async_closed(uv_handle_t *handle) {
    free(handle);
}

static void *watch(void *argument) {
    oc_machine_t *machine = argument;
    int64_t limit_us = (int64_t)machine->config.runaway_ms * 1000;
    pthread_mutex_lock(&machine->stop_lock);
    while (!machine->watch_quit) {
        struct timespec until;
        int64_t wake_us = now_us() + limit_us / OC_MACHINE_WATCH_LOOKS;
        until.tv_sec = wake_us / 1000000;
        until.tv_nsec = wake_us % 1000000 * 1000;
        pthread_cond_timedwait(&machine->watch_wake, &machine->stop_lock, &until);
        if (machine->watch_quit || atomic_load(&machine->stop) ||
            oc_machine_busy_us(machine) < limit_us || machine->debug_socket >= 0)
            continue;
        pthread_mutex_unlock(&machine->stop_lock);
        oc_machine_stop(machine, "did not return to the loop in time");
        pthread_mutex_lock(&machine->stop_lock);
    }
    pthread_mutex_unlock(&machine->stop_lock);
    return NULL;
}

static int start_watch(oc_machine_t *machine) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (!machine->config.runaway_ms)
        return 0;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals stay with the host's own threads */
    machine->watching = pthread_create(&machine->watch_thread, &attributes, watch, machine) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return machine->watching ? 0 : OC_ERR_NOMEM;
}

int oc_machine_stop_init(oc_machine_t *machine) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_condattr_t monotonic;
    pthread_once(&once, install_handler);
    machine->script_thread = pthread_self();
    unblock_signal();
    pthread_mutex_init(&machine->stop_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&machine->watch_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    machine->stop_async = calloc(1, sizeof *machine->stop_async);
    if (!machine->stop_async)
        return OC_ERR_NOMEM;
    if (uv_async_init(machine->config.loop, machine->stop_async, on_async) < 0) {
        free(machine->stop_async);
        machine->stop_async = NULL;
        return OC_ERR_NOMEM;
    }
    machine->stop_async->data = machine;
    uv_unref((uv_handle_t *)machine->stop_async); /* does not keep the loop alive */
    oc_machine_stop_meter(machine->xs);
    return start_watch(machine);
}

void oc_machine_stop_deinit(oc_machine_t *machine) {
    if (machine->watching) {
        pthread_mutex_lock(&machine->stop_lock);
        machine->watch_quit = true;
        pthread_cond_signal(&machine->watch_wake);
        pthread_mutex_unlock(&machine->stop_lock);
        pthread_join(machine->watch_thread, NULL);
    }
    if (machine->stop_async) {
        machine->stop_async->data = NULL;
        uv_close((uv_handle_t *)machine->stop_async, on_async_closed);
    }
    pthread_cond_destroy(&machine->watch_wake);
    pthread_mutex_destroy(&machine->stop_lock);
}

void oc_machine_stop_begin(oc_machine_t *machine) {
    running = machine;
    atomic_store(&machine->busy_since_us, now_us());
}

void oc_machine_stop_end(oc_machine_t *machine) {
    atomic_store(&machine->busy_since_us, 0);
    running = NULL;
}

void oc_machine_stop(oc_machine_t *machine, const char *why) {
    pthread_mutex_lock(&machine->stop_lock);
    bool first = !atomic_load(&machine->stop);
    if (first) {
        snprintf(machine->stop_text, sizeof machine->stop_text, "%.120s", why ? why : "");
        atomic_store(&machine->stop, true);
    }
    pthread_mutex_unlock(&machine->stop_lock);
    if (!first)
        return;
    pthread_kill(machine->script_thread, OC_MACHINE_STOP_SIGNAL);
    uv_async_send(machine->stop_async);
}

int64_t oc_machine_busy_us(const oc_machine_t *machine) {
    int64_t since_us = atomic_load(&machine->busy_since_us);
    return since_us ? now_us() - since_us : 0;
}
