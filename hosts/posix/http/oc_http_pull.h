/* oc_http_pull - progressive streams: /live/<channel>.mp4 and the others of oc_out_pull.h. A
 * viewer's next piece is asked for when its peer has taken the last, so a slow peer costs one piece
 * of memory. The body ends with the viewer, or when it may not be watched any more. HTTP thread
 * only. */
#ifndef OC_HTTP_PULL_H
#define OC_HTTP_PULL_H

#include "oc_http_impl.h"

/* Of OC_PULLS_VIEWERS viewers at a time; one address counts with TLS only. */
#define OC_HTTP_PULLS_OF_LINK 16 /* of one watch link */
#define OC_HTTP_PULLS_LINKS   48 /* of all of them: the others are kept for logins */
#define OC_HTTP_PULLS_OF_PEER 48 /* of one address, by login; and as many by links */

/* Why this session may not have one more progressive stream; NULL: it may. Static. */
const char *oc_http_pull_refuses(const struct oc_http *http, const struct oc_http_session *session);
/* Begins the body that the broker has opened. 0, or -1 to close the connection. */
int oc_http_pull_begin(struct oc_http *http, struct oc_http_session *session,
                       const struct oc_http_answer *got);
/* A piece has come, perhaps for a viewer that has left. */
void oc_http_pull_piece(struct oc_http *http, const struct oc_http_answer *got);
/* The live has opened a viewer for somebody who has left. */
void oc_http_pull_drop(struct oc_http *http, int32_t number);
/* The peer takes more. 0, or -1 to close the connection. */
int oc_http_pull_more(struct oc_http *http, struct oc_http_session *session);
/* Time to look whether somebody is there who may watch. 0, or -1 to close the connection. */
int oc_http_pull_tick(struct oc_http *http, struct oc_http_session *session);
/* The connection is done with it. */
void oc_http_pull_forget(struct oc_http *http, struct oc_http_session *session);

/* oc_http_access: true while who asked may still watch: the link is not over, the session not
 * ended, the users are the same. */
bool oc_http_access_holds(struct oc_http *http, struct oc_http_session *session);

#endif
