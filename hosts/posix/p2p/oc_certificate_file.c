#include "oc_certificate_file.h"

#include <string.h>

#include "oc_access_store.h"
#include "oc_beneath.h"
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_store.h"

#define ROOM "p2p"

static int store(int root, const oc_certificate_t *certificate) {
    char text[OC_CERTIFICATE_PEM];
    int len = oc_certificate_write(certificate, text, sizeof text);
    int result = len < 0 ? len : oc_beneath_mkdir(root, ROOM);
    if (result == OC_OK)
        result = oc_store_replace(root, OC_CERTIFICATE_FILE, text, (size_t)len);
    oc_crypto_wipe(text, sizeof text);
    return result;
}

static int load(int root, oc_certificate_t **out) {
    char text[OC_CERTIFICATE_PEM];
    oc_access_stamp_t stamp;
    int result = oc_access_store_read(root, OC_CERTIFICATE_FILE, text, sizeof text, &stamp);
    if (result >= 0)
        result = oc_certificate_read(out, text, (size_t)result);
    else if (result == OC_ERR_TOO_BIG)
        result = OC_ERR_FORMAT;
    oc_crypto_wipe(text, sizeof text);
    return result;
}

int oc_certificate_file_open(int root, oc_certificate_t **out) {
    *out = NULL;
    int result = load(root, out);
    if (result != OC_ERR_FORMAT && result != OC_ERR_NOENT)
        return result;
    if (result == OC_ERR_FORMAT)
        oc_log(OC_LOG_WARN, ROOM,
               OC_CERTIFICATE_FILE " is damaged: a new certificate replaces it, viewers reconnect");
    result = oc_certificate_make(out);
    if (result != OC_OK)
        return result;
    int stored = store(root, *out);
    if (stored != OC_OK)
        oc_log(OC_LOG_WARN, ROOM, OC_CERTIFICATE_FILE ": %s; the certificate is lost at the end",
               oc_err_text(stored));
    return OC_OK;
}
