#include "oc_mdns.h"

#include <string.h>

#include "oc_err.h"

/* A message, RFC 1035 section 4.1.1; multicast: id 0, opcode 0, code 0 (RFC 6762 section 18).
 *   0                   1                   2                   3
 *   |            id = 0             |R|  op   |A|T|    0    | code  |  R: it is a response
 *   |           questions           |            answers            |
 *   |      authority records        |      additional records       |
 *
 * A name (3.1, 4.1.4): labels of 1 to 63 bytes behind their length, then 0 or a pointer.
 *   |    length     |     label     |
 *   |1 1|   offset in the message   |  pointer to the rest of the name
 *
 * A question (4.1.2), and a record (4.1.3). U: the answer may come by unicast (RFC 6762 5.4).
 * F: caches drop what they have of that name (10.2).
 *   |                             name                              |
 *   |             type              |U|          class = 1          |
 *
 *   |                             name                              |
 *   |             type              |F|          class = 1          |
 *   |                     time to live, seconds                     |
 *   |            length             |  address, 4 (A) or 16 (AAAA)  |
 */
#define HEADER        12
#define NAME_MAX      255 /* RFC 1035 section 2.3.4 */
#define CLASS_IN      1
#define CACHE_FLUSH   0x8000u /* RFC 6762 section 10.2: upper bit of the class */
#define FLAG_RESPONSE 0x8000u
#define FLAG_REST     0x780Fu /* opcode and response code: other than 0 is ignored (section 18) */
#define UUID          36      /* characters */

static char lower(uint8_t c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool oc_mdns_is_name(const char *text) {
    static const char tail[] = ".local";
    for (unsigned i = 0; i < UUID; i++) {
        char c = lower((uint8_t)text[i]);
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    for (unsigned i = 0; i < sizeof(tail); i++) {
        if (lower((uint8_t)text[UUID + i]) != tail[i])
            return false;
    }
    return true;
}

/* ---- writing ---- */

static void write_name(oc_wr_t *w, const char *name) {
    oc_wr_u8(w, UUID);
    oc_wr_bytes(w, name, UUID);
    oc_wr_bytes(w, "\5local", 7); /* with the empty label at its end */
}

size_t oc_mdns_write_question(const char *name, enum oc_mdns_type type, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    if (!oc_mdns_is_name(name))
        return 0;
    oc_wr_u32(&w, 0); /* id: 0 in multicast (section 18.1); flags */
    oc_wr_u16(&w, 1); /* questions */
    oc_wr_zero(&w, 6);
    write_name(&w, name);
    oc_wr_u16(&w, (uint32_t)type);
    oc_wr_u16(&w, CLASS_IN);
    return w.bad ? 0 : oc_wr_len(&w);
}

/* ---- reading ---- */

/* A name as it is gathered; what is longer, or has a dot inside of a label, is not of interest. */
typedef struct gather {
    char text[OC_MDNS_NAME];
    size_t len;
    bool odd;
} gather_t;

static void gather_label(gather_t *g, const uint8_t *label, size_t len) {
    if (g->len + len + 1 >= sizeof(g->text)) {
        g->odd = true;
        return;
    }
    if (g->len)
        g->text[g->len++] = '.';
    for (size_t i = 0; i < len; i++) {
        g->odd = g->odd || label[i] == '.' || label[i] == 0;
        g->text[g->len++] = lower(label[i]);
    }
}

/* Reads the name at *at and moves *at behind it. A pointer leads to before everything that was read
 * of this name (RFC 1035 section 4.1.4: a prior occurrence), so that it ends. */
static bool read_name(oc_span_t all, size_t *at, char name[OC_MDNS_NAME]) {
    gather_t g = {.len = 0};
    size_t p = *at, limit = p, total = 1;
    bool jumped = false;
    for (;;) {
        if (p >= all.len)
            return false;
        size_t n = all.data[p];
        if (n >= 0xC0) {
            if (all.len - p < 2)
                return false;
            size_t to = (n & 0x3F) << 8 | all.data[p + 1];
            if (to >= limit)
                return false;
            *at = jumped ? *at : p + 2;
            jumped = true;
            limit = p = to;
            continue;
        }
        total += n + 1;
        if (n > 63 || n >= all.len - p || total > NAME_MAX + 1)
            return false;
        p += n + 1;
        if (n == 0)
            break;
        gather_label(&g, all.data + p - n, n);
    }
    *at = jumped ? *at : p;
    g.text[g.len] = '\0';
    memcpy(name, g.text, g.len + 1);
    if (g.odd || !oc_mdns_is_name(name))
        name[0] = '\0';
    return true;
}

static bool read_u16(oc_span_t all, size_t *at, uint16_t *out) {
    oc_span_t s = oc_span_sub(all, *at, 2);
    if (!s.data)
        return false;
    *out = (uint16_t)(s.data[0] << 8 | s.data[1]);
    *at += 2;
    return true;
}

/* Flags, then how many questions and records of three kinds; false: neither, or not for us. */
static bool read_header(oc_span_t all, uint16_t counts[4]) {
    size_t at = 2;
    uint16_t flags = 0;
    bool whole = read_u16(all, &at, &flags);
    for (unsigned i = 0; i < 4; i++)
        whole = whole && read_u16(all, &at, &counts[i]);
    return whole && (flags & (FLAG_REST | FLAG_RESPONSE)) == FLAG_RESPONSE;
}

static bool read_question(oc_span_t all, size_t *at, char name[OC_MDNS_NAME], uint16_t *type) {
    uint16_t class;
    return read_name(all, at, name) && read_u16(all, at, type) && read_u16(all, at, &class);
}

typedef struct record {
    char name[OC_MDNS_NAME];
    uint16_t type, class;
    oc_span_t data;
} record_t;

static bool read_record(oc_span_t all, size_t *at, record_t *out) {
    uint16_t len;
    if (!read_name(all, at, out->name) || !read_u16(all, at, &out->type) ||
        !read_u16(all, at, &out->class))
        return false;
    *at += 4; /* time to live */
    if (!read_u16(all, at, &len) || len > all.len - *at)
        return false;
    out->data = oc_span_sub(all, *at, len);
    *at += len;
    return true;
}

static bool take_address(const record_t *record, oc_mdns_answer_t *out) {
    size_t len = record->type == OC_MDNS_A ? 4 : record->type == OC_MDNS_AAAA ? 16 : 0;
    if (len == 0 || record->data.len != len || (record->class & ~CACHE_FLUSH) != CLASS_IN ||
        !record->name[0])
        return false;
    memcpy(out->name, record->name, sizeof(out->name));
    out->addr = len == 4 ? oc_addr4(record->data.data, 0) : oc_addr6(record->data.data, 0, 0);
    return true;
}

int oc_mdns_read_answers(oc_span_t message, oc_mdns_answer_t *out, unsigned max) {
    uint16_t counts[4], type;
    size_t at = HEADER;
    unsigned found = 0;
    char name[OC_MDNS_NAME];
    if (!read_header(message, counts))
        return OC_ERR_FORMAT;
    for (unsigned i = 0; i < counts[0]; i++) {
        if (i == OC_MDNS_RECORDS_MAX || !read_question(message, &at, name, &type))
            return OC_ERR_FORMAT;
    }
    uint32_t records = (uint32_t)counts[1] + counts[2] + counts[3];
    for (uint32_t i = 0; i < records && i < OC_MDNS_RECORDS_MAX; i++) {
        record_t record;
        if (!read_record(message, &at, &record))
            return OC_ERR_FORMAT;
        if (found < max && take_address(&record, &out[found]))
            found++;
    }
    return (int)found;
}
