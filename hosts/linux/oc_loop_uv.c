#include "oc_loop.h"

#include <stdlib.h>
#include <uv.h>

#include "oc_err.h"

struct oc_loop {
    uv_loop_t uv;
    uv_async_t async;
    uv_timer_t pause;
    void (*woken)(void *context);
    void *context;
};

static void on_async(uv_async_t *async) {
    oc_loop_t *loop = async->data;
    loop->woken(loop->context);
}

static void on_pause(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

int oc_loop_create(oc_loop_t **out, void (*woken)(void *context), void *context) {
    oc_loop_t *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return OC_ERR_NOMEM;
    loop->woken = woken;
    loop->context = context;
    loop->async.data = loop;
    if (uv_loop_init(&loop->uv) != 0 || uv_async_init(&loop->uv, &loop->async, on_async) != 0 ||
        uv_timer_init(&loop->uv, &loop->pause) != 0)
        return OC_ERR_NOMEM; /* the process ends */
    *out = loop;
    return OC_OK;
}

void oc_loop_enter(oc_loop_t *loop) {}
void oc_loop_leave(oc_loop_t *loop) {}

void *oc_loop_native(oc_loop_t *loop) {
    return &loop->uv;
}

void oc_loop_wake(oc_loop_t *loop) {
    uv_async_send(&loop->async);
}

void oc_loop_turn(oc_loop_t *loop) {
    uv_run(&loop->uv, UV_RUN_ONCE);
}

void oc_loop_run(oc_loop_t *loop) {
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* the async handle keeps it alive */
}

void oc_loop_run_for(oc_loop_t *loop, unsigned ms) {
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->pause, on_pause, ms, 0);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_timer_stop(&loop->pause);
}

void oc_loop_quit(oc_loop_t *loop) {
    uv_stop(&loop->uv);
}

void oc_loop_settle(oc_loop_t *loop) {
    uv_run(&loop->uv, UV_RUN_NOWAIT);
}

void oc_loop_delete(oc_loop_t *loop) {
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->async, NULL);
    uv_close((uv_handle_t *)&loop->pause, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    free(loop);
}
