#include "oc_err.h"

const char *oc_err_text(int code) {
    switch (code) {
#define OC_ERR_TEXT(name, number, text)                                                            \
    case number:                                                                                   \
        return text;
        OC_ERR_MAP(OC_ERR_TEXT)
#undef OC_ERR_TEXT
    default:
        return code >= 0 ? "ok" : "unknown error";
    }
}

const char *oc_err_name(int code) {
    switch (code) {
#define OC_ERR_NAME(name, number, text)                                                            \
    case number:                                                                                   \
        return #name;
        OC_ERR_MAP(OC_ERR_NAME)
#undef OC_ERR_NAME
    default:
        return code >= 0 ? "OK" : "UNKNOWN";
    }
}
