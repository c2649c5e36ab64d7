/* See oc_plane_pull.h: progressive clients, together one output of a stream (oc_output.h). */
#include "oc_plane_pull.h"

#include <string.h>

#include "oc_err.h"
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

static const oc_plane_pull_t *find(const oc_plane_t *plane, int32_t number) {
    const oc_plane_pull_t *pull = number > 0 ? &plane->pulls.row[number % OC_PULLS_MAX] : NULL;
    return pull && pull->number == number ? pull : NULL;
}

static oc_plane_pull_t *row_of(oc_plane_t *plane, int32_t number) {
    return find(plane, number) ? &plane->pulls.row[number % OC_PULLS_MAX] : NULL;
}

/* A free row with a number that no row had for long; NULL: there is none. Pushes take no place of
 * viewers, nor viewers one of theirs. */
static oc_plane_pull_t *take(oc_plane_t *plane, bool push) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_PULLS_MAX; i++)
        count += plane->pulls.row[i].number != 0 && plane->pulls.row[i].push == push;
    if (count >= (push ? OC_PUSHES_MAX : OC_PULLS_VIEWERS))
        return NULL;
    for (unsigned i = 0; i < OC_PULLS_MAX; i++) {
        plane->pulls.last = plane->pulls.last < INT32_MAX ? plane->pulls.last + 1 : 1;
        oc_plane_pull_t *pull = &plane->pulls.row[plane->pulls.last % OC_PULLS_MAX];
        if (pull->number == 0) {
            *pull = (oc_plane_pull_t){.number = plane->pulls.last, .push = push};
            return pull;
        }
    }
    return NULL;
}

/* One more of a stream, or one less. */
static void count(oc_plane_t *plane, const oc_plane_pull_t *pull, int by) {
    if (pull->push) {
        plane->pulls.pushes += (unsigned)by;
        return;
    }
    pull->stream->output[OC_OUTPUT_PULL].viewers += (uint32_t)by;
    oc_plane_moved(plane, pull->stream->slot);
}

static void free_row(oc_plane_t *plane, oc_plane_pull_t *pull) {
    if (pull->stream)
        count(plane, pull, -1);
    if (pull->out)
        plane->env.loop.release(plane->env.loop.context, pull->out);
    *pull = (oc_plane_pull_t){0};
}

/* Whether a push would have something to send now. OC_OK | OC_AGAIN | OC_ERR_*. */
static int can_push(const oc_stream_t *stream, bool audio_only) {
    int code = oc_out_pull_picture(stream->ring);
    if (code == OC_ERR_NO_VIDEO && audio_only)
        code = OC_OK;
    return code == OC_OK && stream->state != OC_STREAM_RUNNING ? OC_ERR_SILENT : code;
}

int32_t oc_plane_pull_open(oc_plane_t *plane, const oc_plane_pull_config_t *config, char *why,
                           size_t why_size) {
    OC_ON_MEDIA_THREAD();
    oc_stream_t *stream;
    why[0] = 0;
    int code = oc_plane_output(plane, config->channel, config->sub, OC_OUTPUT_PULL, &stream);
    if (code == OC_OK && config->push)
        code = can_push(stream, config->audio_only);
    if (code != OC_OK)
        return code < 0 ? code : 0;
    oc_plane_pull_t *pull = take(plane, config->push);
    if (!pull)
        return OC_ERR_BUSY;
    pull->stream = stream;
    count(plane, pull, 1);
    pull->out = plane->env.loop.allocate(plane->env.loop.context, oc_out_pull_bytes());
    code = pull->out ? oc_out_pull_init(pull->out, stream->ring, config->format, config->audio_only,
                                        why, why_size)
                     : OC_ERR_NOMEM;
    if (code != OC_OK) {
        free_row(plane, pull);
        return code < 0 ? code : 0;
    }
    if (!config->push)
        stream->output[OC_OUTPUT_PULL].requests++;
    return pull->number;
}

/* Memory for the body's next bytes. OC_OK | OC_ERR_CLOSED: there is none, and what would be left
 * out may be what the rest needs. */
static int begin(oc_plane_t *plane, uint64_t bytes, oc_plane_body_t *out) {
    if (bytes <= INT32_MAX)
        out->data = plane->env.loop.allocate(plane->env.loop.context, (size_t)bytes);
    if (!out->data)
        return OC_ERR_CLOSED;
    out->len = (uint32_t)bytes;
    plane->stats.bodies++;
    plane->stats.body_bytes += out->len;
    plane->stats.body_copied_bytes += out->len;
    return OC_OK;
}

/* The body's last bytes; without memory it ends without them. */
static int finish(oc_plane_t *plane, const oc_plane_pull_t *pull, oc_plane_body_t *out) {
    const char *text;
    size_t len = oc_out_pull_end(pull->out, &text);
    if (len > 0 && begin(plane, len, out) == OC_OK)
        memcpy(out->data, text, len);
    return OC_ERR_CLOSED;
}

int oc_plane_pull_next(oc_plane_t *plane, int32_t number, oc_plane_body_t *out) {
    OC_ON_MEDIA_THREAD();
    const oc_plane_pull_t *pull = find(plane, number);
    *out = (oc_plane_body_t){0};
    if (!pull)
        return OC_ERR_NOENT;
    if (oc_plane_pull_over(plane, number))
        return finish(plane, pull, out);
    oc_fmp4_fragment_t piece = {.head = plane->head,
                                .head_size = sizeof plane->head,
                                .spans = plane->spans,
                                .spans_size = sizeof plane->spans / sizeof plane->spans[0]};
    int code = oc_out_pull_next(pull->out, &piece);
    if (code == OC_AGAIN && pull->stream->state == OC_STREAM_ENDED)
        code = OC_ERR_CLOSED;
    if (code == OC_ERR_CLOSED)
        return finish(plane, pull, out);
    if (code == OC_OK)
        code = begin(plane, piece.bytes, out);
    if (code == OC_OK)
        oc_out_pull_copy(pull->out, &piece, out->data);
    return code;
}

bool oc_plane_pull_over(const oc_plane_t *plane, int32_t number) {
    OC_ON_MEDIA_THREAD();
    const oc_plane_pull_t *pull = find(plane, number);
    return !pull || !pull->stream || oc_plane_privacy(plane);
}

void oc_plane_pull_stats(const oc_plane_t *plane, int32_t number, oc_out_pull_stats_t *out) {
    OC_ON_MEDIA_THREAD();
    const oc_plane_pull_t *pull = find(plane, number);
    *out = (oc_out_pull_stats_t){0};
    if (pull)
        oc_out_pull_stats(pull->out, out);
}

void oc_plane_pull_close(oc_plane_t *plane, int32_t number) {
    OC_ON_MEDIA_THREAD();
    oc_plane_pull_t *pull = row_of(plane, number);
    if (pull)
        free_row(plane, pull);
}

/* ---- the output ---- */

/* The viewers are told when they ask again. */
static int end(oc_output_t *output, int64_t now_us) {
    oc_plane_pulls_t *pulls = &output->stream->plane->pulls;
    for (unsigned i = 0; i < OC_PULLS_MAX; i++) {
        if (pulls->row[i].stream != output->stream)
            continue;
        pulls->pushes -= pulls->row[i].push;
        pulls->row[i].stream = NULL;
    }
    output->viewers = 0;
    return OC_OK;
}

const oc_output_kind_t oc_output_pull = {.always = true, .close = end};
