/* Glue of text.ts. Pure functions: they touch no other thread's data. */
#include "oc_xs.h"

#include "oc_cesu8.h"

void xs_text_encode(xsMachine *the);
void xs_text_decode(xsMachine *the);
void xs_text_tail(xsMachine *the);

/* encode(text): Uint8Array */
void xs_text_encode(xsMachine *the) {
    xsmcVars(2);
    size_t size = oc_cesu8_to_utf8(NULL, xsmcToString(xsArg(0)));
    if (size > INT32_MAX)
        xsRangeError("text too long");
    xsmcSetArrayBuffer(xsVar(0), NULL, (xsIntegerValue)size);
    const char *text = xsmcToString(xsArg(0)); /* again: the allocation may have moved it */
    oc_cesu8_to_utf8(xsmcToArrayBuffer(xsVar(0)), text);
    xsmcNew(xsResult, xsGlobal, xsID("Uint8Array"), &xsVar(0), NULL);
}

/* decode(bytes, fatal): string */
void xs_text_decode(xsMachine *the) {
    void *bytes;
    xsUnsignedValue size;
    bool malformed;
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    size_t length = oc_cesu8_from_utf8(NULL, bytes, size, &malformed);
    if (malformed && xsmcToBoolean(xsArg(1)))
        xsTypeError("decode: not UTF-8");
    if (length > INT32_MAX - 1)
        xsRangeError("text too long");
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)length);
    xsmcGetBufferReadable(xsArg(0), &bytes, &size); /* again: the allocation may have moved it */
    oc_cesu8_from_utf8(xsmcToString(xsResult), bytes, size, &malformed);
}

/* tail(bytes): number */
void xs_text_tail(xsMachine *the) {
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    xsmcSetInteger(xsResult, (xsIntegerValue)oc_cesu8_tail(bytes, size));
}
