#include "oc_access_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "oc_access_text.h"
#include "oc_err.h"
#include "oc_hmac.h"

void oc_access_link_make(const uint8_t key[OC_CRYPTO_HASH], const char *channel, int64_t expires_s,
                         char token[OC_ACCESS_LINK_MAX]) {
    char text[128];
    uint8_t mac[OC_CRYPTO_HASH];
    int len = snprintf(text, sizeof(text), "ocellus live\n%.64s\n%" PRId64, channel, expires_s);
    oc_hmac(OC_HASH_SHA256, oc_span(key, OC_CRYPTO_HASH),
            &(oc_span_t){(uint8_t *)text, (size_t)len}, 1, mac);
    len = snprintf(token, OC_ACCESS_LINK_MAX, "%" PRId64 ".", expires_s);
    oc_access_text_encode(mac, sizeof(mac), token + len);
}

int oc_access_link_check(const uint8_t key[OC_CRYPTO_HASH], const char *token, size_t token_len,
                         const char *channel, int64_t now_s) {
    char wanted[OC_ACCESS_LINK_MAX];
    int64_t expires = 0;
    size_t digits = 0;
    while (digits < token_len && digits < 12 && token[digits] >= '0' && token[digits] <= '9')
        expires = expires * 10 + (token[digits++] - '0');
    if (expires == 0 || strlen(channel) > 64)
        return OC_ERR_INVAL;
    oc_access_link_make(key, channel, expires, wanted);
    if (token_len != strlen(wanted) || !oc_crypto_equal(token, wanted, token_len))
        return OC_ERR_INVAL;
    return now_s < expires ? OC_OK : OC_ERR_STALE;
}
