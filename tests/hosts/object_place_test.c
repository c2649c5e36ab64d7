/* Which addresses of inputs and outputs there are, and the keys of a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_object_keys.h"
#include "oc_object_place.h"

static oc_object_place_t place;
static char why[300];

static int parse(const char *text, const char *endpoint, int path_style) {
    oc_object_store_t store = {
        .endpoint = endpoint, .region = "eu-west-1", .path_style = path_style};
    return oc_object_place_parse(text, &store, &place, why, sizeof(why));
}

static void test_stores(void **state) {
    static const struct {
        const char *text, *endpoint;
        int path_style;
        const char *url, *host, *path;
    } cases[] = {
        {"s3://film/a b/1.mp4", NULL, -1, "https://film.s3.eu-west-1.amazonaws.com",
         "film.s3.eu-west-1.amazonaws.com", "/a%20b/1.mp4"},
        {"s3://film/k", NULL, 1, "https://s3.eu-west-1.amazonaws.com",
         "s3.eu-west-1.amazonaws.com", "/film/k"},
        {"s3://film/k", "http://127.0.0.1:9000", -1, "http://127.0.0.1:9000", "127.0.0.1:9000",
         "/film/k"},
        {"s3://film/k", "https://store.example:443/", 0, "https://film.store.example",
         "film.store.example", "/k"},
        {"s3://film/k", "http://store.example:80", -1, "http://store.example", "store.example",
         "/film/k"},
        {"s3://film/k", "http://[::1]:8000", -1, "http://[::1]:8000", "[::1]:8000", "/film/k"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].text, cases[i].endpoint, cases[i].path_style), OC_OK);
        assert_int_equal(place.kind, OC_OBJECT_S3);
        assert_string_equal(place.url, cases[i].url);
        assert_string_equal(place.host, cases[i].host);
        assert_string_equal(place.path, cases[i].path);
        assert_int_equal(place.secure, strncmp(cases[i].url, "https", 5) == 0);
    }
    assert_int_equal(parse("s3://film/a b", NULL, -1), OC_OK);
    assert_string_equal(place.shown, "s3://film/a%20b");
}

static void test_refused(void **state) {
    static const struct {
        const char *text, *endpoint, *why;
    } cases[] = {
        {"s3://fi/k", NULL, "a bucket has"},
        {"s3://Film/k", NULL, "a bucket has"},
        {"s3://.film/k", NULL, "a bucket has"},
        {"s3://film-/k", NULL, "a bucket has"},
        {"s3://film", NULL, "the key of an object"},
        {"s3://film/", NULL, "the key of an object"},
        {"s3://film/a//b", NULL, "the key of an object"},
        {"s3://film/../b", NULL, "the key of an object"},
        {"s3://film/a/.", NULL, "the key of an object"},
        {"s3://film/a/", NULL, "the key of an object"},
        {"s3://film/k", "store.example", "an endpoint is"},
        {"s3://film/k", "ftp://store.example", "an endpoint is"},
        {"s3://film/k", "https://store.example/bucket", "an endpoint is"},
        {"s3://film/k", "https://me@store.example", "an endpoint is"},
        {"s3://film/k", "https://store.example?x", "an endpoint is"},
        {"s3://film/k", "https://", "an endpoint is"},
        {"https://h/a b", NULL, "printable"},
        {"https://h/a#b", NULL, "printable"},
        {"", NULL, "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].text, cases[i].endpoint, -1), OC_ERR_FORMAT);
        if (!strstr(why, cases[i].why))
            fail_msg("%s: %s", cases[i].text, why);
    }
    char key[OC_OBJECT_KEY_MAX + 20] = "s3://film/";
    memset(key + 10, '<', OC_OBJECT_KEY_MAX); /* three characters each */
    assert_int_equal(parse(key, NULL, 1), OC_OK);
    strcat(key, "<");
    assert_int_equal(parse(key, NULL, 1), OC_ERR_FORMAT);
    oc_object_store_t store = {.region = "eu/west", .path_style = -1};
    assert_int_equal(oc_object_place_parse("s3://film/k", &store, &place, why, sizeof(why)),
                     OC_ERR_FORMAT);
}

/* A presigned address is a secret: messages have none of its query. */
static void test_addresses(void **state) {
    assert_int_equal(parse("https://h.example/film.mp4?X-Amz-Signature=abcd", NULL, -1), OC_OK);
    assert_int_equal(place.kind, OC_OBJECT_HTTP);
    assert_true(place.secure);
    assert_string_equal(place.url, "https://h.example/film.mp4?X-Amz-Signature=abcd");
    assert_null(strstr(place.shown, "abcd"));
    assert_int_equal(parse("film.mp4", NULL, -1), OC_OK);
    assert_int_equal(place.kind, OC_OBJECT_FILE);
    assert_string_equal(place.shown, "film.mp4");
}

static void write_file(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_keys(void **state) {
    oc_object_keys_t keys;
    char path[] = "/tmp/ocellus-keys-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path,
               "# keys\nAWS_ACCESS_KEY_ID=id\r\nAWS_SECRET_ACCESS_KEY=se/cret+\nAWS_REGION=x\n",
               0600);
    assert_int_equal(oc_object_keys_load(&keys, path, why, sizeof(why)), OC_OK);
    assert_string_equal(keys.id, "id");
    assert_string_equal(keys.secret, "se/cret+");
    assert_string_equal(keys.token, "");
    chmod(path, 0640);
    assert_int_equal(oc_object_keys_load(&keys, path, why, sizeof(why)), OC_ERR_READ_ONLY);
    assert_non_null(strstr(why, "chmod 600"));
    write_file(path, "AWS_ACCESS_KEY_ID=id\n", 0600);
    assert_int_equal(oc_object_keys_load(&keys, path, why, sizeof(why)), OC_ERR_NOENT);
    write_file(path, "AWS_ACCESS_KEY_ID=i d\nAWS_SECRET_ACCESS_KEY=s\n", 0600);
    assert_int_equal(oc_object_keys_load(&keys, path, why, sizeof(why)), OC_ERR_READ_ONLY);
    unlink(path);
    assert_int_equal(oc_object_keys_load(&keys, path, why, sizeof(why)), OC_ERR_IO);
    assert_int_equal(oc_object_keys_load(&keys, "/tmp", why, sizeof(why)), OC_ERR_READ_ONLY);

    setenv("AWS_ACCESS_KEY_ID", "of-env", 1);
    unsetenv("AWS_SECRET_ACCESS_KEY");
    assert_int_equal(oc_object_keys_load(&keys, NULL, why, sizeof(why)), OC_ERR_NOENT);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "token==", 1);
    assert_int_equal(oc_object_keys_load(&keys, NULL, why, sizeof(why)), OC_OK);
    assert_string_equal(keys.id, "of-env");
    assert_string_equal(keys.token, "token==");
    oc_object_keys_wipe(&keys);
    assert_string_equal(keys.secret, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
