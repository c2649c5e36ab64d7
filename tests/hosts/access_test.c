/* oc_access and what it stands on: verdicts, sessions, tries, links, names, in virtual time. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oc_access.h"
#include "oc_access_proxy.h"
#include "oc_err.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define S           1000000ll

static oc_access_t access_;
static const uint8_t key[OC_CRYPTO_HASH] = {1, 2, 3};

static oc_access_peer_t peer_of(unsigned number) {
    uint8_t bytes[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    return oc_access_rate_peer(bytes, 4);
}

/* ---- sessions ---- */

static oc_access_session_t *begin_of(oc_access_sessions_t *sessions, const char *user,
                                     uint8_t number, int64_t now_us, char token[OC_ACCESS_TOKEN]) {
    uint8_t secret[OC_CRYPTO_HASH] = {number};
    return oc_access_session_begin(sessions, secret, user, "192.0.2.1", "test", now_us, token);
}

static oc_access_session_t *begin(oc_access_sessions_t *sessions, uint8_t number, int64_t now_us,
                                  char token[OC_ACCESS_TOKEN]) {
    return begin_of(sessions, "admin", number, now_us, token);
}

static void test_session_ends_by_time(void **state) {
    oc_access_sessions_t sessions = {0};
    char token[OC_ACCESS_TOKEN];
    begin(&sessions, 1, 0, token);
    assert_int_equal(strlen(token), 43);
    assert_non_null(oc_access_session_find(&sessions, token, OC_ACCESS_IDLE_US - 1));
    assert_non_null(oc_access_session_find(&sessions, token, 2 * OC_ACCESS_IDLE_US - 2));
    assert_null(oc_access_session_find(&sessions, token, 3 * OC_ACCESS_IDLE_US));
    assert_false(sessions.rows[0].used);
    begin(&sessions, 2, 0, token);
    for (int64_t now = 0; now < OC_ACCESS_LIFE_US; now += OC_ACCESS_IDLE_US / 2)
        assert_non_null(oc_access_session_find(&sessions, token, now));
    assert_null(oc_access_session_find(&sessions, token, OC_ACCESS_LIFE_US));
}

static void test_session_keeps_no_secret(void **state) {
    oc_access_sessions_t sessions = {0};
    char token[OC_ACCESS_TOKEN];
    uint8_t secret[OC_CRYPTO_HASH] = {7};
    const oc_access_session_t *row = begin(&sessions, 7, 0, token);
    assert_null(memmem(&sessions, sizeof(sessions), token, 20));
    assert_null(memmem(&sessions, sizeof(sessions), secret, sizeof(secret)));
    assert_int_equal(strlen(row->id), OC_ACCESS_SESSION_ID - 1);
    assert_null(oc_access_session_find(&sessions, row->id, 0));
    token[5] ^= 1;
    assert_null(oc_access_session_find(&sessions, token, 0));
    assert_null(oc_access_session_find(&sessions, "", 0));
}

static void test_session_table_is_bounded(void **state) {
    oc_access_sessions_t sessions = {0};
    char tokens[OC_ACCESS_SESSIONS + 1][OC_ACCESS_TOKEN];
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++)
        begin(&sessions, (uint8_t)(i + 1), (int64_t)i, tokens[i]);
    assert_non_null(oc_access_session_find(&sessions, tokens[0], 1000)); /* used: it stays */
    begin(&sessions, 200, 1001, tokens[OC_ACCESS_SESSIONS]);
    assert_non_null(oc_access_session_find(&sessions, tokens[0], 1002));
    assert_null(oc_access_session_find(&sessions, tokens[1], 1002));
    assert_non_null(oc_access_session_find(&sessions, tokens[OC_ACCESS_SESSIONS], 1002));
}

/* Who watches a body without an end asks nothing: watching is use, but no session outlives a week.
 */
static void test_session_of_others_stays_when_one_logs_in_often(void **state) {
    oc_access_sessions_t sessions = {0};
    char owner[3][OC_ACCESS_TOKEN], token[OC_ACCESS_TOKEN];
    for (unsigned i = 0; i < 3; i++)
        begin(&sessions, (uint8_t)(i + 1), 0, owner[i]);
    for (unsigned i = 0; i < 200; i++)
        begin_of(&sessions, "guest", (uint8_t)(i + 10), 100 + (int64_t)i, token);
    for (unsigned i = 0; i < 3; i++)
        assert_non_null(oc_access_session_find(&sessions, owner[i], 1000));
    assert_non_null(oc_access_session_find(&sessions, token, 1000));
    /* whoever has few gets a place from whoever has most, up to OC_ACCESS_SESSIONS_OF */
    for (unsigned i = 0; i < 100; i++)
        begin_of(&sessions, "friend", (uint8_t)(i + 10), 2000 + (int64_t)i, token);
    unsigned friends = 0, guests = 0;
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        friends += strcmp(sessions.rows[i].user, "friend") == 0;
        guests += strcmp(sessions.rows[i].user, "guest") == 0;
    }
    assert_int_equal(friends, OC_ACCESS_SESSIONS_OF);
    assert_int_equal(guests, OC_ACCESS_SESSIONS - OC_ACCESS_SESSIONS_OF - 3);
    assert_non_null(oc_access_session_find(&sessions, owner[0], 3000));
}

static void test_session_holds_while_watched(void **state) {
    oc_access_sessions_t sessions = {0};
    char token[OC_ACCESS_TOKEN], id[OC_ACCESS_SESSION_ID];
    uint32_t login = begin(&sessions, 1, 0, token)->login;
    int64_t now = 0;
    for (; now + OC_ACCESS_IDLE_US / 2 < OC_ACCESS_LIFE_US; now += OC_ACCESS_IDLE_US / 2)
        assert_true(oc_access_session_holds(&sessions, login, now));
    assert_non_null(oc_access_session_find(&sessions, token, now));
    assert_false(oc_access_session_holds(&sessions, login, OC_ACCESS_LIFE_US + 1));
    assert_false(oc_access_session_holds(&sessions, 0, 0));
    const oc_access_session_t *row = begin(&sessions, 2, 0, token);
    login = row->login;
    snprintf(id, sizeof(id), "%s", row->id);
    assert_true(oc_access_session_end(&sessions, id));
    assert_false(oc_access_session_holds(&sessions, login, 0));
}

static void test_session_ends_by_hand(void **state) {
    oc_access_sessions_t sessions = {0};
    char one[OC_ACCESS_TOKEN], two[OC_ACCESS_TOKEN], id[OC_ACCESS_SESSION_ID];
    snprintf(id, sizeof(id), "%s", begin(&sessions, 1, 0, one)->id);
    const oc_access_session_t *kept = begin(&sessions, 2, 0, two);
    assert_true(oc_access_session_end(&sessions, id));
    assert_false(oc_access_session_end(&sessions, id));
    assert_false(oc_access_session_end(&sessions, ""));
    begin(&sessions, 3, 0, one);
    oc_access_session_end_all(&sessions, "someone", NULL);
    assert_non_null(oc_access_session_find(&sessions, one, 0));
    oc_access_session_end_all(&sessions, NULL, kept);
    assert_null(oc_access_session_find(&sessions, one, 0));
    assert_non_null(oc_access_session_find(&sessions, two, 0));
}

/* ---- tries ---- */

static void test_rate_delay_grows(void **state) {
    static oc_access_rate_t rate;
    memset(&rate, 0, sizeof(rate));
    int64_t now = 1000 * S, wait = OC_ACCESS_RATE_FIRST_US;
    for (int i = 0; i < OC_ACCESS_RATE_FREE; i++)
        assert_int_equal(oc_access_rate_try(&rate, peer_of(1), now), 0);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(oc_access_rate_try(&rate, peer_of(1), now), wait);
        assert_int_equal(oc_access_rate_try(&rate, peer_of(1), now + wait - 1), 1);
        now += wait;
        assert_int_equal(oc_access_rate_try(&rate, peer_of(1), now), 0);
        wait = wait * 2 < OC_ACCESS_RATE_MAX_US ? wait * 2 : OC_ACCESS_RATE_MAX_US;
    }
    assert_int_equal(wait, OC_ACCESS_RATE_MAX_US);
    assert_int_equal(oc_access_rate_try(&rate, peer_of(2), now), 0); /* others do not wait */
    now += OC_ACCESS_RATE_FORGET_US;
    for (int i = 0; i < OC_ACCESS_RATE_FREE; i++)
        assert_int_equal(oc_access_rate_try(&rate, peer_of(1), now), 0);
}

static void test_rate_all_together(void **state) {
    static oc_access_rate_t rate;
    memset(&rate, 0, sizeof(rate));
    int64_t now = 1000 * S;
    assert_int_equal(oc_access_rate_try(&rate, peer_of(7), now), 0);
    oc_access_rate_good(&rate, peer_of(7), now); /* refunded, and known */
    for (unsigned i = 0; i < OC_ACCESS_RATE_ALL; i++)
        assert_int_equal(oc_access_rate_try(&rate, peer_of(100 + i), now), 0);
    assert_true(oc_access_rate_try(&rate, peer_of(999), now) > 0);
    assert_int_equal(oc_access_rate_try(&rate, peer_of(7), now), 0); /* the owner gets in */
    assert_int_equal(oc_access_rate_try(&rate, peer_of(999), now + OC_ACCESS_RATE_EACH_US), 0);
    assert_true(oc_access_rate_try(&rate, peer_of(998), now + OC_ACCESS_RATE_EACH_US) > 0);
    /* a day later nobody is known; in an hour no more than 30 + 1800 tries were possible */
    unsigned tries = 0;
    for (int64_t at = now + 2 * S; at < now + 3602 * S; at += S / 4)
        tries += oc_access_rate_try(&rate, peer_of((unsigned)(at / S * 7)), at) == 0;
    assert_true(tries <= 1801);
}

static void test_rate_is_bounded(void **state) {
    static oc_access_rate_t rate;
    memset(&rate, 0, sizeof(rate));
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(oc_access_rate_try(&rate, peer_of(i), (int64_t)i * 10 * S), 0);
    uint8_t six[16] = {0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 9}, other[16];
    memcpy(other, six, 16);
    other[15] = 1;
    oc_access_peer_t a = oc_access_rate_peer(six, 16), b = oc_access_rate_peer(other, 16);
    assert_memory_equal(&a, &b, sizeof(a)); /* one /64 */
    other[7] = 2;
    b = oc_access_rate_peer(other, 16);
    assert_memory_not_equal(&a, &b, sizeof(a));
    uint8_t mapped[16] = {[10] = 0xFF, 0xFF, 10, 0, 0, 1};
    a = oc_access_rate_peer(mapped, 16);
    b = oc_access_rate_peer(mapped + 12, 4);
    assert_memory_equal(&a, &b, sizeof(a));
}

/* Neighbours of the same address, or everybody together, do not keep a known browser out; it waits
 * for its own tries. */
static void test_rate_of_a_device(void **state) {
    static oc_access_rate_t rate;
    memset(&rate, 0, sizeof(rate));
    int64_t now = 1000 * S;
    uint8_t random[16] = {0};
    oc_access_peer_t device = oc_access_device_id(random);
    for (int i = 0; i < 100; i++)
        (void)oc_access_rate_try(&rate, peer_of(1), now);
    for (unsigned i = 0; i < 100; i++)
        (void)oc_access_rate_try(&rate, peer_of(100 + i), now);
    assert_true(oc_access_rate_try(&rate, peer_of(1), now) > 0);
    assert_true(oc_access_rate_try(&rate, peer_of(999), now) > 0);
    for (int i = 0; i < OC_ACCESS_RATE_FREE; i++)
        assert_int_equal(oc_access_rate_try_alone(&rate, device, now), 0);
    assert_int_equal(oc_access_rate_try_alone(&rate, device, now), OC_ACCESS_RATE_FIRST_US);
    now += OC_ACCESS_RATE_FIRST_US;
    assert_int_equal(oc_access_rate_try_alone(&rate, device, now), 0);
    oc_access_rate_good_alone(&rate, device, peer_of(1), now);
    for (int i = 0; i < OC_ACCESS_RATE_FREE; i++)
        assert_int_equal(oc_access_rate_try_alone(&rate, device, now), 0);
    assert_true(oc_access_rate_knows(&rate, peer_of(1), now));
    (void)oc_access_rate_try(&rate, peer_of(1), now); /* its neighbour's last one for now */
    assert_true(oc_access_rate_try(&rate, peer_of(1), now) > 0);
}

static void test_devices(void **state) {
    static oc_access_users_t users;
    uint8_t random[16] = {1, 2, 3}, other[OC_CRYPTO_HASH] = {9};
    char token[OC_ACCESS_DEVICE_TOKEN], bad[OC_ACCESS_DEVICE_TOKEN + 1];
    oc_access_peer_t got, id = oc_access_device_id(random);
    memset(&users, 0, sizeof(users));
    users.count = 1;
    snprintf(users.rows[0].name, sizeof(users.rows[0].name), "admin");
    oc_access_device_make(key, &users.rows[0], id, token);
    assert_int_equal(strlen(token), OC_ACCESS_DEVICE_TOKEN - 1);
    assert_true(oc_access_device_check(key, &users, token, &got));
    assert_memory_equal(&got, &id, sizeof(id));
    assert_false(oc_access_device_check(other, &users, token, &got));
    for (size_t cut = 0; cut < strlen(token); cut++) {
        memcpy(bad, token, sizeof(token));
        bad[cut] ^= 1;
        assert_false(oc_access_device_check(key, &users, bad, &got));
        bad[cut] = '\0';
        assert_false(oc_access_device_check(key, &users, bad, &got));
    }
    snprintf(bad, sizeof(bad), "%sA", token);
    assert_false(oc_access_device_check(key, &users, bad, &got));
    users.rows[0].hash[5] ^= 1; /* another password */
    assert_false(oc_access_device_check(key, &users, token, &got));
    users.count = 0;
    assert_false(oc_access_device_check(key, &users, token, &got));
}

/* ---- proxies ---- */

static void test_clients_of_proxies(void **state) {
    static const struct {
        const char *header, *client;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7, 10.0.0.1", "192.0.2.7"},
        {"127.0.0.1 , 192.0.2.7,10.0.0.1,10.0.0.1", "192.0.2.7"}, /* the first is its own word */
        {"2001:DB8:0::7", "2001:db8::7"},
        {"x, 192.0.2.7", "192.0.2.7"},
        {"192.0.2.7, x", NULL},
        {"10.0.0.1", NULL},
        {"", NULL},
        {",", NULL},
        {"192.0.2.7,", NULL},
        {"192.0.2.7:80", NULL},
        {"192.0.2.700", NULL},
    };
    static oc_access_names_t proxies;
    oc_access_peer_t peer;
    char text[OC_ACCESS_ADDRESS_MAX];
    assert_true(oc_access_names_add(&proxies, "10.0.0.1"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool found = oc_access_proxy_client(&proxies, cases[i].header, &peer, text);
        assert_int_equal(found, cases[i].client != NULL);
        if (found)
            assert_string_equal(text, cases[i].client);
    }
}

/* ---- links ---- */

static const oc_access_users_t nobody_;

/* A link of channel "front", made at 1000 for `life` seconds on a device of nobody, its secret all
 * `n`. */
static const oc_access_link_t *add_link(oc_access_links_t *links, uint8_t n, int64_t life,
                                        const char *name, char token[OC_ACCESS_LINK_MAX]) {
    oc_access_link_t expected = {.channel = "front", .created_s = 1000, .expires_s = 1000 + life};
    uint8_t secret[OC_CRYPTO_HASH];
    memset(secret, n, sizeof(secret));
    snprintf(expected.name, sizeof(expected.name), "%s", name);
    oc_access_user_mark(&nobody_, "", expected.by);
    return oc_access_link_add(links, &expected, secret, token);
}

static int find(const oc_access_links_t *links, const char *token, size_t len, int64_t now_s) {
    const oc_access_link_t *found;
    int result = oc_access_link_find(links, token, len, now_s, &found);
    assert_true((found != NULL) == (result != OC_ERR_INVAL));
    return result;
}

static void test_links(void **state) {
    static oc_access_links_t links;
    char token[OC_ACCESS_LINK_MAX], other[OC_ACCESS_LINK_MAX], id[OC_ACCESS_LINK_ID];
    memset(&links, 0, sizeof(links));
    const oc_access_link_t *row = add_link(&links, 1, 100, "for grandma", token);
    snprintf(id, sizeof(id), "%s", row->id);
    assert_non_null(add_link(&links, 2, 100, "", other));
    size_t len = strlen(token);
    assert_int_equal(find(&links, token, len, 1099), OC_OK);
    assert_int_equal(find(&links, token, len, 1100), OC_ERR_STALE);
    for (size_t cut = 0; cut < len; cut++) {
        char bad[OC_ACCESS_LINK_MAX];
        assert_int_equal(find(&links, token, cut, 1), OC_ERR_INVAL);
        for (int bit = 0; bit < 8; bit++) {
            memcpy(bad, token, len + 1);
            bad[cut] ^= (char)(1 << bit);
            assert_int_equal(find(&links, bad, len, 1), OC_ERR_INVAL);
        }
    }
    memcpy(other, token, OC_ACCESS_LINK_ID); /* one's id with another's secret */
    assert_int_equal(find(&links, other, len, 1), OC_ERR_INVAL);
    assert_null(memmem(&links, sizeof(links), token + OC_ACCESS_LINK_ID, 40)); /* not kept */
    assert_false(oc_access_link_end(&links, "none"));
    assert_true(oc_access_link_end(&links, id));
    assert_false(oc_access_link_end(&links, id));
    assert_int_equal(find(&links, token, len, 1), OC_ERR_INVAL);
    assert_int_equal(links.count, 1);
}

static void test_links_are_bounded(void **state) {
    static oc_access_links_t links;
    char token[OC_ACCESS_LINK_MAX];
    memset(&links, 0, sizeof(links));
    for (unsigned i = 0; i < OC_ACCESS_LINKS; i++)
        assert_non_null(add_link(&links, (uint8_t)i, i == 7 ? 0 : 100, "", token));
    assert_non_null(
        add_link(&links, 200, 100, "", token)); /* in the place of the one that is over */
    assert_null(add_link(&links, 201, 100, "", token));
    oc_access_link_expire(&links, 1100);
    assert_int_equal(links.count, 0);
}

static void test_links_are_kept(void **state) {
    static oc_access_links_t links, again;
    static char text[OC_ACCESS_LINKS_TEXT], changed[OC_ACCESS_LINKS_TEXT];
    char token[OC_ACCESS_LINK_MAX], name[OC_ACCESS_LINK_NAME];
    const oc_access_users_t others = {.count = 1, .rows = {{.name = "admin"}}};
    memset(&links, 0, sizeof(links));
    memset(name, 0xc3, sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (unsigned i = 0; i < OC_ACCESS_LINKS; i++)
        add_link(&links, (uint8_t)i, 31536000, i % 2 ? name : "", token);
    size_t len = oc_access_link_print(&links, text);
    assert_int_equal(len, strlen(text));
    assert_true(len + 1 < sizeof(text));
    assert_null(strstr(text, token + OC_ACCESS_LINK_ID));
    assert_int_equal(oc_access_link_parse(text, &nobody_, &again), OC_OK);
    assert_memory_equal(&again, &links, sizeof(links));
    assert_int_equal(oc_access_link_parse(text, &others, &again), OC_ERR_STALE);
    assert_int_equal(again.count, 0);
    static const char *const bad[] = {"", "x", "ocellus links 1 AAAA\n", "ocellus links 3\n"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(oc_access_link_parse(bad[i], &nobody_, &again), OC_ERR_FORMAT);
    static const char *const lines[] = {"a\n", ":::::n\n", "abcdefghijkl:front:1:2:AAAA:AAAA:n\n",
                                        "\n"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        snprintf(changed, sizeof(changed), "%.*s\n%s", (int)strcspn(text, "\n"), text, lines[i]);
        assert_int_equal(oc_access_link_parse(changed, &nobody_, &again), OC_ERR_FORMAT);
        assert_int_equal(again.count, 0);
    }
}

static oc_access_part_t part_of(const char *text, const char **rest) {
    size_t len;
    return oc_access_split_link(text, &len, rest);
}

static void test_links_are_split(void **state) {
    static const struct {
        const char *text;
        oc_access_part_t part;
        const char *rest;
    } good[] = {{"1.x/live/a.mp4", OC_ACCESS_PART_LIVE, "a.mp4"},
                {"1.x/live/a/b.m4s", OC_ACCESS_PART_LIVE, "a/b.m4s"},
                {"1.x/live/a/sub/b.m4s", OC_ACCESS_PART_LIVE, "a/sub/b.m4s"},
                {"1.x", OC_ACCESS_PART_BARE, ""},
                {"1.x/", OC_ACCESS_PART_PAGE, ""},
                {"1.x/link.json", OC_ACCESS_PART_ABOUT, "link.json"},
                {"1.x/assets/watch.js", OC_ACCESS_PART_ASSET, "assets/watch.js"}};
    static const char *const bad[] = {"",
                                      "/",
                                      "1.x/live/a",
                                      "1.x/live/a.m3u8",
                                      "1.x/live/.mp4",
                                      "1.x/live//b",
                                      "1.x/live/a/",
                                      "1.x/live/a/b/c",
                                      "1.x/live/a/sub/",
                                      "1.x/live/a/sub/b/c",
                                      "1.x/api/a/b",
                                      "1.x/assets/",
                                      "1.x/assets/a/b",
                                      "1.x/link.json/",
                                      "1.x/index.html",
                                      "/1/live"};
    const char *rest;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(part_of(good[i].text, &rest), good[i].part);
        assert_string_equal(rest, good[i].rest);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(part_of(bad[i], &rest), OC_ACCESS_PART_NONE);
}

/* ---- verdicts ---- */

static int setup(void **state) {
    memset(&access_, 0, sizeof(access_));
    memcpy(access_.basic_key, key, sizeof(key));
    oc_access_names_add_lines(&access_.names, "cam.example\n192.0.2.5\n2001:db8::5\n*.d.example\n");
    oc_access_names_add(&access_.origins, "https://shop.example");
    return 0;
}

static oc_access_request_t request_of(const char *method, const char *path) {
    return (oc_access_request_t){.closed = true,
                                 .method = method,
                                 .path = path,
                                 .local = "198.51.100.1",
                                 .host = "cam.example:8443",
                                 .origin = "",
                                 .site = "",
                                 .mode = "",
                                 .cookie = "",
                                 .authorization = "",
                                 .now_us = 5 * S,
                                 .clock_s = 1790000000};
}

static int judge(const oc_access_request_t *given, oc_access_verdict_t *verdict) {
    oc_access_request_t req = *given;
    req.route = oc_route_find(req.path, oc_route_method(req.method));
    oc_access_judge(&access_, &req, verdict);
    return verdict->status;
}

static void test_judges_strangers(void **state) {
    static const struct {
        const char *method, *path;
        int status;
    } rows[] = {
        {"GET", "/login", 0},
        {"POST", "/login", 0},
        {"GET", "/healthz", 0},
        {"GET", "/assets/a.js", 0},
        {"GET", "/", 303},
        {"POST", "/", 401},
        {"GET", "/assets", 303},
        {"GET", "/live/a/b", 401},
        {"GET", "/recordings/cam1/x.mp4", 401},
        {"GET", "/export/x.mp4", 401},
        {"GET", "/metrics", 401},
        {"GET", "/api/x", 401},
        {"POST", "/api/links", 401},
        {"GET", "/live/x", 401},
        {"GET", "/w/nothing", 403},
        {"GET", "/w/nothing/x", 404},
        {"GET", "/w/1.x/live/a/b", 403},
    };
    oc_access_verdict_t verdict;
    for (size_t i = 0; i < COUNT(rows); i++) {
        oc_access_request_t req = request_of(rows[i].method, rows[i].path);
        assert_int_equal(judge(&req, &verdict), rows[i].status);
        assert_null(verdict.session);
    }
}

static void test_judges_hosts(void **state) {
    static const char *const good[] = {"cam.example",      "CAM.example:1",      "192.0.2.5",
                                       "[2001:db8::5]",    "[2001:DB8:0::5]:80", "x.d.example",
                                       "198.51.100.1:8443"};
    static const char *const bad[] = {"",
                                      "localhost",
                                      "d.example",
                                      "a.b.d.example",
                                      ".d.example",
                                      "cam.example.",
                                      "cam.example:99999999",
                                      "2001:db8::5",
                                      "[192.0.2.5]",
                                      "cam.example/x",
                                      "cam\\.example"};
    oc_access_verdict_t verdict;
    oc_access_request_t req = request_of("GET", "/healthz");
    for (size_t i = 0; i < COUNT(good); i++) {
        req.host = good[i];
        assert_int_equal(judge(&req, &verdict), 0);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        req.host = bad[i];
        assert_int_equal(judge(&req, &verdict), 421);
    }
}

static void test_judges_origins(void **state) {
    oc_access_verdict_t verdict;
    oc_access_request_t req = request_of("POST", "/login");
    req.origin = "https://cam.example:8443";
    assert_int_equal(judge(&req, &verdict), 0);
    static const char *const foreign[] = {"http://cam.example:8443", "https://cam.example", "null",
                                          "https://cam.example:8443.evil", "https://shop.example"};
    for (size_t i = 0; i < COUNT(foreign); i++) {
        req.origin = foreign[i];
        assert_int_equal(judge(&req, &verdict), 403);
    }
    req = request_of("OPTIONS", "/live/a/b"); /* the last one is on the list */
    req.origin = "https://shop.example";
    assert_int_equal(judge(&req, &verdict), 204);
    assert_true(verdict.cors);
    req.method = "GET";
    assert_int_equal(judge(&req, &verdict), 401); /* it still has to say who it is */
    assert_true(verdict.cors);
    req.method = "POST";
    assert_int_equal(judge(&req, &verdict), 403);
    req = request_of("GET", "/live/a/b");
    req.site = "cross-site";
    req.mode = "no-cors";
    assert_int_equal(judge(&req, &verdict), 403);
}

static void test_judges_cookies(void **state) {
    char token[OC_ACCESS_TOKEN], cookie[128];
    uint8_t secret[OC_CRYPTO_HASH] = {9};
    oc_access_verdict_t verdict;
    access_.users.count = 1;
    strcpy(access_.users.rows[0].name, "admin");
    oc_access_session_begin(&access_.sessions, secret, "admin", "", "", 0, token);
    snprintf(cookie, sizeof(cookie), "a=b; " OC_ACCESS_COOKIE "=%s", token);
    oc_access_request_t req = request_of("GET", "/api/x");
    req.cookie = cookie;
    assert_int_equal(judge(&req, &verdict), 0);
    assert_string_equal(verdict.user, "admin");
    req.method = "POST";
    assert_int_equal(judge(&req, &verdict), 403);
    req.origin = "https://cam.example:8443";
    assert_int_equal(judge(&req, &verdict), 0);
    req.closed = false; /* an open listener knows no cookie */
    req.host = "localhost";
    req.origin = "http://localhost:1"; /* another port is another site */
    assert_int_equal(judge(&req, &verdict), 403);
    req.origin = "https://localhost";
    assert_int_equal(judge(&req, &verdict), 403);
    req.origin = "http://localhost";
    assert_int_equal(judge(&req, &verdict), 0);
    assert_null(verdict.session);
    req.closed = true;
    req.host = "cam.example:8443";
    req.origin = "";
    req.method = "GET";
    oc_access_users_t nobody = {0};
    oc_access_set_users(&access_, &nobody);
    assert_int_equal(judge(&req, &verdict), 401);
}

static void test_judges_basic(void **state) {
    oc_access_verdict_t verdict;
    oc_access_request_t req = request_of("GET", "/live/a/b");
    req.authorization = "Basic YWRtaW46c2VjcmV0LXNlY3JldA=="; /* admin:secret-secret */
    assert_int_equal(judge(&req, &verdict), 0);
    assert_true(verdict.check);
    assert_string_equal(verdict.password, "secret-secret");
    oc_access_remember(&access_, "admin", "secret-secret");
    assert_int_equal(judge(&req, &verdict), 0);
    assert_false(verdict.check);
    assert_string_equal(verdict.user, "admin");
    assert_string_equal(verdict.password, "");
    req.authorization = "Basic YWRtaW46b3RoZXItc2VjcmV0"; /* admin:other-secret */
    for (int i = 1; i < OC_ACCESS_RATE_FREE; i++)
        assert_int_equal(judge(&req, &verdict), 0);
    assert_int_equal(judge(&req, &verdict), 429);
    assert_int_equal(verdict.wait_us, OC_ACCESS_RATE_FIRST_US);
    req.authorization = "Basic YWRtaW46c2VjcmV0LXNlY3JldA==";
    assert_int_equal(judge(&req, &verdict), 0); /* what is known is not counted */
    oc_access_set_users(&access_, &(oc_access_users_t){0});
    assert_int_equal(judge(&req, &verdict), 429);
    req.authorization = "Basic YWRtaW4="; /* no colon */
    assert_int_equal(judge(&req, &verdict), 401);
}

/* What stays when a request is over asks whether its login holds: use of it, as a request. */
static void test_logins_by_number(void **state) {
    char token[OC_ACCESS_TOKEN], cookie[128];
    uint8_t secret[OC_CRYPTO_HASH] = {11};
    oc_access_verdict_t verdict;
    memset(&access_.sessions, 0, sizeof(access_.sessions));
    access_.users.count = 1;
    strcpy(access_.users.rows[0].name, "admin");
    assert_true(oc_access_login_holds(&access_, 0, 0, 1));
    assert_false(oc_access_login_holds(&access_, 1, 0, 1));
    const oc_access_session_t *row =
        oc_access_session_begin(&access_.sessions, secret, "admin", "", "", 0, token);
    uint32_t by_cookie = row->login;
    snprintf(cookie, sizeof(cookie), OC_ACCESS_COOKIE "=%s", token);
    oc_access_request_t req = request_of("GET", "/api/x");
    req.cookie = cookie;
    assert_int_equal(judge(&req, &verdict), 0);
    assert_true(by_cookie > 0 && verdict.login == by_cookie);
    req = request_of("GET", "/api/x");
    req.authorization = "Basic YWRtaW46c2VjcmV0LXNlY3JldA==";
    oc_access_remember(&access_, "admin", "secret-secret");
    assert_int_equal(judge(&req, &verdict), 0);
    uint32_t by_basic = verdict.login;
    assert_true(by_basic > 0 && by_basic != by_cookie);
    assert_int_equal(judge(&req, &verdict), 0);
    assert_int_equal(verdict.login, by_basic);
    req = request_of("GET", "/login");
    assert_int_equal(judge(&req, &verdict), 0);
    assert_int_equal(verdict.login, 0);
    for (int64_t now = 0; now < OC_ACCESS_LIFE_US; now += OC_ACCESS_IDLE_US / 2)
        assert_true(oc_access_login_holds(&access_, by_cookie, now, 1));
    assert_false(oc_access_login_holds(&access_, by_cookie, OC_ACCESS_LIFE_US, 1));
    assert_true(oc_access_login_holds(&access_, by_basic, OC_ACCESS_LIFE_US, 1));
    oc_access_set_users(&access_, &(oc_access_users_t){0});
    assert_false(oc_access_login_holds(&access_, by_basic, 0, 1));
    uint32_t last = OC_ACCESS_LOGIN_SOME - 1; /* below the marks of rights */
    access_.sessions.last_login = last - 1;
    assert_int_equal(oc_access_session_number(&access_.sessions), last);
    assert_int_equal(oc_access_session_number(&access_.sessions), 1);
}

static void test_judges_links(void **state) {
    char token[OC_ACCESS_LINK_MAX], path[160] = "/w/", *rest = path + 3, id[OC_ACCESS_LINK_ID];
    oc_access_verdict_t verdict;
    oc_access_request_t req = request_of("GET", path);
    req.clock_s = 1090;
    const oc_access_link_t *row = add_link(&access_.links, 1, 100, "", token);
    snprintf(id, sizeof(id), "%s", row->id);
    snprintf(rest, sizeof(path) - 3, "%s/live/front/index.m3u8", token);
    assert_int_equal(judge(&req, &verdict), 0);
    assert_true(oc_access_link_holds(&access_, rest, req.clock_s + 9)); /* of a body that goes on */
    assert_false(oc_access_link_holds(&access_, rest, req.clock_s + 10));
    assert_false(oc_access_link_holds(&access_, rest, 0));
    static const struct {
        const char *behind;
        int status, other_site; /* other_site: followed from a mail */
    } rows[] = {{"/live/front.mp4", 0, 403},
                {"/live/fron.mp4", 403, 403},
                {"/live/front2.mp4", 403, 403},
                {"/live/yard/index.m3u8", 403, 403},
                {"/", 0, 0},
                {"", 0, 0},
                {"/link.json", 0, 403},
                {"/assets/watch.js", 0, 403},
                {"/recordings/front/x.mp4", 404, 403}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(rest, sizeof(path) - 3, "%s%s", token, rows[i].behind);
        assert_int_equal(judge(&req, &verdict), rows[i].status);
        req.site = "cross-site";
        req.mode = "navigate";
        assert_int_equal(judge(&req, &verdict), rows[i].other_site);
        req.site = req.mode = "";
    }
    snprintf(rest, sizeof(path) - 3, "%s/live/front/index.m3u8", token);
    req.clock_s += 10;
    assert_int_equal(judge(&req, &verdict), 403);
    req.clock_s = 0; /* never set: no link can be judged */
    assert_int_equal(judge(&req, &verdict), 403);
    req.clock_s = 1090;
    assert_true(oc_access_link_end(&access_.links, id));
    assert_int_equal(judge(&req, &verdict), 403);
}

/* A file of before, whose first line names all users and whose lines name no maker. */
static void test_links_of_before_are_kept(void **state) {
    static oc_access_links_t links, again;
    char token[OC_ACCESS_LINK_MAX], text[OC_ACCESS_USERS_TEXT], old[512], hash[64], mark[64];
    oc_access_users_t users = {.count = 2, .rows = {{.name = "admin"}, {.name = "guest"}}};
    uint8_t sum[OC_CRYPTO_HASH];
    memset(&links, 0, sizeof(links));
    users.rows[1].right = OC_ACCESS_WATCH;
    const oc_access_link_t *row = add_link(&links, 1, 100, "", token);
    size_t len = oc_access_user_print(&users, text);
    oc_hash(OC_HASH_SHA256, &(oc_span_t){(const uint8_t *)text, len}, 1, sum);
    oc_access_text_encode(sum, sizeof(sum), mark);
    oc_access_text_encode(row->hash, sizeof(row->hash), hash);
    snprintf(old, sizeof(old), "ocellus links 1 %s\n%s:front:1000:1100:%s:n\n", mark, row->id,
             hash);
    assert_int_equal(oc_access_link_parse(old, &users, &again), OC_OK);
    assert_int_equal(find(&again, token, strlen(token), 1099), OC_OK);
    users.rows[1].hash[0]++; /* a guest's password, while the program of now runs */
    assert_false(oc_access_link_settle(&again, &users));
    assert_int_equal(oc_access_link_parse(old, &users, &again), OC_ERR_STALE);
    assert_int_equal(again.count, 0);
}

/* A link that the user of this name makes now. */
static void make_link(const char *name, uint8_t n) {
    char token[OC_ACCESS_LINK_MAX];
    const oc_access_link_t *row = add_link(&access_.links, n, 100, name, token);
    oc_access_user_mark(&access_.users, name, access_.links.rows[row - access_.links.rows].by);
}

/* The names of the links that are left, in their order. */
static const char *left(void) {
    static char text[OC_ACCESS_LINKS * OC_ACCESS_LINK_NAME];
    text[0] = '\0';
    for (unsigned i = 0; i < access_.links.count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "[%s]",
                 access_.links.rows[i].name);
    return text;
}

static void test_links_end_with_who_made_them(void **state) {
    static const char *const names[] = {"admin", "mother", "guest"};
    static oc_access_users_t users;
    memset(&users, 0, sizeof(users));
    memset(&access_.links, 0, sizeof(access_.links));
    oc_access_set_users(&access_, &users);
    make_link("", 9); /* nobody's, on a device that has no password */
    users.count = 3;
    for (unsigned i = 0; i < 3; i++)
        snprintf(users.rows[i].name, sizeof(users.rows[i].name), "%s", names[i]);
    users.rows[2].right = OC_ACCESS_WATCH;
    assert_true(oc_access_set_users(&access_, &users)); /* the first passwords */
    assert_string_equal(left(), "");
    make_link("admin", 1);
    make_link("mother", 2);
    make_link("", 3);                                    /* on an open listener: of all owners */
    assert_false(oc_access_set_users(&access_, &users)); /* the same */
    users.rows[2].hash[0]++;                             /* people who made none */
    assert_false(oc_access_set_users(&access_, &users));
    users.rows[2].right = OC_ACCESS_OPERATE;
    assert_false(oc_access_set_users(&access_, &users));
    users.count = 2;
    assert_false(oc_access_set_users(&access_, &users));
    assert_string_equal(left(), "[admin][mother][]");
    users.rows[1].right = OC_ACCESS_OPERATE;
    assert_true(oc_access_set_users(&access_, &users));
    assert_string_equal(left(), "[admin]");
    users.rows[1].right = OC_ACCESS_OWN; /* comes back: what has ended does not */
    assert_false(oc_access_set_users(&access_, &users));
    make_link("mother", 4);
    users.rows[0].hash[0]++; /* another password */
    assert_true(oc_access_set_users(&access_, &users));
    assert_string_equal(left(), "[mother]");
    users.rows[1] = users.rows[0];
    users.count = 1; /* removed */
    assert_true(oc_access_set_users(&access_, &users));
    assert_string_equal(left(), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session_ends_by_time),
        cmocka_unit_test(test_session_keeps_no_secret),
        cmocka_unit_test(test_session_table_is_bounded),
        cmocka_unit_test(test_session_of_others_stays_when_one_logs_in_often),
        cmocka_unit_test(test_session_holds_while_watched),
        cmocka_unit_test(test_session_ends_by_hand),
        cmocka_unit_test(test_rate_delay_grows),
        cmocka_unit_test(test_rate_all_together),
        cmocka_unit_test(test_rate_of_a_device),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_clients_of_proxies),
        cmocka_unit_test(test_rate_is_bounded),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_are_bounded),
        cmocka_unit_test(test_links_are_kept),
        cmocka_unit_test(test_links_are_split),
        cmocka_unit_test(test_links_of_before_are_kept),
        cmocka_unit_test_setup(test_links_end_with_who_made_them, setup),
        cmocka_unit_test_setup(test_judges_strangers, setup),
        cmocka_unit_test_setup(test_judges_hosts, setup),
        cmocka_unit_test_setup(test_judges_origins, setup),
        cmocka_unit_test_setup(test_judges_cookies, setup),
        cmocka_unit_test_setup(test_judges_basic, setup),
        cmocka_unit_test_setup(test_logins_by_number, setup),
        cmocka_unit_test_setup(test_judges_links, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
