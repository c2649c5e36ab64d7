/* oc_peer_cmd - see the header. One thread runs the loop with the peers, another one HTTP; a POST
 * of ours blocks a thread of the loop's pool. */
#define _GNU_SOURCE
#include "oc_peer_cmd.h"

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_crash.h"
#include "oc_err.h"
#include "oc_handshake.h"
#include "oc_peer_cmd_args.h"
#include "oc_peer_cmd_http.h"
#include "oc_peer_cmd_post.h"
#include "oc_peer_cmd_query.h"
#include "oc_peer_cmd_report.h"
#include "oc_peer_cmd_serve.h"
#include "oc_peer_cmd_stats.h"
#include "oc_peer_cmd_voice.h"

#define DESCRIPTION_MAX (72 * 1024) /* bytes: an answer to the longest offer */
#define POOL_BLOCKS     32768       /* of OC_POOL_BLOCK, of all peers, taken as used: 43 MB */

/* An offer whose answer waits for addresses. */
typedef struct waiting {
    struct waiting *next;
    oc_hub_peer_t peer;
    oc_peer_cmd_request_t *req;
} waiting_t;

typedef struct command {
    oc_peer_cmd_args_t args;
    uv_loop_t loop;
    uv_async_t requested;
    uv_signal_t stop[2];
    uv_work_t post;
    oc_certificate_t *certificate;
    oc_p2p_pump_t *pump;
    oc_peer_cmd_serve_t *serve;
    oc_peer_cmd_service_t service;
    oc_peer_cmd_http_t *http;
    waiting_t *waiting;
    oc_hub_peer_t ours;   /* the peer that we offered to; 0 = none */
    uint8_t *voice;       /* of --voice, malloc */
    char *offer, *answer; /* of it, malloc */
    char *path;           /* where it is posted to, malloc */
    size_t offer_len, answer_len;
    int post_result;
    atomic_bool post_stop; /* read by the thread that posts */
    char why[256];
    bool closing, opened;
    bool over; /* to be finished with `code`, outside of events */
    int code;
} command_t;

static command_t command;

/* ---- the end ---- */

static void report(void *context, const char *line, size_t len) {
    oc_peer_cmd_print(line, len);
}

static void on_pump_closed(void *context) {
    oc_peer_cmd_serve_destroy(command.serve);
}

static void finish(int code) {
    if (command.closing)
        return;
    command.closing = true;
    atomic_store(&command.post_stop, true);
    command.code = code;
    for (unsigned i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&command.stop[i], NULL);
    oc_peer_cmd_http_stop(command.http);
    command.http = NULL;
    uv_close((uv_handle_t *)&command.requested, NULL);
    oc_p2p_pump_close(command.pump, on_pump_closed);
}

static void on_signal(uv_signal_t *handle, int number) {
    finish(OC_PEER_CMD_DONE);
}

/* ---- HTTP: an offer for an answer ---- */

static int status_of(int rc) {
    switch (rc) {
    case OC_ERR_BUSY:
    case OC_ERR_NOMEM:
        return 503;
    case OC_ERR_NOENT:
        return 404;
    case OC_ERR_EXIST:
    case OC_ERR_STATE:
        return 409;
    default:
        return 400;
    }
}

static void refuse(oc_peer_cmd_request_t *req, int rc, const char *why) {
    char *line;
    const char *text = why ? why : oc_err_text(rc);
    int len = asprintf(&line, "%s\n", text);
    oc_peer_cmd_service_answer(&command.service, req, status_of(rc), len < 0 ? NULL : line,
                               len < 0 ? 0 : (size_t)len);
}

/* Answers with what the hub has; false: it is still gathering. */
static bool describe(oc_peer_cmd_request_t *req, oc_hub_peer_t id) {
    char *text = malloc(DESCRIPTION_MAX);
    int len = text ? oc_hub_description(oc_p2p_pump_hub(command.pump), id,
                                        oc_span(req->body, req->len), text, DESCRIPTION_MAX)
                   : OC_ERR_NOMEM;
    if (len > 0) {
        req->peer = id;
        oc_peer_cmd_service_answer(&command.service, req,
                                   req->kind == OC_PEER_CMD_REQUEST_OFFER ? 201 : 200, text,
                                   (size_t)len);
        return true;
    }
    free(text);
    if (len == OC_ERR_BUSY || len == OC_AGAIN)
        return false;
    refuse(req, len, NULL);
    return true;
}

static void wait_for(oc_peer_cmd_request_t *req, oc_hub_peer_t id) {
    waiting_t *one = malloc(sizeof *one);
    if (!one) {
        refuse(req, OC_ERR_NOMEM, NULL);
        return;
    }
    *one = (waiting_t){.next = command.waiting, .peer = id, .req = req};
    command.waiting = one;
}

/* The answers that wait for this peer; gone: it ended before. */
static void answer_waiting(oc_hub_peer_t id, bool gone) {
    for (waiting_t **at = &command.waiting; *at;) {
        waiting_t *one = *at;
        bool done = one->peer == id && (gone || describe(one->req, id));
        if (!done) {
            at = &one->next;
            continue;
        }
        if (gone)
            refuse(one->req, OC_ERR_CLOSED, "the peer ended before its answer was ready");
        *at = one->next;
        free(one);
    }
}

static void take_offer(oc_peer_cmd_request_t *req) {
    oc_span_t sdp = oc_span(req->body, req->len);
    oc_hub_peer_t id = req->peer;
    const char *why = NULL;
    int rc = req->kind == OC_PEER_CMD_REQUEST_OFFER
                 ? oc_hub_pump_offer(oc_p2p_pump_core(command.pump), sdp, &id, &why)
                 : oc_hub_reoffer(oc_p2p_pump_hub(command.pump), id, sdp,
                                  oc_p2p_pump_now(command.pump), &why);
    bool requested =
        rc == OC_OK && oc_peer_cmd_serve_request(command.serve, id, req->open, &why) == OC_OK;
    if (rc == OC_OK && !requested) {
        (void)oc_hub_close(oc_p2p_pump_hub(command.pump), id, oc_p2p_pump_now(command.pump));
        refuse(req, OC_ERR_INVAL, why);
    } else if (rc != OC_OK)
        refuse(req, rc,
               rc == OC_ERR_BUSY ? "too many peers, or too many that are not up yet" : why);
    else if (!describe(req, id))
        wait_for(req, id);
}

static void on_requested(uv_async_t *async) {
    oc_peer_cmd_request_t *req;
    size_t len = 0;
    while (!command.closing && (req = oc_peer_cmd_service_take(&command.service))) {
        if (req->kind == OC_PEER_CMD_REQUEST_STATS) {
            char *text = oc_peer_cmd_stats(command.pump, &len);
            oc_peer_cmd_service_answer(&command.service, req, text ? 200 : 503, text, len);
        } else {
            take_offer(req);
        }
    }
    if (!command.closing)
        oc_p2p_pump_kick(command.pump);
}

static void wake(void *context) {
    uv_async_send(&command.requested);
}

/* ---- offering ---- */

static void do_post(uv_work_t *work) {
    const oc_peer_cmd_args_t *args = &command.args;
    const oc_peer_cmd_post_t post = {.host = args->offer_host,
                                     .path = command.path,
                                     .port = args->offer_port,
                                     .offer = command.offer,
                                     .offer_len = command.offer_len,
                                     .limit_ms = OC_PEER_CMD_POST_MS,
                                     .stop = &command.post_stop};
    command.post_result = oc_peer_cmd_post(&post, &command.answer, &command.answer_len, command.why,
                                           sizeof command.why);
}

static void open_channels(void) {
    const oc_peer_cmd_args_t *args = &command.args;
    const char *why;
    for (unsigned i = 0; i < args->opens; i++) {
        int sid = args->early ? (int)OC_PEER_CMD_QUERY_ID(i) : -1;
        int rc = oc_peer_cmd_serve_open(command.serve, command.ours, args->open[i], sid, &why);
        if (rc != OC_OK)
            oc_peer_cmd_report(0, "peer: --open %.100s: %s", args->open[i], why);
        command.opened |= rc == OC_OK;
    }
    if (args->opens && !command.opened)
        command.code = OC_PEER_CMD_FAILED;
}

static void on_posted(uv_work_t *work, int status) {
    const char *why = NULL;
    if (command.closing)
        return;
    int rc = command.post_result;
    if (rc == OC_OK) {
        rc = oc_hub_answer(oc_p2p_pump_hub(command.pump), command.ours,
                           oc_span(command.answer, command.answer_len),
                           oc_p2p_pump_now(command.pump), &why);
        snprintf(command.why, sizeof command.why, "its answer: %.200s",
                 why ? why : oc_err_text(rc));
    }
    if (rc == OC_OK) {
        if (command.args.early)
            open_channels();
        oc_p2p_pump_kick(command.pump);
        return;
    }
    oc_peer_cmd_report(0, "peer: --offer-to %.100s: %s", command.args.offer_host, command.why);
    finish(OC_PEER_CMD_FAILED);
}

/* Our offer is complete: it leaves. */
static void post_offer(void) {
    command.offer = malloc(DESCRIPTION_MAX);
    int len = command.offer ? oc_hub_description(oc_p2p_pump_hub(command.pump), command.ours,
                                                 oc_span(NULL, 0), command.offer, DESCRIPTION_MAX)
                            : OC_ERR_NOMEM;
    unsigned named = command.args.early ? command.args.opens : 0;
    command.path = oc_peer_cmd_query(command.args.offer_path, command.args.open, named);
    len = command.path ? len : OC_ERR_NOMEM;
    if (len > 0) {
        command.offer_len = (size_t)len;
        uv_queue_work(&command.loop, &command.post, do_post, on_posted);
        return;
    }
    free(command.offer);
    free(command.path);
    command.offer = command.path = NULL;
    if (len != OC_ERR_BUSY && len != OC_AGAIN) {
        command.code =
            oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: no offer: %s", oc_err_text(len));
        command.over = true;
    }
}

/* ---- events ---- */

/* Why a peer ended, with the step that failed. */
static void notify_over(const oc_hub_event_t *event) {
    char text[OC_PEER_WHY_TEXT];
    oc_peer_why_text(&event->peer.why, text, sizeof text);
    oc_peer_cmd_notify("over", "reason", text, event->id);
}

static void notify_up(oc_hub_peer_t id) {
    oc_peer_stats_t stats;
    if (oc_hub_peer_stats(oc_p2p_pump_hub(command.pump), id, &stats) == OC_OK)
        oc_peer_cmd_notify_up(id, stats.up_after_us);
}

static void on_peer(const oc_hub_event_t *event) {
    switch (event->peer.kind) {
    case OC_PEER_EVENT_UP:
        notify_up(event->id);
        if (event->id == command.ours && !command.args.early)
            open_channels();
        break;
    case OC_PEER_EVENT_LOST:
        oc_peer_cmd_notify("peer", "state", "lost", event->id);
        break;
    case OC_PEER_EVENT_BACK:
        oc_peer_cmd_notify("peer", "state", "up", event->id);
        break;
    case OC_PEER_EVENT_OVER:
        notify_over(event);
        answer_waiting(event->id, true);
        break;
    default:
        break;
    }
}

static void on_event(void *context, const oc_hub_event_t *event) {
    oc_peer_cmd_serve_event(command.serve, event);
    if (event->kind == OC_HUB_EVENT_PEER)
        on_peer(event);
    if (event->kind != OC_HUB_EVENT_DESCRIPTION)
        return;
    if (event->id == command.ours && !command.offer)
        post_offer();
    else
        answer_waiting(event->id, false);
}

/* Between rounds of the loop: whether everything that was asked for is over. */
static void look(uv_prepare_t *prepare) {
    oc_peer_stats_t stats = {.state = OC_PEER_OVER};
    if (command.over)
        finish(command.code);
    if (command.closing || !command.args.offer || command.args.serve)
        return;
    const oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(command.pump), command.ours);
    if (peer)
        oc_peer_stats(peer, &stats);
    bool done = command.opened && oc_peer_cmd_serve_open_count(command.serve) == 0;
    if (done)
        finish(OC_PEER_CMD_DONE);
    else if (stats.state == OC_PEER_OVER && command.ours)
        finish(command.args.opens ? OC_PEER_CMD_FAILED : OC_PEER_CMD_DONE);
}

/* ---- set-up ---- */

/* The addresses of a server by its name. 0 or the exit code. */
static int look_up(const oc_peer_cmd_args_server_t *named, oc_gather_server_t *out) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    int rc = getaddrinfo(named->host, NULL, &hints, &found);
    if (rc != 0)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: server %.100s: %s", named->host,
                                  gai_strerror(rc));
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        const void *ip4 = &((const struct sockaddr_in *)(const void *)one->ai_addr)->sin_addr;
        const void *ip6 = &((const struct sockaddr_in6 *)(const void *)one->ai_addr)->sin6_addr;
        if (one->ai_family == AF_INET && !out->addr4.family)
            out->addr4 = oc_addr4(ip4, named->port);
        else if (one->ai_family == AF_INET6 && !out->addr6.family && command.args.ipv6)
            out->addr6 = oc_addr6(ip6, named->port, 0);
    }
    freeaddrinfo(found);
    if (!out->addr4.family && !out->addr6.family)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: server %.100s: no address%s",
                                  named->host, command.args.ipv6 ? "" : " of IPv4");
    return 0;
}

static int make_config(oc_p2p_pump_config_t *config) {
    const oc_peer_cmd_args_t *args = &command.args;
    static const oc_turn_transport_t transports[] = {OC_TURN_UDP, OC_TURN_TCP, OC_TURN_TLS};
    *config = (oc_p2p_pump_config_t){
        .hub = {.peers = OC_PEER_CMD_PEERS,
                .pool_blocks = POOL_BLOCKS,
                .profile = oc_peer_profile_program(),
                .certificate = command.certificate,
                .relay_only = args->relay_only,
                .whole = true},
        .port = args->udp_port,
        .ipv4 = true,
        .ipv6 = args->ipv6,
        .loopback = args->loopback,
        .plain = args->plain,
        .servers = args->servers,
        .on_event = on_event,
    };
    for (unsigned i = 0; i < args->servers; i++) {
        const oc_peer_cmd_args_server_t *named = &args->server[i];
        oc_gather_server_t *server = &config->server[i];
        *server = (oc_gather_server_t){.turn = named->turn,
                                       .transport = transports[args->transport],
                                       .username = named->user,
                                       .password = named->password,
                                       .domain = named->host};
        int code = look_up(named, server);
        if (code != 0)
            return code;
    }
    return 0;
}

static int start_http(void) {
    const oc_peer_cmd_args_t *args = &command.args;
    bool six = strchr(args->address, ':') != NULL;
    uint16_t port = args->port;
    char url[OC_PEER_CMD_ARGS_NAME + 32];
    int rc = oc_peer_cmd_http_start(&command.http, args->address, &port, &command.service);
    if (rc != OC_OK)
        return oc_peer_cmd_report(
            OC_PEER_CMD_FAILED, "peer: --http: cannot listen on %s port %u: %s", args->address,
            port, rc == OC_ERR_BUSY ? "in use or not of this machine" : oc_err_text(rc));
    snprintf(url, sizeof url, "http://%s%s%s:%u/", six ? "[" : "", args->address, six ? "]" : "",
             port);
    oc_peer_cmd_notify("listening", "url", url, 0);
    return 0;
}

static int start_offer(void) {
    int rc = oc_hub_pump_connect(oc_p2p_pump_core(command.pump), &command.ours);
    if (rc != OC_OK)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: no offer: %s", oc_err_text(rc));
    post_offer(); /* or it comes with an event */
    oc_p2p_pump_kick(command.pump);
    return 0;
}

/* What is to be spoken. 0 or the exit code. */
static int read_voice(void) {
    const char *path = command.args.voice;
    size_t len;
    int rc = path ? oc_peer_cmd_voice_read(path, &command.voice, &len) : OC_OK;
    if (rc != OC_OK)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: --voice %.200s: %s", path,
                                  oc_err_text(rc));
    if (path)
        oc_peer_cmd_serve_voice(command.serve, command.voice, len);
    return 0;
}

static int start(void) {
    oc_p2p_pump_config_t config;
    int rc = oc_certificate_make(&command.certificate);
    if (rc != OC_OK)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: no certificate: %s", oc_err_text(rc));
    int code = make_config(&config);
    if (code != 0)
        return code;
    rc = oc_peer_cmd_serve_create(&command.serve, &command.loop, report, NULL);
    if (rc == OC_OK)
        rc = oc_p2p_pump_create(&command.pump, &command.loop, &config);
    if (rc != OC_OK)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: no socket on UDP port %u: %s",
                                  command.args.udp_port,
                                  rc == OC_ERR_BUSY ? "in use" : oc_err_text(rc));
    oc_peer_cmd_serve_attach(command.serve, command.pump);
    uv_async_init(&command.loop, &command.requested, on_requested);
    static const int numbers[2] = {SIGINT, SIGTERM};
    for (unsigned i = 0; i < 2; i++) {
        uv_signal_init(&command.loop, &command.stop[i]);
        uv_signal_start(&command.stop[i], on_signal, numbers[i]);
    }
    code = read_voice();
    if (code == 0 && command.args.serve)
        code = start_http();
    if (code == 0 && command.args.offer)
        code = start_offer();
    if (code != 0)
        finish(code);
    return 0;
}

static void free_all(void) {
    while (command.waiting) {
        waiting_t *one = command.waiting;
        command.waiting = one->next;
        free(one->req->body);
        free(one->req->open);
        free(one->req);
        free(one);
    }
    oc_peer_cmd_service_deinit(&command.service);
    oc_certificate_destroy(command.certificate);
    free(command.offer);
    free(command.answer);
    free(command.path);
    free(command.voice);
}

/* The last line of --json; the exit code. */
static int ended(int code) {
    char text[48];
    if (command.args.json)
        oc_peer_cmd_print(
            text, (size_t)snprintf(text, sizeof text, "{\"event\":\"ended\",\"code\":%d}", code));
    return code;
}

int main(int argc, char **argv) {
    uv_prepare_t prepare;
    oc_crash_no_core();
    oc_peer_cmd_args_parse(&command.args, argc, argv);
    if (command.args.error[0])
        return oc_peer_cmd_report(OC_PEER_CMD_USAGE, "%s", command.args.error);
    if (command.args.help) {
        fputs(oc_peer_cmd_args_help(), stdout);
        return OC_PEER_CMD_DONE;
    }
    oc_peer_cmd_report_json(command.args.json);
    signal(SIGPIPE, SIG_IGN);
    int rc = uv_loop_init(&command.loop);
    if (rc != 0)
        return oc_peer_cmd_report(OC_PEER_CMD_FAILED, "peer: no event loop: %s", uv_strerror(rc));
    oc_peer_cmd_service_init(&command.service, wake, NULL);
    int code = start();
    if (code != 0)
        return ended(code);
    uv_prepare_init(&command.loop, &prepare);
    uv_prepare_start(&prepare, look);
    uv_unref((uv_handle_t *)&prepare);
    uv_run(&command.loop, UV_RUN_DEFAULT);
    free_all();
    return ended(command.code);
}
