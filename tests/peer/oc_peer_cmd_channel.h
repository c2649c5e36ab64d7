/* oc_peer_cmd_channel - one channel of `ocellus-peer`: what its label makes of it. */
#ifndef OC_PEER_CMD_CHANNEL_H
#define OC_PEER_CMD_CHANNEL_H

#include <openssl/evp.h>

#include "oc_peer_channel.h"
#include "oc_peer_cmd_voice.h"
#include "oc_label.h"
#include "oc_hist.h"
#include "oc_source_bytes.h"
#include "oc_source_fifo.h"
#include "oc_source_video.h"

typedef enum oc_peer_cmd_channel_kind {
    OC_PEER_CMD_CHANNEL_ECHO,
    OC_PEER_CMD_CHANNEL_SINK,
    OC_PEER_CMD_CHANNEL_SOURCE,
    OC_PEER_CMD_CHANNEL_VIDEO,
    OC_PEER_CMD_CHANNEL_COUNT, /* ours: counts, and may send first */
} oc_peer_cmd_channel_kind_t;

/* A message that an echo has no room for: it stays in the window. */
typedef struct oc_peer_cmd_held {
    struct oc_peer_cmd_held *next;
    oc_sctp_event_t message;
    uint32_t len;
    bool text;
} oc_peer_cmd_held_t;

typedef struct oc_peer_cmd_channel {
    struct oc_peer_cmd_channel *next;
    oc_peer_cmd_channel_kind_t kind;
    uint32_t peer; /* the hub's number */
    uint16_t sid;
    bool partial;
    bool speaks;           /* COUNT: `voice` begins when the channel is open */
    bool over;             /* COUNT: all that was to come has come: close it */
    oc_source_fifo_t fifo; /* what is answered; ECHO, SINK, COUNT */
    oc_source_bytes_t bytes;
    oc_source_video_t video;
    oc_peer_cmd_voice_t voice;            /* COUNT, action=voice */
    oc_peer_cmd_held_t *held, *held_last; /* oldest first */
    EVP_MD_CTX *digest;                   /* SINK, COUNT */
    uint64_t received, messages, abandoned;
    int64_t opened_us, first_us, last_us;
    oc_hist_t intervals;          /* between messages */
    char label[OC_LABEL_MAX + 1]; /* COUNT */
    char answer[128];             /* COUNT: the last text that came, its beginning */
} oc_peer_cmd_channel_t;

/* What all channels share. */
typedef struct oc_peer_cmd_shared {
    oc_pool_t pool;
    oc_source_pattern_t pattern;
    oc_source_scratch_t scratch;
    const uint8_t *voice; /* --voice; NULL none; borrowed */
    size_t voice_len;
} oc_peer_cmd_shared_t;

/* Reads a label that the other end opened. max_message: what it takes. *out: calloc, owned by
 * caller. OC_OK | OC_ERR_NOMEM | OC_ERR_*: why (why_size bytes) says in one line what is wrong. */
int oc_peer_cmd_channel_make(oc_peer_cmd_channel_t **out, oc_peer_cmd_shared_t *shared,
                             oc_span_t label, uint32_t max_message, int64_t now_us, int64_t unix_us,
                             char *why, size_t why_size);
/* A channel of ours: the same for a label that we send. */
int oc_peer_cmd_channel_ours(oc_peer_cmd_channel_t **out, oc_peer_cmd_shared_t *shared,
                             const char *label, uint32_t max_message, int64_t now_us, char *why,
                             size_t why_size);
/* Frees it; held messages must be released before. */
void oc_peer_cmd_channel_free(oc_peer_cmd_channel_t *channel);

/* The source it sends from. */
void oc_peer_cmd_channel_source(oc_peer_cmd_channel_t *channel, const oc_source_ops_t **ops,
                                void **context);

/* Takes one message, as far as there is room. OC_OK taken: release it | OC_AGAIN an echo that has
 * no room now: keep it. *kick: the stream has something new. */
int oc_peer_cmd_channel_message(oc_peer_cmd_channel_t *channel, const oc_peer_event_t *event,
                                int64_t now_us, bool *kick);
/* One line of JSON about it; its length, 0: too small. */
size_t oc_peer_cmd_channel_report(oc_peer_cmd_channel_t *channel, char *out, size_t size);

#endif
