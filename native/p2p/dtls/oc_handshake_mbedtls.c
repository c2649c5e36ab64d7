/* See docs of the library's traps: `conf_dtls_cookies(NULL...)` and `set_mtu` are mandatory, one
 * configuration per handshake because the key callback of 2.28 sits there, one record per f_recv.
 */
#include <stdlib.h>

#include "oc_certificate_mbedtls.h"
#include "oc_err.h"
#include "oc_handshake.h"

#define TIMER_MAX_MS   60000
#define LIBRARY_MAX_MS 0x40000000 /* it gives up beyond; the machine does that */
#define RSA_AROUND     35         /* bytes of SubjectPublicKeyInfo around modulus and exponent */
#define RSA_EXPONENT   8          /* bytes of the exponent, at most */

struct oc_handshake {
    oc_handshake_config_t config;
    oc_hs_job_t *job;       /* under way */
    uint32_t in_at;         /* what of its input the library has */
    int64_t timer_us;       /* when the flight is repeated; INT64_MAX: not */
    uint32_t doubled_ms;    /* what the library has made of the first value */
    bool fire;              /* repeat it now */
    bool seen;              /* something of the peer's came */
    bool built, ended;      /* conf and ssl are alive; nothing more happens */
    bool matched, alerted;  /* the peer's certificate; a fatal alert of ours left */
    enum oc_hs_state state; /* since `ended` */
    enum oc_hs_reason reason;
    int detail;
    uint64_t next[2]; /* 1 + highest record number used in epoch 0 and 1; 0: none */
    oc_mbedtls_keys_t keys;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
};

/* Notes what of a datagram matters to us: numbers and alerts. */
static void note(oc_handshake_t *hs, oc_span_t datagram) {
    oc_dtls_view_t view;
    while (oc_dtls_split_next(&datagram, &view)) {
        if (view.epoch < 2 && view.seq >= hs->next[view.epoch])
            hs->next[view.epoch] = view.seq + 1;
        if (view.type == OC_DTLS_ALERT && (view.epoch || view.body.data[0] == 2))
            hs->alerted = true;
    }
}

static int on_send(void *context, const unsigned char *data, size_t len) {
    oc_handshake_t *hs = context;
    oc_hs_job_t *job = hs->job;
    note(hs, oc_span(data, len));
    if (len > 0xFFFF || 2 + len > OC_HS_OUT_MAX - job->out_len)
        return (int)len; /* lost: the numbers are used all the same */
    job->out[job->out_len++] = (uint8_t)(len >> 8);
    job->out[job->out_len++] = (uint8_t)len;
    memcpy(job->out + job->out_len, data, len);
    job->out_len += (uint32_t)len;
    return (int)len;
}

/* One record at a time. */
static int on_receive(void *context, unsigned char *data, size_t size) {
    oc_handshake_t *hs = context;
    oc_dtls_view_t view;
    oc_span_t rest = oc_span(hs->job->in + hs->in_at, hs->job->in_len - hs->in_at);
    if (!oc_dtls_split_next(&rest, &view)) {
        hs->in_at = hs->job->in_len;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    hs->in_at = (uint32_t)(view.whole.data + view.whole.len - hs->job->in);
    size_t len = view.whole.len < size ? view.whole.len : size;
    memcpy(data, view.whole.data, len);
    return (int)len;
}

static void on_set_timer(void *context, uint32_t between_ms, uint32_t end_ms) {
    oc_handshake_t *hs = context;
    uint32_t cap_ms =
        hs->config.timer_ms > OC_HS_TIMER_CAP_MS ? hs->config.timer_ms : OC_HS_TIMER_CAP_MS;
    (void)between_ms; /* wanted for polling; we wake up at the end alone */
    if (end_ms)
        hs->doubled_ms = end_ms;
    if (end_ms > hs->config.timer_ms) /* the library has doubled it */
        end_ms = end_ms / OC_HS_TIMER_EQUAL > hs->config.timer_ms ? end_ms / OC_HS_TIMER_EQUAL
                                                                  : hs->config.timer_ms;
    end_ms = end_ms > cap_ms ? cap_ms : end_ms;
    hs->timer_us = end_ms ? hs->job->now_us + (int64_t)end_ms * 1000 : INT64_MAX;
    hs->fire = false;
}

/* -1 no timer, 0 and 1 not yet, 2 it is time. What has arrived is looked at first. */
static int on_get_timer(void *context) {
    const oc_handshake_t *hs = context;
    if (hs->timer_us == INT64_MAX)
        return -1;
    return hs->in_at == hs->job->in_len && (hs->fire || hs->job->now_us >= hs->timer_us) ? 2 : 0;
}

/* RFC 8122 section 5: one fingerprint of the strongest hash that was announced has to match. */
static bool announced(const oc_handshake_config_t *config, oc_span_t certificate) {
    uint8_t digest[OC_HASH_MAX];
    enum oc_hash strongest = OC_HASH_SHA1;
    bool found = false;
    for (unsigned i = 0; i < config->peers; i++)
        if (config->peer[i].hash > strongest)
            strongest = config->peer[i].hash;
    if (strongest == OC_HASH_SHA1)
        return false;
    oc_hash(strongest, &certificate, 1, digest);
    for (unsigned i = 0; i < config->peers; i++)
        found = found || (config->peer[i].hash == strongest &&
                          oc_crypto_equal(config->peer[i].digest, digest, oc_hash_size(strongest)));
    return found;
}

/* What a key is refused for. It is looked at before anything is computed with it. */
static enum oc_hs_reason judge_key(const oc_handshake_config_t *config, mbedtls_x509_crt *crt) {
    size_t bits = mbedtls_pk_get_bitlen(&crt->pk);
    if (oc_mbedtls_is_ec(&crt->pk))
        return OC_HS_NONE;
    if (!oc_mbedtls_is_rsa(&crt->pk))
        return OC_HS_KEY;
    if (!config->rsa)
        return OC_HS_RSA;
    if (bits < OC_HS_RSA_BITS_MIN || bits > OC_HS_RSA_BITS_MAX ||
        crt->pk_raw.len > bits / 8 + RSA_AROUND + RSA_EXPONENT)
        return OC_HS_KEY;
    return OC_HS_NONE;
}

/* Instead of every other judgement of the library: issuer, dates and names say nothing here. */
static int on_verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
    oc_handshake_t *hs = context;
    *flags = 0;
    if (depth > 0)
        return 0;
    hs->reason = judge_key(&hs->config, crt);
    if (hs->reason != OC_HS_NONE)
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    if (!announced(&hs->config, oc_span(crt->raw.p, crt->raw.len)))
        hs->reason = OC_HS_FINGERPRINT;
    else
        hs->matched = true;
    return hs->matched ? 0 : MBEDTLS_ERR_X509_FATAL_ERROR;
}

/* As a server we sign with ECDSA: the kind of the client's certificate is no matter of the suite
 * (RFC 8422 section 5.5). */
static const int *suites_of(enum oc_hs_suites suites, bool rsa) {
    static const int ecdsa[4][3] = {
        {0xC02B, 0xCCA9, 0}, {0xCCA9, 0xC02B, 0}, {0xC02B, 0}, {0xCCA9, 0}};
    static const int both[4][5] = {{0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0},
                                   {0xCCA9, 0xCCA8, 0xC02B, 0xC02F, 0},
                                   {0xC02B, 0xC02F, 0},
                                   {0xCCA9, 0xCCA8, 0}};
    return rsa ? both[suites] : ecdsa[suites];
}

int oc_handshake_create(oc_handshake_t **out, const oc_handshake_config_t *config) {
    bool usable = false;
    *out = NULL;
    if (!config->certificate || config->peers > OC_HS_FINGERPRINTS || config->timer_ms < 1 ||
        config->timer_ms > TIMER_MAX_MS || config->suites > OC_HS_SUITES_CHACHA_ONLY)
        return OC_ERR_INVAL;
    for (unsigned i = 0; i < config->peers; i++)
        usable = usable ||
                 (config->peer[i].hash >= OC_HASH_SHA256 && config->peer[i].hash <= OC_HASH_SHA512);
    if (!usable)
        return OC_ERR_INVAL;
    oc_handshake_t *hs = calloc(1, sizeof *hs);
    if (!hs)
        return OC_ERR_NOMEM;
    hs->config = *config;
    hs->timer_us = INT64_MAX;
    *out = hs;
    return OC_OK;
}

static int configure(oc_handshake_t *hs) {
    mbedtls_ssl_config *conf = &hs->conf;
    oc_certificate_t *own =
        (oc_certificate_t *)hs->config.certificate; /* the library asks for it */
    int code = mbedtls_ssl_config_defaults(
        conf, hs->config.client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
        MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code)
        return code;
    oc_mbedtls_conf_common(conf, hs->config.rsa);
    mbedtls_ssl_conf_ciphersuites(
        conf, suites_of(hs->config.suites, hs->config.client && hs->config.rsa));
    /* REQUIRED wants a list of authorities: ours, so that a peer without a certificate fails before
     * there are keys. on_verify decides. */
    mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(conf, &own->crt, NULL);
    mbedtls_ssl_conf_cert_req_ca_list(conf, MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
    mbedtls_ssl_conf_handshake_timeout(conf, hs->config.timer_ms, LIBRARY_MAX_MS);
    code = oc_mbedtls_conf_srtp(conf);
    return code ? code : mbedtls_ssl_conf_own_cert(conf, &own->crt, &own->key);
}

static int build(oc_handshake_t *hs) {
    mbedtls_ssl_config_init(&hs->conf);
    mbedtls_ssl_init(&hs->ssl);
    hs->built = true;
    hs->keys.ssl = &hs->ssl;
    int code = configure(hs);
    if (!code)
        code = mbedtls_ssl_setup(&hs->ssl, &hs->conf);
    if (!code)
        code = mbedtls_ssl_set_hostname(&hs->ssl, NULL); /* later releases insist on being told */
    if (code)
        return code;
    oc_mbedtls_on_keys(&hs->conf, &hs->keys);
    mbedtls_ssl_set_bio(&hs->ssl, hs, on_send, on_receive, NULL);
    mbedtls_ssl_set_timer_cb(&hs->ssl, hs, on_set_timer, on_get_timer);
    mbedtls_ssl_set_mtu(&hs->ssl, OC_HS_MTU);
    mbedtls_ssl_set_verify(&hs->ssl, on_verify, hs);
    return 0;
}

/* The library takes the new value with the next flight. A value that it has doubled tells it that
 * datagrams are too long, and it cuts all flights to come (RFC 6347 section 4.1.1.1). A first
 * flight without an answer says nothing of the kind: it is short, and often the peer does not know
 * of us yet. So the doubled value is made the first one while that flight is repeated. */
static void set_timer(oc_handshake_t *hs, const oc_hs_job_t *job) {
    if (job->timer_ms >= 1 && job->timer_ms <= TIMER_MAX_MS)
        hs->config.timer_ms = job->timer_ms;
    hs->seen = hs->seen || job->in_len;
    bool first = hs->config.client && !hs->seen && hs->doubled_ms;
    mbedtls_ssl_conf_handshake_timeout(&hs->conf, first ? hs->doubled_ms : hs->config.timer_ms,
                                       LIBRARY_MAX_MS);
}

/* Until a step has found nothing to read. */
static int step(oc_handshake_t *hs) {
    for (;;) {
        bool empty = hs->in_at == hs->job->in_len;
        int code = mbedtls_ssl_handshake(&hs->ssl);
        if (code != MBEDTLS_ERR_SSL_WANT_READ || empty)
            return code;
    }
}

static void demolish(oc_handshake_t *hs) {
    if (hs->built) {
        mbedtls_ssl_free(&hs->ssl);
        mbedtls_ssl_config_free(&hs->conf);
    }
    hs->built = false;
    hs->timer_us = INT64_MAX;
    oc_crypto_wipe(&hs->keys, sizeof hs->keys);
}

/* Of servers; a server that knows none of ours sends an alert. */
static bool is_suite(int code) {
#ifdef MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE /* 3.0 and later */
    return code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
#else
    return code == MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN ||
           code == MBEDTLS_ERR_SSL_NO_USABLE_CIPHERSUITE;
#endif
}

static enum oc_hs_reason reason_of(const oc_handshake_t *hs, int code) {
    if (hs->reason != OC_HS_NONE)
        return hs->reason;
    if (oc_mbedtls_no_memory(code))
        return OC_HS_NO_MEMORY;
    if (code == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE)
        return OC_HS_NO_CERTIFICATE;
    if (code == MBEDTLS_ERR_SSL_TIMEOUT)
        return OC_HS_TIMEOUT;
    if (is_suite(code))
        return OC_HS_SUITE;
    return code == MBEDTLS_ERR_SSL_INTERNAL_ERROR ? OC_HS_LIBRARY : OC_HS_PROTOCOL;
}

/* Keys leave while the handshake goes on or is won, never with a failure. */
static void hand_keys(oc_handshake_t *hs, oc_hs_job_t *job) {
    job->has_keys = hs->keys.there && hs->state != OC_HS_FAILED;
    if (job->has_keys)
        job->keys = hs->keys.keys;
    oc_crypto_wipe(&hs->keys.keys, sizeof hs->keys.keys);
    hs->keys.there = false;
}

void oc_handshake_run(oc_handshake_t *hs, oc_hs_job_t *job) {
    int code = 0;
    job->out_len = 0;
    hs->job = job;
    hs->in_at = 0;
    hs->fire = job->timer_fired;
    if (!hs->ended && !hs->built)
        code = build(hs);
    if (!hs->ended && !code) {
        set_timer(hs, job);
        code = step(hs);
    }
    if (!hs->ended && code != MBEDTLS_ERR_SSL_WANT_READ) {
        hs->ended = true;
        hs->state = code ? OC_HS_FAILED : OC_HS_OVER;
        hs->reason = code ? reason_of(hs, code) : OC_HS_NONE;
        hs->detail = code;
    }
    hand_keys(hs, job);
    if (hs->ended)
        demolish(hs);
    job->state = hs->state;
    job->reason = hs->reason;
    job->detail = hs->detail;
    job->timer_us = hs->timer_us;
    job->matched = hs->matched;
    job->alerted = hs->alerted;
    job->epoch0_next = hs->next[0];
    job->epoch1_next = hs->next[1];
    hs->job = NULL;
}

void oc_handshake_destroy(oc_handshake_t *hs) {
    if (!hs)
        return;
    demolish(hs);
    oc_crypto_wipe(hs, sizeof *hs);
    free(hs);
}
