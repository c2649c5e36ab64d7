#include "oc_ff_object.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "oc_err.h"

#define POLL_MS 100

bool oc_ff_object_take(int socket, void *out, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = recv(socket, (char *)out + done, len - done, MSG_WAITALL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

bool oc_ff_object_give(int socket, const void *bytes, size_t len) {
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

/* False: it must not wait any longer. */
static bool wait_for(const oc_ff_object_t *object) {
    const AVIOInterruptCB *interrupt = object->interrupt;
    struct pollfd ready = {.fd = object->socket, .events = POLLIN};
    while (interrupt && poll(&ready, 1, POLL_MS) == 0) {
        if (interrupt->callback(interrupt->opaque))
            return false;
    }
    return true;
}

/* One request; the bytes of its reply are still to be taken. */
static int64_t request(oc_ff_object_t *object, uint64_t at, uint32_t len) {
    oc_object_wire_request_t out = {.at = at, .len = len};
    oc_object_wire_reply_t in;
    if (!oc_ff_object_give(object->socket, &out, sizeof(out)) || !wait_for(object) ||
        !oc_ff_object_take(object->socket, &in, sizeof(in)))
        return OC_ERR_CLOSED;
    return in.result;
}

static int read_bytes(void *context, uint8_t *out, int size) {
    oc_ff_object_t *object = context;
    if (object->failed)
        return AVERROR(EIO);
    if (object->at >= object->bytes || size <= 0)
        return AVERROR_EOF;
    uint32_t len = (uint32_t)size < OC_OBJECT_WIRE_MAX ? (uint32_t)size : OC_OBJECT_WIRE_MAX;
    int64_t got = request(object, (uint64_t)object->at, len);
    if (got > 0 && (got > len || !oc_ff_object_take(object->socket, out, (size_t)got)))
        got = OC_ERR_CLOSED;
    if (got <= 0) { /* before the end there are bytes */
        object->failed = got < 0 ? (int)got : OC_ERR_TRUNC;
        return AVERROR(EIO);
    }
    object->at += got;
    return (int)got;
}

static int64_t seek(void *context, int64_t offset, int whence) {
    oc_ff_object_t *object = context;
    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE)
        return object->bytes;
    int64_t base = whence == SEEK_CUR ? object->at : whence == SEEK_END ? object->bytes : 0;
    if (offset < -base || offset > INT64_MAX - base)
        return AVERROR(EINVAL);
    object->at = base + offset;
    return object->at;
}

int oc_ff_object_open(oc_ff_object_t *object, int socket, const AVIOInterruptCB *interrupt) {
    memset(object, 0, sizeof(*object));
    object->socket = socket;
    object->interrupt = interrupt;
    object->bytes = request(object, 0, 0);
    if (object->bytes < 0)
        return OC_ERR_CLOSED;
    uint8_t *buffer = av_malloc(OC_FF_OBJECT_BUFFER);
    if (buffer)
        object->io = avio_alloc_context(buffer, OC_FF_OBJECT_BUFFER, 0, object, read_bytes, NULL, seek);
    if (!object->io)
        av_free(buffer);
    return object->io ? OC_OK : OC_ERR_NOMEM;
}

void oc_ff_object_close(oc_ff_object_t *object) {
    if (!object->io)
        return;
    av_freep(&object->io->buffer); /* libavformat may have replaced it */
    avio_context_free(&object->io);
}
