/* Glue of body.ts, and of base64 for picture.ts: a script's object holds one reference to bytes
 * outside of the heap, given back when it is closed or collected, at the latest with its machine.
 * Script thread only. */
#include "oc_body_glue.h"

#include <stdlib.h>
#include <string.h>
#include "oc_app_crypto.h"
#include "oc_capability.h"
#include "oc_err.h"
#include "oc_glue.h"
#include "oc_script_context.h"

#define OC_BODY_READ_MAX 65536u                       /* bytes of the heap in one call */
#define BASE64_MAX       ((uint64_t)16 * 1024 * 1024) /* bytes of the body in a text */
#define PIECE            3072u                        /* of them on the stack; whole groups of 3 */

void xs_body_destructor(void *data);
void xs_body_open(xsMachine *the);
void xs_body_span(xsMachine *the);
void xs_body_take(xsMachine *the);
void xs_body_collect(xsMachine *the);
void xs_body_slice(xsMachine *the);
void xs_body_encrypted(xsMachine *the);
void xs_body_bytes(xsMachine *the);
void xs_body_type(xsMachine *the);
void xs_body_read(xsMachine *the);
void xs_body_close(xsMachine *the);
void xs_body_base64(xsMachine *the);

void xs_body_destructor(void *data) {
    oc_body_ref_t *ref = data;
    if (!ref)
        return;
    oc_body_drop(ref);
    free(ref);
}

/* The memory is made before the reference is, for nothing may throw in between. */
oc_body_ref_t *oc_body_empty(xsMachine *the) {
    if (xsmcGetHostDataValidate(xsThis, xs_body_destructor))
        xsUnknownError("a body is made once");
    oc_body_ref_t *ref = calloc(1, sizeof *ref);
    if (!ref)
        xsUnknownError("no memory for a body");
    xsmcSetHostData(xsThis, ref);
    return ref;
}

/* The code of what filled it. What failed leaves xsThis without one: it may be tried again. */
static int filled(xsMachine *the, oc_body_ref_t *ref, int code) {
    if (code < 0) {
        xsmcSetHostData(xsThis, NULL);
        free(ref);
    }
    return code;
}

bool oc_body_of(xsMachine *the, xsSlot *slot, oc_body_ref_t *out) {
    oc_body_ref_t *volatile ref = NULL;
    xsTry {
        ref = xsmcGetHostDataValidate(*slot, xs_body_destructor);
    }
    xsCatch {
        xsmcSetUndefined(xsException);
    }
    if (!ref || !ref->body)
        return false;
    *out = *ref;
    return true;
}

/* Bytes of the application's folder are files, recordings and pictures are media. */
static bool may_open(xsMachine *the, unsigned root) {
    return oc_glue_may(the, root == OC_BODY_ROOT_APP ? OC_CAPABILITY_FILES : OC_CAPABILITY_MEDIA);
}

/* open(root, path): 0 or a negative code. path: bytes */
void xs_body_open(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    char path[OC_FILE_PATH_MAX] = "";
    const void *bytes;
    size_t size;
    unsigned root = oc_glue_arg(the, 0);
    oc_glue_bytes(the, 1, &bytes, &size);
    int code = OC_ERR_NOTSUP;
    if (size >= sizeof path || (size && memchr(bytes, 0, size)) || root > OC_BODY_ROOT_EVENTS) {
        code = OC_ERR_INVAL;
    } else if (!may_open(the, root)) {
        code = OC_ERR_DENIED;
    } else if (context && context->open_body) {
        if (size)
            memcpy(path, bytes, size);
        oc_body_ref_t *ref = oc_body_empty(the);
        code = filled(the, ref, context->open_body(context->host, (oc_body_root_t)root, path, ref));
    }
    xsmcSetInteger(xsResult, code);
}

/* span(channel, beforeMs, untilMs, flags): the number of the request, or a negative code. flags:
 * oc_span_body_flag_t */
void xs_body_span(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    oc_command_t command = {.kind = OC_COMMAND_SPAN_BODY, .object = (uint16_t)oc_glue_arg(the, 0)};
    command.arg[0] = (int32_t)oc_glue_arg(the, 1);
    command.arg[1] = (int32_t)oc_glue_arg(the, 2);
    command.arg[3] = (int32_t)oc_glue_arg(the, 3);
    int code = OC_ERR_NOTSUP;
    if (context && context->take_body)
        code = oc_glue_post(the, context->mailbox, &command, NULL, 0);
    xsmcSetInteger(xsResult, code);
}

/* take(number): xsThis becomes the body of a reply to span; 0 or a negative code */
void xs_body_take(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    uint32_t number = oc_glue_arg(the, 0);
    int code = OC_ERR_NOENT;
    if (context && context->take_body) {
        oc_body_ref_t *ref = oc_body_empty(the);
        code = filled(the, ref, context->take_body(context->host, number, ref));
    }
    xsmcSetInteger(xsResult, code);
}

/* collect(): bodies that the script has forgotten give their places back now */
void xs_body_collect(xsMachine *the) {
    xsCollectGarbage();
}

/* slice(of, from, to): xsThis becomes a part of another; false: that is none, or closed */
void xs_body_slice(xsMachine *the) {
    oc_body_ref_t whole;
    double from = xsmcToNumber(xsArg(1)), to = xsmcToNumber(xsArg(2));
    bool open = oc_body_of(the, &xsArg(0), &whole);
    if (open) {
        oc_body_ref_t *ref = oc_body_empty(the);
        *ref = oc_body_keep(whole, (uint64_t)from, (uint64_t)to);
    }
    xsmcSetBoolean(xsResult, open);
}

/* encrypted(of, key, iv): xsThis becomes another one under AES-128-CBC; 0 or a negative code */
void xs_body_encrypted(xsMachine *the) {
    oc_body_ref_t plain;
    const void *key, *iv;
    size_t key_len, iv_len;
    int code = oc_body_of(the, &xsArg(0), &plain) ? OC_OK : OC_ERR_CLOSED;
    oc_glue_bytes(the, 1, &key, &key_len);
    oc_glue_bytes(the, 2, &iv, &iv_len);
    if (key_len != OC_BODY_CIPHER_BLOCK || iv_len != OC_BODY_CIPHER_BLOCK)
        code = OC_ERR_RANGE;
    if (code == OC_OK) {
        oc_body_ref_t *ref = oc_body_empty(the);
        code = filled(the, ref, oc_body_cipher_open(plain, key, iv, ref));
    }
    xsmcSetInteger(xsResult, code);
}

/* bytes(): -1 when it is closed */
void xs_body_bytes(xsMachine *the) {
    oc_body_ref_t *ref = xsmcGetHostDataValidate(xsThis, xs_body_destructor);
    xsmcSetNumber(xsResult, ref && ref->body ? (double)ref->bytes : -1.0);
}

/* Exactly so many bytes, for a source may give fewer at once. OC_OK | OC_ERR_*. */
static int64_t read_whole(const oc_body_ref_t *ref, uint64_t from, uint8_t *out, size_t len) {
    for (size_t at = 0; at < len;) {
        int64_t got = oc_body_read(ref, from + at, out + at, len - at);
        if (got <= 0)
            return got < 0 ? got : OC_ERR_CLOSED;
        at += (size_t)got;
    }
    return OC_OK;
}

/* type(): "" when it is not known or closed */
void xs_body_type(xsMachine *the) {
    oc_body_ref_t *ref = xsmcGetHostDataValidate(xsThis, xs_body_destructor);
    xsmcSetString(xsResult, (char *)(ref && ref->body ? ref->body->type : "")); /* ASCII */
}

/* read(offset, length): an ArrayBuffer of at most so many bytes, or a negative code */
void xs_body_read(xsMachine *the) {
    oc_body_ref_t *ref = xsmcGetHostDataValidate(xsThis, xs_body_destructor);
    double offset = xsmcToNumber(xsArg(0));
    uint32_t len = oc_glue_arg(the, 1);
    int64_t code = len > OC_BODY_READ_MAX ? OC_ERR_RANGE : OC_ERR_CLOSED;
    if (code == OC_ERR_CLOSED && ref && ref->body) {
        uint64_t from = offset < (double)ref->bytes ? (uint64_t)offset : ref->bytes;
        uint64_t left = ref->bytes - from;
        oc_body_ref_t kept = *ref;
        xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)(left < len ? left : len));
        code = read_whole(&kept, from, xsmcToArrayBuffer(xsResult), left < len ? left : len);
    }
    if (code < 0)
        xsmcSetInteger(xsResult, (xsIntegerValue)code);
}

/* close(): again is fine */
void xs_body_close(xsMachine *the) {
    oc_body_ref_t *ref = xsmcGetHostDataValidate(xsThis, xs_body_destructor);
    if (ref)
        oc_body_drop(ref);
}

/* ---- text with a body in it as base64 ---- */

typedef struct {
    oc_body_t body; /* first */
    char text[];
} text_body_t;

static int64_t read_text(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    memcpy(out, ((const text_body_t *)(void *)body)->text + offset, size);
    return (int64_t)size;
}

static void release_text(oc_body_t *body) {
    free(body);
}

static const oc_body_source_t text_source = {.read = read_text, .release = release_text};

/* RFC 4648, section 4. Returns the end. */
static char *encode(char *out, const uint8_t *bytes, size_t len) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < len; at += 3) {
        size_t left = len - at;
        uint32_t group = (uint32_t)bytes[at] << 16;
        group |= left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0;
        group |= left > 2 ? bytes[at + 2] : 0;
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    return out;
}

/* Up to `size` bytes from `at`, as many as there are. > 0 | OC_ERR_*. */
static int64_t read_piece(const oc_body_ref_t *ref, uint64_t at, uint8_t *out, size_t size) {
    size_t len = 0;
    while (len < size && at + len < ref->bytes) {
        int64_t got = oc_body_read(ref, at + len, out + len, size - len);
        if (got <= 0)
            return got < 0 ? got : OC_ERR_CLOSED;
        len += (size_t)got;
    }
    return (int64_t)len;
}

/* Returns the end. bytes NULL: none. */
static char *append(char *out, const void *bytes, size_t len) {
    if (len > 0)
        memcpy(out, bytes, len);
    return out + len;
}

/* Returns the end | NULL: the bytes are gone. */
static char *encode_body(char *out, const oc_body_ref_t *ref) {
    uint8_t piece[PIECE];
    for (uint64_t at = 0; at < ref->bytes;) {
        int64_t len = read_piece(ref, at, piece, sizeof piece);
        if (len <= 0)
            return NULL;
        out = encode(out, piece, (size_t)len);
        at += (uint64_t)len;
    }
    return out;
}

/* base64(head, body, tail): xsThis, a new Body, becomes them; 0 or a negative code */
void xs_body_base64(xsMachine *the) {
    oc_body_ref_t picture;
    const void *head, *tail;
    size_t head_len, tail_len;
    int code = oc_body_of(the, &xsArg(1), &picture) ? OC_OK : OC_ERR_CLOSED;
    if (code == OC_OK && picture.bytes > BASE64_MAX)
        code = OC_ERR_TOO_BIG;
    if (code == OC_OK) {
        oc_body_ref_t *ref = oc_body_empty(the);
        oc_glue_bytes(the, 0, &head, &head_len);
        oc_glue_bytes(the, 2, &tail, &tail_len);
        size_t size = head_len + (size_t)((picture.bytes + 2) / 3 * 4) + tail_len;
        text_body_t *text = malloc(sizeof *text + size);
        char *end = text ? encode_body(append(text->text, head, head_len), &picture) : NULL;
        code = text ? OC_OK : OC_ERR_NOMEM;
        if (end) {
            (void)append(end, tail, tail_len);
            *ref = oc_body_init(&text->body, &text_source, size, "application/json");
        } else if (text) {
            free(text);
            code = OC_ERR_CLOSED;
        }
    }
    xsmcSetInteger(xsResult, code);
}
