#include "oc_voice_message.h"

#include "oc_err.h"

int oc_voice_message_read(oc_span_t bytes, oc_voice_message_t *out) {
    const uint8_t *p = bytes.data;
    if (bytes.len <= OC_VOICE_HEAD)
        return OC_ERR_TRUNC;
    if (bytes.len > OC_VOICE_HEAD + OC_VOICE_PAYLOAD)
        return OC_ERR_TOO_BIG;
    out->sequence = (uint16_t)(p[0] << 8 | p[1]);
    out->time = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
    out->payload = oc_span_sub(bytes, OC_VOICE_HEAD, bytes.len - OC_VOICE_HEAD);
    return OC_OK;
}
