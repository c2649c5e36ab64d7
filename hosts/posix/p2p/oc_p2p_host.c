#include "oc_p2p_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "oc_certificate_file.h"
#include "oc_err.h"
#include "oc_lookup.h"
#include "oc_p2p_play.h"
#include "oc_p2p_pump.h"
#include "oc_posix.h"
#include "oc_speaker_thread.h"

#define BLOCKS_EACH 40u /* of OC_POOL_EACH for each session: its window, and what it is told */

struct oc_p2p_host {
    oc_media_thread_t *media;
    oc_p2p_service_t *service;
    const oc_p2p_open_t *open; /* while it opens; the service's */
    bool loading, closing;     /* the certificate; it was closed meanwhile */
    char ca[sizeof(((oc_p2p_open_t *)NULL)->ca)];
    oc_certificate_t *certificate;          /* for the process's life */
    oc_p2p_pump_t *pump;                    /* while it is open, and until it has closed */
    oc_lookup_t *lookup[OC_GATHER_SERVERS]; /* under way */
    oc_p2p_play_t play;
    oc_speaker_thread_t *speaker;
    oc_talk_t talk;
};

/* ---- opening ---- */

static void on_event(void *context, const oc_hub_event_t *event) {
    const oc_p2p_host_t *host = context;
    oc_p2p_service_event(host->service, event);
}

static void on_events(void *context) {
    const oc_p2p_host_t *host = context;
    oc_p2p_service_events(host->service);
}

/* The certificate is there. */
static void open_pump(oc_p2p_host_t *host) {
    const oc_p2p_open_t *open = host->open;
    oc_p2p_pump_config_t config = {.hub = {.peers = open->sessions,
                                           .pool_blocks = open->sessions * BLOCKS_EACH,
                                           .profile = oc_peer_profile_camera(),
                                           .certificate = host->certificate,
                                           .relay_only = open->relay_only},
                                   .port = open->port,
                                   .ipv4 = open->ipv4,
                                   .ipv6 = open->ipv6,
                                   .loopback = open->loopback,
                                   .later_servers = open->servers > 0,
                                   .deadlines = oc_media_thread_deadlines(host->media),
                                   .on_event = on_event,
                                   .on_events = on_events,
                                   .context = host};
    snprintf(host->ca, sizeof host->ca, "%s", open->ca);
    config.ca = host->ca[0] ? host->ca : NULL;
    host->open = NULL;
    int result = oc_p2p_pump_create(&host->pump, oc_media_thread_loop(host->media), &config);
    if (result != OC_OK)
        host->pump = NULL;
    const char *why = result == OC_ERR_BUSY     ? "the UDP port is in use"
                      : result == OC_ERR_NOTSUP ? "this machine has no such address family"
                                                : oc_err_text(result);
    oc_p2p_service_opened(host->service, result, why,
                          result == OC_OK ? oc_p2p_pump_core(host->pump) : NULL);
}

/* File thread: nobody else looks at the certificate until on_certificate. */
static int load_certificate(oc_file_store_t *store, void *context) {
    oc_p2p_host_t *host = context;
    return oc_certificate_file_open(store->root, &host->certificate);
}

static void on_certificate(oc_media_thread_t *media, void *context, int result) {
    oc_p2p_host_t *host = context;
    host->loading = false;
    if (result != OC_OK)
        host->certificate = NULL;
    if (host->closing) {
        host->closing = false;
        oc_p2p_service_closed(host->service);
    } else if (result == OC_OK) {
        open_pump(host);
    } else {
        char why[96];
        snprintf(why, sizeof why, "%s: %s", OC_CERTIFICATE_FILE, oc_err_text(result));
        oc_p2p_service_opened(host->service, result, why, NULL);
    }
}

static int open_transport(void *context, const oc_p2p_open_t *open, const char **why) {
    oc_p2p_host_t *host = context;
    host->open = open;
    if (host->certificate) {
        open_pump(host);
        return OC_OK;
    }
    int result = oc_media_thread_work(host->media, load_certificate, on_certificate, host);
    *why = "the disk is too slow";
    host->loading = result == OC_OK;
    return result;
}

/* ---- while it is open ---- */

static void turn(void *context) {
    const oc_p2p_host_t *host = context;
    oc_p2p_pump_turn(host->pump);
}

/* The first address of each family. */
static void take_address(oc_p2p_found_t *found, const struct sockaddr_storage *from) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
    if (from->ss_family == AF_INET && !found->addr4.family)
        found->addr4 = oc_addr4((const uint8_t *)&four->sin_addr, 0);
    else if (from->ss_family == AF_INET6 && !found->addr6.family)
        found->addr6 = oc_addr6(six->sin6_addr.s6_addr, 0, 0);
}

/* Some lookups are done. */
static void take_names(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_p2p_host_t *host = call->context;
    for (unsigned i = 0; i < OC_GATHER_SERVERS; i++) {
        oc_lookup_result_t result;
        oc_p2p_found_t found = {0};
        if (!host->lookup[i] || !oc_lookup_take(host->lookup[i], &result))
            continue;
        host->lookup[i] = NULL;
        for (unsigned k = 0; k < result.count; k++)
            take_address(&found, &result.address[k]);
        found.why = result.count ? NULL : result.why;
        oc_p2p_service_found(host->service, i, &found);
    }
}

static bool wake_names(void *context) {
    const oc_p2p_host_t *host = context;
    oc_media_call_t call = {.run = take_names, .context = context};
    return oc_media_thread_post(host->media, &call) == OC_OK;
}

static int look_up(void *context, unsigned index, const char *name) {
    oc_p2p_host_t *host = context;
    return oc_lookup_start(&host->lookup[index], name, 0, 0, wake_names, host);
}

static void drop(void *context, unsigned index) {
    oc_p2p_host_t *host = context;
    oc_lookup_drop(host->lookup[index]);
    host->lookup[index] = NULL;
}

/* Chunks came. */
static void on_filled(void *context) {
    const oc_p2p_host_t *host = context;
    oc_p2p_service_advance(host->service, oc_posix_now_us());
}

/* ---- closing ---- */

static void on_pump_closed(void *context) {
    oc_p2p_host_t *host = context;
    host->pump = NULL;
    oc_p2p_service_closed(host->service);
}

static void close_transport(void *context) {
    oc_p2p_host_t *host = context;
    host->open = NULL;
    host->closing = host->loading;
    if (host->pump)
        oc_p2p_pump_close(host->pump, on_pump_closed);
    else if (!host->loading)
        oc_p2p_service_closed(host->service);
}

bool oc_p2p_host_stop(oc_p2p_host_t *host, int64_t now_us) {
    bool closed = oc_p2p_service_stop(host->service, now_us);
    bool played = oc_p2p_play_stop(&host->play, now_us);
    return closed && played;
}

/* ---- its own beginning and end ---- */

oc_p2p_service_t *oc_p2p_host_service(oc_p2p_host_t *host) {
    return host->service;
}

oc_media_thread_t *oc_p2p_host_media(oc_p2p_host_t *host) {
    return host->media;
}

int oc_p2p_host_create(oc_p2p_host_t **out, oc_media_thread_t *media,
                       const oc_vod_finder_t *finder) {
    oc_p2p_host_t *host = calloc(1, sizeof *host);
    if (!host)
        return OC_ERR_NOMEM;
    oc_p2p_service_env_t env = {.loop = *oc_media_thread_env(media),
                                .plane = oc_media_thread_plane(media),
                                .mailbox = oc_media_thread_mailbox(media),
                                .open = open_transport,
                                .close = close_transport,
                                .turn = turn,
                                .look_up = look_up,
                                .drop = drop,
                                .play_open = oc_p2p_play_open,
                                .play_fill = oc_p2p_play_fill,
                                .play_close = oc_p2p_play_close,
                                .play = &host->play,
                                .talk = &host->talk,
                                .context = host};
    host->media = media;
    if (oc_speaker_thread_create(&host->speaker, oc_media_thread_root(media)) != OC_OK) {
        free(host);
        return OC_ERR_NOMEM;
    }
    oc_talk_init(&host->talk, oc_speaker_thread_speaker(host->speaker));
    if (oc_p2p_service_create(&host->service, &env) != OC_OK) {
        oc_speaker_thread_free(host->speaker);
        free(host);
        return OC_ERR_NOMEM;
    }
    host->play = (oc_p2p_play_t){.media = media,
                                 .finder = *finder,
                                 .viewers = oc_p2p_service_viewers(host->service),
                                 .filled = on_filled,
                                 .context = host};
    *out = host;
    return OC_OK;
}

void oc_p2p_host_free(oc_p2p_host_t *host) {
    if (!host || host->play.hung)
        return;
    oc_p2p_service_free(host->service);
    oc_speaker_thread_free(host->speaker);
    if (host->certificate)
        oc_certificate_destroy(host->certificate);
    free(host);
}
