#include "oc_loop_parts.h"

#include <stdlib.h>
#include <uv.h>

#include "oc_pulse.h"

struct oc_loop_timer {
    uv_timer_t uv;
    int64_t due_us; /* in time awake */
    uint64_t repeat_ms;
    void (*fired)(void *context);
    void *context;
};

struct oc_loop_poke {
    uv_async_t uv;
    void (*poked)(void *context); /* NULL: deleted */
    void *context;
};

static void on_closed(uv_handle_t *uv) {
    free(uv->data);
}

static void on_timer(uv_timer_t *uv) {
    oc_loop_timer_t *timer = uv->data;
    int64_t owed_us = oc_pulse_owed_us(timer->due_us);
    timer->due_us = oc_pulse_us() + (owed_us > 0 ? 0 : (int64_t)timer->repeat_ms * 1000);
    if (owed_us > 0)
        uv_timer_start(uv, on_timer, (uint64_t)owed_us / 1000, timer->repeat_ms);
    else
        timer->fired(timer->context);
}

oc_loop_timer_t *oc_loop_timer_start(void *native, uint64_t first_ms, uint64_t repeat_ms,
                                     void (*fired)(void *context), void *context) {
    oc_loop_timer_t *timer = calloc(1, sizeof *timer);
    if (!timer)
        return NULL;
    timer->fired = fired;
    timer->context = context;
    timer->repeat_ms = repeat_ms;
    timer->due_us = oc_pulse_us() + (int64_t)first_ms * 1000;
    uv_timer_init(native, &timer->uv);
    timer->uv.data = timer;
    uv_timer_start(&timer->uv, on_timer, first_ms, repeat_ms);
    return timer;
}

void oc_loop_timer_stop(oc_loop_timer_t *timer) {
    uv_close((uv_handle_t *)&timer->uv, on_closed);
}

static void on_async(uv_async_t *uv) {
    oc_loop_poke_t *poke = uv->data;
    if (poke->poked)
        poke->poked(poke->context);
}

oc_loop_poke_t *oc_loop_poke_create(void *native, void (*poked)(void *context), void *context) {
    oc_loop_poke_t *poke = calloc(1, sizeof *poke);
    if (!poke)
        return NULL;
    if (uv_async_init(native, &poke->uv, on_async) < 0) {
        free(poke);
        return NULL;
    }
    poke->uv.data = poke;
    poke->poked = poked;
    poke->context = context;
    uv_unref((uv_handle_t *)&poke->uv);
    return poke;
}

void oc_loop_poke(oc_loop_poke_t *poke) {
    uv_async_send(&poke->uv);
}

void oc_loop_poke_delete(oc_loop_poke_t *poke) {
    if (!poke)
        return;
    poke->poked = NULL;
    uv_close((uv_handle_t *)&poke->uv, on_closed);
}

/* ---- watches ---- */

struct oc_loop_watch {
    uv_poll_t uv;
    void (*ready)(void *context, unsigned events);
    void *context;
};

static void on_ready(uv_poll_t *uv, int status, int events) {
    oc_loop_watch_t *watch = uv->data;
    unsigned ready = (events & UV_READABLE ? OC_LOOP_READ : 0u) |
                     (events & UV_WRITABLE ? OC_LOOP_WRITE : 0u);
    watch->ready(watch->context, status < 0 ? OC_LOOP_READ | OC_LOOP_WRITE : ready);
}

oc_loop_watch_t *oc_loop_watch_start(void *native, int fd, unsigned events,
                                     void (*ready)(void *context, unsigned events), void *context) {
    oc_loop_watch_t *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->ready = ready;
    watch->context = context;
    if (uv_poll_init(native, &watch->uv, fd) < 0) {
        free(watch);
        return NULL;
    }
    watch->uv.data = watch;
    oc_loop_watch_change(watch, events);
    return watch;
}

void oc_loop_watch_change(oc_loop_watch_t *watch, unsigned events) {
    int desired = (events & OC_LOOP_READ ? UV_READABLE : 0) |
                 (events & OC_LOOP_WRITE ? UV_WRITABLE : 0);
    if (desired)
        uv_poll_start(&watch->uv, desired, on_ready);
    else
        uv_poll_stop(&watch->uv);
}

void oc_loop_watch_stop(oc_loop_watch_t *watch) {
    if (watch)
        uv_close((uv_handle_t *)&watch->uv, on_closed);
}
