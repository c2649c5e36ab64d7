#include "oc_sctp_recv.h"
#include "oc_seq.h"

void oc_sctp_recv_init(oc_sctp_recv_t *recv, uint32_t *map, uint32_t span) {
    *recv = (oc_sctp_recv_t){.map = map, .span = span, .due_us = INT64_MAX};
    memset(map, 0, oc_sctp_recv_map_bytes(span));
}

void oc_sctp_recv_start(oc_sctp_recv_t *recv, uint32_t first_tsn, uint32_t a_rwnd) {
    oc_sctp_recv_init(recv, recv->map, recv->span);
    recv->cum = recv->highest = first_tsn - 1;
    recv->announced_rwnd = a_rwnd;
    recv->unacked =
        OC_SCTP_SACK_PACKETS - 1; /* the first packet at once: it gives the peer an RTT */
}

static uint32_t bit_of(uint32_t tsn) {
    return (uint32_t)1 << (tsn & 31);
}
static uint32_t *word_of(const oc_sctp_recv_t *recv, uint32_t tsn) {
    return &recv->map[(tsn & (recv->span - 1)) >> 5];
}

bool oc_sctp_recv_has(const oc_sctp_recv_t *recv, uint32_t tsn) {
    if (oc_seq32_upto(tsn, recv->cum))
        return true;
    return tsn - recv->cum < recv->span && (*word_of(recv, tsn) & bit_of(tsn)) != 0;
}

int oc_sctp_recv_check(oc_sctp_recv_t *recv, uint32_t tsn) {
    uint32_t ahead = tsn - recv->cum;
    if (ahead == 1)
        return OC_OK; /* the ordinary case; cum + 1 never has arrived */
    if (ahead - 1 < 0x80000000u && ahead >= recv->span) {
        recv->beyond++;
        return OC_ERR_RANGE;
    }
    if (!oc_sctp_recv_has(recv, tsn))
        return OC_OK;
    recv->duplicates++;
    if (recv->dup_count < OC_SCTP_DUPS)
        recv->dups[recv->dup_count++] = tsn;
    recv->now = true;
    return OC_AGAIN;
}

/* cum + 1 has arrived: goes up to the next hole. */
static void advance(oc_sctp_recv_t *recv) {
    while (recv->cum != recv->highest) {
        uint32_t next = recv->cum + 1;
        uint32_t *word = word_of(recv, next);
        if (!(*word & bit_of(next)))
            break;
        *word &= ~bit_of(next);
        recv->cum = next;
    }
}

void oc_sctp_recv_mark(oc_sctp_recv_t *recv, uint32_t tsn) {
    if (tsn == recv->cum + 1) {
        recv->cum = tsn;
        if (recv->highest == tsn - 1)
            recv->highest = tsn;
        else
            advance(recv);
        return;
    }
    *word_of(recv, tsn) |= bit_of(tsn);
    if (oc_seq32_after(tsn, recv->highest))
        recv->highest = tsn;
}

bool oc_sctp_recv_forward(oc_sctp_recv_t *recv, uint32_t tsn) {
    if (!oc_seq32_after(tsn, recv->cum))
        return false;
    if (oc_seq32_before(recv->highest, tsn)) {
        memset(recv->map, 0, oc_sctp_recv_map_bytes(recv->span));
        recv->highest = recv->cum = tsn;
        return true;
    }
    while (recv->cum != tsn) {
        recv->cum++;
        *word_of(recv, recv->cum) &= ~bit_of(recv->cum);
    }
    advance(recv);
    return true;
}

void oc_sctp_recv_packet(oc_sctp_recv_t *recv, bool at_once, int64_t now_us) {
    if (++recv->unacked >= OC_SCTP_SACK_PACKETS || at_once || recv->highest != recv->cum) {
        recv->unacked = OC_SCTP_SACK_PACKETS - 1;
        recv->now = true;
    }
    if (recv->due_us == INT64_MAX)
        recv->due_us = now_us + OC_SCTP_SACK_DELAY_US;
}

void oc_sctp_recv_window(oc_sctp_recv_t *recv, uint32_t a_rwnd, uint32_t whole) {
    if (recv->announced_rwnd < whole / 2 && a_rwnd > recv->announced_rwnd &&
        a_rwnd - recv->announced_rwnd >= whole / 4)
        recv->now = true;
}

/* The first TSN from `from` to highest whose arrival is `expected`; highest + 1: none. */
static uint32_t seek(const oc_sctp_recv_t *recv, uint32_t from, bool expected) {
    while (oc_seq32_upto(from, recv->highest)) {
        uint32_t word = *word_of(recv, from);
        uint32_t rest = (expected ? word : ~word) >> (from & 31);
        if (rest & 1)
            return from;
        if (!rest) {
            from += 32 - (from & 31);
            continue;
        }
        for (; !(rest & 1); rest >>= 1)
            from++;
        return oc_seq32_upto(from, recv->highest) ? from : recv->highest + 1;
    }
    return recv->highest + 1;
}

static unsigned find_gaps(const oc_sctp_recv_t *recv, oc_sctp_gap_t *gaps, unsigned max) {
    uint32_t at = recv->cum + 1;
    unsigned count = 0;
    while (count < max && oc_seq32_before(recv->cum, recv->highest)) {
        uint32_t start = seek(recv, at, true);
        if (start == recv->highest + 1)
            break;
        at = seek(recv, start, false);
        gaps[count++] =
            (oc_sctp_gap_t){(uint16_t)(start - recv->cum), (uint16_t)(at - 1 - recv->cum)};
    }
    return count;
}

bool oc_sctp_recv_write(oc_sctp_recv_t *recv, oc_sctp_packet_t *packet, uint32_t a_rwnd) {
    oc_sctp_gap_t gaps[OC_SCTP_SACK_GAPS];
    oc_sctp_sack_t sack = {.cum_tsn = recv->cum, .a_rwnd = a_rwnd, .gaps = gaps};
    uint32_t room = oc_sctp_packet_room(packet), maximum;
    if (room < 16)
        return false;
    maximum = (room - 16) / 4;
    sack.gap_count =
        (uint16_t)find_gaps(recv, gaps, maximum < OC_SCTP_SACK_GAPS ? maximum : OC_SCTP_SACK_GAPS);
    maximum -= sack.gap_count;
    sack.duplicates = (uint16_t)(recv->dup_count < maximum ? recv->dup_count : maximum);
    if (!oc_sctp_sack_write(packet, &sack, recv->dups))
        return false;
    recv->dup_count = 0;
    recv->unacked = 0;
    recv->now = false;
    recv->due_us = INT64_MAX;
    recv->announced_rwnd = a_rwnd;
    return true;
}
