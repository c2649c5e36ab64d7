/* oc_thumbs - small pictures of recordings over HTTP (docs/design/recordings-index.md, ADR 64). A
 * thread of its own reads the key frame and has a process ocellus-ffmpeg decode it (oc_look_link):
 * neither the detectors nor a recording waits for it. */
#ifndef OC_THUMBS_H
#define OC_THUMBS_H

#include "oc_http_answer.h"
#include "oc_vod_folder.h"

#define OC_THUMBS_JOBS  16  /* at a time, the one under way included; more: 503 */
#define OC_THUMBS_WIDTH 320 /* of a picture, at most */

typedef struct oc_thumbs oc_thumbs_t; /* opaque */

/* place: copied; its descriptor -1: none. answers, files: borrowed until stopped, as what is in
 * place. OC_OK | OC_ERR_NOMEM. */
int oc_thumbs_start(oc_thumbs_t **out, const oc_vod_place_t *place, oc_http_answers_t *answers,
                    oc_file_thread_t *files);
/* Before the thread of files ends. until_us: of oc_pulse. False: the disk or a decoder hangs;
 * nothing of it may be freed. NULL is allowed. */
bool oc_thumbs_stop(oc_thumbs_t *thumbs, int64_t until_us);

/* HTTP thread: a request of kind OC_HTTP_REQUEST_THUMBNAIL, owned by callee when true. False: too
 * many wait. */
bool oc_thumbs_request(oc_thumbs_t *thumbs, oc_http_request_t *req);

#endif
