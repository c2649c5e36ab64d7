/* net_crowd - many viewers of an `ocellus-peer` in one process, each with sockets of its own. Reads
 * lines, prints JSON objects; who signals is the caller:
 *   new N LABEL       N viewers, which open the channel LABEL once they are up (- = none):
 *                     {"offer":ID,"sdp":"..."} each
 *   answer ID LENGTH  and LENGTH bytes: the answer to that offer
 *   close ID          that viewer goes; close 0: all of them
 *   mark              {"mark":[{"id":..,"frames":..,"gaps":..,"p50":..,"p99":..,"most":..}, ..]}
 *                     of the frames that came since the last one; ages in microseconds
 * Without being asked: {"id":ID,"state":"up"|"lost"|"back"|"over","us":..} (us: since the answer).
 * Frames are those of oc_source_video.h, whose time is of the same machine. With a label
 * "action=live.." they are fragments of a camera, and ages are the times since the one before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crowd_ages.h"
#include "oc_err.h"
#include "oc_json.h"
#include "oc_p2p_pump.h"
#include "oc_source_video.h"

#define VIEWERS     16384 /* in a run */
#define MARKS       512   /* of them at a time */
#define POOL_BLOCKS 768
#define LABEL_MAX   200
#define TEXT_MAX    65536

typedef struct viewer {
    unsigned id;
    oc_p2p_pump_t *pump;
    oc_hub_peer_t peer;
    bool offered;
    int64_t answered_us;
    uint64_t next;   /* number of the frame that comes next */
    int64_t came_us; /* of a camera: when the latest fragment came; 0 none yet */
    unsigned gaps;
    char label[LABEL_MAX];
    crowd_ages_t ages;
} viewer_t;

static uv_loop_t loop;
static uv_pipe_t in;
static oc_certificate_t *certificate;
static bool loopback;
static viewer_t *viewer[VIEWERS]; /* at its id - 1; NULL: gone */
static unsigned viewers;          /* ids so far */
static char text[TEXT_MAX];
static size_t text_len;

static int64_t unix_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what, int rc) {
    fprintf(stderr, "net_crowd: %s: %s\n", what, oc_err_text(rc));
    exit(1);
}

static void put(oc_json_t *json, const char *key, int64_t value) {
    oc_json_key(json, key);
    oc_json_int(json, value);
}

static void report(const oc_json_t *json, const char *line) {
    fwrite(line, 1, json->len, stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

static void notify(const viewer_t *v, const char *state) {
    char line[200];
    oc_json_t json = oc_json(line, sizeof line);
    oc_json_begin_object(&json);
    put(&json, "id", v->id);
    oc_json_key(&json, "state");
    oc_json_string(&json, state);
    put(&json, "us", v->answered_us ? oc_p2p_pump_now(v->pump) - v->answered_us : 0);
    oc_json_end_object(&json);
    report(&json, line);
}

static void offer(viewer_t *v) {
    static char sdp[OC_HUB_DESCRIPTION], line[2 * OC_HUB_DESCRIPTION];
    int n = oc_hub_description(oc_p2p_pump_hub(v->pump), v->peer, oc_span(NULL, 0), sdp,
                               sizeof sdp - 1);
    oc_json_t json = oc_json(line, sizeof line);
    if (n == OC_ERR_BUSY || v->offered)
        return;
    if (n <= 0)
        die("no offer", n);
    sdp[n] = '\0';
    v->offered = true;
    oc_json_begin_object(&json);
    put(&json, "offer", v->id);
    oc_json_key(&json, "sdp");
    oc_json_string(&json, sdp);
    oc_json_end_object(&json);
    report(&json, line);
}

static uint64_t number(const uint8_t *p) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | p[i];
    return value;
}

/* A fragment: moof with mfhd in front, whose sequence number is that of the packet. */
static void fragment(viewer_t *v, oc_peer_event_t *event) {
    uint8_t head[24];
    int64_t now_us = oc_p2p_pump_now(v->pump);
    if (oc_peer_message_copy(event, 0, head, sizeof head) != sizeof head ||
        memcmp(head + 4, "moof", 4) != 0)
        return; /* a text, an init segment, a piece */
    uint64_t seq = (uint64_t)head[20] << 24 | (uint64_t)head[21] << 16 | head[22] << 8 | head[23];
    v->gaps += v->came_us && seq != v->next;
    v->next = seq + 1;
    if (v->came_us)
        crowd_ages_add(&v->ages, now_us - v->came_us);
    v->came_us = now_us;
}

static void frame(viewer_t *v, oc_peer_t *peer, oc_peer_event_t *event) {
    if (strncmp(v->label, "action=", 7) == 0) {
        fragment(v, event);
        oc_peer_message_release(peer, event);
        return;
    }
    uint8_t head[OC_SOURCE_VIDEO_HEAD];
    if (oc_peer_message_copy(event, 0, head, sizeof head) == sizeof head) {
        v->gaps += number(head) != v->next;
        v->next = number(head) + 1;
        crowd_ages_add(&v->ages, unix_us() - (int64_t)number(head + 8));
    }
    oc_peer_message_release(peer, event);
}

static void on_peer(viewer_t *v, const oc_hub_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(v->pump), event->id);
    oc_peer_channel_config_t config = {0};
    oc_peer_event_t copy = event->peer;
    switch (event->peer.kind) {
    case OC_PEER_EVENT_UP:
        notify(v, "up");
        if (strcmp(v->label, "-") != 0 && oc_peer_open(peer, v->label, &config) < 0)
            die(v->label, OC_ERR_STATE);
        break;
    case OC_PEER_EVENT_LOST:
        notify(v, "lost");
        break;
    case OC_PEER_EVENT_BACK:
        notify(v, "back");
        break;
    case OC_PEER_EVENT_OVER:
        notify(v, "over");
        break;
    case OC_PEER_EVENT_MESSAGE:
        frame(v, peer, &copy);
        break;
    default:
        break;
    }
}

static void on_event(void *context, const oc_hub_event_t *event) {
    viewer_t *v = context;
    if (event->kind == OC_HUB_EVENT_PEER)
        on_peer(v, event);
    else if (event->kind == OC_HUB_EVENT_DESCRIPTION)
        offer(v);
}

static void make(const char *label) {
    viewer_t *v = calloc(1, sizeof *v);
    oc_p2p_pump_config_t config = {.hub = {.peers = 1,
                                           .pool_blocks = POOL_BLOCKS,
                                           .profile = oc_peer_profile_program(),
                                           .certificate = certificate},
                                   .ipv4 = true,
                                   .loopback = loopback,
                                   .on_event = on_event,
                                   .context = v};
    if (!v || viewers == VIEWERS)
        die("viewers", OC_ERR_NOMEM);
    viewer[viewers++] = v;
    v->id = viewers;
    snprintf(v->label, sizeof v->label, "%s", label);
    int rc = oc_p2p_pump_create(&v->pump, &loop, &config);
    if (rc == OC_OK)
        rc = oc_hub_pump_connect(oc_p2p_pump_core(v->pump), &v->peer);
    if (rc != OC_OK)
        die("a viewer", rc);
    oc_p2p_pump_kick(v->pump);
    offer(v);
}

static void leave(unsigned at) {
    viewer_t *v = viewer[at];
    viewer[at] = NULL;
    if (v)
        oc_p2p_pump_close(v->pump, free);
}

static void mark(void) {
    static char line[MARKS * 160];
    oc_json_t json = oc_json(line, sizeof line);
    oc_json_begin_object(&json);
    oc_json_key(&json, "mark");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < viewers; i++) {
        viewer_t *v = viewer[i];
        if (!v)
            continue;
        crowd_ages_sort(&v->ages);
        oc_json_begin_object(&json);
        put(&json, "id", v->id);
        put(&json, "frames", v->ages.count);
        put(&json, "gaps", v->gaps);
        put(&json, "p50", crowd_ages_at(&v->ages, 50));
        put(&json, "p99", crowd_ages_at(&v->ages, 99));
        put(&json, "most", crowd_ages_at(&v->ages, 100));
        oc_json_end_object(&json);
        v->gaps = 0;
        v->ages.count = 0;
    }
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    report(&json, line);
}

static void answer(unsigned id, const char *sdp, size_t len) {
    viewer_t *v = id && id <= viewers ? viewer[id - 1] : NULL;
    const char *why = NULL;
    if (!v)
        die("answer", OC_ERR_NOENT);
    v->answered_us = oc_p2p_pump_now(v->pump);
    int rc =
        oc_hub_answer(oc_p2p_pump_hub(v->pump), v->peer, oc_span(sdp, len), v->answered_us, &why);
    if (rc != OC_OK)
        die(why ? why : "answer", rc);
    oc_p2p_pump_kick(v->pump);
}

/* One line, and what belongs to it; the bytes used, 0: more are needed. */
static size_t take(void) {
    char label[LABEL_MAX];
    unsigned n, len;
    char *end = memchr(text, '\n', text_len);
    size_t line = end ? (size_t)(end - text) + 1 : 0;
    if (!line)
        return 0;
    *end = '\0';
    if (sscanf(text, "answer %u %u", &n, &len) == 2) {
        *end = '\n';
        if (text_len < line + len)
            return 0;
        answer(n, text + line, len);
        return line + len;
    }
    if (sscanf(text, "new %u %199s", &n, label) == 2) {
        while (n--)
            make(label);
    } else if (sscanf(text, "close %u", &n) == 1) {
        for (unsigned i = 0; i < viewers; i++)
            if (!n || i + 1 == n)
                leave(i);
    } else if (strcmp(text, "mark") == 0) {
        mark();
    } else {
        die(text, OC_ERR_INVAL);
    }
    return line;
}

static void on_room(uv_handle_t *handle, size_t expected, uv_buf_t *out) {
    *out = uv_buf_init(text + text_len, (unsigned)(sizeof text - text_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
    size_t used;
    if (n < 0) { /* the caller is gone */
        for (unsigned i = 0; i < viewers; i++)
            leave(i);
        uv_close((uv_handle_t *)&in, NULL);
        return;
    }
    text_len += (size_t)n;
    while ((used = take()) > 0) {
        memmove(text, text + used, text_len - used);
        text_len -= used;
    }
}

int main(int argc, char **argv) {
    loopback = argc > 1 && strcmp(argv[1], "--loopback") == 0;
    int rc = oc_certificate_make(&certificate);
    if (rc != OC_OK)
        die("certificate", rc);
    if (uv_loop_init(&loop) != 0 || uv_pipe_init(&loop, &in, 0) != 0 || uv_pipe_open(&in, 0) != 0 ||
        uv_read_start((uv_stream_t *)&in, on_room, on_read) != 0)
        die("loop", OC_ERR_IO);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    oc_certificate_destroy(certificate);
    return 0;
}
