/* Our machine against mbedTLS with its own record layer, in both roles: handshake, both suites,
 * data both ways (so each record layer opens what the other sealed), peers that are refused, a
 * browser's ClientHello. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chromium_hello.h"
#include "oc_dtls.h"
#include "oc_err.h"
#include "oc_random_seeded.h"
#include "plain_peer.h"

#define SECOND 1000000

static plain_peer_t plain;
static oc_dtls_t ours;
static oc_certificate_t *certificate;
static oc_dtls_config_t config;
static oc_dtls_event_t event;
static unsigned connected, ended, keyed;
static int64_t now_us;
static int lose_ours = -1, lose_its = -1; /* number of the datagram that is lost */
static int sent_ours, sent_its;

static void make(bool client, enum plain_shows shows, int suite) {
    oc_random_seed(11);
    now_us = SECOND;
    connected = ended = keyed = 0;
    sent_ours = sent_its = 0;
    plain_peer_make(&plain, !client, shows, suite);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    memset(&config, 0, sizeof config);
    config.client = client;
    config.certificate = certificate;
    config.peers = 1;
    config.peer[0].hash = OC_HASH_SHA256;
    plain_peer_fingerprint(&plain, config.peer[0].digest);
}

static void unmake(void) {
    assert_true(oc_dtls_deinit(&ours));
    oc_certificate_destroy(certificate);
    plain_peer_free(&plain);
}

static void our_jobs(void) {
    oc_hs_job_t *job;
    while (oc_dtls_poll_job(&ours, now_us, &job) == OC_OK) {
        oc_handshake_run(job->handshake, job);
        keyed += job->has_keys;
        oc_dtls_job_done(&ours, now_us);
    }
}

/* One turn of both; the datagrams of each arrive at once. */
static void turn(void) {
    uint8_t datagram[2048], data[OC_DTLS_HELD_MAX];
    int len;
    oc_dtls_event_t next;
    oc_dtls_advance(&ours, now_us);
    for (unsigned i = 0; i < 4; i++) {
        our_jobs();
        while ((len = oc_dtls_poll_output(&ours, datagram, sizeof datagram, now_us)) > 0)
            if (sent_ours++ != lose_ours)
                plain_peer_input(&plain, oc_span(datagram, (size_t)len));
    }
    plain_peer_turn(&plain, now_us);
    size_t got;
    while ((got = plain_peer_output(&plain, datagram)) > 0) {
        if (sent_its++ == lose_its)
            continue;
        oc_dtls_input(&ours, oc_span(datagram, got), now_us);
        our_jobs();
        while (oc_dtls_poll_data(&ours, data, sizeof data, now_us) > 0)
            ;
    }
    while (oc_dtls_poll_event(&ours, &next) == OC_OK) {
        connected += next.kind == OC_DTLS_EVENT_CONNECTED;
        ended += next.kind != OC_DTLS_EVENT_CONNECTED;
        event = next;
    }
}

static void dtls_handshake(void) {
    assert_int_equal(oc_dtls_start(&ours, &config, now_us), OC_OK);
    for (unsigned i = 0; i < 1700 && !ended && !(connected && plain.over); i++) {
        turn();
        now_us += 10000;
    }
}

/* Data both ways, twice: what one seals the other opens. */
static void talk(void) {
    uint8_t datagram[2048], text[64];
    for (unsigned i = 0; i < 2; i++) {
        oc_span_t parts[2] = {oc_span("from ", 5), oc_span("us", 2)};
        int len = oc_dtls_seal(&ours, parts, 2, datagram, sizeof datagram);
        assert_true(len > 0);
        plain_peer_input(&plain, oc_span(datagram, (size_t)len));
        assert_int_equal(plain_peer_read(&plain, text, sizeof text), 7);
        assert_memory_equal(text, "from us", 7);
        assert_int_equal(plain_peer_write(&plain, "from it", 7), 7);
        size_t got = plain_peer_output(&plain, datagram);
        assert_true(got > 0);
        oc_dtls_input(&ours, oc_span(datagram, got), now_us);
        assert_int_equal(oc_dtls_poll_data(&ours, text, 6, now_us), 0); /* too small */
        uint8_t room[OC_DTLS_HELD_MAX];
        oc_dtls_input(&ours, oc_span(datagram, got), now_us);
        assert_int_equal(oc_dtls_poll_data(&ours, room, sizeof room, now_us), 7);
        assert_memory_equal(room, "from it", 7);
        assert_int_equal(oc_dtls_poll_data(&ours, room, sizeof room, now_us), 0);
    }
}

static void both_roles_and_suites(void **state) {
    static const int suites[] = {0xC02B, 0xCCA9};
    for (unsigned i = 0; i < 4; i++) {
        make(i / 2 == 0, PLAIN_EC, suites[i % 2]);
        dtls_handshake();
        assert_int_equal(connected, 1);
        assert_int_equal(ended, 0);
        assert_true(plain.over);
        assert_int_equal(oc_dtls_overhead(&ours),
                         i % 2 ? OC_DTLS_OVERHEAD_CHACHA : OC_DTLS_OVERHEAD_GCM);
        assert_int_equal(plain_peer_srtp(&plain), 1); /* peers exist that end without it */
        talk();
        unmake();
    }
}

/* Our answer to a repeated final flight too: it is for this library to believe it. */
static void each_datagram_may_be_lost(void **state) {
    for (int i = 0; i < 12; i++) {
        make(i / 6 == 0, PLAIN_EC, i % 2 ? 0xC02B : 0xCCA9);
        lose_ours = i % 6 < 3 ? i % 3 : -1;
        lose_its = i % 6 < 3 ? -1 : i % 3;
        dtls_handshake();
        for (unsigned n = 0; n < 100 && !plain.over; n++) {
            turn();
            now_us += 10000;
        }
        lose_ours = lose_its = -1;
        assert_int_equal(connected, 1);
        assert_true(plain.over);
        if (i == 7) /* we are the server and our second datagram was lost */
            assert_int_equal(ours.stats.answers, 1);
        talk();
        unmake();
    }
}

static void our_order_of_suites_counts(void **state) {
    for (unsigned i = 0; i < 4; i++) {
        make(i / 2 == 0, PLAIN_EC, 0);
        config.suites = i % 2 ? OC_HS_SUITES_CHACHA_FIRST : OC_HS_SUITES_GCM_FIRST;
        dtls_handshake();
        assert_int_equal(connected, 1);
        /* as a client we propose, and this server follows an order of its own */
        if (!config.client)
            assert_int_equal(oc_dtls_overhead(&ours),
                             i % 2 ? OC_DTLS_OVERHEAD_CHACHA : OC_DTLS_OVERHEAD_GCM);
        unmake();
    }
}

/* No event but the failure, no key, nothing connected. */
static void refused(enum oc_hs_reason reason) {
    dtls_handshake();
    assert_int_equal(connected, 0);
    assert_int_equal(ended, 1);
    assert_int_equal(event.kind, OC_DTLS_EVENT_FAILED);
    assert_int_equal(event.reason, reason);
    assert_int_equal(keyed, 0);
    assert_null(ours.record.ours);
    turn(); /* an alert reaches it */
    turn();
    assert_false(plain.over);
}

/* As a server we know why, as a client the peer says so in the clear. */
static void peers_of_other_suites_are_refused(void **state) {
    make(false, PLAIN_EC, 0xC02C);
    refused(OC_HS_SUITE);
    assert_int_equal(plain.code, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
    unmake();
    make(true, PLAIN_EC, 0xC02C);
    refused(OC_HS_ALERT);
    assert_int_equal(event.alert, OC_DTLS_HANDSHAKE_FAILURE);
    unmake();
}

static void wrong_certificates_are_refused(void **state) {
    for (unsigned client = 0; client < 2; client++) {
        make(client, PLAIN_EC, 0);
        config.peer[0].digest[31] ^= 0x80;
        refused(OC_HS_FINGERPRINT);
        assert_int_equal(plain.code, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
        unmake();
    }
}

static void stronger_hashes_are_compared(void **state) {
    make(true, PLAIN_EC, 0);
    oc_span_t der = oc_span(plain.ec->crt.raw.p, plain.ec->crt.raw.len);
    config.peers = 2;
    config.peer[1].hash = OC_HASH_SHA512;
    oc_hash(OC_HASH_SHA512, &der, 1, config.peer[1].digest);
    config.peer[0].digest[0] ^= 1; /* does not matter beside a stronger one */
    dtls_handshake();
    assert_int_equal(connected, 1);
    unmake();
    make(true, PLAIN_EC, 0);
    config.peers = 2;
    config.peer[1].hash = OC_HASH_SHA384; /* which is wrong, although the weaker one is right */
    refused(OC_HS_FINGERPRINT);
    unmake();
    make(true, PLAIN_EC, 0);
    config.peer[0].hash = OC_HASH_SHA1;
    assert_int_equal(oc_dtls_start(&ours, &config, now_us), OC_ERR_INVAL);
    unmake();
}

/* As its client we speak RSA suites, as its server ECDSA ones: the certificate there is ours. */
static void rsa_peers_are_taken(void **state) {
    static const int suites[] = {0xC02F, 0xCCA8, 0xC02B, 0xCCA9};
    for (unsigned i = 0; i < 6; i++) {
        bool client = i < 2 || i == 4;
        make(client, i < 4 ? PLAIN_RSA : PLAIN_RSA_4096, i < 4 ? suites[i] : 0);
        config.rsa = true;
        dtls_handshake();
        assert_int_equal(connected, 1);
        assert_int_equal(ended, 0);
        assert_true(plain.over);
        if (i < 4)
            assert_int_equal(oc_dtls_overhead(&ours),
                             i % 2 ? OC_DTLS_OVERHEAD_CHACHA : OC_DTLS_OVERHEAD_GCM);
        talk();
        unmake();
    }
    make(true, PLAIN_EC, 0); /* who has both kinds of suites in common with us, with EC */
    config.rsa = true;
    dtls_handshake();
    assert_int_equal(connected, 1);
    unmake();
}

/* Fingerprints of RSA certificates count as those of others do. */
static void wrong_rsa_certificates_are_refused(void **state) {
    for (unsigned client = 0; client < 2; client++) {
        make(client, PLAIN_RSA, 0);
        config.rsa = true;
        config.peer[0].digest[0] ^= 1;
        refused(OC_HS_FINGERPRINT);
        unmake();
    }
}

/* Keys that are too weak, or whose signatures take long to check: before anything is checked. */
static void rsa_keys_have_limits(void **state) {
    for (unsigned i = 0; i < 6; i++) {
        make(i % 2, (enum plain_shows)(PLAIN_RSA_SHORT + i / 2), 0);
        config.rsa = true;
        refused(OC_HS_KEY);
        assert_int_equal(plain.code, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
        unmake();
    }
}

/* Where RSA is not taken, on a board: at once, and with the true reason. */
static void rsa_peers_are_refused_by_boards(void **state) {
    make(false, PLAIN_RSA, 0);
    refused(OC_HS_RSA);
    assert_int_equal(plain.code, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
    unmake();
    make(true, PLAIN_RSA, 0); /* it has no suite for us, and says so in the clear */
    refused(OC_HS_ALERT);
    assert_int_equal(event.alert, OC_DTLS_HANDSHAKE_FAILURE);
    assert_string_equal(oc_dtls_alert_name(event.alert), "handshake_failure");
    assert_in_range(now_us, SECOND, 2 * SECOND);
    unmake();
}

static void clients_without_a_certificate_are_refused(void **state) {
    make(false, PLAIN_NOTHING, 0);
    refused(OC_HS_NO_CERTIFICATE);
    assert_int_equal(plain.code, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
    unmake();
}

/* A browser's ClientHello gets ServerHello .. ServerHelloDone, and no alert. */
static void chromium_is_answered(void **state) {
    uint8_t datagram[2048];
    make(false, PLAIN_EC, 0);
    assert_int_equal(oc_dtls_start(&ours, &config, now_us), OC_OK);
    for (unsigned i = 2; i-- > 0;) { /* in the wrong order */
        size_t len = chromium_hello(i, datagram);
        assert_int_equal(oc_dtls_poll_output(&ours, datagram + 1500, 500, now_us), 0);
        oc_dtls_input(&ours, oc_span(datagram, len), now_us);
        our_jobs();
    }
    unsigned messages = 0;
    uint8_t last = 0;
    int len;
    while ((len = oc_dtls_poll_output(&ours, datagram, sizeof datagram, now_us)) > 0) {
        oc_span_t rest = oc_span(datagram, (size_t)len);
        oc_dtls_view_t view;
        assert_true(len <= OC_HS_MTU);
        while (oc_dtls_split_next(&rest, &view)) {
            assert_int_equal(view.type, OC_DTLS_HANDSHAKE);
            messages++;
            last = view.body.data[0];
        }
    }
    assert_int_equal(messages, 5);
    assert_int_equal(last, OC_DTLS_SERVER_HELLO_DONE);
    assert_int_equal(ours.state, OC_DTLS_SHAKING);
    unmake();
}

static void certificates_survive_pem(void **state) {
    char text[OC_CERTIFICATE_PEM], damaged[OC_CERTIFICATE_PEM];
    oc_certificate_t *first, *second;
    oc_random_seed(5);
    assert_int_equal(oc_certificate_make(&first), OC_OK);
    int len = oc_certificate_write(first, text, sizeof text);
    assert_true(len > 0 && text[len] == 0);
    assert_int_equal(oc_certificate_write(first, damaged, (size_t)len), OC_ERR_RANGE);
    assert_int_equal(oc_certificate_read(&second, text, (size_t)len), OC_OK);
    assert_memory_equal(oc_certificate_fingerprint(first), oc_certificate_fingerprint(second), 32);
    assert_int_equal(first->crt.valid_from.year, 2000);
    assert_int_equal(first->crt.valid_to.year, 2049);
    oc_certificate_destroy(second);
    assert_int_equal(oc_certificate_make(&second), OC_OK);
    assert_memory_not_equal(oc_certificate_fingerprint(first), oc_certificate_fingerprint(second),
                            32);
    for (int cut = 0; cut < len - 1; cut += 7)
        assert_int_equal(oc_certificate_read(&(oc_certificate_t *){NULL}, text, (size_t)cut),
                         OC_ERR_FORMAT);
    /* one's key with the other's certificate */
    assert_true(oc_certificate_write(second, damaged, sizeof damaged) > 0);
    char *mine = strstr(text, "-----BEGIN CERTIFICATE"), *its = strstr(damaged, "-----BEGIN CERT");
    assert_true(mine && its);
    memmove(damaged + (mine - text), its, strlen(its) + 1);
    memcpy(damaged, text, (size_t)(mine - text));
    assert_int_equal(oc_certificate_read(&(oc_certificate_t *){NULL}, damaged, strlen(damaged)),
                     OC_ERR_FORMAT);
    oc_certificate_destroy(first);
    oc_certificate_destroy(second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_roles_and_suites),
        cmocka_unit_test(each_datagram_may_be_lost),
        cmocka_unit_test(our_order_of_suites_counts),
        cmocka_unit_test(peers_of_other_suites_are_refused),
        cmocka_unit_test(wrong_certificates_are_refused),
        cmocka_unit_test(stronger_hashes_are_compared),
        cmocka_unit_test(rsa_peers_are_taken),
        cmocka_unit_test(wrong_rsa_certificates_are_refused),
        cmocka_unit_test(rsa_keys_have_limits),
        cmocka_unit_test(rsa_peers_are_refused_by_boards),
        cmocka_unit_test(clients_without_a_certificate_are_refused),
        cmocka_unit_test(chromium_is_answered),
        cmocka_unit_test(certificates_survive_pem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
