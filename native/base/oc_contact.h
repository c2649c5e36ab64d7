/* oc_contact - a switch whose contact bounces, and whose being raised must not be missed: it counts
 * as raised from the first sign on, and as lowered when it has been low for OC_CONTACT_US. Pure; a
 * zeroed record is a lowered switch. */
#ifndef OC_CONTACT_H
#define OC_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#define OC_CONTACT_US (50 * 1000)

typedef struct oc_contact {
    bool raised;
    bool falling;     /* it was low when it was read last */
    int64_t since_us; /* since then */
} oc_contact_t;

/* What the pin says now; call it more often than OC_CONTACT_US. True: raised. */
bool oc_contact_read(oc_contact_t *contact, bool high, int64_t now_us);

#endif
