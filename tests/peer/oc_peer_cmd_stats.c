/* oc_peer_cmd_stats - see the header. */
#include "oc_peer_cmd_stats.h"

#include <malloc.h>
#include <stdlib.h>

#include "oc_json.h"

#define PEER_BYTES 2048 /* of JSON about one peer; enough for every value at its largest */
#define HEAD_BYTES 4096 /* about the rest */

static void put(oc_json_t *json, const char *key, uint64_t value) {
    oc_json_member_int(json, key, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static void put_ms(oc_json_t *json, const char *key, uint32_t us) {
    oc_json_key(json, key);
    oc_json_milli(json, us);
}

static void put_address(oc_json_t *json, const char *key, const oc_addr_t *addr) {
    char text[OC_ADDR_TEXT];
    oc_json_key(json, key);
    if (oc_addr_print(addr, text, sizeof text) > 0)
        oc_json_string(json, text);
    else
        oc_json_null(json);
}

static void put_path(oc_json_t *json, const oc_path_t *path) {
    oc_json_key(json, "path");
    if (path->remote.family == 0) {
        oc_json_null(json);
        return;
    }
    oc_json_begin_object(json);
    put_address(json, "local", &path->local);
    put_address(json, "remote", &path->remote);
    oc_json_member_bool(json, "relayed", path->via != 0);
    oc_json_end_object(json);
}

static void put_sending(oc_json_t *json, const oc_send_stats_t *s) {
    put_ms(json, "srtt", s->srtt_us);
    put_ms(json, "minRtt", s->min_rtt_us);
    put_ms(json, "rto", s->rto_us);
    put(json, "loss", s->loss_ppm);
    put(json, "cwnd", s->cwnd);
    put(json, "pacing", s->pacing_bps);
    put(json, "delivered", s->delivered_bps);
    put(json, "inFlight", s->in_flight);
    put(json, "peerWindow", s->peer_rwnd);
    put(json, "sentBytes", s->sent_bytes);
    put(json, "ackedBytes", s->acked_bytes);
    put(json, "chunks", s->chunks);
    put(json, "retransmitted", s->retransmitted);
    put(json, "lost", s->lost);
    put(json, "abandoned", s->abandoned);
}

static void put_receiving(oc_json_t *json, const oc_sctp_stats_t *s) {
    put(json, "messages", s->messages);
    put(json, "receivedBytes", s->message_bytes);
    put(json, "window", s->a_rwnd);
    put(json, "mtu", s->mtu);
    oc_json_member_string(json, "checksum", s->zero_checksum ? "none" : "crc32c");
    oc_json_member_bool(json, "snap", s->snap);
}

static void put_peer(oc_json_t *json, oc_hub_t *hub, oc_hub_peer_t id) {
    const oc_peer_t *peer = oc_hub_peer(hub, id);
    oc_peer_stats_t s;
    if (!peer)
        return;
    oc_peer_stats(peer, &s);
    oc_json_begin_object(json);
    put(json, "id", id);
    oc_json_member_string(json, "state", oc_peer_state_name(s.state));
    put_path(json, &s.path);
    put_ms(json, "rtt", s.rtt_us);
    put_ms(json, "upAfter", (uint32_t)s.up_after_us);
    oc_json_member_string(json, "dtls", s.dtls_client ? "client" : "server");
    oc_json_member_string(json, "suite", s.chacha ? "CHACHA20_POLY1305" : "AES_128_GCM");
    put(json, "channels", s.channels);
    put(json, "maxMessage", s.max_message);
    put(json, "datagramsIn", s.datagrams_in);
    put(json, "bytesIn", s.bytes_in);
    put(json, "datagramsOut", s.datagrams_out);
    put(json, "bytesOut", s.bytes_out);
    put(json, "refused", s.refused);
    put_sending(json, &s.send);
    put_receiving(json, &s.sctp);
    put(json, "heap", oc_hub_peer_bytes(hub));
    oc_json_end_object(json);
}

static void put_hub(oc_json_t *json, oc_p2p_pump_t *pump) {
    oc_hub_stats_t s;
    struct mallinfo2 heap = mallinfo2();
    oc_hub_stats(oc_p2p_pump_hub(pump), &s);
    put(json, "offers", s.offers);
    put(json, "halfOpen", s.half_open);
    put(json, "up", s.up);
    put(json, "refusedBusy", s.refused_busy);
    put(json, "unknown", s.unknown);
    put(json, "poolBlocks", s.pool_blocks);
    put(json, "poolUsed", s.pool_used);
    put(json, "poolMost", s.pool_max);
    put(json, "heap", heap.uordblks + heap.hblkhd);
}

static void put_udp(oc_json_t *json, oc_p2p_pump_t *pump) {
    static const char *const names[] = {"udp4", "udp6"};
    oc_p2p_pump_stats_t s;
    oc_p2p_pump_stats(pump, &s);
    put(json, "rounds", s.rounds);
    put(json, "handshakeJobs", s.jobs);
    for (unsigned i = 0; i < 2; i++) {
        if (!s.has[i])
            continue;
        oc_json_key(json, names[i]);
        oc_json_begin_object(json);
        put(json, "port", s.port[i]);
        put(json, "received", s.udp[i].received);
        put(json, "receivedBytes", s.udp[i].received_bytes);
        put(json, "sent", s.udp[i].sent);
        put(json, "sentBytes", s.udp[i].sent_bytes);
        put(json, "receiveCalls", s.udp[i].receive_calls);
        put(json, "sendCalls", s.udp[i].send_calls);
        put(json, "overflowed", s.udp[i].overflowed);
        put(json, "refused", s.udp[i].refused);
        put(json, "blocked", s.udp[i].blocked);
        put(json, "receiveBuffer", s.udp[i].receive_buffer);
        put(json, "sendBuffer", s.udp[i].send_buffer);
        oc_json_member_bool(json, "gro", s.udp[i].gro);
        oc_json_member_bool(json, "gso", s.udp[i].gso);
        oc_json_end_object(json);
    }
}

char *oc_peer_cmd_stats(oc_p2p_pump_t *pump, size_t *len) {
    oc_hub_t *hub = oc_p2p_pump_hub(pump);
    oc_hub_peer_t *ids = calloc(OC_HUB_PEERS_MAX, sizeof *ids);
    unsigned count = ids ? oc_hub_list(hub, ids, OC_HUB_PEERS_MAX) : 0;
    size_t size = HEAD_BYTES + (size_t)count * PEER_BYTES;
    char *text = ids ? malloc(size) : NULL;
    if (text) {
        oc_json_t json = oc_json(text, size);
        oc_json_begin_object(&json);
        put_hub(&json, pump);
        put_udp(&json, pump);
        oc_json_key(&json, "peers");
        oc_json_begin_array(&json);
        for (unsigned i = 0; i < count; i++)
            put_peer(&json, hub, ids[i]);
        oc_json_end_array(&json);
        oc_json_end_object(&json);
        *len = json.len;
        if (json.bad) {
            free(text);
            text = NULL;
        }
    }
    free(ids);
    return text;
}
