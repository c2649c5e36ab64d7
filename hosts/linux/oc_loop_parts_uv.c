#include "oc_loop_parts.h"

#include <stdlib.h>
#include <uv.h>

struct oc_loop_timer {
    uv_timer_t uv;
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
    timer->fired(timer->context);
}

oc_loop_timer_t *oc_loop_timer_start(void *native, uint64_t first_ms, uint64_t repeat_ms,
                                     void (*fired)(void *context), void *context) {
    oc_loop_timer_t *timer = calloc(1, sizeof *timer);
    if (!timer)
        return NULL;
    timer->fired = fired;
    timer->context = context;
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
