/* A hostile TURN server, and bytes of anybody in its name. An input is a first byte (transport) and
 * then steps: u8 kind, u8 length, that many bytes. Answers carry the transaction id of a request
 * that is under way and a good signature, so that what stands behind both checks is reached. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_stun_write.h"
#include "oc_turn.h"
#include "oc_turn_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

enum step { RAW, ANSWER, ERROR_ANSWER, INDICATION, CHANNEL, SEND, PERMIT, WAIT, HOST, STEPS };

static oc_turn_t turn;
static int64_t now_us;

static void require(bool right) {
    if (!right)
        abort();
}

/* What must hold after every step. */
static void check(void) {
    require(oc_turn_next_deadline(&turn) >= 0);
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        const oc_turn_peer_t *p = &turn.peer[i];
        require(!p->addr.family || oc_turn_peer_find(&turn, &p->addr) == p);
        require(!p->channel || (p->channel >= 0x4000 && p->channel <= 0x4FFF));
    }
    require(turn.auth.realm_len <= OC_TURN_REALM_MAX && turn.auth.nonce_len <= OC_TURN_NONCE_MAX);
    require(turn.frame.have < OC_TURN_FRAME_MAX);
    require(oc_turn_is_up(&turn) == (turn.relayed.family != 0));
}

static void settle(void) {
    uint8_t out[OC_TURN_REQUEST_MAX];
    oc_turn_event_t event;
    unsigned n = 0;
    oc_turn_advance(&turn, now_us);
    for (int len; (len = oc_turn_poll_output(&turn, now_us, out, sizeof out)) != 0; n++) {
        oc_stun_msg_t msg;
        require(len > 0 && n < 64); /* no circle */
        require(oc_stun_parse(oc_span(out, (size_t)len), &msg) == OC_OK);
        require(oc_stun_check_fingerprint(&msg) == OC_OK);
    }
    while (oc_turn_poll_event(&turn, &event) == OC_OK)
        if (event.kind == OC_TURN_CONNECT)
            oc_turn_connected(&turn, now_us);
    check();
}

static void input(const uint8_t *data, size_t size) {
    oc_span_t bytes = oc_span(data, size);
    oc_turn_data_t out;
    unsigned sum = 0;
    while (bytes.len) {
        size_t before = bytes.len;
        int got = oc_turn_input(&turn, &bytes, now_us, &out);
        if (got < 0)
            break;
        require(bytes.len < before || got == OC_OK);
        for (size_t i = 0; got == OC_OK && i < out.data.len; i++)
            sum += out.data.data[i]; /* all of it can be read */
        if (got == OC_OK)
            require(out.peer.family && out.data.len);
    }
    if (sum == 0xFFFFFFFF)
        now_us++;
}

/* An answer to request data[0] with the attributes in the rest. */
static void answer(enum oc_stun_class cls, const uint8_t *data, size_t size) {
    uint8_t out[1024];
    oc_wr_t w = oc_wr(out, sizeof out);
    if (!size)
        return;
    static const enum oc_stun_method methods[] = {OC_STUN_BINDING,           OC_STUN_ALLOCATE,
                                                  OC_STUN_REFRESH,           OC_STUN_REFRESH,
                                                  OC_STUN_CREATE_PERMISSION, OC_STUN_CHANNEL_BIND};
    const oc_turn_txn_t *txn = &turn.txn[data[0] % OC_TURN_TXNS];
    oc_stun_wr_begin(&w, methods[txn->kind], cls, txn->id);
    oc_wr_bytes(&w, data + 1, (size - 1) / 4 * 4);
    out[2] = (uint8_t)((size - 1) / 4 * 4 >> 8);
    out[3] = (uint8_t)((size - 1) / 4 * 4);
    oc_span_t key = oc_span(turn.auth.key, turn.auth.key_len);
    if (turn.auth.algorithms_len)
        oc_stun_wr_integrity256(&w, key);
    else if (key.len && !(data[0] & 0x80))
        oc_stun_wr_integrity(&w, key);
    input(out, oc_stun_wr_end(&w));
}

static void framed(enum step kind, const uint8_t *data, size_t size) {
    uint8_t out[600];
    static const uint8_t id[OC_STUN_TXID];
    oc_wr_t w = oc_wr(out, sizeof out);
    if (kind == INDICATION) {
        oc_stun_wr_begin(&w, OC_STUN_DATA, OC_STUN_INDICATION, id);
        oc_wr_bytes(&w, data, size / 4 * 4);
        out[3] = (uint8_t)(size / 4 * 4);
    } else if (size) {
        oc_wr_u16(&w, turn.peer[data[0] % OC_TURN_PEERS].channel);
        oc_wr_u16(&w, (uint32_t)size - 1);
        oc_wr_bytes(&w, data + 1, size - 1);
        oc_wr_zero(&w, (4 - (size - 1) % 4) % 4);
    }
    input(out, oc_wr_len(&w));
}

static void send_to(enum step kind, const uint8_t *data, size_t size) {
    uint8_t buffer[OC_TURN_HEADROOM + 300 + OC_TURN_TAILROOM], *start;
    uint8_t ip[4] = {198, 51, 100, size ? data[0] : 1};
    oc_addr_t peer = oc_addr4(ip, (uint16_t)(1 + (size > 1 ? data[1] : 0)));
    if (kind == PERMIT) {
        (void)oc_turn_permit(&turn, &peer, now_us);
        return;
    }
    int n = oc_turn_wrap(&turn, &peer, buffer + OC_TURN_HEADROOM, size, now_us, &start);
    require(n <= 0 || (start >= buffer && start + n <= buffer + sizeof buffer));
}

static void step(enum step kind, const uint8_t *data, size_t size) {
    switch (kind) {
    case RAW:
        input(data, size);
        break;
    case ANSWER:
        answer(OC_STUN_SUCCESS, data, size);
        break;
    case ERROR_ANSWER:
        answer(OC_STUN_ERROR, data, size);
        break;
    case INDICATION:
    case CHANNEL:
        framed(kind, data, size);
        break;
    case SEND:
    case PERMIT:
        send_to(kind, data, size);
        break;
    case WAIT:
        now_us += size ? (int64_t)data[0] * (size > 1 ? 4000000 : 10000) : 1;
        break;
    default: /* HOST */
        if (size && data[0] % 5 == 0)
            oc_turn_disconnected(&turn, now_us);
        else if (size && data[0] % 5 == 1)
            oc_turn_moved(&turn, now_us);
        else if (size && data[0] % 5 == 2)
            oc_turn_stop(&turn, now_us);
        else
            oc_turn_start(&turn, now_us);
        break;
    }
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t ip[4] = {192, 0, 2, 1};
    oc_turn_config_t config = {.server = oc_addr4(ip, 3478), .username = "u", .password = "p"};
    config.transport = (oc_turn_transport_t)(size ? data[0] % 3 : 0);
    now_us = 1000000;
    require(oc_turn_init(&turn, &config) == OC_OK);
    oc_turn_start(&turn, now_us);
    settle();
    for (size_t at = 1; at + 2 <= size;) {
        size_t len = data[at + 1];
        len = len < size - at - 2 ? len : size - at - 2;
        step((enum step)(data[at] % STEPS), data + at + 2, len);
        at += 2 + len;
    }
    oc_turn_deinit(&turn);
    return 0;
}

/* Steps of an ordinary life, for each transport, to be changed. */
static void add(oc_wr_t *w, enum step kind, const oc_wr_t *message) {
    size_t len = oc_wr_len(message) - OC_STUN_HEADER + 1;
    oc_wr_u8(w, kind);
    oc_wr_u8(w, (uint32_t)len);
    oc_wr_u8(w, 0);
    oc_wr_bytes(w, message->base + OC_STUN_HEADER, len - 1);
}

static void add_plain(oc_wr_t *w, enum step kind, const char *bytes, size_t len) {
    oc_wr_u8(w, kind);
    oc_wr_u8(w, (uint32_t)len);
    oc_wr_bytes(w, bytes, len);
}

static void begin(oc_wr_t *m, uint8_t *buffer, size_t size) {
    static const uint8_t id[OC_STUN_TXID];
    *m = oc_wr(buffer, size);
    oc_stun_wr_begin(m, OC_STUN_ALLOCATE, OC_STUN_SUCCESS, id);
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    const uint8_t ip[4] = {203, 0, 113, 5}, peer_ip[4] = {198, 51, 100, 7};
    oc_addr_t relayed = oc_addr4(ip, 50000), peer = oc_addr4(peer_ip, 1);
    uint8_t buffer[256];
    oc_wr_t w = oc_wr(out, size), m;
    if (index >= 9)
        return 0;
    oc_wr_u8(&w, index % 3);
    begin(&m, buffer, sizeof buffer);
    oc_stun_wr_error(&m, 401, "");
    oc_stun_wr_bytes(&m, OC_STUN_REALM, "r", 1);
    oc_stun_wr_bytes(&m, OC_STUN_NONCE, index >= 6 ? "obMatJos2AAADn" : "nonce",
                     index >= 6 ? 14 : 5);
    if (index >= 6)
        oc_stun_wr_bytes(&m, OC_STUN_PASSWORD_ALGORITHMS, "\0\2\0\0\0\1\0\0", 8);
    add(&w, ERROR_ANSWER, &m);
    begin(&m, buffer, sizeof buffer);
    if (index / 3 == 1) { /* sent on to another server first */
        oc_stun_wr_error(&m, 300, "");
        oc_stun_wr_addr(&m, OC_STUN_ALTERNATE_SERVER, &relayed);
        add(&w, ERROR_ANSWER, &m);
        begin(&m, buffer, sizeof buffer);
    }
    oc_stun_wr_addr(&m, OC_STUN_XOR_RELAYED_ADDRESS, &relayed);
    oc_stun_wr_addr(&m, OC_STUN_XOR_MAPPED_ADDRESS, &peer);
    oc_stun_wr_u32(&m, OC_STUN_LIFETIME, 600);
    add(&w, ANSWER, &m);
    add_plain(&w, PERMIT, "\7\0", 2);
    add_plain(&w, SEND, "\7\0hello", 7);
    add_plain(&w, ANSWER, "\1", 1);
    begin(&m, buffer, sizeof buffer);
    oc_stun_wr_addr(&m, OC_STUN_XOR_PEER_ADDRESS, &peer);
    oc_stun_wr_bytes(&m, OC_STUN_DATA_BYTES, "hello", 5);
    add_plain(&w, INDICATION, (const char *)buffer + OC_STUN_HEADER,
              oc_wr_len(&m) - OC_STUN_HEADER);
    add_plain(&w, ANSWER, "\1", 1);
    add_plain(&w, CHANNEL, "\0hello", 6);
    add_plain(&w, SEND, "\7\0by channel", 12);
    add_plain(&w, RAW, "\x40\0\0\5hello\0\0\0\1\1\0\0", 16);
    add_plain(&w, WAIT, "\x0f\0", 2);
    begin(&m, buffer, sizeof buffer);
    oc_stun_wr_error(&m, 437, "");
    add(&w, ERROR_ANSWER, &m);
    add_plain(&w, HOST, "\2", 1);
    return w.bad ? 0 : oc_wr_len(&w);
}
