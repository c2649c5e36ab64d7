#include "oc_peer_why.h"

#include <stdarg.h>
#include <stdio.h>
#include "oc_dtls_split.h"

typedef struct text {
    char *out;
    size_t size, len;
} text_t;

static void add(text_t *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text_t *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = t->len < t->size ? vsnprintf(t->out + t->len, t->size - t->len, format, args) : 0;
    va_end(args);
    t->len += n > 0 ? (size_t)n : 0;
    t->len = t->len < t->size ? t->len : t->size - 1;
}

const char *oc_peer_reason_text(oc_peer_reason_t reason) {
    static const char *const texts[] = {"none",
                                        "closed here",
                                        "closed by the peer",
                                        "no pair of addresses works",
                                        "not connected in time",
                                        "the DTLS handshake failed",
                                        "the peer broke the protocol of SCTP",
                                        "the peer disappeared",
                                        "replaced by another certificate",
                                        "it did not answer, and another viewer needed its slot"};
    return texts[reason];
}

static void add_ice(text_t *t, const oc_peer_why_t *why) {
    if (!why->checks && !why->requests)
        add(t, ": ICE: the peer named no address that can be checked, and sent no check");
    else
        add(t, ": ICE: %u checks were sent and none was answered; %u of the peer's came",
            (unsigned)why->checks, (unsigned)why->requests);
}

static void add_alert(text_t *t, const char *before, int alert) {
    if (alert >= 0)
        add(t, "%salert %d (%s)", before, alert, oc_dtls_alert_name(alert));
}

/* What a handshake waited for. */
static void add_silence(text_t *t, const oc_peer_why_t *why) {
    add(t, why->seen          ? "the peer fell silent in the middle of it"
           : why->dtls_client ? "the peer did not answer our ClientHello"
                              : "no ClientHello of the peer's came");
    add_alert(t, "; it sent ", why->alert);
}

static void add_dtls(text_t *t, const oc_peer_why_t *why) {
    add(t, ": ");
    if (why->code == OC_HS_TIMEOUT) {
        add_silence(t, why);
    } else if (why->code == OC_HS_ALERT) {
        add_alert(t, "the peer sent ", why->alert);
        if (why->alert == OC_DTLS_HANDSHAKE_FAILURE && why->dtls_client && !why->rsa)
            add(t, ": its certificate may be RSA, this device takes ECDSA only");
    } else {
        add(t, "%s", oc_handshake_reason_text((enum oc_hs_reason)why->code));
    }
}

static void add_sctp_wait(text_t *t, const oc_peer_why_t *why) {
    if (why->sctp == OC_SCTP_COOKIE_WAIT)
        add(t, ": SCTP: the peer answered none of %u INIT", why->inits);
    else
        add(t, ": SCTP: the peer answered none of %u COOKIE ECHO", why->inits);
}

static void add_slow(text_t *t, const oc_peer_why_t *why) {
    if (why->step == OC_PEER_STEP_OFFER) {
        add(t, ": our offer was not answered");
    } else if (why->step == OC_PEER_STEP_ICE) {
        add_ice(t, why);
    } else if (why->step == OC_PEER_STEP_DTLS) {
        add(t, ": DTLS: ");
        add_silence(t, why);
    } else if (why->step == OC_PEER_STEP_SCTP) {
        add_sctp_wait(t, why);
    }
}

static void add_protocol(text_t *t, const oc_peer_why_t *why) {
    static const char *const texts[] = {
        [OC_SCTP_DOWN_VIOLATION] = ": a rule or a limit of ours",
        [OC_SCTP_DOWN_NOTSUP] = ": it lacks FORWARD-TSN (RFC 3758), which live needs",
        [OC_SCTP_DOWN_SOURCE] = ": it did not acknowledge data before that was overwritten",
        [OC_SCTP_DOWN_TIMEOUT] = ": it did not answer SHUTDOWN",
    };
    if ((unsigned)why->code < sizeof texts / sizeof texts[0] && texts[why->code])
        add(t, "%s", texts[why->code]);
}

size_t oc_peer_why_text(const oc_peer_why_t *why, char *out, size_t size) {
    text_t t = {out, size, 0};
    add(&t, "%s", oc_peer_reason_text(why->reason));
    switch (why->reason) {
    case OC_PEER_UNREACHABLE:
        add_ice(&t, why);
        break;
    case OC_PEER_SLOW:
        add_slow(&t, why);
        break;
    case OC_PEER_HANDSHAKE_FAILED:
        add_dtls(&t, why);
        break;
    case OC_PEER_PROTOCOL:
        add_protocol(&t, why);
        break;
    case OC_PEER_CONSENT:
        add(&t, ": ICE: it stopped answering checks");
        break;
    case OC_PEER_REMOTE:
        if (why->alert > OC_DTLS_CLOSE_NOTIFY)
            add_alert(&t, ": DTLS ", why->alert);
        if (why->step == OC_PEER_STEP_SCTP)
            add(&t, " before the association was there: SCTP ABORT, cause %u", why->cause);
        break;
    default:
        break;
    }
    return t.len;
}
