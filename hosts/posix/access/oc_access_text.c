#include "oc_access_text.h"

#include <string.h>
#include <strings.h>

static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool oc_access_text_is_user(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len < OC_ACCESS_USER_MAX && name[len] == '\0';
}

/* ---- base64 ---- */

void oc_access_text_encode(const uint8_t *data, size_t len, char *out) {
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = url_digits[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *out++ = url_digits[bits << (6 - held) & 63];
    *out = '\0';
}

static int digit(char c, bool url) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

int oc_access_text_decode(const char *text, size_t len, bool url, uint8_t *out, size_t size) {
    uint32_t bits = 0;
    unsigned held = 0;
    size_t used = 0;
    if (!url) {
        if (len % 4 != 0)
            return -1;
        for (int i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
            len--;
    }
    if (len % 4 == 1)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int value = digit(text[i], url);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (used == size)
            return -1;
        out[used++] = (uint8_t)(bits >> held);
    }
    return bits & ((1u << held) - 1) ? -1 : (int)used; /* one spelling only */
}

/* ---- headers ---- */

bool oc_access_text_cookie(const char *header, const char *name, char *out, size_t size) {
    size_t name_len = strlen(name);
    bool found = false;
    out[0] = '\0';
    while (*header) {
        header += strspn(header, " \t;");
        size_t len = strcspn(header, ";");
        if (len > name_len && header[name_len] == '=' && memcmp(header, name, name_len) == 0) {
            size_t value = len - name_len - 1;
            while (value > 0 && strchr(" \t", header[name_len + value]))
                value--;
            if (found || value >= size) {
                out[0] = '\0';
                return false;
            }
            memcpy(out, header + name_len + 1, value);
            out[value] = '\0';
            found = true;
        }
        header += len;
    }
    return found;
}

bool oc_access_text_basic(const char *header, char user[OC_ACCESS_USER_MAX],
                          char password[OC_ACCESS_PASSWORD_MAX]) {
    char text[OC_ACCESS_USER_MAX + OC_ACCESS_PASSWORD_MAX];
    user[0] = password[0] = '\0';
    if (strncasecmp(header, "Basic ", 6) != 0)
        return false;
    header += 6 + strspn(header + 6, " ");
    int len =
        oc_access_text_decode(header, strlen(header), false, (uint8_t *)text, sizeof(text) - 1);
    if (len <= 0 || memchr(text, '\0', (size_t)len))
        return false;
    text[len] = '\0';
    char *colon = strchr(text, ':');
    if (!colon || strlen(colon + 1) >= OC_ACCESS_PASSWORD_MAX)
        return false;
    *colon = '\0';
    if (!oc_access_text_is_user(text))
        return false;
    strcpy(user, text);
    strcpy(password, colon + 1);
    return true;
}

/* ---- bodies ---- */

static oc_access_field_t *find(oc_access_field_t *fields, unsigned count, const char *key) {
    for (unsigned i = 0; i < count; i++) {
        if (!fields[i].found && strcmp(fields[i].key, key) == 0)
            return &fields[i];
    }
    return NULL;
}

static void forget(oc_access_field_t *fields, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        fields[i].value[0] = '\0';
        fields[i].found = false;
    }
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes up to a character of `ends`. Returns what follows, NULL: malformed or too long. */
static const char *read_part(const char *text, const char *ends, char *out, size_t size) {
    size_t used = 0;
    while (*text && !strchr(ends, *text)) {
        int byte = (unsigned char)*text++;
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            int high = hex(text[0]), low = high < 0 ? -1 : hex(text[1]);
            if (low < 0)
                return NULL;
            byte = high << 4 | low;
            text += 2;
        }
        if (byte == 0 || used + 1 >= size)
            return NULL;
        out[used++] = (char)byte;
    }
    out[used] = '\0';
    return text;
}

bool oc_access_text_form(const char *body, oc_access_field_t *fields, unsigned count) {
    char key[32];
    forget(fields, count);
    while (*body) {
        body = read_part(body, "=&", key, sizeof(key));
        oc_access_field_t *field = body && *body == '=' ? find(fields, count, key) : NULL;
        body = field ? read_part(body + 1, "&", field->value, field->size) : NULL;
        if (!body) {
            forget(fields, count);
            return false;
        }
        field->found = true;
        body += *body == '&';
    }
    return true;
}

static const char *skip(const char *text) {
    return text + strspn(text, " \t\r\n");
}

/* Writes a code point as UTF-8. Bytes written. */
static size_t put_utf8(uint32_t point, char *out) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(first[more] | point);
    return more + 1;
}

static const char *read_unit(const char *text, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++, text++) {
        int value = hex(*text);
        if (value < 0)
            return NULL;
        *unit = *unit << 4 | (uint32_t)value;
    }
    return text;
}

/* What follows a backslash, as UTF-8. Returns what follows, NULL: malformed. */
static const char *read_escape(const char *text, char *out, size_t *len) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found = *text ? strchr(names, *text) : NULL;
    uint32_t point, low;
    *len = 1;
    if (found) {
        *out = values[found - names];
        return text + 1;
    }
    text = *text == 'u' ? read_unit(text + 1, &point) : NULL;
    if (!text || point == 0 || (point >= 0xDC00 && point <= 0xDFFF))
        return NULL;
    if (point >= 0xD800 && point <= 0xDBFF) {
        text = text[0] == '\\' && text[1] == 'u' ? read_unit(text + 2, &low) : NULL;
        if (!text || low < 0xDC00 || low > 0xDFFF)
            return NULL;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    *len = put_utf8(point, out);
    return text;
}

static const char *read_string(const char *text, char *out, size_t size) {
    size_t used = 0;
    if (*text++ != '"')
        return NULL;
    while (*text != '"') {
        char piece[4];
        size_t len = 1;
        piece[0] = *text++;
        if ((unsigned char)piece[0] < 0x20)
            return NULL;
        if (piece[0] == '\\' && !(text = read_escape(text, piece, &len)))
            return NULL;
        if (used + len >= size)
            return NULL;
        memcpy(out + used, piece, len);
        used += len;
    }
    out[used] = '\0';
    return text + 1;
}

static const char *read_number(const char *text, char *out, size_t size) {
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len >= size || (len > 1 && *text == '0'))
        return NULL;
    memcpy(out, text, len);
    out[len] = '\0';
    return text + len;
}

static const char *read_member(const char *text, oc_access_field_t *fields, unsigned count) {
    char key[32];
    text = read_string(skip(text), key, sizeof(key));
    text = text ? skip(text) : NULL;
    oc_access_field_t *field = text && *text == ':' ? find(fields, count, key) : NULL;
    if (!field)
        return NULL;
    text = skip(text + 1);
    text = *text == '"' ? read_string(text, field->value, field->size)
                        : read_number(text, field->value, field->size);
    field->found = text != NULL;
    return text ? skip(text) : NULL;
}

bool oc_access_text_json(const char *body, oc_access_field_t *fields, unsigned count) {
    const char *text = skip(body);
    forget(fields, count);
    text = *text == '{' ? skip(text + 1) : NULL;
    if (text && *text == '}')
        return *skip(text + 1) == '\0';
    while (text && (text = read_member(text, fields, count)) && *text == ',')
        text++;
    if (text && *text == '}' && *skip(text + 1) == '\0')
        return true;
    forget(fields, count);
    return false;
}
