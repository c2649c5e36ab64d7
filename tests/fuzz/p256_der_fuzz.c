/* DER of keys and signatures: any bytes. What is accepted is written as the same bytes again; a
 * private key may have come in one of its shorter forms. */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_p256_der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t scalar[OC_P256_SCALAR], point[OC_P256_POINT], signature[OC_P256_SIGNATURE];
    uint8_t pkcs8[OC_P256_PKCS8], spki[OC_P256_SPKI], der[OC_P256_SIGNATURE_DER];
    bool has_point;
    oc_span_t input = oc_span(data, size);
    if (oc_p256_der_signature(input, signature) == OC_OK &&
        (oc_p256_der_write_signature(signature, der) != size || memcmp(der, data, size) != 0))
        abort();
    if (oc_p256_der_public(input, point) == OC_OK) {
        oc_p256_der_write_public(point, spki);
        if (size != sizeof spki || memcmp(spki, data, size) != 0)
            abort();
    }
    if (oc_p256_der_private(input, scalar, point, &has_point) == OC_OK && has_point) {
        oc_p256_der_write_private(scalar, point, pkcs8);
        if (size == sizeof pkcs8 && memcmp(pkcs8, data, size) != 0)
            abort();
    }
    return 0;
}

size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    uint8_t bytes[OC_P256_POINT];
    memset(bytes, number == 3 ? 0x91 : 0x11, sizeof bytes);
    if (number == 0)
        oc_p256_der_write_private(bytes, bytes, out);
    if (number == 1)
        oc_p256_der_write_public(bytes, out);
    return number == 0   ? OC_P256_PKCS8
           : number == 1 ? OC_P256_SPKI
           : number <= 3 ? oc_p256_der_write_signature(bytes, out)
                         : 0;
}
