/* oc_hub_impl - what the files of oc_hub share. */
#ifndef OC_HUB_IMPL_H
#define OC_HUB_IMPL_H

#include "oc_hub_state.h"

oc_hub_slot_t *oc_hub_slot(oc_hub_t *hub, oc_hub_peer_t id); /* NULL: no such peer */
static inline unsigned oc_hub_index(const oc_hub_t *hub, const oc_hub_slot_t *slot) {
    return (unsigned)(slot - hub->slot);
}

/* Puts a slot at the end of a list, unless it is on it. */
void oc_hub_ready(oc_hub_t *hub, oc_hub_slot_t *slot, unsigned list);
/* The first slot of a list, taken off it; NULL: empty. */
oc_hub_slot_t *oc_hub_take(oc_hub_t *hub, unsigned list);
/* The peer was touched: it may have output, work and events, and another deadline. */
void oc_hub_touched(oc_hub_t *hub, oc_hub_slot_t *slot);
/* A new peer's slot, or NULL. */
oc_hub_slot_t *oc_hub_slot_new(oc_hub_t *hub, void *memory, bool offering, int64_t now_us);
/* The peer's memory is the caller's again. */
void oc_hub_slot_free(oc_hub_t *hub, oc_hub_slot_t *slot);
/* When the hub itself or the peer has something to do. */
void oc_hub_schedule(oc_hub_t *hub, oc_hub_slot_t *slot);

/* ---- which peer a datagram is for (oc_hub_demux.c) ---- */

/* Its present ufrag is asked for from now on. */
void oc_hub_know_ufrag(oc_hub_t *hub, oc_hub_slot_t *slot);
/* A verified request of it came from there: the tuple is its, perhaps beside others'. */
void oc_hub_know_address(oc_hub_t *hub, oc_hub_slot_t *slot, const oc_path_t *from);
/* It sends this: of a check the number is remembered. */
void oc_hub_know_output(oc_hub_t *hub, oc_hub_slot_t *slot, const uint8_t *data, size_t len);
/* All of the above, before its slot is freed. */
void oc_hub_forget(oc_hub_t *hub, oc_hub_slot_t *slot);
/* NULL: nobody's. */
oc_hub_slot_t *oc_hub_whose(oc_hub_t *hub, const oc_path_t *from, oc_span_t datagram);

/* ---- candidates (oc_hub_candidates.c) ---- */

/* Gives a new or restarted peer all that we know of us. */
void oc_hub_add_candidates(oc_hub_t *hub, oc_hub_slot_t *slot, int64_t now_us);
/* Fills hub->own with what a description says of us; their number. */
unsigned oc_hub_own_candidates(oc_hub_t *hub);
/* Takes what gathering has found since. */
void oc_hub_gathered(oc_hub_t *hub, int64_t now_us);
/* Whether nothing more is to be expected. */
bool oc_hub_settled(const oc_hub_t *hub);
/* Lets an address of the other end through our relays. */
void oc_hub_permit(oc_hub_t *hub, const oc_candidate_t *remote, int64_t now_us);
/* ---- candidates that are told later (oc_hub_trickle.c) ---- */

/* Numbers what is new of our candidates, forgets what is gone. */
void oc_hub_note_own(oc_hub_t *hub);
/* A description with all of them leaves; settled: it says that there are no more. */
void oc_hub_told_all(oc_hub_t *hub, oc_hub_slot_t *slot, bool settled);
/* The next one that the peer does not know. False: none. */
bool oc_hub_trickle(oc_hub_t *hub, oc_hub_slot_t *slot, oc_hub_event_t *out);

/* ---- changed addresses (oc_hub_again.c) ---- */

/* EVENT_NEGOTIATE of a peer, of all of them with EVENT_ADDRESS. */
void oc_hub_negotiate(oc_hub_t *hub, oc_hub_slot_t *slot);
void oc_hub_moved(oc_hub_t *hub);
/* The next event of the hub itself. False: none. */
bool oc_hub_own_event(oc_hub_t *hub, oc_hub_event_t *out);

/* The next event of gathering, given to the peers already. OC_OK | OC_AGAIN. */
int oc_hub_gather_event(oc_hub_t *hub, oc_hub_event_t *out);

#endif
