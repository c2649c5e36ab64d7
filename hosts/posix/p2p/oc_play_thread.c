#define _GNU_SOURCE
#include "oc_play_thread.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_mp4_file.h"
#include "oc_posix.h"
#include "oc_queue.h"

#define STACK_BYTES (128 * 1024)
#define FOLDER      "recordings/"
#define ALIGN       16u

struct oc_play {
    oc_play_thread_t *thread;
    oc_play_chunk_t *chunk[OC_PLAY_CHUNKS];
    oc_play_reader_t *reader; /* of the play thread while a job is under way */
    void *memory;             /* of the reader */
    uint32_t id;
    bool busy, closed;
};

/* What the thread is to do, and what it has done. */
typedef struct job {
    oc_play_t *play;
    oc_play_chunk_t *chunk; /* NULL: close its file */
} job_t;

struct oc_play_thread {
    int root;
    oc_queue_t jobs, results; /* a playback has one job or result at a time: they never fill up */
    unsigned plays;           /* media thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake_up;
    unsigned waiting; /* under lock, as the next line */
    bool stop, ended;
    void (*wake)(void *context);
    void *context;
};

/* ---- the thread ---- */

static int open_file(void *context, const char *path, oc_mp4_source_t *out) {
    const oc_play_thread_t *thread = context;
    if (strncmp(path, FOLDER, sizeof FOLDER - 1) != 0)
        return OC_ERR_NOENT;
    int fd = oc_beneath_open(thread->root, path, O_RDONLY | O_NONBLOCK, 0);
    return fd < 0 ? fd : oc_mp4_file_open(out, fd);
}

/* Waits for a job. False: stopped and nothing left. */
static bool take_job(oc_play_thread_t *thread, job_t *job) {
    pthread_mutex_lock(&thread->lock);
    while (thread->waiting == 0 && !thread->stop)
        oc_posix_cond_wait(&thread->wake_up, &thread->lock, INT64_MAX);
    bool some = thread->waiting > 0;
    if (some)
        thread->waiting--;
    pthread_mutex_unlock(&thread->lock);
    return some && oc_queue_pop(&thread->jobs, job) == OC_OK;
}

static void *run(void *context) {
    oc_play_thread_t *thread = context;
    job_t job;
    while (take_job(thread, &job)) {
        if (job.chunk)
            oc_play_reader_fill(job.play->reader, job.chunk);
        else
            oc_play_reader_close(job.play->reader);
        (void)oc_queue_push(&thread->results, &job);
        thread->wake(thread->context);
    }
    pthread_mutex_lock(&thread->lock);
    thread->ended = true;
    pthread_cond_broadcast(&thread->wake_up);
    pthread_mutex_unlock(&thread->lock);
    return NULL;
}

/* ---- the media thread ---- */

static void free_thread(oc_play_thread_t *thread) {
    oc_queue_deinit(&thread->jobs);
    oc_queue_deinit(&thread->results);
    pthread_cond_destroy(&thread->wake_up);
    pthread_mutex_destroy(&thread->lock);
    free(thread);
}

int oc_play_thread_start(oc_play_thread_t **out, int root, void (*wake)(void *context),
                         void *context) {
    oc_play_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return OC_ERR_NOMEM;
    thread->root = root;
    thread->wake = wake;
    thread->context = context;
    pthread_mutex_init(&thread->lock, NULL);
    oc_posix_cond_init(&thread->wake_up);
    if (oc_queue_init(&thread->jobs, sizeof(job_t), OC_PLAYS_MAX) != OC_OK ||
        oc_queue_init(&thread->results, sizeof(job_t), OC_PLAYS_MAX) != OC_OK ||
        oc_posix_thread(&thread->thread, "play", STACK_BYTES, run, thread) != OC_OK) {
        free_thread(thread);
        return OC_ERR_NOMEM;
    }
    *out = thread;
    return OC_OK;
}

/* A playback has one job at a time: there is room. */
static void submit(oc_play_t *play, oc_play_chunk_t *chunk) {
    oc_play_thread_t *thread = play->thread;
    play->busy = true;
    (void)oc_queue_push(&thread->jobs, &(job_t){play, chunk});
    pthread_mutex_lock(&thread->lock);
    thread->waiting++;
    pthread_cond_signal(&thread->wake_up);
    pthread_mutex_unlock(&thread->lock);
}

static void free_play(oc_play_t *play) {
    for (unsigned i = 0; i < OC_PLAY_CHUNKS; i++)
        free(play->chunk[i]);
    free(play->memory);
    free(play);
}

static int fill_play(oc_play_t *play, oc_span_t list, int64_t *at_us) {
    const oc_play_files_t files = {open_file, oc_mp4_file_close, play->thread};
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
    submit(play, chunk);
    return OC_OK;
}

void oc_play_close(oc_play_t *play) {
    bool busy = play->busy;
    if (play->closed)
        return;
    play->closed = true;
    if (!busy) /* else when its chunk comes back */
        submit(play, NULL);
}

int oc_play_thread_take(oc_play_thread_t *thread, uint32_t *id, oc_play_chunk_t **chunk) {
    job_t job;
    while (oc_queue_pop(&thread->results, &job) == OC_OK) {
        job.play->busy = false;
        if (!job.chunk) {
            free_play(job.play);
            thread->plays--;
        } else if (job.play->closed) {
            submit(job.play, NULL);
        } else {
            *id = job.play->id;
            *chunk = job.chunk;
            return OC_OK;
        }
    }
    return OC_AGAIN;
}

bool oc_play_thread_stop(oc_play_thread_t *thread, int64_t until_us) {
    uint32_t id;
    oc_play_chunk_t *chunk;
    pthread_mutex_lock(&thread->lock);
    thread->stop = true;
    pthread_cond_broadcast(&thread->wake_up);
    while (!thread->ended && oc_posix_now_us() < until_us)
        oc_posix_cond_wait(&thread->wake_up, &thread->lock, until_us);
    bool ended = thread->ended;
    pthread_mutex_unlock(&thread->lock);
    if (!ended)
        return false;
    pthread_join(thread->thread, NULL);
    while (thread->plays > 0) { /* chunks that came back after their playback was closed */
        job_t job;
        (void)oc_play_thread_take(thread, &id, &chunk);
        if (oc_queue_pop(&thread->jobs, &job) != OC_OK)
            break;
        oc_play_reader_close(job.play->reader);
        (void)oc_queue_push(&thread->results, &(job_t){job.play, NULL});
        (void)oc_play_thread_take(thread, &id, &chunk);
    }
    free_thread(thread);
    return true;
}
