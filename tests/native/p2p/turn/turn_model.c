#include "turn_model.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_stun_key.h"
#include "oc_stun_write.h"

#define SECOND 1000000

typedef struct call {
    turn_model_t *model;
    const oc_addr_t *client;
    const oc_stun_msg_t *msg;
    turn_model_allocation_t *allocation; /* of the client; NULL none */
    int64_t now_us;
    uint8_t buffer[2048];
    oc_wr_t w;
    uint8_t key[OC_STUN_KEY_MAX];
    size_t key_len; /* 0: not authenticated */
} call_t;

static oc_span_t text(const char *s) {
    return oc_span(s, strlen(s));
}

void turn_model_init(turn_model_t *model, const oc_addr_t *addr, const turn_model_sink_t *sink) {
    memset(model, 0, sizeof *model);
    model->addr = *addr;
    model->user = "camera";
    model->password = "secret";
    model->realm = "test";
    model->lifetime_s = 600;
    model->sink = *sink;
    model->nonce = 1;
    model->next_port = 50000;
}

void turn_model_restart(turn_model_t *model, int64_t now_us) {
    memset(model->allocation, 0, sizeof model->allocation);
    model->nonce++;
    model->nonce_made_us = now_us;
}

static turn_model_allocation_t *allocation_of(turn_model_t *model, const oc_addr_t *client,
                                              int64_t now_us) {
    for (unsigned i = 0; i < MODEL_CLIENTS; i++) {
        turn_model_allocation_t *a = &model->allocation[i];
        if (a->client.family && a->expires_us <= now_us)
            a->client.family = 0;
        if (a->client.family && oc_addr_equal(&a->client, client))
            return a;
    }
    return NULL;
}

static turn_model_peer_t *peer_of(turn_model_allocation_t *a, const oc_addr_t *addr) {
    for (unsigned i = 0; i < MODEL_PEERS; i++)
        if (a->peer[i].addr.family && oc_addr_equal(&a->peer[i].addr, addr))
            return &a->peer[i];
    return NULL;
}

static turn_model_peer_t *peer_made(turn_model_allocation_t *a, const oc_addr_t *addr,
                                    int64_t now_us) {
    turn_model_peer_t *p = peer_of(a, addr);
    for (unsigned i = 0; i < MODEL_PEERS && !p; i++)
        if (!a->peer[i].addr.family ||
            (a->peer[i].permit_us <= now_us && a->peer[i].channel_us <= now_us)) {
            p = &a->peer[i];
            *p = (turn_model_peer_t){.addr = *addr};
        }
    if (!p)
        abort();
    return p;
}

static bool permitted(const turn_model_allocation_t *a, const oc_addr_t *addr, int64_t now_us) {
    for (unsigned i = 0; i < MODEL_PEERS; i++)
        if (a->peer[i].addr.family && a->peer[i].permit_us > now_us &&
            oc_addr_same_ip(&a->peer[i].addr, addr))
            return true;
    return false;
}

static size_t nonce_text(const turn_model_t *model, char out[64]) {
    /* security features: bit 0 algorithms, bit 1 user names as hashes */
    return (size_t)snprintf(out, 64, "%s%08u-nonce", model->algorithms ? "obMatJos2AAAD" : "",
                            model->nonce);
}

static void answer(call_t *c, enum oc_stun_class cls) {
    c->w = oc_wr(c->buffer, sizeof c->buffer);
    oc_stun_wr_begin(&c->w, (enum oc_stun_method)c->msg->method, cls, c->msg->txid);
}

static void finish(call_t *c, bool sign) {
    uint8_t key[OC_STUN_KEY_MAX];
    memcpy(key, c->key, sizeof key);
    key[0] ^= c->model->bad_signature;
    if (sign && c->key_len && c->model->algorithms)
        oc_stun_wr_integrity256(&c->w, oc_span(key, c->key_len));
    else if (sign && c->key_len)
        oc_stun_wr_integrity(&c->w, oc_span(key, c->key_len));
    oc_stun_wr_fingerprint(&c->w);
    size_t len = oc_stun_wr_end(&c->w);
    if (!len)
        abort();
    c->model->sink.to_client(c->model->sink.context, c->client, oc_span(c->buffer, len));
}

static void refuse(call_t *c, unsigned code) {
    answer(c, OC_STUN_ERROR);
    oc_stun_wr_error(&c->w, code, "no");
    finish(c, !c->model->unsigned_errors);
}

static void challenge(call_t *c, unsigned code) {
    static const uint8_t list[] = {0, 9, 0, 0, 0, 2,
                                   0, 0, 0, 1, 0, 0}; /* an unknown one, SHA-256, MD5 */
    char nonce[64];
    size_t len = nonce_text(c->model, nonce);
    c->model->challenges++;
    answer(c, OC_STUN_ERROR);
    oc_stun_wr_error(&c->w, code, "sign");
    oc_stun_wr_bytes(&c->w, OC_STUN_REALM, c->model->realm, strlen(c->model->realm));
    oc_stun_wr_bytes(&c->w, OC_STUN_NONCE, nonce, len);
    if (c->model->algorithms && !c->model->cut_algorithms)
        oc_stun_wr_bytes(&c->w, OC_STUN_PASSWORD_ALGORITHMS, list, sizeof list);
    finish(c, false);
}

/* true: the request is signed by our user with the nonce of now. */
static bool authenticated(call_t *c) {
    turn_model_t *m = c->model;
    const oc_stun_msg_t *msg = c->msg;
    uint8_t hash[OC_STUN_HASHED];
    char nonce[64];
    bool has = OC_STUN_HAS(msg, OC_STUN_F_INTEGRITY) || OC_STUN_HAS(msg, OC_STUN_F_INTEGRITY256);
    if (m->open)
        return true;
    if (m->nonce_us && c->now_us - m->nonce_made_us >= m->nonce_us) {
        m->nonce++;
        m->nonce_made_us = c->now_us;
    }
    if (!has) {
        challenge(c, 401);
        return false;
    }
    size_t len = nonce_text(m, nonce);
    if (msg->nonce.len != len || memcmp(msg->nonce.data, nonce, len) != 0) {
        challenge(c, 438);
        return false;
    }
    if (m->algorithms &&
        (msg->algorithm != OC_STUN_SHA256 || !msg->algorithms.len || !msg->userhash.len ||
         msg->username.len || OC_STUN_HAS(msg, OC_STUN_F_INTEGRITY))) {
        m->malformed++;
        refuse(c, 400);
        return false;
    }
    oc_stun_userhash(text(m->user), text(m->realm), hash);
    bool user = m->algorithms ? msg->userhash.len == sizeof hash &&
                                    !memcmp(msg->userhash.data, hash, sizeof hash)
                              : msg->username.len == strlen(m->user) &&
                                    !memcmp(msg->username.data, m->user, msg->username.len);
    size_t key_len = oc_stun_key(m->algorithms ? OC_STUN_SHA256 : OC_STUN_MD5, text(m->user),
                                 text(m->realm), text(m->password), c->key);
    oc_span_t key = oc_span(c->key, key_len);
    int err =
        m->algorithms ? oc_stun_check_integrity256(msg, key) : oc_stun_check_integrity(msg, key);
    if (!user || err != OC_OK) {
        challenge(c, 401);
        return false;
    }
    c->key_len = key_len;
    return true;
}

static const oc_addr_t *seen(const call_t *c) {
    return c->model->seen_as.family ? &c->model->seen_as : c->client;
}

static turn_model_allocation_t *allocation_made(call_t *c, bool six) {
    static const uint8_t ip4[4] = {203, 0, 113, 9}, ip6[16] = {0x20, 1, 0xd, 0xb8, [15] = 9};
    turn_model_t *m = c->model;
    turn_model_allocation_t *a = m->allocation;
    while (a->client.family)
        if (++a == m->allocation + MODEL_CLIENTS)
            abort();
    memset(a, 0, sizeof *a);
    a->client = *c->client;
    memcpy(a->txid, c->msg->txid, sizeof a->txid);
    a->relayed =
        six ? oc_addr6(ip6, (uint16_t)m->next_port, 0) : oc_addr4(ip4, (uint16_t)m->next_port);
    m->next_port++;
    a->expires_us = c->now_us + (int64_t)m->lifetime_s * SECOND;
    return a;
}

static void allocate(call_t *c) {
    turn_model_t *m = c->model;
    if (c->msg->transport != 17) {
        m->malformed++;
        refuse(c, 442);
        return;
    }
    if (m->alternate.family) {
        answer(c, OC_STUN_ERROR);
        oc_stun_wr_error(&c->w, 300, "there");
        oc_stun_wr_addr(&c->w, OC_STUN_ALTERNATE_SERVER, &m->alternate);
        finish(c, !m->unsigned_errors);
        return;
    }
    bool wants6 =
        false; /* the codec does not read this attribute: its type and its value are looked for */
    for (size_t at = OC_STUN_HEADER; at + 8 <= c->msg->bytes.len; at += 4)
        wants6 |= !memcmp(c->msg->bytes.data + at, "\x00\x17\x00\x04\x02", 5);
    bool repeated =
        c->allocation && !memcmp(c->allocation->txid, c->msg->txid, sizeof c->allocation->txid);
    unsigned code = repeated ? 0 : c->allocation ? 437 : m->refuse;
    if (!code && !repeated && m->only_family && m->only_family != (wants6 ? 6u : 4u))
        code = 440;
    if (code) {
        refuse(c, code);
        return;
    }
    turn_model_allocation_t *a = repeated ? c->allocation : allocation_made(c, wants6);
    answer(c, OC_STUN_SUCCESS);
    oc_stun_wr_addr(&c->w, OC_STUN_XOR_RELAYED_ADDRESS, &a->relayed);
    oc_stun_wr_addr(&c->w, OC_STUN_XOR_MAPPED_ADDRESS, seen(c));
    oc_stun_wr_u32(&c->w, OC_STUN_LIFETIME, m->lifetime_s);
    finish(c, true);
}

static void refresh(call_t *c) {
    bool ends = OC_STUN_HAS(c->msg, OC_STUN_F_LIFETIME) && c->msg->lifetime_s == 0;
    if (!c->allocation) {
        refuse(c, 437);
        return;
    }
    c->allocation->expires_us = c->now_us + (int64_t)c->model->lifetime_s * SECOND;
    if (ends)
        c->allocation->client.family = 0;
    answer(c, OC_STUN_SUCCESS);
    oc_stun_wr_u32(&c->w, OC_STUN_LIFETIME, ends ? 0 : c->model->lifetime_s);
    finish(c, true);
}

/* Each XOR-PEER-ADDRESS of a request; -1: none is left. */
static int next_peer(const call_t *c, size_t *at, oc_addr_t *out) {
    const uint8_t *m = c->msg->bytes.data;
    for (; *at + 4 <= c->msg->bytes.len;) {
        unsigned type = (unsigned)m[*at] << 8 | m[*at + 1],
                 len = (unsigned)m[*at + 2] << 8 | m[*at + 3];
        const uint8_t *v = m + *at + 4;
        *at += 4 + (len + 3) / 4 * 4;
        if (type != OC_STUN_XOR_PEER_ADDRESS)
            continue;
        uint8_t ip[16];
        for (unsigned i = 0; i < (v[1] == 2 ? 16u : 4u); i++)
            ip[i] = v[4 + i] ^ m[4 + i]; /* the cookie, then the transaction id */
        uint16_t port = (uint16_t)((v[2] << 8 | v[3]) ^ 0x2112);
        *out = v[1] == 2 ? oc_addr6(ip, port, 0) : oc_addr4(ip, port);
        return 0;
    }
    return -1;
}

static void permit(call_t *c) {
    oc_addr_t peer;
    size_t at = OC_STUN_HEADER;
    unsigned code = c->allocation ? 0 : 437, count = 0;
    for (; !code && next_peer(c, &at, &peer) == 0; count++)
        if (peer.family != c->allocation->relayed.family)
            code = 443;
        else if (c->model->forbidden.family && oc_addr_same_ip(&peer, &c->model->forbidden))
            code = 403;
    if (!code && !count) {
        c->model->malformed++;
        code = 400;
    }
    if (code) {
        c->model->permits_refused++;
        refuse(c, code);
        return;
    }
    for (at = OC_STUN_HEADER; next_peer(c, &at, &peer) == 0;)
        peer_made(c->allocation, &peer, c->now_us)->permit_us = c->now_us + 300 * (int64_t)SECOND;
    answer(c, OC_STUN_SUCCESS);
    finish(c, true);
}

static void bind_channel(call_t *c) {
    turn_model_t *m = c->model;
    const oc_stun_msg_t *msg = c->msg;
    unsigned code = c->allocation ? m->no_channels ? 400 : 0 : 437;
    if (!code && (msg->channel < 0x4000 || msg->channel > 0x4FFF || !msg->peer.family))
        code = 400;
    for (unsigned i = 0; !code && i < MODEL_PEERS; i++) { /* one number, one peer, both ways */
        const turn_model_peer_t *p = &c->allocation->peer[i];
        if (p->addr.family && p->channel && p->channel_us > c->now_us &&
            (p->channel == msg->channel) != oc_addr_equal(&p->addr, &msg->peer))
            code = 400;
    }
    m->malformed += code == 400 && !m->no_channels;
    if (code) {
        refuse(c, code);
        return;
    }
    turn_model_peer_t *p = peer_made(c->allocation, &msg->peer, c->now_us);
    p->channel = msg->channel;
    p->channel_us = c->now_us + 600 * (int64_t)SECOND;
    p->permit_us = c->now_us + 300 * (int64_t)SECOND;
    m->binds++;
    answer(c, OC_STUN_SUCCESS);
    finish(c, true);
}

static void to_peer(call_t *c, const oc_addr_t *peer, oc_span_t data) {
    if (c->allocation && permitted(c->allocation, peer, c->now_us))
        c->model->sink.to_peer(c->model->sink.context, &c->allocation->relayed, peer, data);
    else
        c->model->undelivered++;
}

static void channel_data(call_t *c, oc_span_t bytes) {
    oc_rd_t r = oc_rd(bytes);
    uint16_t number = oc_rd_u16(&r), len = oc_rd_u16(&r);
    oc_span_t data = oc_rd_span(&r, len);
    c->model->channel_data++;
    if (r.bad || (c->model->stream ? oc_rd_left(&r) != (4u - len % 4u) % 4u : oc_rd_left(&r) != 0))
        c->model->malformed++;
    for (unsigned i = 0; c->allocation && i < MODEL_PEERS; i++)
        if (c->allocation->peer[i].channel == number &&
            c->allocation->peer[i].channel_us > c->now_us) {
            to_peer(c, &c->allocation->peer[i].addr, data);
            return;
        }
    c->model->undelivered++;
}

static void request(call_t *c) {
    if (c->msg->method == OC_STUN_BINDING) {
        answer(c, OC_STUN_SUCCESS);
        oc_stun_wr_addr(&c->w, OC_STUN_XOR_MAPPED_ADDRESS, seen(c));
        finish(c, false);
        return;
    }
    if (!authenticated(c))
        return;
    switch (c->msg->method) {
    case OC_STUN_ALLOCATE:
        allocate(c);
        break;
    case OC_STUN_REFRESH:
        refresh(c);
        break;
    case OC_STUN_CREATE_PERMISSION:
        permit(c);
        break;
    case OC_STUN_CHANNEL_BIND:
        bind_channel(c);
        break;
    default:
        c->model->malformed++;
        refuse(c, 400);
        break;
    }
}

void turn_model_input(turn_model_t *model, const oc_addr_t *client, oc_span_t bytes,
                      int64_t now_us) {
    oc_stun_msg_t msg;
    call_t call = {.model = model, .client = client, .msg = &msg, .now_us = now_us};
    call.allocation = allocation_of(model, client, now_us);
    if (model->ignores)
        return;
    if (bytes.len >= 4 && bytes.data[0] >> 6 == 1) {
        channel_data(&call, bytes);
        return;
    }
    if (oc_stun_parse(bytes, &msg) != OC_OK || msg.unknown_count) {
        model->malformed++;
        return;
    }
    if (msg.cls == OC_STUN_INDICATION && msg.method == OC_STUN_SEND) {
        model->send_indications++;
        to_peer(&call, &msg.peer, msg.data);
        return;
    }
    if (msg.cls != OC_STUN_REQUEST || oc_stun_check_fingerprint(&msg) != OC_OK) {
        model->malformed++;
        return;
    }
    model->requests[msg.method & 15]++;
    request(&call);
}

void turn_model_from_peer(turn_model_t *model, const oc_addr_t *relayed, const oc_addr_t *peer,
                          oc_span_t bytes, int64_t now_us) {
    uint8_t out[2048] = {0}, id[OC_STUN_TXID] = {1};
    for (unsigned i = 0; i < MODEL_CLIENTS; i++) {
        turn_model_allocation_t *a = &model->allocation[i];
        if (!a->client.family || !oc_addr_equal(&a->relayed, relayed) || a->expires_us <= now_us ||
            !permitted(a, peer, now_us))
            continue;
        turn_model_peer_t *p = peer_of(a, peer);
        oc_wr_t w = oc_wr(out, sizeof out);
        if (p && p->channel && p->channel_us > now_us) {
            oc_wr_u16(&w, p->channel);
            oc_wr_u16(&w, (uint32_t)bytes.len);
            oc_wr_bytes(&w, bytes.data, bytes.len);
            if (model->stream)
                oc_wr_zero(&w, (4 - bytes.len % 4) % 4);
        } else {
            oc_stun_wr_begin(&w, OC_STUN_DATA, OC_STUN_INDICATION, id);
            oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, peer);
            oc_stun_wr_bytes(&w, OC_STUN_DATA_BYTES, bytes.data, bytes.len);
        }
        model->sink.to_client(model->sink.context, &a->client, oc_span(out, oc_wr_len(&w)));
        return;
    }
    model->undelivered++;
}
