#include "oc_capture_process.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_ff_url.h"
#include "oc_lasting.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_source_link.h"

#define OPEN_US   (40 * 1000 * 1000) /* its own limits are shorter (oc_ff.h) */
#define STOP_US   (2 * 1000 * 1000)  /* it says goodbye for half a second */
#define IDLE_US   (100 * 1000)       /* between two looks at whether it is alive */
#define ENDED_US  (1000 * 1000)      /* the same when nothing more will come */
#define RETRY_US  1000               /* there is no room */
#define LENT_US   (2 * 1000 * 1000)  /* what was lent before is back by then */
#define LOOK_US   1000000            /* a looped file is looked at this often */
#define SPIN_US   1
#define BURST     64   /* items taken in one pump */
#define DROPS_MAX 1000 /* told in one pump */
#define SUSPECT_US                                                                                 \
    (60 * 1000 * 1000) /* a shared process that dies twice in it has a bad source                  \
                        */

typedef struct process {
    oc_capture_env_t env;
    oc_capture_config_t requested; /* what open was asked for */
    oc_plugin_kind_t kind;
    oc_helper_class_t class;
    char shown[OC_FF_SHOWN_MAX];
    char variables[OC_SOURCE_VARIABLES];
    oc_source_link_t link;
    oc_codec_t codec[OC_TRACKS_MAX];
    bool is_open, running, ended;
    uint64_t version;     /* of a looped file, when it was opened; 0 = not looked at */
    int64_t looked_us;    /* at its version, the last time */
    int64_t died_us;      /* when its process died last; 0 = never */
    oc_lasting_t lasting; /* starts that fail */
    _Atomic uint32_t encodes, key_requested, desired_bps;
} process_t;

/* ---- what an input asks for ---- */

/* Variables that an address names are noted, and only those go to the helper. */
static _Thread_local struct {
    char *text;
    size_t used;
    bool full;
} noted;

static const char *look_up(const char *name) {
    const char *value = getenv(name);
    size_t room = OC_SOURCE_VARIABLES - 1 - noted.used; /* an empty one ends */
    size_t bytes = value ? strlen(name) + strlen(value) + 2 : 0;
    if (bytes > room) {
        noted.full = true;
        return NULL;
    }
    if (value)
        noted.used += (size_t)snprintf(noted.text + noted.used, room, "%s=%s", name, value) + 1;
    return value;
}

static oc_helper_class_t class_of(const oc_ff_input_t *in, const oc_capture_config_t *config) {
    switch (in->kind) {
    case OC_PLUGIN_SCALE:
        return OC_HELPER_JOIN;
    case OC_PLUGIN_V4L2:
    case OC_PLUGIN_ALSA:
        return OC_HELPER_DEVICE;
    case OC_PLUGIN_TEST:
        return OC_HELPER_DECODE;
    default:
        return in->transcode || in->aac || oc_ff_wants_pixels(in) || config->feeds
                   ? OC_HELPER_DECODE
                   : OC_HELPER_PASS;
    }
}

/* Sources that have a process of their own, and the sub streams made of them. */
static uint32_t key_of(const process_t *p) {
    if (p->class == OC_HELPER_PASS)
        return 0;
    return p->requested.feed ? p->requested.feed : 1 + p->requested.slot;
}

static int understand(process_t *p, char *why, size_t size) {
    oc_ff_input_t *in = p->env.allocate(p->env.context, sizeof(*in)); /* it may hold a password */
    if (!in)
        return OC_ERR_NOMEM;
    noted.text = p->variables;
    noted.used = 0;
    noted.full = false;
    int rc = oc_ff_url_parse(p->requested.url, look_up, in, why, size);
    if (noted.full)
        snprintf(why, size, "%.60s: its variables are longer than %d bytes", in->shown,
                 OC_SOURCE_VARIABLES);
    p->variables[noted.used] = 0;
    if (rc == OC_OK) {
        p->kind = in->kind;
        p->class = class_of(in, &p->requested);
        snprintf(p->shown, sizeof(p->shown), "%s", in->shown);
        oc_source_broker_init(&p->link.talk.broker, in->kind, in->udp, in->target);
        oc_source_broker_object(&p->link.talk.broker, in);
    }
    memset(in, 0, sizeof(*in));
    p->env.release(p->env.context, in);
    return rc;
}

/* ---- the source in its helper ---- */

/* Its helper is of no use any more. */
static void leave(process_t *p, int rc) {
    int64_t now_us = oc_posix_now_us();
    if (!p->link.helper)
        return;
    if (rc == OC_ERR_FORMAT)
        oc_helper_kill(p->link.helper, "it wrote invalid data to its memory or socket");
    else if (rc == OC_ERR_TIMEOUT && (p->class != OC_HELPER_PASS ||
                                      oc_helper_silent(p->link.helper, OC_SOURCE_HUNG_US / 2)))
        oc_helper_kill(p->link.helper, "it does not answer");
    else if (rc == OC_ERR_TIMEOUT) /* its other sources do: this one does without them */
        p->class = OC_HELPER_DECODE;
    if (rc == OC_ERR_CLOSED || rc == OC_ERR_FORMAT) {
        if (!oc_helper_ended(p->link.helper))
            oc_helper_kill(p->link.helper, "it closed an input unexpectedly");
        bool often = p->died_us && now_us - p->died_us < SUSPECT_US;
        p->class = often && p->class == OC_HELPER_PASS ? OC_HELPER_DECODE : p->class;
        p->died_us = now_us;
    }
    atomic_store(&p->encodes, 0);
    oc_source_link_close(&p->link);
}

/* What a looped file is now; 0: no such input, or nothing is known. */
static uint64_t version_now(const process_t *p) {
    bool looped = p->kind == OC_PLUGIN_FILE && p->requested.loop && p->env.file_version;
    return looped ? p->env.file_version(p->env.context, p->link.talk.broker.path) : 0;
}

/* True when the file was overwritten or replaced since it was opened. */
static bool is_other(process_t *p, int64_t now_us) {
    if (p->version == 0 || now_us - p->looked_us < LOOK_US)
        return false;
    p->looked_us = now_us;
    uint64_t now = version_now(p);
    return now != 0 && now != p->version;
}

static int request_open(process_t *p, oc_source_message_t *done) {
    oc_source_message_t open = {.kind = OC_SOURCE_OPEN};
    open.open.config = p->requested;
    memcpy(open.open.variables, p->variables, sizeof(open.open.variables));
    int rc = oc_source_link_do(&p->link, &open, OPEN_US, done);
    memset(&open, 0, sizeof(open)); /* the address may hold a password */
    if (rc == OC_OK && oc_source_config_check(&done->done.config) != OC_OK)
        rc = OC_ERR_FORMAT;
    return rc;
}

static bool all_released(const process_t *p) {
    return oc_handoff_released(p->env.handoff) == oc_handoff_pushed(p->env.handoff);
}

/* Waits until nobody reads what was lent of the memory before. */
static bool wait_for_release(process_t *p) {
    int64_t until_us = oc_pulse_us() + LENT_US;
    while (p->link.share && !all_released(p) && oc_pulse_us() < until_us &&
           !(p->env.interrupted && p->env.interrupted(p->env.context)))
        usleep(RETRY_US);
    return !p->link.share || all_released(p);
}

/* Opens the source in a helper; done->done.result is what its driver says. OC_OK | OC_ERR_* no
 * helper, or it ended; why. */
static int enter(process_t *p, oc_source_message_t *done, char *why, size_t size) {
    if (!wait_for_release(p)) {
        snprintf(why, size, "%.60s: its last packets are not taken yet", p->shown);
        return OC_ERR_BUSY;
    }
    p->version = version_now(p); /* before it is opened: what changes then is noticed */
    for (int tries = 0; tries < 2; tries++) {
        int rc = oc_source_link_open(&p->link, p->class, key_of(p), why, size);
        if (rc == OC_ERR_NOENT)
            snprintf(why, size,
                     "%.40s: the main stream is not read by FFmpeg: write ffmpeg:PATH for a "
                     "file, or an address for sub",
                     p->shown);
        if (rc == OC_OK) {
            rc = request_open(p, done);
            if (rc != OC_OK)
                snprintf(why, size, "%.80s: ocellus-ffmpeg %s", p->shown,
                         rc == OC_ERR_TIMEOUT ? "does not answer" : "ended while opening it");
        }
        if (rc != OC_OK) {
            leave(p, rc);
            return rc == OC_ERR_CLOSED || rc == OC_ERR_FORMAT ? OC_ERR_IO : rc;
        }
        if (done->done.result >= 0 || !done->done.needs_own || p->class != OC_HELPER_PASS)
            return OC_OK;
        oc_source_link_close(&p->link);
        p->class = OC_HELPER_DECODE;
    }
    return OC_ERR_STATE;
}

/* Where the input was not let go, in place of what FFmpeg makes of it. */
static void notify_refused(process_t *p, char *text, size_t size) {
    if (p->link.talk.broker.refused[0])
        snprintf(text, size, "%.60s: %.90s", p->shown, p->link.talk.broker.refused);
}

static void take_config(const oc_source_message_t *done, oc_capture_config_t *config) {
    const oc_capture_config_t *from = &done->done.config;
    config->audio = from->audio;
    config->fps_milli = from->fps_milli;
    config->bitrate_bps = from->bitrate_bps;
    config->encoder_bps = from->encoder_bps;
    config->absent = from->absent;
    config->width = from->width;
    config->height = from->height;
    config->max_gop_bytes = from->max_gop_bytes;
    config->max_gop_ms = from->max_gop_ms;
    config->packets_per_s = from->packets_per_s;
    memcpy(config->track, from->track, sizeof(config->track));
    memcpy(config->adapted, from->adapted, sizeof(config->adapted));
}

static void process_close(void *state);

static int process_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    process_t *p = state;
    oc_source_message_t done;
    memset(p, 0, sizeof(*p));
    p->env = *env;
    p->requested = *config;
    p->link.env = &p->env;
    p->link.talk.socket = -1;
    config->why[0] = config->adapted[0] = '\0';
    int rc = understand(p, config->why, sizeof(config->why));
    if (rc == OC_OK) {
        p->is_open = true;
        rc = enter(p, &done, config->why, sizeof(config->why));
    }
    bool far = oc_plugin_far(p->kind) || p->kind == OC_PLUGIN_S3;
    bool closes = env->interrupted && env->interrupted(env->context);
    if (oc_capture_comes_later(rc) && far && !closes) {
        memcpy(config->adapted, config->why, sizeof(config->adapted));
        config->absent = rc;
        rc = OC_OK;
    } else if (rc == OC_OK) {
        rc = done.done.result;
        take_config(&done, config);
        notify_refused(p, rc == OC_OK ? config->adapted : done.done.config.why,
                       sizeof(config->why));
        if (rc != OC_OK)
            memcpy(config->why, done.done.config.why, sizeof(config->why));
    }
    if (rc != OC_OK) {
        process_close(p);
        return rc < 0 ? rc : OC_ERR_IO;
    }
    return OC_OK;
}

/* The helper lets go of the source; the next start opens it again. */
static int let_go(process_t *p) {
    oc_source_message_t close = {.kind = OC_SOURCE_CLOSE}, done;
    int rc = oc_source_link_do(&p->link, &close, STOP_US, &done);
    if (rc == OC_OK)
        oc_source_link_close(&p->link);
    else
        leave(p, rc);
    p->running = false;
    return OC_ERR_STALE;
}

/* Words of its helper or of what was refused, "" = none: the plane's event has the code alone. */
static void report(process_t *p, const char *why, int64_t now_us) {
    uint32_t way = 1;
    for (const char *at = why; *at; at++)
        way = way * 31 + (unsigned char)*at;
    if (why[0] && oc_lasting_fail(&p->lasting, way | 1, now_us))
        oc_log(OC_LOG_WARN, "ffmpeg", "%s", why);
}

static int process_start(void *state, int64_t now_us) {
    process_t *p = state;
    oc_source_message_t message;
    char why[OC_CAPTURE_WHY_MAX] = "";
    int rc = OC_OK;
    if (!p->is_open)
        return OC_ERR_STATE;
    if (p->running)
        return OC_OK;
    if (!p->link.helper) {
        rc = enter(p, &message, why, sizeof(why));
        if (rc == OC_OK && message.done.result < 0) {
            rc = message.done.result;
            memcpy(why, message.done.config.why, sizeof(why));
        }
        if (rc != OC_OK) {
            notify_refused(p, why, sizeof(why));
            oc_source_link_close(&p->link);
            report(p, why, now_us);
            return rc < 0 ? rc : OC_ERR_IO;
        }
    }
    oc_source_message_t start = {.kind = OC_SOURCE_START};
    rc = oc_source_link_do(&p->link, &start, OPEN_US, &message);
    if (rc != OC_OK) {
        leave(p, rc);
        return OC_ERR_IO;
    }
    if (message.done.result < 0) {
        notify_refused(p, why, sizeof(why));
        report(p, why, now_us);
        if (message.done.needs_own && p->class == OC_HELPER_PASS) {
            oc_source_link_close(&p->link);
            p->class = OC_HELPER_DECODE;
        }
        return message.done.result > -100 ? message.done.result : OC_ERR_IO;
    }
    p->running = true;
    (void)oc_lasting_end(&p->lasting);
    return OC_OK;
}

/* ---- packets ---- */

/* One packet, lent. OC_OK | OC_AGAIN no room | OC_ERR_FORMAT. */
static int take_packet(process_t *p, const oc_source_found_t *found) {
    if (p->codec[found->packet.track] == OC_CODEC_NONE)
        return OC_ERR_FORMAT; /* our own driver makes no such packet */
    return oc_handoff_lend(p->env.handoff, &found->packet, &p->link.share->released,
                           p->link.reader.taken + 1);
}

/* One item. OC_OK | OC_AGAIN none, or no room: *full | OC_ERR_* the source is lost. */
static int take_item(process_t *p, int64_t now_us, bool *full) {
    oc_source_found_t found;
    int rc = oc_source_look(&p->link.reader, now_us, &found);
    if (rc != OC_OK)
        return rc;
    switch (found.kind) {
    case OC_HANDOFF_PACKET:
        rc = take_packet(p, &found);
        break;
    case OC_HANDOFF_TRACK:
        rc = oc_handoff_push_track(p->env.handoff, found.packet.track, &found.track);
        if (rc == OC_OK)
            p->codec[found.packet.track] = found.track.codec;
        break;
    case OC_HANDOFF_ENDED:
        rc = oc_handoff_push_state(p->env.handoff, OC_HANDOFF_ENDED, 0);
        p->ended = rc == OC_OK;
        break;
    default:
        oc_source_take(&p->link.reader);
        p->running = false;
        return found.code;
    }
    *full = rc == OC_AGAIN;
    if (rc == OC_OK)
        oc_source_take(&p->link.reader);
    return rc;
}

/* The helper waits for what is lent. */
static bool wants_room(const process_t *p) {
    return atomic_load(&p->link.share->child_sleeps) == OC_SOURCE_WANTS_ROOM && !all_released(p);
}

/* What other threads want of the source. */
static void pass_on(process_t *p) {
    oc_source_share_t *share = p->link.share;
    atomic_store(&p->encodes, atomic_load(&share->encodes) == 1);
    if (atomic_exchange(&p->key_requested, 0))
        atomic_store(&share->key_requested, 1);
    uint32_t bps = atomic_exchange(&p->desired_bps, 0);
    if (bps)
        atomic_store(&share->desired_bps, bps);
    if (p->env.interrupted && p->env.interrupted(p->env.context))
        atomic_store(&share->interrupt, 1);
    for (unsigned cause = 0; cause < OC_LOSS_CAUSES; cause++) {
        for (uint32_t n = oc_source_lost(&p->link.reader, cause, DROPS_MAX); n > 0; n--)
            oc_handoff_count_lost(p->env.handoff, cause);
    }
}

static int64_t process_pump(void *state, int64_t now_us) {
    process_t *p = state;
    bool full = false, any = false;
    int rc = OC_OK;
    if (!p->running)
        return INT64_MAX;
    if (is_other(p, now_us))
        return let_go(p);
    for (int i = 0; i < BURST && rc == OC_OK; i++) {
        rc = take_item(p, now_us, &full);
        any |= rc == OC_OK;
    }
    if (rc == OC_AGAIN && all_released(p))
        oc_source_give_back(&p->link.reader); /* states and what was passed over, too */
    if (oc_handoff_was_refused(p->env.handoff))
        rc = OC_ERR_FORMAT;
    oc_source_link_wake(&p->link, true);
    pass_on(p);
    if (rc < 0 && !p->running)
        return rc; /* the source's own loss: its helper lives */
    if (rc >= 0 && !any && !full && !p->ended)
        oc_source_link_sleep(&p->link, wants_room(p) ? RETRY_US : IDLE_US);
    if (rc >= 0)
        rc = oc_source_link_serve(&p->link, !any);
    if (rc >= 0 && !any && !full && oc_source_link_hangs(&p->link, OC_SOURCE_HUNG_US))
        rc = OC_ERR_TIMEOUT;
    if (rc < 0) {
        p->running = false;
        leave(p, rc);
        return OC_CAPTURE_GONE;
    }
    if (p->ended)
        return now_us + ENDED_US;
    if (!full)
        return now_us + SPIN_US;
    bool all = oc_handoff_pushed(p->env.handoff) - oc_handoff_released(p->env.handoff) >=
               oc_handoff_capacity(p->env.handoff);
    return all ? INT64_MAX : now_us + RETRY_US;
}

/* ---- ending ---- */

static void process_stop(void *state) {
    process_t *p = state;
    oc_source_message_t stop = {.kind = OC_SOURCE_STOP}, done;
    if (!p->link.helper)
        return;
    int rc = p->running ? oc_source_link_do(&p->link, &stop, STOP_US, &done) : OC_OK;
    p->running = false;
    if (rc != OC_OK) {
        leave(p, rc);
        return;
    }
    while (oc_source_look(&p->link.reader, oc_posix_now_us(), &(oc_source_found_t){0}) == OC_OK)
        oc_source_take(&p->link.reader);
}

static int process_request_key(void *state) {
    process_t *p = state;
    if (!atomic_load(&p->encodes))
        return OC_ERR_NOTSUP;
    atomic_store(&p->key_requested, 1);
    return OC_OK;
}

static int process_set_bitrate(void *state, uint32_t bps) {
    process_t *p = state;
    if (!atomic_load(&p->encodes))
        return OC_ERR_NOTSUP;
    if (bps == 0 || bps > INT32_MAX)
        return OC_ERR_RANGE;
    atomic_store(&p->desired_bps, bps);
    return OC_OK;
}

static void process_close(void *state) {
    process_t *p = state;
    if (p->link.helper) {
        if (p->env.interrupted && p->env.interrupted(p->env.context))
            atomic_store(&p->link.share->interrupt, 1);
        (void)let_go(p);
    }
    if (p->is_open)
        oc_source_link_end(&p->link);
    memset(p->variables, 0, sizeof(p->variables));
    p->is_open = false;
    p->running = false;
}

const oc_capture_driver_t oc_capture_process = {
    .name = "ffmpeg",
    .state_bytes = sizeof(process_t),
    .may_block = true,
    .open = process_open,
    .start = process_start,
    .pump = process_pump,
    .stop = process_stop,
    .request_key = process_request_key,
    .set_bitrate_bps = process_set_bitrate,
    .close = process_close,
};
