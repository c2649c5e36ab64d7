/* Sockets for datagrams that a source has made for it: at most 64, each with its own number; one
 * more is refused with the reason; one whose port is taken gives its place back. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_source_broker.h"
#include "oc_source_object.h"

static oc_source_broker_t broker;
static oc_source_message_t req, answer;
static int got[OC_SOURCE_SOCKETS + 1];

static int begin(void **state) {
    oc_source_broker_init(&broker, OC_PLUGIN_RTSP, true, "rtsp://127.0.0.1:554/x");
    memset(got, -1, sizeof(got));
    return 0;
}

static int end(void **state) {
    oc_source_broker_clear(&broker);
    for (unsigned i = 0; i <= OC_SOURCE_SOCKETS; i++) {
        if (got[i] >= 0)
            close(got[i]);
    }
    return 0;
}

/* 0 or an errno; *fd: the copy that the helper would get. */
static int request(uint32_t kind, uint32_t number, uint16_t port, int *fd) {
    int none;
    memset(&req, 0, sizeof(req));
    req.kind = kind;
    req.address.number = number;
    req.address.address.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    assert_true(oc_source_broker_answer(&broker, &req, &answer, fd ? fd : &none));
    return answer.answer.error;
}

/* Binds a socket by its number to a free port, and says which one the helper's copy has then. */
static uint16_t bind_any(uint32_t number, int fd) {
    struct sockaddr_in name;
    socklen_t bytes = sizeof(name);
    assert_int_equal(request(OC_SOURCE_REQUEST_BIND, number, 0, NULL), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &bytes), 0);
    return ntohs(name.sin_port);
}

static void test_one_more_than_64_is_refused(void **state) {
    bool taken[OC_SOURCE_SOCKETS] = {false};
    for (unsigned i = 0; i < OC_SOURCE_SOCKETS; i++) {
        assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[i]), 0);
        assert_true(got[i] >= 0 && answer.answer.number < OC_SOURCE_SOCKETS);
        assert_false(taken[answer.answer.number]);
        taken[answer.answer.number] = true;
        assert_string_equal(broker.refused, "");
    }
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[64]), EMFILE);
    assert_int_equal(got[64], -1);
    assert_string_equal(broker.refused, "it needs more than 64 UDP sockets: use transport=tcp");
    assert_true(bind_any(0, got[0]) > 0); /* the first one still answers to its number */
    oc_source_broker_clear(&broker);
    assert_string_equal(broker.refused, "");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[64]), 0);
}

static void test_a_taken_port_gives_the_place_back(void **state) {
    int tried = -1;
    for (unsigned i = 0; i < OC_SOURCE_SOCKETS - 1; i++)
        assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[i]), 0);
    uint16_t port = bind_any(0, got[0]);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &tried), 0);
        assert_int_equal(answer.answer.number, OC_SOURCE_SOCKETS - 1);
        assert_int_equal(request(OC_SOURCE_REQUEST_BIND, OC_SOURCE_SOCKETS - 1, port, NULL),
                         EADDRINUSE);
        close(tried);
    }
    assert_int_equal(request(OC_SOURCE_REQUEST_BIND, OC_SOURCE_SOCKETS - 1, 0, NULL), EBADF);
    assert_int_equal(request(OC_SOURCE_REQUEST_BIND, UINT32_MAX, 0, NULL), EBADF);
}

static void test_other_inputs_get_none(void **state) {
    oc_source_broker_init(&broker, OC_PLUGIN_RTSP, false, "rtsp://127.0.0.1:554/x");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[0]), EACCES);
    oc_source_broker_init(&broker, OC_PLUGIN_HTTP, true, "http://127.0.0.1/x");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[0]), EACCES);
}

/* 0 or an errno; of a datagram socket that is told where it sends. */
static int set_peer(uint32_t number, uint16_t port) {
    int none;
    memset(&req, 0, sizeof(req));
    req.kind = OC_SOURCE_REQUEST_PEER;
    req.address.number = number;
    req.address.address.v4 = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(oc_source_broker_answer(&broker, &req, &answer, &none));
    return answer.answer.error;
}

/* EAI_* of a lookup. */
static int look_up(uint16_t port, bool datagrams) {
    int none;
    memset(&req, 0, sizeof(req));
    req.kind = OC_SOURCE_REQUEST_NAME;
    req.name.port = port;
    req.name.datagrams = datagrams;
    strcpy(req.name.name, "127.0.0.1");
    assert_true(oc_source_broker_answer(&broker, &req, &answer, &none));
    return answer.answer.error;
}

/* A push reaches its target's port and nothing else, and what comes there comes from it. */
static void test_a_push_has_one_place(void **state) {
    struct sockaddr_in name;
    socklen_t bytes = sizeof(name);
    oc_source_broker_init(&broker, OC_PLUGIN_PUSH, true, "srt://127.0.0.1:9000");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[0]), 0);
    assert_int_equal(set_peer(0, 9000), EACCES); /* it was not looked up */
    assert_int_not_equal(look_up(9001, true), 0);
    assert_int_not_equal(look_up(9001, false), 0);
    assert_int_equal(look_up(9000, true), 0);
    assert_int_equal(set_peer(0, 9001), EACCES);
    assert_int_equal(set_peer(1, 9000), EBADF);
    assert_int_equal(set_peer(0, 9000), 0);
    assert_int_equal(getpeername(got[0], (struct sockaddr *)&name, &bytes), 0);
    assert_int_equal(ntohs(name.sin_port), 9000);
    oc_source_broker_clear(&broker);
    oc_source_broker_init(&broker, OC_PLUGIN_RTSP, true, "rtsp://127.0.0.1:9000");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[1]), 0);
    assert_int_equal(look_up(9000, true), 0);
    assert_int_equal(set_peer(0, 9000), EACCES); /* an input's sockets stay as they are */
    oc_source_broker_clear(&broker);
    oc_source_broker_init(&broker, OC_PLUGIN_PUSH, false, "rtmp://127.0.0.1/live");
    assert_int_equal(request(OC_SOURCE_REQUEST_SOCKET, 0, 0, &got[2]), EACCES);
}

static int opened, closed;

static int open_object(const oc_ff_object_place_t *place, void **object) {
    int pair[2];
    assert_string_equal(place->target, "s3://film/a");
    assert_string_equal(place->endpoint, "https://h");
    assert_string_equal(place->region, "eu");
    assert_int_equal(place->path_style, 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[0]);
    opened++;
    *object = &opened;
    return pair[1];
}

static void close_object(void *object) {
    assert_ptr_equal(object, &opened);
    closed++;
}

static int request_file(const char *path, int *fd) {
    memset(&req, 0, sizeof(req));
    req.kind = OC_SOURCE_REQUEST_FILE;
    strcpy(req.path.text, path);
    assert_true(oc_source_broker_answer(&broker, &req, &answer, fd));
    return answer.answer.error;
}

/* [D1] An object has its own address and nothing else; it is served once at a time. */
static void test_objects(void **state) {
    static const oc_source_objects_t objects = {open_object, close_object};
    static oc_ff_input_t in = {
        .target = "s3://film/a", .endpoint = "https://h", .region = "eu", .path_style = 1};
    int fd = -1;
    oc_source_broker_init(&broker, OC_PLUGIN_S3, false, in.target);
    oc_source_broker_object(&broker, &in);
    assert_int_equal(request_file("s3://film/a", &fd), ENOSYS); /* a host without stores */
    oc_source_objects = &objects;
    assert_int_equal(request_file("s3://film/b", &fd), EACCES);
    assert_int_equal(request_file("/etc/passwd", &fd), EACCES);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(request_file("s3://film/a", &fd), 0);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(opened, i);
        assert_int_equal(closed, i - 1);
    }
    oc_source_broker_clear(&broker);
    oc_source_broker_clear(&broker);
    assert_int_equal(closed, 3);
    oc_source_objects = NULL;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_more_than_64_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_a_taken_port_gives_the_place_back, begin, end),
        cmocka_unit_test_setup_teardown(test_other_inputs_get_none, begin, end),
        cmocka_unit_test_setup_teardown(test_a_push_has_one_place, begin, end),
        cmocka_unit_test(test_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
