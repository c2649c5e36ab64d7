#include "oc_pulse.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "oc_awake.h"
#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (64 * 1024)

/* Two records in turns: the one that `ticks` names is not written before the next tick but one. */
static _Atomic uint32_t ticks;
static struct { _Atomic int64_t mono_us, awake_us; } record[2];

static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER; /* of the next two */
static unsigned users;
static pthread_t thread;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the next two */
static pthread_cond_t wake;
static bool quit;

/* Again when a tick came in between: only then may the two belong to different ones. */
static oc_awake_t newest(void) {
    for (;;) {
        uint32_t tick = atomic_load(&ticks);
        oc_awake_t awake = {atomic_load(&record[tick % 2].mono_us),
                            atomic_load(&record[tick % 2].awake_us)};
        if (atomic_load(&ticks) == tick)
            return awake;
    }
}

static void publish(oc_awake_t awake) {
    uint32_t tick = atomic_load(&ticks) + 1;
    atomic_store(&record[tick % 2].mono_us, awake.mono_us);
    atomic_store(&record[tick % 2].awake_us, awake.awake_us);
    atomic_store(&ticks, tick);
}

/* Ticks, or rests. */
static void step(void (*how)(oc_awake_t *awake, int64_t now_us)) {
    oc_awake_t awake = newest();
    how(&awake, oc_posix_now_us());
    publish(awake);
}

static void *run(void *context) {
    pthread_mutex_lock(&lock);
    while (!quit) {
        step(oc_awake_tick);
        oc_posix_cond_wait(&wake, &lock, oc_posix_now_us() + OC_PULSE_TICK_US);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int begin(void) {
    oc_posix_cond_init(&wake);
    quit = false;
    step(oc_awake_tick); /* the thread's first one may come late */
    int result = oc_posix_thread(&thread, "pulse", STACK_BYTES, run, NULL);
    if (result == OC_OK)
        return OC_OK;
    step(oc_awake_rest);
    pthread_cond_destroy(&wake);
    return result;
}

static void end(void) {
    pthread_mutex_lock(&lock);
    quit = true;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    step(oc_awake_rest);
    pthread_cond_destroy(&wake);
}

int oc_pulse_start(void) {
    pthread_mutex_lock(&life);
    int result = users > 0 ? OC_OK : begin();
    users += result == OC_OK;
    pthread_mutex_unlock(&life);
    return result;
}

void oc_pulse_stop(void) {
    pthread_mutex_lock(&life);
    if (--users == 0)
        end();
    pthread_mutex_unlock(&life);
}

int64_t oc_pulse_us(void) {
    oc_awake_t awake = newest();
    return oc_awake_us(&awake, oc_posix_now_us());
}

int64_t oc_pulse_owed_us(int64_t due_us) {
    int64_t left_us = due_us - oc_pulse_us();
    if (left_us <= OC_AWAKE_STEP_US) /* no pause is shorter: a timer and this read other clocks */
        return 0;
    return left_us < OC_PULSE_OWED_US ? left_us : OC_PULSE_OWED_US;
}

bool oc_pulse_wait(pthread_cond_t *cond, pthread_mutex_t *held, int64_t until_us) {
    int64_t left_us = until_us == INT64_MAX ? INT64_MAX : until_us - oc_pulse_us();
    if (left_us <= 0)
        return false;
    oc_posix_cond_wait(cond, held, left_us == INT64_MAX ? INT64_MAX : oc_posix_now_us() + left_us);
    return true;
}

bool oc_pulse_readable(int fd, int64_t limit_us) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int64_t until_us = oc_pulse_us() + limit_us, left_us = limit_us;
    int ready;
    do {
        ready = poll(&one, 1, (int)(left_us / 1000) + 1);
        left_us = until_us - oc_pulse_us();
    } while (left_us > 0 && (ready == 0 || (ready < 0 && errno == EINTR)));
    return ready > 0;
}
