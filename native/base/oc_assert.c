#include "oc_assert.h"

#include <stdlib.h>
#include <string.h>
#include "oc_log.h"

void oc_assert_failed(const char *file, int line, const char *condition) {
    const char *name = strrchr(file, '/');
    oc_log(OC_LOG_ERROR, "assert", "%s:%d: %s does not hold", name ? name + 1 : file, line,
           condition);
    abort();
}
