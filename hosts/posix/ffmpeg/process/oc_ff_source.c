#define _GNU_SOURCE
#include "oc_ff_source.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_ff_memory.h"
#include "oc_ff_talk.h"
#include "oc_ffmpeg.h"

#define STACK_BYTES (1024 * 1024) /* codecs and protocol stacks */
#define IDLE_US     (1000 * 1000) /* the longest sleep: somebody may be gone */
#define ROOM_US     (10 * 1000)   /* a state item waits for a slot this often */
_Static_assert(OC_SOURCE_BUFFER == OC_FF_BUFFER, "the payload room is the feeder's buffer");

typedef struct source {
    oc_ff_talk_t talk;
    oc_source_share_t *share;
    oc_handoff_t handoff;
    oc_handoff_item_t slots[OC_SOURCE_SLOTS];
    oc_ffmpeg_t *state;
    uint32_t published; /* items of the handoff that are laid out */
    uint32_t seen;      /* child_bell when the socket was looked at */
    bool open, running;
    char variables[OC_SOURCE_VARIABLES];
} source_t;

/* ---- words ---- */

static void ring(source_t *s) {
    atomic_fetch_add(&s->share->host_bell, 1);
    if (atomic_load(&s->share->host_waits))
        syscall(SYS_futex, &s->share->host_bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* After each message. */
static void announce(void *context) {
    source_t *s = context;
    atomic_fetch_add(&s->share->messages, 1);
    ring(s);
}

/* ---- the shared queue ---- */

static void lay_out(source_t *s, const oc_handoff_item_t *from) {
    oc_source_share_t *share = s->share;
    const uint8_t *room = (const uint8_t *)share + OC_SOURCE_PAYLOAD;
    oc_source_item_t item = {.kind = from->kind, .code = from->code, .track = from->packet.track};
    if (from->kind == OC_HANDOFF_TRACK) {
        item.code = (int32_t)(from->track - s->handoff.tracks);
        share->track[item.code] = *from->track;
    } else if (from->kind == OC_HANDOFF_PACKET) {
        const oc_packet_t *p = &from->packet;
        item.at = (uint32_t)(p->data - room);
        item.len_bytes = p->len_bytes;
        item.dts = p->dts;
        item.cts = p->cts;
        item.duration = p->duration;
        item.capture_us = p->capture_us;
        item.key = p->key;
        item.jump = p->jump;
    }
    share->item[s->published % OC_SOURCE_SLOTS] = item;
}

/* Called after each push, by the thread of the source. */
static void publish(void *context) {
    source_t *s = context;
    oc_handoff_item_t item;
    while (oc_handoff_peek_at(&s->handoff, s->published - oc_handoff_released(&s->handoff),
                              &item) == OC_OK) {
        lay_out(s, &item);
        s->published++;
    }
    atomic_store(&s->share->pushed, s->published);
    ring(s);
}

static void take_back(source_t *s) {
    uint32_t released = atomic_load(&s->share->released);
    while (oc_handoff_released(&s->handoff) != released &&
           oc_handoff_released(&s->handoff) != s->published)
        oc_handoff_release(&s->handoff);
    for (unsigned cause = 0; cause < OC_LOSS_CAUSES; cause++)
        atomic_store(&s->share->lost[cause], atomic_load(&s->handoff.lost[cause]));
}

/* ---- what the driver is lent ---- */

static void *allocate(void *context, size_t bytes) {
    source_t *s = context;
    return bytes == OC_SOURCE_BUFFER ? (uint8_t *)s->share + OC_SOURCE_PAYLOAD
                                     : aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void release(void *context, void *memory) {
    source_t *s = context;
    if (memory != (uint8_t *)s->share + OC_SOURCE_PAYLOAD)
        free(memory);
}

/* Any thread of the process. */
static void wake(void *context) {
    source_t *s = context;
    atomic_fetch_add(&s->share->child_bell, 1);
    syscall(SYS_futex, &s->share->child_bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static int64_t now_us(void *context) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* It is alive: whoever waits polls this. */
static bool interrupted(void *context) {
    source_t *s = context;
    atomic_fetch_add(&s->share->beats, 1);
    return atomic_load(&s->share->interrupt) != 0 || s->talk.over;
}

/* ---- life ---- */

static void sleep_until(source_t *s, uint32_t bell, int64_t due_us, bool room) {
    int64_t wait_us = due_us - now_us(s);
    uint32_t released = oc_handoff_released(&s->handoff);
    if (wait_us <= 0)
        return;
    wait_us = wait_us < IDLE_US ? wait_us : IDLE_US;
    struct timespec limit = {wait_us / 1000000, wait_us % 1000000 * 1000};
    atomic_store(&s->share->child_sleeps, room ? OC_SOURCE_WANTS_ROOM : OC_SOURCE_SLEEPS);
    if (room)
        ring(s); /* the program looks when it is there */
    if (!room || atomic_load(&s->share->released) == released)
        syscall(SYS_futex, &s->share->child_bell, FUTEX_WAIT, bell, &limit, NULL, 0);
    atomic_store(&s->share->child_sleeps, OC_SOURCE_AWAKE);
}

static void done(source_t *s, uint32_t what, int result, const oc_capture_config_t *config) {
    oc_source_message_t message = {.kind = OC_SOURCE_DONE};
    message.done.what = what;
    message.done.result = result;
    message.done.needs_own = oc_ff_needs_own;
    if (config)
        message.done.config = *config;
    memset(message.done.config.url, 0, sizeof(message.done.config.url));
    if (!oc_ff_talk_say(&s->talk, &message, 0))
        s->talk.over = true;
}

static void stop(source_t *s) {
    if (s->running)
        oc_ffmpeg.stop(s->state);
    s->running = false;
}

static void shut(source_t *s) {
    stop(s);
    if (s->open)
        oc_ffmpeg.close(s->state);
    s->open = false;
}

/* FFmpeg goes on without a word when it gets no memory: packets are missing then, or a track. */
static void report_refused_memory(const source_t *s) {
    char line[OC_FF_SHOWN_MAX + 120];
    size_t bytes = oc_ff_memory_refused_bytes();
    if (bytes == 0)
        return;
    snprintf(line, sizeof(line),
             "%s: memory limit reached: a request for %zu MB was refused; check this source: it "
             "may be damaged or hostile",
             s->state->input.shown, bytes >> 20);
    oc_ff_talk_log(OC_LOG_WARN, line);
}

static void open_source(source_t *s, oc_source_message_t *message) {
    oc_capture_env_t env = {.handoff = &s->handoff,
                            .allocate = allocate,
                            .release = release,
                            .wake = wake,
                            .now_us = now_us,
                            .interrupted = interrupted,
                            .context = s};
    shut(s);
    memcpy(s->variables, message->open.variables, sizeof(s->variables));
    s->variables[sizeof(s->variables) - 1] = s->variables[sizeof(s->variables) - 2] = 0;
    oc_ff_needs_own = false;
    int result = oc_ffmpeg.open(s->state, &env, &message->open.config);
    s->open = result >= 0;
    atomic_store(&s->share->encodes, atomic_load(&s->state->encodes));
    report_refused_memory(s);
    done(s, OC_SOURCE_OPEN, result, &message->open.config);
}

static void obey(source_t *s, oc_source_message_t *message) {
    int result = OC_OK;
    switch (message->kind) {
    case OC_SOURCE_OPEN:
        open_source(s, message);
        malloc_trim(0); /* probing leaves megabytes behind that are free */
        return;
    case OC_SOURCE_START:
        oc_ff_needs_own = false;
        result = s->open ? oc_ffmpeg.start(s->state, now_us(s)) : OC_ERR_STATE;
        malloc_trim(0);
        report_refused_memory(s);
        s->running = result >= 0;
        atomic_store(&s->share->encodes, atomic_load(&s->state->encodes));
        break;
    case OC_SOURCE_STOP:
        stop(s);
        break;
    case OC_SOURCE_CLOSE:
        shut(s);
        break;
    default:
        s->talk.over = true;
        return;
    }
    done(s, message->kind, result, NULL);
    s->talk.over |= message->kind == OC_SOURCE_CLOSE;
}

static void look_for_commands(source_t *s, int flags) {
    static _Thread_local oc_source_message_t message;
    int fd, came = 1;
    while (came > 0 && !s->talk.over) {
        if (s->talk.pending)
            message = s->talk.command;
        came = s->talk.pending ? 1 : oc_ff_talk_hear(&s->talk, &message, &fd, flags);
        s->talk.pending = false;
        if (came > 0)
            obey(s, &message);
        s->talk.over |= came < 0;
        flags = MSG_DONTWAIT;
    }
}

static void follow(source_t *s) {
    uint32_t bps = atomic_exchange(&s->share->desired_bps, 0);
    if (atomic_exchange(&s->share->key_requested, 0))
        oc_ffmpeg.request_key(s->state);
    if (bps)
        oc_ffmpeg.set_bitrate_bps(s->state, bps);
}

/* The source is gone: that comes behind its packets. */
static void lose(source_t *s, int code) {
    stop(s);
    while (oc_handoff_push_state(&s->handoff, OC_HANDOFF_LOST, code) != OC_OK && !s->talk.over) {
        sleep_until(s, atomic_load(&s->share->child_bell), now_us(s) + ROOM_US, true);
        atomic_fetch_add(&s->share->beats, 1);
        take_back(s);
        if (atomic_load(&s->share->interrupt))
            return;
    }
}

static void pump(source_t *s) {
    uint32_t bell = atomic_load(&s->share->child_bell);
    atomic_fetch_add(&s->share->beats, 1);
    if (bell != s->seen || s->talk.pending) {
        s->seen = bell;
        look_for_commands(s, MSG_DONTWAIT);
        return;
    }
    take_back(s);
    follow(s);
    int64_t due_us = oc_ffmpeg.pump(s->state, now_us(s));
    take_back(s);
    report_refused_memory(s);
    if (due_us < 0) {
        lose(s, (int)due_us);
        return;
    }
    bool full = s->published - oc_handoff_released(&s->handoff) >= OC_SOURCE_SLOTS;
    if (!s->talk.pending)
        sleep_until(s, bell, due_us, full || due_us == INT64_MAX);
}

static void *run(void *context) {
    source_t *s = context;
    oc_ff_talk_use(&s->talk);
    oc_ff_memory_of_source();
    while (!s->talk.over) {
        if (s->running)
            pump(s);
        else
            look_for_commands(s, 0);
    }
    shut(s);
    munmap(s->share, OC_SOURCE_BYTES);
    close(s->talk.socket);
    free(s->state);
    free(s);
    return NULL;
}

bool oc_ff_source_begin(int socket, int memory) {
    source_t *s = calloc(1, sizeof(*s));
    void *at = mmap(NULL, OC_SOURCE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    pthread_attr_t attributes;
    pthread_t thread;
    close(memory);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (s && at != MAP_FAILED) {
        s->talk = (oc_ff_talk_t){
            .socket = socket, .sent = announce, .context = s, .variables = s->variables};
        s->share = at;
        s->state = calloc(1, sizeof(*s->state));
        oc_handoff_init(&s->handoff, publish, s);
        oc_handoff_use(&s->handoff, s->slots, OC_SOURCE_SLOTS);
        if (s->state && pthread_create(&thread, &attributes, run, s) == 0)
            return true;
        free(s->state);
    }
    if (at != MAP_FAILED)
        munmap(at, OC_SOURCE_BYTES);
    close(socket);
    free(s);
    return false;
}
