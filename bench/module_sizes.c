/* module_sizes APP.xsa SPECIFIER... - what each module adds to the heap of a script when it is
 * imported, as `specifier bytes` lines. A module counts what it imports, unless that came before:
 * bench/modules.mjs names them in that order. "-" is the machine with the host's globals. */
#include "oc_host_archive.h"
#include "oc_host_modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static size_t live(oc_machine_t *machine) {
    oc_machine_memory_t memory;
    oc_machine_collect(machine);
    oc_machine_memory(machine, &memory);
    return memory.used_bytes;
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    void *data = malloc(1 << 20);
    if (!file || !data) {
        perror(path);
        exit(2);
    }
    *size = fread(data, 1, 1 << 20, file);
    fclose(file);
    return data;
}

static void must(int result, const char *what, oc_machine_t *machine) {
    if (result >= 0)
        return;
    fprintf(stderr, "module_sizes: %s: %s\n", what,
            machine ? oc_machine_end(machine)->text : "failed");
    exit(1);
}

int main(int argc, char **argv) {
    static uv_loop_t loop;
    oc_machine_t *machine = NULL;
    const char *error;
    size_t size;
    if (argc < 2) {
        fputs("usage: module_sizes APP.xsa SPECIFIER...\n", stderr);
        return 2;
    }
    void *app = read_file(argv[1], &size);
    uv_loop_init(&loop);
    oc_machine_config_t config = {
        .loop = &loop, .natives = oc_host_natives, .native_count = oc_host_native_count};
    must(oc_machine_create(&machine, &config), "create", NULL);
    must(oc_machine_map(machine, oc_host_archive, oc_host_archive_size, true, &error), "host",
         machine);
    must(oc_machine_map(machine, app, size, false, &error), argv[1], machine);
    free(app);
    must(oc_machine_import(machine, OC_HOST_PRELUDE), OC_HOST_PRELUDE, machine);
    size_t before = live(machine);
    printf("- %zu\n", before);
    for (int i = 2; i < argc; i++) {
        must(oc_machine_import(machine, argv[i]), argv[i], machine);
        size_t now = live(machine);
        printf("%s %zu\n", argv[i], now > before ? now - before : 0);
        before = now;
    }
    oc_machine_delete(machine);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_loop_close(&loop);
    return 0;
}
