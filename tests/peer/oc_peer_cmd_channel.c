/* oc_peer_cmd_channel - see the header. */
#include "oc_peer_cmd_channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_json.h"
#include "oc_sdp.h"

#define SIZE_DEFAULT 16384
#define PARTS        16 /* of a message, looked at together */
#define HASH_HEX     65

typedef struct reading {
    const oc_label_t *label;
    uint32_t max_message;
    char *why;
    size_t why_size;
    bool bad;
} reading_t;

static bool read_number(const char *text, uint64_t least, uint64_t maximum, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *out >= least && *out <= maximum;
}

/* A number of the label; the first that is wrong is said. */
static uint64_t number(reading_t *r, const char *key, uint64_t least, uint64_t maximum,
                       uint64_t otherwise) {
    const char *text = oc_label_get(r->label, key);
    uint64_t value;
    if (!text)
        return otherwise;
    if (read_number(text, least, maximum, &value))
        return value;
    if (!r->bad)
        snprintf(r->why, r->why_size, "%s: \"%.40s\" is not allowed; use %llu to %llu", key, text,
                 (unsigned long long)least, (unsigned long long)maximum);
    r->bad = true;
    return otherwise;
}

/* list: words with a blank before and behind each. */
static void known(reading_t *r, const char *list) {
    for (unsigned i = 0; i < r->label->keys && !r->bad; i++) {
        const char *key = r->label->text + r->label->key[i];
        char word[OC_LABEL_MAX + 3];
        snprintf(word, sizeof word, " %s ", key);
        r->bad = strchr(key, ' ') || !strstr(list, word);
        if (r->bad)
            snprintf(r->why, r->why_size, "unknown key \"%.40s\"; known:%.60s", key, list);
    }
}

static void read_source(reading_t *r, oc_peer_cmd_channel_t *c,
                        const oc_peer_cmd_shared_t *shared) {
    uint32_t usual = SIZE_DEFAULT < r->max_message ? SIZE_DEFAULT : r->max_message;
    c->kind = OC_PEER_CMD_CHANNEL_SOURCE;
    known(r, " bytes size ");
    uint64_t bytes = number(r, "bytes", 0, OC_SOURCE_BYTES_MAX, 1 << 20);
    uint64_t size = number(r, "size", 1, r->max_message, usual);
    oc_source_bytes_init(&c->bytes, &shared->pattern, bytes, (uint32_t)size);
}

static void read_video(reading_t *r, oc_peer_cmd_channel_t *c, oc_peer_cmd_shared_t *shared,
                       int64_t now_us, int64_t unix_us) {
    oc_source_video_config_t config = {0};
    const char *mode = oc_label_get(r->label, "mode");
    uint32_t maximum = r->max_message, head = OC_SOURCE_VIDEO_HEAD;
    c->kind = OC_PEER_CMD_CHANNEL_VIDEO;
    known(r, " fps size key every seconds mode ");
    if (maximum < head) {
        snprintf(r->why, r->why_size, "the peer accepts messages of at most %u bytes", maximum);
        r->bad = true;
        return;
    }
    config.fps = (uint32_t)number(r, "fps", 1, 1000, 30);
    config.size = (uint32_t)number(r, "size", head, maximum, 8192 < maximum ? 8192 : maximum);
    config.key_size = (uint32_t)number(r, "key", head, maximum, 49152 < maximum ? 49152 : maximum);
    config.every = (uint32_t)number(r, "every", 1, 100000, 60);
    config.frames = number(r, "seconds", 1, 86400, 200) * config.fps;
    if (mode && strcmp(mode, "live") != 0 && !r->bad) {
        snprintf(r->why, r->why_size, "mode: \"%.40s\" is not allowed; use live", mode);
        r->bad = true;
    }
    c->partial = config.live = mode != NULL;
    if (!r->bad)
        oc_source_video_init(&c->video, &config, &shared->pattern, &shared->scratch, now_us,
                             unix_us);
}

static int begin_digest(oc_peer_cmd_channel_t *c) {
    if (!c->digest)
        c->digest = EVP_MD_CTX_new();
    return c->digest && EVP_DigestInit_ex(c->digest, EVP_sha256(), NULL) == 1 ? OC_OK
                                                                              : OC_ERR_NOMEM;
}

/* Takes a label apart and makes an empty channel. */
static int start(oc_peer_cmd_channel_t **out, oc_label_t *label, oc_peer_cmd_shared_t *shared,
                 oc_span_t text, char *why, size_t why_size) {
    int rc = oc_label_parse(text, label);
    if (rc != OC_OK) {
        snprintf(why, why_size, "label: %s", label->error);
        return rc;
    }
    *out = calloc(1, sizeof **out);
    snprintf(why, why_size, "no memory");
    if (*out)
        oc_source_fifo_init(&(*out)->fifo, &shared->pool, 1024 * 1024);
    return *out ? OC_OK : OC_ERR_NOMEM;
}

int oc_peer_cmd_channel_make(oc_peer_cmd_channel_t **out, oc_peer_cmd_shared_t *shared,
                             oc_span_t label, uint32_t max_message, int64_t now_us, int64_t unix_us,
                             char *why, size_t why_size) {
    oc_label_t parsed;
    reading_t r = {&parsed, max_message, why, why_size, false};
    int rc = start(out, &parsed, shared, label, why, why_size);
    if (rc != OC_OK)
        return rc;
    oc_peer_cmd_channel_t *c = *out;
    c->opened_us = now_us;
    if (strcmp(parsed.name, "echo") == 0) {
        c->kind = OC_PEER_CMD_CHANNEL_ECHO;
        known(&r, " bytes size ");
    } else if (strcmp(parsed.name, "sink") == 0) {
        c->kind = OC_PEER_CMD_CHANNEL_SINK;
        known(&r, " bytes size ");
        rc = begin_digest(c);
    } else if (strcmp(parsed.name, "source") == 0) {
        read_source(&r, c, shared);
    } else if (strcmp(parsed.name, "video") == 0) {
        read_video(&r, c, shared, now_us, unix_us);
    } else {
        snprintf(why, why_size, "unknown label \"%.40s\": echo, sink, source or video",
                 parsed.name);
        r.bad = true;
    }
    if (rc == OC_OK && r.bad)
        rc = OC_ERR_INVAL;
    if (rc != OC_OK)
        oc_peer_cmd_channel_free(c);
    return rc;
}

int oc_peer_cmd_channel_ours(oc_peer_cmd_channel_t **out, oc_peer_cmd_shared_t *shared,
                             const char *label, uint32_t max_message, int64_t now_us, char *why,
                             size_t why_size) {
    oc_label_t parsed;
    reading_t r = {&parsed, max_message, why, why_size, false};
    int rc = start(out, &parsed, shared, oc_span(label, strlen(label)), why, why_size);
    if (rc != OC_OK)
        return rc;
    oc_peer_cmd_channel_t *c = *out;
    snprintf(c->label, sizeof c->label, "%s", label);
    if (strcmp(parsed.name, "sink") == 0 || strcmp(parsed.name, "echo") == 0)
        read_source(&r, c, shared);
    c->kind = OC_PEER_CMD_CHANNEL_COUNT;
    c->opened_us = now_us;
    c->speaks = oc_label_receives(&parsed) && shared->voice;
    rc = r.bad ? OC_ERR_INVAL : begin_digest(c);
    if (rc == OC_OK && strcmp(parsed.name, "sink") == 0)
        rc = oc_source_fifo_push(&c->fifo, OC_PPID_STRING, "end", 3);
    if (rc != OC_OK)
        oc_peer_cmd_channel_free(c);
    return rc;
}

void oc_peer_cmd_channel_free(oc_peer_cmd_channel_t *channel) {
    oc_source_fifo_deinit(&channel->fifo);
    EVP_MD_CTX_free(channel->digest);
    free(channel);
}

/* ---- ours: first the bytes, then what waits in the queue ---- */

#define REF_BYTES                                                                                  \
    (UINT64_C(1) << 62) /* addresses of blocks have it clear; bit 63 is the channel's */

static int both_next(void *ctx, oc_msg_t *out) {
    oc_peer_cmd_channel_t *c = ctx;
    if (c->bytes.pattern && oc_source_bytes_ops.next(&c->bytes, out) == OC_OK) {
        out->ref |= REF_BYTES;
        return OC_OK;
    }
    return oc_source_fifo_ops.next(&c->fifo, out);
}

static void both_take(void *ctx, uint64_t ref) {
    oc_peer_cmd_channel_t *c = ctx;
    if (ref & REF_BYTES)
        oc_source_bytes_ops.take(&c->bytes, ref & ~REF_BYTES);
    else
        oc_source_fifo_ops.take(&c->fifo, ref);
}

static int both_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    oc_peer_cmd_channel_t *c = ctx;
    return ref & REF_BYTES
               ? oc_source_bytes_ops.bytes(&c->bytes, ref & ~REF_BYTES, offset, len, parts, max)
               : oc_source_fifo_ops.bytes(&c->fifo, ref, offset, len, parts, max);
}

static void both_done(void *ctx, uint64_t ref, int how) {
    oc_peer_cmd_channel_t *c = ctx;
    if (ref & REF_BYTES)
        oc_source_bytes_ops.done(&c->bytes, ref & ~REF_BYTES, how);
    else
        oc_source_fifo_ops.done(&c->fifo, ref, how);
}

static const oc_source_ops_t both_ops = {both_next, both_take, both_bytes, both_done};

void oc_peer_cmd_channel_source(oc_peer_cmd_channel_t *channel, const oc_source_ops_t **ops,
                                void **context) {
    switch (channel->kind) {
    case OC_PEER_CMD_CHANNEL_SOURCE:
        *ops = &oc_source_bytes_ops;
        *context = &channel->bytes;
        break;
    case OC_PEER_CMD_CHANNEL_VIDEO:
        *ops = &oc_source_video_ops;
        *context = &channel->video;
        break;
    case OC_PEER_CMD_CHANNEL_COUNT:
        *ops = &both_ops;
        *context = channel;
        break;
    case OC_PEER_CMD_CHANNEL_ECHO:
    case OC_PEER_CMD_CHANNEL_SINK:
        *ops = &oc_source_fifo_ops;
        *context = &channel->fifo;
        break;
    }
}

/* ---- messages ---- */

static int echo(oc_peer_cmd_channel_t *c, const oc_peer_event_t *event, bool *kick) {
    static const uint8_t zero = 0;
    uint32_t ppid = event->text ? (event->len ? OC_PPID_STRING : OC_PPID_STRING_EMPTY)
                                : (event->len ? OC_PPID_BINARY : OC_PPID_BINARY_EMPTY);
    if (oc_source_fifo_begin(&c->fifo, ppid, event->len ? event->len : 1) != OC_OK)
        return OC_AGAIN;
    for (size_t at = 0; at < event->len;) {
        oc_span_t parts[PARTS];
        unsigned count = oc_peer_message_parts(event, at, parts, PARTS);
        if (count == 0)
            break;
        for (unsigned i = 0; i < count; i++) {
            (void)oc_source_fifo_write(&c->fifo, parts[i].data, parts[i].len);
            at += parts[i].len;
        }
    }
    if (event->len == 0)
        (void)oc_source_fifo_write(&c->fifo, &zero, 1);
    *kick = true;
    return OC_OK;
}

static void hash(oc_peer_cmd_channel_t *c, const oc_peer_event_t *event) {
    for (size_t at = 0; at < event->len;) {
        oc_span_t parts[PARTS];
        unsigned count = oc_peer_message_parts(event, at, parts, PARTS);
        if (count == 0)
            break;
        for (unsigned i = 0; i < count; i++) {
            EVP_DigestUpdate(c->digest, parts[i].data, parts[i].len);
            at += parts[i].len;
        }
    }
    c->received += event->len;
}

/* The hash in hex; the digest begins anew. */
static void digest_hex(oc_peer_cmd_channel_t *c, char out[HASH_HEX]) {
    uint8_t value[32];
    EVP_DigestFinal_ex(c->digest, value, NULL);
    for (unsigned i = 0; i < sizeof value; i++)
        snprintf(out + 2 * i, 3, "%02x", value[i]);
    (void)begin_digest(c);
}

static void sink(oc_peer_cmd_channel_t *c, const oc_peer_event_t *event, bool *kick) {
    char text[HASH_HEX + 32] = "", hex[HASH_HEX];
    bool end = event->text && event->len == 3 && oc_peer_message_copy(event, 0, text, 3) == 3 &&
               memcmp(text, "end", 3) == 0;
    if (!end) {
        hash(c, event);
        return;
    }
    digest_hex(c, hex);
    int len = snprintf(text, sizeof text, "%llu %s", (unsigned long long)c->received, hex);
    c->received = 0;
    *kick = oc_source_fifo_push(&c->fifo, OC_PPID_STRING, text, (uint32_t)len) == OC_OK;
}

int oc_peer_cmd_channel_message(oc_peer_cmd_channel_t *channel, const oc_peer_event_t *event,
                                int64_t now_us, bool *kick) {
    oc_peer_cmd_channel_t *c = channel;
    *kick = false;
    if (c->kind == OC_PEER_CMD_CHANNEL_ECHO && echo(c, event, kick) != OC_OK)
        return OC_AGAIN;
    if (c->kind == OC_PEER_CMD_CHANNEL_SINK)
        sink(c, event, kick);
    if (c->kind == OC_PEER_CMD_CHANNEL_COUNT) {
        hash(c, event);
        size_t n =
            event->text ? oc_peer_message_copy(event, 0, c->answer, sizeof c->answer - 1) : 0;
        if (event->text)
            c->answer[n] = '\0';
        bool echoed = strncmp(c->label, "echo", 4) == 0 && c->received >= c->bytes.bytes;
        c->over = echoed || (strncmp(c->label, "sink", 4) == 0 && event->text);
    }
    if (c->messages++ == 0)
        c->first_us = now_us;
    else
        oc_hist_add(&c->intervals, now_us - c->last_us);
    c->last_us = now_us;
    return OC_OK;
}

size_t oc_peer_cmd_channel_report(oc_peer_cmd_channel_t *channel, char *out, size_t size) {
    oc_json_t json = oc_json(out, size);
    char hex[HASH_HEX];
    digest_hex(channel, hex);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", "channel");
    oc_json_member_string(&json, "label", channel->label);
    oc_json_member_int(&json, "messages", (int64_t)channel->messages);
    oc_json_member_int(&json, "bytes", (int64_t)channel->received);
    oc_json_member_string(&json, "sha256", hex);
    oc_json_member_string(&json, "answer", channel->answer);
    oc_json_member_int(&json, "sent", (int64_t)(channel->bytes.pattern ? channel->bytes.bytes : 0));
    oc_json_key(&json, "first_ms");
    oc_json_milli(&json, channel->messages ? channel->first_us - channel->opened_us : 0);
    oc_json_key(&json, "last_ms");
    oc_json_milli(&json, channel->messages ? channel->last_us - channel->opened_us : 0);
    oc_json_key(&json, "interval_p999_ms");
    oc_json_milli(&json, oc_hist_quantile(&channel->intervals, 999));
    oc_json_key(&json, "interval_max_ms");
    oc_json_milli(&json, channel->intervals.max_us);
    oc_json_end_object(&json);
    return json.bad ? 0 : json.len;
}
