#define _GNU_SOURCE
#include "oc_wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include "oc_err.h"

/* The descriptor is emptied first: who sends between the two lines has its data seen below, who
 * sends behind them writes again. */
static void on_readable(uv_poll_t *handle, int status, int events) {
    oc_wakeup_t *wakeup = handle->data;
    uint64_t count;
    (void)!read(wakeup->fd, &count, sizeof count);
    (void)atomic_exchange(&wakeup->pending, false);
    wakeup->woken(wakeup->context);
}

int oc_wakeup_open(oc_wakeup_t *wakeup, uv_loop_t *loop, void (*woken)(void *context),
                   void *context) {
    wakeup->woken = woken;
    wakeup->context = context;
    atomic_init(&wakeup->pending, false);
    atomic_init(&wakeup->writes, 0);
    wakeup->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wakeup->fd < 0)
        return OC_ERR_IO;
    if (uv_poll_init(loop, &wakeup->poll, wakeup->fd) != 0) {
        oc_wakeup_free(wakeup);
        return OC_ERR_IO;
    }
    wakeup->poll.data = wakeup;
    (void)uv_poll_start(&wakeup->poll, UV_READABLE, on_readable); /* of a new handle: it works */
    return OC_OK;
}

void oc_wakeup_send(oc_wakeup_t *wakeup) {
    static const uint64_t one = 1;
    if (atomic_exchange(&wakeup->pending, true))
        return;
    atomic_fetch_add_explicit(&wakeup->writes, 1, memory_order_relaxed);
    (void)!write(wakeup->fd, &one, sizeof one); /* it is never full: one is pending at a time */
}

void oc_wakeup_close(oc_wakeup_t *wakeup) {
    (void)uv_poll_stop(&wakeup->poll);
    uv_close((uv_handle_t *)&wakeup->poll, NULL);
}

bool oc_wakeup_closing(const oc_wakeup_t *wakeup) {
    return uv_is_closing((const uv_handle_t *)&wakeup->poll) != 0;
}

void oc_wakeup_free(oc_wakeup_t *wakeup) {
    if (wakeup->fd >= 0)
        close(wakeup->fd);
    wakeup->fd = -1;
}
