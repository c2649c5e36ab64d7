#include "oc_api_broker.h"

#include <stdlib.h>
#include <string.h>

#include "oc_reply_head.h"
#include "oc_status_json.h"

void oc_api_broker_init(oc_api_broker_t *broker, oc_http_answers_t *answers, oc_mailbox_t *mailbox,
                        oc_media_thread_t *media) {
    memset(broker, 0, sizeof(*broker));
    broker->answers = answers;
    broker->mailbox = mailbox;
    broker->media = media;
    pthread_mutex_init(&broker->lock, NULL);
}

uint8_t *oc_api_broker_text(oc_api_broker_t *broker, uint32_t bytes) {
    return oc_mailbox_block(broker->mailbox, bytes);
}

/* ---- rows, under lock ---- */

/* Takes row `index` out. */
static oc_api_request_t take_out(oc_api_broker_t *broker, unsigned index) {
    oc_api_request_t row = broker->rows[index];
    unsigned left = atomic_load(&broker->count) - 1;
    memmove(&broker->rows[index], &broker->rows[index + 1],
            (left - index) * sizeof(broker->rows[0]));
    atomic_store(&broker->count, left);
    return row;
}

/* Drops those whose time is over: the HTTP thread has answered them. */
static void expire(oc_api_broker_t *broker, int64_t now_us) {
    for (unsigned i = 0; i < atomic_load(&broker->count);) {
        if (broker->rows[i].until_us > now_us) {
            i++;
            continue;
        }
        oc_api_request_t row = take_out(broker, i);
        oc_mailbox_parcel_free(broker->mailbox, &row.text);
        oc_body_drop(&row.ref);
    }
}

/* ---- answers ---- */

static void answer_status(oc_api_broker_t *broker, uint32_t id, int status) {
    broker->answers->add(broker->answers->context, &(oc_http_answer_t){.id = id, .status = status});
}

/* body: from oc_media_thread_allocate, owned by callee; NULL = none. */
static void answer_json(oc_api_broker_t *broker, uint32_t id, int status, uint8_t *body,
                        uint32_t len) {
    oc_http_answer_t answer = {
        .id = id, .status = status, .body = body, .len = len, .type = "application/json"};
    atomic_fetch_add(&broker->answers->body_bytes, len);
    broker->answers->add(broker->answers->context, &answer);
}

/* Media thread. The host answers in the script's place, or nobody: 503. Frees the request. */
static void fall_back(oc_api_broker_t *broker, oc_api_request_t *request) {
    char *out = (char *)oc_media_thread_allocate(OC_STATUS_JSON_MAX);
    size_t len = 0;
    int status = out && broker->fallback ? broker->fallback(broker->fallback_context, request, out,
                                                            OC_STATUS_JSON_MAX, &len)
                                         : 0;
    if (status > 0) {
        answer_json(broker, request->id, status, (uint8_t *)out, (uint32_t)len);
    } else {
        oc_media_thread_release(out);
        answer_status(broker, request->id, 503);
    }
    oc_mailbox_parcel_free(broker->mailbox, &request->text);
    free(request);
}

static void on_fall_back(oc_media_thread_t *media, const oc_media_call_t *call) {
    fall_back(call->context, call->data);
}

/* Any thread. Has the media thread answer; false: it cannot, and nothing is freed. */
static bool post_fall_back(oc_api_broker_t *broker, const oc_api_request_t *request) {
    oc_api_request_t *copy = broker->media && request->own_path ? malloc(sizeof(*copy)) : NULL;
    if (!copy)
        return false;
    *copy = *request;
    oc_media_call_t call = {.run = on_fall_back, .context = broker, .data = copy};
    if (oc_media_thread_post(broker->media, &call) == OC_OK)
        return true;
    free(copy);
    return false;
}

/* Nobody answers it any more. What would change something may have done so: 503. */
static void give_up(oc_api_broker_t *broker, oc_api_request_t *request) {
    oc_body_drop(&request->ref);
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (reads && post_fall_back(broker, request))
        return;
    oc_mailbox_parcel_free(broker->mailbox, &request->text);
    answer_status(broker, request->id, 503);
}

/* ---- HTTP thread ---- */

bool oc_api_broker_add(oc_api_broker_t *broker, const oc_api_request_t *request, int64_t now_us) {
    oc_parcel_t text = request->text;
    pthread_mutex_lock(&broker->lock);
    expire(broker, now_us);
    unsigned count = atomic_load(&broker->count);
    bool added = atomic_load(&broker->ready) && count < OC_API_REQUESTS;
    if (added) {
        broker->rows[count] = *request;
        atomic_store(&broker->count, count + 1);
    }
    pthread_mutex_unlock(&broker->lock);
    if (added)
        oc_mailbox_edge(broker->mailbox, OC_OBJECT_HTTP);
    else if (!post_fall_back(broker, request))
        oc_mailbox_parcel_free(broker->mailbox, &text);
    else
        added = true;
    return added;
}

/* ---- script thread ---- */

void oc_api_broker_take(oc_api_broker_t *broker, const oc_command_t *command, int64_t now_us) {
    oc_api_request_t found = {0};
    oc_parcel_t parcel = command->parcel;
    pthread_mutex_lock(&broker->lock);
    expire(broker, now_us);
    for (unsigned i = 0; i < atomic_load(&broker->count) && found.id == 0; i++) {
        if (broker->rows[i].taken)
            continue;
        found = broker->rows[i];
        broker->rows[i].taken = true;
        broker->rows[i].text = (oc_parcel_t){0};
    }
    pthread_mutex_unlock(&broker->lock);
    oc_mailbox_parcel_free(broker->mailbox, &parcel);
    oc_mailbox_reply(broker->mailbox, command->request, command->generation,
                     found.id ? OC_OK : OC_AGAIN, (int32_t)found.id, (int32_t)found.body_bytes,
                     found.text);
}

/* Finds the row of a request that the script has; count: there is none. Under lock. */
static unsigned find_taken(oc_api_broker_t *broker, uint32_t id, int64_t now_us) {
    unsigned i = 0;
    expire(broker, now_us);
    while (i < atomic_load(&broker->count) && (broker->rows[i].id != id || !broker->rows[i].taken))
        i++;
    return i;
}

/* The row of a request that the script has. False: it is not waited for any more. */
static bool take_answered(oc_api_broker_t *broker, uint32_t id, int64_t now_us,
                          oc_body_ref_t *ref) {
    pthread_mutex_lock(&broker->lock);
    unsigned i = find_taken(broker, id, now_us);
    bool found = i < atomic_load(&broker->count);
    if (found)
        *ref = take_out(broker, i).ref; /* its text is the script's */
    pthread_mutex_unlock(&broker->lock);
    return found;
}

int oc_api_broker_body(oc_api_broker_t *broker, uint32_t id, oc_body_ref_t ref, int64_t now_us) {
    oc_body_ref_t before = ref;
    pthread_mutex_lock(&broker->lock);
    unsigned i = find_taken(broker, id, now_us);
    bool found = i < atomic_load(&broker->count);
    if (found) {
        before = broker->rows[i].ref;
        broker->rows[i].ref = ref;
    }
    pthread_mutex_unlock(&broker->lock);
    oc_body_drop(&before);
    return found ? OC_OK : OC_ERR_NOENT;
}

/* What is wrong with an answer; OC_OK: nothing. */
static int check_reply(const oc_command_t *command, const char **why) {
    uint32_t head = (uint32_t)command->arg[2];
    *why = "";
    if (command->arg[1] < 200 || command->arg[1] > 599) {
        *why = "a status is from 200 to 599";
        return OC_ERR_RANGE;
    }
    if (head > command->parcel.len)
        return OC_ERR_INVAL;
    *why = head > 0 ? oc_reply_head_check((const char *)command->parcel.data, head) : NULL;
    return *why ? OC_ERR_INVAL : OC_OK;
}

/* Sends the answer of a script. ref: owned by callee. */
static void send_reply(oc_api_broker_t *broker, const oc_command_t *command, oc_body_ref_t ref) {
    oc_http_answer_t answer = {.id = (uint32_t)command->arg[0],
                               .status = command->arg[1],
                               .body = oc_media_thread_allocate(command->parcel.len),
                               .len = command->parcel.len,
                               .head_len = (uint32_t)command->arg[2],
                               .ref = ref,
                               .type = "application/json"};
    if (!answer.body) {
        oc_body_drop(&ref);
        answer_status(broker, answer.id, 503);
        return;
    }
    if (answer.len > 0)
        memcpy(answer.body, command->parcel.data, answer.len);
    atomic_fetch_add(&broker->answers->body_bytes, answer.len);
    broker->answers->add(broker->answers->context, &answer);
}

void oc_api_broker_reply(oc_api_broker_t *broker, const oc_command_t *command, int64_t now_us) {
    oc_parcel_t parcel = command->parcel;
    oc_body_ref_t ref = {0};
    const char *why = "";
    int code = check_reply(command, &why);
    if (code == OC_OK && !take_answered(broker, (uint32_t)command->arg[0], now_us, &ref)) {
        code = OC_ERR_NOENT;
        why = "";
    }
    if (code == OC_OK && command->arg[3] != 1)
        oc_body_drop(&ref); /* of an attempt before */
    if (code == OC_OK)
        send_reply(broker, command, ref);
    oc_mailbox_parcel_free(broker->mailbox, &parcel);
    oc_mailbox_reply_text(broker->mailbox, command->request, command->generation, code, 0, 0,
                          why ? why : "", why ? strlen(why) : 0);
}

void oc_api_broker_ready(oc_api_broker_t *broker) {
    atomic_store(&broker->ready, true);
}

void oc_api_broker_end(oc_api_broker_t *broker) {
    for (bool some = true; some;) {
        oc_api_request_t row;
        pthread_mutex_lock(&broker->lock);
        atomic_store(&broker->ready, false);
        some = atomic_load(&broker->count) > 0;
        if (some)
            row = take_out(broker, 0);
        pthread_mutex_unlock(&broker->lock);
        if (some)
            give_up(broker, &row);
    }
}

/* ---- media thread ---- */

void oc_api_broker_stuck(oc_api_broker_t *broker) {
    atomic_store(&broker->ready, false);
}

/* True: the first row that the script does not answer (any more) is in *out. Under lock. */
static bool find_late(oc_api_broker_t *broker, int64_t now_us, oc_api_request_t *out) {
    for (unsigned i = 0; i < atomic_load(&broker->count); i++) {
        const oc_api_request_t *row = &broker->rows[i];
        bool status = row->own_path && strcmp(row->own_path, "/api/status") == 0;
        bool late = status && now_us - (row->until_us - OC_API_US) >= OC_API_STATUS_US;
        if (late || !atomic_load(&broker->ready)) {
            *out = take_out(broker, i);
            return true;
        }
    }
    return false;
}

void oc_api_broker_turn(oc_api_broker_t *broker, int64_t now_us) {
    while (atomic_load(&broker->count) > 0) {
        oc_api_request_t row;
        if (pthread_mutex_trylock(&broker->lock) != 0)
            return; /* it is just being used; the next turn comes within a second */
        expire(broker, now_us);
        bool found = find_late(broker, now_us, &row);
        pthread_mutex_unlock(&broker->lock);
        if (!found)
            return;
        give_up(broker, &row);
    }
}
