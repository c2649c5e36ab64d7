#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_http_impl.h"
#include "oc_http_send.h"

/* The Range header, if it is to be followed: not with an If-Range of another state of the file. */
static bool wants_range(oc_http_session_t *session, const char *etag, char *text, size_t size) {
    char condition[64];
    if (lws_hdr_copy(session->wsi, text, (int)size, WSI_TOKEN_HTTP_RANGE) <= 0)
        return false;
    if (lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_IF_RANGE) == 0)
        return true;
    return lws_hdr_copy(session->wsi, condition, sizeof(condition), WSI_TOKEN_HTTP_IF_RANGE) > 0 &&
           strcmp(condition, etag) == 0;
}

int oc_http_file(oc_http_t *http, oc_http_session_t *session, int root, const char *path,
                 uint64_t synced, int64_t max_age_s) {
    struct stat about;
    char range[128], answer[80], etag[64];
    int fd = oc_beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        return oc_http_send_status(http, session, 404);
    bool grows = synced != UINT64_MAX;
    uint64_t size = (uint64_t)about.st_size < synced ? (uint64_t)about.st_size : synced;
    uint64_t first = 0, len = size;
    snprintf(etag, sizeof(etag), "\"%llx-%llx-%llx\"", (unsigned long long)about.st_ino,
             (unsigned long long)size,
             (unsigned long long)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec);
    int part = wants_range(session, etag, range, sizeof(range))
                   ? oc_http_rule_range(range, size, &first, &len)
                   : OC_AGAIN;
    if (part == OC_ERR_RANGE) {
        close(fd);
        session->offset = size;
        return oc_http_send_status(http, session, 416);
    }
    snprintf(answer, sizeof(answer), "bytes %llu-%llu/%llu", (unsigned long long)first,
             (unsigned long long)(first + len - 1), (unsigned long long)size);
    session->source = OC_HTTP_FILE;
    session->fd = fd;
    session->offset = first;
    session->left = len;
    const char *type = oc_http_rule_type(path);
    return oc_http_send(http, session,
                        &(oc_http_head_t){.status = part == OC_OK ? 206 : 200,
                                          .type = type,
                                          .len = len,
                                          .max_age_s = grows ? 0 : max_age_s,
                                          .range = part == OC_OK ? answer : NULL,
                                          .ranges = true,
                                          .policy = strncmp(type, "text/html", 9) == 0,
                                          .etag = grows ? NULL : etag});
}
