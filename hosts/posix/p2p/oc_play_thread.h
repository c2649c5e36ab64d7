/* oc_play_thread - reads recordings for viewers on a thread of its own, so that neither a slow disk
 * nor a long search through a file holds packets or recordings up. All calls on the media thread,
 * none of them waits for the disk but stop. */
#ifndef OC_PLAY_THREAD_H
#define OC_PLAY_THREAD_H

#include "oc_play_reader.h"
#include "oc_vod_folder.h"

#define OC_PLAYS_MAX   16u /* playbacks at a time, those that are being closed included */
#define OC_PLAY_CHUNKS 2u  /* of each; with its reader 275 KB */

typedef struct oc_play_thread oc_play_thread_t; /* opaque */
typedef struct oc_play oc_play_t;               /* opaque: one playback */

/* place: copied, what is in it borrowed until stopped. wake: called on the play thread
 * when oc_play_thread_take has something; must not block. OC_OK | OC_ERR_NOMEM. */
int oc_play_thread_start(oc_play_thread_t **out, const oc_vod_place_t *place,
                         void (*wake)(void *context), void *context);
/* Ends it; every playback was closed before. until_us: of oc_pulse; a disk that hangs longer is
 * left behind. True: ended and freed; false: still hanging, must never be freed. */
bool oc_play_thread_stop(oc_play_thread_t *thread, int64_t until_us);

/* A playback of a list (oc_play_reader_init; files of the folder "recordings" only). id: comes back
 * with each chunk. *chunks: OC_PLAY_CHUNKS of them, owned by callee until closed. OC_OK |
 * OC_ERR_BUSY too many | OC_ERR_NOMEM | as oc_play_reader_init. */
int oc_play_open(oc_play_thread_t *thread, oc_span_t list, uint32_t id, int64_t *at_us,
                 oc_play_t **out, oc_play_chunk_t *const **chunks);
/* Has a chunk filled as it is ordered; one at a time. OC_OK | OC_ERR_BUSY one is under way |
 * OC_ERR_NOMEM no thread. */
int oc_play_fill(oc_play_t *play, oc_play_chunk_t *chunk);
/* A chunk that was filled and whose playback is not closed: OC_OK, its id and the chunk | OC_AGAIN.
 */
int oc_play_thread_take(oc_play_thread_t *thread, uint32_t *id, oc_play_chunk_t **chunk);
/* Ends a playback; its memory goes when the thread is done with it. */
void oc_play_close(oc_play_t *play);

#endif
