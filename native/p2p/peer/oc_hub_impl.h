/* oc_hub_impl - what the files of oc_hub share. */
#ifndef OC_HUB_IMPL_H
#define OC_HUB_IMPL_H

#include "oc_hub.h"
#include "oc_hub_heap.h"
#include "oc_hub_map.h"

#define OC_HUB_NONE       0xFFFFu
#define OC_HUB_UFRAGS     2  /* of a peer that are known: the present one and the one before */
#define OC_HUB_SENT       4  /* checks of a peer that are remembered, in the mean; 8 bytes each */
#define OC_HUB_QUANTUM    64 /* datagrams of one peer before the next one's turn */
#define OC_HUB_HEADROOM   OC_TURN_HEADROOM
#define OC_HUB_GATHER_US  (1000 * 1000) /* an answer without trickle waits so long at most */
#define OC_HUB_TRICKLE_US (150 * 1000)  /* an answer whose rest may follow */

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
    bool described; /* its description may be read */
    bool tell_description;
    uint8_t ufrag_next, address_next; /* which entry is replaced next */
    uint8_t names;                    /* .local names to look up, told by events from the last on */
    uint64_t session;
    uint32_t version;
    int64_t half_until_us;
    int64_t gather_until_us; /* INT64_MAX: its description does not wait */
    char name[OC_HUB_RESOLVE][OC_CANDIDATE_MDNS_MAX + 1];
    uint16_t port[OC_HUB_RESOLVE];
} oc_hub_slot_t;

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

struct oc_hub {
    oc_hub_config_t config;
    unsigned peers, half_open;
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
    oc_hub_map_t ufrags, addresses;
    oc_hub_heap_t heap;
    oc_hub_address_t *address; /* OC_HUB_ADDRESSES of each slot */
    oc_hub_sent_t *sent;
    uint32_t sent_mask;
    oc_hub_slot_t slot[]; /* config.peers */
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
/* A verified request of it came from there: the tuple is its, whoever had it. */
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
/* Fills in what a description says of them; their number. */
unsigned oc_hub_own_candidates(oc_hub_t *hub, oc_candidate_t *out, unsigned max);
/* Takes what gathering has found since. */
void oc_hub_gathered(oc_hub_t *hub, int64_t now_us);
/* Whether nothing more is to be expected. */
bool oc_hub_settled(const oc_hub_t *hub);
/* Lets an address of the other end through our relays. */
void oc_hub_permit(oc_hub_t *hub, const oc_candidate_t *remote, int64_t now_us);
/* The next event of gathering, given to the peers already. OC_OK | OC_AGAIN. */
int oc_hub_gather_event(oc_hub_t *hub, oc_hub_event_t *out);

#endif
