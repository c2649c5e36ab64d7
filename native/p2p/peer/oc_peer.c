/* oc_peer - see the header. Here: the life of a peer and its datagrams. */
#include "oc_assert.h"
#include "oc_peer_impl.h"

#include "oc_crypto.h"
#include "oc_demux.h"
#include "oc_err.h"

#define CHANNELS_CAMERA  8
#define CHANNELS_PROGRAM 64
#define TURN_OVERHEAD    4  /* of ChannelData, in a relayed datagram */
#define USER_ABORT       12 /* cause "User-Initiated Abort", RFC 9260 section 3.3.10.12 */

static oc_peer_profile_t profile_of(oc_sctp_config_t sctp, uint16_t channels) {
    sctp.send.streams = (uint8_t)(channels + OC_PEER_SPARE);
    return (oc_peer_profile_t){sctp, channels};
}

oc_peer_profile_t oc_peer_profile_camera(void) {
    return profile_of(oc_sctp_camera_config(NULL), CHANNELS_CAMERA);
}

oc_peer_profile_t oc_peer_profile_program(void) {
    return profile_of(oc_sctp_peer_config(NULL), CHANNELS_PROGRAM);
}

static bool may_follow(oc_peer_state_t from, oc_peer_state_t to) {
    if (from == OC_PEER_OVER)
        return false;
    if (from == OC_PEER_CLOSING)
        return to == OC_PEER_OVER;
    if (from == OC_PEER_LOST)
        return to != OC_PEER_WAITING && to != OC_PEER_CHECKING;
    return to > from;
}

void oc_peer_to(oc_peer_t *peer, oc_peer_state_t state) {
    oc_assert(may_follow(peer->state, state));
    peer->state = state;
    if (state == OC_PEER_LOST) {
        peer->lost_us = peer->now_us;
        peer->notify |= NOTIFY_LOST;
    }
    if (state == OC_PEER_OVER)
        peer->notify |= NOTIFY_OVER;
}

static oc_peer_step_t step_of(const oc_peer_t *peer) {
    if (peer->up_before)
        return OC_PEER_STEP_UP;
    if (!peer->described)
        return OC_PEER_STEP_OFFER;
    if (peer->associated)
        return OC_PEER_STEP_SCTP;
    return peer->has_valid || peer->state > OC_PEER_CHECKING ? OC_PEER_STEP_DTLS : OC_PEER_STEP_ICE;
}

void oc_peer_note(oc_peer_t *peer, oc_peer_reason_t reason, int code) {
    oc_sctp_stats_t sctp = {0};
    if (peer->why.reason != OC_PEER_NO_REASON)
        return;
    if (peer->sctp)
        oc_sctp_stats(peer->sctp, &sctp);
    peer->why = (oc_peer_why_t){.reason = reason,
                                .code = code,
                                .step = step_of(peer),
                                .alert = peer->described ? peer->dtls.end.alert : -1,
                                .cause = peer->cause,
                                .dtls_client = peer->setup == OC_SDP_ACTIVE,
                                .seen = peer->described && !oc_dtls_unheard(&peer->dtls),
                                .rsa = peer->rsa,
                                .checks = peer->ice.stats.checks,
                                .requests = peer->ice.stats.requests,
                                .sctp = peer->sctp ? (uint8_t)oc_sctp_state(peer->sctp) : 0,
                                .inits = sctp.tries};
}

void oc_peer_end(oc_peer_t *peer, oc_peer_reason_t reason, int code) {
    if (peer->state == OC_PEER_OVER)
        return;
    oc_peer_note(peer, reason, code);
    oc_peer_channels_end(peer);
    oc_peer_to(peer, OC_PEER_OVER);
}

/* ---- life ---- */

static bool profile_valid(const oc_peer_profile_t *p) {
    return p->channels && p->channels + OC_PEER_SPARE <= OC_SCTP_STREAMS_MAX &&
           oc_sctp_memory(&p->sctp);
}

static size_t own_bytes(const oc_peer_profile_t *profile) {
    size_t n = sizeof(oc_peer_t) + (profile->channels + OC_PEER_SPARE) * sizeof(oc_data_channel_t);
    return (n + 15) / 16 * 16;
}

size_t oc_peer_bytes(const oc_peer_profile_t *profile) {
    return own_bytes(profile) + (oc_sctp_memory(&profile->sctp) + 15) / 16 * 16;
}

int oc_peer_init(oc_peer_t **out, const oc_peer_config_t *config, void *memory, int64_t now_us) {
    oc_peer_t *peer = memory;
    oc_ice_config_t ice = {.controlling = config->offering,
                           .allow_loopback = config->allow_loopback,
                           .probe_ms = config->probe_ms,
                           .probes = config->probes,
                           .budget = config->budget};
    if (!profile_valid(config->profile))
        return OC_ERR_INVAL;
    memset(peer, 0, own_bytes(config->profile));
    peer->state = config->offering ? OC_PEER_WAITING : OC_PEER_CHECKING;
    peer->offering = config->offering;
    peer->rsa = config->rsa;
    peer->channels = config->profile->channels + OC_PEER_SPARE;
    peer->certificate = config->certificate;
    peer->pool = config->pool;
    peer->now_us = now_us;
    peer->look_us = INT64_MAX;
    peer->early_retransmit_us = INT64_MAX;
    peer->max_message = OC_SDP_MESSAGE_DEFAULT;
    peer->sctp_config = config->profile->sctp;
    peer->sctp_config.pool = config->pool;
    oc_sctp_config_draw(&peer->sctp_config);
    peer->snap = config->offering;
    peer->snap_options = OC_SCTP_OPTIONS_ALL;
    *out = peer;
    return oc_ice_init(&peer->ice, &ice, now_us);
}

void oc_peer_deinit(oc_peer_t *peer) {
    oc_assert(!peer->job);
    oc_peer_channels_end(peer);
    bool idle = oc_dtls_deinit(&peer->dtls);
    oc_assert(idle);
    (void)idle;
    oc_ice_deinit(&peer->ice);
    oc_crypto_wipe(peer, sizeof *peer);
}

oc_ice_t *oc_peer_ice(oc_peer_t *peer) {
    return &peer->ice;
}

oc_sdp_setup_t oc_peer_setup(const oc_peer_t *peer) {
    return peer->setup;
}

oc_peer_state_t oc_peer_get_state(const oc_peer_t *peer) {
    return peer->state;
}

/* ---- descriptions ---- */

static void identity_of(const oc_sdp_t *remote, uint8_t out[32]) {
    oc_span_t parts[2 * OC_SDP_FINGERPRINTS];
    unsigned n = 0;
    for (unsigned i = 0; i < remote->fingerprints; i++) {
        parts[n++] = oc_span(&remote->fingerprint[i].hash, 1);
        parts[n++] = oc_span(remote->fingerprint[i].value, remote->fingerprint[i].len);
    }
    oc_hash(OC_HASH_SHA256, parts, n, out);
}

static int start_dtls(oc_peer_t *peer, const oc_sdp_t *remote, int64_t now_us) {
    oc_dtls_config_t config = {.client = peer->setup == OC_SDP_ACTIVE,
                               .certificate = peer->certificate,
                               .peers = remote->fingerprints,
                               .rsa = peer->rsa,
                               .rtt_us = oc_ice_rtt_us(&peer->ice)};
    for (unsigned i = 0; i < remote->fingerprints; i++) {
        config.peer[i].hash = remote->fingerprint[i].hash;
        memcpy(config.peer[i].digest, remote->fingerprint[i].value, remote->fingerprint[i].len);
    }
    return oc_dtls_start(&peer->dtls, &config, now_us);
}

/* Behind the channels. */
static void *sctp_memory(oc_peer_t *peer) {
    size_t n = sizeof(oc_peer_t) + peer->channels * sizeof(oc_data_channel_t);
    return (uint8_t *)peer + (n + 15) / 16 * 16;
}

/* SNAP: their INIT in their first description, ours in ours. Ours says what theirs has said, as an
 * INIT ACK would, or all in an offer. An end that gives our own back has not understood it
 * (libdatachannel before 0.24.6): the usual handshake. */
static void agree_on_snap(oc_peer_t *peer, const oc_sdp_t *remote) {
    oc_sctp_init_chunk_t init;
    oc_span_t bytes = oc_span(remote->sctp_init, remote->sctp_init_len);
    bool theirs = bytes.len && oc_sctp_snap_parse(bytes, &init) == OC_OK;
    peer->snap = theirs && (init.setup.tag != peer->sctp_config.tag ||
                            init.setup.tsn != peer->sctp_config.tsn);
    if (!peer->snap)
        return;
    if (!peer->offering)
        peer->snap_options = init.options;
    oc_sctp_snap(peer->sctp, &init.setup, peer->snap_options);
}

size_t oc_peer_sctp_init(const oc_peer_t *peer, uint8_t out[OC_SCTP_SNAP_MAX]) {
    oc_sctp_setup_t setup = oc_sctp_config_setup(&peer->sctp_config);
    if (!peer->snap)
        return 0;
    return oc_sctp_snap_write(&setup, peer->snap_options, out, OC_SCTP_SNAP_MAX);
}

static int first_description(oc_peer_t *peer, const oc_sdp_t *remote, int64_t now_us) {
    peer->setup = oc_sdp_answer_setup(remote->setup);
    int rc = start_dtls(peer, remote, now_us);
    if (rc != OC_OK)
        return rc;
    peer->sctp_config.remote_port = remote->sctp_port;
    peer->sctp = oc_sctp_init(sctp_memory(peer), &peer->sctp_config);
    oc_assert(peer->sctp); /* the profile was valid */
    agree_on_snap(peer, remote);
    peer->max_message = remote->max_message;
    peer->described = true;
    if (peer->state == OC_PEER_WAITING)
        oc_peer_to(peer, OC_PEER_CHECKING);
    return OC_OK;
}

int oc_peer_set_remote(oc_peer_t *peer, const oc_sdp_t *remote, int64_t now_us) {
    uint8_t identity[32];
    peer->now_us = now_us;
    if (peer->state >= OC_PEER_CLOSING)
        return OC_ERR_STATE;
    identity_of(remote, identity);
    if (peer->described && !oc_crypto_equal(identity, peer->identity, sizeof identity))
        return OC_ERR_EXIST;
    int rc = oc_ice_set_remote(&peer->ice, remote->ufrag, remote->pwd, remote->ice_lite, now_us);
    if (rc == OC_ERR_STATE && !peer->restarting) { /* the other end begins a restart */
        oc_ice_restart(&peer->ice, now_us);
        rc = oc_ice_set_remote(&peer->ice, remote->ufrag, remote->pwd, remote->ice_lite, now_us);
    }
    if (rc == OC_OK && !peer->described)
        rc = first_description(peer, remote, now_us);
    if (rc != OC_OK)
        return rc;
    memcpy(peer->identity, identity, sizeof identity);
    if (!peer->described_us)
        peer->described_us = now_us;
    peer->restarting = false;
    for (unsigned i = 0; i < remote->candidates; i++)
        (void)oc_ice_add_remote(&peer->ice, &remote->candidate[i],
                                now_us); /* bad ones are of no use */
    return OC_OK;
}

int oc_peer_restart(oc_peer_t *peer, int64_t now_us) {
    if (!peer->described || peer->state >= OC_PEER_CLOSING)
        return OC_ERR_STATE;
    peer->now_us = now_us;
    peer->restarting = true;
    oc_ice_restart(&peer->ice, now_us);
    return OC_OK;
}

void oc_peer_close(oc_peer_t *peer, oc_peer_reason_t reason, int64_t now_us) {
    oc_path_t path;
    peer->now_us = now_us;
    if (peer->state >= OC_PEER_CLOSING)
        return;
    oc_peer_note(peer, reason, 0);
    if (!oc_ice_selected(&peer->ice, &path)) {
        oc_peer_end(peer, reason, 0);
        return;
    }
    if (peer->associated)
        oc_sctp_abort(peer->sctp, USER_ABORT);
    oc_peer_to(peer, OC_PEER_CLOSING);
}

int64_t oc_peer_silent_us(const oc_peer_t *peer, int64_t now_us) {
    if (!peer->up_before || peer->job)
        return 0;
    if (peer->state == OC_PEER_LOST) /* consent ended by then */
        return now_us - peer->lost_us + OC_ICE_EXPIRY_US;
    return peer->state == OC_PEER_UP ? oc_ice_silent_us(&peer->ice, now_us) : 0;
}

void oc_peer_displace(oc_peer_t *peer, int64_t now_us) {
    peer->now_us = now_us;
    oc_peer_end(peer, OC_PEER_DISPLACED, 0);
}

/* ---- what the layers say ---- */

static uint16_t overhead(const oc_peer_t *peer, const oc_path_t *path) {
    return (uint16_t)(oc_dtls_overhead(&peer->dtls) + (path->via ? TURN_OVERHEAD : 0));
}

static void selected(oc_peer_t *peer, const oc_ice_event_t *event) {
    if (peer->associated) {
        oc_sctp_path_changed(peer->sctp, event->rtt_us, overhead(peer, &event->path), peer->now_us);
        peer->notify |= NOTIFY_PATH;
    }
    if (peer->state == OC_PEER_CHECKING)
        oc_peer_to(peer, OC_PEER_HANDSHAKE);
    else if (peer->state == OC_PEER_LOST) {
        oc_peer_to(peer, peer->up_before                         ? OC_PEER_UP
                         : peer->dtls.state == OC_DTLS_CONNECTED ? OC_PEER_ASSOCIATING
                                                                 : OC_PEER_HANDSHAKE);
        peer->notify |= NOTIFY_BACK;
    }
}

static void take_ice_events(oc_peer_t *peer) {
    oc_ice_event_t event;
    while (oc_ice_poll_event(&peer->ice, &event) == OC_OK)
        switch (event.kind) {
        case OC_ICE_PEER_ALIVE:
            oc_peer_early_retransmit(peer);
            break;
        case OC_ICE_PAIR_VALID:
            peer->valid = event.path;
            peer->has_valid = true;
            if (peer->state == OC_PEER_CHECKING)
                oc_peer_early_retransmit(peer);
            break;
        case OC_ICE_PAIR_GONE:
            peer->has_valid = peer->has_valid && !oc_path_equal(&peer->valid, &event.path);
            break;
        case OC_ICE_SELECTED:
            if (peer->state == OC_PEER_CHECKING)
                oc_peer_early_retransmit(peer);
            selected(peer, &event);
            break;
        case OC_ICE_SILENT:
            peer->notify |= NOTIFY_SILENT;
            break;
        case OC_ICE_MAPPED:
            peer->notify |= NOTIFY_MAPPED;
            break;
        case OC_ICE_CONSENT_LOST:
            if (peer->state < OC_PEER_LOST)
                oc_peer_to(peer, OC_PEER_LOST);
            break;
        case OC_ICE_FAILED:
            if (peer->state == OC_PEER_CHECKING)
                oc_peer_end(peer, OC_PEER_UNREACHABLE, 0);
            break;
        default:
            break;
        }
}

/* Both ends send INIT as soon as DTLS is up (RFC 8831 section 6.1 lets either begin). */
static void associate(oc_peer_t *peer) {
    oc_path_t path = {0};
    (void)oc_ice_selected(&peer->ice, &path);
    if (peer->state < OC_PEER_ASSOCIATING)
        oc_peer_to(peer, OC_PEER_ASSOCIATING);
    peer->associated = true;
    oc_sctp_path_changed(peer->sctp, oc_ice_rtt_us(&peer->ice), overhead(peer, &path),
                         peer->now_us);
    (void)oc_sctp_connect(peer->sctp, peer->now_us);
}

/* A handshake that had nowhere to go failed for want of a path. */
static void handshake_failed(oc_peer_t *peer, const oc_dtls_event_t *event) {
    bool nowhere = event->reason == OC_HS_TIMEOUT && step_of(peer) == OC_PEER_STEP_ICE;
    oc_peer_note(peer, nowhere ? OC_PEER_UNREACHABLE : OC_PEER_HANDSHAKE_FAILED,
                 nowhere ? 0 : (int)event->reason);
    peer->why.seen = event->seen;
}

static void take_dtls_events(oc_peer_t *peer) {
    oc_dtls_event_t event;
    while (oc_dtls_poll_event(&peer->dtls, &event) == OC_OK)
        switch (event.kind) {
        case OC_DTLS_EVENT_CONNECTED:
            associate(peer);
            break;
        case OC_DTLS_EVENT_CLOSED:
            oc_peer_end(peer, OC_PEER_REMOTE, 0);
            break;
        case OC_DTLS_EVENT_FAILED:
            handshake_failed(peer, &event);
            if (peer->state < OC_PEER_CLOSING)
                oc_peer_to(peer, OC_PEER_CLOSING); /* an alert may have to leave */
            break;
        }
}

/* Gives SCTP what a datagram or the end of the handshake brought. */
static void take_data(oc_peer_t *peer) {
    uint8_t plain[OC_PEER_PLAIN];
    int n;
    while ((n = oc_dtls_poll_data(&peer->dtls, plain, sizeof plain, peer->now_us)) > 0) {
        take_dtls_events(peer); /* CONNECTED comes before the first data */
        if (peer->associated && peer->sctp && peer->state < OC_PEER_CLOSING)
            (void)oc_sctp_input(peer->sctp, oc_span(plain, (size_t)n), peer->now_us);
    }
    take_dtls_events(peer);
}

/* A pair is valid now: what came over it before. The rest stays for the next one. */
static void take_held(oc_peer_t *peer) {
    oc_path_t from;
    uint8_t *data;
    size_t len;
    void *block;
    for (unsigned n = peer->held.count;
         n && (block = oc_peer_held_take(&peer->held, &from, &data, &len)) != NULL; n--) {
        if (peer->dtls.state >= OC_DTLS_CONNECTED)
            ; /* of no use any more */
        else if (oc_ice_path_valid(&peer->ice, &from)) {
            oc_dtls_input(&peer->dtls, oc_span(data, len), peer->now_us);
            take_data(peer);
        } else
            oc_peer_held_add(&peer->held, peer->pool, &from, data, len);
        oc_pool_give(peer->pool, block);
    }
}

static void after(oc_peer_t *peer) {
    take_ice_events(peer);
    if (peer->held.count && peer->described)
        take_held(peer);
    take_dtls_events(peer);
    if (peer->look)
        oc_peer_look(peer);
}

bool oc_peer_may_send(const oc_peer_t *peer, oc_path_t *path) {
    return peer->associated && peer->sctp && oc_ice_selected(&peer->ice, path);
}

bool oc_peer_input(oc_peer_t *peer, const oc_path_t *from, uint8_t *data, size_t len,
                   int64_t now_us) {
    bool ours = false;
    oc_span_t datagram = oc_span(data, len);
    peer->now_us = now_us;
    peer->datagrams_in++;
    peer->bytes_in += len;
    if (peer->state == OC_PEER_OVER)
        return false;
    switch (oc_demux(datagram)) {
    case OC_DEMUX_STUN: {
        int rc = oc_ice_input(&peer->ice, from, datagram, now_us);
        ours = rc == OC_ICE_REQUEST;
        if (ours && peer->has_valid) /* it may be the nomination, when its DTLS is made */
            oc_peer_early_retransmit(peer);
        peer->refused += rc < 0;
        break;
    }
    case OC_DEMUX_DTLS:
        if (oc_ice_path_valid(&peer->ice, from) && peer->described) {
            oc_dtls_input(&peer->dtls, datagram, now_us);
            take_data(peer);
        } else if (peer->dtls.state < OC_DTLS_CONNECTED)
            oc_peer_held_add(&peer->held, peer->pool, from, data, len);
        else
            peer->refused++;
        break;
    default:
        peer->refused++;
    }
    after(peer);
    return ours;
}

int oc_peer_shared(oc_peer_t *peer, oc_span_t datagram) {
    return oc_dtls_shared(&peer->dtls, datagram);
}

void oc_peer_advance(oc_peer_t *peer, int64_t now_us) {
    oc_path_t path;
    peer->now_us = now_us;
    if (peer->state == OC_PEER_OVER)
        return;
    peer->look = peer->look || now_us >= peer->look_us;
    oc_ice_advance(&peer->ice, now_us);
    oc_dtls_advance(&peer->dtls, now_us);
    oc_peer_early_retransmit_again(peer);
    if (oc_peer_may_send(peer, &path))
        oc_sctp_advance(peer->sctp, now_us);
    after(peer);
    if (peer->state == OC_PEER_LOST && now_us - peer->lost_us >= OC_PEER_LOST_US)
        oc_peer_end(peer, OC_PEER_CONSENT, 0);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t oc_peer_next_deadline(const oc_peer_t *peer) {
    oc_path_t path;
    if (peer->state == OC_PEER_OVER)
        return INT64_MAX;
    int64_t t = earlier(oc_ice_next_deadline(&peer->ice), oc_dtls_next_deadline(&peer->dtls));
    if (oc_peer_may_send(peer, &path))
        t = earlier(t, oc_sctp_next_deadline(peer->sctp, peer->now_us));
    t = earlier(t, peer->look_us);
    t = earlier(t, peer->early_retransmit_us);
    if (peer->state == OC_PEER_LOST)
        t = earlier(t, peer->lost_us + OC_PEER_LOST_US);
    return t;
}

/* ---- the handshake's work ---- */

oc_hs_job_t *oc_peer_poll_job(oc_peer_t *peer, int64_t now_us) {
    oc_hs_job_t *job = NULL;
    peer->now_us = now_us;
    if (peer->job || peer->state >= OC_PEER_CLOSING)
        return NULL;
    oc_dtls_set_rtt(&peer->dtls, oc_ice_rtt_us(&peer->ice));
    if (oc_dtls_poll_job(&peer->dtls, now_us, &job) != OC_OK)
        return NULL;
    peer->job = true;
    return job;
}

void oc_peer_job_done(oc_peer_t *peer, int64_t now_us) {
    peer->now_us = now_us;
    peer->job = false;
    oc_dtls_job_done(&peer->dtls, now_us);
    if (peer->state == OC_PEER_OVER)
        return;
    take_data(peer);
    after(peer);
}
