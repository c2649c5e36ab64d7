/* The doors of ocellus-ffmpeg to the network, with the program's side played by this test: a
 * descriptor is what it was made for last. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_ff_interpose.h"
#include "oc_ff_talk.h"

static uint32_t made, last_kind, last_number;
static oc_ff_talk_t talk;
static int peer_error; /* of the program's answer */

oc_ff_talk_t *oc_ff_talk_current(void) {
    return &talk;
}

bool oc_ff_talk_ask(oc_ff_talk_t *from, const oc_source_message_t *req, oc_source_message_t *answer,
                    int *fd) {
    memset(answer, 0, sizeof(*answer));
    last_kind = req->kind;
    bool numbered = req->kind == OC_SOURCE_REQUEST_BIND || req->kind == OC_SOURCE_REQUEST_PEER;
    last_number = numbered ? req->address.number : UINT32_MAX;
    answer->answer.error = req->kind == OC_SOURCE_REQUEST_PEER ? peer_error : 0;
    bool gives = req->kind == OC_SOURCE_REQUEST_SOCKET || req->kind == OC_SOURCE_REQUEST_CONNECT;
    *fd = gives ? eventfd(0, 0) : -1; /* any descriptor */
    if (req->kind == OC_SOURCE_REQUEST_SOCKET)
        answer->answer.number = made++;
    return true;
}

static const struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = 0x1234};

static void test_a_connection_where_a_datagram_socket_was(void **state) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&there, sizeof(there)), -1);
    assert_int_equal(errno, EACCES);
    close(fd);
    assert_int_equal(socket(AF_INET, SOCK_STREAM, 0), fd); /* the same descriptor */
    assert_int_equal(connect(fd, (const struct sockaddr *)&there, sizeof(there)), -1);
    assert_int_equal(errno, EINPROGRESS);
    assert_int_equal(last_kind, OC_SOURCE_REQUEST_CONNECT);
    assert_int_equal(bind(fd, (const struct sockaddr *)&there, sizeof(there)), -1);
    assert_int_equal(errno, EACCES);
    close(fd);
}

static void test_many_sockets_keep_their_numbers(void **state) {
    int fds[200];
    uint32_t first = made;
    for (int i = 0; i < 200; i++)
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(bind(fds[i], (const struct sockaddr *)&there, sizeof(there)), 0);
        assert_int_equal(last_kind, OC_SOURCE_REQUEST_BIND);
        assert_int_equal(last_number, first + i);
        close(fds[i]);
    }
}

/* One of libsrt's sockets: its peer is asked for once, and no other one is written to. */
static void test_a_socket_has_one_peer(void **state) {
    struct sockaddr_in name = there, other = there;
    uint8_t head[4] = {1, 0, 0, 0},
            rest[4] = {0}; /* the descriptor behind is an eventfd: 8 bytes */
    struct iovec parts[] = {{head, sizeof(head)}, {rest, sizeof(rest)}};
    struct msghdr message = {
        .msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = parts, .msg_iovlen = 2};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    peer_error = EACCES;
    assert_int_equal(sendmsg(fd, &message, 0), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(last_kind, OC_SOURCE_REQUEST_PEER);
    peer_error = 0;
    assert_int_equal(sendmsg(fd, &message, 0), -1); /* eventfd has no writev */
    assert_int_equal(errno, EINVAL);
    assert_int_equal(last_kind, OC_SOURCE_REQUEST_PEER);
    assert_int_equal(last_number, made - 1);
    last_kind = 0;
    sendmsg(fd, &message, 0);
    assert_int_equal(last_kind, 0); /* it is known */
    other.sin_port = htons(9);
    message.msg_name = &other;
    assert_int_equal(sendmsg(fd, &message, 0), -1);
    assert_int_equal(errno, EACCES);
    message.msg_name = NULL;
    assert_int_equal(sendmsg(fd, &message, 0), -1);
    assert_int_equal(errno, EACCES);
    close(fd);
    int next = socket(AF_INET, SOCK_DGRAM, 0); /* the same descriptor, another socket */
    assert_int_equal(next, fd);
    message.msg_name = &name;
    sendmsg(next, &message, 0);
    assert_int_equal(last_kind, OC_SOURCE_REQUEST_PEER);
    close(next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_connection_where_a_datagram_socket_was),
        cmocka_unit_test(test_many_sockets_keep_their_numbers),
        cmocka_unit_test(test_a_socket_has_one_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
