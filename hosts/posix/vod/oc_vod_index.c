#include "oc_vod_index.h"

/* Who wants what the index finds. */
typedef struct finding {
    bool (*take)(void *to, const oc_vod_found_t *found);
    void *to;
} finding_t;

static bool take_found(void *context, const oc_index_found_t *found) {
    const finding_t *finding = context;
    return finding->take(finding->to, &(oc_vod_found_t){found->path, found->bytes, found->keys});
}

static int find(void *context, const char *channel, int64_t from_ms, int64_t to_ms, uint32_t limit,
                bool (*take)(void *to, const oc_vod_found_t *found), void *to) {
    finding_t finding = {take, to};
    return oc_index_find(context, channel, from_ms, to_ms, limit, take_found, &finding);
}

static int find_closed(void *context, const char *path, char *out, size_t size) {
    return oc_index_find_closed(context, path, out, size);
}

oc_vod_finder_t oc_vod_index_finder(oc_index_t *index) {
    return (oc_vod_finder_t){find, find_closed, index};
}
