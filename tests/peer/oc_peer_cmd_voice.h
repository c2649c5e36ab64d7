/* oc_peer_cmd_voice - the voice of `ocellus-peer --voice FILE`: the file's bytes as messages of
 * `action=voice` (docs/formats-viewers.md), 20 ms each, at their time, then the empty one. */
#ifndef OC_PEER_CMD_VOICE_H
#define OC_PEER_CMD_VOICE_H

#include "oc_source_fifo.h"

#define OC_PEER_CMD_VOICE_MAX (16u * 1024 * 1024) /* bytes of the file: over half an hour */

/* Start from zeros; bytes NULL: it does not speak. */
typedef struct oc_peer_cmd_voice {
    const uint8_t *bytes; /* G.711, 8 kHz; borrowed */
    size_t len, at;
    uint16_t sequence;
    int64_t due_us; /* of the next message; INT64_MAX: the last one is sent */
} oc_peer_cmd_voice_t;

/* Reads a file. *bytes: malloc, owned by caller. OC_OK | OC_ERR_NOENT it cannot be opened |
 * OC_ERR_TOO_BIG | OC_ERR_IO | OC_ERR_NOMEM. */
int oc_peer_cmd_voice_read(const char *path, uint8_t **bytes, size_t *len);
/* Begins to speak. */
void oc_peer_cmd_voice_init(oc_peer_cmd_voice_t *voice, const uint8_t *bytes, size_t len,
                            int64_t now_us);
/* What is due goes into the queue. True: something did. */
bool oc_peer_cmd_voice_advance(oc_peer_cmd_voice_t *voice, oc_source_fifo_t *fifo, int64_t now_us);

#endif
