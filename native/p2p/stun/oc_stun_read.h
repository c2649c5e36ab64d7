/* oc_stun_read - one attribute of a STUN message, for oc_stun_parse alone. */
#ifndef OC_STUN_READ_H
#define OC_STUN_READ_H

#include "oc_stun.h"

/* Takes the attribute that begins at `at` into out. OC_OK, also for what is unknown or comes too
 * late | OC_ERR_FORMAT a known one of the wrong length, or something behind FINGERPRINT. */
int oc_stun_read_attribute(uint16_t type, oc_span_t value, uint16_t at, oc_stun_msg_t *out);

#endif
