/* oc_access_text, oc_access_user and oc_cert: what is read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_access_text.h"
#include "oc_access_user.h"
#include "oc_cert.h"
#include "oc_err.h"
#include "oc_scrypt.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NOW         1795000000 /* 2026-11-18 */

static void test_cookies(void **state) {
    char out[8];
    assert_true(oc_access_text_cookie("x=1", "x", out, sizeof(out)));
    assert_string_equal(out, "1");
    assert_true(oc_access_text_cookie("a=2;  x=1 ; xx=3;", "x", out, sizeof(out)));
    assert_string_equal(out, "1");
    assert_true(oc_access_text_cookie("x=", "x", out, sizeof(out)));
    assert_string_equal(out, "");
    static const char *const bad[] = {"",         "x",          "xx=1", "a=x=1", "X=1",
                                      "x=1; x=1", "x=12345678", ";;;",  " =1",   "y=1; x"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(oc_access_text_cookie(bad[i], "x", out, sizeof(out)));
}

static void test_basic(void **state) {
    char user[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX];
    assert_true(oc_access_text_basic("Basic YWRtaW46YTpi", user, password));
    assert_string_equal(user, "admin");
    assert_string_equal(password, "a:b"); /* a password may hold colons */
    assert_true(oc_access_text_basic("bAsIc   YWRtaW46", user, password));
    assert_string_equal(password, "");
    static const char *const bad[] = {"",
                                      "Basic",
                                      "Basic ",
                                      "Bearer YWRtaW46YQ==",
                                      "Basic YWRtaW4=",
                                      "Basic YWRtaW46YQ",
                                      "Basic YWRtaW46YR==",
                                      "Basic YWRtaW46YQ==x",
                                      "Basic Og==",
                                      "Basic QURNSU46YQ==",
                                      "Basic YWRtaW46AA=="};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(oc_access_text_basic(bad[i], user, password));
        assert_string_equal(password, "");
    }
}

/* Reads user and password from a body: "user|password", "-": refused. */
static const char *read_body(bool json, const char *body) {
    static char out[64];
    char user[8], password[16];
    oc_access_field_t fields[] = {{"user", user, sizeof(user), false},
                                  {"password", password, sizeof(password), false}};
    bool good = (json ? oc_access_text_json : oc_access_text_form)(body, fields, 2);
    assert_true(good || (!fields[0].found && !fields[1].found && !user[0] && !password[0]));
    snprintf(out, sizeof(out), good ? "%s|%s" : "-", user, password);
    return out;
}

static void test_forms(void **state) {
    static const char *const rows[][2] = {
        {"user=a&password=b", "a|b"},
        {"password=%C3%A4+%26%3D&user=a", "a|\xC3\xA4 &="},
        {"", "|"},
        {"user=", "|"},
        {"user=a&user=b", "-"},
        {"user=12345678", "-"},
        {"other=1", "-"},
        {"user", "-"},
        {"user=%", "-"},
        {"user=%4", "-"},
        {"user=%00", "-"},
        {"user=%zz", "-"},
        {"user=a&&password=b", "-"},
        {"=a", "-"},
        {"user=a&password=b&more=c", "-"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(read_body(false, rows[i][0]), rows[i][1]);
}

static void test_json(void **state) {
    static const char *const rows[][2] = {
        {"{\"user\":\"a\",\"password\":\"b\"}", "a|b"},
        {" { \"password\" : \"\\u00e4\\n\\ud83d\\ude00\" , \"user\" : 17 } \n",
         "17|\xC3\xA4\n\xF0\x9F\x98\x80"},
        {"{}", "|"},
        {"", "-"},
        {"[]", "-"},
        {"{", "-"},
        {"{}x", "-"},
        {"{\"user\"}", "-"},
        {"{\"user\":}", "-"},
        {"{\"user\":\"a\",}", "-"},
        {"{\"user\":\"a\" \"password\":\"b\"}", "-"},
        {"{\"user\":\"a", "-"},
        {"{\"user\":\"\\", "-"},
        {"{\"user\":\"\\u00", "-"},
        {"{\"user\":\"\\u0000\"}", "-"},
        {"{\"user\":\"\\ud800\"}", "-"},
        {"{\"user\":\"\\udc00\"}", "-"},
        {"{\"user\":\"\\ud800\\u0041\"}", "-"},
        {"{\"user\":\"a\nb\"}", "-"},
        {"{\"user\":\"12345678\"}", "-"},
        {"{\"user\":01}", "-"},
        {"{\"user\":-1}", "-"},
        {"{\"user\":1.5}", "-"},
        {"{\"user\":null}", "-"},
        {"{\"user\":{}}", "-"},
        {"{\"user\":\"a\",\"user\":\"b\"}", "-"},
        {"{\"more\":\"a\"}", "-"},
        {"{\"user\":\"\xFF\"}", "-"},
        {"{\"us\\u0000er\":\"a\"}", "-"},
        {"{\"user\":99999999999999999999}", "-"},
        {"{\"user\":12345678}", "-"},
        {"{\"user\":[[[[[[[[[[\"a\"]]]]]]]]]]}", "-"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(read_body(true, rows[i][0]), rows[i][1]);
}

static void test_base64(void **state) {
    uint8_t data[64] = {0}, back[64];
    char text[96];
    for (size_t len = 0; len < sizeof(data); len++) {
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)(i * 37 + len);
        oc_access_text_encode(data, len, text);
        assert_int_equal(strlen(text), (len * 4 + 2) / 3);
        assert_int_equal(oc_access_text_decode(text, strlen(text), true, back, len), len);
        assert_memory_equal(data, back, len);
        if (len > 0)
            assert_int_equal(oc_access_text_decode(text, strlen(text), true, back, len - 1), -1);
    }
    assert_int_equal(oc_access_text_decode("+/8=", 4, false, back, 8), 2);
    assert_int_equal(oc_access_text_decode("-_8", 3, true, back, 8), 2);
    assert_int_equal(oc_access_text_decode("-_9", 3, true, back, 8), -1); /* spare bits */
    static const char *const bad[] = {"A===", "AA==AA==", "AA= ", " AA=", "AAA\n", "A=AA", "+_8="};
    for (size_t i = 0; i < COUNT(bad); i++)
        for (int url = 0; url < 2; url++)
            assert_int_equal(oc_access_text_decode(bad[i], strlen(bad[i]), url, back, 8), -1);
}

static void test_users(void **state) {
    static oc_access_users_t users, back;
    char text[OC_ACCESS_USERS_TEXT];
    unsigned line;
    assert_int_equal(oc_access_user_set(&users, "admin", OC_ACCESS_OWN, "correct horse"), OC_OK);
    size_t len = oc_access_user_print(&users, text);
    assert_int_equal(len, strlen(text));
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_OK);
    assert_int_equal(back.count, 1);
    const oc_access_user_t *admin = oc_access_user_find(&back, "admin");
    assert_non_null(admin);
    assert_memory_equal(admin, &users.rows[0], sizeof(*admin));
    assert_true(oc_access_user_check(admin, "correct horse"));
    assert_false(oc_access_user_check(admin, "correct horsE"));
    assert_false(oc_access_user_check(NULL, "correct horse"));
    static const char *const bad[] = {
        "admin",
        "admin:scrypt:15:8:3:AAAA:AAAA",
        "Admin:scrypt:15:8:3:x:y",
        "admin:plain:x",
        "admin:scrypt:9:8:3:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "admin:scrypt:18:8:3:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "admin:scrypt:15:8:3:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ":scrypt:15:8:3:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "# a\n\n%s\n", bad[i]);
        assert_int_equal(oc_access_user_parse(text, &back, &line), OC_ERR_FORMAT);
        assert_int_equal(line, 3);
    }
    len = oc_access_user_print(&users, text);
    oc_access_user_print(&users, text + len); /* the same name twice */
    assert_int_equal(oc_access_user_parse(text, &back, &line), OC_ERR_FORMAT);
    assert_null(oc_access_user_refuses("0123456789"));
    assert_non_null(oc_access_user_refuses("012345678"));
    assert_non_null(oc_access_user_refuses("0123456789\x1b"));
}

/* RFC 7914 section 12. */
static void test_scrypt(void **state) {
    static const uint8_t expected[] = {0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00};
    uint8_t got[OC_CRYPTO_HASH];
    assert_int_equal(oc_scrypt("password", "NaCl", 4, 10, 8, 16, got), OC_OK);
    assert_memory_equal(got, expected, sizeof(expected));
    assert_int_equal(oc_scrypt("x", "y", 1, 18, 8, 1, got), OC_ERR_RANGE);
}

static void test_certificates(void **state) {
    static char cert_pem[OC_CERT_MADE], key_pem[OC_CERT_MADE], other[OC_CERT_MADE];
    oc_access_names_t names = {0}, got = {0};
    char why[128], fingerprint[OC_CERT_FINGERPRINT], again[OC_CERT_FINGERPRINT];
    oc_cert_t *cert = NULL;
    oc_access_names_add_lines(&names, "localhost\n192.0.2.5\n2001:DB8:0:0::5\n");
    assert_int_equal(oc_cert_make(&names, NOW, cert_pem, key_pem), OC_OK);
    assert_int_equal(oc_cert_read(&cert, cert_pem, key_pem, NOW, why, sizeof(why)), OC_OK);
    oc_cert_names(cert, &got);
    assert_int_equal(got.count, 3);
    for (unsigned i = 0; i < names.count; i++)
        assert_true(oc_access_names_has(&got, names.rows[i]));
    oc_cert_fingerprint(cert, fingerprint);
    assert_int_equal(strlen(fingerprint), 95);
    assert_false(oc_cert_due(cert, &names, NOW));
    assert_false(oc_cert_due(cert, &names, 0));
    assert_true(oc_cert_due(cert, &names, NOW + OC_CERT_LIFE_S - OC_CERT_RENEW_S + 1));
    oc_access_names_add(&names, "cam.example");
    assert_true(oc_cert_due(cert, &names, NOW));
    oc_cert_free(cert);
    assert_int_equal(oc_cert_read(&cert, cert_pem, key_pem, NOW + OC_CERT_LIFE_S, why, sizeof(why)),
                     OC_ERR_STALE);
    assert_non_null(strstr(why, "was good until 2029-02-15"));
    memcpy(other, key_pem, sizeof(other));
    assert_int_equal(oc_cert_make(&names, NOW, cert_pem, key_pem), OC_OK);
    assert_string_equal(other, key_pem); /* the key is kept */
    assert_int_equal(oc_cert_read(&cert, cert_pem, key_pem, NOW, why, sizeof(why)), OC_OK);
    oc_cert_fingerprint(cert, again);
    assert_string_not_equal(fingerprint, again);
    oc_cert_free(cert);
    other[0] = '\0';
    char unused[OC_CERT_MADE];
    assert_int_equal(oc_cert_make(&names, NOW, unused, other), OC_OK);
    assert_int_equal(oc_cert_read(&cert, cert_pem, other, NOW, why, sizeof(why)), OC_ERR_FORMAT);
    assert_int_equal(oc_cert_read(&cert, "", key_pem, NOW, why, sizeof(why)), OC_ERR_FORMAT);
    assert_int_equal(oc_cert_read(&cert, cert_pem, "x", NOW, why, sizeof(why)), OC_ERR_FORMAT);
}

/* A device that starts with a clock of 1970: its certificate is good now and made again later. */
static void test_certificate_without_clock(void **state) {
    static char cert_pem[OC_CERT_MADE], key_pem[OC_CERT_MADE];
    oc_access_names_t names = {0};
    char why[128];
    oc_cert_t *cert = NULL;
    oc_access_names_add(&names, "localhost");
    key_pem[0] = '\0';
    assert_int_equal(oc_cert_make(&names, 0, cert_pem, key_pem), OC_OK);
    assert_int_equal(oc_cert_read(&cert, cert_pem, key_pem, NOW, why, sizeof(why)), OC_OK);
    assert_false(oc_cert_due(cert, &names, 0));
    assert_true(oc_cert_due(cert, &names, NOW));
    oc_cert_free(cert);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_scrypt),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_certificate_without_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
