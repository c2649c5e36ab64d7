#include "sctp_lose.h"

#include <string.h>
#include "oc_sctp_packet.h"

uint8_t seen[256][1500];
size_t seen_len[256];
unsigned lose_type, lose_count;

bool lose(rig_t *rig, unsigned from, const uint8_t *packet, size_t len) {
    uint8_t type = packet[OC_SCTP_HEADER_LEN];
    memcpy(seen[type], packet, len);
    seen_len[type] = len;
    if (type != lose_type || rig->drops == lose_count)
        return false;
    rig->drops++;
    return true;
}
