/* An ICE agent under any sequence of datagrams, candidates, restarts and time: raw bytes, checks
 * and answers that are signed as a hostile peer would, and none of them. It must never send to an
 * address that is not allowed, never answer what is not signed, never spend more than the bytes of
 * an offer on tuples that never answered, and always come to rest. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_ice.h"
#include "oc_random_seeded.h"
#include "oc_stun_write.h"

#define PWD      "theirpasswordtheirpassword"
#define CHECKS   8
#define TUPLES   64
#define RESTARTS 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

static oc_ice_t ice;
static int64_t now;
static bool signed_request; /* one came since the last poll */
static uint64_t unconsented, allowed;
static unsigned answered_len, check_next, restarts;
static oc_path_t answered[TUPLES];
static struct {
    uint8_t txid[12];
    oc_path_t to;
} check[CHECKS];

static oc_addr_t address(oc_rd_t *r) {
    uint8_t ip[16] = {192, 0, 2, 1};
    uint8_t b = oc_rd_u8(r);
    uint16_t port = (uint16_t)(5000 + (b >> 3));
    switch (b & 7) {
    case 0: { /* anything */
        const uint8_t *bytes = oc_rd_bytes(r, 16);
        if (bytes)
            memcpy(ip, bytes, 16);
        return oc_addr6(ip, oc_rd_u16(r), 0);
    }
    case 1: {
        const uint8_t *bytes = oc_rd_bytes(r, 4);
        if (bytes)
            memcpy(ip, bytes, 4);
        return oc_addr4(ip, oc_rd_u16(r));
    }
    case 2:
        ip[0] = 0x20;
        return oc_addr6(ip, port, 0);
    default:
        ip[3] = b & 7;
        return oc_addr4(ip, port);
    }
}

static oc_path_t path(oc_rd_t *r) {
    oc_path_t p = {.remote = address(r)};
    uint8_t b = oc_rd_u8(r);
    p.via = b & 1;
    if (b & 2)
        p.local = address(r);
    return p;
}

static void input(const oc_path_t *from, oc_span_t bytes) {
    if (oc_ice_input(&ice, from, bytes, now) == OC_ICE_REQUEST)
        signed_request = true;
}

static void request(oc_rd_t *r) {
    uint8_t flags = oc_rd_u8(r), bytes[256], txid[12] = {oc_rd_u8(r)};
    oc_path_t from = path(r);
    char name[64];
    const char *ours = flags & 0x40 ? ice.gen[!ice.generation].ufrag : oc_ice_ufrag(&ice);
    const char *pwd = flags & 0x40 ? ice.gen[!ice.generation].pwd : oc_ice_pwd(&ice);
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    size_t len = strlen(ours);
    memcpy(name, ours, len);
    name[len++] = ':';
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, name, len);
    if (flags & 1)
        oc_stun_wr_u32(&w, OC_STUN_PRIORITY, oc_rd_u32(r));
    if (flags & 2)
        oc_stun_wr_u64(&w, OC_STUN_ICE_CONTROLLING, oc_rd_u64(r));
    if (flags & 4)
        oc_stun_wr_u64(&w, OC_STUN_ICE_CONTROLLED, oc_rd_u64(r));
    if (flags & 8)
        oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    if (flags & 16)
        oc_stun_wr_u32(&w, oc_rd_u16(r), 1);
    if (!(flags & 0x80))
        oc_stun_wr_integrity(&w, oc_span(pwd, strlen(pwd)));
    oc_stun_wr_fingerprint(&w);
    input(&from, oc_span(bytes, oc_stun_wr_end(&w)));
}

static void answer(oc_rd_t *r) {
    uint8_t which = oc_rd_u8(r), bytes[256];
    unsigned i = which % CHECKS;
    oc_path_t from = check[i].to;
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, which & 0x10 ? OC_STUN_ERROR : OC_STUN_SUCCESS,
                     check[i].txid);
    if (which & 0x10)
        oc_stun_wr_error(&w, which & 0x20 ? 487 : 400, "");
    else if (!(which & 0x20)) {
        oc_addr_t mapped = address(r);
        if (mapped.family)
            oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &mapped);
    }
    if (which & 0x40)
        from = path(r);
    oc_stun_wr_integrity(&w, oc_span(PWD, which & 0x80 ? 5 : strlen(PWD)));
    oc_stun_wr_fingerprint(&w);
    if (oc_ice_input(&ice, &from, oc_span(bytes, oc_stun_wr_end(&w)), now) != OC_ICE_RESPONSE)
        return;
    allowed += OC_ICE_EARNED;
    if (which & 0x10)
        return;
    unconsented = 0; /* what went to it is given back; nothing is counted twice by that */
    allowed = allowed > OC_ICE_UNCONSENTED ? allowed : OC_ICE_UNCONSENTED;
    if (answered_len < TUPLES)
        answered[answered_len++] = from;
}

static bool has_answered(const oc_path_t *to) {
    if (answered_len == TUPLES)
        return true;
    for (unsigned i = 0; i < answered_len; i++)
        if (oc_addr_equal(&answered[i].remote, &to->remote))
            return true;
    return false;
}

static void poll(void) {
    uint8_t bytes[OC_ICE_DATAGRAM];
    oc_path_t to;
    oc_ice_event_t event;
    unsigned count = 0;
    int len;
    while ((len = oc_ice_poll_output(&ice, now, bytes, sizeof bytes, &to)) > 0) {
        oc_stun_msg_t msg;
        if (!oc_ice_address_allowed(&to.remote, false) || ++count > 200 ||
            oc_stun_parse(oc_span(bytes, (size_t)len), &msg) != OC_OK)
            abort();
        if (!has_answered(&to))
            unconsented += (unsigned)len + OC_ICE_HEADERS;
        if (unconsented > allowed)
            abort();
        if (msg.cls != OC_STUN_REQUEST) {
            if (!signed_request)
                abort();
            continue;
        }
        memcpy(check[check_next].txid, msg.txid, 12);
        check[check_next].to = to;
        check_next = (check_next + 1) % CHECKS;
    }
    if (len < 0 || oc_ice_next_deadline(&ice) <= now)
        abort();
    signed_request = false;
    while (oc_ice_poll_event(&ice, &event) == OC_OK)
        if (++count > 400)
            abort();
    oc_path_t selected;
    if (oc_ice_selected(&ice, &selected) && !oc_ice_path_valid(&ice, &selected))
        abort();
    for (unsigned i = 0; i < CHECKS; i++) /* only what answered may be listened to */
        if (oc_ice_path_valid(&ice, &check[i].to) && !has_answered(&check[i].to))
            abort();
}

static void candidate(oc_rd_t *r, bool local) {
    oc_candidate_t c = {.type = oc_rd_u8(r) % 4, .component = 1, .priority = oc_rd_u32(r)};
    c.addr = address(r);
    c.base = c.addr;
    c.via = c.type == OC_CANDIDATE_RELAY;
    if (local)
        oc_ice_add_local(&ice, &c, now);
    else
        oc_ice_add_remote(&ice, &c, now);
}

static void one(oc_rd_t *r) {
    uint8_t op = oc_rd_u8(r);
    switch (op & 15) {
    case 0: {
        oc_path_t from = path(r);
        oc_span_t bytes = oc_rd_span(r, oc_rd_u8(r));
        input(&from, bytes);
        break;
    }
    case 1:
    case 2:
        request(r);
        break;
    case 3:
    case 4:
        answer(r);
        break;
    case 5:
        candidate(r, true);
        break;
    case 6:
        candidate(r, false);
        break;
    case 7:
        if (restarts++ < RESTARTS) {
            oc_ice_restart(&ice, now);
            allowed += OC_ICE_UNCONSENTED;
        }
        break;
    case 8:
        oc_ice_set_remote(&ice, "theirs00", PWD, op & 16, now);
        break;
    case 9: {
        oc_addr_t base = address(r);
        if (op & 16)
            base.family = 0;
        oc_ice_remove_local(&ice, op >> 7, &base, now);
        break;
    }
    case 10:
        now += oc_rd_u8(r) * 1000;
        break;
    case 11:
        now += oc_rd_u8(r) * 100000;
        break;
    case 12:
        if (oc_ice_next_deadline(&ice) != INT64_MAX && oc_ice_next_deadline(&ice) > now)
            now = oc_ice_next_deadline(&ice);
        break;
    case 13: {
        oc_path_t first;
        if (oc_ice_first_path(&ice, &first) && oc_ice_spend(&ice, 200) == OC_OK)
            unconsented += 228;
        break;
    }
    default:
        poll();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_rd_t r = oc_rd(oc_span(data, size));
    oc_ice_budget_t budget;
    uint8_t how = oc_rd_u8(&r);
    oc_random_seed(1);
    now = 0;
    signed_request = false;
    unconsented = 0;
    allowed = OC_ICE_UNCONSENTED;
    answered_len = check_next = restarts = 0;
    memset(check, 0, sizeof check);
    oc_ice_budget_init(&budget, 0);
    oc_ice_config_t config = {.controlling = how & 1,
                              .probe_ms = how & 2 ? 1000 : 0,
                              .probes = how & 2 ? 3 : 0,
                              .budget = how & 4 ? &budget : NULL};
    if (oc_ice_init(&ice, &config, now) != OC_OK)
        abort();
    if (how & 8)
        oc_ice_set_remote(&ice, "theirs00", PWD, false, now);
    while (oc_rd_left(&r)) {
        one(&r);
        if (how & 16)
            poll();
    }
    poll();
    oc_ice_deinit(&ice);
    return 0;
}

/* Requests from 70 tuples: the tables are full, the bytes of the offer are spent. */
static size_t crowd(uint8_t *out) {
    static const uint8_t start[] = {0x0C, 5, 0, 0x7E, 0xFF, 0xFF, 0xFF, 3};
    size_t len = sizeof start;
    memcpy(out, start, len);
    for (uint8_t n = 0; n < 70; n++) {
        const uint8_t one_of[] = {1, 8, n, (uint8_t)(n << 3 | (3 + n / 32)), 0, 14, 11, n % 16};
        memcpy(out + len, one_of, sizeof one_of);
        len += sizeof one_of;
    }
    return len;
}

/* Whole lives: connect, nominate, move, restart, be silent. */
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    /* local host candidate; a remote one; a nomination from it; polls; answers */
    static const uint8_t life[] = {
        0x1D, 5,    0, 0x7E, 0xFF, 0xFF, 0xFF, 3, 6,    2,  0x64, 0xFF, 0xFF, 0xFF, 4,   14,
        1,    0x0B, 1, 4,    0,    0x6E, 0,    1, 0xFF, 0,  0,    0,    0,    0,    0,   0,
        1,    14,   3, 0,    5,    14,   3,    1, 5,    14, 12,   14,   3,    2,    5,   11,
        60,   14,   7, 8,    14,   3,    3,    5, 12,   14, 11,   255,  14,   11,   255, 14};
    static const uint8_t raw[] = {0x19, 5, 0, 0x7E, 0, 0,    1,    3,    0,    4,  0,
                                  20,   0, 1, 0,    0, 0x21, 0x12, 0xA4, 0x42, 1,  2,
                                  3,    4, 5, 6,    7, 8,    9,    10,   11,   12, 14};
    if (index > 4 || size < 1024)
        return 0;
    if (index == 4)
        return crowd(out);
    if (index == 3) {
        memcpy(out, raw, sizeof raw);
        return sizeof raw;
    }
    memcpy(out, life, sizeof life);
    out[0] ^= (uint8_t)index; /* controlled, with probes */
    return sizeof life;
}
