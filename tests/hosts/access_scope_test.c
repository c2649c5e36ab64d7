/* People with chosen acts at chosen cameras: every route, their line in the file, and what an owner
 * changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_access.h"
#include "oc_access_edit.h"
#include "oc_access_store.h"
#include "oc_err.h"
#include "test_folder.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ACTS        5

enum { SEE = 1, LOOK = 2, TALK = 4, CHANGE = 8, DELETE = 16, ANY = 31 };
enum {
    NOBODY,
    MINE,
    WHOLE,
    EVERY
}; /* at: not at all, at the own camera, with all cameras, whichever */

/* Each route: which acts open it, and where. */
static const struct {
    const char *method, *path;
    unsigned acts;
    int at;
} routes[] = {
    {"GET", "/", ANY, EVERY},
    {"GET", "/embed.html", ANY, EVERY},
    {"GET", "/live/mine/index.m3u8", SEE, MINE},
    {"HEAD", "/live/mine/index.m3u8", SEE, MINE},
    {"GET", "/live/mine/sub/index.m3u8", SEE, MINE},
    {"GET", "/live/mine.mp4", SEE, MINE},
    {"GET", "/snapshot/mine.jpg", SEE, MINE},
    {"GET", "/thumbnail/mine.jpg", LOOK, MINE},
    {"GET", "/thumbnail/event/7.jpg", LOOK, WHOLE},
    {"GET", "/playback/mine/index.m3u8", LOOK, MINE},
    {"GET", "/export/mine.mp4", LOOK, MINE},
    {"GET", "/recordings/mine/x.mp4", LOOK, MINE},
    {"GET", "/recordings/mine/x.mp4/keys", LOOK, MINE},
    {"GET", "/api/status", ANY, EVERY},
    {"POST", "/api/status", 0, NOBODY},
    {"GET", "/api/recordings", LOOK, EVERY},
    {"DELETE", "/api/recordings/mine/x.mp4", DELETE, MINE},
    {"GET", "/api/timeline", LOOK, EVERY},
    {"GET", "/api/days", LOOK, EVERY},
    {"GET", "/api/event-log", LOOK, EVERY},
    {"PATCH", "/api/event-log/7", DELETE, WHOLE},
    {"DELETE", "/api/event-log/7", DELETE, WHOLE},
    {"GET", "/api/events", LOOK, WHOLE},
    {"POST", "/api/events", 0, NOBODY},
    {"GET", "/api/storage", LOOK, WHOLE},
    {"GET", "/api/cloud/mine/days", LOOK, MINE},
    {"POST", "/api/channels/mine/record", CHANGE, MINE},
    {"GET", "/api/privacy", ANY, EVERY},
    {"POST", "/api/privacy", CHANGE, WHOLE},
    {"GET", "/api/push", SEE, EVERY},
    {"POST", "/api/push/mine", 0, NOBODY},
    {"DELETE", "/api/push/mine/one", 0, NOBODY},
    {"GET", "/api/commands", ANY, EVERY},
    {"POST", "/api/commands/ptz", ANY, EVERY}, /* the script judges it by the scope */
    {"POST", "/api/p2p/offer", ANY, EVERY},
    {"OPTIONS", "/api/p2p/offer", ANY, EVERY},
    {"GET", "/api/p2p/sessions", ANY, EVERY},
    {"DELETE", "/api/p2p/sessions/7", ANY, EVERY},
    {"POST", "/logout", ANY, EVERY},
    {"GET", "/api/session", ANY, EVERY},
    {"PUT", "/api/password", ANY, EVERY},
    {"POST", "/api/password/remove", ANY, EVERY},
    {"GET", "/api/settings", 0, NOBODY},
    {"PATCH", "/api/settings", 0, NOBODY},
    {"GET", "/api/channels", 0, NOBODY},
    {"GET", "/api/channels/mine", 0, NOBODY},
    {"PATCH", "/api/channels/mine", 0, NOBODY},
    {"DELETE", "/api/channels/mine", 0, NOBODY},
    {"POST", "/api/channels", 0, NOBODY},
    {"POST", "/api/channels/test", 0, NOBODY},
    {"GET", "/api/app", 0, NOBODY},
    {"GET", "/api/of-an-application", 0, NOBODY},
    {"POST", "/api/of-an-application", 0, NOBODY},
    {"GET", "/api/as/see/mine/status", 0, NOBODY}, /* nothing of ours */
    {"GET", "/api/update", 0, NOBODY},
    {"POST", "/api/update", 0, NOBODY},
    {"POST", "/api/update/rollback", 0, NOBODY},
    {"GET", "/api/users", 0, NOBODY},
    {"POST", "/api/users", 0, NOBODY},
    {"PATCH", "/api/users/some", 0, NOBODY},
    {"DELETE", "/api/users/some", 0, NOBODY},
    {"GET", "/api/sessions", 0, NOBODY},
    {"DELETE", "/api/sessions", 0, NOBODY},
    {"GET", "/api/links", 0, NOBODY},
    {"POST", "/api/links", 0, NOBODY},
    {"DELETE", "/api/links/1", 0, NOBODY},
    {"GET", "/api/network", 0, NOBODY},
    {"POST", "/api/restart", 0, NOBODY},
    {"GET", "/metrics", 0, NOBODY},
    {"GET", "/app/", 0, NOBODY},
};

static oc_access_t access_;
static char cookie[128];
static uint32_t number;

/* The user some, with these acts and cameras, and a session. */
static void begin(const char *acts, const char *cameras) {
    uint8_t secret[OC_CRYPTO_HASH] = {7};
    char token[OC_ACCESS_TOKEN];
    memset(&access_, 0, sizeof(access_));
    oc_access_names_add_lines(&access_.names, "cam.example\n");
    access_.users.count = 2;
    strcpy(access_.users.rows[0].name, "admin");
    oc_access_user_t *user = &access_.users.rows[1];
    strcpy(user->name, "some");
    user->right = OC_ACCESS_SOME;
    assert_true(oc_access_scope_read(acts, cameras, &user->scope));
    number = oc_access_session_begin(&access_.sessions, secret, "some", "", "", 0, token)->login;
    snprintf(cookie, sizeof(cookie), OC_ACCESS_COOKIE "=%s", token);
}

/* As the server judges it. */
static oc_access_verdict_t judged(const char *method, const char *path, bool basic) {
    oc_access_request_t req = {.closed = true,
                               .method = method,
                               .local = "",
                               .host = "cam.example",
                               .origin = "https://cam.example",
                               .site = "",
                               .mode = "",
                               .cookie = basic ? "" : cookie,
                               .authorization = basic ? "Basic c29tZTpzZWNyZXQtc2VjcmV0" : "",
                               .path = path,
                               .now_us = 1,
                               .clock_s = 1};
    oc_access_verdict_t verdict;
    req.route = oc_route_find(path, oc_route_method(method));
    oc_access_judge(&access_, &req, &verdict);
    return verdict;
}

static void test_routes(void **state) {
    static const char *const acts[ACTS] = {"see", "look", "talk", "change", "delete"};
    static const char *const cameras[] = {"mine", "others,mine", "others", OC_ACCESS_ALL};
    for (unsigned act = 0; act < ACTS; act++) {
        for (unsigned k = 0; k < COUNT(cameras); k++) {
            begin(acts[act], cameras[k]);
            for (size_t i = 0; i < COUNT(routes); i++) {
                bool here = routes[i].at == EVERY || (routes[i].at == MINE && k != 2) ||
                            (routes[i].at == WHOLE && k == 3);
                bool may = here && (routes[i].acts & 1u << act);
                oc_access_verdict_t verdict = judged(routes[i].method, routes[i].path, false);
                if (verdict.status != (may ? 0 : 403))
                    fail_msg("%s %s at %s by %s: %d", routes[i].method, routes[i].path, cameras[k],
                             acts[act], verdict.status);
                assert_int_equal(verdict.login,
                                 number | OC_ACCESS_LOGIN_WATCH | OC_ACCESS_LOGIN_SOME);
                assert_true(oc_access_login_holds(&access_, verdict.login, 2, 1));
            }
        }
    }
}

/* A path that looks like the one of another camera is that of another camera. */
static void test_others(void **state) {
    static const char *const paths[] = {"/live/others/index.m3u8",  "/live/mine2/index.m3u8",
                                        "/live/min/index.m3u8",     "/live/others/sub/mine.m3u8",
                                        "/live/others.mp4",         "/snapshot/others.jpg",
                                        "/recordings/others/x.mp4", "/playback/others/index.m3u8",
                                        "/export/mine-2.mp4",       "/thumbnail/others.jpg",
                                        "/api/cloud/others/mine",   "/api/cloud/mine/days/more"};
    begin("see,look,talk,change,delete", "mine");
    for (size_t i = 0; i < COUNT(paths); i++)
        assert_int_equal(judged("GET", paths[i], false).status, 403);
    assert_string_equal(judged("GET", "/api/status", false).scope,
                        "see,look,talk,change,delete/mine");
}

/* By Basic a name alone tells nothing: what is refused to that user is refused behind the password.
 */
static void test_basic(void **state) {
    begin("see", "mine");
    oc_access_verdict_t verdict = judged("GET", "/live/others/index.m3u8", true);
    assert_int_equal(verdict.status, 0);
    assert_true(verdict.check && verdict.denied);
    verdict = judged("GET", "/live/mine/index.m3u8", true);
    assert_true(verdict.check && !verdict.denied);
    assert_int_equal(judged("DELETE", "/api/recordings/mine/x.mp4", true).status, 403);
    oc_access_remember(&access_, "some", "secret-secret");
    assert_int_equal(judged("GET", "/live/others/index.m3u8", true).status, 403);
    verdict = judged("GET", "/live/mine/index.m3u8", true);
    assert_int_equal(verdict.status, 0);
    assert_false(verdict.check);
    assert_true(oc_access_login_holds(&access_, verdict.login, 2, 1));
}

/* Another camera or act ends what is under way. */
static void test_narrowed(void **state) {
    static const char *const now[][2] = {{"see", "mine"}, {"see,look", "mine,others"}};
    for (size_t i = 0; i < COUNT(now); i++) {
        begin("see,look", "mine");
        oc_access_users_t users = access_.users;
        oc_access_set_users(&access_, &users);
        assert_true(oc_access_login_holds(&access_, number, 2, 1));
        assert_true(oc_access_scope_read(now[i][0], now[i][1], &users.rows[1].scope));
        oc_access_set_users(&access_, &users);
        assert_false(oc_access_login_holds(&access_, number, 2, 1));
    }
}

static void test_read(void **state) {
    static const char *const bad[][2] = {{"", "*"},
                                         {"see,", "*"},
                                         {"see,see", "*"},
                                         {"watch", "*"},
                                         {"see", ""},
                                         {"see", "a,"},
                                         {"see", ",a"},
                                         {"see", "a,a"},
                                         {"see", "A"},
                                         {"see", "-a"},
                                         {"see", "a,*"},
                                         {"see", "a/b"},
                                         {"own", "*"},
                                         {"see look", "*"},
                                         {"see", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"},
                                         {"see", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}};
    oc_access_scope_t scope, none = {0};
    char acts[OC_ACCESS_ACTS_MAX];
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(oc_access_scope_read(bad[i][0], bad[i][1], &scope));
        assert_memory_equal(&scope, &none, sizeof(none));
    }
    assert_true(oc_access_scope_read("delete,see,talk,look,change",
                                     "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", &scope));
    oc_access_scope_acts(&scope, acts);
    assert_string_equal(acts, "see,look,talk,change,delete");
    assert_false(oc_access_scope_may(&scope, OC_ACCESS_SEE, NULL, 0));
    assert_true(oc_access_scope_may(&scope, OC_ACCESS_SEE, "p", 1));
    assert_false(oc_access_scope_may(&scope, OC_ACCESS_SEE, "q", 1));
}

static void test_file(void **state) {
    static const char hash[] = "scrypt:15:8:3:AAAAAAAAAAAAAAAAAAAAAA:"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    static oc_access_users_t users, back;
    char text[OC_ACCESS_USERS_TEXT], full[OC_ACCESS_CAMERAS_MAX + 1] = "";
    unsigned line;
    snprintf(text, sizeof(text), "admin:%s\nsome:%s:see,look:cam1,cam2\nall:%s:talk:*\n", hash,
             hash, hash);
    assert_int_equal(oc_access_user_parse(text, &users, &line), OC_OK);
    assert_int_equal(users.rows[1].right, OC_ACCESS_SOME);
    assert_int_equal(users.rows[1].scope.acts, OC_ACCESS_SEE | OC_ACCESS_LOOK);
    assert_string_equal(users.rows[2].scope.cameras, OC_ACCESS_ALL);
    oc_access_user_print(&users, text);
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_OK);
    assert_memory_equal(&users, &back, sizeof(users));
    snprintf(text, sizeof(text), "admin:%s:see\n", hash); /* acts without cameras */
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_ERR_FORMAT);
    for (char name = 'a'; name < 'a' + OC_ACCESS_CAMERAS; name++) /* the longest there can be */
        snprintf(full + strlen(full), sizeof(full) - strlen(full), "%s%.30s%c",
                 name > 'a' ? "," : "", "camera-with-a-name-of-thirty-one", name);
    memset(&users, 0, sizeof(users));
    users.count = OC_ACCESS_USERS;
    for (unsigned i = 0; i < OC_ACCESS_USERS; i++) {
        oc_access_user_t *user = &users.rows[i];
        snprintf(user->name, sizeof(user->name), "%031u", i);
        user->right = OC_ACCESS_SOME;
        user->log2_n = 15, user->r = 8, user->p = 3;
        assert_true(oc_access_scope_read("see,look,talk,change,delete", full, &user->scope));
    }
    oc_access_user_print(&users, text);
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_OK);
    assert_memory_equal(&users, &back, sizeof(users));
}

static void test_edit(void **state) {
    char path[64];
    int root = test_folder_make(path);
    oc_access_users_t users;
    char why[256];
    oc_access_edit_t add = {.kind = OC_ACCESS_EDIT_ADD,
                            .name = "some",
                            .old = "",
                            .fresh = "password-of-some",
                            .right = OC_ACCESS_SOME};
    assert_true(oc_access_scope_read("see", "cam1", &add.scope));
    assert_int_equal(oc_access_edit_run(root, &add), OC_ERR_STATE); /* nobody owns it yet */
    oc_access_edit_t claim = {
        .kind = OC_ACCESS_EDIT_CLAIM, .name = "admin", .old = "", .fresh = "password-of-admin"};
    assert_int_equal(oc_access_edit_run(root, &claim), OC_OK);
    assert_int_equal(oc_access_edit_run(root, &add), OC_OK);
    assert_int_equal(oc_access_edit_run(root, &add), OC_ERR_EXIST);
    /* who knows the own password changes it, and nothing else */
    oc_access_edit_t own = {.kind = OC_ACCESS_EDIT_CHANGE,
                            .name = "some",
                            .old = "password-of-some",
                            .fresh = "another-of-some"};
    assert_int_equal(oc_access_edit_run(root, &own), OC_OK);
    assert_int_equal(oc_access_store_users(root, &users, why, sizeof(why)), OC_OK);
    assert_int_equal(users.rows[1].right, OC_ACCESS_SOME);
    assert_string_equal(users.rows[1].scope.cameras, "cam1");
    assert_true(oc_access_user_check(&users.rows[1], "another-of-some"));
    oc_access_edit_t set = {.kind = OC_ACCESS_EDIT_SET, .name = "admin", .old = "", .fresh = ""};
    set.right = OC_ACCESS_SOME;
    set.scope = add.scope;
    assert_int_equal(oc_access_edit_run(root, &set), OC_ERR_STATE); /* the last owner */
    oc_access_edit_t drop = {.kind = OC_ACCESS_EDIT_DROP, .name = "admin", .old = "", .fresh = ""};
    assert_int_equal(oc_access_edit_run(root, &drop), OC_ERR_STATE);
    set.name = "nobody";
    assert_int_equal(oc_access_edit_run(root, &set), OC_ERR_NOENT);
    set.name = "some";
    set.right = OC_ACCESS_OWN;
    memset(&set.scope, 0, sizeof(set.scope));
    assert_int_equal(oc_access_edit_run(root, &set), OC_OK);
    assert_int_equal(oc_access_edit_run(root, &drop), OC_OK); /* another owner is there */
    assert_int_equal(oc_access_store_users(root, &users, why, sizeof(why)), OC_OK);
    assert_int_equal(users.count, 1);
    assert_string_equal(users.rows[0].name, "some");
    assert_true(oc_access_user_check(&users.rows[0], "another-of-some"));
    close(root);
    test_folder_remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes), cmocka_unit_test(test_others),
        cmocka_unit_test(test_basic),  cmocka_unit_test(test_narrowed),
        cmocka_unit_test(test_read),   cmocka_unit_test(test_file),
        cmocka_unit_test(test_edit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
