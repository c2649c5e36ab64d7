/* oc_source_link - one source in a helper, seen from here: its socket and its memory. Commands go
 * out, what the helper asks or logs meanwhile is answered. On the source's capture thread. */
#ifndef OC_SOURCE_LINK_H
#define OC_SOURCE_LINK_H

#include "oc_helper.h"
#include "oc_silence.h"
#include "oc_source_share.h"
#include "oc_source_talk.h"

typedef struct oc_source_link {
    const oc_capture_env_t *env; /* borrowed until closed */
    oc_helper_t *helper;         /* NULL: not linked */
    oc_source_talk_t talk;
    oc_source_share_t *share; /* also after the helper is gone: what was lent is still read */
    oc_source_reader_t reader;
    oc_silence_t silence; /* of the helper's beats */
    uint32_t messages;    /* of the helper's count that were received */
} oc_source_link_t;

/* Brings the source to a helper. talk.broker is set up already; nothing of the memory before is
 * lent. OC_OK | OC_ERR_*; why. */
int oc_source_link_open(oc_source_link_t *link, oc_helper_class_t class, uint32_t key, char *why,
                        size_t size);

/* Gives a command (OC_SOURCE_OPEN ... CLOSE) and waits until it is done, at most limit_us, without
 * a beat at most OC_SOURCE_SLOW_US. done:
 * what was answered. OC_OK | OC_ERR_CLOSED the helper has ended | OC_ERR_TIMEOUT, also at once when
 * it hangs | OC_ERR_FORMAT it breaks the rules. After an error: oc_source_link_close. */
int oc_source_link_do(oc_source_link_t *link, oc_source_message_t *order, int64_t limit_us,
                      oc_source_message_t *done);

/* Answers what waits. all: looks also when nothing was announced, and notices the helper's end.
 * OC_OK | errors as above. */
int oc_source_link_serve(oc_source_link_t *link, bool all);

/* From now on beats are due, until nothing is commanded any more. */
void oc_source_link_expect(oc_source_link_t *link);
/* True: none has come for so long, in which this thread was awake. Call it once a second at least.
 */
bool oc_source_link_hangs(oc_source_link_t *link, int64_t limit_us);

/* Sleeps until something comes, at most limit_us. */
void oc_source_link_sleep(oc_source_link_t *link, int64_t limit_us);
/* Wakes the helper's thread: for a command, or (room) when it waits for room. */
void oc_source_link_wake(oc_source_link_t *link, bool room);

/* The source is gone from its helper; its memory stays. Twice is fine. */
void oc_source_link_close(oc_source_link_t *link);
/* The memory goes, too. Nothing of it is lent. Twice is fine. */
void oc_source_link_end(oc_source_link_t *link);

#endif
