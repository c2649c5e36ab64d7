#include "oc_handshake.h"

const char *oc_handshake_reason_text(enum oc_hs_reason reason) {
    switch (reason) {
    case OC_HS_NONE:
        return "no reason";
    case OC_HS_PROTOCOL:
        return "the peer breaks the protocol";
    case OC_HS_SUITE:
        return "the peer has no cipher suite in common with this device";
    case OC_HS_FINGERPRINT:
        return "the peer's certificate is not the announced one";
    case OC_HS_RSA:
        return "the peer's certificate is RSA: this device takes ECDSA only";
    case OC_HS_KEY:
        return "the key of the peer's certificate is neither ECDSA nor RSA of 2048 to 4096 bits";
    case OC_HS_NO_CERTIFICATE:
        return "the peer shows no certificate";
    case OC_HS_NO_MEMORY:
        return "out of memory";
    case OC_HS_TIMEOUT:
        return "no answer in time";
    case OC_HS_LIBRARY:
        return "given up on this side";
    case OC_HS_ALERT:
        return "the peer refused it";
    }
    return "unknown";
}
