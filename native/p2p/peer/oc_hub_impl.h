/* oc_hub_impl - what the files of oc_hub share. */
#ifndef OC_HUB_IMPL_H
#define OC_HUB_IMPL_H

#include "oc_hub.h"
#include "oc_hub_heap.h"
#include "oc_hub_map.h"

/* What a hub keeps: of each peer, of the tuples and checks by which datagrams are
 * told apart, and of its own addresses. Only the files of oc_hub touch it. */

#define OC_HUB_NONE       0xFFFFu
#define OC_HUB_UFRAGS     2  /* of a peer that are known: the present one and the one before */
#define OC_HUB_SENT       4  /* checks of a peer that are remembered, in the mean; 8 bytes each */
#define OC_HUB_QUANTUM    64 /* datagrams of one peer before the next one's turn */
#define OC_HUB_GATHER_US  (1000 * 1000) /* an answer without trickle waits so long at most */
#define OC_HUB_TRICKLE_US (150 * 1000)  /* an answer whose rest may follow */
#define OC_HUB_GATHERED   32            /* candidates that servers give */
#define OC_HUB_OWN        (OC_HUB_LOCAL + OC_HUB_GATHERED)

/* Lists of slots that have something to do. */
enum { LIST_OUTPUT, LIST_EVENT, LIST_JOB, LISTS };

typedef struct oc_hub_list {
    uint16_t first, last; /* OC_HUB_NONE: empty */
} oc_hub_list_t;

typedef struct oc_hub_slot {
    oc_peer_t *peer; /* NULL: free */
    void *memory;
    oc_hub_peer_t id;
    uint16_t next[LISTS]; /* of each list; OC_HUB_NONE: the last */
    bool on[LISTS];
    bool half_open;
    bool displaced; /* somebody else has its place; its last event is not polled yet */
    bool described; /* its description may be read */
    bool notify_description, notify_negotiate;
    bool trickles;                    /* the other end takes candidates of ours later */
    bool end_due;                     /* it took a description that said that more may come */
    uint32_t notified;                /* the number of our candidates up to which it knows them */
    uint8_t ufrag_next, address_next; /* which entry is replaced next */
    uint8_t names;                    /* .local names to look up, told by events from the last on */
    uint8_t names_taken;              /* of this description so far, OC_HUB_RESOLVE at most */
    uint64_t session;
    uint32_t version;
    int64_t half_until_us;
    int64_t gather_until_us;      /* INT64_MAX: its description does not wait */
    char mid[OC_SDP_MID_MAX + 1]; /* of our media line, "" none */
    char name[OC_HUB_RESOLVE][OC_CANDIDATE_MDNS_MAX + 1];
    uint16_t port[OC_HUB_RESOLVE];
} oc_hub_slot_t;

#define OC_HUB_SHARED                                                                              \
    16 /* peers that may be told apart on one tuple; of more the oldest loses it */

/* A tuple that belongs to a peer. */
typedef struct oc_hub_address {
    oc_addr_t remote;
    uint8_t via;
    bool used;
} oc_hub_address_t;

/* A check that was sent: the beginning of its number, and by whom. In rows, so that two numbers
 * that fall on one place do not cost an answer. */
#define OC_HUB_SENT_ROW 4
typedef struct oc_hub_sent {
    uint32_t key;
    uint16_t slot;
} oc_hub_sent_t;

/* A candidate of ours; numbers grow with the time that it was found. */
typedef struct oc_hub_known {
    oc_addr_t addr;
    uint8_t type, via;
    uint32_t number;
} oc_hub_known_t;

struct oc_hub {
    oc_hub_config_t config;
    unsigned peers, half_open, displaced;
    unsigned slots; /* config.peers, and OC_HUB_SPARE */
    uint32_t generation;
    uint32_t seed; /* of the tables that strangers fill */
    int64_t now_us;
    bool fragment;  /* the datagram polled last may be cut on its way */
    unsigned burst; /* datagrams of the peer whose turn it is */
    oc_hub_list_t list[LISTS];
    oc_hub_stats_t stats;
    oc_ice_budget_t budget;
    oc_pool_t pool;
    oc_addr_t local[OC_HUB_LOCAL];
    unsigned locals;
    bool settled; /* gathering, when it was looked at last */
    bool ready;   /* told, without servers */
    bool notify_address;
    oc_hub_known_t known[OC_HUB_OWN];
    unsigned knowns;
    uint32_t known_last;
    oc_hub_map_t ufrags, addresses;
    oc_hub_heap_t heap;
    oc_hub_address_t *address; /* OC_HUB_ADDRESSES of each slot */
    oc_hub_sent_t *sent;
    uint32_t sent_mask;
    /* Workspace of one call about descriptions: too large for the stack of a microcontroller. */
    oc_sdp_t sdp;
    oc_candidate_t own[OC_HUB_OWN];
    oc_hub_slot_t slot[]; /* `slots` of them */
};

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
void oc_hub_notified_all(oc_hub_t *hub, oc_hub_slot_t *slot, bool settled);
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
