/* GLib calls timeouts that are due in the order in which they were attached. The web's order is
 * that of their time, so the timers of a context are one sorted list behind one source. */
#include "oc_loop_parts.h"

#include <glib-unix.h>
#include <stdbool.h>
#include <stdlib.h>

#include "oc_pulse.h"

struct oc_loop_timer {
    oc_loop_timer_t *next;
    struct timers *timers; /* NULL: fired, once */
    int64_t due_us;
    int64_t awake_us; /* the same in time awake */
    uint64_t repeat_ms;
    void (*fired)(void *context);
    void *context;
};

typedef struct timers {
    GSource source;
    oc_loop_timer_t *first; /* sorted by due_us; equal ones in order of their start */
} timers_t;

struct oc_loop_poke {
    GSource source;
    void (*poked)(void *context);
    void *context;
};

/* ---- timers ---- */

static void insert(timers_t *timers, oc_loop_timer_t *timer) {
    oc_loop_timer_t **at = &timers->first;
    while (*at && (*at)->due_us <= timer->due_us)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static bool take(timers_t *timers, const oc_loop_timer_t *timer) {
    for (oc_loop_timer_t **at = &timers->first; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = timer->next;
            return true;
        }
    return false;
}

static void arm(timers_t *timers) {
    g_source_set_ready_time(&timers->source, timers->first ? timers->first->due_us : -1);
}

/* Those started from a callback wait for the next turn, even when they are due at once. */
static gboolean dispatch_timers(GSource *source, GSourceFunc callback, gpointer data) {
    timers_t *timers = (timers_t *)source;
    int64_t now_us = g_get_monotonic_time();
    for (oc_loop_timer_t *timer; (timer = timers->first) && timer->due_us <= now_us;) {
        int64_t owed_us = oc_pulse_owed_us(timer->awake_us);
        int64_t more_us = owed_us > 0 ? owed_us : (int64_t)timer->repeat_ms * 1000;
        timers->first = timer->next;
        timer->awake_us = oc_pulse_us() + (owed_us > 0 ? 0 : more_us);
        if (more_us > 0) {
            timer->due_us = now_us + more_us;
            insert(timers, timer);
        }
        if (owed_us == 0)
            timer->fired(timer->context);
    }
    arm(timers);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs timers_functions = {.dispatch = dispatch_timers};

/* The list of this context, made when it is first wanted; it lives as long as the context. */
static timers_t *timers_of(GMainContext *context) {
    GSource *source =
        g_main_context_find_source_by_funcs_user_data(context, &timers_functions, context);
    if (!source) {
        source = g_source_new(&timers_functions, sizeof(timers_t));
        g_source_set_callback(source, G_SOURCE_FUNC(g_main_context_wakeup), context, NULL);
        g_source_attach(source, context);
        g_source_unref(source); /* the context's now */
    }
    return (timers_t *)source;
}

oc_loop_timer_t *oc_loop_timer_start(void *native, uint64_t first_ms, uint64_t repeat_ms,
                                     void (*fired)(void *context), void *context) {
    oc_loop_timer_t *timer = calloc(1, sizeof *timer);
    if (!timer)
        return NULL;
    timer->timers = timers_of(native);
    timer->due_us = g_get_monotonic_time() + (int64_t)first_ms * 1000;
    timer->awake_us = oc_pulse_us() + (int64_t)first_ms * 1000;
    timer->repeat_ms = repeat_ms;
    timer->fired = fired;
    timer->context = context;
    insert(timer->timers, timer);
    arm(timer->timers);
    return timer;
}

void oc_loop_timer_stop(oc_loop_timer_t *timer) {
    if (take(timer->timers, timer))
        arm(timer->timers);
    free(timer);
}

/* ---- pokes ---- */

static gboolean dispatch_poke(GSource *source, GSourceFunc callback, gpointer data) {
    oc_loop_poke_t *poke = (oc_loop_poke_t *)source;
    g_source_set_ready_time(source, -1); /* first: a poke from now on is another one */
    poke->poked(poke->context);
    return G_SOURCE_CONTINUE;
}

oc_loop_poke_t *oc_loop_poke_create(void *native, void (*poked)(void *context), void *context) {
    static GSourceFuncs functions = {.dispatch = dispatch_poke};
    oc_loop_poke_t *poke = (oc_loop_poke_t *)g_source_new(&functions, sizeof *poke);
    poke->poked = poked;
    poke->context = context;
    g_source_attach(&poke->source, native);
    return poke;
}

void oc_loop_poke(oc_loop_poke_t *poke) {
    g_source_set_ready_time(&poke->source, 0);
}

void oc_loop_poke_delete(oc_loop_poke_t *poke) {
    if (!poke)
        return;
    g_source_destroy(&poke->source);
    g_source_unref(&poke->source);
}

/* ---- watches ---- */

struct oc_loop_watch {
    GSource source;
    int fd;
    gpointer tag; /* NULL: waits for nothing, not even a hang-up */
    void (*ready)(void *context, unsigned events);
    void *context;
};

static GIOCondition conditions(unsigned events) {
    return (events & OC_LOOP_READ ? G_IO_IN : 0) | (events & OC_LOOP_WRITE ? G_IO_OUT : 0);
}

static gboolean dispatch_watch(GSource *source, GSourceFunc callback, gpointer data) {
    const oc_loop_watch_t *watch = (oc_loop_watch_t *)source;
    GIOCondition found = watch->tag ? g_source_query_unix_fd(source, watch->tag) : 0;
    bool broken = (found & (G_IO_ERR | G_IO_HUP)) != 0;
    unsigned ready = (broken || found & G_IO_IN ? OC_LOOP_READ : 0u) |
                     (broken || found & G_IO_OUT ? OC_LOOP_WRITE : 0u);
    if (ready)
        watch->ready(watch->context, ready);
    return G_SOURCE_CONTINUE;
}

oc_loop_watch_t *oc_loop_watch_start(void *native, int fd, unsigned events,
                                     void (*ready)(void *context, unsigned events), void *context) {
    static GSourceFuncs functions = {.dispatch = dispatch_watch};
    oc_loop_watch_t *watch = (oc_loop_watch_t *)g_source_new(&functions, sizeof *watch);
    watch->ready = ready;
    watch->context = context;
    watch->fd = fd;
    oc_loop_watch_change(watch, events);
    g_source_attach(&watch->source, native);
    return watch;
}

void oc_loop_watch_change(oc_loop_watch_t *watch, unsigned events) {
    if (watch->tag)
        g_source_remove_unix_fd(&watch->source, watch->tag);
    watch->tag =
        events ? g_source_add_unix_fd(&watch->source, watch->fd, conditions(events)) : NULL;
}

void oc_loop_watch_stop(oc_loop_watch_t *watch) {
    if (!watch)
        return;
    g_source_destroy(&watch->source);
    g_source_unref(&watch->source);
}
