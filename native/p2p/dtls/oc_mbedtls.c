#include "oc_mbedtls.h"

#include <mbedtls/ecp.h>

#include "oc_random.h"

#define KEY_BITS 256

int oc_mbedtls_random(void *context, unsigned char *out, size_t len) {
    (void)context;
    oc_random(out, len);
    return 0;
}

/* Codes of before 4.0 are a module's (0xFF80) and a low one (0x7F) together. */
bool oc_mbedtls_no_memory(int code) {
    static const unsigned modules[] = {0x7F00, 0x2880, 0x3F80, 0x4D80, 0x1180, 0x5180, 0x6180};
    unsigned whole = (unsigned)-code, low = whole & 0x7F;
    if (whole == 141) /* PSA_ERROR_INSUFFICIENT_MEMORY */
        return true;
    for (unsigned i = 0; i < sizeof modules / sizeof modules[0]; i++)
        if ((whole & 0xFF80) == modules[i])
            return true;
    return whole < 0x8000 && (low == 0x10 || low == 0x6A); /* of big numbers, of ASN.1 */
}

static void conf_shared(mbedtls_ssl_config *conf) {
    mbedtls_ssl_conf_encrypt_then_mac(conf, MBEDTLS_SSL_ETM_DISABLED);
#if defined(MBEDTLS_SSL_DTLS_ANTI_REPLAY)
    /* In the clear anyone moves the window, and shuts the true peer out; oc_dtls_record has one for
     * what is sealed. */
    mbedtls_ssl_conf_dtls_anti_replay(conf, MBEDTLS_SSL_ANTI_REPLAY_DISABLED);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
    mbedtls_ssl_conf_session_tickets(conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if defined(MBEDTLS_SSL_DTLS_HELLO_VERIFY) && defined(MBEDTLS_SSL_SRV_C)
    mbedtls_ssl_conf_dtls_cookies(conf, NULL, NULL, NULL); /* the default refuses every client */
#endif
}

int oc_mbedtls_conf_srtp(mbedtls_ssl_config *conf) {
#if defined(MBEDTLS_SSL_DTLS_SRTP)
    static const mbedtls_ssl_srtp_profile profiles[] = {MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_80,
                                                        MBEDTLS_TLS_SRTP_UNSET};
    return mbedtls_ssl_conf_dtls_srtp_protection_profiles(conf, profiles);
#else
    (void)conf;
    return 0;
#endif
}

/* The key block without MACs, RFC 5246 section 6.3: keys, then IVs, the client's first. */
static void take_block(oc_mbedtls_keys_t *out, const uint8_t *block, size_t key, size_t iv) {
    oc_dtls_keys_t *keys = &out->keys;
    bool gcm = key == 16 && iv == 4, chacha = key == 32 && iv == 12;
    if (!gcm && !chacha)
        return; /* a suite that was not offered: without keys nothing comes of it */
    memset(keys, 0, sizeof *keys);
    keys->suite = gcm ? OC_AEAD_AES128_GCM : OC_AEAD_CHACHA20_POLY1305;
    for (unsigned i = 0; i < 2; i++) {
        memcpy(keys->key[i], block + i * key, key);
        memcpy(keys->iv[i], block + 2 * key + i * iv, iv);
    }
    out->there = true;
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000 /* ---- 2.28 ---- */

int oc_mbedtls_prepare(void) {
    return 0;
}

int oc_mbedtls_make_key(mbedtls_pk_context *key) {
    int code = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code)
        return code;
    return mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), oc_mbedtls_random,
                               NULL);
}

int oc_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *text, size_t len) {
    return mbedtls_pk_parse_key(key, text, len, NULL, 0);
}

static int check_halves(const mbedtls_pk_context *open, const mbedtls_pk_context *secret) {
    return mbedtls_pk_check_pair(open, secret);
}

int oc_mbedtls_write_crt(mbedtls_x509write_cert *writer, const uint8_t serial[8],
                         unsigned char *text, size_t size) {
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    int code = mbedtls_mpi_read_binary(&number, serial, 8);
    if (!code)
        code = mbedtls_x509write_crt_set_serial(writer, &number);
    if (!code)
        code = mbedtls_x509write_crt_pem(writer, text, size, oc_mbedtls_random, NULL);
    mbedtls_mpi_free(&number);
    return code;
}

void oc_mbedtls_conf_common(mbedtls_ssl_config *conf, bool rsa) {
    static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
    static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
                                 MBEDTLS_MD_NONE};
    (void)rsa; /* what is offered follows from the suites and from what the library has */
    conf_shared(conf);
    mbedtls_ssl_conf_rng(conf, oc_mbedtls_random, NULL);
    mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_curves(conf, groups);
    mbedtls_ssl_conf_sig_hashes(conf, hashes);
}

static int on_keys(void *context, const unsigned char *master, const unsigned char *block,
                   size_t mac, size_t key, size_t iv, const unsigned char *client,
                   const unsigned char *server, mbedtls_tls_prf_types prf) {
    (void)master, (void)client, (void)server, (void)prf;
    take_block(context, block + 2 * mac, key, iv);
    return 0;
}

void oc_mbedtls_on_keys(mbedtls_ssl_config *conf, oc_mbedtls_keys_t *keys) {
    mbedtls_ssl_conf_export_keys_ext_cb(conf, on_keys, keys);
}

#else /* ---- 3.6 and later ---- */

int oc_mbedtls_prepare(void) {
    return psa_crypto_init() == PSA_SUCCESS ? 0 : -141; /* it wants memory, else it works */
}

static void on_keys(void *context, mbedtls_ssl_key_export_type type, const unsigned char *master,
                    size_t master_len, const unsigned char client[32],
                    const unsigned char server[32], mbedtls_tls_prf_types prf) {
    oc_mbedtls_keys_t *keys = context;
    const mbedtls_ssl_session *session = keys->ssl->MBEDTLS_PRIVATE(session_negotiate);
    int suite = session ? session->MBEDTLS_PRIVATE(ciphersuite) : 0;
    bool gcm = suite == 0xC02B || suite == 0xC02F, chacha = suite == 0xCCA9 || suite == 0xCCA8;
    size_t key = gcm ? 16 : 32, iv = gcm ? 4 : 12;
    uint8_t randoms[64], block[2 * (32 + 12)];
    if (type != MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET || !(gcm || chacha))
        return;
    memcpy(randoms, server, 32);
    memcpy(randoms + 32, client, 32);
    if (mbedtls_ssl_tls_prf(prf, master, master_len, "key expansion", randoms, sizeof randoms,
                            block, 2 * (key + iv)) == 0)
        take_block(keys, block, key, iv);
    oc_crypto_wipe(block, sizeof block);
}

void oc_mbedtls_on_keys(mbedtls_ssl_config *conf, oc_mbedtls_keys_t *keys) {
    (void)conf;
    mbedtls_ssl_set_export_keys_cb(keys->ssl, on_keys, keys);
}

void oc_mbedtls_conf_common(mbedtls_ssl_config *conf, bool rsa) {
    static const uint16_t groups[] = {23, 0}; /* secp256r1 */
    /* RFC 8446 4.2.3: ECDSA, then RSA with PKCS #1 v1.5, each with SHA-256, SHA-384, SHA-512 */
    static const uint16_t both[] = {0x0403, 0x0503, 0x0603, 0x0401, 0x0501, 0x0601, 0};
    static const uint16_t ecdsa[] = {0x0403, 0x0503, 0x0603, 0};
    conf_shared(conf);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    mbedtls_ssl_conf_rng(conf, oc_mbedtls_random, NULL);
#endif
    mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_groups(conf, groups);
    mbedtls_ssl_conf_sig_algs(conf, rsa ? both : ecdsa);
}

int oc_mbedtls_write_crt(mbedtls_x509write_cert *writer, const uint8_t serial[8],
                         unsigned char *text, size_t size) {
    uint8_t copy[8];
    memcpy(copy, serial, sizeof copy);
    int code = mbedtls_x509write_crt_set_serial_raw(writer, copy, sizeof copy);
    if (code)
        return code;
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    return mbedtls_x509write_crt_pem(writer, text, size, oc_mbedtls_random, NULL);
#else
    return mbedtls_x509write_crt_pem(writer, text, size);
#endif
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000
int oc_mbedtls_make_key(mbedtls_pk_context *key) {
    int code = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code)
        return code;
    return mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), oc_mbedtls_random,
                               NULL);
}

int oc_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *text, size_t len) {
    return mbedtls_pk_parse_key(key, text, len, NULL, 0, oc_mbedtls_random, NULL);
}

static int check_halves(const mbedtls_pk_context *open, const mbedtls_pk_context *secret) {
    return mbedtls_pk_check_pair(open, secret, oc_mbedtls_random, NULL);
}
#else
int oc_mbedtls_make_key(mbedtls_pk_context *key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    mbedtls_svc_key_id_t id;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, KEY_BITS);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    int code = psa_generate_key(&attributes, &id);
    if (code)
        return code;
    code = mbedtls_pk_copy_from_psa(id, key);
    psa_destroy_key(id);
    return code;
}

int oc_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *text, size_t len) {
    return mbedtls_pk_parse_key(key, text, len, NULL, 0);
}

static int check_halves(const mbedtls_pk_context *open, const mbedtls_pk_context *secret) {
    return mbedtls_pk_check_pair(open, secret);
}
#endif

#endif

bool oc_mbedtls_is_ec(const mbedtls_pk_context *key) {
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    return mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) != 0;
#else
    return mbedtls_pk_can_do_psa(key, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH), PSA_KEY_USAGE_VERIFY_HASH) !=
           0;
#endif
}

bool oc_mbedtls_is_rsa(const mbedtls_pk_context *key) {
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    return mbedtls_pk_can_do(key, MBEDTLS_PK_RSA) != 0;
#else
    return mbedtls_pk_can_do_psa(key, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH),
                                 PSA_KEY_USAGE_VERIFY_HASH) != 0;
#endif
}

int oc_mbedtls_check_pair(const mbedtls_pk_context *open, const mbedtls_pk_context *secret) {
    if (!oc_mbedtls_is_ec(open) || mbedtls_pk_get_bitlen(open) != KEY_BITS)
        return -1;
    return check_halves(open, secret);
}
