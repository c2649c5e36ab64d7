/* Watch links that signal: what their address opens, the number that they get, pages of other
 * sites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oc_access.h"
#include "oc_err.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static oc_access_t access_;
static char tokens[2][OC_ACCESS_LINK_MAX];

/* Links of the channels front and yard, until second 1100. */
static int setup(void **state) {
    static const char *const channels[] = {"front", "yard"};
    memset(&access_, 0, sizeof(access_));
    oc_access_names_add_lines(&access_.names, "cam.example\n");
    for (unsigned i = 0; i < 2; i++) {
        oc_access_link_t expected = {.created_s = 1000, .expires_s = 1100};
        uint8_t secret[OC_CRYPTO_HASH] = {(uint8_t)(i + 1)};
        snprintf(expected.channel, sizeof(expected.channel), "%s", channels[i]);
        assert_non_null(oc_access_link_add(&access_.links, &expected, secret, tokens[i]));
    }
    return 0;
}

/* Below link 0, unless `behind` begins with '1'. */
static int judge(const char *method, const char *origin, const char *behind,
                 oc_access_verdict_t *out) {
    char path[160];
    bool second = behind[0] == '1';
    snprintf(path, sizeof(path), "/w/%s%s", tokens[second], behind + second);
    oc_access_judge(&access_,
                    &(oc_access_request_t){.closed = true,
                                           .method = method,
                                           .path = path,
                                           .route = oc_route_find(path, oc_route_method(method)),
                                           .local = "",
                                           .host = "cam.example",
                                           .origin = origin,
                                           .site = "",
                                           .mode = "",
                                           .cookie = "",
                                           .authorization = "",
                                           .now_us = 1,
                                           .clock_s = 1050},
                    out);
    return out->status;
}

static void test_addresses(void **state) {
    static const struct {
        const char *behind;
        oc_access_part_t part;
        const char *rest;
    } rows[] = {
        {"t/api/p2p/offer", OC_ACCESS_PART_SIGNAL, "offer"},
        {"t/api/p2p/sessions/7-ab", OC_ACCESS_PART_SIGNAL, "7-ab"},
        {"t/api/p2p/sessions", OC_ACCESS_PART_NONE, NULL},
        {"t/api/p2p/sessions/", OC_ACCESS_PART_NONE, NULL},
        {"t/api/p2p/sessions/7/8", OC_ACCESS_PART_NONE, NULL},
        {"t/api/p2p/sessions/offer", OC_ACCESS_PART_NONE, NULL},
        {"t/api/p2p/offers", OC_ACCESS_PART_NONE, NULL},
        {"t/api/status", OC_ACCESS_PART_NONE, NULL},
        {"t/api/commands/status", OC_ACCESS_PART_NONE, NULL},
        {"t/embed.html", OC_ACCESS_PART_EMBED, NULL},
        {"t/ocellus-player.js", OC_ACCESS_PART_SCRIPT, "ocellus-player.js"},
        {"t/ocellus-/x.js", OC_ACCESS_PART_NONE, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len;
        const char *rest;
        assert_int_equal(oc_access_split_link(rows[i].behind, &len, &rest), rows[i].part);
        if (rows[i].rest)
            assert_string_equal(rest, rows[i].rest);
    }
}

/* [E3] Each link has a number of its own; it holds as long as the link does. */
static void test_numbers(void **state) {
    oc_access_verdict_t one, two, again;
    assert_int_equal(judge("GET", "", "/link.json", &one), 0);
    assert_null(one.link); /* who only reads gets none */
    assert_int_equal(one.login, 0);
    assert_int_equal(judge("POST", "", "/api/p2p/offer", &one), 0);
    assert_int_equal(judge("POST", "", "1/api/p2p/offer", &two), 0);
    assert_int_equal(judge("DELETE", "", "/api/p2p/sessions/7-ab", &again), 0);
    assert_string_equal(one.link->channel, "front");
    assert_string_equal(two.link->channel, "yard");
    assert_int_equal(one.login & OC_ACCESS_LOGIN_MARKS, OC_ACCESS_LOGIN_LINK);
    assert_int_equal(one.login, again.login);
    assert_int_not_equal(one.login, two.login);
    assert_true(oc_access_login_holds(&access_, one.login, INT64_MAX, 1099));
    assert_false(oc_access_login_holds(&access_, one.login, 1, 1100));
    assert_false(oc_access_login_holds(&access_, one.login, 1, 0)); /* no clock any more */
    assert_false(oc_access_login_holds(&access_, OC_ACCESS_LOGIN_LINK, 1, 1050));
    assert_false(oc_access_login_holds(&access_, one.login & ~OC_ACCESS_LOGIN_MARKS, 1, 1050));
    assert_true(oc_access_link_end(&access_.links, access_.links.rows[0].id));
    assert_false(oc_access_login_holds(&access_, one.login, 1, 1050));
    assert_true(oc_access_login_holds(&access_, two.login, 1, 1050));
    assert_int_equal(judge("POST", "", "/api/p2p/offer", &one), 403);
    assert_null(one.link);
    access_.users.count = 1; /* another password ends all links */
    oc_access_set_users(&access_, &(oc_access_users_t){0});
    assert_false(oc_access_login_holds(&access_, two.login, 1, 1050));
}

/* [E12] Pages of any site use a link that is good, by its token alone. */
static void test_other_sites(void **state) {
    static const char shop[] = "https://shop.example";
    oc_access_verdict_t verdict;
    static const char *const parts[] = {"/api/p2p/offer", "/link.json", "/live/front/index.m3u8",
                                        "/ocellus-player.js"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        assert_int_equal(judge("GET", shop, parts[i], &verdict), 0);
        assert_true(verdict.cors);
        assert_int_equal(judge("OPTIONS", shop, parts[i], &verdict), 204);
        assert_true(verdict.cors);
    }
    assert_int_equal(judge("POST", shop, "/api/p2p/offer", &verdict), 0);
    assert_int_equal(judge("GET", shop, "/live/yard/index.m3u8", &verdict), 403);
    tokens[0][20] ^= 1;
    assert_int_equal(judge("POST", shop, "/api/p2p/offer", &verdict), 403);
    assert_int_equal(judge("OPTIONS", shop, "/api/p2p/offer", &verdict), 403);
    assert_int_equal(verdict.login, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test_setup(test_numbers, setup),
        cmocka_unit_test_setup(test_other_sites, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
