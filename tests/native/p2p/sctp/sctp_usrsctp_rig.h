/* One association of ours and one of usrsctp in the same virtual time, with a link that loses. */
#ifndef SCTP_USRSCTP_RIG_H
#define SCTP_USRSCTP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <usrsctp.h>
#include "oc_random_seeded.h"
#include "oc_sctp.h"
#include "oc_sctp_send.h"

#define PERIOD  251
#define LONGEST 60000
#define BLOCKS  512
#define TICK_US 10000

typedef struct datagram {
    struct datagram *next;
    int64_t at_us;
    bool to_us;
    size_t len;
    uint8_t data[];
} datagram_t;

typedef struct flow { /* messages of one stream in one direction; number n is in the ppid */
    uint32_t count, next, received, expect, longest, stale, done;
    bool gaps;
} flow_t;

static datagram_t *queue;
static int64_t now_us;
static uint64_t random_state;
static unsigned loss; /* parts per 1,000 */
static oc_sctp_t *ours;
static oc_pool_t pool;
static void *memory, *blocks;
static struct socket *theirs;
static flow_t out[8], in[8]; /* as we see them */
static bool up, down, their_up, their_down;
static bool mute; /* our packets wait */
static enum oc_sctp_reason reason;
static unsigned resets_by_peer, resets_ours, their_resets;
static uint8_t pattern[LONGEST + PERIOD];
static uint8_t *partial; /* what usrsctp delivers in pieces */
static size_t partial_len;

/* usrsctp asks for the time of day beside its ticks: it gets ours. */
int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
    (void)zone;
    *tv = (struct timeval){.tv_sec = 1000000 + now_us / 1000000, .tv_usec = now_us % 1000000};
    return 0;
}

static uint32_t random_below(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 24) % n;
}

static uint32_t length_of(const flow_t *flow, uint32_t n) {
    return 1 + (n * 2654435761u >> 7) % flow->longest;
}

static void check_message(flow_t *flow, uint32_t number, const uint8_t *data, size_t len) {
    assert_true(number < flow->count);
    assert_int_equal(len, length_of(flow, number));
    assert_memory_equal(data, pattern + number * 13 % PERIOD, len);
    assert_true(flow->gaps ? number >= flow->expect : number == flow->expect);
    flow->expect = number + 1;
    flow->received++;
}

/* ---- the link ---- */

static void enqueue(bool to_us, const void *data, size_t len) {
    datagram_t **where = &queue, *d;
    if (random_below(1000) < loss)
        return;
    d = malloc(sizeof *d + len);
    *d = (datagram_t){.at_us = now_us + 20000, .to_us = to_us, .len = len};
    memcpy(d->data, data, len);
    while (*where)
        where = &(*where)->next;
    *where = d;
}

static int their_output(void *address, void *data, size_t len, uint8_t tos, uint8_t df) {
    (void)address, (void)tos, (void)df;
    enqueue(true, data, len);
    return 0;
}

/* ---- usrsctp ---- */

static void on_notification(const union sctp_notification *n) {
    if (n->sn_header.sn_type == SCTP_STREAM_RESET_EVENT)
        their_resets +=
            n->sn_strreset_event.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN ? 1 : 0;
    if (n->sn_header.sn_type != SCTP_ASSOC_CHANGE)
        return;
    their_up |= n->sn_assoc_change.sac_state == SCTP_COMM_UP;
    their_down |= n->sn_assoc_change.sac_state == SCTP_COMM_LOST ||
                  n->sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP;
}

static int their_receive(struct socket *socket, union sctp_sockstore address, void *data,
                         size_t len, struct sctp_rcvinfo info, int flags, void *context) {
    (void)socket, (void)address, (void)context;
    if (!data)
        return 1;
    if (flags & MSG_NOTIFICATION) {
        on_notification(data);
    } else {
        memcpy(partial + partial_len, data, len);
        partial_len += len;
        if (flags & MSG_EOR) {
            check_message(&out[info.rcv_sid], ntohl(info.rcv_ppid), partial, partial_len);
            partial_len = 0;
        }
    }
    free(data);
    return 1;
}

static struct sockaddr_conn address(void) {
    struct sockaddr_conn a;
    memset(&a, 0, sizeof a);
    a.sconn_family = AF_CONN;
    a.sconn_port = htons(OC_SCTP_PORT);
    a.sconn_addr = &ours;
    return a;
}

static void option(int name, const void *value, socklen_t len) {
    assert_int_equal(usrsctp_setsockopt(theirs, IPPROTO_SCTP, name, value, len), 0);
}

static void open_theirs(void) {
    static const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT};
    struct sctp_initmsg init = {.sinit_num_ostreams = 64, .sinit_max_instreams = 64};
    struct sctp_assoc_value resets = {.assoc_value = SCTP_ENABLE_RESET_STREAM_REQ |
                                                     SCTP_ENABLE_CHANGE_ASSOC_REQ};
    struct sockaddr_conn a = address();
    int on = 1, size = 1 << 20;
    theirs = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, their_receive, NULL, 0, NULL);
    assert_non_null(theirs);
    usrsctp_set_non_blocking(theirs, 1);
    usrsctp_setsockopt(theirs, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    usrsctp_setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    option(SCTP_NODELAY, &on, sizeof on);
    option(SCTP_INITMSG, &init, sizeof init);
    option(SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets);
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = events[i], .se_on = 1};
        option(SCTP_EVENT, &event, sizeof event);
    }
    assert_int_equal(usrsctp_bind(theirs, (struct sockaddr *)&a, sizeof a), 0);
}

static void connect_theirs(void) {
    struct sockaddr_conn a = address();
    struct sctp_paddrparams path;
    int rc = usrsctp_connect(theirs, (struct sockaddr *)&a, sizeof a);
    assert_true(rc == 0 || errno == EINPROGRESS);
    memset(&path, 0, sizeof path);
    memcpy(&path.spp_address, &a, sizeof a);
    path.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE;
    path.spp_pathmtu = 1160;
    option(SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

/* Sends as many of a flow's messages as its socket takes. */
static void their_send(uint16_t sid, bool unreliable) {
    flow_t *flow = &in[sid];
    while (flow->next < flow->count) {
        struct sctp_sendv_spa spa = {.sendv_flags = SCTP_SEND_SNDINFO_VALID};
        spa.sendv_sndinfo.snd_sid = sid;
        spa.sendv_sndinfo.snd_flags = SCTP_EOR;
        spa.sendv_sndinfo.snd_ppid = htonl(flow->next);
        if (unreliable) {
            spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
            spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_RTX;
            spa.sendv_prinfo.pr_value = 0;
        }
        if (usrsctp_sendv(theirs, pattern + flow->next * 13 % PERIOD, length_of(flow, flow->next),
                          NULL, 0, &spa, sizeof spa, SCTP_SENDV_SPA, 0) < 0)
            break;
        flow->next++;
    }
}

/* ---- our side ---- */

static int source_next(void *ctx, oc_msg_t *msg) {
    const flow_t *flow = ctx;
    if (flow->next == flow->count)
        return OC_AGAIN;
    *msg = (oc_msg_t){
        .ref = flow->next, .len = length_of(flow, flow->next), .ppid = flow->next, .key = true};
    return OC_OK;
}
static void source_take(void *ctx, uint64_t ref) {
    (void)ref;
    ((flow_t *)ctx)->next++;
}
static int source_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                        unsigned max) {
    (void)max;
    if (ref < ((flow_t *)ctx)->stale)
        return OC_ERR_STALE;
    parts[0] = oc_span(pattern + ref * 13 % PERIOD + offset, len);
    return 1;
}
static void source_done(void *ctx, uint64_t ref, int how) {
    (void)ref;
    ((flow_t *)ctx)->done += how == OC_OK;
}
static const oc_source_ops_t ops = {source_next, source_take, source_bytes, source_done};

static void our_open(uint16_t sid, uint32_t count, uint32_t longest, bool gaps) {
    oc_send_stream_config_t config = {{&ops, &out[sid]}, OC_SEND_MEDIA, gaps};
    out[sid] = (flow_t){.count = count, .longest = longest, .gaps = gaps};
    assert_int_equal(oc_sctp_open(ours, sid, &config), OC_OK);
}

static void drain_events(void) {
    static uint8_t bytes[LONGEST];
    oc_sctp_event_t event;
    while (oc_sctp_poll_event(ours, &event) == OC_OK) {
        up |= event.kind == OC_SCTP_UP;
        if (event.kind == OC_SCTP_DOWN) {
            down = true;
            reason = event.reason;
        } else if (event.kind == OC_SCTP_STREAM_RESET) {
            resets_by_peer += event.by_peer;
            resets_ours += !event.by_peer;
        } else if (event.kind == OC_SCTP_MESSAGE) {
            oc_sctp_message_copy(&event, 0, bytes, sizeof bytes);
            check_message(&in[event.sid], event.ppid, bytes, event.len);
            oc_sctp_message_release(ours, &event);
        }
    }
}

static void drain_packets(void) {
    static oc_sctp_packet_t packet;
    static uint8_t bytes[2000];
    while (!mute && oc_sctp_poll_packet(ours, now_us, &packet) == OC_OK) {
        size_t len = 0;
        for (unsigned i = 0; i < packet.count; len += packet.part[i++].len)
            memcpy(bytes + len, packet.part[i].data, packet.part[i].len);
        enqueue(false, bytes, len);
    }
}

/* Runs for so long; every 10 ms both sides' timers. */
static void run(int64_t for_us) {
    for (int64_t until_us = now_us + for_us; now_us < until_us; now_us += TICK_US) {
        while (queue && queue->at_us <= now_us) {
            datagram_t *d = queue;
            queue = d->next;
            if (d->to_us)
                (void)oc_sctp_input(ours, oc_span(d->data, d->len), now_us);
            else
                usrsctp_conninput(&ours, d->data, d->len, 0);
            free(d);
            drain_events();
            drain_packets();
        }
        usrsctp_handle_timers(TICK_US / 1000);
        oc_sctp_advance(ours, now_us);
        drain_packets();
        drain_events();
    }
}

static int set_up(void **state) {
    oc_sctp_config_t config;
    (void)state;
    for (unsigned i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i % PERIOD * 7 + 1);
    oc_random_seed(1);
    random_state = 88172645463325252u;
    loss = 0;
    now_us = 0;
    up = down = their_up = their_down = mute = false;
    resets_by_peer = resets_ours = their_resets = 0;
    memset(in, 0, sizeof in);
    memset(out, 0, sizeof out);
    partial = malloc(1 << 20);
    partial_len = 0;
    blocks = malloc(BLOCKS * (size_t)OC_POOL_EACH);
    oc_pool_init(&pool, blocks, BLOCKS);
    config = oc_sctp_camera_config(&pool);
    config.window = 256 << 10;
    config.message_max = 64 << 10;
    config.span = 4096;
    config.send.outstanding = 512;
    config.rtt_us = 40000;
    config.overhead = 40;
    config.zero_checksum = false;
    memory = aligned_alloc(16, (oc_sctp_memory(&config) + 15) & ~(size_t)15);
    ours = oc_sctp_init(memory, &config);
    usrsctp_register_address(&ours);
    open_theirs();
    return ours ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    if (theirs)
        usrsctp_close(theirs);
    theirs = NULL;
    run(5000000);
    usrsctp_deregister_address(&ours);
    while (queue) {
        datagram_t *next = queue->next;
        free(queue);
        queue = next;
    }
    oc_sctp_deinit(ours);
    assert_int_equal(pool.used, 0);
    free(memory);
    free(blocks);
    free(partial);
    return 0;
}

static void connect_both(void) {
    connect_theirs();
    assert_int_equal(oc_sctp_connect(ours, now_us), OC_OK);
    for (unsigned i = 0; i < 100 && !(up && their_up); i++)
        run(100000);
    assert_true(up && their_up);
}

#endif
