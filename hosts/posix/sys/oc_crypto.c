/* libcrypto behind native/base/oc_crypto.h. Ciphers are looked up once per process, contexts of
 * keys made when the key comes: a call allocates nothing. Hashes go by the old functions with their
 * state on the stack: those of EVP allocate at every start (OpenSSL 3.0), which the frame path must
 * not. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "oc_crypto.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "oc_err.h"

#define EXPLICIT 8 /* bytes of the nonce that a record of TLS 1.2 carries */

struct oc_aead {
    EVP_CIPHER_CTX *context;
    bool records; /* may seal those of TLS 1.2 */
    bool counts;  /* the context seals records, and its next nonce is: */
    uint8_t next[OC_AEAD_NONCE];
};

static EVP_CIPHER *ciphers[OC_AEAD_AES256_GCM + 1]; /* by oc_aead_kind */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look_up(void) {
    ciphers[OC_AEAD_AES128_GCM] = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    ciphers[OC_AEAD_CHACHA20_POLY1305] = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    ciphers[OC_AEAD_AES256_GCM] = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

/* Over memory of this call alone, none of these can fail. */
#define HASH(context_t, init, update, final)                                                       \
    do {                                                                                           \
        context_t context;                                                                         \
        (void)init(&context);                                                                      \
        for (unsigned i = 0; i < count; i++) {                                                     \
            if (parts[i].len)                                                                      \
                (void)update(&context, parts[i].data, parts[i].len);                               \
        }                                                                                          \
        (void) final(out, &context);                                                               \
        OPENSSL_cleanse(&context, sizeof(context));                                                \
    } while (0)

void oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out) {
    switch (kind) {
    case OC_HASH_MD5:
        HASH(MD5_CTX, MD5_Init, MD5_Update, MD5_Final);
        break;
    case OC_HASH_SHA1:
        HASH(SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final);
        break;
    case OC_HASH_SHA256:
        HASH(SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final);
        break;
    case OC_HASH_SHA384:
        HASH(SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final);
        break;
    case OC_HASH_SHA512:
        HASH(SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final);
        break;
    }
}

bool oc_crypto_equal(const void *a, const void *b, size_t len) {
    return CRYPTO_memcmp(a, b, len) == 0;
}

void oc_crypto_wipe(void *data, size_t len) {
    OPENSSL_cleanse(data, len);
}

/* ---- AEAD ---- */

int oc_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key) {
    *out = NULL;
    (void)pthread_once(&once, look_up);
    EVP_CIPHER *cipher = ciphers[kind];
    oc_aead_t *aead = cipher ? calloc(1, sizeof(*aead)) : NULL;
    if (!aead)
        return OC_ERR_NOMEM;
    aead->records = kind == OC_AEAD_AES128_GCM;
    aead->context = EVP_CIPHER_CTX_new();
    if (!aead->context || EVP_EncryptInit_ex2(aead->context, cipher, key, NULL, NULL) != 1) {
        oc_aead_destroy(aead);
        return OC_ERR_NOMEM;
    }
    *out = aead;
    return OC_OK;
}

void oc_aead_destroy(oc_aead_t *aead) {
    if (!aead)
        return;
    EVP_CIPHER_CTX_free(aead->context); /* wipes what it holds */
    free(aead);
}

int oc_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 const oc_span_t *plain, unsigned parts, uint8_t *out) {
    EVP_CIPHER_CTX *context = aead->context;
    size_t len = ad.len > OC_AEAD_MAX ? SIZE_MAX : oc_aead_gather(plain, parts, out);
    int n = 0;
    if (len == SIZE_MAX)
        return OC_ERR_TOO_BIG;
    aead->counts = false;
    if (EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL) != 1 ||
        (ad.len && EVP_EncryptUpdate(context, NULL, &n, ad.data, (int)ad.len) != 1) ||
        (len && EVP_EncryptUpdate(context, out, &n, out, (int)len) != 1) ||
        EVP_EncryptFinal_ex(context, out + len, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, OC_AEAD_TAG, out + len) != 1)
        return OC_ERR_IO;
    return OC_OK;
}

/* The context seals a record with this nonce next, and counts up from it (what libssl has it do,
 * but the first nonce is ours: a length of -1 replaces all 12 bytes of it). */
static bool count_from(oc_aead_t *aead, const uint8_t *nonce) {
    aead->counts = EVP_EncryptInit_ex2(aead->context, NULL, NULL, NULL, NULL) == 1 &&
                   EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_GCM_SET_IV_FIXED, -1,
                                       (void *)(uintptr_t)nonce) == 1;
    memcpy(aead->next, nonce, OC_AEAD_NONCE);
    return aead->counts;
}

static void count_up(uint8_t *nonce) {
    for (unsigned i = OC_AEAD_NONCE; i > OC_AEAD_NONCE - EXPLICIT && ++nonce[i - 1] == 0; i--)
        ;
}

int oc_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                        const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain, unsigned parts,
                        uint8_t *out) {
    uint8_t counted[OC_AEAD_RECORD_AD];
    if (!aead->records)
        return OC_ERR_STATE;
    size_t len = oc_aead_gather(plain, parts, out);
    if (len > OC_AEAD_RECORD_MAX)
        return OC_ERR_TOO_BIG;
    memcpy(counted, ad, sizeof counted); /* the library takes the explicit bytes off again */
    counted[OC_AEAD_RECORD_AD - 2] = (uint8_t)((len + EXPLICIT) >> 8);
    counted[OC_AEAD_RECORD_AD - 1] = (uint8_t)(len + EXPLICIT);
    OSSL_PARAM with[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, counted, sizeof counted),
        OSSL_PARAM_construct_end()};
    int whole = (int)(EXPLICIT + len + OC_AEAD_TAG);
    if (!(aead->counts && memcmp(nonce, aead->next, OC_AEAD_NONCE) == 0) &&
        !count_from(aead, nonce))
        return OC_ERR_IO;
    if (EVP_CIPHER_CTX_set_params(aead->context, with) != 1 ||
        EVP_Cipher(aead->context, out - EXPLICIT, out - EXPLICIT, (unsigned)whole) != whole) {
        aead->counts = false;
        return OC_ERR_IO;
    }
    count_up(aead->next);
    return OC_OK;
}

int oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 oc_span_t sealed, uint8_t *out) {
    EVP_CIPHER_CTX *context = aead->context;
    uint8_t tag[OC_AEAD_TAG];
    int n = 0;
    if (sealed.len < OC_AEAD_TAG)
        return OC_ERR_TRUNC;
    size_t len = sealed.len - OC_AEAD_TAG;
    if (len > OC_AEAD_MAX || ad.len > OC_AEAD_MAX)
        return OC_ERR_TOO_BIG;
    memcpy(tag, sealed.data + len, sizeof(tag));
    OSSL_PARAM with[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof(tag)),
        OSSL_PARAM_construct_end()};
    aead->counts = false;
    if (EVP_DecryptInit_ex2(context, NULL, NULL, nonce, with) == 1 &&
        (ad.len == 0 || EVP_DecryptUpdate(context, NULL, &n, ad.data, (int)ad.len) == 1) &&
        (len == 0 || EVP_DecryptUpdate(context, out, &n, sealed.data, (int)len) == 1) &&
        EVP_DecryptFinal_ex(context, out + len, &n) == 1)
        return OC_OK;
    memset(out, 0, len);
    return OC_ERR_FORMAT;
}
