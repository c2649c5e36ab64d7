/* Hostile bytes on the push socket: the first byte says in which pieces the rest arrives. */
#include "oc_err.h"
#include "oc_push_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_push_session_t session;
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    size_t piece = size ? 1u + data[0] : 1, at = 1;
    oc_push_session_init(&session);
    for (; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        if (oc_push_session_input(&session, data + at, n) != OC_OK)
            break;
        (void)oc_push_session_poll_output(&session, out, sizeof out);
    }
    oc_push_session_end(&session);
    return 0;
}
