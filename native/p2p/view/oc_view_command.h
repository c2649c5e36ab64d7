/* oc_view_command - messages of a command channel, either direction, binary, big-endian
 * (docs/design/p2p.md).
 *
 *   0                   1                   2                   3
 *   |     kind      |       0       |   data channel of a report    |
 *   |                          request id                           |
 *   |                            payload                            |
 */
#ifndef OC_VIEW_COMMAND_H
#define OC_VIEW_COMMAND_H

#include "oc_span.h"

#define OC_VIEW_COMMAND_HEAD    8u
#define OC_VIEW_COMMAND_PAYLOAD (16u * 1024) /* bytes at most */

typedef enum oc_view_message {
    OC_VIEW_REQUEST = 1,
    OC_VIEW_ANSWER = 2,
    OC_VIEW_REPORT = 3, /* oc_view_report.h */
    OC_VIEW_ERROR = 4,  /* payload: why, UTF-8 */
} oc_view_message_t;

typedef struct oc_view_head {
    oc_view_message_t kind;
    uint16_t channel; /* id of a data channel; REPORT only, else 0 */
    uint32_t request; /* chosen by who asks; 0 in a REPORT */
} oc_view_head_t;

/* Reads the head of a message: its first bytes, OC_VIEW_COMMAND_HEAD at least. OC_OK | OC_ERR_TRUNC
 * shorter | OC_ERR_FORMAT second byte not 0 | OC_ERR_NOTSUP unknown kind, *out is set. */
int oc_view_command_read(oc_span_t message, oc_view_head_t *out);
void oc_view_command_write(const oc_view_head_t *head, uint8_t out[OC_VIEW_COMMAND_HEAD]);

#endif
