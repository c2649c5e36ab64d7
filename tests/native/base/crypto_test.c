/* oc_crypto as this build has it, by published vectors: FIPS 180 examples, RFC 1321, the
 * specification of GCM (test cases 1 to 4), RFC 8439. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_hex.h"

static const char *const of_nothing[OC_HASH_KINDS] = {
    "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
    "274edebfe76f65fbd51ad2f14898b95b",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"};
static const char *const of_abc[OC_HASH_KINDS] = {
    "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
    "8086072ba1e7cc2358baeca134c825a7",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"};
/* two blocks of 64 bytes, one of 128 */
static const char alphabet[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
static const char *const of_alphabet[OC_HASH_KINDS] = {
    "03dd8807a93175fb062dfb55dc7d359c", "a49b2446a02c645bf419f995b67091253a04a259",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
    "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
    "fcc7c71a557e2db966c3e9fa91746039",
    "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
    "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"};

static void assert_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count,
                        const char *expected) {
    uint8_t out[OC_HASH_MAX], bytes[OC_HASH_MAX];
    size_t len = oc_hex(expected, bytes);
    assert_int_equal(oc_hash_size(kind), len);
    oc_hash(kind, parts, count, out);
    assert_memory_equal(out, bytes, len);
}

static void hashes_by_their_vectors_in_any_parts(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < OC_HASH_KINDS; kind++) {
        oc_span_t parts[3] = {oc_span("abc", 3)};
        assert_hash(kind, NULL, 0, of_nothing[kind]);
        assert_hash(kind, parts, 1, of_abc[kind]);
        for (size_t cut = 0; cut < sizeof(alphabet); cut++) {
            parts[0] = oc_span(alphabet, cut);
            parts[1] = oc_span(NULL, 0);
            parts[2] = oc_span(alphabet + cut, sizeof(alphabet) - 1 - cut);
            assert_hash(kind, parts, 3, of_alphabet[kind]);
        }
    }
}

static void compare_and_wipe(void **state) {
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 3, sizeof(a));
    memset(b, 3, sizeof(b));
    assert_true(oc_crypto_equal(a, b, sizeof(a)));
    for (unsigned i = 0; i < sizeof(a); i++) {
        b[i] ^= 0x80;
        assert_false(oc_crypto_equal(a, b, sizeof(a)));
        assert_true(oc_crypto_equal(a, b, i));
        b[i] ^= 0x80;
    }
    oc_crypto_wipe(a, 32);
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal(a[32], 3);
}

typedef struct vector {
    enum oc_aead_kind kind;
    const char *key, *nonce, *ad, *plain, *sealed;
} vector_t;

static const vector_t vectors[] = {
    {OC_AEAD_AES128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {OC_AEAD_AES128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {OC_AEAD_AES128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {OC_AEAD_AES128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {OC_AEAD_AES256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {OC_AEAD_AES256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {OC_AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116"
     "1ae10b594f09e26a7e902ecbd0600691"},
};

static void aead_by_its_vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const vector_t *v = &vectors[i];
        uint8_t key[32], nonce[12], ad[32], plain[128], sealed[144], out[144];
        oc_aead_t *aead;
        assert_int_equal(oc_hex(v->key, key), oc_aead_key_size(v->kind));
        oc_hex(v->nonce, nonce);
        oc_span_t more = oc_span(ad, oc_hex(v->ad, ad));
        size_t len = oc_hex(v->plain, plain);
        assert_int_equal(oc_hex(v->sealed, sealed), len + OC_AEAD_TAG);
        assert_int_equal(oc_aead_create(&aead, v->kind, key), OC_OK);
        for (unsigned round = 0; round < 2;
             round++) { /* one context for both ways, again and again */
            for (size_t cut = 0; cut <= len; cut += 7) {
                const oc_span_t parts[] = {oc_span(plain, cut), oc_span(plain + cut, len - cut)};
                memset(out, 0, sizeof(out));
                assert_int_equal(oc_aead_seal(aead, nonce, more, parts, 2, out), OC_OK);
                assert_memory_equal(out, sealed, len + OC_AEAD_TAG);
            }
            assert_int_equal(oc_aead_open(aead, nonce, more, oc_span(out, len + OC_AEAD_TAG), out),
                             OC_OK);
            assert_memory_equal(out, plain, len);
            const oc_span_t here = oc_span(out, len);
            assert_int_equal(oc_aead_seal(aead, nonce, more, &here, 1, out), OC_OK);
            assert_memory_equal(out, sealed, len + OC_AEAD_TAG);
        }
        oc_aead_destroy(aead);
    }
    oc_aead_destroy(NULL);
}

static void every_damaged_bit_is_noticed(void **state) {
    (void)state;
    static const uint8_t key[32] = {1, 2, 3};
    for (unsigned kind = 0; kind < 2; kind++) {
        uint8_t nonce[12] = {9}, ad[13] = {8}, plain[40] = {7}, sealed[56], out[56];
        oc_aead_t *aead;
        const oc_span_t part = oc_span(plain, 40);
        assert_int_equal(oc_aead_create(&aead, kind, key), OC_OK);
        assert_int_equal(oc_aead_seal(aead, nonce, oc_span(ad, 13), &part, 1, sealed), OC_OK);
        for (unsigned bit = 0; bit < 8 * (56 + 13 + 12); bit++) {
            uint8_t *at = bit / 8 < 56   ? &sealed[bit / 8]
                          : bit / 8 < 69 ? &ad[bit / 8 - 56]
                                         : &nonce[bit / 8 - 69];
            *at ^= (uint8_t)(1u << bit % 8);
            memset(out, 0xFF, sizeof(out));
            assert_int_equal(oc_aead_open(aead, nonce, oc_span(ad, 13), oc_span(sealed, 56), out),
                             OC_ERR_FORMAT);
            for (unsigned i = 0; i < 40; i++) /* nothing of it is given away */
                assert_int_equal(out[i], 0);
            *at ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t len = 0; len < 16; len++)
            assert_int_equal(oc_aead_open(aead, nonce, oc_span(ad, 13), oc_span(sealed, len), out),
                             OC_ERR_TRUNC);
        for (size_t len = 16; len < 56; len++)
            assert_int_equal(oc_aead_open(aead, nonce, oc_span(ad, 13), oc_span(sealed, len), out),
                             OC_ERR_FORMAT);
        assert_int_equal(oc_aead_open(aead, nonce, oc_span(ad, 13), oc_span(sealed, 56), out),
                         OC_OK);
        assert_memory_equal(out, plain, 40);
        assert_int_equal(
            oc_aead_open(aead, nonce, oc_span(ad, OC_AEAD_MAX + 1), oc_span(sealed, 56), out),
            OC_ERR_TOO_BIG);
        oc_aead_destroy(aead);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_by_their_vectors_in_any_parts),
        cmocka_unit_test(compare_and_wipe),
        cmocka_unit_test(aead_by_its_vectors),
        cmocka_unit_test(every_damaged_bit_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
