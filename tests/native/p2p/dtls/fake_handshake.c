/* oc_handshake.h and oc_certificate.h without a library: the flights, records, timers and numbers
 * of DTLS 1.2 with random bytes in place of what is computed. Not secure: keys are a hash of both
 * randoms. So the machine is tested where no TLS library is. */
#include <stdlib.h>

#include "oc_err.h"
#include "oc_handshake.h"
#include "oc_random.h"

#define BODY      32
#define FLIGHT    6 /* messages and a ChangeCipherSpec, at most */
#define TIMER_MAX 60000

struct oc_certificate {
    uint8_t bytes[BODY], fingerprint[OC_CERTIFICATE_FINGERPRINT];
};

/* One of a flight's records. */
typedef struct message {
    uint8_t type; /* of the message; 0: ChangeCipherSpec */
    uint16_t seq;
    uint8_t body[BODY];
} message_t;

struct oc_handshake {
    oc_handshake_config_t config;
    oc_hs_job_t *job;
    message_t flight[FLIGHT]; /* the last one of ours */
    unsigned flight_len;
    uint16_t next_in, next_out; /* message numbers */
    uint16_t answered;          /* what of theirs our last flight answers */
    uint8_t expect;             /* message type; 0: ChangeCipherSpec */
    uint8_t randoms[2][BODY];   /* the client's, the server's */
    uint64_t next[2];
    int64_t timer_us;
    unsigned repeats; /* of the last flight, by the timer */
    bool keyed, matched, alerted, ended;
    enum oc_hs_state state;
    enum oc_hs_reason reason;
    oc_dtls_record_t record; /* seals and opens the Finished */
    oc_dtls_keys_t keys;
};

int oc_certificate_make(oc_certificate_t **out) {
    oc_certificate_t *c = calloc(1, sizeof *c);
    if (!c)
        return OC_ERR_NOMEM;
    oc_random(c->bytes, sizeof c->bytes);
    oc_span_t part = oc_span(c->bytes, sizeof c->bytes);
    oc_hash(OC_HASH_SHA256, &part, 1, c->fingerprint);
    *out = c;
    return OC_OK;
}

const uint8_t *oc_certificate_fingerprint(const oc_certificate_t *certificate) {
    return certificate->fingerprint;
}

void oc_certificate_destroy(oc_certificate_t *certificate) {
    free(certificate);
}

int oc_handshake_create(oc_handshake_t **out, const oc_handshake_config_t *config) {
    *out = NULL;
    if (!config->certificate || !config->peers || config->peers > OC_HS_FINGERPRINTS ||
        config->timer_ms < 1 || config->timer_ms > TIMER_MAX)
        return OC_ERR_INVAL;
    oc_handshake_t *hs = calloc(1, sizeof *hs);
    if (!hs)
        return OC_ERR_NOMEM;
    hs->config = *config;
    hs->timer_us = INT64_MAX;
    hs->expect = config->client ? OC_DTLS_SERVER_HELLO : OC_DTLS_CLIENT_HELLO;
    *out = hs;
    return OC_OK;
}

void oc_handshake_destroy(oc_handshake_t *hs) {
    if (!hs)
        return;
    oc_dtls_record_deinit(&hs->record);
    oc_crypto_wipe(hs, sizeof *hs);
    free(hs);
}

static void put_record(oc_handshake_t *hs, oc_wr_t *wr, const message_t *m) {
    uint8_t plain[12 + BODY];
    oc_wr_t body = oc_wr(plain, sizeof plain);
    if (!m->type) {
        oc_wr_u8(&body, 1);
    } else {
        oc_wr_u8(&body, m->type);
        oc_wr_u24(&body, BODY);
        oc_wr_u16(&body, m->seq);
        oc_wr_u24(&body, 0);
        oc_wr_u24(&body, BODY);
        oc_wr_bytes(&body, m->body, BODY);
    }
    if (m->type == OC_DTLS_FINISHED) {
        oc_span_t part = oc_span(plain, oc_wr_len(&body));
        int len = oc_dtls_record_seal(&hs->record, OC_DTLS_HANDSHAKE, &part, 1, wr->p,
                                      (size_t)(wr->end - wr->p));
        wr->p += len > 0 ? len : 0;
        hs->next[1] = hs->record.next_seq;
        return;
    }
    oc_wr_u8(wr, m->type ? OC_DTLS_HANDSHAKE : OC_DTLS_CHANGE_CIPHER_SPEC);
    oc_wr_u16(wr, OC_DTLS_VERSION_1_2);
    oc_wr_u16(wr, 0);
    oc_wr_be(wr, hs->next[0]++, 6);
    oc_wr_u16(wr, (uint32_t)oc_wr_len(&body));
    oc_wr_bytes(wr, plain, oc_wr_len(&body));
}

/* Milliseconds to the next repetition. */
static int64_t timer_of(const oc_handshake_t *hs) {
    int64_t first = hs->config.timer_ms;
    int64_t cap = first > OC_HS_TIMER_CAP_MS ? first : OC_HS_TIMER_CAP_MS;
    int64_t ms = (first << (hs->repeats < 16 ? hs->repeats : 16)) / OC_HS_TIMER_EQUAL;
    return ms < first ? first : ms > cap ? cap : ms;
}

/* The whole flight in one datagram; the timer starts unless it is the last of all. */
static void send_flight(oc_handshake_t *hs, bool timer) {
    uint8_t datagram[OC_HS_MTU];
    oc_wr_t wr = oc_wr(datagram, sizeof datagram), out;
    oc_hs_job_t *job = hs->job;
    for (unsigned i = 0; i < hs->flight_len; i++)
        put_record(hs, &wr, &hs->flight[i]);
    out = oc_wr(job->out + job->out_len, OC_HS_OUT_MAX - job->out_len);
    if (oc_wr_len(&wr) + 2 <= (size_t)(out.end - out.p)) {
        oc_wr_u16(&out, (uint32_t)oc_wr_len(&wr));
        oc_wr_bytes(&out, datagram, oc_wr_len(&wr));
        job->out_len += (uint32_t)oc_wr_len(&out);
    }
    hs->timer_us = timer ? job->now_us + timer_of(hs) * 1000 : INT64_MAX;
}

static message_t *add(oc_handshake_t *hs, uint8_t type, const uint8_t *body) {
    message_t *m = &hs->flight[hs->flight_len++];
    m->type = type;
    m->seq = type ? hs->next_out++ : 0;
    if (body)
        memcpy(m->body, body, BODY);
    else
        memset(m->body, type, BODY);
    return m;
}

static void fail(oc_handshake_t *hs, enum oc_hs_reason reason) {
    hs->ended = true;
    hs->state = OC_HS_FAILED;
    hs->reason = reason;
}

static void check_certificate(oc_handshake_t *hs, const uint8_t *body) {
    uint8_t digest[OC_HASH_MAX];
    oc_span_t part = oc_span(body, BODY);
    for (unsigned i = 0; i < hs->config.peers; i++) {
        enum oc_hash hash = hs->config.peer[i].hash;
        oc_hash(hash, &part, 1, digest);
        if (oc_crypto_equal(digest, hs->config.peer[i].digest, oc_hash_size(hash)))
            hs->matched = true;
    }
    if (!hs->matched)
        fail(hs, OC_HS_FINGERPRINT);
}

static void make_keys(oc_handshake_t *hs) {
    oc_span_t parts[2] = {oc_span(hs->randoms[0], BODY), oc_span(hs->randoms[1], BODY)};
    bool chacha = hs->config.suites == OC_HS_SUITES_CHACHA_FIRST ||
                  hs->config.suites == OC_HS_SUITES_CHACHA_ONLY;
    uint8_t a[OC_HASH_MAX], b[OC_HASH_MAX];
    oc_hash(OC_HASH_SHA512, parts, 2, a);
    oc_hash(OC_HASH_SHA384, parts, 2, b);
    hs->keys.suite = chacha ? OC_AEAD_CHACHA20_POLY1305 : OC_AEAD_AES128_GCM;
    memcpy(hs->keys.key[0], a, 32);
    memcpy(hs->keys.key[1], a + 32, 32);
    memcpy(hs->keys.iv[0], b, 12);
    memcpy(hs->keys.iv[1], b + 12, 12);
    if (oc_dtls_record_init(&hs->record, &hs->keys, hs->config.client, 0) != OC_OK)
        fail(hs, OC_HS_NO_MEMORY);
    else
        hs->keyed = true;
}

static void begin(oc_handshake_t *hs) {
    oc_random(hs->randoms[0], BODY);
    add(hs, OC_DTLS_CLIENT_HELLO, hs->randoms[0]);
    send_flight(hs, true);
}

static void server_flight(oc_handshake_t *hs, const uint8_t *client_random) {
    memcpy(hs->randoms[0], client_random, BODY);
    oc_random(hs->randoms[1], BODY);
    add(hs, OC_DTLS_SERVER_HELLO, hs->randoms[1]);
    add(hs, OC_DTLS_CERTIFICATE, hs->config.certificate->bytes);
    add(hs, OC_DTLS_SERVER_HELLO_DONE, NULL);
    send_flight(hs, true);
    hs->answered = hs->next_in;
    hs->expect = OC_DTLS_CERTIFICATE;
}

static void client_flight(oc_handshake_t *hs) {
    hs->flight_len = 0;
    make_keys(hs);
    if (hs->ended)
        return;
    add(hs, OC_DTLS_CERTIFICATE, hs->config.certificate->bytes);
    add(hs, OC_DTLS_CLIENT_KEY_EXCHANGE, NULL);
    add(hs, 0, NULL);
    add(hs, OC_DTLS_FINISHED, NULL);
    send_flight(hs, true);
    hs->answered = hs->next_in;
    hs->expect = 0;
}

static void last_flight(oc_handshake_t *hs) {
    if (!hs->config.client) {
        hs->flight_len = 0;
        add(hs, 0, NULL);
        add(hs, OC_DTLS_FINISHED, NULL);
        send_flight(hs, false);
    }
    hs->timer_us = INT64_MAX;
    hs->ended = true;
    hs->state = OC_HS_OVER;
}

static void message(oc_handshake_t *hs, uint8_t type, const uint8_t *body) {
    hs->next_in++;
    hs->repeats = 0;
    if (type == OC_DTLS_CLIENT_HELLO) {
        server_flight(hs, body);
    } else if (type == OC_DTLS_SERVER_HELLO) {
        memcpy(hs->randoms[1], body, BODY);
        hs->expect = OC_DTLS_CERTIFICATE;
    } else if (type == OC_DTLS_CERTIFICATE) {
        check_certificate(hs, body);
        hs->expect = hs->config.client ? OC_DTLS_SERVER_HELLO_DONE : OC_DTLS_CLIENT_KEY_EXCHANGE;
    } else if (type == OC_DTLS_SERVER_HELLO_DONE) {
        client_flight(hs);
    } else if (type == OC_DTLS_CLIENT_KEY_EXCHANGE) {
        make_keys(hs);
        hs->expect = 0;
    } else if (type == OC_DTLS_FINISHED) {
        last_flight(hs);
    }
}

/* A message of the flight before: ours was lost, or is late. */
static bool repeated(const oc_handshake_t *hs, uint16_t seq) {
    return seq < hs->answered;
}

static void take_record(oc_handshake_t *hs, const oc_dtls_view_t *view, bool *again) {
    uint8_t plain[OC_HS_IN_MAX];
    oc_span_t body = view->body;
    if (view->epoch == 1) {
        int len = oc_dtls_record_open(&hs->record, view, plain, sizeof plain);
        if (len < 0) {
            fail(hs, OC_HS_PROTOCOL); /* as a library does: nothing else may be given to it */
            return;
        }
        body = oc_span(plain, (size_t)len);
    }
    if (view->type == OC_DTLS_CHANGE_CIPHER_SPEC) {
        if (hs->expect == 0)
            hs->expect = OC_DTLS_FINISHED;
        return;
    }
    oc_rd_t rd = oc_rd(body);
    uint8_t type = oc_rd_u8(&rd);
    (void)oc_rd_u24(&rd);
    uint16_t seq = oc_rd_u16(&rd);
    oc_rd_skip(&rd, 6);
    const uint8_t *bytes = oc_rd_bytes(&rd, BODY); /* fragments are not put together here */
    if (bytes && type == hs->expect && seq == hs->next_in)
        message(hs, type, bytes);
    else if (bytes && repeated(hs, seq))
        *again = true;
}

void oc_handshake_run(oc_handshake_t *hs, oc_hs_job_t *job) {
    oc_span_t rest = oc_span(job->in, job->in_len);
    oc_dtls_view_t view;
    bool had_keys = hs->keyed, again = false;
    hs->job = job;
    job->out_len = 0;
    if (job->timer_ms)
        hs->config.timer_ms = job->timer_ms;
    if (hs->config.client && !hs->flight_len)
        begin(hs);
    while (!hs->ended && oc_dtls_split_next(&rest, &view))
        take_record(hs, &view, &again);
    bool due = hs->timer_us != INT64_MAX && (job->timer_fired || job->now_us >= hs->timer_us);
    hs->repeats += due;
    if (!hs->ended && hs->flight_len && (due || (again && job->out_len == 0)))
        send_flight(hs, true);
    job->has_keys = hs->keyed && !had_keys && hs->state != OC_HS_FAILED;
    if (job->has_keys)
        job->keys = hs->keys;
    job->state = hs->state;
    job->reason = hs->reason;
    job->detail = 0;
    job->timer_us = hs->ended ? INT64_MAX : hs->timer_us;
    job->matched = hs->matched;
    job->alerted = hs->alerted;
    job->epoch0_next = hs->next[0];
    job->epoch1_next = hs->next[1];
}
