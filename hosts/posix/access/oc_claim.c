#include "oc_claim.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "oc_crypto.h"
#include "oc_random.h"

/* Without 0 and O, 1 and I: 32, so that each byte gives a character without bias. */
static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

void oc_claim_make(char code[OC_CLAIM_CODE]) {
    uint8_t bytes[OC_CLAIM_CODE - 1];
    oc_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        code[i] = alphabet[bytes[i] % (sizeof(alphabet) - 1)];
    code[sizeof(bytes)] = '\0';
    oc_crypto_wipe(bytes, sizeof(bytes));
}

void oc_claim_show(const char code[OC_CLAIM_CODE], char shown[OC_CLAIM_SHOWN]) {
    snprintf(shown, OC_CLAIM_SHOWN, "%.5s-%.5s", code, code + 5);
}

bool oc_claim_is(const char code[OC_CLAIM_CODE], const char *typed) {
    char plain[OC_CLAIM_CODE] = "";
    size_t used = 0;
    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (used == sizeof(plain) - 1)
            return false;
        plain[used++] = (char)toupper((unsigned char)*typed);
    }
    bool same = oc_crypto_equal(plain, code, sizeof(plain) - 1);
    oc_crypto_wipe(plain, sizeof(plain));
    return code[0] && same;
}
