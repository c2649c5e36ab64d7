#include "oc_certificate_esp.h"

#include "nvs.h"
#include "nvs_flash.h"
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_local_addrs_esp.h"
#include "oc_log.h"

#define ROOM  "p2p"
#define SPACE "ocellus"
#define KEY   "p2p-cert"

static int store(const oc_certificate_t *certificate) {
    char text[OC_CERTIFICATE_PEM];
    nvs_handle_t handle;
    int len = oc_certificate_write(certificate, text, sizeof text);
    esp_err_t code = len < 0 ? ESP_FAIL : nvs_open(SPACE, NVS_READWRITE, &handle);
    if (code == ESP_OK) {
        code = nvs_set_blob(handle, KEY, text, (size_t)len);
        if (code == ESP_OK)
            code = nvs_commit(handle);
        nvs_close(handle);
    }
    oc_crypto_wipe(text, sizeof text);
    if (code != ESP_OK)
        oc_log(OC_LOG_WARN, ROOM, "the certificate cannot be stored in NVS (%s)",
               esp_err_to_name(code));
    return code == ESP_OK ? OC_OK : OC_ERR_IO;
}

static int load(oc_certificate_t **out) {
    char text[OC_CERTIFICATE_PEM];
    size_t len = sizeof text;
    nvs_handle_t handle;
    int result = OC_ERR_FORMAT;
    esp_err_t code = nvs_flash_init();
    if (code == ESP_OK)
        code = nvs_open(SPACE, NVS_READONLY, &handle);
    if (code == ESP_OK) {
        code = nvs_get_blob(handle, KEY, text, &len);
        nvs_close(handle);
    }
    if (code == ESP_ERR_NVS_NOT_FOUND)
        return OC_ERR_NOENT;
    if (code == ESP_OK)
        result = oc_certificate_read(out, text, len);
    oc_crypto_wipe(text, sizeof text);
    if (result == OC_ERR_FORMAT)
        oc_log(OC_LOG_WARN, ROOM, "the certificate in NVS is damaged (%s): a new one replaces it",
               esp_err_to_name(code));
    return result;
}

static int make(oc_certificate_t **out) {
    oc_addr_t addr;
    *out = NULL;
    if (oc_local_addrs_esp(&addr, 1, OC_LOCAL_ADDRS_ESP_ALL) == 0)
        return OC_ERR_STATE;
    return oc_certificate_make(out);
}

int oc_certificate_esp_open(oc_certificate_t **out) {
    *out = NULL;
    int result = load(out);
    if (result != OC_ERR_FORMAT && result != OC_ERR_NOENT)
        return result;
    result = make(out);
    if (result == OC_OK)
        (void)store(*out); /* else it serves until the end */
    return result;
}
