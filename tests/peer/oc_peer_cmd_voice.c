/* oc_peer_cmd_voice - see the header. */
#include "oc_peer_cmd_voice.h"

#include <stdio.h>
#include <stdlib.h>

#include "oc_dcep.h"
#include "oc_err.h"
#include "oc_voice_message.h"

#define PACKET    160 /* bytes of G.711: 20 ms */
#define PACKET_US 20000

int oc_peer_cmd_voice_read(const char *path, uint8_t **bytes, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return OC_ERR_NOENT;
    *bytes = malloc(OC_PEER_CMD_VOICE_MAX);
    *len = *bytes ? fread(*bytes, 1, OC_PEER_CMD_VOICE_MAX, file) : 0;
    int rc = !*bytes                         ? OC_ERR_NOMEM
             : ferror(file)                  ? OC_ERR_IO
             : *len == OC_PEER_CMD_VOICE_MAX ? OC_ERR_TOO_BIG
                                             : OC_OK;
    (void)fclose(file);
    if (rc != OC_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return rc;
}

void oc_peer_cmd_voice_init(oc_peer_cmd_voice_t *voice, const uint8_t *bytes, size_t len,
                            int64_t now_us) {
    *voice = (oc_peer_cmd_voice_t){.bytes = bytes, .len = len, .due_us = now_us};
}

/* One message, or the last one. */
static void push(oc_peer_cmd_voice_t *voice, oc_source_fifo_t *fifo) {
    uint8_t message[OC_VOICE_HEAD + PACKET] = {0};
    size_t n = voice->len - voice->at < PACKET ? voice->len - voice->at : PACKET;
    if (n == 0) {
        (void)oc_source_fifo_push(fifo, OC_PPID_BINARY_EMPTY, message, 1);
        voice->due_us = INT64_MAX;
        return;
    }
    message[0] = (uint8_t)(voice->sequence >> 8);
    message[1] = (uint8_t)voice->sequence++;
    for (unsigned i = 0; i < 4; i++)
        message[2 + i] = (uint8_t)(voice->at >> (24 - 8 * i));
    memcpy(message + OC_VOICE_HEAD, voice->bytes + voice->at, n);
    (void)oc_source_fifo_push(fifo, OC_PPID_BINARY, message, (uint32_t)(OC_VOICE_HEAD + n));
    voice->at += n;
    voice->due_us += PACKET_US;
}

bool oc_peer_cmd_voice_advance(oc_peer_cmd_voice_t *voice, oc_source_fifo_t *fifo, int64_t now_us) {
    bool any = false;
    for (; voice->bytes && voice->due_us <= now_us; any = true)
        push(voice, fifo);
    return any;
}
