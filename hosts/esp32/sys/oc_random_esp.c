/* The chip's random number generator behind native/base/oc_random.h. It is fed by noise of the
 * radio: while Wi-Fi is off its numbers are predictable, so nothing of the transport is made before
 * an interface has an address (oc_p2p_pump_esp, oc_certificate_esp). */
#include "oc_random.h"

#include "esp_random.h"

void oc_random(void *out, size_t len) {
    esp_fill_random(out, len);
}
