/* http_hang - for tests, loaded with LD_PRELOAD: the thread that answers HTTP never returns, once
 * the file named by OCELLUS_TEST_HANG is there. It takes the file away: who starts again answers. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

struct lws_context;
int lws_service(struct lws_context *context, int timeout_ms);

int lws_service(struct lws_context *context, int timeout_ms) {
    int (*real)(struct lws_context *, int) =
        (int (*)(struct lws_context *, int))dlsym(RTLD_NEXT, "lws_service");
    const char *path = getenv("OCELLUS_TEST_HANG");
    if (path && unlink(path) == 0) {
        for (;;)
            pause();
    }
    return real(context, timeout_ms);
}
