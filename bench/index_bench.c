/* What a week costs the index: 100,000 recordings of 8 channels and 50,000 events, in the folder
 * that the first argument names. Prints JSON: times of making it from the files, of a start and of
 * queries in ms, by the clock and of the processor, memory in KB. Arguments: FOLDER, recordings of
 * a channel, events, runs of each query. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_event_line.h"
#include "oc_index.h"
#include "oc_index_events.h"
#include "oc_index_query.h"
#include "oc_index_rows.h"
#include "oc_posix.h"
#include "oc_vod_index.h"

#define CHANNELS 8
#define T0       INT64_C(1795219200000) /* 2026-11-21 */
#define DAY_MS   INT64_C(86400000)
#define WEEK_MS  (7 * DAY_MS)
#define HOUR_MS  INT64_C(3600000)

/* What is measured. */
typedef struct bench {
    int root;
    int files, events, runs; /* files: of a channel */
    oc_index_t *index;
    const char *separator; /* in front of the next query */
} bench_t;

static void die(const char *what) {
    fprintf(stderr, "index_bench: %s\n", what);
    exit(1);
}

/* us of this thread, or of the whole process. */
static int64_t cpu_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void make_files(const bench_t *bench) {
    char folder[64], path[OC_FILE_PATH_MAX];
    int64_t each_us = WEEK_MS * 1000 / bench->files;
    for (int i = 0; i < CHANNELS * bench->files; i++) {
        int channel = i / bench->files, number = i % bench->files;
        oc_record_name_t record = {.name = "ocellus",
                                   .start_us = T0 * 1000 + number * each_us,
                                   .end_us = T0 * 1000 + (number + 1) * each_us};
        snprintf(folder, sizeof(folder), "recordings/cam%d", channel);
        if (oc_record_name_path(&record, folder, path, sizeof(path)) != OC_OK ||
            (number == 0 && oc_beneath_mkdir(bench->root, folder) != OC_OK))
            die("cannot name a file");
        int fd = oc_beneath_open(bench->root, path, O_WRONLY | O_CREAT, 0600);
        if (fd < 0)
            die("cannot make a file");
        close(fd);
    }
}

/* One of a hundred is protected. */
static void make_events(const bench_t *bench) {
    static const char *const kinds[] = {"motion", "human", "sound", "doorbell"};
    char line[OC_EVENT_LINE_MAX], path[OC_EVENT_LINE_PATH], name[16];
    if (oc_beneath_mkdir(bench->root, OC_EVENT_LINE_FOLDER) != OC_OK)
        die("cannot make the folder of events");
    for (int i = 0; i < bench->events; i++) {
        int64_t at_ms = T0 + i * (WEEK_MS / bench->events);
        snprintf(name, sizeof(name), "cam%d", i % CHANNELS);
        oc_event_begin_t event = {.id = (uint32_t)i + 1,
                                  .start_ms = at_ms,
                                  .end_ms = at_ms + 5000,
                                  .mask = 1,
                                  .kind = kinds[i % 4],
                                  .channel = name,
                                  .data = "{\"score\":17}"};
        oc_event_line_path(at_ms, path);
        int fd = oc_beneath_open(bench->root, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        size_t len = oc_event_line_begin(line, sizeof(line), &event);
        if (i % 100 == 0)
            len +=
                oc_event_line_change(line + len, sizeof(line) - len, event.id, OC_EVENT_PROTECT, 1);
        if (fd < 0 || write(fd, line, len) != (ssize_t)len)
            die("cannot write an event");
        close(fd);
    }
}

/* One query, or what is done with the database. */
typedef struct query {
    enum { FILES, SPANS, EVENTS, FILL } what;
    oc_list_config_t list;
    oc_span_query_t spans;
    oc_event_query_t event;
    oc_index_t *index; /* FILL */
    unsigned rows;
    int result;
    int64_t cpu_us; /* of the thread that answers */
    sem_t done;
} query_t;

static bool count_file(void *context, const oc_index_file_t *file) {
    ((query_t *)context)->rows += file->id > 0;
    return true;
}

static bool count_piece(void *context, const oc_index_piece_t *piece) {
    ((query_t *)context)->rows += piece->end_ms >= piece->start_ms;
    return true;
}

/* Key frames as recordings of a minute have them; nothing is deleted. */
static int fill(oc_index_t *index, oc_index_db_t *db) {
    oc_retention_config_t nothing = {.channels = 0};
    oc_index_keep(index, &nothing);
    return oc_index_db_execute(db, "UPDATE recording SET keys = randomblob(300), bytes = 6000000");
}

static void answer(oc_index_db_t *db, void *context) {
    static char text[64 * 1024];
    query_t *query = context;
    size_t len;
    bool more;
    int64_t begin = cpu_us(CLOCK_THREAD_CPUTIME_ID);
    query->rows = 0;
    if (query->what == FILL) {
        query->result = fill(query->index, db);
    } else if (query->what == SPANS) {
        query->result = oc_index_spans(db, &query->spans, count_piece, query, &more);
    } else if (query->what == EVENTS) {
        query->result = oc_index_events_list(db, &query->event, text, sizeof(text), &len, &more);
        for (size_t i = 0; query->result == OC_OK && i < len; i++)
            query->rows += text[i] == '\0';
        query->rows /= 8; /* fields of a row */
    } else {
        query->result = oc_index_list(db, &query->list, count_file, query, &more);
    }
    query->cpu_us = cpu_us(CLOCK_THREAD_CPUTIME_ID) - begin;
    sem_post(&query->done);
}

/* ms */
static double run(bench_t *bench, query_t *query) {
    int64_t begin = oc_posix_now_us();
    query->index = bench->index;
    sem_init(&query->done, 0, 0);
    while (oc_index_request(bench->index, answer, query) != OC_OK)
        usleep(100);
    sem_wait(&query->done);
    if (query->result != OC_OK)
        die(oc_err_text(query->result));
    return (double)(oc_posix_now_us() - begin) / 1000;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Prints the median and the 99th percentile of `count` values. */
static void print_times(const char *name, double *all, int count) {
    qsort(all, (size_t)count, sizeof(*all), compare);
    printf("\"%s\":{\"median\":%.3f,\"p99\":%.3f}", name, all[count / 2],
           all[(count - 1) * 99 / 100]);
}

static void report(bench_t *bench, const char *name, query_t query) {
    double *wall = calloc((size_t)bench->runs, sizeof(*wall));
    double *cpu = calloc((size_t)bench->runs, sizeof(*cpu));
    if (!wall || !cpu)
        die("no memory");
    for (int i = 0; i < bench->runs; i++) {
        wall[i] = run(bench, &query);
        cpu[i] = (double)query.cpu_us / 1000;
    }
    printf("%s{\"name\":\"%s\",\"rows\":%u,", bench->separator, name, query.rows);
    print_times("wall", wall, bench->runs);
    printf(",");
    print_times("cpu", cpu, bench->runs);
    printf("}");
    bench->separator = ",";
    free(wall);
    free(cpu);
}

/* The files that playback and export of a span begin with, by the index or out of the folder: by
 * the clock, and the CPU time of all threads. */
static void report_search(bench_t *bench, const char *name, bool index, int64_t ms) {
    oc_vod_place_t place = {.root = bench->root};
    if (index)
        place.finder = oc_vod_index_finder(bench->index);
    double *wall = calloc((size_t)bench->runs, sizeof(*wall));
    double *cpu = calloc((size_t)bench->runs, sizeof(*cpu));
    unsigned rows = 0;
    if (!wall || !cpu)
        die("no memory");
    for (int i = 0; i < bench->runs; i++) {
        int64_t from_ms = T0 + i * (WEEK_MS - ms) / bench->runs;
        int64_t begin = oc_posix_now_us(), used = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
        oc_vod_folder_t folder;
        if (oc_vod_folder_open(&folder, &place, "cam3", from_ms, from_ms + ms, NULL, NULL) != OC_OK)
            die("cannot find recordings");
        rows = folder.span.count;
        oc_vod_folder_close(&folder);
        wall[i] = (double)(oc_posix_now_us() - begin) / 1000;
        cpu[i] = (double)(cpu_us(CLOCK_PROCESS_CPUTIME_ID) - used) / 1000;
    }
    printf("%s{\"name\":\"%s\",\"rows\":%u,", bench->separator, name, rows);
    print_times("wall", wall, bench->runs);
    printf(",");
    print_times("cpu", cpu, bench->runs);
    printf("}");
    bench->separator = ",";
    free(wall);
    free(cpu);
}

/* Until recordings and events have been answered for. */
static void print_start(bench_t *bench, const char *name) {
    int64_t begin = oc_posix_now_us(), cpu = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
    query_t first = {.what = FILES, .list = {.limit = 1}};
    query_t event = {.what = EVENTS, .event = {.limit = 1}};
    if (oc_index_start(&bench->index, bench->root) != OC_OK)
        die("no memory");
    (void)run(bench, &first);
    (void)run(bench, &event);
    printf("\"%s\":{\"wall\":%.1f,\"cpu\":%.1f},", name, (double)(oc_posix_now_us() - begin) / 1000,
           (double)(cpu_us(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1000);
}

static void report_recordings(bench_t *bench) {
#define LIST(...)  ((query_t){.what = FILES, .list = {.limit = 200, __VA_ARGS__}})
#define SPANS(...) ((query_t){.what = SPANS, .spans = {.limit = 2000, __VA_ARGS__}})
    int64_t day_3 = T0 + 3 * DAY_MS;
    report(bench, "newest 200", LIST(.newest_first = true));
    report(bench, "newest 200 of a channel", LIST(.newest_first = true, .channel = "cam3"));
    report(bench, "oldest 200", LIST(.after = ""));
    report(bench, "an hour of a channel",
           LIST(.channel = "cam3", .from_ms = day_3, .to_ms = day_3 + HOUR_MS));
    report(bench, "newest before the middle", LIST(.newest_first = true, .to_ms = day_3));
    report(bench, "newest 200 of the common name", LIST(.newest_first = true, .name = "ocellus"));
    report(bench, "oldest of a name that nothing has", LIST(.name = "none"));
    report(bench, "newest of a name that nothing has", LIST(.newest_first = true, .name = "none"));
    report(bench, "spans of a day of a channel",
           SPANS(.channel = "cam3", .from_ms = T0 + DAY_MS, .to_ms = T0 + 2 * DAY_MS));
    report(bench, "spans of a week of a channel", SPANS(.channel = "cam3", .from_ms = T0));
}

static void report_events(bench_t *bench) {
#define EVENTS(...) ((query_t){.what = EVENTS, .event = {.limit = 200, __VA_ARGS__}})
    report(bench, "newest 200 events", EVENTS(.newest_first = true));
    report(bench, "newest 200 events of a channel",
           EVENTS(.newest_first = true, .channel = "cam3"));
    report(bench, "events of a kind that nothing has", EVENTS(.kinds = "\nnone\n"));
    report(bench, "newest 200 events of a kind",
           EVENTS(.newest_first = true, .kinds = "\nsound\n"));
    report(bench, "events of a day", EVENTS(.from_ms = T0 + 3 * DAY_MS, .to_ms = T0 + 4 * DAY_MS));
}

int main(int argc, char **argv) {
    if (argc != 5)
        die("usage: index_bench FOLDER FILES EVENTS RUNS");
    bench_t bench = {.root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                     .files = atoi(argv[2]),
                     .events = atoi(argv[3]),
                     .runs = atoi(argv[4]),
                     .separator = ""};
    struct rusage usage;
    struct stat about;
    if (bench.root < 0 || bench.files < 1 || bench.events < 1 || bench.runs < 1)
        die("no such folder, or a number that is none");
    make_files(&bench);
    make_events(&bench);
    printf("{\"recordings\":%d,\"events\":%d,", CHANNELS * bench.files, bench.events);
    print_start(&bench, "made");
    (void)run(&bench, &(query_t){.what = FILL});
    (void)oc_index_stop(bench.index, INT64_MAX);
    print_start(&bench, "start");
    printf("\"queries\":[");
    report_recordings(&bench);
    report_events(&bench);
    report_search(&bench, "playback of an hour", true, HOUR_MS);
    report_search(&bench, "playback of a day", true, DAY_MS);
    report_search(&bench, "playback of an hour, by the folder", false, HOUR_MS);
    (void)oc_index_stop(bench.index, INT64_MAX);
    getrusage(RUSAGE_SELF, &usage);
    if (fstatat(bench.root, OC_INDEX_FILE, &about, 0) != 0)
        die("there is no database");
    printf("],\"memory\":%ld,\"database\":%lld}\n", usage.ru_maxrss,
           (long long)about.st_size / 1024);
    close(bench.root);
    return 0;
}
