/* Any text as an offer and as an answer: what is read stays inside its limits, and our answer to it
 * is read back as an answer. */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const oc_sdp_t *s) {
    if (s->candidates > OC_SDP_CANDIDATES || s->fingerprints < 1 ||
        s->fingerprints > OC_SDP_FINGERPRINTS || s->sections > OC_SDP_SECTIONS ||
        s->ours >= s->sections || s->max_message < 1 || s->max_message > OC_SDP_MESSAGE_MAX ||
        s->sctp_port == 0 || strlen(s->ufrag) < 4 || strlen(s->pwd) < 22 || s->error)
        abort();
    for (unsigned i = 0; i < s->candidates; i++)
        if ((s->candidate[i].addr.family == 0) != (s->candidate[i].mdns[0] != 0) ||
            s->candidate[i].component != 1)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_sdp_t offer, answer;
    static char text[2 * OC_SDP_MAX];
    int rc = oc_sdp_parse(oc_span(data, size), OC_SDP_ANSWER, &answer);
    if (rc == OC_OK)
        check(&answer);
    else if (rc > 0 || !answer.error)
        abort();
    rc = oc_sdp_parse(oc_span(data, size), OC_SDP_OFFER, &offer);
    if (rc != OC_OK)
        return rc > 0 || !offer.error ? (abort(), 0) : 0;
    check(&offer);
    oc_sdp_local_t local = {.ufrag = "abcd",
                            .pwd = "0123456789012345678901",
                            .fingerprint = {.hash = OC_HASH_SHA256, .len = 32},
                            .setup = oc_sdp_answer_setup(offer.setup),
                            .max_message = 1,
                            .candidate = offer.candidate,
                            .candidates = offer.candidates,
                            .sctp_init = oc_span(offer.sctp_init, offer.sctp_init_len),
                            .offer = &offer};
    int len = oc_sdp_write(&local, text, sizeof text);
    if (len <= 0)
        abort();
    rc = oc_sdp_parse(oc_span(text, (size_t)len), OC_SDP_ANSWER, &answer);
    if (rc == OC_ERR_TOO_BIG) /* a media line of nearly 2 KB: ours says a little more */
        return 0;
    if (rc != OC_OK || answer.ours != offer.ours || strcmp(answer.mid, offer.mid) != 0 ||
        answer.candidates != offer.candidates || answer.bundle != offer.bundle ||
        answer.sctp_init_len != offer.sctp_init_len ||
        memcmp(answer.sctp_init, offer.sctp_init, offer.sctp_init_len) != 0)
        abort();
    return 0;
}
