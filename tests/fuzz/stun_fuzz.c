/* Any datagram: demux, parse, check; what was read is written again and must read the same. */
#include <stdlib.h>
#include <string.h>
#include "oc_demux.h"
#include "oc_err.h"
#include "oc_stun.h"
#include "oc_stun_key.h"
#include "oc_stun_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

static const oc_span_t key = {(const uint8_t *)"key", 3};

static void require(bool right) {
    if (!right)
        abort();
}

/* Every span lies in the datagram. */
static void require_inside(const oc_stun_msg_t *msg, oc_span_t s) {
    if (s.len)
        require(s.data >= msg->bytes.data && s.data + s.len <= msg->bytes.data + msg->bytes.len);
}

static void write_again(const oc_stun_msg_t *msg) {
    static uint8_t out[1 << 17];
    oc_stun_msg_t again;
    oc_wr_t w = oc_wr(out, sizeof out);
    oc_stun_wr_begin(&w, (enum oc_stun_method)msg->method, (enum oc_stun_class)msg->cls, msg->txid);
    if (OC_STUN_HAS(msg, OC_STUN_F_USERNAME))
        oc_stun_wr_bytes(&w, OC_STUN_USERNAME, msg->username.data, msg->username.len);
    if (msg->mapped.family)
        oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &msg->mapped);
    if (msg->peer.family)
        oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, &msg->peer);
    if (OC_STUN_HAS(msg, OC_STUN_F_DATA))
        oc_stun_wr_bytes(&w, OC_STUN_DATA_BYTES, msg->data.data, msg->data.len);
    oc_stun_wr_integrity(&w, key);
    oc_stun_wr_fingerprint(&w);
    size_t len = oc_stun_wr_end(&w);
    if (len == 0) { /* more than a message can hold */
        require(msg->data.len > 60000);
        return;
    }
    require(oc_stun_parse(oc_span(out, len), &again) == OC_OK);
    require(again.method == msg->method && again.cls == msg->cls);
    require(oc_addr_equal(&again.mapped, &msg->mapped) && oc_addr_equal(&again.peer, &msg->peer));
    require(again.username.len == msg->username.len && again.data.len == msg->data.len);
    require(oc_stun_check_integrity(&again, key) == OC_OK &&
            oc_stun_check_fingerprint(&again) == OC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_stun_msg_t msg;
    oc_span_t all = oc_span(data, size);
    enum oc_demux kind = oc_demux(all);
    int result = oc_stun_parse(all, &msg);
    (void)oc_stun_length(all);
    if (result != OC_OK) {
        require(result == OC_ERR_TRUNC || result == OC_ERR_FORMAT);
        return 0;
    }
    require(kind == OC_DEMUX_STUN || data[0] > 3);
    (void)oc_stun_check_fingerprint(&msg);
    (void)oc_stun_check_integrity(&msg, key);
    (void)oc_stun_check_integrity256(&msg, key);
    (void)oc_stun_choose(msg.algorithms);
    (void)oc_stun_nonce_features(msg.nonce);
    const oc_span_t spans[] = {msg.username,         msg.realm,     msg.nonce,
                               msg.reason,           msg.data,      msg.userhash,
                               msg.alternate_domain, msg.algorithms};
    for (unsigned i = 0; i < sizeof spans / sizeof spans[0]; i++)
        require_inside(&msg, spans[i]);
    write_again(&msg);
    return 0;
}

/* An ICE check, its answer, and what TURN says. */
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const uint8_t txid[OC_STUN_TXID] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 9};
    oc_wr_t w = oc_wr(out, size);
    oc_addr_t addr;
    oc_addr_parse(index % 2 ? "2001:db8::5" : "192.0.2.5", &addr);
    addr.port = 4000;
    if (index > 5)
        return 0;
    oc_stun_wr_begin(&w, index < 3 ? OC_STUN_BINDING : OC_STUN_ALLOCATE,
                     index % 3 ? OC_STUN_SUCCESS : OC_STUN_REQUEST, txid);
    if (index == 0) {
        oc_stun_wr_bytes(&w, OC_STUN_USERNAME, "abcd:efgh", 9);
        oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 0x6E0001FF);
        oc_stun_wr_u64(&w, OC_STUN_ICE_CONTROLLING, 77);
        oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    } else {
        oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &addr);
        oc_stun_wr_addr(&w, OC_STUN_MAPPED_ADDRESS, &addr);
    }
    if (index >= 3) {
        oc_stun_wr_addr(&w, OC_STUN_XOR_RELAYED_ADDRESS, &addr);
        oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, &addr);
        oc_stun_wr_bytes(&w, OC_STUN_REALM, "example", 7);
        oc_stun_wr_bytes(&w, OC_STUN_NONCE, "obMatJos2AAABx", 14);
        oc_stun_wr_bytes(&w, OC_STUN_PASSWORD_ALGORITHMS, "\0\2\0\0\0\1\0\0", 8);
        oc_stun_wr_algorithm(&w, OC_STUN_SHA256);
        oc_stun_wr_bytes(&w, OC_STUN_DATA_BYTES, "payload", 7);
        oc_stun_wr_error(&w, 438, "Stale Nonce");
    }
    if (index % 2)
        oc_stun_wr_integrity(&w, key);
    oc_stun_wr_integrity256(&w, key);
    oc_stun_wr_fingerprint(&w);
    return oc_stun_wr_end(&w);
}
