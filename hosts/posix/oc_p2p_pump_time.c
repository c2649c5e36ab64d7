/* oc_p2p_pump_time - when the pump's next round is due. There are three ways to wait, by what they
 * cost. Now: an idle handle, no call of the system. Within NEAR_US: the timerfd, which is exact,
 * but whose every setting programs the machine's timer: that leaves a virtual machine. Later: a
 * timer of the loop, up to a millisecond late, which the wait of the loop carries along anyway. */
#define _GNU_SOURCE
#include "oc_p2p_pump_impl.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "oc_err.h"

/* Pacing waits for less than that (its quantum is 1 ms), probes and all other timers for more. */
#define NEAR_US 2000

static void set_near(oc_p2p_pump_t *pump, int64_t due_us) {
    struct itimerspec when = {0};
    if (pump->near_us == due_us)
        return;
    pump->near_us = due_us;
    if (due_us != INT64_MAX) {
        when.it_value.tv_sec = due_us / 1000000;
        when.it_value.tv_nsec = due_us % 1000000 * 1000 + 1;
    }
    (void)timerfd_settime(pump->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_near(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    uint64_t times;
    if (read(pump->timer_fd, &times, sizeof times) == sizeof times)
        pump->near_us = INT64_MAX;
    if (!pump->closing)
        oc_p2p_pump_round(pump);
}

static void on_far(uv_timer_t *handle) {
    oc_p2p_pump_t *pump = handle->data;
    pump->far_us = INT64_MAX;
    oc_p2p_pump_round(pump);
}

static void on_soon(uv_idle_t *handle) {
    (void)uv_idle_stop(handle);
    oc_p2p_pump_round(handle->data);
}

static void set_far(oc_p2p_pump_t *pump, int64_t due_us) {
    if (pump->far_us == due_us)
        return;
    pump->far_us = due_us;
    if (due_us == INT64_MAX) {
        (void)uv_timer_stop(&pump->far);
        return;
    }
    int64_t ms = (due_us + 999) / 1000 - (int64_t)uv_now(pump->loop);
    (void)uv_timer_start(&pump->far, on_far, ms > 0 ? (uint64_t)ms : 0, 0);
}

void oc_p2p_pump_arm(oc_p2p_pump_t *pump, int64_t due_us) {
    bool soon = due_us <= pump->now_us;
    bool near = !soon && due_us - pump->now_us < NEAR_US;
    if (soon)
        (void)uv_idle_start(&pump->soon, on_soon);
    else
        (void)uv_idle_stop(&pump->soon);
    set_near(pump, near ? due_us : INT64_MAX);
    set_far(pump, soon || near ? INT64_MAX : due_us);
}

int oc_p2p_pump_time_open(oc_p2p_pump_t *pump) {
    pump->near_us = pump->far_us = INT64_MAX;
    pump->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (pump->timer_fd < 0 || uv_poll_init(pump->loop, &pump->near, pump->timer_fd) != 0)
        return OC_ERR_IO;
    (void)uv_timer_init(pump->loop, &pump->far); /* these two cannot fail */
    (void)uv_idle_init(pump->loop, &pump->soon);
    pump->near.data = pump->far.data = pump->soon.data = pump;
    pump->handles += 3;
    return uv_poll_start(&pump->near, UV_READABLE, on_near) == 0 ? OC_OK : OC_ERR_IO;
}
