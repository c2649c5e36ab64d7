#include "oc_object_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_sigv4.h"

#define QUERY_MAX     (3 * OC_OBJECT_UPLOAD_MAX + 64)
#define PART_TEXT_MAX (OC_OBJECT_ETAG_MAX + 80) /* of one part in the document that completes */
#define COMPLETES_MAX 3 /* a reply 200 may hold a failure that passes, or nothing */

void oc_object_parts_init(oc_object_parts_t *parts, oc_object_link_t *link) {
    memset(parts, 0, sizeof(*parts));
    parts->link = link;
}

static int begin(oc_object_parts_t *parts, char *why, size_t size) {
    char id[OC_OBJECT_UPLOAD_MAX];
    oc_object_reply_t reply = {0};
    oc_object_call_t call = {.method = "POST",
                             .query = "uploads=",
                             .line = {"content-type: video/mp4"},
                             .uploads = true,
                             .whole = true};
    int rc = oc_object_call(parts->link, &call, &reply, why, size);
    if (rc != OC_OK)
        return rc;
    oc_object_document(reply.document, "InitiateMultipartUploadResult/UploadId", id, sizeof(id));
    if (!id[0] || oc_sigv4_encode(id, false, parts->upload, sizeof(parts->upload)) != OC_OK) {
        snprintf(why, size, "%s: the store begins no upload; is the endpoint one of S3?",
                 parts->link->place->shown);
        return OC_ERR_FORMAT;
    }
    return OC_OK;
}

/* The tag of a part goes into a document as it is. */
static bool is_tag(const char *text) {
    return text[0] && !strpbrk(text, "<>&");
}

static bool make_room(oc_object_parts_t *parts) {
    size_t room = parts->room ? 2 * parts->room : 16;
    if (parts->count < parts->room)
        return true;
    void *more = realloc(parts->etags, room * sizeof(*parts->etags));
    if (!more)
        return false;
    parts->etags = more;
    parts->room = room;
    return true;
}

int oc_object_parts_send(oc_object_parts_t *parts, oc_span_t part, char *why, size_t size) {
    char query[QUERY_MAX];
    const char *shown = parts->link->place->shown;
    oc_object_reply_t reply = {0};
    int rc = parts->upload[0] ? OC_OK : begin(parts, why, size);
    if (rc != OC_OK)
        return rc;
    if (parts->count == OC_OBJECT_PARTS) {
        snprintf(why, size, "%s: larger than %u parts of 8 MB", shown, OC_OBJECT_PARTS);
        return OC_ERR_TOO_BIG;
    }
    if (!make_room(parts)) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        return OC_ERR_NOMEM;
    }
    snprintf(query, sizeof(query), "partNumber=%zu&uploadId=%s", parts->count + 1, parts->upload);
    oc_object_call_t call = {.method = "PUT", .query = query, .uploads = true, .body = part};
    rc = oc_object_call(parts->link, &call, &reply, why, size);
    if (rc == OC_OK && !is_tag(reply.etag)) {
        snprintf(why, size, "%s: the store gives a part no tag", shown);
        rc = OC_ERR_FORMAT;
    }
    if (rc == OC_OK)
        memcpy(parts->etags[parts->count++], reply.etag, OC_OBJECT_ETAG_MAX);
    return rc;
}

/* The document that completes; owned by caller after return. NULL: no memory. */
static char *write_document(const oc_object_parts_t *parts, size_t *len) {
    size_t room = parts->count * PART_TEXT_MAX + 128;
    char *text = malloc(room);
    size_t used = 0;
    if (!text)
        return NULL;
    used += (size_t)snprintf(text, room, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < parts->count; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag></Part>", i + 1,
                                 parts->etags[i]);
    used += (size_t)snprintf(text + used, room - used, "</CompleteMultipartUpload>");
    *len = used;
    return text;
}

/* True: the object is that of this upload, whose completion was not seen: it has so many bytes, and
 * the tag of so many parts. */
static bool is_there(oc_object_parts_t *parts, uint64_t bytes) {
    char tag[32];
    oc_object_reply_t reply = {0};
    if (!oc_object_holds(parts->link, bytes, &reply))
        return false;
    snprintf(tag, sizeof(tag), "-%zu", parts->count);
    const char *tagged = strstr(reply.etag, tag);
    return tagged && strcspn(tagged, "\"") == strlen(tag);
}

/* One request. OC_OK the object is there | OC_AGAIN the answer says neither yes nor no, and the
 * object is not there: the same may pass | OC_ERR_*; why. */
static int complete_once(oc_object_parts_t *parts, const oc_object_call_t *call, uint64_t bytes,
                         char *why, size_t size) {
    char tag[OC_OBJECT_ETAG_MAX], code[65];
    oc_object_reply_t reply = {0};
    int rc = oc_object_call(parts->link, call, &reply, why, size);
    if (rc == OC_OK) {
        oc_object_document(reply.document, "CompleteMultipartUploadResult/ETag", tag, sizeof(tag));
        if (tag[0])
            return OC_OK;
        oc_object_document(reply.document, "Error/Code", code, sizeof(code));
        snprintf(why, size, "%s: the store does not say that it has put the parts together%s%s",
                 parts->link->place->shown, code[0] ? ": " : "", code);
        rc = OC_AGAIN;
    }
    bool unclear = rc == OC_AGAIN || rc == OC_ERR_NOENT; /* the upload of what is done is gone */
    return unclear && is_there(parts, bytes) ? OC_OK : rc;
}

int oc_object_parts_complete(oc_object_parts_t *parts, uint64_t bytes, char *why, size_t size) {
    char query[QUERY_MAX];
    size_t len = 0;
    char *document = write_document(parts, &len);
    int rc = document ? OC_AGAIN : OC_ERR_NOMEM;
    snprintf(query, sizeof(query), "uploadId=%s", parts->upload);
    oc_object_call_t call = {.method = "POST",
                             .query = query,
                             .line = {"content-type: application/xml"},
                             .uploads = true,
                             .body = oc_span((const uint8_t *)document, len)};
    if (!document)
        snprintf(why, size, "%s", oc_err_text(rc));
    for (unsigned tries = 0; rc == OC_AGAIN && tries < COMPLETES_MAX; tries++)
        rc = complete_once(parts, &call, bytes, why, size);
    free(document);
    if (rc == OC_OK)
        parts->upload[0] = 0;
    return rc == OC_AGAIN ? OC_ERR_IO : rc;
}

bool oc_object_parts_abort(oc_object_parts_t *parts, char *why, size_t size) {
    static const atomic_bool never;
    char query[QUERY_MAX], text[OC_OBJECT_WHY_MAX];
    oc_object_link_t link;
    oc_object_reply_t reply = {0};
    if (!parts->upload[0])
        return true;
    oc_object_access_t access = *parts->link->access;
    access.stop = &never;
    snprintf(query, sizeof(query), "uploadId=%s", parts->upload);
    oc_object_call_t call = {.method = "DELETE", .query = query};
    int rc = oc_object_link_open(&link, parts->link->place, &access, text, sizeof(text));
    if (rc == OC_OK) {
        link.ahead_s = parts->link->ahead_s;
        rc = oc_object_call(&link, &call, &reply, text, sizeof(text));
        oc_object_link_close(&link);
    }
    if (rc == OC_OK || rc == OC_ERR_NOENT) {
        parts->upload[0] = 0;
        return true;
    }
    if (size > 0)
        snprintf(why, size, "parts of an upload may be left at the store: %.300s", text);
    return false;
}

void oc_object_parts_free(oc_object_parts_t *parts) {
    free(parts->etags);
    parts->etags = NULL;
}
