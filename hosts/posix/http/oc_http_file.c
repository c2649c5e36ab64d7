#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_http_impl.h"
#include "oc_http_send.h"

#define KEYS          "/keys" /* behind the path of a recording */
#define EVENTS        "events"
#define STORE_WORKER  "assets/store-worker" /* of the page */
#define PICTURE_AGE_S 3600                  /* of an event */

bool oc_http_wants_range(oc_http_session_t *session, const char *etag, char *text, size_t size) {
    char condition[64];
    if (lws_hdr_copy(session->wsi, text, (int)size, WSI_TOKEN_HTTP_RANGE) <= 0)
        return false;
    if (lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_IF_RANGE) == 0)
        return true;
    return etag &&
           lws_hdr_copy(session->wsi, condition, sizeof(condition), WSI_TOKEN_HTTP_IF_RANGE) > 0 &&
           strcmp(condition, etag) == 0;
}

/* A regular file, or -1. */
static int open_file(int root, const char *path, struct stat *about) {
    int fd = oc_beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd >= 0 && (fstat(fd, about) != 0 || !S_ISREG(about->st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Takes the file over. path names its type; synced as oc_http_file has it. */
static int send_file(oc_http_t *http, oc_http_session_t *session, int fd, const struct stat *about,
                     const char *path, uint64_t synced, oc_http_head_t *head) {
    char range[128], answer[80], etag[64];
    bool grows = synced != UINT64_MAX;
    uint64_t size = (uint64_t)about->st_size < synced ? (uint64_t)about->st_size : synced;
    uint64_t first = 0, len = size;
    snprintf(etag, sizeof(etag), "\"%llx-%llx-%llx\"", (unsigned long long)about->st_ino,
             (unsigned long long)size,
             (unsigned long long)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec);
    int part = !head->coding && oc_http_wants_range(session, etag, range, sizeof(range))
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
    head->status = part == OC_OK ? 206 : 200;
    head->type = oc_http_rule_type(path);
    head->len = len;
    head->range = part == OC_OK ? answer : NULL;
    head->ranges = !head->coding;
    if (strncmp(head->type, "text/html", 9) == 0)
        head->policy = strcmp(path, "cloud.html") == 0   ? oc_http_cloud_policy
                       : strcmp(path, "embed.html") == 0 ? oc_http_embed_policy
                                                         : oc_http_page_policy;
    else if (strncmp(path, STORE_WORKER, sizeof(STORE_WORKER) - 1) == 0)
        head->policy = oc_http_store_policy;
    head->etag = grows ? NULL : etag;
    return oc_http_send(http, session, head);
}

int oc_http_file(oc_http_t *http, oc_http_session_t *session, int root, const char *path,
                 uint64_t synced, int64_t max_age_s) {
    struct stat about;
    int fd = open_file(root, path, &about);
    if (fd < 0)
        return oc_http_send_status(http, session, 404);
    oc_http_head_t head = {.max_age_s = synced == UINT64_MAX ? max_age_s : 0};
    return send_file(http, session, fd, &about, path, synced, &head);
}

int oc_http_page(oc_http_t *http, oc_http_session_t *session, const char *path, int64_t max_age_s) {
    static const struct {
        const char *name, *end;
    } codings[] = {{"br", ".br"}, {"gzip", ".gz"}}; /* the smaller one first */
    char accept[128], packed[OC_HTTP_PATH_MAX + 3];
    struct stat about;
    oc_http_head_t head = {.max_age_s = max_age_s, .vary = "Accept-Encoding"};
    int root = http->config.viewer_root, fd = -1;
    int len = lws_hdr_copy(session->wsi, accept, sizeof(accept), WSI_TOKEN_HTTP_ACCEPT_ENCODING);
    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]) && len > 0 && fd < 0; i++) {
        if (!oc_http_rule_coding(accept, codings[i].name))
            continue;
        snprintf(packed, sizeof(packed), "%s%s", path, codings[i].end);
        fd = open_file(root, packed, &about);
        head.coding = fd >= 0 ? codings[i].name : NULL;
    }
    if (fd < 0)
        fd = open_file(root, path, &about);
    if (fd < 0)
        return oc_http_send_status(http, session, 404);
    return send_file(http, session, fd, &about, path, UINT64_MAX, &head);
}

/* What may be read of a recording; UINT64_MAX: all, nobody writes to it. */
static uint64_t synced_bytes(const oc_http_t *http, const char *path) {
    uint64_t synced;
    oc_file_thread_t *files = oc_media_thread_files(http->config.media);
    return oc_file_thread_synced(files, path, &synced) ? synced : UINT64_MAX;
}

void oc_http_keys_read(void *context, uint32_t id, int result, const char *text, size_t len) {
    oc_http_answers_t *answers = &((oc_http_t *)context)->config.live->answers;
    bool there = result != OC_ERR_NOENT && result != OC_ERR_NOTSUP && result != OC_ERR_FORMAT &&
                 result != OC_ERR_TRUNC && result != OC_ERR_INVAL;
    oc_http_answer_t answer = {.id = id, .status = there ? 503 : 404, .type = "application/json"};
    if (result == OC_OK)
        answer.body = oc_media_thread_allocate(len);
    if (answer.body) {
        memcpy(answer.body, text, len);
        answer.len = (uint32_t)len;
        answer.status = 200;
        atomic_fetch_add(&answers->body_bytes, answer.len);
    }
    answers->add(answers->context, &answer);
}

static int read_keys(oc_http_t *http, oc_http_session_t *session, size_t len) {
    static const char from[] = "from=";
    oc_key_request_t request = {.id = oc_http_request_wait(http, session)};
    if (len >= sizeof(request.path))
        return oc_http_send_status(http, session, 404);
    memcpy(request.path, oc_http_rest(session), len);
    request.synced = synced_bytes(http, request.path);
    if (strncmp(session->query, from, sizeof(from) - 1) == 0)
        request.from_ms = strtoull(session->query + sizeof(from) - 1, NULL, 10);
    if (!request.id || oc_key_thread_read(http->keys, &request) != OC_OK)
        return oc_http_send_status(http, session, 503);
    oc_http_request_limit(session, OC_API_US);
    return 0;
}

int oc_http_recording(oc_http_t *http, oc_http_session_t *session) {
    size_t len = strlen(oc_http_rest(session)), end = sizeof(KEYS) - 1;
    if (len > end && strcmp(oc_http_rest(session) + len - end, KEYS) == 0)
        return read_keys(http, session, len - end);
    char now[OC_FILE_PATH_MAX];
    const char *path = oc_http_rest(session);
    uint64_t synced = synced_bytes(http, path);
    if (synced == UINT64_MAX && /* a playlist named it while it was written */
        oc_vod_folder_closed(&(oc_vod_place_t){http->config.data_root, http->config.finder}, path,
                             now, sizeof(now)) == OC_OK)
        path = now;
    return oc_http_file(http, session, http->config.data_root, path, synced, -1);
}

/* Pictures are in the folders of the months in which their events began. */
int oc_http_event(oc_http_t *http, oc_http_session_t *session) {
    char path[64] = "";
    struct stat about;
    int fd = oc_beneath_open(http->config.data_root, EVENTS, O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; folder && !path[0] && (entry = readdir(folder));) {
        char name[32];
        if (strlen(entry->d_name) != 6 || strspn(entry->d_name, "0123456789") != 6)
            continue;
        snprintf(name, sizeof(name), "%.6s/%.16s", entry->d_name, oc_http_rest(session));
        if (fstatat(fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
            snprintf(path, sizeof(path), EVENTS "/%s", name);
    }
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
    if (!path[0])
        return oc_http_send_status(http, session, 404);
    return oc_http_file(http, session, http->config.data_root, path, UINT64_MAX, PICTURE_AGE_S);
}
