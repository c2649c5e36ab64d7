#include "oc_access_session.h"

#include <stdio.h>
#include <string.h>

static void hash_of(const uint8_t bytes[OC_CRYPTO_HASH], uint8_t out[OC_CRYPTO_HASH]) {
    oc_hash(OC_HASH_SHA256, &(oc_span_t){bytes, OC_CRYPTO_HASH}, 1, out);
}

static bool over(const oc_access_session_t *row, int64_t now_us) {
    return now_us - row->seen_us >= OC_ACCESS_IDLE_US ||
           now_us - row->begun_us >= OC_ACCESS_LIFE_US;
}

static void end(oc_access_session_t *row) {
    oc_crypto_wipe(row, sizeof(*row));
}

void oc_access_session_expire(oc_access_sessions_t *sessions, int64_t now_us) {
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        if (sessions->rows[i].used && over(&sessions->rows[i], now_us))
            end(&sessions->rows[i]);
    }
}

uint32_t oc_access_session_number(oc_access_sessions_t *sessions) {
    sessions->last_login = sessions->last_login % (OC_ACCESS_LOGIN_SOME - 1) + 1;
    return sessions->last_login;
}

/* Sessions of a user, and the one of them that is unused for longest. */
static unsigned count_of(oc_access_sessions_t *sessions, const char *user,
                         oc_access_session_t **oldest) {
    unsigned count = 0;
    *oldest = NULL;
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        oc_access_session_t *row = &sessions->rows[i];
        if (!row->used || strcmp(row->user, user) != 0)
            continue;
        count++;
        if (!*oldest || row->seen_us < (*oldest)->seen_us)
            *oldest = row;
    }
    return count;
}

/* A row for a session of `user`: whoever logs in often puts out himself, nobody else. */
static oc_access_session_t *make_room(oc_access_sessions_t *sessions, const char *user) {
    oc_access_session_t *found, *oldest;
    unsigned most = count_of(sessions, user, &found);
    bool is_many = most >= OC_ACCESS_SESSIONS_OF;
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        if (!sessions->rows[i].used)
            return &sessions->rows[i];
        unsigned count = is_many ? 0 : count_of(sessions, sessions->rows[i].user, &oldest);
        if (count > most) {
            most = count;
            found = oldest;
        }
    }
    return found;
}

oc_access_session_t *oc_access_session_begin(oc_access_sessions_t *sessions,
                                             const uint8_t secret[OC_CRYPTO_HASH], const char *user,
                                             const char *address, const char *agent, int64_t now_us,
                                             char token[OC_ACCESS_TOKEN]) {
    uint8_t name[OC_CRYPTO_HASH];
    oc_access_session_expire(sessions, now_us);
    oc_access_session_t *row = make_room(sessions, user);
    memset(row, 0, sizeof(*row));
    row->used = true;
    row->login = oc_access_session_number(sessions);
    oc_access_text_encode(secret, OC_CRYPTO_HASH, token);
    hash_of(secret, row->hash);
    hash_of(row->hash, name);
    oc_access_text_encode(name, 12, row->id);
    snprintf(row->user, sizeof(row->user), "%s", user);
    snprintf(row->address, sizeof(row->address), "%s", address);
    snprintf(row->agent, sizeof(row->agent), "%s", agent);
    row->begun_us = row->seen_us = now_us;
    return row;
}

oc_access_session_t *oc_access_session_find(oc_access_sessions_t *sessions, const char *token,
                                            int64_t now_us) {
    uint8_t secret[OC_CRYPTO_HASH], hash[OC_CRYPTO_HASH];
    if (oc_access_text_decode(token, strlen(token), true, secret, sizeof(secret)) != OC_CRYPTO_HASH)
        return NULL;
    hash_of(secret, hash);
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        oc_access_session_t *row = &sessions->rows[i];
        if (!row->used || !oc_crypto_equal(row->hash, hash, sizeof(hash)))
            continue;
        if (over(row, now_us)) {
            end(row);
            return NULL;
        }
        row->seen_us = now_us;
        return row;
    }
    return NULL;
}

bool oc_access_session_holds(oc_access_sessions_t *sessions, uint32_t login, int64_t now_us) {
    oc_access_session_expire(sessions, now_us);
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        oc_access_session_t *row = &sessions->rows[i];
        if (!row->used || row->login != login)
            continue;
        row->seen_us = now_us;
        return true;
    }
    return false;
}

bool oc_access_session_end(oc_access_sessions_t *sessions, const char *id) {
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        oc_access_session_t *row = &sessions->rows[i];
        if (row->used && strcmp(row->id, id) == 0) {
            end(row);
            return true;
        }
    }
    return false;
}

void oc_access_session_end_all(oc_access_sessions_t *sessions, const char *user,
                               const oc_access_session_t *except) {
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        oc_access_session_t *row = &sessions->rows[i];
        if (row->used && row != except && (!user || strcmp(row->user, user) == 0))
            end(row);
    }
}
