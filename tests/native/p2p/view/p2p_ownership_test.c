/* oc_p2p_ownership: who has the transport, and what everybody else is told. [B13] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_p2p_ownership.h"

static oc_p2p_ownership_t life;
static void *memory;
static char text[96];
static int32_t request;

static void wake(void *context) {}

static void *allocate(void *context, size_t bytes) {
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void release(void *context, void *bytes) {
    free(bytes);
}

static int begin(void **state) {
    static const oc_mailbox_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake}, .wake_script = wake};
    memory = allocate(NULL, oc_mailbox_bytes());
    life = (oc_p2p_ownership_t){.mailbox = oc_mailbox_init(memory, &env)};
    (void)oc_mailbox_new_generation(life.mailbox);
    return 0;
}

static int end(void **state) {
    assert_int_equal(oc_mailbox_parcel_bytes(life.mailbox), 0);
    free(memory);
    return 0;
}

/* A command as it comes out of the mailbox. */
static oc_command_t command(int owner) {
    oc_command_t c = {.arg = {owner}};
    request = oc_mailbox_post(life.mailbox, &c);
    assert_true(request > 0);
    assert_int_equal(oc_mailbox_take_command(life.mailbox, &c), OC_OK);
    return c;
}

/* The next answer is one to this request; its text is in `text`. */
static int answer_to(int32_t number) {
    oc_reply_t r;
    assert_int_equal(oc_mailbox_take_reply(life.mailbox, &r), OC_OK);
    assert_int_equal(r.request, number);
    assert_true(r.parcel.len < sizeof text);
    if (r.parcel.len)
        memcpy(text, r.parcel.data, r.parcel.len);
    text[r.parcel.len] = '\0';
    oc_mailbox_parcel_free(life.mailbox, &r.parcel);
    return r.code;
}

static bool silent(void) {
    oc_reply_t r;
    return oc_mailbox_take_reply(life.mailbox, &r) == OC_AGAIN;
}

static void expect(int owner, int code, const char *reason) {
    const char *why;
    assert_int_equal(oc_p2p_ownership_judge(&life, owner, &why), code);
    assert_string_equal(why, reason);
}

static void one_owner_at_a_time(void **state) {
    expect(2, OC_ERR_INVAL, "the owner is 0 or 1");
    expect(-1, OC_ERR_INVAL, "the owner is 0 or 1");
    expect(OC_P2P_RAW, OC_OK, "");
    oc_command_t open = command(OC_P2P_HUB);
    oc_p2p_ownership_opening(&life, &open);
    expect(OC_P2P_RAW, OC_ERR_BUSY, "the sessions of the camera use the transport");
    expect(OC_P2P_HUB, OC_ERR_BUSY, "it is being opened");
    life.phase = OC_P2P_OPEN;
    expect(OC_P2P_HUB, OC_ERR_EXIST, "");
    expect(OC_P2P_RAW, OC_ERR_BUSY, "the sessions of the camera use the transport");
    life.phase = OC_P2P_CLOSING;
    expect(OC_P2P_HUB, OC_ERR_BUSY, "the transport is being closed");
    life.phase = OC_P2P_CLOSED;
    open = command(OC_P2P_RAW);
    oc_p2p_ownership_opening(&life, &open);
    life.phase = OC_P2P_OPEN;
    expect(OC_P2P_HUB, OC_ERR_BUSY, "the raw interface uses the transport");
    life.phase = OC_P2P_CLOSED;
    life.stopping = true;
    expect(OC_P2P_HUB, OC_ERR_BUSY, "the transport is being closed");
    assert_true(silent());
}

static void who_waits_is_answered_once(void **state) {
    oc_command_t open = command(OC_P2P_HUB);
    int32_t opener = request;
    uint8_t byte = 0;
    open.parcel = (oc_parcel_t){&byte, 1}; /* somebody else's to free */
    oc_p2p_ownership_opening(&life, &open);
    assert_null(life.opener.parcel.data);
    oc_p2p_ownership_settle(&life, &life.opener, OC_ERR_IO, "no socket");
    assert_int_equal(answer_to(opener), OC_ERR_IO);
    assert_string_equal(text, "no socket");
    oc_p2p_ownership_settle(&life, &life.opener, OC_OK, "");
    assert_true(silent());
}

static void the_last_one_who_closes_waits(void **state) {
    oc_command_t close = command(0);
    assert_false(oc_p2p_ownership_close(&life, &close));
    assert_int_equal(answer_to(request), OC_ERR_STATE);
    assert_string_equal(text, "the transport is not open");
    life.phase = OC_P2P_OPEN;
    close = command(0);
    int32_t first = request;
    assert_true(oc_p2p_ownership_close(&life, &close));
    assert_true(silent());
    close = command(0);
    assert_true(oc_p2p_ownership_close(&life, &close));
    assert_int_equal(answer_to(first), OC_ERR_BUSY);
    assert_string_equal(text, "closed by another request");
    oc_p2p_ownership_settle(&life, &life.closer, OC_OK, "");
    assert_int_equal(answer_to(request), OC_OK);
    assert_string_equal(text, "");
    assert_true(silent());
}

static void only_what_is_open_can_be_used(void **state) {
    static const oc_p2p_phase_t not_yet[] = {OC_P2P_CLOSED, OC_P2P_OPENING, OC_P2P_CLOSING};
    for (unsigned i = 0; i < 3; i++) {
        oc_command_t restart = command(0);
        life.phase = not_yet[i];
        assert_false(oc_p2p_ownership_need(&life, &restart));
        assert_int_equal(answer_to(request), OC_ERR_STATE);
        assert_string_equal(text, "the transport is not open");
    }
    oc_command_t restart = command(0);
    life.phase = OC_P2P_OPEN;
    assert_true(oc_p2p_ownership_need(&life, &restart));
    assert_true(silent());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_owner_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(who_waits_is_answered_once, begin, end),
        cmocka_unit_test_setup_teardown(the_last_one_who_closes_waits, begin, end),
        cmocka_unit_test_setup_teardown(only_what_is_open_can_be_used, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
