/* Glue of esp32.ts and hosts/sdk/load-app.ts: the application's archive, a private copy of what a
 * partition holds, mapped for as long as the board runs. Its own file, because the engine's inner
 * header hides what esp32_xs.c needs of the SDK. XS task. */
#include "xsAll.h"

#include <stdio.h>
#include <string.h>
#include "mc.xs.h"
#include "esp32_app.h"
#include "oc_app_needs.h"
#include "oc_app_slot.h"
#include "oc_archive.h"
#include "oc_esp.h"
#include "oc_sdk_names.h"
#include "oc_xs.h"

#define WHY_MAX    200
#define MAP_BUFFER 4096

void xs_esp32_map(xsMachine *the);
void xs_load_app_find(xsMachine *the);
void xs_load_app_has(xsMachine *the);
void xs_load_app_destructor(void *data);

static void *archive;
static oc_app_needs_t needs; /* of the archive */

unsigned esp32_app_capabilities(void) {
    return needs.capabilities;
}

static txBoolean read_archive(void *from, size_t offset, void *buffer, size_t size) {
    memcpy(buffer, (uint8_t *)from + offset, size);
    return 1;
}

static txBoolean write_archive(void *to, size_t offset, void *buffer, size_t size) {
    memcpy((uint8_t *)to + offset, buffer, size);
    return 1;
}

/* Maps the archive of one partition. False, with the reason: it cannot be used. */
static bool map_slot(xsMachine *the, const char *label, char *why, size_t why_size) {
    txMachine *xs = (txMachine *)the;
    char refusal[OC_APP_NEEDS_TEXT];
    oc_archive_info_t info;
    oc_app_needs_t declared;
    uint8_t *data;
    size_t size;
    if (oc_app_slot_read(label, &data, &size, why, why_size) < 0)
        return false;
    const char *wrong = oc_archive_check(data, size, &info);
    if (!wrong && info.natives)
        wrong = "names C functions";
    if (!wrong && oc_app_needs_read(data, size, &declared, refusal, sizeof refusal) < 0)
        wrong = refusal;
    if (!wrong && !fxMapArchive(xs, xs->preparation, data, MAP_BUFFER, read_archive, write_archive))
        wrong = "cannot be mapped";
    if (wrong) {
        snprintf(why, why_size, "%s: %s", label, wrong);
        oc_esp_release(data);
        return false;
    }
    archive = data;
    needs = declared;
    return true;
}

/* map(): name of the partition whose application was mapped; throws with both reasons */
void xs_esp32_map(xsMachine *the) {
    char why_a[WHY_MAX], why_b[WHY_MAX];
    if (map_slot(the, "appA", why_a, sizeof why_a))
        xsmcSetString(xsResult, "appA");
    else if (map_slot(the, "appB", why_b, sizeof why_b))
        xsmcSetString(xsResult, "appB");
    else
        xsUnknownError("no application: %s; %s", why_a, why_b);
}

/* ---- load-app.ts ---- */

/* The archive is the board's, not the script's. */
void xs_load_app_destructor(void *data) {}

/* find(path): the archive that has the module, undefined if none */
void xs_load_app_find(xsMachine *the) {
    const char *path = xsmcToString(xsArg(0));
    size_t size;
    if (!archive || oc_sdk_names_module(the, path) ||
        !fxGetArchiveCode((txMachine *)the, archive, (txString)path, &size))
        return;
    xsResult = xsNewHostObject(xs_load_app_destructor);
    xsmcSetHostData(xsResult, archive);
}

/* has(path): the host has a module of that name */
void xs_load_app_has(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_sdk_names_module(the, xsmcToString(xsArg(0))));
}
