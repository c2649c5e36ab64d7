#include "oc_access_text.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oc_crypto.h"

bool oc_access_text_is_user(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len < OC_ACCESS_USER_MAX && name[len] == '\0';
}

/* ---- base64 ---- */

/* The two digits in which base64 and base64url differ. */
static void swap_digits(char *text, size_t len, const char *from, const char *to) {
    for (size_t i = 0; i < len; i++)
        if (text[i] == from[0] || text[i] == from[1])
            text[i] = to[text[i] == from[1]];
}

void oc_access_text_encode(const uint8_t *data, size_t len, char *out) {
    while (len > 0) { /* three bytes at a time: padding stays out */
        char group[5];
        size_t bytes = len < 3 ? len : 3, digits = (bytes * 4 + 2) / 3;
        (void)EVP_EncodeBlock((unsigned char *)group, data, (int)bytes);
        swap_digits(group, digits, "+/", "-_");
        memcpy(out, group, digits);
        out += digits;
        data += bytes;
        len -= bytes;
    }
    *out = '\0';
}

int oc_access_text_decode(const char *text, size_t len, bool url, uint8_t *out, size_t size) {
    size_t used = 0;
    if (!url && len % 4 != 0)
        return -1;
    for (size_t digits; len > 0; text += digits, len -= digits) {
        char group[] = "====", again[5];
        uint8_t bytes[3];
        digits = len < 4 ? len : 4;
        memcpy(group, text, digits);
        if (url && strcspn(group, "+/=") < digits)
            return -1;
        swap_digits(group, digits, "-_", url ? "+/" : "  ");
        unsigned count = 3u - (group[3] == '=') - (group[2] == '=');
        if (EVP_DecodeBlock(bytes, (unsigned char *)group, 4) != 3 || size - used < count ||
            (count < 3 && len > 4))
            return -1;
        (void)EVP_EncodeBlock((unsigned char *)again, bytes, (int)count);
        if (memcmp(again, group, 4) != 0)
            return -1; /* one spelling only: libcrypto takes spaces and spare bits too */
        memcpy(out + used, bytes, count);
        used += count;
    }
    return (int)used;
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

/* Bodies hold passwords. */
static void wipe_and_free(void *memory) {
    oc_crypto_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

/* False: neither a string nor a whole number, or it does not fit. */
static bool read_value(const json_t *value, oc_access_field_t *field) {
    size_t len = json_string_length(value);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        len = (size_t)snprintf(field->value, field->size, "%" JSON_INTEGER_FORMAT,
                               json_integer_value(value));
    else if (json_is_string(value) && len < field->size)
        memcpy(field->value, json_string_value(value), len + 1);
    else
        return false;
    field->found = true;
    return len < field->size;
}

bool oc_access_text_json(const char *body, oc_access_field_t *fields, unsigned count) {
    const char *key;
    json_t *value;
    json_set_alloc_funcs(malloc, wipe_and_free);
    json_t *root = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(root);
    forget(fields, count);
    json_object_foreach(root, key, value) {
        oc_access_field_t *field = find(fields, count, key);
        good = good && field && read_value(value, field);
    }
    json_decref(root);
    if (!good)
        forget(fields, count);
    return good;
}
