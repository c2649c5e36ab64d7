#include "oc_p256_der.h"

#include <string.h>

#include "oc_err.h"

#define HALF (OC_P256_SIGNATURE / 2)

/* AlgorithmIdentifier: id-ecPublicKey with prime256v1. */
#define CURVE     0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07
#define ALGORITHM 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, CURVE
/* [1] BIT STRING, before a point */
#define WITH_POINT 0xA1, 0x44, 0x03, 0x42, 0x00

static const uint8_t spki[] = {0x30, 0x59, ALGORITHM, 0x03, 0x42, 0x00};
static const uint8_t pkcs8[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, ALGORITHM, 0x04,
                                0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04,      0x20};
static const uint8_t pkcs8_alone[] = {0x30, 0x41, 0x02, 0x01, 0x00, ALGORITHM, 0x04, 0x27,
                                      0x30, 0x25, 0x02, 0x01, 0x01, 0x04,      0x20};
static const uint8_t sec1[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
static const uint8_t with_point[] = {WITH_POINT};
static const uint8_t with_curve_and_point[] = {0xA0, 0x0A, CURVE, WITH_POINT};

/* What stands before a scalar, and between it and the point; between NULL: no point. */
typedef struct {
    const uint8_t *before, *between;
    size_t before_len, between_len;
} form_t;

static const form_t forms[] = {
    {pkcs8, with_point, sizeof pkcs8, sizeof with_point},
    {pkcs8_alone, NULL, sizeof pkcs8_alone, 0},
    {sec1, with_curve_and_point, sizeof sec1, sizeof with_curve_and_point},
};

static bool fits(const form_t *form, oc_span_t der) {
    size_t point = form->between ? OC_P256_POINT : 0, at = form->before_len + OC_P256_SCALAR;
    return der.len == at + form->between_len + point &&
           memcmp(der.data, form->before, form->before_len) == 0 &&
           (!form->between || memcmp(der.data + at, form->between, form->between_len) == 0);
}

int oc_p256_der_private(oc_span_t der, uint8_t scalar[OC_P256_SCALAR], uint8_t point[OC_P256_POINT],
                        bool *has_point) {
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!fits(&forms[i], der))
            continue;
        memcpy(scalar, der.data + forms[i].before_len, OC_P256_SCALAR);
        *has_point = forms[i].between != NULL;
        if (*has_point)
            memcpy(point, der.data + der.len - OC_P256_POINT, OC_P256_POINT);
        return OC_OK;
    }
    return OC_ERR_FORMAT;
}

int oc_p256_der_public(oc_span_t der, uint8_t point[OC_P256_POINT]) {
    if (der.len != OC_P256_SPKI || memcmp(der.data, spki, sizeof spki) != 0)
        return OC_ERR_FORMAT;
    memcpy(point, der.data + sizeof spki, OC_P256_POINT);
    return OC_OK;
}

void oc_p256_der_write_private(const uint8_t scalar[OC_P256_SCALAR],
                               const uint8_t point[OC_P256_POINT], uint8_t out[OC_P256_PKCS8]) {
    memcpy(out, pkcs8, sizeof pkcs8);
    memcpy(out + sizeof pkcs8, scalar, OC_P256_SCALAR);
    memcpy(out + sizeof pkcs8 + OC_P256_SCALAR, with_point, sizeof with_point);
    memcpy(out + OC_P256_PKCS8 - OC_P256_POINT, point, OC_P256_POINT);
}

void oc_p256_der_write_public(const uint8_t point[OC_P256_POINT], uint8_t out[OC_P256_SPKI]) {
    memcpy(out, spki, sizeof spki);
    memcpy(out + sizeof spki, point, OC_P256_POINT);
}

/* ---- signatures: SEQUENCE of two INTEGERs ---- */

/* One INTEGER above 0 without a needless zero, right-aligned into HALF bytes. */
static bool read_integer(oc_rd_t *r, uint8_t out[HALF]) {
    unsigned tag = oc_rd_u8(r), len = oc_rd_u8(r);
    oc_span_t number = oc_rd_span(r, len);
    if (r->bad || tag != 2 || len == 0 || len > HALF + 1 || number.data[0] & 0x80)
        return false;
    if (len > 1 && number.data[0] == 0) {
        if (!(number.data[1] & 0x80))
            return false;
        number = oc_span_sub(number, 1, len - 1);
    }
    if (number.len > HALF)
        return false;
    memset(out, 0, HALF);
    memcpy(out + HALF - number.len, number.data, number.len);
    return true;
}

int oc_p256_der_signature(oc_span_t der, uint8_t signature[OC_P256_SIGNATURE]) {
    oc_rd_t r = oc_rd(der);
    unsigned tag = oc_rd_u8(&r), len = oc_rd_u8(&r);
    return !r.bad && tag == 0x30 && len == oc_rd_left(&r) && read_integer(&r, signature) &&
                   read_integer(&r, signature + HALF) && oc_rd_left(&r) == 0
               ? OC_OK
               : OC_ERR_FORMAT;
}

static uint8_t *write_integer(uint8_t *to, const uint8_t number[HALF]) {
    size_t skip = 0;
    while (skip < HALF - 1 && number[skip] == 0)
        skip++;
    bool zero = number[skip] & 0x80;
    *to++ = 2;
    *to++ = (uint8_t)(HALF - skip + zero);
    if (zero)
        *to++ = 0;
    memcpy(to, number + skip, HALF - skip);
    return to + HALF - skip;
}

size_t oc_p256_der_write_signature(const uint8_t signature[OC_P256_SIGNATURE],
                                   uint8_t out[OC_P256_SIGNATURE_DER]) {
    uint8_t *end = write_integer(write_integer(out + 2, signature), signature + HALF);
    out[0] = 0x30;
    out[1] = (uint8_t)(end - out - 2);
    return (size_t)(end - out);
}
