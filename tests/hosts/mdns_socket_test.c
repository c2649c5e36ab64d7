/* oc_mdns_socket on the loopback interface, against a responder in the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_mdns_respond.h"
#include "oc_mdns_socket.h"
#include "test_wait.h"

#define LOOK_MS 200 /* for a name that is not answered */

#define KNOWN   "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"
#define UNKNOWN "00000000-ea17-4bcf-a596-105139dfd8bf.local"

typedef struct fixture {
    uv_loop_t loop;
    uv_poll_t poll;
    int fd;
    unsigned questions, unknown;
    bool damaged, zero; /* the answers are */
    oc_mdns_socket_t *mdns;
    unsigned found;
    uint64_t tags[8];
    char text[8][OC_ADDR_TEXT];
} fixture_t;

static void on_found(void *context, uint64_t tag, const oc_addr_t *addr) {
    fixture_t *f = context;
    assert_in_range(f->found, 0, 7);
    f->tags[f->found] = tag;
    oc_addr_print(addr, f->text[f->found++], OC_ADDR_TEXT);
}

/* Answers for KNOWN, to the group on loopback. */
static void answer(fixture_t *f, uint16_t type) {
    uint8_t out[OC_MDNS_MESSAGE];
    oc_mdns_answer_t record = {.name = KNOWN};
    struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(OC_MDNS_PORT)};
    oc_addr_parse(type == OC_MDNS_A ? "127.0.0.9" : "2001:db8::9", &record.addr);
    if (f->zero)
        memset(record.addr.ip, 0, sizeof(record.addr.ip));
    size_t len = oc_mdns_write_answer(&record, out, sizeof(out)) - (f->damaged ? 1 : 0);
    inet_pton(AF_INET, OC_MDNS_GROUP4, &group.sin_addr);
    assert_int_equal(sendto(f->fd, out, len, 0, (struct sockaddr *)&group, sizeof(group)), len);
}

static void on_question(uv_poll_t *poll, int status, int events) {
    fixture_t *f = poll->data;
    uint8_t message[1500];
    ssize_t n;
    while ((n = recv(f->fd, message, sizeof(message), MSG_DONTWAIT)) > 0) {
        char name[OC_MDNS_NAME];
        uint16_t type;
        if (oc_mdns_read_query(oc_span(message, (size_t)n), name, &type) != OC_OK)
            continue; /* our own answer, or somebody else's traffic */
        if (strcmp(name, KNOWN) == 0) {
            f->questions++;
            answer(f, type);
        }
        f->unknown += strcmp(name, UNKNOWN) == 0;
    }
}

static int open_responder(void) {
    const int one = 1;
    struct ip_mreqn group = {.imr_ifindex = (int)if_nametoindex("lo")};
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(OC_MDNS_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, OC_MDNS_GROUP4, &group.imr_multiaddr);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
    if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void open_socket(fixture_t *f, uint32_t give_up_ms) {
    oc_mdns_socket_config_t config = {
        .loop = &f->loop, .on_found = on_found, .context = f, .give_up_ms = give_up_ms};
    assert_int_equal(oc_mdns_socket_create(&f->mdns, &config), OC_OK);
}

static int open_both(void **state, uint32_t give_up_ms) {
    fixture_t *f = calloc(1, sizeof(*f));
    *state = f;
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->fd = open_responder();
    if (f->fd >= 0) {
        assert_int_equal(uv_poll_init(&f->loop, &f->poll, f->fd), 0);
        f->poll.data = f;
        uv_poll_start(&f->poll, UV_READABLE, on_question);
        uv_unref((uv_handle_t *)&f->poll);
    }
    open_socket(f, give_up_ms);
    return 0;
}

static int setup(void **state) {
    return open_both(state, LOOK_MS);
}

static int setup_patient(void **state) {
    return open_both(state, TEST_WAIT_MS);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    oc_mdns_socket_close(f->mdns);
    if (f->fd >= 0)
        uv_close((uv_handle_t *)&f->poll, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0); /* every handle is gone */
    if (f->fd >= 0)
        close(f->fd);
    free(f);
    return 0;
}

static fixture_t *with_responder(void **state) {
    fixture_t *f = *state;
    if (f->fd < 0) {
        print_message("port 5353 of this machine is not shared\n");
        skip();
    }
    return f;
}

static void both_addresses_are_found_with_tag_and_port(void **state) {
    fixture_t *f = with_responder(state);
    assert_int_equal(
        oc_mdns_socket_resolve(f->mdns, 77, "1F4712DB-EA17-4BCF-A596-105139DFD8BF.local", 4001),
        OC_OK);
    assert_int_equal(oc_mdns_socket_resolve(f->mdns, 78, KNOWN, 4002), OC_OK);
    uv_run(&f->loop, UV_RUN_DEFAULT); /* ends by itself: nothing ticks on */
    assert_int_equal(oc_mdns_socket_pending(f->mdns), 0);
    assert_int_equal(f->found, 4);
    unsigned seen = 0;
    for (unsigned i = 0; i < 4; i++) {
        const char *four = f->tags[i] == 77 ? "127.0.0.9:4001" : "127.0.0.9:4002";
        const char *six = f->tags[i] == 77 ? "[2001:db8::9]:4001" : "[2001:db8::9]:4002";
        seen |= 1u << (2 * (f->tags[i] - 77) + (strcmp(f->text[i], six) == 0));
        assert_true(strcmp(f->text[i], four) == 0 || strcmp(f->text[i], six) == 0);
    }
    assert_int_equal(seen, 15);
}

/* A machine that stands still for half of the time gets more of it: it asked only once. */
static void nobody_answers_and_it_ends(void **state) {
    fixture_t *f = with_responder(state);
    for (uint32_t look_ms = LOOK_MS; f->unknown < 4 && look_ms < TEST_WAIT_MS; look_ms *= 2) {
        oc_mdns_socket_close(f->mdns);
        open_socket(f, look_ms);
        f->unknown = 0;
        assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, UNKNOWN, 1), OC_OK);
        assert_int_equal(oc_mdns_socket_pending(f->mdns), 1);
        uint64_t begun = uv_now(&f->loop);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(uv_now(&f->loop) - begun >= look_ms);
        assert_int_equal(f->found, 0);
        assert_int_equal(oc_mdns_socket_pending(f->mdns), 0);
    }
    assert_true(f->unknown >= 4); /* both types, twice */
}

static void damaged_answers_and_zeros_are_not_taken(void **state) {
    fixture_t *f = with_responder(state);
    for (unsigned i = 0; i < 2; i++) {
        f->damaged = i == 0;
        f->zero = i == 1;
        f->questions = 0;
        for (uint32_t look_ms = LOOK_MS; f->questions == 0 && look_ms < TEST_WAIT_MS;
             look_ms *= 2) {
            oc_mdns_socket_close(f->mdns);
            open_socket(f, look_ms);
            assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, KNOWN, 1), OC_OK);
            uv_run(&f->loop, UV_RUN_DEFAULT);
        }
        assert_true(f->questions > 0);
        assert_int_equal(f->found, 0);
    }
}

static void limits_and_other_names(void **state) {
    fixture_t *f = *state;
    assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, "printer.local", 1), OC_ERR_INVAL);
    assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, "", 1), OC_ERR_INVAL);
    if (oc_mdns_socket_resolve(f->mdns, 1, UNKNOWN, 1) == OC_ERR_IO)
        skip();
    for (unsigned i = 1; i < OC_MDNS_NAMES; i++)
        assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, UNKNOWN, 1), OC_OK);
    assert_int_equal(oc_mdns_socket_resolve(f->mdns, 1, UNKNOWN, 1), OC_ERR_BUSY);
    /* closed with all of them under way */
}

static void closing_nothing_is_allowed(void **state) {
    (void)state;
    oc_mdns_socket_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_addresses_are_found_with_tag_and_port, setup_patient,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_answers_and_it_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_answers_and_zeros_are_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_and_other_names, setup, teardown),
        cmocka_unit_test(closing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
