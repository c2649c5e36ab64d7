#include "oc_addr.h"

#include <string.h>

#include "oc_err.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

oc_addr_t oc_addr4(const uint8_t ip[4], uint16_t port) {
    oc_addr_t out = {.family = 4, .port = port};
    memcpy(out.ip, ip, 4);
    return out;
}

oc_addr_t oc_addr6(const uint8_t ip[16], uint16_t port, uint32_t scope) {
    if (memcmp(ip, mapped, sizeof(mapped)) == 0)
        return oc_addr4(ip + sizeof(mapped), port);
    oc_addr_t out = {.family = 6, .port = port, .scope = scope};
    memcpy(out.ip, ip, 16);
    return out;
}

bool oc_addr_same_ip(const oc_addr_t *a, const oc_addr_t *b) {
    size_t len = a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
    return a->family == b->family && (len == 0 || a->scope == b->scope) &&
           memcmp(a->ip, b->ip, len) == 0;
}

bool oc_addr_equal(const oc_addr_t *a, const oc_addr_t *b) {
    return oc_addr_same_ip(a, b) && (a->family == 0 || a->port == b->port);
}

bool oc_path_equal(const oc_path_t *a, const oc_path_t *b) {
    return a->via == b->via && oc_addr_equal(&a->remote, &b->remote) &&
           oc_addr_equal(&a->local, &b->local);
}

/* One round of MurmurHash3. */
static uint32_t mix(uint32_t hash, uint32_t word) {
    word *= 0xCC9E2D51u;
    word = word << 15 | word >> 17;
    hash ^= word * 0x1B873593u;
    hash = hash << 13 | hash >> 19;
    return hash * 5 + 0xE6546B64u;
}

uint32_t oc_addr_hash(const oc_addr_t *addr, uint32_t seed) {
    size_t len = addr->family == 4 ? 4 : addr->family == 6 ? 16 : 0;
    uint32_t hash = mix(seed, (uint32_t)addr->family << 16);
    if (len)
        hash = mix(mix(hash, addr->port), addr->scope);
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word;
        memcpy(&word, addr->ip + i, 4);
        hash = mix(hash, word);
    }
    hash ^= hash >> 16;
    hash *= 0x85EBCA6Bu;
    hash ^= hash >> 13;
    hash *= 0xC2B2AE35u;
    return hash ^ hash >> 16;
}

/* ---- text ---- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four numbers 0..255; NULL, or behind the last digit. */
static const char *parse_ip4(const char *text, uint8_t ip[4]) {
    for (unsigned i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        if (i > 0 && *text++ != '.')
            return NULL;
        while (*text >= '0' && *text <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(*text++ - '0');
            digits++;
        }
        if (digits == 0 || value > 255 || (digits > 1 && text[-(int)digits] == '0'))
            return NULL;
        ip[i] = (uint8_t)value;
    }
    return text;
}

/* One group of up to four hexadecimal digits; NULL when there is none or it is longer. */
static const char *parse_group(const char *text, uint8_t out[2]) {
    unsigned value = 0, digits = 0;
    for (; hex_digit(*text) >= 0; text++) {
        if (++digits > 4)
            return NULL;
        value = value << 4 | (unsigned)hex_digit(*text);
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return digits ? text : NULL;
}

static bool has_dot_first(const char *text) {
    while (hex_digit(*text) >= 0)
        text++;
    return *text == '.';
}

#define NO_GAP 17

static bool parse_ip6(const char *text, uint8_t ip[16]) {
    unsigned at = 0, gap = NO_GAP; /* bytes so far; how many of them stand before :: */
    if (text[0] == ':' && text[1] == ':') {
        gap = 0;
        text += 2;
    }
    while (*text) {
        if (at <= 12 && has_dot_first(text)) {
            text = parse_ip4(text, ip + at);
            if (!text || *text)
                return false;
            at += 4;
            break;
        }
        if (at > 14 || !(text = parse_group(text, ip + at)))
            return false;
        at += 2;
        if (*text == '\0')
            break;
        if (*text++ != ':')
            return false;
        if (*text == ':') {
            if (gap != NO_GAP)
                return false;
            gap = at;
            text++;
        } else if (*text == '\0') {
            return false;
        }
    }
    if (gap == NO_GAP)
        return at == 16;
    if (at > 14) /* :: stands for at least one group */
        return false;
    memmove(ip + 16 - (at - gap), ip + gap, at - gap);
    memset(ip + gap, 0, 16 - at);
    return true;
}

int oc_addr_parse(const char *text, oc_addr_t *out) {
    uint8_t ip[16] = {0};
    const char *end = parse_ip4(text, ip);
    *out = (oc_addr_t){.family = 0};
    if (end && *end == '\0') {
        *out = oc_addr4(ip, 0);
        return OC_OK;
    }
    memset(ip, 0, sizeof(ip));
    if (!strchr(text, ':') || !parse_ip6(text, ip))
        return OC_ERR_FORMAT;
    *out = oc_addr6(ip, 0, 0);
    return OC_OK;
}

static char *put_number(char *p, unsigned value, unsigned base) {
    char digits[8];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n)
        *p++ = digits[--n];
    return p;
}

/* RFC 5952: the longest run of two or more zero groups becomes ::, the first one of equals. */
static char *put_ip6(char *p, const uint8_t ip[16]) {
    unsigned best = 0, best_len = 1;
    for (unsigned i = 0, run = 0; i < 8; i++) {
        run = ip[2 * i] || ip[2 * i + 1] ? 0 : run + 1;
        if (run > best_len) {
            best_len = run;
            best = i + 1 - run;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (best_len > 1 && i == best) {
            *p++ = ':';
            *p++ = ':';
            i += best_len - 1;
            continue;
        }
        if (i > 0 && p[-1] != ':')
            *p++ = ':';
        p = put_number(p, (unsigned)ip[2 * i] << 8 | ip[2 * i + 1], 16);
    }
    return p;
}

static char *put_ip4(char *p, const uint8_t ip[4]) {
    for (unsigned i = 0; i < 4; i++) {
        if (i)
            *p++ = '.';
        p = put_number(p, ip[i], 10);
    }
    return p;
}

static size_t print(const oc_addr_t *addr, bool with_port, char *out, size_t size) {
    char text[OC_ADDR_TEXT], *p = text;
    if (addr->family == 6) {
        if (with_port)
            *p++ = '[';
        p = put_ip6(p, addr->ip);
        if (with_port)
            *p++ = ']';
    } else if (addr->family == 4) {
        p = put_ip4(p, addr->ip);
    }
    if (with_port && addr->family) {
        *p++ = ':';
        p = put_number(p, addr->port, 10);
    }
    size_t len = (size_t)(p - text);
    if (len >= size) {
        if (size)
            out[0] = '\0';
        return 0;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

size_t oc_addr_print_ip(const oc_addr_t *addr, char *out, size_t size) {
    return print(addr, false, out, size);
}

size_t oc_addr_print(const oc_addr_t *addr, char *out, size_t size) {
    return print(addr, true, out, size);
}

/* ---- kinds ---- */

static const uint8_t zeros[16];

bool oc_addr_is_loopback(const oc_addr_t *addr) {
    return addr->family == 4 ? addr->ip[0] == 127
                             : addr->family == 6 && memcmp(addr->ip, zeros, 15) == 0 &&
                                   addr->ip[15] == 1;
}

bool oc_addr_is_multicast(const oc_addr_t *addr) {
    return addr->family == 4 ? addr->ip[0] >> 4 == 14 : addr->family == 6 && addr->ip[0] == 0xFF;
}

bool oc_addr_is_broadcast(const oc_addr_t *addr) {
    static const uint8_t ones[4] = {255, 255, 255, 255};
    return addr->family == 4 && memcmp(addr->ip, ones, 4) == 0;
}

bool oc_addr_is_zero(const oc_addr_t *addr) {
    return addr->family == 4   ? addr->ip[0] == 0
           : addr->family == 6 ? memcmp(addr->ip, zeros, 16) == 0
                               : true;
}

bool oc_addr_is_link_local(const oc_addr_t *addr) {
    return addr->family == 4 ? addr->ip[0] == 169 && addr->ip[1] == 254
                             : addr->family == 6 && addr->ip[0] == 0xFE &&
                                   (addr->ip[1] & 0xC0) == 0x80;
}
