#include "oc_http_places.h"

#include <string.h>

#define FULL_QUARTERS   3       /* of a limit: pressed */
#define GRACE_US        1000000 /* to shake hands in, before another one may have the place */
#define CROWD           8       /* connections of one address that get no such grace */
#define ANSWER_QUOTIENT 4 /* bytes sent for each byte of windows, pings and acknowledgements */

static bool same(const oc_http_peer_t *row, const oc_access_peer_t *peer) {
    return row->counted && memcmp(&row->peer, peer, sizeof(*peer)) == 0;
}

static bool stays(const oc_http_peer_t *row) {
    return row->used && !row->leaving;
}

static bool is_stranger(const oc_http_peer_t *row) {
    return stays(row) && row->counted && !row->known;
}

static unsigned count_all(const oc_http_peer_t *rows) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        count += stays(&rows[i]);
    return count;
}

static unsigned count_strangers(const oc_http_peer_t *rows) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        count += is_stranger(&rows[i]);
    return count;
}

static unsigned count_of(const oc_http_peer_t *rows, const oc_access_peer_t *peer) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        count += stays(&rows[i]) && same(&rows[i], peer);
    return count;
}

/* The silent row that leaves first: of the address that has most of all, the oldest. of: of this
 * address only; NULL: of any. */
static oc_http_peer_t *find_leaver(oc_http_peer_t *rows, const oc_access_peer_t *of,
                                   int64_t now_us) {
    oc_http_peer_t *found = NULL;
    unsigned maximum = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        oc_http_peer_t *row = &rows[i];
        if (!stays(row) || row->requests > 0 || (of && !same(row, of)))
            continue;
        unsigned crowd = row->counted ? count_of(rows, &row->peer) : 1;
        if (now_us - row->begun_us < GRACE_US && (of || crowd < CROWD))
            continue;
        if (!found || crowd > maximum || (crowd == maximum && row->begun_us < found->begun_us)) {
            found = row;
            maximum = crowd;
        }
    }
    return found;
}

bool oc_http_places_admit(oc_http_peer_t rows[OC_HTTP_PLACES], const oc_access_peer_t *of,
                          bool known, int64_t now_us, oc_http_peer_t **leaver) {
    unsigned used = 0;
    *leaver = NULL;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        used += rows[i].used;
    if (used == OC_HTTP_PLACES)
        return false;
    bool crowded = of && count_of(rows, of) >= OC_HTTP_PEER;
    bool full = count_all(rows) >= OC_HTTP_CONNECTIONS;
    bool strange = of && !known && count_strangers(rows) >= OC_HTTP_STRANGERS;
    if (!crowded && !full && !strange)
        return true;
    *leaver = find_leaver(rows, crowded ? of : NULL, now_us);
    if (*leaver)
        (*leaver)->leaving = true;
    return *leaver != NULL;
}

static bool is_near(unsigned count, unsigned limit) {
    return 4 * count >= FULL_QUARTERS * limit;
}

bool oc_http_places_pressed(const oc_http_peer_t rows[OC_HTTP_PLACES]) {
    return is_near(count_all(rows), OC_HTTP_CONNECTIONS) ||
           is_near(count_strangers(rows), OC_HTTP_STRANGERS);
}

static bool is_overdue(const oc_http_peer_t *rows, const oc_http_peer_t *row, bool pressed,
                       int64_t now_us) {
    bool near = pressed || (row->counted && is_near(count_of(rows, &row->peer), OC_HTTP_PEER));
    if (row->requests == 0)
        return now_us - row->begun_us >= (near ? OC_HTTP_PRESSED_US : OC_HTTP_SILENT_US);
    return pressed && is_stranger(row) && row->streams > 0 && row->sending == 0 &&
           now_us - row->requested_us >= OC_HTTP_PRESSED_US;
}

unsigned oc_http_places_overdue(oc_http_peer_t rows[OC_HTTP_PLACES], int64_t now_us,
                                oc_http_peer_t *overdue[OC_HTTP_PLACES]) {
    bool pressed = oc_http_places_pressed(rows);
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        if (stays(&rows[i]) && is_overdue(rows, &rows[i], pressed, now_us))
            overdue[count++] = &rows[i];
    }
    for (unsigned i = 0; i < count; i++)
        overdue[i]->leaving = true;
    return count;
}

void oc_http_places_requested(oc_http_peer_t *row, int64_t now_us) {
    row->requests += row->requests < UINT32_MAX;
    row->requested_us = now_us;
    row->unasked = 0;
}

void oc_http_places_link(oc_http_peer_t rows[OC_HTTP_PLACES], oc_http_peer_t *row, uint32_t link) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        count += stays(&rows[i]) && rows[i].known && rows[i].link == link;
    if (!row->known && count < OC_HTTP_OF_LINK) {
        row->link = link;
        row->known = true;
    }
}

bool oc_http_places_received(oc_http_peer_t *row, uint32_t bytes) {
    row->unasked = bytes < UINT32_MAX - row->unasked ? row->unasked + bytes : UINT32_MAX;
    return row->unasked > OC_HTTP_UNASKED_BYTES;
}

void oc_http_places_sent(oc_http_peer_t *row, uint32_t bytes) {
    uint32_t back = bytes / ANSWER_QUOTIENT;
    row->unasked -= back < row->unasked ? back : row->unasked;
}
