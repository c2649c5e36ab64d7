#define _GNU_SOURCE
#include "oc_deadlines.h"

#include <sys/timerfd.h>
#include <unistd.h>
#include "oc_err.h"

/* There are three ways to wait, by what they cost. At once: a timer of the loop that is due, no
 * call of the system. Soon, which changes with every datagram: the same timer, up to a millisecond
 * late, which the loop's wait carries along. Within less than that, or much later: the timerfd. It
 * is exact, but every setting programs the machine's timer, as every wait with a time does, and
 * that leaves a virtual machine. What is due much later hardly changes, so it is set once, and the
 * loop waits without a time meanwhile. */

/* Pacing of datagrams waits for less than that (its quantum is 1 ms), other things for more. */
#define NEAR_US 2000
#define LATE_US 250000

static int64_t clock_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

/* A call may remove any of them, and add some. */
static void run_due(oc_deadlines_t *all) {
    int64_t now_us = clock_us();
    for (all->turn = all->first; all->turn;) {
        oc_deadline_t *one = all->turn;
        all->turn = one->next;
        if (one->at_us > now_us)
            continue;
        one->at_us = INT64_MAX;
        one->due(one->context);
    }
}

static void on_coarse(uv_timer_t *handle) {
    oc_deadlines_t *all = handle->data;
    all->coarse_us = INT64_MAX;
    run_due(all);
}

static void on_exact(uv_poll_t *handle, int status, int events) {
    oc_deadlines_t *all = handle->data;
    uint64_t times;
    if (read(all->fd, &times, sizeof times) == sizeof times)
        all->exact_us = INT64_MAX;
    run_due(all);
}

static void set_coarse(oc_deadlines_t *all, int64_t at_us) {
    if (all->coarse_us == at_us)
        return;
    all->coarse_us = at_us;
    all->settings++;
    if (at_us == INT64_MAX) {
        (void)uv_timer_stop(&all->coarse);
        return;
    }
    int64_t ms = (at_us + 999) / 1000 - (int64_t)uv_now(all->loop);
    (void)uv_timer_start(&all->coarse, on_coarse, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void set_exact(oc_deadlines_t *all, int64_t at_us) {
    struct itimerspec when = {.it_value = {at_us / 1000000, at_us % 1000000 * 1000 + 1}};
    if (all->exact_us == at_us)
        return;
    all->exact_us = at_us;
    all->settings++;
    (void)timerfd_settime(all->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* What stands is kept if it comes earlier, but not soon: a deadline that moves on with every packet
 * is not set with every packet. */
static void set_late(oc_deadlines_t *all, int64_t at_us, int64_t now_us) {
    if (all->exact_us > at_us || all->exact_us - now_us < LATE_US / 2)
        set_exact(all, at_us);
}

static void earlier(int64_t *at_us, int64_t other_us) {
    *at_us = other_us < *at_us ? other_us : *at_us;
}

static void on_before(uv_prepare_t *handle) {
    oc_deadlines_t *all = handle->data;
    int64_t now_us = clock_us(), near_us = INT64_MAX, soon_us = INT64_MAX, late_us = INT64_MAX;
    for (const oc_deadline_t *one = all->first; one; one = one->next) {
        bool passed = one->at_us <= now_us;
        if (!passed && one->exact && one->at_us - now_us < NEAR_US)
            earlier(&near_us, one->at_us);
        else if (!passed && one->at_us - now_us >= LATE_US)
            earlier(&late_us, one->at_us);
        else
            earlier(&soon_us, one->at_us);
    }
    uv_update_time(all->loop); /* what was done since it woke does not lengthen the wait */
    set_coarse(all, soon_us);
    if (near_us != INT64_MAX) /* else it stays: at worst the loop wakes once too often */
        set_exact(all, near_us);
    else if (soon_us == INT64_MAX && late_us != INT64_MAX)
        set_late(all, late_us, now_us);
}

static void on_closed(uv_handle_t *handle) {
    oc_deadlines_t *all = handle->data;
    if (--all->handles == 0 && all->closed)
        all->closed(all->context);
}

int oc_deadlines_open(oc_deadlines_t *all, uv_loop_t *loop) {
    *all = (oc_deadlines_t){.loop = loop, .coarse_us = INT64_MAX, .exact_us = INT64_MAX};
    (void)uv_prepare_init(loop, &all->before); /* these two cannot fail */
    (void)uv_timer_init(loop, &all->coarse);
    all->before.data = all->coarse.data = all->exact.data = all;
    all->handles = 2;
    all->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (all->fd >= 0 && uv_poll_init(loop, &all->exact, all->fd) == 0) {
        all->handles++;
        (void)uv_prepare_start(&all->before, on_before);
        if (uv_poll_start(&all->exact, UV_READABLE, on_exact) == 0)
            return OC_OK;
    }
    return OC_ERR_IO;
}

void oc_deadlines_close(oc_deadlines_t *all, void (*closed)(void *context), void *context) {
    all->closed = closed;
    all->context = context;
    all->first = all->turn = NULL;
    uv_close((uv_handle_t *)&all->before, on_closed);
    uv_close((uv_handle_t *)&all->coarse, on_closed);
    if (all->handles == 3) {
        (void)uv_poll_stop(&all->exact); /* before its descriptor goes */
        uv_close((uv_handle_t *)&all->exact, on_closed);
    }
    if (all->fd >= 0)
        close(all->fd);
    all->fd = -1;
}

void oc_deadlines_add(oc_deadlines_t *all, oc_deadline_t *one) {
    one->at_us = INT64_MAX;
    one->next = all->first;
    all->first = one;
}

void oc_deadlines_remove(oc_deadlines_t *all, oc_deadline_t *one) {
    oc_deadline_t **at = &all->first;
    while (*at && *at != one)
        at = &(*at)->next;
    if (*at)
        *at = one->next;
    if (all->turn == one)
        all->turn = one->next;
}
