#define _GNU_SOURCE
#include "oc_ff_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_source_wire.h"

#define BASIC   "\nAuthorization: Basic "
#define CONNECT "CONNECT " /* to a proxy, in front of TLS */

oc_ff_guard_tls_t oc_ff_guard_tls;
static _Thread_local oc_ff_guard_t current;

const char *oc_ff_ca_file(void) {
    const char *named = getenv(OC_SOURCE_CA_VARIABLE);
    return named && named[0] ? named : OC_SOURCE_CA_FILE;
}

oc_ff_guard_t *oc_ff_guard(void) {
    return &current;
}

void oc_ff_guard_set(const oc_ff_input_t *input) {
    memset(&current, 0, sizeof(current));
    current.input = input;
}

static bool refuse(oc_ff_guard_t *guard, const char *why) {
    snprintf(guard->why, sizeof(guard->why), "%s", why);
    return false;
}

bool oc_ff_guard_may_send(oc_ff_guard_t *guard, const void *bytes, size_t len) {
    const char *text = bytes;
    if (!guard->input || len == 0 || text[0] < 'A' || text[0] > 'Z') /* requests begin so; TLS no */
        return true;
    bool proxy = len > strlen(CONNECT) && memcmp(text, CONNECT, strlen(CONNECT)) == 0;
    if (guard->input->tls && !proxy)
        return refuse(guard, "it redirects from TLS to a connection without TLS");
    if (!guard->input->basic && memmem(text, len, BASIC, strlen(BASIC)))
        return refuse(guard, "the camera requires an unencrypted password (Basic): use an address "
                             "with TLS, or add auth=basic to allow it");
    return true;
}

static const char *name_of(oc_ff_guard_fault_t fault) {
    switch (fault) {
    case OC_FF_GUARD_TIME:
        return "expired or not valid yet";
    case OC_FF_GUARD_NAME:
        return "made out for another name";
    case OC_FF_GUARD_AUTHORITY:
        return "self-signed or of an unknown authority";
    default:
        return "not valid";
    }
}

bool oc_ff_guard_accepts(oc_ff_guard_t *guard, const uint8_t sha256[OC_FF_FINGERPRINT],
                         oc_ff_guard_fault_t fault) {
    const oc_ff_input_t *in = guard->input;
    char text[OC_FF_FINGERPRINT * 2 + 1];
    bool pinned = in && in->pinned;
    if (!in || (in->tls_off && !pinned))
        return true;
    if (pinned ? memcmp(in->fingerprint, sha256, OC_FF_FINGERPRINT) == 0
               : fault == OC_FF_GUARD_NONE)
        return true;
    guard->code = OC_ERR_CERTIFICATE;
    for (size_t i = 0; i < OC_FF_FINGERPRINT; i++)
        snprintf(text + i * 2, 3, "%02X", sha256[i]);
    if (pinned)
        snprintf(guard->why, sizeof(guard->why), "the certificate differs from tlsFingerprint: %s",
                 text);
    else
        snprintf(guard->why, sizeof(guard->why),
                 "certificate %s%s; if yours, add tlsFingerprint=%s", name_of(fault),
                 guard->no_authorities ? " (no CA file)" : "", text);
    return false;
}
