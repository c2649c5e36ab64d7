/* oc_loop on a GMainContext of its own, which is the thread's default: the SDK's modules attach
 * their sources there. */
#include "oc_loop.h"

#include <glib.h>
#include <stdlib.h>

#include "oc_err.h"
#include "oc_loop_parts.h"

struct oc_loop {
    GMainContext *context;
    oc_loop_poke_t *poke;
    bool quit;
};

int oc_loop_create(oc_loop_t **out, void (*woken)(void *context), void *context) {
    oc_loop_t *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return OC_ERR_NOMEM;
    loop->context = g_main_context_new();
    loop->poke = oc_loop_poke_create(loop->context, woken, context);
    if (!loop->poke) {
        oc_loop_delete(loop);
        return OC_ERR_NOMEM;
    }
    *out = loop;
    return OC_OK;
}

void oc_loop_enter(oc_loop_t *loop) {
    g_main_context_push_thread_default(loop->context);
}

void oc_loop_leave(oc_loop_t *loop) {
    g_main_context_pop_thread_default(loop->context);
}

void *oc_loop_native(oc_loop_t *loop) {
    return loop->context;
}

void oc_loop_wake(oc_loop_t *loop) {
    oc_loop_poke(loop->poke);
}

void oc_loop_turn(oc_loop_t *loop) {
    g_main_context_iteration(loop->context, TRUE);
}

void oc_loop_run(oc_loop_t *loop) {
    while (!loop->quit)
        g_main_context_iteration(loop->context, TRUE);
    loop->quit = false;
}

static void on_pause(void *context) {
    oc_loop_quit(context);
}

void oc_loop_run_for(oc_loop_t *loop, unsigned ms) {
    oc_loop_timer_t *pause = oc_loop_timer_start(loop->context, ms, 0, on_pause, loop);
    if (!pause) /* memory is short: a pause without the loop is better than none */
        g_usleep(ms * 1000ul);
    else
        oc_loop_run(loop);
    if (pause)
        oc_loop_timer_stop(pause);
}

void oc_loop_quit(oc_loop_t *loop) {
    loop->quit = true;
}

void oc_loop_settle(oc_loop_t *loop) {
    while (g_main_context_iteration(loop->context, FALSE)) {
    }
}

void oc_loop_delete(oc_loop_t *loop) {
    if (!loop)
        return;
    oc_loop_poke_delete(loop->poke);
    g_main_context_unref(loop->context);
    free(loop);
}
