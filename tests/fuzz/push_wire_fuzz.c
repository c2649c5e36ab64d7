/* Hostile bytes on the push socket, with a port behind it: the first byte says in which pieces the
 * rest arrives. Seeds name the port "cam". */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_push_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *allocate(void *context, size_t bytes) {
    return malloc(bytes);
}
static void release(void *context, void *memory) {
    free(memory);
}

/* What the capture and media threads would do. */
static void drain(void *state, oc_handoff_t *handoff) {
    oc_handoff_item_t item;
    oc_capture_push.pump(state, 0);
    while (oc_handoff_peek(handoff, &item) == OC_OK) {
        if (item.kind == OC_HANDOFF_PACKET && item.packet.len_bytes &&
            item.packet.data[item.packet.len_bytes - 1] == 0xFF && item.packet.data[0] == 0xFE)
            item.packet.key = true; /* the bytes are read */
        if (item.kind == OC_HANDOFF_TRACK && item.track->config_len > OC_TRACK_CONFIG_MAX)
            abort();
        oc_handoff_release(handoff);
    }
}

/* Gives n bytes to the session; once everything is taken from it, there is room for each packet. */
static int input(oc_push_session_t *session, void *state, oc_handoff_t *handoff,
                 const uint8_t *data, size_t n) {
    size_t taken = 0;
    int rc;
    while ((rc = oc_push_session_input(session, data, n, &taken)) == OC_AGAIN) {
        oc_packet_t held = session->held;
        drain(state, handoff);
        drain(state, handoff);
        if (taken > n || oc_push_room(session->sender, &held) == OC_AGAIN)
            abort();
        data += taken;
        n -= taken;
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_handoff_t handoff;
    oc_capture_env_t env = {.handoff = &handoff, .allocate = allocate, .release = release};
    oc_capture_config_t config = {.url = "push:cam?buffer=65536"};
    void *state = malloc(oc_capture_push.state_bytes);
    oc_push_session_t session;
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    size_t piece = size ? 1u + data[0] : 1;
    oc_handoff_init(&handoff, NULL, NULL);
    if (oc_capture_push.open(state, &env, &config) != OC_OK)
        abort();
    oc_capture_push.start(state, 0);
    oc_push_session_init(&session);
    for (size_t at = 1; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        int rc = input(&session, state, &handoff, data + at, n);
        if (rc != OC_OK)
            break;
        (void)oc_push_session_poll_output(&session, out, sizeof out);
        drain(state, &handoff);
    }
    oc_push_session_end(&session);
    drain(state, &handoff);
    oc_capture_push.close(state);
    free(state);
    return 0;
}
