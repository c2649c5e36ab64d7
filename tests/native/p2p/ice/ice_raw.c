#include "ice_raw.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_stun_write.h"

static uint8_t datagram[OC_ICE_DATAGRAM]; /* of raw_poll: its message points into it */

void raw_init(oc_ice_t *ice, const oc_ice_config_t *config, const oc_addr_t *local) {
    oc_candidate_t c = {.type = OC_CANDIDATE_HOST, .component = 1, .addr = *local, .base = *local};
    c.priority = oc_candidate_priority(c.type, 65535, 1);
    if (oc_ice_init(ice, config, 0) != OC_OK || oc_ice_add_local(ice, &c, 0) != OC_OK ||
        oc_ice_set_remote(ice, RAW_UFRAG, RAW_PWD, false, 0) != OC_OK)
        abort();
}

size_t raw_write_check(const oc_ice_t *ice, const raw_check_t *check, uint8_t *out, size_t size) {
    char username[64];
    uint8_t txid[12] = {check->txid, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const char *pwd = check->pwd ? check->pwd : oc_ice_pwd(ice);
    oc_wr_t w = oc_wr(out, size);
    snprintf(username, sizeof username, "%s:%s", oc_ice_ufrag(ice), RAW_UFRAG);
    const char *name = check->username ? check->username : username;
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, name, strlen(name));
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 0x6E001EFF);
    oc_stun_wr_u64(&w, check->controlled ? OC_STUN_ICE_CONTROLLED : OC_STUN_ICE_CONTROLLING,
                   check->tie_breaker);
    if (check->use)
        oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    if (check->unknown)
        oc_stun_wr_u32(&w, check->unknown, 7);
    if (!check->no_integrity)
        oc_stun_wr_integrity(&w, oc_span(pwd, strlen(pwd)));
    if (!check->no_fingerprint)
        oc_stun_wr_fingerprint(&w);
    size_t len = oc_stun_wr_end(&w);
    if (check->bad_fingerprint)
        out[len - 1] ^= 1;
    return len;
}

int raw_check(oc_ice_t *ice, const raw_check_t *check, const oc_addr_t *from, int64_t now_us) {
    uint8_t bytes[OC_ICE_DATAGRAM];
    oc_path_t path = {.remote = *from};
    size_t len = raw_write_check(ice, check, bytes, sizeof bytes);
    return oc_ice_input(ice, &path, oc_span(bytes, len), now_us);
}

bool raw_poll(oc_ice_t *ice, int64_t now_us, oc_path_t *to, oc_stun_msg_t *msg) {
    int len = oc_ice_poll_output(ice, now_us, datagram, sizeof datagram, to);
    if (len < 0)
        abort();
    if (len > 0 && oc_stun_parse(oc_span(datagram, (size_t)len), msg) != OC_OK)
        abort();
    if (len > 0 && oc_stun_check_fingerprint(msg) != OC_OK)
        abort();
    return len > 0;
}

int raw_answer(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *to, unsigned code,
               int64_t now_us) {
    uint8_t bytes[256];
    oc_path_t from = {.remote = to->remote, .via = to->via};
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, code ? OC_STUN_ERROR : OC_STUN_SUCCESS, msg->txid);
    if (code)
        oc_stun_wr_error(&w, code, "");
    else
        oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &to->local);
    oc_stun_wr_integrity(&w, oc_span(RAW_PWD, strlen(RAW_PWD)));
    oc_stun_wr_fingerprint(&w);
    return oc_ice_input(ice, &from, oc_span(bytes, oc_stun_wr_end(&w)), now_us);
}

unsigned raw_answer_all(oc_ice_t *ice, int64_t now_us) {
    unsigned count = 0;
    oc_stun_msg_t msg;
    oc_path_t to;
    while (raw_poll(ice, now_us, &to, &msg)) {
        if (msg.cls != OC_STUN_REQUEST)
            continue;
        if (raw_answer(ice, &msg, &to, 0, now_us) != OC_ICE_RESPONSE)
            abort();
        count++;
    }
    return count;
}

unsigned raw_events(oc_ice_t *ice, oc_ice_event_kind_t kind, oc_ice_event_t *last) {
    unsigned count = 0;
    oc_ice_event_t event;
    while (oc_ice_poll_event(ice, &event) == OC_OK) {
        if (event.kind != kind)
            continue;
        count++;
        if (last)
            *last = event;
    }
    return count;
}
