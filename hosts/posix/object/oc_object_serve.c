#include "oc_object_serve.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (128 * 1024)

struct oc_object_serve {
    oc_object_reader_t *reader;
    int socket;
    pthread_t thread;
};

static bool take(int socket, void *out, size_t len) {
    ssize_t n;
    do
        n = recv(socket, out, len, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)len;
}

static bool give(int socket, const void *bytes, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = send(socket, (const char *)bytes + done, len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

void oc_object_serve_loop(oc_object_reader_t *reader, int socket) {
    oc_object_wire_request_t request;
    uint8_t *bytes = malloc(OC_OBJECT_WIRE_MAX);
    while (bytes && take(socket, &request, sizeof(request)) && request.len <= OC_OBJECT_WIRE_MAX) {
        oc_object_wire_reply_t reply = {0};
        if (request.len == 0)
            reply.result = (int64_t)oc_object_reader_bytes(reader);
        else
            reply.result = oc_object_reader_read(reader, request.at, bytes, request.len);
        if (!give(socket, &reply, sizeof(reply)))
            break;
        if (request.len > 0 && reply.result > 0 && !give(socket, bytes, (size_t)reply.result))
            break;
    }
    free(bytes);
    shutdown(socket, SHUT_RDWR);
}

static void *run(void *context) {
    oc_object_serve_t *serve = context;
    oc_object_serve_loop(serve->reader, serve->socket);
    return NULL;
}

int oc_object_serve_begin(oc_object_serve_t **out, oc_object_reader_t *reader, int socket) {
    oc_object_serve_t *serve = calloc(1, sizeof(*serve));
    if (!serve)
        return OC_ERR_NOMEM;
    serve->reader = reader;
    serve->socket = socket;
    int rc = oc_posix_thread(&serve->thread, "object serve", STACK_BYTES, run, serve);
    if (rc != OC_OK) {
        free(serve);
        return rc;
    }
    *out = serve;
    return OC_OK;
}

void oc_object_serve_end(oc_object_serve_t *serve) {
    if (!serve)
        return;
    shutdown(serve->socket, SHUT_RDWR);
    pthread_join(serve->thread, NULL);
    free(serve);
}
