/* oc_http_access - what the files of the HTTP server that listen and judge offer the others; nobody
 * else includes it. HTTP thread only. */
#ifndef OC_HTTP_ACCESS_H
#define OC_HTTP_ACCESS_H

#include "oc_http_impl.h"
#include "oc_http_pull.h"
#include "oc_http_send.h"
#include "oc_json.h"

/* oc_http_request: what the library has read. */

/* Copies a header; "" when it is absent, NULL when it is longer than size or holds a NUL. */
const char *oc_http_header(oc_http_session_t *session, enum lws_token_indexes token, char *out,
                           int size);

/* True when it is there, empty or not. */
bool oc_http_has(const oc_http_session_t *session, enum lws_token_indexes token);

/* True for a stream of HTTP/2. */
bool oc_http_is_stream(const oc_http_session_t *session);

/* oc_http_listen: context and listeners. The port, or OC_ERR_*; `text` as for `listening`. */
int oc_http_listen(oc_http_t *http, const struct lws_protocols *protocols, char *text, size_t size);

/* oc_http_tls: reads users, watch links and certificate before listening. closed: some listener
 * is. OC_OK | OC_ERR_*; `why` gets a line. */
int oc_http_tls_open(oc_http_t *http, bool closed, char *why, size_t why_size);
/* Looks at the files every 2 s from now on. */
void oc_http_tls_watch(oc_http_t *http);
/* Sets a listener's TLS up; ssl_ctx: SSL_CTX *. 0, or not 0: no memory. */
int oc_http_tls_setup(oc_http_t *http, void *ssl_ctx);
void oc_http_tls_close(oc_http_t *http);
/* The users were changed by us: they are read again. */
void oc_http_tls_reload(oc_http_t *http);
/* Makes sure that there is a certificate, also while nothing needs it yet. NULL: it cannot be. */
const oc_cert_t *oc_http_tls_cert(oc_http_t *http);

/* oc_http_access: judges a request. 0: go on, perhaps after session->job; else the status of the
 * answer. */
int oc_http_access_judge(oc_http_t *http, oc_http_session_t *session);
/* Who is at the other end of a connection; false: not known. text: OC_ACCESS_ADDRESS_MAX bytes. */
bool oc_http_access_peer(int fd, oc_access_peer_t *peer, char *text);
/* A check of user and password that may be run; NULL: no memory. */
oc_login_job_t *oc_http_access_job(const oc_http_t *http, const oc_http_session_t *session,
                                   const char *user, const char *password, oc_access_peer_t peer);
/* Starts the check of session->job. 0, or the status of the refusal. */
int oc_http_access_check(oc_http_t *http, oc_http_session_t *session);
/* Checks that are done. */
void oc_http_access_checked(oc_http_t *http);
/* Ends WebRTC sessions whose login is over; when logins have ended, and now and then. */
void oc_http_access_viewers(oc_http_t *http);
/* The session waits for no check any more. */
void oc_http_access_forget(oc_http_t *http, oc_http_session_t *session);

/* oc_http_own: what the host answers by itself: login, logout, sessions, watch links. */
int oc_http_own(oc_http_t *http, oc_http_session_t *session);
/* oc_http_links: /api/links, and what is below /w/. */
int oc_http_links(oc_http_t *http, oc_http_session_t *session);
int oc_http_links_watch(oc_http_t *http, oc_http_session_t *session);
/* Live bodies of a request below /live/ or a watch link (oc_http_request). */
int oc_http_request_live(oc_http_t *http, oc_http_session_t *session, const char *rest);
/* Writes seconds since 1970 as ISO 8601. */
void oc_http_links_time(oc_json_t *json, int64_t seconds);
/* The login of session->job was right, or not. */
int oc_http_own_login(oc_http_t *http, oc_http_session_t *session, bool right);
/* A session for session->user begins, as after a login; the answer. */
int oc_http_own_enter(oc_http_t *http, oc_http_session_t *session);
/* Charges a try. 0, or 429. */
int oc_http_own_charge(oc_http_t *http, oc_http_session_t *session);
/* The same of a claim code: tries from other addresses keep nobody out. */
int oc_http_own_charge_claim(oc_http_t *http, oc_http_session_t *session);

/* oc_http_password: /api/claim and /api/password (docs/design/access.md). */
int oc_http_password(oc_http_t *http, oc_http_session_t *session);
/* The users were changed, or not: job->result. session->wsi NULL: nobody waits for the answer. */
int oc_http_password_done(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job);
/* Without a password, and with a listener that others reach: shows a claim code on stderr, which no
 * file keeps. */
void oc_http_password_claim(oc_http_t *http);
/* oc_http_users: /api/users (docs/design/access.md). */
int oc_http_users(oc_http_t *http, oc_http_session_t *session);
/* As oc_http_password_done. */
int oc_http_users_done(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job);
/* Writes right, acts and cameras of a user; NULL: of whoever owns the camera. */
void oc_http_users_rights(oc_json_t *json, const oc_access_user_t *user);
/* Fills the fields from the body, which is wiped. */
bool oc_http_password_body(oc_http_session_t *session, oc_access_field_t *fields, unsigned count);
/* GET /api/network: what a phone has to know of this machine. */
int oc_http_network(oc_http_t *http, oc_http_session_t *session);

#endif
