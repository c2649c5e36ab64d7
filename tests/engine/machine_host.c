#include "machine_host.h"

#include "oc_host_modules.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void on_log(void *context, oc_machine_log_t level, const char *text) {
    machine_host_t *host = context;
    size_t used = strlen(host->log);
    snprintf(host->log + used, sizeof host->log - used, "%s\n", text);
}

static void on_end(void *context, const oc_machine_end_t *end) {
    machine_host_t *host = context;
    host->ends++;
}

static void on_woken(void *context) {}

void machine_host_init(machine_host_t *host) {
    memset(host, 0, sizeof *host);
    assert_int_equal(oc_loop_create(&host->loop, on_woken, NULL), 0);
    oc_loop_enter(host->loop);
    host->config = (oc_machine_config_t){.name = "test",
                                         .loop = oc_loop_native(host->loop),
                                         .host = host,
                                         .on_log = on_log,
                                         .on_end = on_end};
    oc_host_modules_configure(&host->config);
}

static void map_scripts(machine_host_t *host) {
    FILE *file = fopen(OC_SCRIPTS, "rb");
    const char *error = NULL;
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, size, file), size);
    fclose(file);
    assert_int_equal(oc_machine_map(host->machine, data, size, false, &error), 0);
    free(data);
}

void machine_host_start(machine_host_t *host) {
    const char *error = NULL;
    host->log[0] = 0;
    host->ends = 0;
    assert_int_equal(oc_machine_create(&host->machine, &host->config), 0);
    assert_int_equal(oc_host_modules_map(host->machine, &error), 0);
    map_scripts(host);
    if (oc_machine_import(host->machine, OC_HOST_PRELUDE) != 0)
        fail_msg("prelude: %s", oc_machine_end(host->machine)->text);
}

oc_machine_reason_t machine_host_run(machine_host_t *host, const char *name) {
    char specifier[128];
    snprintf(specifier, sizeof specifier, "ocellus/test/%s", name);
    if (oc_machine_import(host->machine, specifier) == 0) {
        while (oc_machine_waits(host->machine))
            oc_loop_turn(host->loop);
        oc_machine_finish(host->machine);
    }
    return oc_machine_end(host->machine)->reason;
}

void machine_host_stop(machine_host_t *host) {
    oc_machine_delete(host->machine);
    host->machine = NULL;
    oc_loop_settle(host->loop);
}

void machine_host_deinit(machine_host_t *host) {
    assert_false(machine_host_loop_is_busy(host->loop));
    oc_loop_leave(host->loop);
    oc_loop_delete(host->loop);
}

oc_machine_reason_t machine_host_once(machine_host_t *host, const char *name, char *text,
                                      size_t size) {
    machine_host_start(host);
    oc_machine_reason_t reason = machine_host_run(host, name);
    if (text)
        snprintf(text, size, "%s", oc_machine_end(host->machine)->text);
    machine_host_stop(host);
    return reason;
}
