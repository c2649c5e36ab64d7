#define _GNU_SOURCE
#include "oc_play_thread.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_mp4_file.h"
#include "oc_queue.h"
#include "oc_vod_time.h"
#include "oc_worker.h"

#define STACK_BYTES (128 * 1024)
#define FOLDER      "recordings/"
#define ALIGN       16u

struct oc_play {
    oc_play_thread_t *thread;
    oc_play_chunk_t *chunk[OC_PLAY_CHUNKS];
    oc_play_reader_t *reader; /* of the play thread while a job is under way */
    void *memory;             /* of the reader */
    uint32_t id;
    oc_play_chunk_t *job; /* busy: to be filled; NULL: its file is to be closed */
    bool busy, closed;
};

struct oc_play_thread {
    oc_vod_place_t place;
    oc_worker_t *worker; /* NULL: ended */
    oc_queue_t results;  /* oc_play_t *; a playback has one job or result at a time: never full */
    unsigned plays;      /* media thread */
    void (*wake)(void *context);
    void *context;
};

/* ---- the thread ---- */

static int open_file(void *context, const char *path, oc_mp4_source_t *out) {
    const oc_play_thread_t *thread = context;
    if (strncmp(path, FOLDER, sizeof FOLDER - 1) != 0)
        return OC_ERR_NOENT;
    int fd = oc_beneath_open(thread->place.root, path, O_RDONLY | O_NONBLOCK, 0);
    return fd < 0 ? fd : oc_mp4_file_open(out, fd);
}

static uint64_t file_size(void *context, const oc_mp4_source_t *source) {
    struct stat about;
    return fstat((int)(intptr_t)source->context, &about) == 0 ? (uint64_t)about.st_size : 0;
}

static int find_files(void *context, const char *base, const char *path, int64_t at_ms, char *out) {
    const oc_play_thread_t *thread = context;
    int64_t base_ms;
    if (oc_vod_time_read(base, &base_ms) != OC_OK)
        return 0;
    return oc_vod_folder_list(&thread->place, path, base_ms, at_ms, out, OC_PLAY_FOUND);
}

static void run(void *context, void *job) {
    oc_play_thread_t *thread = context;
    oc_play_t *play = job;
    if (play->job)
        oc_play_reader_fill(play->reader, play->job);
    else
        oc_play_reader_close(play->reader);
    (void)oc_queue_push(&thread->results, &play);
    thread->wake(thread->context);
}

/* ---- the media thread ---- */

static void free_thread(oc_play_thread_t *thread) {
    oc_queue_deinit(&thread->results);
    free(thread);
}

int oc_play_thread_start(oc_play_thread_t **out, const oc_vod_place_t *place,
                         void (*wake)(void *context), void *context) {
    oc_play_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return OC_ERR_NOMEM;
    thread->place = *place;
    thread->wake = wake;
    thread->context = context;
    const oc_worker_config_t config = {.name = "play",
                                       .stack_bytes = STACK_BYTES,
                                       .jobs = OC_PLAYS_MAX + 1, /* one was just done */
                                       .run = run,
                                       .context = thread};
    if (oc_queue_init(&thread->results, sizeof(oc_play_t *), OC_PLAYS_MAX) != OC_OK ||
        oc_worker_start(&thread->worker, &config) != OC_OK) {
        free_thread(thread);
        return OC_ERR_NOMEM;
    }
    *out = thread;
    return OC_OK;
}

/* OC_OK | OC_ERR_NOMEM no thread. */
static int submit(oc_play_t *play, oc_play_chunk_t *chunk) {
    oc_play_thread_t *thread = play->thread;
    play->job = chunk;
    int rc = thread->worker ? oc_worker_post(thread->worker, play) : OC_ERR_NOMEM;
    play->busy = rc == OC_OK;
    return rc;
}

/* On the worker; here when it has ended, or never began. */
static void submit_close(oc_play_t *play) {
    if (submit(play, NULL) != OC_OK)
        run(play->thread, play);
}

static void free_play(oc_play_t *play) {
    for (unsigned i = 0; i < OC_PLAY_CHUNKS; i++)
        free(play->chunk[i]);
    free(play->memory);
    free(play);
}

static int fill_play(oc_play_t *play, oc_span_t list, int64_t *at_us) {
    const oc_play_files_t files = {.open = open_file,
                                   .close = oc_mp4_file_close,
                                   .size = file_size,
                                   .find = find_files,
                                   .context = play->thread};
    play->memory = aligned_alloc(ALIGN, (oc_play_reader_bytes() + ALIGN - 1) / ALIGN * ALIGN);
    for (unsigned i = 0; i < OC_PLAY_CHUNKS; i++)
        if (!(play->chunk[i] = calloc(1, sizeof(oc_play_chunk_t))))
            return OC_ERR_NOMEM;
    return play->memory ? oc_play_reader_init(&play->reader, play->memory, list, &files, at_us)
                        : OC_ERR_NOMEM;
}

int oc_play_open(oc_play_thread_t *thread, oc_span_t list, uint32_t id, int64_t *at_us,
                 oc_play_t **out, oc_play_chunk_t *const **chunks) {
    if (thread->plays == OC_PLAYS_MAX)
        return OC_ERR_BUSY;
    oc_play_t *play = calloc(1, sizeof(*play));
    if (!play)
        return OC_ERR_NOMEM;
    play->thread = thread;
    play->id = id;
    int rc = fill_play(play, list, at_us);
    if (rc != OC_OK) {
        free_play(play);
        return rc;
    }
    thread->plays++;
    *out = play;
    *chunks = play->chunk;
    return OC_OK;
}

int oc_play_fill(oc_play_t *play, oc_play_chunk_t *chunk) {
    if (play->busy || play->closed)
        return OC_ERR_BUSY;
    return submit(play, chunk);
}

void oc_play_close(oc_play_t *play) {
    bool busy = play->busy;
    if (play->closed)
        return;
    play->closed = true;
    if (!busy) /* else when its chunk comes back */
        submit_close(play);
}

int oc_play_thread_take(oc_play_thread_t *thread, uint32_t *id, oc_play_chunk_t **chunk) {
    oc_play_t *play;
    while (oc_queue_pop(&thread->results, &play) == OC_OK) {
        play->busy = false;
        if (!play->job) {
            free_play(play);
            thread->plays--;
        } else if (play->closed) {
            submit_close(play);
        } else {
            *id = play->id;
            *chunk = play->job;
            return OC_OK;
        }
    }
    return OC_AGAIN;
}

bool oc_play_thread_stop(oc_play_thread_t *thread, int64_t until_us) {
    uint32_t id;
    oc_play_chunk_t *chunk;
    if (!oc_worker_stop(thread->worker, true, until_us, NULL))
        return false;
    thread->worker = NULL;
    while (thread->plays > 0) /* chunks that came back after their playback was closed */
        (void)oc_play_thread_take(thread, &id, &chunk);
    free_thread(thread);
    return true;
}
