/* The certificate of a board: made when there is a network, kept in NVS, replaced when damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "fake_net.h"
#include "nvs.h"
#include "oc_certificate_esp.h"
#include "oc_err.h"

static void begin(void) {
    fake_reset();
    fake_net_reset();
}

static void the_certificate_is_kept(void **state) {
    oc_certificate_t *first, *again;
    begin();
    fake_net.interface[0].up = false; /* no radio: none is made */
    assert_int_equal(oc_certificate_esp_open(&first), OC_ERR_STATE);
    fake_net.interface[0].up = true;
    assert_int_equal(oc_certificate_esp_open(&first), OC_OK);
    fake_net.interface[0].up = false; /* but one that is there is read */
    assert_int_equal(oc_certificate_esp_open(&again), OC_OK);
    assert_memory_equal(oc_certificate_fingerprint(first), oc_certificate_fingerprint(again), 32);
    oc_certificate_destroy(again);
    fake_net.interface[0].up = true;
    oc_certificate_destroy(first);
}

static void a_damaged_or_unstored_certificate(void **state) {
    oc_certificate_t *certificate;
    begin();
    memset(fake_nvs.blob, 'x', sizeof fake_nvs.blob);
    fake_nvs.blob_len = 500;
    assert_int_equal(oc_certificate_esp_open(&certificate), OC_OK); /* replaced */
    oc_certificate_destroy(certificate);
    assert_memory_equal(fake_nvs.blob, "-----BEGIN", 10);
    fake_nvs.blob_len = sizeof fake_nvs.blob; /* longer than any */
    assert_int_equal(oc_certificate_esp_open(&certificate), OC_OK);
    oc_certificate_destroy(certificate);
    fake_nvs.blob_len = 0;
    fake_nvs.write_error = ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    assert_int_equal(oc_certificate_esp_open(&certificate), OC_OK); /* until the end */
    oc_certificate_destroy(certificate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificate_is_kept),
        cmocka_unit_test(a_damaged_or_unstored_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
