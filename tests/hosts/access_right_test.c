/* Rights of users: what those may do who do not own the camera, and how their logins are marked. */
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
static char cookies[3][128];
static uint32_t numbers[3];

/* Users admin, hand and guest with a session each. */
static int setup(void **state) {
    static const char *const names[] = {"admin", "hand", "guest"};
    memset(&access_, 0, sizeof(access_));
    oc_access_names_add_lines(&access_.names, "cam.example\n");
    access_.users.count = 3;
    for (unsigned i = 0; i < 3; i++) {
        uint8_t secret[OC_CRYPTO_HASH] = {(uint8_t)(i + 1)};
        char token[OC_ACCESS_TOKEN];
        oc_access_user_t *user = &access_.users.rows[i];
        snprintf(user->name, sizeof(user->name), "%s", names[i]);
        user->right = (oc_access_right_t)i;
        numbers[i] =
            oc_access_session_begin(&access_.sessions, secret, names[i], "", "", 0, token)->login;
        snprintf(cookies[i], sizeof(cookies[i]), OC_ACCESS_COOKIE "=%s", token);
    }
    return 0;
}

static oc_access_request_t request_of(const char *method, const char *path) {
    return (oc_access_request_t){.closed = true,
                                 .method = method,
                                 .path = path,
                                 .route = oc_route_find(path, oc_route_method(method)),
                                 .local = "",
                                 .host = "cam.example",
                                 .origin = "https://cam.example",
                                 .site = "",
                                 .mode = "",
                                 .cookie = "",
                                 .authorization = "",
                                 .now_us = 1,
                                 .clock_s = 1};
}

static void test_matrix(void **state) {
    static const struct {
        const char *method, *path;
        int status; /* of those who are not the owner */
    } rows[] = {
        {"GET", "/", 0},
        {"GET", "/live/cam1/index.m3u8", 0},
        {"GET", "/recordings/cam1/x.mp4", 0},
        {"GET", "/api/status", 0},
        {"POST", "/api/p2p/offer", 0},
        {"DELETE", "/api/p2p/sessions/7", 0},
        {"POST", "/api/commands/status", 0},
        {"POST", "/logout", 0},
        {"GET", "/api/session", 0},
        {"PUT", "/api/password", 0},
        {"POST", "/api/password/remove", 0},
        {"GET", "/api/network", 403},
        {"POST", "/api/restart", 403},
        {"GET", "/api/sessions", 403},
        {"GET", "/api/links", 403},
        {"POST", "/api/links", 403},
        {"DELETE", "/api/sessions", 403},
        {"PATCH", "/api/settings", 403},
        {"POST", "/api/privacy", 403},
        {"POST", "/api/events", 403},
        {"POST", "/api/commandsx", 403},
        {"DELETE", "/api/recordings/cam1/x.mp4", 403},
        {"POST", "/api/update", 403},
        {"POST", "/api/update/rollback", 403},
    };
    static const uint32_t marks[] = {0, OC_ACCESS_LOGIN_OPERATE, OC_ACCESS_LOGIN_WATCH};
    oc_access_verdict_t verdict;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (unsigned user = 0; user < 3; user++) {
            oc_access_request_t req = request_of(rows[i].method, rows[i].path);
            req.cookie = cookies[user];
            oc_access_judge(&access_, &req, &verdict);
            assert_int_equal(verdict.status, user == 0 ? 0 : rows[i].status);
            assert_int_equal(verdict.login, numbers[user] | marks[user]);
            assert_true(oc_access_login_holds(&access_, verdict.login, 2, 1));
        }
    }
}

/* Who may not change anything is refused before a password is tried, whether the name exists. */
static void test_basic(void **state) {
    oc_access_verdict_t verdict;
    oc_access_request_t req = request_of("PATCH", "/api/settings");
    static const char *const names[] = {"Basic Z3Vlc3Q6c2VjcmV0LXNlY3JldA==",  /* guest */
                                        "Basic bm9ib2R5OnNlY3JldC1zZWNyZXQ="}; /* nobody */
    for (size_t i = 0; i < COUNT(names); i++) {
        req.authorization = names[i];
        oc_access_judge(&access_, &req, &verdict);
        assert_int_equal(verdict.status, 403);
        assert_false(verdict.check);
        assert_string_equal(verdict.password, "");
    }
    req = request_of("POST", "/api/commands/status");
    req.authorization = names[0];
    oc_access_judge(&access_, &req, &verdict);
    assert_int_equal(verdict.status, 0);
    assert_true(verdict.check);
    assert_true((verdict.login & OC_ACCESS_LOGIN_MARKS) == OC_ACCESS_LOGIN_WATCH);
    assert_true(oc_access_login_holds(&access_, verdict.login, 2, 1));
}

/* Another right with the same password ends the sessions of that user alone. */
static void test_another_right(void **state) {
    oc_access_users_t users = access_.users;
    users.rows[2].right = OC_ACCESS_OPERATE;
    oc_access_set_users(&access_, &users);
    assert_true(oc_access_login_holds(&access_, numbers[1], 2, 1));
    assert_false(oc_access_login_holds(&access_, numbers[2] | OC_ACCESS_LOGIN_WATCH, 2, 1));
}

static void test_file(void **state) {
    static const char hash[] = "scrypt:15:8:3:AAAAAAAAAAAAAAAAAAAAAA:"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    static const char *const bad[] = {":own", ":", ":watch:", ":Watch", ":watch:x", ":root"};
    static oc_access_users_t users, back;
    char text[OC_ACCESS_USERS_TEXT];
    unsigned line;
    snprintf(text, sizeof(text), "admin:%s\nguest:%s:watch\nhand:%s:operate\n", hash, hash, hash);
    assert_int_equal(oc_access_user_parse(text, &users, &line), OC_OK);
    assert_int_equal(users.count, 3);
    assert_int_equal(oc_access_user_find(&users, "admin")->right, OC_ACCESS_OWN);
    assert_int_equal(oc_access_user_find(&users, "guest")->right, OC_ACCESS_WATCH);
    assert_int_equal(oc_access_user_find(&users, "hand")->right, OC_ACCESS_OPERATE);
    oc_access_user_print(&users, text);
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_OK);
    assert_memory_equal(&users, &back, sizeof(users));
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "admin:%s%s\n", hash, bad[i]);
        assert_int_equal(oc_access_user_parse(text, &back, &line), OC_ERR_FORMAT);
    }
    assert_true(oc_access_user_remove(&users, "guest"));
    assert_false(oc_access_user_remove(&users, "guest"));
    assert_int_equal(users.count, 2);
    assert_non_null(oc_access_user_find(&users, "hand"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_matrix, setup),
        cmocka_unit_test_setup(test_basic, setup),
        cmocka_unit_test_setup(test_another_right, setup),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
