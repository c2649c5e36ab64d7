#include "oc_contact.h"

bool oc_contact_read(oc_contact_t *contact, bool high, int64_t now_us) {
    if (high)
        contact->raised = true;
    else if (!contact->falling)
        contact->since_us = now_us;
    contact->falling = !high;
    if (contact->falling && now_us - contact->since_us >= OC_CONTACT_US)
        contact->raised = false;
    return contact->raised;
}
