#include "oc_speaker_thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_device_rule.h"
#include "oc_err.h"
#include "oc_pulse.h"
#include "oc_speaker_alsa.h"
#include "oc_speaker_wav.h"
#include "oc_worker.h"

#define JOBS        64 /* blocks and orders that wait; 336 bytes each */
#define BLOCKS_CARD 6  /* 120 ms: a card whose clock is slower loses a block now and then */
#define BLOCKS_FILE 60 /* 1.2 s: a disk may be slow */
#define BLOCK_MAX   160
#define STACK_BYTES (256 * 1024) /* ALSA's plug-ins */
#define STOP_US     1000000
#define ALSA        "alsa:"

typedef enum job_kind { JOB_OPEN, JOB_BLOCK, JOB_CLOSE } job_kind_t;

typedef struct job {
    job_kind_t kind;
    unsigned count;
    int16_t samples[BLOCK_MAX];
} job_t;

struct oc_speaker_thread {
    oc_speaker_t speaker;
    oc_worker_t *worker;
    int root;
    uint32_t rate;
    bool file;                      /* else a card */
    char device[OC_SPEAKER_OUTPUT]; /* of ALSA */
    uint32_t posted;                /* jobs, media thread */
    _Atomic uint32_t done;          /* of them */
    atomic_bool in_use;             /* from open until JOB_CLOSE has run */
    atomic_int state;               /* OC_AGAIN, OC_OK, OC_ERR_*: the worker writes it */
    const char *_Atomic why;        /* of an error */
    oc_speaker_alsa_t *card;        /* the worker's, as the file */
    oc_speaker_wav_t wav;
    job_t job[JOBS];
};

/* ---- worker ---- */

static void set_state(oc_speaker_thread_t *t, int state, const char *why) {
    atomic_store(&t->why, why);
    atomic_store(&t->state, state);
}

static void do_open(oc_speaker_thread_t *t) {
    const char *why = "voice: the sound file cannot be written";
    int rc = t->file ? oc_speaker_wav_open(&t->wav, t->root, t->rate)
                     : oc_speaker_alsa_open(&t->card, t->device, t->rate, &why);
    set_state(t, rc, why);
}

static void do_close(oc_speaker_thread_t *t) {
    if (atomic_load(&t->state) == OC_OK && t->file)
        oc_speaker_wav_close(&t->wav);
    else if (atomic_load(&t->state) == OC_OK)
        oc_speaker_alsa_close(t->card);
    set_state(t, OC_AGAIN, "");
    atomic_store(&t->in_use, false);
}

static void do_block(oc_speaker_thread_t *t, const job_t *job) {
    if (atomic_load(&t->state) != OC_OK)
        return;
    int rc = t->file ? oc_speaker_wav_write(&t->wav, job->samples, job->count)
                     : oc_speaker_alsa_write(t->card, job->samples, job->count);
    if (rc == OC_OK)
        return;
    if (t->file)
        oc_speaker_wav_close(&t->wav);
    else
        oc_speaker_alsa_close(t->card);
    set_state(t, rc, t->file ? "voice: the sound file cannot be written"
                             : "voice: the sound card is gone");
}

static void run(void *context, void *data) {
    oc_speaker_thread_t *t = context;
    const job_t *job = data;
    if (job->kind == JOB_OPEN)
        do_open(t);
    else if (job->kind == JOB_BLOCK)
        do_block(t, job);
    else
        do_close(t);
    atomic_fetch_add(&t->done, 1);
}

/* ---- media thread ---- */

static int post(oc_speaker_thread_t *t, job_kind_t kind, const int16_t *samples, unsigned count) {
    uint32_t waiting = t->posted - atomic_load(&t->done);
    uint32_t limit = kind != JOB_BLOCK ? JOBS : t->file ? BLOCKS_FILE : BLOCKS_CARD;
    if (waiting >= limit)
        return OC_ERR_BUSY;
    job_t *job = &t->job[t->posted % JOBS];
    job->kind = kind;
    job->count = count;
    if (count > 0)
        memcpy(job->samples, samples, count * sizeof *samples);
    int rc = oc_worker_post(t->worker, job);
    t->posted += rc == OC_OK;
    return rc;
}

/* Which output it is. OC_OK | OC_ERR_NOTSUP. */
static int choose(oc_speaker_thread_t *t, oc_span_t output) {
    char name[OC_SPEAKER_OUTPUT];
    if (output.len >= sizeof name)
        return OC_ERR_NOTSUP;
    snprintf(name, sizeof name, "%.*s", (int)output.len, (const char *)output.data);
    t->file = strcmp(name, "file") == 0;
    if (strcmp(name, "auto") == 0)
        strcpy(t->device, "default");
    else if (strncmp(name, ALSA, sizeof ALSA - 1) == 0 && oc_device_is_card(name + sizeof ALSA - 1))
        strcpy(t->device, name + sizeof ALSA - 1);
    else if (!t->file)
        return OC_ERR_NOTSUP;
    return OC_OK;
}

static int open_output(void *context, oc_span_t output, uint32_t rate, const char **why) {
    oc_speaker_thread_t *t = context;
    if (atomic_load(&t->in_use))
        return OC_ERR_BUSY;
    *why = "voice: talk.output is none of auto, alsa:DEVICE and file";
    if (choose(t, output) != OC_OK)
        return OC_ERR_NOTSUP;
    t->rate = rate;
    *why = "voice: no thread for the speaker";
    set_state(t, OC_AGAIN, "");
    atomic_store(&t->in_use, true);
    int rc = post(t, JOB_OPEN, NULL, 0);
    if (rc != OC_OK)
        atomic_store(&t->in_use, false);
    return rc;
}

static void write_block(void *context, const int16_t *samples, unsigned count) {
    oc_speaker_thread_t *t = context;
    (void)post(t, JOB_BLOCK, samples, count <= BLOCK_MAX ? count : BLOCK_MAX);
}

static int state_of(void *context, const char **why) {
    oc_speaker_thread_t *t = context;
    int state = atomic_load(&t->state);
    if (state < 0)
        *why = atomic_load(&t->why);
    return state;
}

/* There is room: blocks leave some. */
static void close_output(void *context) {
    oc_speaker_thread_t *t = context;
    (void)post(t, JOB_CLOSE, NULL, 0);
}

const oc_speaker_t *oc_speaker_thread_speaker(const oc_speaker_thread_t *thread) {
    return &thread->speaker;
}

int oc_speaker_thread_create(oc_speaker_thread_t **out, int root) {
    oc_speaker_thread_t *t = calloc(1, sizeof *t);
    if (!t)
        return OC_ERR_NOMEM;
    const oc_worker_config_t config = {.name = "oc-speaker",
                                       .stack_bytes = STACK_BYTES,
                                       .jobs = JOBS,
                                       .run = run,
                                       .context = t};
    t->root = root;
    t->speaker = (oc_speaker_t){open_output, write_block, state_of, close_output, t};
    set_state(t, OC_AGAIN, "");
    int rc = oc_worker_start(&t->worker, &config);
    if (rc == OC_OK)
        *out = t;
    else
        free(t);
    return rc;
}

void oc_speaker_thread_free(oc_speaker_thread_t *thread) {
    if (thread && oc_worker_stop(thread->worker, true, oc_pulse_us() + STOP_US, NULL))
        free(thread);
}
