/* engine_bench SCRIPTS.xsa - medians of the script machine, as JSON on one line:
 * start (create, map, prelude, first line of the script) and a full collection with 1 MB live. */
#include "oc_host_modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define RUNS 101

typedef struct {
    uv_loop_t loop;
    oc_machine_t *machine;
    uint8_t *scripts;
    size_t scripts_size;
    double first_line_us; /* 0: none yet */
} bench_t;

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void on_log(void *host, oc_machine_log_t level, const char *text) {
    bench_t *bench = host;
    if (bench->first_line_us == 0)
        bench->first_line_us = now_us();
}

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "engine_bench: %s failed (%d)\n", what, result);
        exit(1);
    }
}

/* Microseconds from nothing to the script's first line. */
static double start(bench_t *bench, const char *specifier) {
    const char *error;
    oc_machine_config_t config = {.loop = &bench->loop, .host = bench, .on_log = on_log};
    oc_host_modules_configure(&config);
    double began_us = now_us();
    bench->first_line_us = 0;
    must(oc_machine_create(&bench->machine, &config), "create");
    must(oc_host_modules_map(bench->machine, &error), "map of the host's archive");
    must(oc_machine_map(bench->machine, bench->scripts, bench->scripts_size, false, &error),
         "map of the scripts");
    must(oc_machine_import(bench->machine, OC_HOST_PRELUDE), "prelude");
    must(oc_machine_import(bench->machine, specifier), specifier);
    return bench->first_line_us - began_us;
}

static void stop(bench_t *bench) {
    oc_machine_delete(bench->machine);
    uv_run(&bench->loop, UV_RUN_NOWAIT);
}

static void read_scripts(bench_t *bench, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    bench->scripts_size = (size_t)ftell(file);
    rewind(file);
    bench->scripts = malloc(bench->scripts_size);
    if (!bench->scripts ||
        fread(bench->scripts, 1, bench->scripts_size, file) != bench->scripts_size)
        exit(2);
    fclose(file);
}

int main(int argc, char **argv) {
    static bench_t bench;
    static double starts[RUNS], collections[RUNS];
    oc_machine_memory_t memory, fresh;
    if (argc != 2) {
        fputs("usage: engine_bench SCRIPTS.xsa\n", stderr);
        return 2;
    }
    uv_loop_init(&bench.loop);
    read_scripts(&bench, argv[1]);
    for (unsigned i = 0; i < RUNS; i++) {
        starts[i] = start(&bench, "ocellus/test/hello");
        oc_machine_memory(bench.machine, &fresh);
        stop(&bench);
    }
    start(&bench, "ocellus/test/bench_heap");
    for (unsigned i = 0; i < RUNS; i++) {
        double began_us = now_us();
        oc_machine_collect(bench.machine);
        collections[i] = now_us() - began_us;
    }
    oc_machine_memory(bench.machine, &memory);
    stop(&bench);
    uv_loop_close(&bench.loop);
    printf("{\"start_us\":%.0f,\"collect_us\":%.0f,\"collect_live_bytes\":%zu,"
           "\"fresh_allocated_bytes\":%zu,\"fresh_keys\":%u}\n",
           median(starts, RUNS), median(collections, RUNS), memory.used_bytes,
           fresh.allocated_bytes, fresh.keys);
    free(bench.scripts);
    return 0;
}
