/* See oc_front.h. */
#include "oc_front.h"

#include "nvs.h"
#include "nvs_flash.h"
#include "oc_board.h"
#include "oc_err.h"
#include "oc_indicator_light.h"
#include "oc_log.h"

#define SPACE "ocellus"
#define KEY   "privacy"

static bool stored(void) {
    nvs_handle_t handle;
    uint8_t on = 0;
    esp_err_t code = nvs_flash_init();
    if (code == ESP_OK)
        code = nvs_open(SPACE, NVS_READONLY, &handle);
    if (code == ESP_OK) {
        code = nvs_get_u8(handle, KEY, &on);
        nvs_close(handle);
    }
    if (code == ESP_ERR_NVS_NOT_FOUND)
        return false;
    if (code != ESP_OK)
        oc_log(OC_LOG_ERROR, "front", "NVS cannot be read (%s): privacy mode is on",
               esp_err_to_name(code));
    return code != ESP_OK || on != 0;
}

static int write_down(bool on) {
    nvs_handle_t handle;
    esp_err_t code = nvs_open(SPACE, NVS_READWRITE, &handle);
    if (code != ESP_OK)
        return OC_ERR_IO;
    code = nvs_set_u8(handle, KEY, on);
    if (code == ESP_OK)
        code = nvs_commit(handle);
    nvs_close(handle);
    return code == ESP_OK                         ? OC_OK
           : code == ESP_ERR_NVS_NOT_ENOUGH_SPACE ? OC_ERR_DISK_FULL
                                                  : OC_ERR_IO;
}

static void look_at_switch(oc_front_t *front, int64_t now_us) {
    bool raised = oc_contact_read(&front->contact, oc_board_switch(), now_us);
    (void)oc_plane_input(front->plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, raised, now_us);
}

void oc_front_begin(oc_front_t *front, oc_plane_t *plane, int64_t now_us) {
    *front = (oc_front_t){.plane = plane};
    oc_board_front();
    oc_plane_privacy_notified(plane, stored(), now_us);
    look_at_switch(front, now_us);
}

void oc_front_store(oc_front_t *front, bool on) {
    front->storing = true;
    front->stores = on;
}

int64_t oc_front_turn(oc_front_t *front, int64_t now_us) {
    bool stored = front->storing;
    if (stored) {
        front->storing = false;
        oc_plane_privacy_stored(front->plane, write_down(front->stores), now_us);
    }
    look_at_switch(front, now_us);
    uint32_t indicator = oc_plane_indicator(front->plane);
    bool bright = oc_indicator_light(indicator, now_us);
    if (bright != front->bright)
        oc_board_light(bright);
    front->bright = bright;
    if (stored) /* the plane has to answer */
        return now_us;
    if (oc_board_has_switch())
        return now_us + OC_FRONT_US;
    return indicator & OC_INDICATOR_WATCHING ? now_us + OC_INDICATOR_LIGHT_BLINK_US / 2 : INT64_MAX;
}

void oc_front_end(oc_front_t *front) {
    oc_board_light(false);
    front->bright = false;
}
