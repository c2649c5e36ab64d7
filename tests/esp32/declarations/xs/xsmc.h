/* Test declarations: what the glue of hosts/esp32 uses of XS in C (xs.h, xsmc.h of the Moddable
 * SDK), so that they compile without it. Nothing here runs. Not the real header. */
#ifndef XSMC_H
#define XSMC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct xsMachineRecord xsMachine;
typedef struct {
    void *data[4];
} xsSlot;
struct xsMachineRecord {
    xsSlot result, exception, argument[4];
};
xsMachine *fxBeginHost(xsMachine *the);
void fxEndHost(xsMachine *the);
char *fxToString(xsMachine *the, xsSlot *slot);
void fxString(xsMachine *the, xsSlot *slot, const char *text);
void fxBoolean(xsMachine *the, xsSlot *slot, bool value);
void fxSetHostData(xsMachine *the, xsSlot *slot, void *data);
xsSlot fxNewHostObject(xsMachine *the, void (*destructor)(void *data));
_Noreturn void fxThrowMessage(xsMachine *the, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int fxTry(xsMachine *the);

#define xsResult                    (the->result)
#define xsException                 (the->exception)
#define xsArg(i)                    (the->argument[i])
#define xsmcToString(slot)          fxToString(the, &(slot))
#define xsmcSetString(slot, text)   fxString(the, &(slot), text)
#define xsmcSetBoolean(slot, value)  fxBoolean(the, &(slot), value)
#define xsmcSetHostData(slot, data) fxSetHostData(the, &(slot), data)
#define xsNewHostObject(destructor) fxNewHostObject(the, destructor)
#define xsUnknownError(...)         fxThrowMessage(the, __VA_ARGS__)
#define xsTry                       if (fxTry(the))
#define xsCatch                     else
#define xsBeginHost(machine_)                                                                      \
    do {                                                                                           \
    xsMachine *the = fxBeginHost(machine_)
#define xsEndHost(machine_)                                                                        \
    fxEndHost(the);                                                                                \
    (void)(machine_);                                                                              \
    }                                                                                              \
    while (0)
#endif
