/* oc_json - a bounded writer of JSON text (RFC 8259); never a parser, no allocation.
 * Like oc_wr it is sticky: once the buffer is too small `bad` stays set and nothing more is
 * written. The struct is a plain value: keep a copy to go back to an earlier point. */
#ifndef OC_JSON_H
#define OC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_json {
    char *out;   /* borrowed until the last write; no NUL is added */
    size_t size; /* bytes at out */
    size_t len;  /* bytes written */
    bool comma;  /* the next value at this level needs a comma before it */
    bool bad;    /* the buffer was too small; what is in it is not to be used */
} oc_json_t;

/* A writer at the start of a buffer of size bytes. */
oc_json_t oc_json(char *buffer, size_t size);

/* '{' and '}'. Nesting is the caller's: every begin needs its end. */
void oc_json_begin_object(oc_json_t *json);
void oc_json_end_object(oc_json_t *json);
/* '[' and ']'. */
void oc_json_begin_array(oc_json_t *json);
void oc_json_end_array(oc_json_t *json);
/* The name of the next value: ASCII without quotes or backslashes. */
void oc_json_key(oc_json_t *json, const char *key);
/* A string, NUL-terminated. Bytes that are not UTF-8 become U+FFFD; NULL writes null. */
void oc_json_string(oc_json_t *json, const char *text);
/* A whole number. Beyond 2^53 a JavaScript reader rounds it. */
void oc_json_int(oc_json_t *json, int64_t value);
/* A number given in thousandths: 29970 is written 29.97. */
void oc_json_milli(oc_json_t *json, int64_t thousandths);
void oc_json_bool(oc_json_t *json, bool value);
void oc_json_null(oc_json_t *json);
/* A name and its value, as above. */
void oc_json_member_string(oc_json_t *json, const char *key, const char *text);
void oc_json_member_int(oc_json_t *json, const char *key, int64_t value);
void oc_json_member_bool(oc_json_t *json, const char *key, bool value);
/* A value that is JSON already, which the caller has checked: written as it is. */
void oc_json_member_raw(oc_json_t *json, const char *key, const char *value);

#endif
