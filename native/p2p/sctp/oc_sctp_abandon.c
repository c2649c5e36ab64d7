#include "oc_sctp_abandon.h"
#include "oc_sctp_loss.h"

static bool ends(const oc_record_t *r) {
    return r->flags & OC_SCTP_DATA_END;
}

/* The TSN that ends a message whose last fragment was never cut. There is room: cutting leaves one
 * record free. */
static void append_end(oc_send_t *s) {
    const oc_send_cut_t *cut = &s->cut;
    oc_record_t *r = oc_send_at(s, s->next_tsn);
    *r =
        (oc_record_t){.ref = cut->msg.ref,
                      .offset = cut->offset,
                      .ppid = cut->msg.ppid,
                      .ssn = cut->ssn,
                      .slot = cut->slot,
                      .flags = OC_SCTP_DATA_END | (cut->msg.unordered ? OC_SCTP_DATA_UNORDERED : 0),
                      .state = OC_RECORD_ABANDONED};
    s->slot[cut->slot].records++;
    s->next_tsn++;
}

static void tell(oc_send_t *s, unsigned i, uint64_t ref, uint32_t bytes) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->abandoned++;
    slot->abandoned_bytes += bytes;
    slot->skipping = true;
    if (s->cut.slot == i && s->cut.msg.ref == ref && s->cut.offset < s->cut.msg.len)
        slot->torn += s->cut.msg.group && slot->group_sent;
    s->stats.abandoned++;
    s->told_any = true;
    oc_send_done(s, i, ref, OC_ERR_STALE);
}

/* The TSNs of a message that are in the ring: they stand side by side. */
static void extent(const oc_send_t *s, uint32_t tsn, uint32_t *first, uint32_t *last) {
    *first = *last = tsn;
    while (*first != s->cum + 1 && !(oc_send_at(s, *first)->flags & OC_SCTP_DATA_BEGIN))
        --*first;
    while (!ends(oc_send_at(s, *last)) && *last + 1 != s->next_tsn)
        ++*last;
}

static bool all_acked(const oc_send_t *s, uint32_t first, uint32_t last) {
    if (!ends(oc_send_at(s, last)))
        return false;
    for (uint32_t tsn = first; tsn != last + 1; tsn++)
        if (oc_send_at(s, tsn)->state != OC_RECORD_ACKED)
            return false;
    return true;
}

static bool abandon_one(oc_send_t *s, uint32_t tsn) {
    const oc_record_t *r = oc_send_at(s, tsn);
    uint64_t ref = r->ref;
    unsigned slot = r->slot;
    uint32_t first, last, bytes;
    if (r->state == OC_RECORD_ABANDONED)
        return false;
    extent(s, tsn, &first, &last);
    if (all_acked(s, first, last))
        return false;
    for (uint32_t t = first; t != last + 1; t++) {
        oc_record_t *each = oc_send_at(s, t);
        oc_loss_forget(s, each);
        if (each->state == OC_RECORD_ACKED)
            s->gap_acked--;
        each->state = OC_RECORD_ABANDONED;
        s->slot[slot].unacked_bytes -= each->len;
    }
    if (ends(oc_send_at(s, last))) {
        bytes = oc_send_at(s, last)->offset + oc_send_at(s, last)->len;
    } else { /* only the message being cut has no end yet */
        bytes = s->cut.msg.len;
        s->slot[slot].unacked_bytes -= s->cut.msg.len - s->cut.offset;
        append_end(s);
        s->cut.active = false;
    }
    tell(s, slot, ref, bytes);
    return true;
}

/* What follows on a message that was given up is of no use to the peer either, up to the next key
 * message. What is on its way may arrive; it is not sent again, and the rest not at all. */
static void mark_dependent(oc_send_t *s, unsigned slot, uint32_t tsn) {
    for (uint32_t t = tsn + 1; t != s->next_tsn; t++) {
        oc_record_t *r = oc_send_at(s, t);
        if (r->slot != slot || r->state == OC_RECORD_ABANDONED)
            continue;
        if (r->flags & OC_RECORD_KEY && r->flags & OC_SCTP_DATA_BEGIN) {
            s->slot[slot].skipping = false; /* it has begun anew already */
            return;
        }
        r->flags |= OC_RECORD_VAIN;
    }
    if (!s->cut.active || s->cut.slot != slot)
        return;
    if (s->cut.msg.key)
        s->slot[slot].skipping = false;
    else
        oc_abandon_cut(s);
}

bool oc_abandon_at(oc_send_t *s, uint32_t tsn) {
    unsigned slot = oc_send_at(s, tsn)->slot;
    if (!abandon_one(s, tsn))
        return false;
    mark_dependent(s, slot, tsn);
    return true;
}

void oc_abandon_cut(oc_send_t *s) {
    uint32_t newest = s->next_tsn - 1;
    if (s->cut.offset && oc_seq32_after(newest, s->cum) &&
        oc_seq32_upto(s->cut.first_tsn, newest)) {
        (void)abandon_one(s, newest);
        return;
    }
    s->slot[s->cut.slot].unacked_bytes -= s->cut.msg.len - s->cut.offset;
    if (s->cut.offset) /* all that was sent is acknowledged for good */
        append_end(s);
    s->cut.active = false;
    tell(s, s->cut.slot, s->cut.msg.ref, s->cut.msg.len);
}

void oc_abandon_stream(oc_send_t *s, unsigned slot) {
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++)
        if (oc_send_at(s, tsn)->slot == slot)
            (void)abandon_one(s, tsn);
    if (s->cut.active && s->cut.slot == slot)
        oc_abandon_cut(s);
}

void oc_forward_update(oc_send_t *s, int64_t now_us) {
    uint32_t before = s->forward, waited = (uint32_t)now_us - s->forward_sent_us;
    if (oc_seq32_before(s->forward, s->cum))
        before = s->forward = s->cum;
    while (s->forward + 1 != s->next_tsn &&
           oc_send_at(s, s->forward + 1)->state == OC_RECORD_ABANDONED)
        s->forward++;
    if (s->forward == s->cum)
        s->forward_due = false;
    else if (s->forward != before || waited > s->srtt_us + s->srtt_us / 4)
        s->forward_due = true;
}

/* The last ordered message given up on each stream, up to *upto, which is cut short when there are
 * too many streams for one chunk. */
static unsigned collect(const oc_send_t *s, oc_sctp_skip_t *skips, uint32_t *upto) {
    unsigned count = 0;
    for (uint32_t tsn = s->cum + 1; tsn != *upto + 1; tsn++) {
        const oc_record_t *r = oc_send_at(s, tsn);
        unsigned i = 0;
        if (r->flags & OC_SCTP_DATA_UNORDERED)
            continue;
        while (i < count && skips[i].sid != s->slot[r->slot].sid)
            i++;
        if (i == OC_ABANDON_SKIPS) {
            *upto = tsn - 1;
            break;
        }
        skips[i] = (oc_sctp_skip_t){s->slot[r->slot].sid, r->ssn};
        count += i == count;
    }
    return count;
}

bool oc_forward_append(oc_send_t *s, oc_sctp_packet_t *packet, int64_t now_us) {
    oc_sctp_skip_t skips[OC_ABANDON_SKIPS];
    uint32_t upto = s->forward;
    unsigned count = collect(s, skips, &upto);
    if (!oc_sctp_forward_write(packet, upto, skips, count))
        return false;
    s->forward_due = false;
    s->forward_sent_us = (uint32_t)now_us;
    s->stats.forward_tsn++;
    return true;
}
