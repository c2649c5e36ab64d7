/* What strangers send: the first byte chooses who reads the rest as text. What is accepted has to
 * fit, and what is refused leaves nothing behind. */
#include <stdlib.h>
#include <string.h>

#include "oc_access.h"
#include "oc_access_proxy.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_body(bool json, const char *text) {
    char user[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX];
    oc_access_field_t fields[] = {{"user", user, sizeof(user), false},
                                  {"password", password, sizeof(password), false}};
    bool good = (json ? oc_access_text_json : oc_access_text_form)(text, fields, 2);
    if (strlen(user) >= sizeof(user) || strlen(password) >= sizeof(password))
        abort();
    if (!good && (user[0] || password[0] || fields[0].found || fields[1].found))
        abort();
}

static void read_basic(const char *text) {
    char user[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX];
    if (oc_access_text_basic(text, user, password) && !oc_access_text_is_user(user))
        abort();
    if (strlen(password) >= sizeof(password))
        abort();
}

static void read_cookie(const char *text) {
    char out[OC_ACCESS_TOKEN];
    if (!oc_access_text_cookie(text, OC_ACCESS_COOKIE, out, sizeof(out)) && out[0])
        abort();
}

static void read_users(const char *text) {
    static oc_access_users_t users, again;
    char printed[OC_ACCESS_USERS_TEXT];
    unsigned line;
    if (oc_access_user_parse(text, &users, &line) != 0)
        return;
    oc_access_user_print(&users, printed);
    if (oc_access_user_parse(printed, &again, &line) != 0 ||
        memcmp(&users, &again, sizeof(users)) != 0)
        abort();
}

static void read_links(const char *text) {
    static oc_access_links_t links, again;
    static char printed[OC_ACCESS_LINKS_TEXT];
    static const oc_access_users_t nobody;
    if (oc_access_link_parse(text, &nobody, &links) == OC_ERR_FORMAT) {
        if (links.count > 0)
            abort();
        return;
    }
    if (oc_access_link_print(&links, printed) + 1 > sizeof(printed))
        abort();
    if (oc_access_link_parse(printed, &nobody, &again) != 0 ||
        memcmp(&links, &again, sizeof(links)) != 0)
        abort();
}

/* A whole request; no link or session can be right without its key. */
static void judge(const char *text) {
    static oc_access_t access;
    oc_access_verdict_t verdict;
    oc_access_request_t req = {.closed = true,
                               .method = "GET",
                               .path = text,
                               .route = oc_route_find(text, OC_METHOD_GET),
                               .local = "192.0.2.1",
                               .host = "192.0.2.1",
                               .origin = "",
                               .site = "",
                               .mode = "",
                               .cookie = text,
                               .authorization = "",
                               .clock_s = 1790000000};
    oc_access_judge(&access, &req, &verdict);
    if (verdict.session ||
        (verdict.status == 0 && req.route->area == OC_HTTP_WATCH && !strstr(text, "/assets/")))
        abort();
    req.host = req.origin = text;
    oc_access_judge(&access, &req, &verdict);
}

static void read_client(const char *text) {
    static oc_access_names_t proxies;
    oc_access_peer_t peer;
    char client[OC_ACCESS_ADDRESS_MAX];
    if (proxies.count == 0)
        oc_access_names_add(&proxies, "10.0.0.1");
    if (oc_access_proxy_client(&proxies, text, &peer, client) &&
        (strcmp(client, "10.0.0.1") == 0 || strlen(client) >= sizeof(client)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 8192)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] == '6' || data[0] == '7' ? data[0] - '0' : data[0] % 6) {
    case 0:
        read_body(true, text);
        break;
    case 1:
        read_body(false, text);
        break;
    case 2:
        read_basic(text);
        break;
    case 3:
        read_cookie(text);
        break;
    case 4:
        read_users(text);
        break;
    case 6:
        read_links(text);
        break;
    case 7:
        read_client(text);
        break;
    default:
        judge(text);
        break;
    }
    free(text);
    return 0;
}
