/* oc_p2p_pump_time - when the pump's next round is due. There are three ways to wait, by what they
 * cost. Now: an idle handle, no call of the system. Soon, which changes with every datagram: a
 * timer of the loop, up to a millisecond late, which the loop's wait carries along. At once or much
 * later: the timerfd. It is exact, but every setting programs the machine's timer, as every wait
 * with a time does, and that leaves a virtual machine. What is due much later hardly changes, so it
 * is set once, and waits without a time meanwhile. */
#define _GNU_SOURCE
#include "oc_p2p_pump_impl.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "oc_err.h"

/* Pacing waits for less than that (its quantum is 1 ms), probes and all other timers for more. */
#define NEAR_US 2000
#define LATE_US 250000

static void set_exact(oc_p2p_pump_t *pump, int64_t due_us) {
    struct itimerspec when = {0};
    if (pump->exact_us == due_us)
        return;
    pump->exact_us = due_us;
    if (due_us != INT64_MAX) {
        when.it_value.tv_sec = due_us / 1000000;
        when.it_value.tv_nsec = due_us % 1000000 * 1000 + 1;
    }
    (void)timerfd_settime(pump->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_exact(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    uint64_t times;
    if (read(pump->timer_fd, &times, sizeof times) == sizeof times)
        pump->exact_us = INT64_MAX;
    if (!pump->closing)
        oc_p2p_pump_round(pump);
}

static void on_coarse(uv_timer_t *handle) {
    oc_p2p_pump_t *pump = handle->data;
    pump->coarse_us = INT64_MAX;
    oc_p2p_pump_round(pump);
}

static void on_soon(uv_idle_t *handle) {
    (void)uv_idle_stop(handle);
    oc_p2p_pump_round(handle->data);
}

static void set_coarse(oc_p2p_pump_t *pump, int64_t due_us) {
    if (pump->coarse_us == due_us)
        return;
    pump->coarse_us = due_us;
    if (due_us == INT64_MAX) {
        (void)uv_timer_stop(&pump->coarse);
        return;
    }
    int64_t ms = (due_us + 999) / 1000 - (int64_t)uv_now(pump->loop);
    (void)uv_timer_start(&pump->coarse, on_coarse, ms > 0 ? (uint64_t)ms : 0, 0);
}

void oc_p2p_pump_arm(oc_p2p_pump_t *pump, int64_t due_us) {
    int64_t wait = due_us - pump->now_us;
    bool coarse = wait >= NEAR_US && wait < LATE_US;
    if (wait <= 0)
        (void)uv_idle_start(&pump->soon, on_soon);
    else
        (void)uv_idle_stop(&pump->soon);
    set_coarse(pump, coarse ? due_us : INT64_MAX);
    if (wait > 0 && !coarse) /* else it stays: at worst there is one round too many */
        set_exact(pump, due_us);
}

int oc_p2p_pump_time_open(oc_p2p_pump_t *pump) {
    pump->exact_us = pump->coarse_us = INT64_MAX;
    pump->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (pump->timer_fd < 0 || uv_poll_init(pump->loop, &pump->exact, pump->timer_fd) != 0)
        return OC_ERR_IO;
    (void)uv_timer_init(pump->loop, &pump->coarse); /* these two cannot fail */
    (void)uv_idle_init(pump->loop, &pump->soon);
    pump->exact.data = pump->coarse.data = pump->soon.data = pump;
    pump->handles += 3;
    return uv_poll_start(&pump->exact, UV_READABLE, on_exact) == 0 ? OC_OK : OC_ERR_IO;
}
