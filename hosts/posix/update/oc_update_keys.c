#define _GNU_SOURCE
#include "oc_update_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "oc_err.h"

static int refuse(int result, const char *what, char *why, size_t why_size) {
    ERR_clear_error();
    snprintf(why, why_size, "%s", what);
    return result;
}

/* The public point of a key on P-256. */
static bool point_of(EVP_PKEY *key, uint8_t point[OC_P256_POINT]) {
    char curve[32] = "";
    size_t len = 0;
    (void)EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                         "uncompressed");
    return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof(curve),
                                          NULL) == 1 &&
           (strcmp(curve, "prime256v1") == 0 || strcmp(curve, "P-256") == 0) &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, OC_P256_POINT,
                                           &len) == 1 &&
           len == OC_P256_POINT;
}

/* Never asks for a pass phrase. */
static int no_phrase(char *out, int size, int writes, void *context) {
    return -1;
}

static int read_all(oc_trust_t *trust, BIO *bio, char *why, size_t why_size) {
    unsigned found = 0;
    for (EVP_PKEY *key; (key = PEM_read_bio_PUBKEY(bio, NULL, no_phrase, NULL)); found++) {
        uint8_t point[OC_P256_POINT];
        bool good = point_of(key, point);
        EVP_PKEY_free(key);
        int result = good ? oc_trust_add(trust, point) : OC_ERR_FORMAT;
        if (result != OC_OK)
            return refuse(result,
                          result == OC_ERR_TOO_BIG ? "there are too many keys; at most 8"
                                                   : "a key is not of the curve P-256",
                          why, why_size);
    }
    if (found == 0)
        return refuse(OC_ERR_FORMAT,
                      "holds no public key (PEM, BEGIN PUBLIC KEY); give the .pub file of "
                      "\"ocellus keys new\"",
                      why, why_size);
    ERR_clear_error(); /* of the end */
    return OC_OK;
}

int oc_update_keys_read(oc_trust_t *trust, const char *path, char *why, size_t why_size) {
    char text[OC_UPDATE_KEY_FILE_MAX];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        const char *what = fd < 0 ? strerror(errno) : "not a regular file";
        if (fd >= 0)
            close(fd);
        return refuse(OC_ERR_IO, what, why, why_size);
    }
    ssize_t len = about.st_size <= (off_t)sizeof(text) ? read(fd, text, sizeof(text)) : -1;
    close(fd);
    if (len < 0)
        return refuse(OC_ERR_TOO_BIG, "larger than 16 KB", why, why_size);
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    int result = bio ? read_all(trust, bio, why, why_size)
                     : refuse(OC_ERR_NOMEM, "not enough memory", why, why_size);
    BIO_free(bio);
    return result;
}
