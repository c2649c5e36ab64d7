/* The table of addresses: which row a path has, and that every row is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OC_ROUTE_ROWS
#include "oc_route_table.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void expect_route(const char *path, oc_http_area_t area, const char *rest) {
    const oc_route_t *route = oc_route_find(path, OC_METHOD_GET);
    assert_int_equal(route->area, area);
    if (area != OC_HTTP_NOWHERE && rest)
        assert_string_equal(path + route->rest, rest);
}

static void test_routes(void **state) {
    expect_route("/", OC_HTTP_VIEWER, "");
    expect_route("/assets/a.js", OC_HTTP_VIEWER, "assets/a.js");
    expect_route("/live/cam1/s1.m4s", OC_HTTP_LIVE, "cam1/s1.m4s");
    expect_route("/live/cam1.mp4", OC_HTTP_LIVE, "cam1.mp4");
    expect_route("/live/cam1.flv", OC_HTTP_LIVE, "cam1.flv");
    expect_route("/live/cam1.ts", OC_HTTP_LIVE, "cam1.ts");
    expect_route("/live/cam1.mjpeg", OC_HTTP_LIVE, "cam1.mjpeg");
    expect_route("/live/cam1.m4s", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1.mp4/", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/.mp4", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1/a/b", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1/sub/s1.m4s", OC_HTTP_LIVE, "cam1/sub/s1.m4s");
    expect_route("/live/cam1/sub", OC_HTTP_LIVE, "cam1/sub");
    expect_route("/live/cam1/sub/", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1/sub/sub/a", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/cam1/subs/a", OC_HTTP_NOWHERE, NULL);
    expect_route("/live/sub/a", OC_HTTP_LIVE, "sub/a");
    expect_route("/recordings/cam1/a.mp4", OC_HTTP_RECORDINGS, "recordings/cam1/a.mp4");
    expect_route("/recordings/cam1/a.txt", OC_HTTP_NOWHERE, NULL);
    expect_route("/recordings/cam1/.a.mp4", OC_HTTP_NOWHERE, NULL);
    expect_route("/playback/cam1/index.m3u8", OC_HTTP_SPAN, "cam1/index.m3u8");
    expect_route("/export/cam1.mp4", OC_HTTP_SPAN, "cam1.mp4");
    for (const char *const *at = (const char *const[]){"/playback/index.m3u8", "/playback/a/b.m3u8",
                                                       "/playback/a/b/index.m3u8", "/export/.mp4",
                                                       "/export/a/b.mp4", "/export/a.mov", NULL};
         *at; at++)
        expect_route(*at, OC_HTTP_NOWHERE, NULL);
    expect_route("/recordings/cam1/a.mp4/keys", OC_HTTP_RECORDINGS, "recordings/cam1/a.mp4/keys");
    expect_route("/recordings/cam1/b/a.mp4/keys", OC_HTTP_NOWHERE, NULL);
    expect_route("/recordings/cam1/a/keys", OC_HTTP_NOWHERE, NULL);
    expect_route("/recordings/a.mp4/keys", OC_HTTP_NOWHERE, NULL);
    expect_route("/recordings/a.mp4", OC_HTTP_NOWHERE, NULL);
    expect_route("/snapshot/cam1.jpg", OC_HTTP_PICTURE, "cam1.jpg");
    expect_route("/thumbnail/cam1.jpg", OC_HTTP_THUMBNAIL, "cam1.jpg");
    expect_route("/thumbnail/cam1.png", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/a/cam1.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/event/12.jpg", OC_HTTP_EVENT, "12.jpg");
    expect_route("/thumbnail/event/012.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/event/x.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/event/.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/event/12345678901.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/thumbnail/event.jpg", OC_HTTP_THUMBNAIL, "event.jpg");
    expect_route("/thumbnail/.jpg", OC_HTTP_NOWHERE, NULL);
    expect_route("/metrics", OC_HTTP_METRICS, NULL);
    expect_route("/healthz", OC_HTTP_HEALTH, NULL);
    expect_route("/readyz", OC_HTTP_HEALTH, NULL);
    expect_route("/api/status", OC_HTTP_API, "/api/status");
    expect_route("", OC_HTTP_NOWHERE, NULL);
    expect_route("x", OC_HTTP_NOWHERE, NULL);
    expect_route("//x", OC_HTTP_NOWHERE, NULL);
    expect_route("/../etc/passwd", OC_HTTP_NOWHERE, NULL);
    expect_route("/a/../../etc", OC_HTTP_NOWHERE, NULL);
    expect_route("/.lock", OC_HTTP_NOWHERE, NULL);
    expect_route("/a\\b", OC_HTTP_NOWHERE, NULL);
    expect_route("/a\x01", OC_HTTP_NOWHERE, NULL);
}

/* A path that a pattern stands for. */
static void write_path(const char *pattern, const char *name, char *out) {
    for (const char *at = pattern; *at; at++) {
        if (*at == '#')
            out += sprintf(out, "7");
        else if (at[0] == '*' && at[1] == '*')
            at++, out += sprintf(out, "%s/y", name);
        else if (*at == '$' || *at == '*')
            out += sprintf(out, "%s", name);
        else
            *out++ = *at;
    }
    *out = '\0';
}

/* No row hides another one, whatever stands for its marks. */
static void test_every_row(void **state) {
    static const char *const names[] = {"a", "x1", "some-camera"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t k = 0; k < COUNT(names) && rows[i].area != OC_HTTP_NOWHERE; k++) {
            char path[128];
            write_path(rows[i].path, names[k], path);
            for (unsigned method = 1; method <= OC_METHOD_OPTIONS; method <<= 1) {
                const oc_route_t *found = oc_route_find(path, method);
                if (found->id != rows[i].id)
                    fail_msg("%s has the row %s", path, found->path);
                if (rows[i].methods & method)
                    assert_string_equal(found->path, rows[i].path);
            }
        }
    }
}

/* One that has no row with this method is still that of its path. */
static void test_methods(void **state) {
    assert_int_equal(oc_route_method("HEAD"), OC_METHOD_GET);
    assert_int_equal(oc_route_method("TRACE"), 0);
    assert_int_equal(oc_route_find("/api/update", OC_METHOD_GET)->who, OC_WHO_USER);
    assert_int_equal(oc_route_find("/api/update", OC_METHOD_POST)->who, OC_WHO_OWNER);
    assert_int_equal(oc_route_find("/api/update", OC_METHOD_PUT)->id, OC_ROUTE_API_UPDATE);
    assert_int_equal(oc_route_find("/api/passwordx", OC_METHOD_PUT)->id, OC_ROUTE_API_REST);
    assert_int_equal(oc_route_find("/api/users/", OC_METHOD_GET)->area, OC_HTTP_NOWHERE);
}

/* Which part of a path is a camera. */
static void test_cameras(void **state) {
    static const char *const paths[][2] = {{"/live/front/sub/a", "front"},
                                           {"/live/front.flv", "front"},
                                           {"/recordings/front/a.b.mp4", "front"},
                                           {"/recordings/front/a.mp4.mp4/keys", "front"},
                                           {"/api/channels/front/record", "front"},
                                           {"/api/cloud/yard/days", "yard"},
                                           {"/api/status", NULL},
                                           {"/api/channels/front", NULL},
                                           {"/w/t/live/front/a", NULL}};
    for (size_t i = 0; i < COUNT(paths); i++) {
        const char *camera;
        size_t len = 0;
        const oc_route_t *route = oc_route_find(paths[i][0], OC_METHOD_GET | OC_METHOD_POST);
        bool has = oc_route_camera(route, paths[i][0], &camera, &len);
        assert_int_equal(has, paths[i][1] != NULL);
        if (has) {
            assert_int_equal(len, strlen(paths[i][1]));
            assert_memory_equal(camera, paths[i][1], len);
        }
    }
}

/* Long paths of what a mark may stand for end soon. */
static void test_long(void **state) {
    char path[200] = "/recordings/cam1/";
    for (size_t at = strlen("/recordings/cam1/"); at + 5 < sizeof(path); at += 4)
        memcpy(path + at, ".mp4", 5);
    memcpy(path + strlen("/recordings/cam1/"), "amp4", 4);
    assert_int_equal(oc_route_find(path, OC_METHOD_GET)->area, OC_HTTP_RECORDINGS);
    strcpy(path + strlen(path) - 1, "5");
    assert_int_equal(oc_route_find(path, OC_METHOD_GET)->area, OC_HTTP_NOWHERE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),  cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_methods), cmocka_unit_test(test_cameras),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
