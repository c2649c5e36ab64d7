/* Glue of esp32.ts, and what hosts/xs needs from a host (oc_xs.h), in the SDK's main machine on the
 * XS task. The archive is in esp32_archive_xs.c. That machine lives as long as the board runs: an
 * exception that nobody catches restarts the board. */
#include "oc_xs.h"

#include <stdio.h>
#include "esp32_app.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "mc.xs.h"
#include "oc_app_surface.h"
#include "oc_log.h"
#include "oc_machine_impl.h"
#include "oc_p2p_service_esp.h"
#include "oc_script_esp.h"
#include "xsHost.h"

#define WHY_MAX  200
#define TEXT_MAX 200

void xs_esp32_start(xsMachine *the);
void xs_esp32_healthy(xsMachine *the);
void xs_esp32_ended(xsMachine *the);

static xsMachine *machine;

/* ---- oc_xs.h ---- */

/* The message of the pending exception. */
static void describe(xsMachine *the, char *out, size_t size) {
    snprintf(out, size, "%s", xsmcToString(xsException));
}

bool oc_xs_enter(xsMachine *of, oc_xs_body_t body, void *data) {
    char why[TEXT_MAX] = "";
    xsBeginHost(of);
    {
        xsTry {
            body(the, data);
        }
        xsCatch {
            describe(the, why, sizeof why);
        }
    }
    xsEndHost(of);
    if (why[0])
        oc_script_esp_ended(why);
    return true;
}

static oc_xs_handle_t handles = {.next = &handles, .prev = &handles};

void oc_xs_handle_add(xsMachine *of, oc_xs_handle_t *handle,
                      void (*close)(oc_xs_handle_t *handle)) {
    handle->close = close;
    handle->next = &handles;
    handle->prev = handles.prev;
    handles.prev->next = handle;
    handles.prev = handle;
}

void oc_xs_handle_remove(oc_xs_handle_t *handle) {
    if (!handle->next)
        return;
    handle->next->prev = handle->prev;
    handle->prev->next = handle->next;
    handle->next = handle->prev = NULL;
}

void *oc_xs_loop(xsMachine *of) {
    return NULL; /* the SDK's message loop has no object */
}

void *oc_xs_host(xsMachine *of) {
    return oc_script_esp_context();
}

bool oc_xs_may(xsMachine *of, unsigned capabilities) {
    return (capabilities & ~esp32_app_capabilities()) == 0;
}

void oc_xs_log(xsMachine *of, int level, const char *text) {
    oc_log(level >= OC_LOG_ERROR && level <= OC_LOG_DEBUG ? (oc_log_level_t)level : OC_LOG_INFO,
           "script", "%s", text);
}

/* ---- what surface.ts asks ---- */

/* The SDK's own machine has no record of ours. */
oc_machine_t *oc_machine_of(xsMachine *of) {
    return NULL;
}

bool oc_machine_grants(const oc_machine_t *of, const char *specifier) {
    return oc_app_surface_module(specifier, esp32_app_capabilities());
}

bool oc_machine_engine_one_realm(void) {
    return false;
}

/* ---- esp32.ts ---- */

static void on_message(void *of, void *refcon, uint8_t *message, uint16_t length) {
    oc_script_esp_pump();
}

/* On the edge's task. */
static int post(void *context) {
    return modMessagePostToMachine(machine, NULL, 0, on_message, NULL) == 0;
}

/* start(): the media plane; throws with one line when there can be none */
void xs_esp32_start(xsMachine *the) {
    char why[WHY_MAX];
    machine = the;
    /* Also without Wi-Fi: what asks lwIP's thread would find none. Both may be done already. */
    (void)esp_netif_init();
    (void)esp_event_loop_create_default();
    if (oc_script_esp_start(post, &oc_p2p_service_esp, why, sizeof why) < 0)
        xsUnknownError("%s", why);
}

/* healthy() */
void xs_esp32_healthy(xsMachine *the) {
    oc_script_esp_healthy();
}

/* ended(why): does not return */
void xs_esp32_ended(xsMachine *the) {
    oc_script_esp_ended(xsmcToString(xsArg(0)));
}
