#include "oc_sctp_sched.h"

void oc_sched_ready(oc_send_t *s, unsigned i) {
    oc_send_slot_t *slot = &s->slot[i];
    uint8_t *turn = &s->turn[slot->priority], last;
    if (slot->ready || slot->closed)
        return;
    slot->ready = true;
    if (*turn == OC_SCHED_NONE) {
        *turn = slot->next = slot->prev = (uint8_t)i;
        return;
    }
    last = s->slot[*turn].prev;
    slot->next = *turn;
    slot->prev = last;
    s->slot[last].next = (uint8_t)i;
    s->slot[*turn].prev = (uint8_t)i;
}

void oc_sched_unready(oc_send_t *s, unsigned i) {
    oc_send_slot_t *slot = &s->slot[i];
    uint8_t *turn = &s->turn[slot->priority];
    if (!slot->ready)
        return;
    slot->ready = false;
    if (slot->next == i) {
        *turn = OC_SCHED_NONE;
        return;
    }
    s->slot[slot->prev].next = slot->next;
    s->slot[slot->next].prev = slot->prev;
    if (*turn == i)
        *turn = slot->next;
}

/* A message that will not get a TSN. */
static void give_up(oc_send_t *s, unsigned i, const oc_msg_t *msg) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->source.ops->take(slot->source.ctx, msg->ref);
    slot->unacked++;
    slot->abandoned++;
    slot->abandoned_bytes += msg->len;
    s->stats.abandoned++;
    s->told_any = true;
    oc_send_done(s, i, msg->ref, OC_ERR_STALE);
}

static bool wanted(oc_send_slot_t *slot, const oc_msg_t *msg) {
    if (!msg->len)
        return false;
    if (!slot->skipping)
        return true;
    if (!msg->key || (msg->group && msg->group == slot->group))
        return false;
    slot->skipping = false;
    return true;
}

unsigned oc_sched_peek(oc_send_t *s, oc_msg_t *out) {
    for (unsigned c = 0; c < OC_SCHED_CLASSES; c++) {
        while (s->turn[c] != OC_SCHED_NONE) {
            unsigned i = s->turn[c];
            oc_send_slot_t *slot = &s->slot[i];
            if (slot->source.ops->next(slot->source.ctx, out) != OC_OK)
                oc_sched_unready(s, i);
            else if (wanted(slot, out))
                return i;
            else
                give_up(s, i, out);
        }
    }
    return OC_SEND_NONE;
}

void oc_sched_take(oc_send_t *s, unsigned i, const oc_msg_t *msg) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->source.ops->take(slot->source.ctx, msg->ref);
    slot->unacked++;
    slot->unacked_bytes += msg->len;
    if (!msg->group || msg->group != slot->group) {
        slot->group = msg->group;
        slot->group_sent = false;
    }
    s->cut = (oc_send_cut_t){.msg = *msg, .slot = (uint8_t)i, .active = true};
    s->turn[slot->priority] = slot->next;
}
