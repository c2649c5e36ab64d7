#include "oc_redact.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "oc_redact_words.h"

static const char words[] = OC_REDACT_WORDS;
static const char plain_keys[] = OC_REDACT_PLAIN_KEYS;
static const char secret_keys[] = OC_REDACT_SECRET_KEYS;
static const char local_schemes[] = OC_REDACT_LOCAL_SCHEMES;

#define SHORT      2 /* characters that hide nothing worth it */
#define DIGITS     3 /* of a part of a path that is a number: a PIN has more */
#define DIGITS_ALL 5 /* of a part of a path that has words as well: h264Preview_01_main */
#define DIGITS_OF  8 /* of a value: 1920x1080, with a bit rate */
#define WORD_MAX   15

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A NUL is none of them: lines of files may hold one. */
static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c);
}

/* Whether `text` is one of the words of a list that begins and ends with a blank. */
static bool is_in(const char *list, const char *text, size_t len) {
    char word[WORD_MAX + 3];
    if (len == 0 || len > WORD_MAX)
        return false;
    word[0] = ' ';
    for (size_t i = 0; i < len; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';
        if (text[i] == ' ' || text[i] == '\0')
            return false;
        word[i + 1] = (char)(upper ? text[i] + ('a' - 'A') : text[i]);
    }
    word[len + 1] = ' ';
    word[len + 2] = '\0';
    return strstr(list, word) != NULL;
}

/* Words of the list and few digits, joined by -, _ and dots. */
static bool is_harmless(const char *text, size_t len, unsigned alone, unsigned together) {
    unsigned digits = 0, letters = 0, others = 0;
    bool known = true;
    for (size_t i = 0; i < len;) {
        size_t run = 0;
        while (i + run < len && is_letter(text[i + run]))
            run++;
        known &= run == 0 || is_in(words, text + i, run);
        letters += (unsigned)run;
        i += run;
        if (run > 0)
            continue;
        digits += is_digit(text[i]);
        others += !is_digit(text[i]) && !is_one_of(text[i], "-_.");
        i++;
    }
    if (others > 0)
        return false;
    return (len <= SHORT) || (known && digits <= (letters > 0 ? together : alone));
}

#define AUTH_BASIC "auth=basic" /* an option of inputs, no secret */

static void star(char *from, size_t len) {
    memset(from, '*', len);
}

/* SHA-256 of a certificate, which is public: 01:AB:… */
static bool is_fingerprint(const char *text, size_t len) {
    size_t n = 0;
    while (n < len && (is_digit(text[n]) || is_one_of(text[n], "abcdefABCDEF:")))
        n++;
    return n == len;
}

/* key=value, or one of them. */
static void star_parameter(char *text, size_t len) {
    char *equals = memchr(text, '=', len);
    size_t key = equals ? (size_t)(equals - text) : len;
    if (len == strlen(AUTH_BASIC) && memcmp(text, AUTH_BASIC, len) == 0)
        return;
    if (equals && is_in(" tlsfingerprint ", text, key) && is_fingerprint(equals + 1, len - key - 1))
        return;
    bool plain = is_in(plain_keys, text, key);
    if (!plain && !is_in(secret_keys, text, key))
        star(text, len);
    else if (equals && !(plain && is_harmless(equals + 1, len - key - 1, DIGITS_OF, DIGITS_OF)))
        star(equals + 1, len - key - 1);
}

/* What is behind the host: a path, then parameters behind ? and #. */
static void star_tail(char *tail, size_t len) {
    bool parameters = false;
    for (size_t from = 0; from < len;) {
        char mark = tail[from];
        size_t end = from + 1;
        parameters |= mark == '?' || mark == '#';
        while (end < len && !is_one_of(tail[end], parameters ? "&#" : "/?#"))
            end++;
        size_t part = end - from - 1;
        if (parameters)
            star_parameter(tail + from + 1, part);
        else if (!is_harmless(tail + from + 1, part, DIGITS, DIGITS_ALL))
            star(tail + from + 1, part);
        from = end;
    }
}

/* Up to the first of / ? and #. */
static size_t host_len(const char *text, size_t len) {
    size_t n = 0;
    while (n < len && text[n] != '/' && text[n] != '?' && text[n] != '#')
        n++;
    return n;
}

/* "host:word": a colon that no port follows, outside of brackets. */
static bool is_mistaken(const char *host, size_t len) {
    for (size_t i = 0; i < len && host[i] != '['; i++) {
        size_t digits = 0;
        if (host[i] != ':')
            continue;
        while (i + 1 + digits < len && is_digit(host[i + 1 + digits]))
            digits++;
        if (digits == 0 || i + 1 + digits < len)
            return true;
    }
    return false;
}

static size_t last_at(const char *text, size_t len) {
    while (len > 0 && text[len - 1] != '@')
        len--;
    return len; /* behind it; 0: none */
}

static void star_network(char *rest, size_t len) {
    size_t host = host_len(rest, len), at = last_at(rest, host);
    /* A password may hold what ends the host and should have been percent-encoded. */
    if (at == 0 && is_mistaken(rest, host))
        at = last_at(rest, len);
    if (at > 0) {
        star(rest, at - 1);
        rest += at;
        len -= at;
        host = host_len(rest, len);
    }
    bool shown = !is_mistaken(rest, host);
    for (size_t i = 0; i < host; i++)
        shown &= is_letter(rest[i]) || is_digit(rest[i]) || is_one_of(rest[i], ".-_:[]%${}");
    if (!shown)
        star(rest, host);
    star_tail(rest + host, len - host);
}

/* Bytes of "scheme:" and of the slashes behind it; 0: a path. */
static size_t scheme_len(const char *url, size_t len) {
    size_t n = 0;
    while (n < len &&
           (is_letter(url[n]) || (n > 0 && (is_digit(url[n]) || is_one_of(url[n], "+.-")))))
        n++;
    if (n == 0 || n == len || url[n] != ':')
        return 0;
    return n + 1;
}

/* Where the part begins that may hold secrets; len: nowhere. */
static size_t network_at(const char *url, size_t len) {
    size_t at = scheme_len(url, len), inner = 0;
    bool ffmpeg = at == 7 && is_in(" ffmpeg ", url, 6);
    if (ffmpeg)
        inner = scheme_len(url + at, len - at);
    if (at == 0 || is_in(local_schemes, url + (inner > 0 ? at : 0), (inner > 0 ? inner : at) - 1))
        return len;
    at += inner;
    bool slashes = len - at >= 2 && url[at] == '/' && url[at + 1] == '/';
    if (ffmpeg && inner == 0 && !slashes)
        return len;
    return slashes ? at + 2 : at;
}

void oc_redact_stars(char *url, size_t len) {
    size_t at = network_at(url, len);
    if (at < len)
        star_network(url + at, len - at);
}

void oc_redact_url(const char *url, char *out, size_t size) {
    size_t len = strlen(url), used = 0;
    char whole[1024];
    if (len >= sizeof(whole)) { /* longer than any address of a source */
        url = "?:***";
        len = strlen(url);
    }
    memcpy(whole, url, len);
    size_t network = network_at(whole, len);
    oc_redact_stars(whole, len);
    for (size_t i = 0; i < len && used + 1 < size; i++) {
        bool star = i >= network && whole[i] == '*';
        bool first = star && (i == network || whole[i - 1] != '*');
        for (unsigned n = 0; first && n < 3 && used + 1 < size; n++)
            out[used++] = '*';
        if (!star)
            out[used++] = whole[i];
    }
    out[used] = '\0';
}
