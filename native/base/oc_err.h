/* oc_err - the one error enum of the program.
 * Functions return 0 (OC_OK) or a positive named outcome when all is well, a negative OC_ERR_*
 * otherwise. Outcomes are ordinary life, not errors. */
#ifndef OC_ERR_H
#define OC_ERR_H

/* begin errors: made by tools/protocol from protocol/errors.ts */
/* clang-format off */
/* Name, number, text. Numbers and names are stable: OcellusError.code is the name. */
#define OC_ERR_MAP(X) \
    X(INVAL, -1, "invalid argument") \
    X(RANGE, -2, "value out of range") \
    X(NOMEM, -3, "out of memory") \
    X(NOTSUP, -4, "not supported") \
    X(NOENT, -5, "does not exist") \
    X(EXIST, -6, "exists already") \
    X(BUSY, -7, "busy: the queue is full") \
    X(STATE, -8, "not possible in this state") \
    X(STALE, -9, "reference to data that is gone") \
    X(TRUNC, -10, "data ends too early") \
    X(FORMAT, -11, "malformed data") \
    X(TOO_BIG, -12, "larger than the configured limit") \
    X(IO, -13, "input/output error") \
    X(DISK_FULL, -14, "no space left on the device") \
    X(READ_ONLY, -15, "read-only file system or no permission") \
    X(TIMEOUT, -16, "timed out") \
    X(CLOSED, -17, "closed") \
    X(GENERATION, -18, "command of an earlier script") \
    X(PRIVATE, -19, "privacy mode is on") \
    X(DENIED, -20, "the application does not have the capability") \
    X(REFUSED, -21, "the address accepts no connections") \
    X(HOST, -22, "no such host") \
    X(UNREACHABLE, -23, "the network does not lead there") \
    X(PASSWORD, -24, "wrong user name or password") \
    X(CERTIFICATE, -25, "the certificate is not trusted") \
    X(NO_VIDEO, -26, "there is neither video nor sound in it") \
    X(SILENT, -27, "the source sends nothing") \
    X(LIMIT, -28, "as many as are allowed at a time")
/* clang-format on */
/* end errors */

/* Outcomes, and OC_ERR_NAME for each error. */
enum oc_err {
    OC_OK = 0,    /* done */
    OC_AGAIN = 1, /* nothing new yet, or no room right now: ask again later */
    OC_GAP = 2,   /* data was skipped; the caller now stands behind the gap */
    OC_END = 3,   /* the source has ended */
#define OC_ERR_ENUM(name, number, text) OC_ERR_##name = number,
    OC_ERR_MAP(OC_ERR_ENUM)
#undef OC_ERR_ENUM
};

/* The text of a code, never NULL; static, lower case, no full stop. */
const char *oc_err_text(int code);

/* The stable name of a code ("RANGE"), never NULL; static. 0 and outcomes give "OK". */
const char *oc_err_name(int code);

#endif
