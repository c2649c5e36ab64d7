/* oc_p2p_service on a real media thread, this one in the place of a script: who may open the
 * transport, what is said when it cannot be, closing at any time, names that are never found. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_certificate_file.h"
#include "oc_p2p_host.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_wait.h"

typedef struct rig {
    char path[64];
    int root;
    oc_media_thread_t *media;
    oc_mailbox_t *box;
    oc_p2p_host_t *host;
    oc_p2p_service_t *service;
    _Atomic bool ready;
    char why[OC_PARCEL_MAX + 1]; /* of the last answer */
} rig_t;

static _Atomic unsigned requested; /* names, so far */

/* In place of the C library's: no name is ever found. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list) {
    atomic_fetch_add(&requested, 1);
    for (;;)
        pause();
}

static void on_wake(void *context) {}

static void on_host_command(void *context, const oc_command_t *command) {
    rig_t *rig = context;
    assert_true(oc_p2p_service_command(rig->service, command, oc_posix_now_us()));
}

static int64_t on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    return atomic_load(&rig->ready) ? oc_p2p_service_advance(rig->service, now_us) : INT64_MAX;
}

static bool on_stop(void *context) {
    rig_t *rig = context;
    return oc_p2p_host_stop(rig->host, oc_posix_now_us());
}

static void on_new_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    oc_plane_new_script(oc_media_thread_plane(media), call->a, oc_posix_now_us());
    oc_p2p_service_new_script(rig->service, call->a, oc_posix_now_us());
}

static void new_script(rig_t *rig) {
    oc_media_call_t call = {
        .run = on_new_script, .context = rig, .a = oc_mailbox_new_generation(rig->box)};
    assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof *rig);
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {.root = rig->root,
                                       .wake_script = on_wake,
                                       .host_command = on_host_command,
                                       .advanced = on_advanced,
                                       .stop = on_stop,
                                       .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK ||
        oc_p2p_host_create(&rig->host, rig->media, &(oc_vod_finder_t){.find = NULL}) != OC_OK)
        return 1;
    rig->service = oc_p2p_host_service(rig->host);
    atomic_store(&rig->ready, true);
    rig->box = oc_media_thread_mailbox(rig->media);
    new_script(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (!oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US))
        return 1;
    oc_p2p_host_free(rig->host);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static int32_t post(rig_t *rig, uint16_t kind, int32_t arg0, const void *data, uint32_t len) {
    oc_command_t command = {.kind = kind, .arg = {arg0}};
    if (len > 0) {
        command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(rig->box, len), len};
        memcpy(command.parcel.data, data, len);
    }
    int32_t request = oc_mailbox_post(rig->box, &command);
    assert_true(request > 0);
    oc_media_thread_wake(rig->media);
    return request;
}

/* The code of the answer to the last command, its text in `why`. */
static int wait_for(rig_t *rig, int32_t request) {
    oc_reply_t reply;
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    for (;;) {
        if (oc_mailbox_take_reply(rig->box, &reply) == OC_OK) {
            memcpy(rig->why, reply.parcel.data ? reply.parcel.data : (const uint8_t *)"",
                   reply.parcel.len);
            rig->why[reply.parcel.len] = '\0';
            oc_mailbox_parcel_free(rig->box, &reply.parcel);
            if ((int32_t)reply.request == request)
                return reply.code;
            continue;
        }
        assert_true(oc_posix_now_us() < until);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static int call(rig_t *rig, uint16_t kind, int32_t arg0) {
    return wait_for(rig, post(rig, kind, arg0, NULL, 0));
}

static oc_p2p_config_t wishes(void) {
    return (oc_p2p_config_t){.ipv4 = 1, .loopback = 1, .sessions = 4};
}

static int open_as(rig_t *rig, int owner, oc_p2p_config_t config) {
    return wait_for(rig, post(rig, OC_COMMAND_P2P_OPEN, owner, &config, sizeof config));
}

/* [B13] [B1] */
static void one_layer_has_it_at_a_time(void **state) {
    rig_t *rig = *state;
    struct stat about;
    assert_int_equal(call(rig, OC_COMMAND_P2P_CLOSE, 0), OC_ERR_STATE);
    assert_int_equal(call(rig, OC_COMMAND_P2P_RESTART, 0), OC_ERR_STATE);
    assert_int_equal(call(rig, OC_COMMAND_P2P_OFFER, 0), OC_ERR_STATE);
    assert_int_equal(open_as(rig, OC_P2P_HUB, wishes()), OC_OK);
    assert_int_equal(open_as(rig, OC_P2P_HUB, wishes()), OC_ERR_EXIST);
    assert_int_equal(open_as(rig, OC_P2P_RAW, wishes()), OC_ERR_BUSY);
    assert_string_equal(rig->why, "the sessions of the camera use the transport");
    new_script(rig); /* nothing changes for it */
    assert_int_equal(open_as(rig, OC_P2P_HUB, wishes()), OC_ERR_EXIST);
    assert_int_equal(call(rig, OC_COMMAND_P2P_RESTART, 0), OC_OK);
    assert_int_equal(call(rig, OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    assert_int_equal(call(rig, OC_COMMAND_P2P_CLOSE, 0), OC_ERR_STATE);
    assert_int_equal(open_as(rig, OC_P2P_RAW, wishes()), OC_OK);
    assert_int_equal(open_as(rig, OC_P2P_HUB, wishes()), OC_ERR_BUSY);
    assert_string_equal(rig->why, "the raw interface uses the transport");
    assert_int_equal(fstatat(rig->root, OC_CERTIFICATE_FILE, &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void what_is_wrong_is_said(void **state) {
    rig_t *rig = *state;
    oc_p2p_config_t config = wishes();
    assert_int_equal(open_as(rig, 2, config), OC_ERR_INVAL);
    assert_int_equal(wait_for(rig, post(rig, OC_COMMAND_P2P_OPEN, OC_P2P_HUB, "short", 5)),
                     OC_ERR_INVAL);
    snprintf(config.servers, sizeof config.servers, "turn:relay.example user");
    assert_int_equal(open_as(rig, OC_P2P_HUB, config), OC_ERR_INVAL);
    assert_null(strstr(rig->why, "relay.example user"));
    int taken = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    assert_int_equal(bind(taken, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &len), 0);
    config = wishes();
    config.port = ntohs(address.sin_port);
    assert_int_equal(open_as(rig, OC_P2P_HUB, config), OC_ERR_BUSY);
    assert_string_equal(rig->why, "the UDP port is in use");
    close(taken);
    assert_int_equal(open_as(rig, OC_P2P_HUB, config), OC_OK); /* the next attempt works */
}

static void a_certificate_that_cannot_be_read_is_said(void **state) {
    rig_t *rig = *state;
    assert_int_equal(mkdirat(rig->root, "p2p", 0700), 0);
    assert_int_equal(mkdirat(rig->root, OC_CERTIFICATE_FILE, 0700), 0);
    assert_true(open_as(rig, OC_P2P_HUB, wishes()) < 0);
    assert_non_null(strstr(rig->why, OC_CERTIFICATE_FILE));
    assert_int_equal(unlinkat(rig->root, OC_CERTIFICATE_FILE, AT_REMOVEDIR), 0);
    assert_int_equal(open_as(rig, OC_P2P_HUB, wishes()), OC_OK);
}

static void it_is_closed_while_it_opens(void **state) {
    rig_t *rig = *state;
    oc_p2p_config_t config = wishes();
    for (unsigned i = 0; i < 20; i++) {
        int32_t opens = post(rig, OC_COMMAND_P2P_OPEN, OC_P2P_HUB, &config, sizeof config);
        int32_t closes = post(rig, OC_COMMAND_P2P_CLOSE, 0, NULL, 0);
        int code = wait_for(rig, opens);
        assert_true(code == OC_OK || code == OC_ERR_CLOSED);
        assert_int_equal(wait_for(rig, closes), OC_OK);
    }
    /* the end of the process while it opens: tear_down */
    (void)post(rig, OC_COMMAND_P2P_OPEN, OC_P2P_HUB, &config, sizeof config);
}

/* Whatever becomes of a look-up, opening, closing and the end (tear_down) do not wait for it. */
static void names_hold_nobody_up(void **state) {
    rig_t *rig = *state;
    oc_p2p_config_t config = wishes();
    snprintf(config.servers, sizeof config.servers,
             "stun:no.such.host.invalid\nturn:127.0.0.1:9 user secret\nstun:localhost");
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(open_as(rig, OC_P2P_HUB, config), OC_OK);
        assert_int_equal(call(rig, OC_COMMAND_P2P_RESTART, 0), OC_OK);
        assert_int_equal(call(rig, OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    }
    assert_int_equal(open_as(rig, OC_P2P_HUB, config), OC_OK);
    for (int ms = 0; atomic_load(&requested) == 0; ms++) {
        assert_true(ms < TEST_WAIT_MS);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_layer_has_it_at_a_time),
        TEST(what_is_wrong_is_said),
        TEST(a_certificate_that_cannot_be_read_is_said),
        TEST(it_is_closed_while_it_opens),
        TEST(names_hold_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
