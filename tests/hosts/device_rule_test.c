/* Which devices an address may name: cards and cameras, and no word of their libraries' languages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "oc_device_rule.h"
#include "oc_ff_url.h"

#define LETTERS_32 "abcdefghijklmnopqrstuvwxyz_ABCDE"

static const char *const cards[] = {
    "default",
    "null",
    "hw:0",
    "hw:PCH",
    "plughw:0,0",
    "hw:C920,0,1",
    "hw:CARD=PCH,DEV=0",
    "plughw:CARD=U_1,DEV=12,SUBDEV=3",
    "hw:1,DEV=0",
    "hw:" LETTERS_32,
};

static const char *const no_cards[] = {
    "",
    "x",
    "Default",
    "default:CARD=PCH",
    "default,",
    "null:x",
    "sysdefault",
    "plug",
    "plug:hw:0",
    "plugdefault",
    "hw",
    "hw:",
    "hw:,0",
    "hw:0,",
    "hw:0,x",
    "hw:0,0,0,0",
    "hw:0,,0",
    "hw:0,123",
    "hw:" LETTERS_32 "F",
    "hw:CARD=",
    "hw:CARD=CARD=1",
    "hw:card=1",
    "hw:DEV=0",
    "hw:0,SUBDEV=1",
    "hw:0,CARD=1",
    "hw: 0",
    "hw:0 ",
    "hw:0\n",
    "hw:0,0 file:x",
    "hw:a/b",
    "hw:../x",
    "hw:-1",
    "hw:'0'",
    "hw:\"0\"",
    "hw:{0}",
    "hw:$HOME",
    "hw:0;x",
    "hw:\xC3\xA9",
    "hw:{card 0}",
    "file:'settings.json',raw",
    "file:settings.json",
    "file:FILE='settings.json',FORMAT=raw",
    "tee:null,'settings.json',raw",
    "tee:SLAVE='hw:0',FILE=x,FORMAT=raw",
    "tee:\"file:x\",y,raw",
    "rate:file:x",
    "asym:x",
    "dsnoop:0",
    "dmix:0",
    "shm:/tmp/s,default",
    "pulse",
    "jack",
    "oss:/dev/null",
    "{type file slave.pcm null file settings.json format raw}",
    "{type file slave.pcm {type null} file '|touch x' format raw}",
    "{ type hw card 0 }",
    " {type null}",
    "\"hw:0\"",
    "'hw:0'",
    "null {}",
    "hw:0 { }",
    "cards.0",
    "@hw",
    "<confdir:x>",
    "</etc/passwd>",
    "pcm.default",
};

/* ${OCELLUS_CARD} is what somebody put into the environment. */
static const char *value;

static const char *lookup(const char *name) {
    return strcmp(name, "OCELLUS_CARD") == 0 ? value : NULL;
}

static int parse(const char *scheme, const char *name, oc_ff_input_t *in) {
    char url[300], why[160] = "";
    snprintf(url, sizeof url, "%s%s", scheme, name);
    int rc = oc_ff_url_parse(url, lookup, in, why, sizeof why);
    if ((rc == 0) != (why[0] == 0))
        fail_msg("%s: \"%s\"", url, why);
    return rc;
}

static void cards_are_named(void **state) {
    oc_ff_input_t in;
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++) {
        if (!oc_device_is_card(cards[i]) || parse("alsa:", cards[i], &in) != 0)
            fail_msg("%s", cards[i]);
        assert_string_equal(in.target, cards[i]);
    }
}

static void nothing_else_is_a_card(void **state) {
    oc_ff_input_t in;
    for (size_t i = 0; i < sizeof no_cards / sizeof *no_cards; i++)
        if (oc_device_is_card(no_cards[i]) || parse("alsa:", no_cards[i], &in) == 0)
            fail_msg("%s", no_cards[i]);
}

static void what_a_variable_holds_is_judged(void **state) {
    oc_ff_input_t in;
    value = "hw:1";
    assert_int_equal(parse("alsa:", "${OCELLUS_CARD}", &in), 0);
    assert_int_equal(parse("alsa:", "plug${OCELLUS_CARD}", &in), 0);
    for (size_t i = 0; i < sizeof no_cards / sizeof *no_cards; i++) {
        value = no_cards[i];
        if (parse("alsa:", "${OCELLUS_CARD}", &in) == 0)
            fail_msg("%s", no_cards[i]);
    }
    value = "0,file:x";
    assert_int_not_equal(parse("alsa:", "hw:${OCELLUS_CARD}", &in), 0);
}

/* Every byte in every place of a name: what is left out of the set stays out. */
static void no_other_byte_is_in_a_name(void **state) {
    static const char good[] = "plughw:CARD=a,DEV=1";
    char name[sizeof good];
    for (size_t at = 0; at + 1 < sizeof good; at++) {
        for (int byte = 1; byte < 256; byte++) {
            memcpy(name, good, sizeof good);
            name[at] = (char)byte;
            const char *found = strpbrk(name, " \t\n'\"{}<>$|/.;@:[]()&*%#!?~`^\\+-");
            while (found && found - name == 6 && *found == ':')
                found = strpbrk(found + 1, " \t\n'\"{}<>$|/.;@:[]()&*%#!?~`^\\+-");
            if (oc_device_is_card(name) && (found || byte > 126 || byte < 32))
                fail_msg("%s", name);
        }
    }
}

static void cameras_are_below_dev(void **state) {
    static const char *const good[] = {"/dev/video0", "/dev/v4l/by-id/usb-Cam_1-video-index0",
                                       "/dev/front-door"};
    static const char *const bad[] = {"",
                                      "/dev",
                                      "/dev/",
                                      "video0",
                                      "/etc/x",
                                      "/dev/video/../../etc/passwd",
                                      "/dev/..",
                                      "/dev/../var/lib/ocellus/settings.json",
                                      "settings.json"};
    oc_ff_input_t in;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!oc_device_is_camera(good[i]) || parse("v4l2:", good[i], &in) != 0)
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (oc_device_is_camera(bad[i]) || parse("v4l2:", bad[i], &in) == 0)
            fail_msg("%s", bad[i]);
    assert_int_not_equal(parse("", "/dev/video0/../../etc/passwd", &in), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_are_named),
        cmocka_unit_test(nothing_else_is_a_card),
        cmocka_unit_test(what_a_variable_holds_is_judged),
        cmocka_unit_test(no_other_byte_is_in_a_name),
        cmocka_unit_test(cameras_are_below_dev),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
