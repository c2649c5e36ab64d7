#include "oc_xml.h"

#include <dlfcn.h>
#include <expat.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"

#define FUNCTIONS(X)                                                                               \
    X(ParserCreate)                                                                                \
    X(ParserFree)                                                                                  \
    X(Parse)                                                                                       \
    X(StopParser)                                                                                  \
    X(GetErrorCode)                                                                                \
    X(SetUserData)                                                                                 \
    X(SetElementHandler)                                                                           \
    X(SetCharacterDataHandler)                                                                     \
    X(SetStartDoctypeDeclHandler)

/* libexpat, without the prefix. */
static struct {
#define FIELD(name) __typeof__(&XML_##name) name;
    FUNCTIONS(FIELD)
#undef FIELD
} expat;
static bool loaded;

static bool look_up(void *library, const char *name, void *out) {
    void *found = dlsym(library, name);
    memcpy(out, &found, sizeof found); /* ISO C has no way from an object to a function */
    return found != NULL;
}

static void load_once(void) {
    void *library = dlopen("libexpat.so.1", RTLD_NOW | RTLD_LOCAL);
    bool all = library != NULL;
#define LOOK_UP(name) all = all && look_up(library, "XML_" #name, &expat.name);
    FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    loaded = all;
}

/* A document that is being read. */
typedef struct {
    XML_Parser parser;
    const char *only; /* as of oc_xml_read */
    /* Of the innermost element; behind it an attribute, while it is put. */
    char path[(OC_XML_DEPTH_MAX + 1) * (OC_XML_NAME_MAX + 1) + 1];
    size_t ends[OC_XML_DEPTH_MAX + 1]; /* bytes of `path` at each depth */
    unsigned depth;
    char text[OC_XML_TEXT_MAX]; /* of the innermost element */
    size_t text_len;
    bool has_elements; /* what ends next holds elements */
    char *out;
    size_t len, room;
    unsigned count; /* of what is in `out` */
    int result;
} reading_t;

static void stop(reading_t *reading, int result) {
    if (reading->result == OC_OK)
        reading->result = result;
    expat.StopParser(reading->parser, XML_FALSE);
}

static bool put(reading_t *reading, const char *bytes, size_t size) {
    size_t room = reading->room ? reading->room : 1024;
    if (size > OC_XML_OUT_MAX - reading->len) {
        stop(reading, OC_ERR_TOO_BIG);
        return false;
    }
    while (room < reading->len + size)
        room *= 2;
    char *out = room == reading->room ? reading->out : realloc(reading->out, room);
    if (!out) {
        stop(reading, OC_ERR_NOMEM);
        return false;
    }
    reading->out = out;
    reading->room = room;
    memcpy(out + reading->len, bytes, size);
    reading->len += size;
    return true;
}

/* A name without its prefix. */
static const char *local_of(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon && colon[1] ? colon + 1 : name;
}

/* Whether the first bytes of `path` are one of the lines. */
static bool is_wanted(const reading_t *reading, size_t path_len) {
    for (const char *line = reading->only; line && *line;) {
        size_t len = strcspn(line, "\n");
        if (len == path_len && memcmp(line, reading->path, len) == 0)
            return true;
        line += len + (line[len] != 0);
    }
    return !reading->only;
}

static bool put_text(reading_t *reading, size_t path_len, const char *text, size_t len) {
    static const char between = OC_XML_BETWEEN, behind = OC_XML_BEHIND;
    if (!is_wanted(reading, path_len))
        return true;
    if (reading->count++ == OC_XML_COUNT_MAX) {
        stop(reading, OC_ERR_TOO_BIG);
        return false;
    }
    return put(reading, reading->path, path_len) && put(reading, &between, 1) &&
           put(reading, text, len) && put(reading, &behind, 1);
}

/* One of the element that began: "path/@name"; declarations of name spaces are none. */
static bool put_attribute(reading_t *reading, const char *name, const char *value) {
    const char *local = local_of(name);
    size_t len = strlen(local), value_len = strlen(value), end = reading->ends[reading->depth];
    if (strcmp(name, "xmlns") == 0 || strncmp(name, "xmlns:", 6) == 0)
        return true;
    if (len > OC_XML_NAME_MAX || value_len > OC_XML_TEXT_MAX) {
        stop(reading, OC_ERR_TOO_BIG);
        return false;
    }
    memcpy(reading->path + end, "/@", 2);
    memcpy(reading->path + end + 2, local, len);
    return put_text(reading, end + 2 + len, value, value_len);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
    reading_t *reading = context;
    const char *local = local_of(name);
    size_t len = strlen(local), end = reading->ends[reading->depth];
    if (reading->result != OC_OK) /* a start and an end are one event of <a/> */
        return;
    if (reading->depth == OC_XML_DEPTH_MAX || len > OC_XML_NAME_MAX) {
        stop(reading, OC_ERR_TOO_BIG);
        return;
    }
    if (reading->depth)
        reading->path[end++] = '/';
    memcpy(reading->path + end, local, len);
    reading->ends[++reading->depth] = end + len;
    reading->text_len = 0;
    reading->has_elements = false;
    while (*attributes && put_attribute(reading, attributes[0], attributes[1]))
        attributes += 2;
}

static void on_end(void *context, const XML_Char *name) {
    reading_t *reading = context;
    if (reading->result != OC_OK)
        return;
    size_t text_len = reading->has_elements ? 0 : reading->text_len;
    if (!put_text(reading, reading->ends[reading->depth], reading->text, text_len))
        return;
    reading->depth--;
    reading->text_len = 0;
    reading->has_elements = true;
}

static void on_text(void *context, const XML_Char *text, int len) {
    reading_t *reading = context;
    if (reading->result != OC_OK || reading->has_elements)
        return;
    if ((size_t)len > sizeof reading->text - reading->text_len) {
        stop(reading, OC_ERR_TOO_BIG);
        return;
    }
    memcpy(reading->text + reading->text_len, text, (size_t)len);
    reading->text_len += (size_t)len;
}

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal) {
    stop(context, OC_ERR_FORMAT);
}

static int read_all(reading_t *reading, oc_span_t document) {
    reading->parser = expat.ParserCreate(NULL);
    if (!reading->parser)
        return OC_ERR_NOMEM;
    expat.SetUserData(reading->parser, reading);
    expat.SetElementHandler(reading->parser, on_start, on_end);
    expat.SetCharacterDataHandler(reading->parser, on_text);
    expat.SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    enum XML_Status status =
        expat.Parse(reading->parser, (const char *)document.data, (int)document.len, XML_TRUE);
    enum XML_Error error = expat.GetErrorCode(reading->parser);
    expat.ParserFree(reading->parser);
    if (reading->result != OC_OK || status == XML_STATUS_OK)
        return reading->result;
    return error == XML_ERROR_NO_MEMORY ? OC_ERR_NOMEM : OC_ERR_FORMAT;
}

int oc_xml_read(oc_span_t document, const char *only, char **out, size_t *out_len) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *out = NULL;
    *out_len = 0;
    if (document.len > OC_XML_BYTES_MAX)
        return OC_ERR_TOO_BIG;
    pthread_once(&once, load_once);
    reading_t *reading = loaded ? calloc(1, sizeof *reading) : NULL;
    if (!reading)
        return loaded ? OC_ERR_NOMEM : OC_ERR_NOTSUP;
    reading->only = only;
    int result = read_all(reading, document);
    if (result == OC_OK) {
        *out = reading->out;
        *out_len = reading->len;
    } else {
        free(reading->out);
    }
    free(reading);
    return result;
}
