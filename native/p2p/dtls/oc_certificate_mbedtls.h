/* oc_certificate_mbedtls - the inside of a certificate, for the handshake of the same library. */
#ifndef OC_CERTIFICATE_MBEDTLS_H
#define OC_CERTIFICATE_MBEDTLS_H

#include "oc_certificate.h"
#include "oc_mbedtls.h"

struct oc_certificate {
    mbedtls_x509_crt crt;
    mbedtls_pk_context key;
    uint8_t fingerprint[OC_CERTIFICATE_FINGERPRINT];
    char text[OC_CERTIFICATE_PEM]; /* both as PEM, with NUL */
};

#endif
