/* oc_wakeup - wakes a libuv loop from other threads. What uv_async_t does, but nobody spins: its
 * reader waits, with a thousand pauses and sched_yield, for a sender whose write has woken it and
 * has not returned yet, which on a busy machine is most of the times. */
#ifndef OC_WAKEUP_H
#define OC_WAKEUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct oc_wakeup {
    uv_poll_t poll;
    int fd;                       /* of events; -1: none */
    _Atomic bool pending;         /* sent, and not called yet */
    _Atomic uint32_t writes;      /* calls of the system by senders, so far */
    void (*woken)(void *context); /* on the loop's thread */
    void *context;
} oc_wakeup_t;

/* Memory is the caller's, borrowed until oc_wakeup_free and until the loop has let the handle go.
 * OC_OK | OC_ERR_IO no descriptor; nothing has to be closed. */
int oc_wakeup_open(oc_wakeup_t *wakeup, uv_loop_t *loop, void (*woken)(void *context),
                   void *context);
/* Any thread, until oc_wakeup_free: woken is called once more at least, and then sees what was
 * written before this call. A call of the system only if nothing is pending. */
void oc_wakeup_send(oc_wakeup_t *wakeup);
/* Loop's thread: woken is not called any more. Sending does nothing from then on. */
void oc_wakeup_close(oc_wakeup_t *wakeup);
bool oc_wakeup_closing(const oc_wakeup_t *wakeup);
/* Nobody sends any more, and the loop has ended. */
void oc_wakeup_free(oc_wakeup_t *wakeup);

#endif
