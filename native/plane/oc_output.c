/* See oc_output.h: what is the same for every output. */
#include "oc_output.h"

#include <stdio.h>
#include <string.h>
#include "oc_assert.h"
#include "oc_plane_impl.h"

/* Packets from before the end of an output may come so late: behind a pause of the process, those
 * that were sent in it come in one go. */
#define LATE_US (2 * 1000 * 1000)

static const oc_output_kind_t *const kinds[OC_OUTPUTS] = {
#define OC_OUTPUT_ROW(id, name) &oc_output_##name,
    OC_OUTPUT_MAP(OC_OUTPUT_ROW)
#undef OC_OUTPUT_ROW
};

void oc_outputs_init(oc_stream_t *stream) {
    for (unsigned i = 0; i < OC_OUTPUTS; i++)
        stream->output[i] = (oc_output_t){.kind = kinds[i], .stream = stream, .reader = -1};
}

/* What it has of ring and memory. */
static void let_go(oc_output_t *output) {
    const oc_plane_env_t *env = &output->stream->plane->env;
    oc_ring_close(output->stream->ring, output->reader);
    if (output->state)
        env->loop.release(env->loop.context, output->state);
    output->state = NULL;
    output->reader = -1;
    output->is_open = output->closing = output->ended = false;
}

/* Memory, zeroed, and a reader. OC_OK | OC_ERR_NOMEM | OC_ERR_BUSY. */
static int prepare(oc_output_t *output) {
    const oc_plane_env_t *env = &output->stream->plane->env;
    const oc_output_kind_t *kind = output->kind;
    size_t bytes = kind->bytes ? kind->bytes() : 0;
    output->state = bytes > 0 ? env->loop.allocate(env->loop.context, bytes) : NULL;
    if (bytes > 0 && !output->state)
        return OC_ERR_NOMEM;
    if (bytes > 0)
        memset(output->state, 0, bytes);
    if (kind->packet)
        output->reader = oc_ring_open(output->stream->ring, OC_RING_OLDEST, 0, OC_RING_TO_NEWEST);
    return kind->packet && output->reader < 0 ? output->reader : OC_OK;
}

int oc_output_open(oc_output_t *output, const void *config, int64_t now_us, char *why,
                   size_t why_size) {
    oc_assert(!output->is_open && output->stream->ring);
    int code = prepare(output);
    if (code < 0)
        snprintf(why, why_size, "output: %s", oc_err_text(code));
    else if (output->kind->open)
        code = output->kind->open(output, config, now_us, why, why_size);
    if (code < 0) {
        let_go(output);
        return code;
    }
    output->is_open = true;
    output->refused = NULL;
    output->started_us = now_us;
    oc_output_end_at(output, INT64_MAX);
    return OC_OK;
}

int oc_outputs_open(oc_stream_t *stream, int64_t now_us, char *why, size_t why_size) {
    int code = OC_OK;
    for (unsigned i = 0; i < OC_OUTPUTS && code == OC_OK; i++)
        if (kinds[i]->always)
            code = oc_output_open(&stream->output[i], NULL, now_us, why, why_size);
    return code;
}

int oc_outputs_check(const oc_channel_config_t *config, char *why, size_t why_size) {
    int code = OC_OK;
    for (unsigned i = 0; i < OC_OUTPUTS && code == OC_OK; i++)
        if (kinds[i]->check)
            code = kinds[i]->check(config, why, why_size);
    return code;
}

int oc_outputs_change(oc_stream_t *stream, const oc_channel_config_t *config) {
    int code = OC_OK;
    for (unsigned i = 0; i < OC_OUTPUTS && code == OC_OK; i++)
        if (kinds[i]->change && stream->output[i].is_open && !stream->output[i].closing)
            code = kinds[i]->change(&stream->output[i], config);
    return code;
}

/* The same instant on the time line says which packets are before it, however late they come; not
 * known before the first one. */
void oc_output_end_at(oc_output_t *output, int64_t end_us) {
    const oc_stream_t *stream = output->stream;
    bool known = stream->line.started && end_us != INT64_MAX;
    output->end_us = end_us;
    output->end_line_us =
        known ? end_us - oc_timeline_zero_us(&stream->line, oc_stream_lead(stream)) : INT64_MAX;
    output->over_us = 0;
}

static void end(oc_output_t *output, int64_t now_us) {
    int (*close)(oc_output_t *, int64_t) = output->kind->close;
    output->ended = output->ended || !close || close(output, now_us) == OC_OK;
}

void oc_output_close(oc_output_t *output, int64_t now_us) {
    if (!output->is_open || output->closing)
        return;
    oc_plane_mark(output->stream->plane, output->stream->slot);
    output->closing = true;
    output->stopped_us = now_us;
    end(output, now_us);
}

void oc_outputs_close(oc_stream_t *stream, int64_t now_us) {
    for (unsigned i = 0; i < OC_OUTPUTS; i++)
        oc_output_close(&stream->output[i], now_us);
}

void oc_outputs_before(oc_stream_t *stream, const oc_packet_t *packet, int64_t now_us) {
    if (packet->track != oc_stream_lead(stream))
        return;
    int64_t line_us = oc_timeline_us(&stream->line, packet->track, packet->dts);
    for (unsigned i = 0; i < OC_OUTPUTS; i++)
        if (stream->output[i].is_open && line_us >= stream->output[i].end_line_us)
            oc_output_close(&stream->output[i], now_us);
}

/* Its instant has come: it ends with the packet that lies behind it, or when none comes for a
 * while. Returns when to look again; INT64_MAX: not by time. */
static int64_t end_on_time(oc_output_t *output, int64_t now_us) {
    bool expected = output->end_line_us != INT64_MAX && output->stream->state == OC_STREAM_RUNNING;
    if (output->closing || now_us < output->end_us)
        return output->closing ? INT64_MAX : output->end_us;
    if (output->over_us == 0)
        output->over_us = now_us;
    if (expected && now_us - output->over_us < LATE_US)
        return output->over_us + LATE_US;
    oc_output_close(output, now_us);
    return INT64_MAX;
}

static void read_ring(oc_output_t *output) {
    oc_ring_t *ring = output->stream->ring;
    oc_packet_t packet;
    for (;;) {
        int code = oc_ring_peek(ring, output->reader, 0, &packet);
        if (code == OC_GAP && output->kind->gap)
            output->kind->gap(output);
        if (code == OC_GAP)
            continue;
        if (code != OC_OK)
            return;
        output->kind->packet(output, oc_ring_position(ring, output->reader), &packet);
        oc_ring_advance(ring, output->reader, 1);
    }
}

static void submit(oc_output_t *output) {
    const oc_stream_t *stream = output->stream;
    const oc_plane_env_t *env = &stream->plane->env;
    for (;;) {
        const oc_file_op_t *op = output->refused;
        if (!op && output->kind->poll_op(output, &op) != OC_OK)
            return;
        output->refused = op;
        if (env->file_submit(env->context, stream->slot, (unsigned)(output - stream->output), op) !=
            OC_OK)
            return;
        output->refused = NULL;
    }
}

/* One output's turn. Returns when it is due again. */
static int64_t advance(oc_output_t *output, int64_t now_us) {
    const oc_output_kind_t *kind = output->kind;
    if (!kind->packet && !kind->advance && !output->closing && output->end_us == INT64_MAX)
        return INT64_MAX; /* nothing is its own to do */
    int64_t end_us = end_on_time(output, now_us);
    if (kind->packet)
        read_ring(output);
    if (output->closing)
        end(output, now_us);
    int64_t own_us = kind->advance ? kind->advance(output, now_us) : INT64_MAX;
    if (kind->poll_op)
        submit(output);
    if (output->ended) {
        output->is_open = false;
        if (kind->ended)
            kind->ended(output, now_us);
        let_go(output);
        return INT64_MAX;
    }
    if (output->refused && own_us > now_us + OC_STREAM_RETRY_US)
        own_us = now_us + OC_STREAM_RETRY_US;
    return end_us < own_us ? end_us : own_us;
}

int64_t oc_outputs_advance(oc_stream_t *stream, int64_t now_us) {
    int64_t next_us = INT64_MAX;
    for (unsigned i = 0; i < OC_OUTPUTS; i++) {
        oc_output_t *output = &stream->output[i];
        int64_t due_us = output->is_open ? advance(output, now_us) : INT64_MAX;
        next_us = due_us < next_us ? due_us : next_us;
    }
    return next_us;
}

void oc_outputs_done(oc_stream_t *stream, unsigned number, uint32_t id, int result,
                     int64_t now_us) {
    oc_output_t *output = number < OC_OUTPUTS ? &stream->output[number] : NULL;
    if (!output || !output->is_open || !output->kind->done)
        return;
    output->kind->done(output, id, result, now_us);
    (void)advance(output, now_us);
}

bool oc_outputs_behind(const oc_stream_t *stream) {
    for (unsigned i = 0; i < OC_OUTPUTS; i++) {
        const oc_output_t *output = &stream->output[i];
        if (kinds[i]->behind && output->is_open && !output->closing && kinds[i]->behind(output))
            return true;
    }
    return false;
}

bool oc_outputs_any(const oc_stream_t *stream) {
    for (unsigned i = 0; i < OC_OUTPUTS; i++)
        if (stream->output[i].is_open)
            return true;
    return false;
}

void oc_outputs_row(const oc_stream_t *stream, oc_stream_row_t *row, int64_t now_us) {
    for (unsigned i = 0; i < OC_OUTPUTS; i++) {
        row->viewers += stream->output[i].viewers;
        row->live_requests += stream->output[i].requests;
        if (kinds[i]->row)
            kinds[i]->row(&stream->output[i], row, now_us);
    }
}
