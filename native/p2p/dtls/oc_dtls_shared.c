/* oc_dtls_shared - see the header. */
#include "oc_dtls_shared.h"

int oc_dtls_shared(oc_dtls_t *dtls, oc_span_t datagram) {
    uint8_t plain[OC_DTLS_HELD_MAX];
    oc_dtls_view_t view;
    if (!oc_dtls_split_next(&datagram, &view))
        return 0;
    if (dtls->state == OC_DTLS_SHAKING)
        return 2;
    if (dtls->state != OC_DTLS_CONNECTED)
        return 0;
    if (view.epoch != 1)
        return 1;
    int len = oc_dtls_record_check(&dtls->record, &view, plain, sizeof plain);
    return len >= 0 ? OC_DTLS_SHARED_SURE : 0;
}
