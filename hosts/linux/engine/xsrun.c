/* xsrun - developer tool: runs a module of bytecode archives without the media plane.
 * Exit status 0: finished; 1: the script failed or was stopped; 2: wrong usage or archive. */
#include "oc_app_folder.h"
#include "oc_host_modules.h"
#include "oc_loop.h"
#include "oc_machine.h"
#include "oc_script_context.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define XSRUN_GRANTS 8

/* Given as `host` with --data: glue finds the application's folder there, and no media plane. */
static oc_app_folder_t app_folder;
static oc_script_context_t files_only = {.app_folder = &app_folder};

static struct {
    oc_loop_t *loop;
    oc_machine_t *machine;
    const char *granted[XSRUN_GRANTS + 1];
    unsigned granted_count;
} runner;

static const char usage[] =
    "usage: xsrun [--heap BYTES] [--fixed-heap] [--keys N] [--stack SLOTS] [--runaway MS]\n"
    "             [--grant HOST-MODULE]... [--withhold BITS] [--data FOLDER] [--memory]\n"
    "             SPECIFIER [ARCHIVE.xsa]...\n";

static void on_log(void *host, oc_machine_log_t level, const char *text) {
    FILE *out = level <= OC_MACHINE_LOG_WARN ? stderr : stdout;
    fprintf(out, "%s\n", text);
    fflush(out);
}

static void on_woken(void *context) {}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    *size = 0;
    if (!file) {
        perror(path);
        exit(2);
    }
    for (size_t room = 65536, count = 1; count; room *= 2) {
        data = realloc(data, room);
        if (!data)
            abort();
        count = fread(data + *size, 1, room - *size, file);
        *size += count;
    }
    fclose(file);
    return data;
}

static void map_file(const char *path) {
    const char *error = NULL;
    size_t size;
    void *data = read_file(path, &size);
    int result = oc_machine_map(runner.machine, data, size, false, &error);
    free(data);
    if (result == 0)
        return;
    const oc_machine_end_t *end = oc_machine_end(runner.machine);
    fprintf(stderr, "xsrun: %s: %s\n", path, error ? error : oc_machine_reason_text(end->reason));
    exit(error ? 2 : 1);
}

static void show_memory(const oc_machine_t *machine) {
    oc_machine_memory_t memory;
    oc_machine_memory(machine, &memory);
    fprintf(stderr, "xsrun: used %zu, allocated %zu, peak %zu bytes, %u keys\n", memory.used_bytes,
            memory.allocated_bytes, memory.peak_bytes, memory.keys);
}

static int run(const char *specifier) {
    if (oc_machine_import(runner.machine, OC_HOST_PRELUDE) == 0 &&
        oc_machine_import(runner.machine, specifier) == 0) {
        while (oc_machine_waits(runner.machine))
            oc_loop_turn(runner.loop);
        oc_machine_finish(runner.machine);
    }
    const oc_machine_end_t *end = oc_machine_end(runner.machine);
    if (end->reason == OC_MACHINE_FINISHED)
        return 0;
    fprintf(stderr, "xsrun: %s%s%s\n", oc_machine_reason_text(end->reason),
            end->text[0] ? ": " : "", end->text);
    return 1;
}

static void open_data(const char *path, oc_machine_config_t *config) {
    int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        perror(path);
        exit(2);
    }
    oc_app_folder_init(&app_folder, root, 0);
    config->host = &files_only;
}

static const char *parse(int argc, char **argv, oc_machine_config_t *config, bool *memory) {
    enum { HEAP, FIXED, KEYS, STACK, RUNAWAY, GRANT, DATA, WITHHOLD, MEMORY };
    static const struct option options[] = {
        {"heap", 1, NULL, HEAP},         {"fixed-heap", 0, NULL, FIXED},
        {"keys", 1, NULL, KEYS},         {"stack", 1, NULL, STACK},
        {"runaway", 1, NULL, RUNAWAY},   {"grant", 1, NULL, GRANT},
        {"data", 1, NULL, DATA},         {"memory", 0, NULL, MEMORY},
        {"withhold", 1, NULL, WITHHOLD}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 0) : 0;
        switch (option) {
        case HEAP:
            config->heap_bytes = number;
            break;
        case FIXED:
            config->fixed_heap = true;
            break;
        case KEYS:
            config->key_count = number;
            break;
        case STACK:
            config->stack_slots = number;
            break;
        case RUNAWAY:
            config->runaway_ms = number;
            break;
        case GRANT:
            if (runner.granted_count == XSRUN_GRANTS)
                return NULL;
            runner.granted[runner.granted_count++] = optarg;
            break;
        case DATA:
            open_data(optarg, config);
            break;
        case WITHHOLD:
            config->withheld = number;
            break;
        case MEMORY:
            *memory = true;
            break;
        default:
            return NULL;
        }
    }
    return optind < argc ? argv[optind++] : NULL;
}

int main(int argc, char **argv) {
    bool memory = false;
    oc_machine_config_t config = {
        .name = "xsrun", .granted = runner.granted, .runaway_ms = 5000, .on_log = on_log};
    const char *specifier = parse(argc, argv, &config, &memory), *error = NULL;
    if (!specifier) {
        fputs(usage, stderr);
        return 2;
    }
    int result = oc_loop_create(&runner.loop, on_woken, NULL);
    if (result == 0) {
        oc_loop_enter(runner.loop);
        config.loop = oc_loop_native(runner.loop);
        oc_host_modules_configure(&config);
        result = oc_machine_create(&runner.machine, &config);
    }
    if (result == 0)
        result = oc_host_modules_map(runner.machine, &error);
    if (result < 0) {
        fprintf(stderr, "xsrun: no machine: %s\n", error ? error : "not enough memory allowed");
        return 2;
    }
    for (; optind < argc; optind++)
        map_file(argv[optind]);
    int status = run(specifier);
    if (memory)
        show_memory(runner.machine);
    oc_machine_delete(runner.machine);
    oc_loop_settle(runner.loop);
    oc_loop_leave(runner.loop);
    oc_loop_delete(runner.loop);
    return status;
}
