/* oc_mdns: messages by hand (RFC 6762, RFC 1035), round trips, hostile names and lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_hex.h"
#include "oc_mdns_respond.h"

#define NAME  "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"
#define UUID  "24 31663437313264622d656131372d346263662d613539362d313035313339646664386266 "
#define LOCAL "05 6c6f63616c 00 "

static oc_mdns_answer_t answers[OC_MDNS_RECORDS_MAX];

static int read_hex(const char *text) {
    static uint8_t bytes[1024];
    size_t len = oc_hex(text, bytes);
    uint8_t *copy = malloc(len); /* so that a read behind its end is seen */
    memcpy(copy, bytes, len);
    int result = oc_mdns_read_answers(oc_span(copy, len), answers, OC_MDNS_RECORDS_MAX);
    free(copy);
    return result;
}

static void assert_answer(unsigned at, const char *ip) {
    char out[OC_ADDR_TEXT];
    oc_addr_print_ip(&answers[at].addr, out, sizeof(out));
    assert_string_equal(out, ip);
    assert_string_equal(answers[at].name, NAME);
}

static void names_are_uuids_and_nothing_else(void **state) {
    (void)state;
    assert_true(oc_mdns_is_name(NAME));
    assert_true(oc_mdns_is_name("1F4712DB-EA17-4BCF-A596-105139DFD8BF.LOCAL"));
    static const char *const bad[] = {"",
                                      "printer.local",
                                      "1f4712db-ea17-4bcf-a596-105139dfd8bf",
                                      "1f4712db-ea17-4bcf-a596-105139dfd8bf.",
                                      "1f4712db-ea17-4bcf-a596-105139dfd8bf.local.",
                                      "1f4712db-ea17-4bcf-a596-105139dfd8bf.locale",
                                      "1f4712dbea17-4bcf-a596-105139dfd8bf1.local",
                                      "1f4712dg-ea17-4bcf-a596-105139dfd8bf.local",
                                      "1f4712db-ea17-4bcf-a596-105139dfd8bf.x.local"};
    uint8_t out[OC_MDNS_MESSAGE];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(oc_mdns_is_name(bad[i]));
        assert_int_equal(oc_mdns_write_question(bad[i], OC_MDNS_A, out, sizeof(out)), 0);
    }
}

static void a_question_by_hand(void **state) {
    (void)state;
    uint8_t out[OC_MDNS_MESSAGE], small[OC_MDNS_MESSAGE], expected[128];
    char name[OC_MDNS_NAME];
    uint16_t type = 0;
    size_t len = oc_mdns_write_question(NAME, OC_MDNS_AAAA, out, sizeof(out));
    assert_int_equal(len,
                     oc_hex("0000 0000 0001 0000 0000 0000 " UUID LOCAL "001c 0001", expected));
    assert_memory_equal(out, expected, len);
    assert_int_equal(oc_mdns_read_query(oc_span(out, len), name, &type), OC_OK);
    assert_string_equal(name, NAME);
    assert_int_equal(type, OC_MDNS_AAAA);
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(oc_mdns_write_question(NAME, OC_MDNS_AAAA, small, n), 0);
    }
    assert_int_equal(oc_mdns_read_answers(oc_span(out, len), answers, 1), OC_ERR_FORMAT);
}

/* As browsers answer: no question, cache flush, authoritative. */
static void an_answer_by_hand(void **state) {
    (void)state;
    assert_int_equal(
        read_hex("0000 8400 0000 0001 0000 0000 " UUID LOCAL "0001 8001 00000078 0004 c0a80105"),
        1);
    assert_answer(0, "192.168.1.5");
}

/* Chromium 156, headless, as captured: to the question for A, and to that for AAAA, where it says
 * by NSEC that there is none and adds the A. */
static void answers_of_chromium(void **state) {
    (void)state;
    static const char name[] = "3518ef09-364f-4299-acf4-cd94e9ef2696.local";
#define CHROMIUM                                                                                   \
    "2433353138656630392d333634662d343239392d616366342d636439346539656632363936 05 6c6f63616c 00 "
    static const char *const captured[] = {
        "0000 8400 0000 0001 0000 0001 " CHROMIUM "0001 8001 00000078 0004 0a4d0002 " CHROMIUM
        "002f 8001 00000078 0005 c046000140",
        "0000 8400 0000 0001 0000 0001 " CHROMIUM "002f 8001 00000078 0005 c00c000140 " CHROMIUM
        "0001 8001 00000078 0004 0a4d0002"};
    for (unsigned i = 0; i < 2; i++) {
        char ip[OC_ADDR_TEXT];
        assert_int_equal(read_hex(captured[i]), 1);
        assert_string_equal(answers[0].name, name);
        oc_addr_print_ip(&answers[0].addr, ip, sizeof(ip));
        assert_string_equal(ip, "10.77.0.2");
    }
}

/* Question, A, NSEC of another kind, AAAA among the additional ones; compressed in two ways. */
static void several_records_with_compression(void **state) {
    (void)state;
    assert_int_equal(
        read_hex("0007 8400 0001 0002 0000 0002 "
                 "24 31463437313244422d454131372d344243462d413539362d313035313339444644384246 "
                 "05 4c6f43614c 00 0001 0001 "
                 "c00c 0001 8001 00000078 0004 c0a80105 "
                 "c00c 002f 8001 00000078 0008 c00c 0004 40000000 "
                 "07 7072696e746572 c031 0001 0001 00000078 0004 01020304 "
                 "c00c 001c 8001 00000078 0010 20010db8000000000000000000000009"),
        2);
    assert_answer(0, "192.168.1.5");
    assert_answer(1, "2001:db8::9");
    assert_int_equal(read_hex("0000 8400 0000 0001 0000 0000 " UUID LOCAL
                              "001c 8001 00000078 0010 00000000000000000000ffff01020304"),
                     1);
    assert_answer(0, "1.2.3.4"); /* mapped */
}

static void what_is_no_answer_is_refused(void **state) {
    (void)state;
#define RECORD(flags, type, class, rest)                                                           \
    "0000 " flags " 0000 0001 0000 0000 " UUID LOCAL type " " class " 00000078 " rest
    assert_int_equal(read_hex(RECORD("0400", "0001", "8001", "0004 c0a80105")), OC_ERR_FORMAT);
    assert_int_equal(read_hex(RECORD("8403", "0001", "8001", "0004 c0a80105")), OC_ERR_FORMAT);
    assert_int_equal(read_hex(RECORD("9400", "0001", "8001", "0004 c0a80105")), OC_ERR_FORMAT);
    assert_int_equal(read_hex(RECORD("8400", "0001", "8003", "0004 c0a80105")), 0);
    assert_int_equal(read_hex(RECORD("8400", "0010", "8001", "0004 c0a80105")), 0);
    assert_int_equal(read_hex(RECORD("8400", "0001", "8001", "0003 c0a801")), 0);
    assert_int_equal(read_hex(RECORD("8400", "001c", "8001", "0004 c0a80105")), 0);
    assert_int_equal(read_hex(RECORD("8400", "0001", "8001", "0005 c0a80105")), OC_ERR_FORMAT);
    assert_int_equal(read_hex(RECORD("8400", "0001", "8001", "0004 c0a801")), OC_ERR_FORMAT);
}

static void pointers_go_backwards_only(void **state) {
    (void)state;
    static const char *const bad[] = {
        "0000 8400 0000 0001 0000 0000 c00c 0001 8001 00000078 0004 01020304", /* itself */
        "0000 8400 0000 0001 0000 0000 01 61 c00c 0001 8001 00000078 0004 01020304",
        "0000 8400 0000 0002 0000 0000 c00e c00c 0001 8001 00000078 0004 01020304",
        "0000 8400 0000 0001 0000 0000 ffff 0001 8001 00000078 0004 01020304", /* outside */
        "0000 8400 0000 0001 0000 0000 41 61 00 0001 8001 00000078 0004 01020304",
        "0000 8400 0000 0001 0000 0000 c0",
        "0000 8400 0000 0001 0000 0000 3f 61",
        "0000 8400 ffff 0000 0000 0000",
        "0000 8400 0000 ffff 0000 0000 00 0001",
        "0000 84"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(read_hex(bad[i]), OC_ERR_FORMAT);
    /* into the header: its bytes are a name like any other, which nobody asked for */
    assert_int_equal(
        read_hex("0000 8400 0000 0001 0000 0000 c000 0001 8001 00000078 0004 01020304"), 0);
}

/* Each name points to the one before, which has a label more: 255 bytes end it. */
static void long_names_are_refused(void **state) {
    (void)state;
    uint8_t message[2048] = {0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    oc_wr_t w = oc_wr(message, sizeof(message));
    oc_wr_zero(&w, 12);
    message[2] = 0x84;
    unsigned records = 0;
    size_t before = 0;
    for (unsigned i = 0; i < 6; i++) {
        size_t here = oc_wr_len(&w);
        oc_wr_u8(&w, 50);
        oc_wr_zero(&w, 50);
        if (before)
            oc_wr_u16(&w, 0xC000 | (uint32_t)before);
        else
            oc_wr_u8(&w, 0);
        oc_wr_bytes(&w, "\0\1\0\1\0\0\0\0\0\4\1\2\3\4", 14);
        before = here;
        message[7] = (uint8_t)++records;
        int expected = records * 51 + 1 <= 255 ? 0 : OC_ERR_FORMAT;
        assert_int_equal(oc_mdns_read_answers(oc_span(message, oc_wr_len(&w)), answers, 4),
                         expected);
    }
}

static void round_trip_and_bounds(void **state) {
    (void)state;
    uint8_t out[OC_MDNS_MESSAGE], small[OC_MDNS_MESSAGE];
    oc_mdns_answer_t answer = {.name = NAME}, got[1];
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(oc_addr_parse(i ? "2001:db8::1" : "10.1.2.3", &answer.addr), OC_OK);
        size_t len = oc_mdns_write_answer(&answer, out, sizeof(out));
        assert_true(len > 0);
        assert_int_equal(oc_mdns_read_answers(oc_span(out, len), got, 1), 1);
        assert_string_equal(got[0].name, NAME);
        assert_true(oc_addr_equal(&got[0].addr, &answer.addr));
        assert_int_equal(oc_mdns_read_answers(oc_span(out, len), got, 0), 0);
        for (size_t n = 0; n < len; n++) {
            assert_int_equal(oc_mdns_read_answers(oc_span(out, n), got, 1), OC_ERR_FORMAT);
            assert_int_equal(oc_mdns_write_answer(&answer, small, n), 0);
        }
    }
    answer.addr.family = 0;
    assert_int_equal(oc_mdns_write_answer(&answer, out, sizeof(out)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_uuids_and_nothing_else),
        cmocka_unit_test(a_question_by_hand),
        cmocka_unit_test(an_answer_by_hand),
        cmocka_unit_test(answers_of_chromium),
        cmocka_unit_test(several_records_with_compression),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(pointers_go_backwards_only),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(round_trip_and_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
