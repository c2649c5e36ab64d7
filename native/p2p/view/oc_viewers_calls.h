/* oc_viewers_calls - what the parts of oc_viewers call of each other. */
#ifndef OC_VIEWERS_CALLS_H
#define OC_VIEWERS_CALLS_H

#include "oc_candidate_line.h"
#include "oc_view_command.h"
#include "oc_viewers_impl.h"

/* ---- oc_viewers.c ---- */
/* NULL: no such session, or it is over. */
oc_viewers_session_t *oc_viewers_session(oc_viewers_t *v, oc_hub_peer_t id);
/* A new one; NULL: all are in use. */
oc_viewers_session_t *oc_viewers_session_new(oc_viewers_t *v, oc_hub_peer_t id);
/* Frees what has ended and has nothing to tell any more. */
void oc_viewers_session_sweep(oc_viewers_t *v, oc_viewers_session_t *session);
void oc_viewers_view_sweep(oc_viewers_view_t *view);
/* NULL: no such view, or the hub has forgotten it. */
oc_viewers_view_t *oc_viewers_view(oc_viewers_t *v, int32_t number);
oc_viewers_view_t *oc_viewers_view_of(oc_viewers_session_t *session, uint16_t sid);
/* A new view, asked; NULL: no room, no memory. */
oc_viewers_view_t *oc_viewers_view_new(oc_viewers_t *v, oc_viewers_session_t *session,
                                       uint16_t sid);
/* Its peer for calls of channels; NULL: it has ended. */
oc_peer_t *oc_viewers_peer(const oc_viewers_view_t *view);
/* The same also when the channel is closed already: for messages that are held. */
oc_peer_t *oc_viewers_session_peer(const oc_viewers_view_t *view);
/* The stream has something. */
void oc_viewers_kick(oc_viewers_view_t *view);
/* Ends a view from here: the viewer is told why, then the channel is closed; so is the script. */
void oc_viewers_end(oc_viewers_view_t *view, const char *why);
/* The hub has forgotten its channel. */
void oc_viewers_closed(oc_viewers_view_t *view, const char *why);
/* A session is over. error: by itself, not because somebody ended it. */
void oc_viewers_session_over(oc_viewers_t *v, oc_viewers_session_t *session, const char *why,
                             bool error);

/* ---- oc_viewers_ask.c ---- */
/* The other end opens a channel. */
void oc_viewers_asked(oc_viewers_t *v, oc_viewers_session_t *session, const oc_peer_event_t *event);
/* What the script says. OC_OK | OC_ERR_NOENT | OC_ERR_*: *why says it, static; the viewer is told
 * too. */
int oc_viewers_accept(oc_viewers_t *v, const oc_command_t *command, const char **why);
/* The session is up: what was accepted before begins. */
void oc_viewers_begin_waiting(oc_viewers_session_t *session);
/* The question is over. */
void oc_viewers_forget_label(oc_viewers_view_t *view);
extern const oc_source_ops_t oc_viewers_ops; /* ctx: a view */
#define OC_VIEWERS_TORN       "live: a fragment was overtaken that had partly left"
#define OC_VIEWERS_NO_PARTIAL "live: the other end has no FORWARD-TSN (RFC 3758)"

/* ---- oc_viewers_live.c ---- */
/* Finds the ring. OC_OK | OC_ERR_*: *why. */
int oc_viewers_live_prepare(oc_viewers_view_t *view, unsigned channel, unsigned stream,
                            const char **why);
/* The channel is open: the first messages. */
void oc_viewers_live_begin(oc_viewers_view_t *view);
/* It watches no stream any more; nothing of it touches the ring. */
void oc_viewers_live_detach(oc_viewers_view_t *view);
/* What is new in the rings, and what sources are asked for. Returns when it wants to be called. */
int64_t oc_viewers_live_advance(oc_viewers_t *v);
/* Its figures, as they are published: for the rate of the stream. */
void oc_viewers_live_measure(oc_viewers_view_t *view, const oc_view_row_t *row);
/* Queue, levels, holds of one live view. */
void oc_viewers_live_follow(oc_viewers_view_t *view);
/* Messages of it were abandoned: it needs a key packet. */
void oc_viewers_live_key(oc_viewers_view_t *view);
/* Bytes that wait or are not acknowledged (B6). */
uint64_t oc_viewers_queued(const oc_viewers_view_t *view);

/* Levels that were crossed: told once each. */
void oc_viewers_follow_marks(oc_viewers_view_t *view);
/* The levels of everybody, for a view that has none of its own; follow_marks comes afterwards. */
void oc_viewers_marks(oc_viewers_view_t *view);

/* ---- oc_viewers_play.c ---- */
/* Has the host open a list (oc_play_reader.h). OC_OK | OC_ERR_*: *why. */
int oc_viewers_play_prepare(oc_viewers_view_t *view, oc_span_t list, const char **why);
/* Nothing of it is sent any more. */
void oc_viewers_play_detach(oc_viewers_view_t *view);
/* Levels, reading, pace. Returns when it wants to be looked at again. */
int64_t oc_viewers_play_follow(oc_viewers_view_t *view);
int oc_viewers_play_command(oc_viewers_t *v, const oc_command_t *command, const char **why);
/* As a source, of views with a player; names have OC_VIEWERS_PLAY_REF. */
int oc_viewers_play_next(oc_viewers_view_t *view, oc_msg_t *out);
void oc_viewers_play_take(oc_viewers_view_t *view, uint64_t ref);
int oc_viewers_play_bytes(oc_viewers_view_t *view, uint64_t ref, uint32_t offset, uint32_t len,
                          oc_span_t *parts, unsigned max);
void oc_viewers_play_done(oc_viewers_view_t *view, uint64_t ref, int how);
/* Bytes that were read and that the viewer does not have. */
uint64_t oc_viewers_play_queued(const oc_viewers_view_t *view);

/* ---- oc_viewers_channel.c ---- */
/* A message of the other end; released by it, now or later. */
void oc_viewers_message(oc_viewers_view_t *view, const oc_peer_event_t *event);
/* Gives a message back. */
void oc_viewers_release(oc_viewers_view_t *view, const oc_sctp_event_t *message);
/* Gives what is held back; lost: it is gone already. */
void oc_viewers_drop_held(oc_viewers_view_t *view, bool lost);
/* The answer to a request. OC_OK | OC_ERR_NOENT too late | OC_ERR_BUSY no room | OC_ERR_TOO_BIG */
int oc_viewers_reply(oc_viewers_view_t *view, uint32_t request, bool error, oc_span_t answer);
/* Requests that were not answered in time. Returns the next such time. */
int64_t oc_viewers_requests_advance(oc_viewers_view_t *view);
/* A command channel of the session began (+1) or ended (-1). */
void oc_viewers_commands_change(oc_viewers_session_t *session, int change);
/* Sends a message of a command channel. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM. */
int oc_viewers_say(oc_viewers_view_t *view, oc_view_message_t kind, uint32_t request,
                   oc_span_t payload);

/* ---- oc_viewers_notice.c ---- */
/* It has this to tell too; its turn comes. */
void oc_viewers_tell(oc_viewers_t *v, oc_viewers_teller_t *teller, unsigned tell);
/* Takes it off the list. */
void oc_viewers_untell(oc_viewers_t *v, oc_viewers_teller_t *teller);
/* The next notice as a parcel. OC_OK | OC_AGAIN | OC_ERR_BUSY no memory now. */
int oc_viewers_take(oc_viewers_t *v, oc_parcel_t *out);

/* ---- oc_viewers_rows.c ---- */
/* Writes the row of a session. */
void oc_viewers_publish_session(oc_viewers_t *v, const oc_viewers_session_t *session);
/* Of a view. */
void oc_viewers_publish_view(oc_viewers_view_t *view);
/* Of a view that is gone. */
void oc_viewers_publish_gone(oc_viewers_t *v, int32_t number);
/* All of them. True: something flows, do it again soon. */
bool oc_viewers_publish_all(oc_viewers_t *v);

/* ---- oc_viewers_signal.c ---- */
/* Commands of signalling. OC_AGAIN: answered later. *out: the answer's parcel. */
int oc_viewers_signal(oc_viewers_t *v, const oc_command_t *command, int32_t *session,
                      oc_parcel_t *out, const char **why);
/* A description that a command waits for is there. */
void oc_viewers_described(oc_viewers_t *v, oc_viewers_session_t *session);
/* A candidate of ours is to be told. */
void oc_viewers_candidate(oc_viewers_t *v, oc_viewers_session_t *session,
                          const oc_hub_event_t *event);
/* The next of them, "" = there are no more; out: OC_CANDIDATE_TEXT_MAX bytes. True: others wait. */
bool oc_viewers_candidate_take(oc_viewers_t *v, oc_viewers_session_t *session, char *out);
/* Forgets those that wait. */
void oc_viewers_candidates_drop(oc_viewers_t *v, oc_viewers_session_t *session);
/* Answers what waits on the session. */
void oc_viewers_pending_fail(oc_viewers_t *v, oc_viewers_session_t *session, int code,
                             const char *why);

#endif
