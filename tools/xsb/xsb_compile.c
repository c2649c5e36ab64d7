/* One module through the engine's parser, with positions taken from its source map. */
#include "xsb.h"

#include "xsScript.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest token: the "mappings" string of a source map is one. */
#define XSB_TOKEN_BYTES (4 * 1024 * 1024)
#define XSB_PATH_BYTES  4096

/* What the parser calls. */
void fxVReportError(void *console, txString path, txInteger line, txString format, c_va_list list) {
    static bool reported;
    if (reported) /* what follows the first error is its echo */
        return;
    reported = true;
    fprintf(stderr, "xsb: %s:%d: ", path ? path : "?", (int)line);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
}

void fxVReportWarning(void *console, txString path, txInteger line, txString format,
                      c_va_list list) {
    /* about sloppy style, which tsc does not emit */
}

txID fxGenerateProfileID(void *console) {
    return XS_NO_ID;
}

void fxGenerateTag(void *console, txString buffer, txInteger size, txString path) {
    static unsigned tag;
    snprintf(buffer, (size_t)size, "#%u", ++tag);
}

static int next_char(void *stream) {
    return fgetc(stream);
}

/* Removes "." and ".." from an absolute path, in place. */
static void normalize(char *path) {
    char *to = path;
    for (const char *from = path; *from;) {
        const char *end = from + 1;
        while (*end && *end != '/')
            end++;
        size_t length = (size_t)(end - from);
        if (length == 3 && !memcmp(from, "/..", 3)) {
            while (to > path && *--to != '/') {
            }
        } else if (length > 1 && !(length == 2 && from[1] == '.')) {
            memmove(to, from, length);
            to += length;
        }
        from = end;
    }
    *to = 0;
}

/* out = name resolved against the folder of the absolute path base. */
static void resolve(char out[XSB_PATH_BYTES], const char *base, const char *name) {
    const char *slash = name[0] == '/' ? base : strrchr(base, '/');
    int length = name[0] == '/'
                     ? snprintf(out, XSB_PATH_BYTES, "%s", name)
                     : snprintf(out, XSB_PATH_BYTES, "%.*s/%s", (int)(slash - base), base, name);
    if (length >= XSB_PATH_BYTES)
        xsb_fail("%s: path too long", name);
    normalize(out);
}

/* The path that stacks show: relative to the first root that it lies in. */
static const char *shown(const char *path, const char *const roots[XSB_ROOTS]) {
    for (unsigned i = 0; i < XSB_ROOTS && roots[i]; i++) {
        size_t length = strlen(roots[i]);
        while (length > 1 && roots[i][length - 1] == '/')
            length--;
        if (!strncmp(path, roots[i], length) && path[length] == '/')
            return path + length + 1;
    }
    return path;
}

static FILE *open_file(const char *path, const char *reported) {
    FILE *stream = fopen(path, "r");
    if (!stream)
        xsb_fail("%s: %s", reported, strerror(errno));
    return stream;
}

static void parse(txParser *parser, const char *file, const char *const roots[XSB_ROOTS],
                  txUnsigned flags) {
    char path[XSB_PATH_BYTES], map_path[XSB_PATH_BYTES], source_path[XSB_PATH_BYTES];
    txString name = NULL;
    if (!realpath(file, path))
        xsb_fail("%s: %s", file, strerror(errno));
    FILE *stream = open_file(path, file);
    parser->path = fxNewParserSymbol(parser, (txString)shown(path, roots));
    fxParserTree(parser, stream, next_char, flags, &name);
    fclose(stream);
    if (parser->errorCount || !name || !(flags & mxDebugFlag))
        return;
    resolve(map_path, path, name);
    stream = open_file(map_path, name);
    name = NULL;
    fxParserSourceMap(parser, stream, next_char, flags, &name);
    fclose(stream);
    if (parser->errorCount || !name)
        return;
    resolve(source_path, map_path, name);
    parser->path = fxNewParserSymbol(parser, (txString)shown(source_path, roots));
}

static void unpack(xsb_script_t *out, const txScript *script) {
    const char *name = (const char *)script->symbolsBuffer + 2;
    out->code = (uint8_t *)script->codeBuffer;
    out->code_size = (size_t)script->codeSize;
    out->hosts = (const uint8_t *)script->hostsBuffer;
    out->symbol_count =
        (uint8_t)script->symbolsBuffer[0] | ((uint8_t)script->symbolsBuffer[1] << 8);
    out->symbols = calloc(out->symbol_count + 1, sizeof *out->symbols);
    if (!out->symbols)
        xsb_fail("out of memory");
    out->symbols[0] = (char *)"";
    for (unsigned i = 1; i < out->symbol_count; i++) {
        out->symbols[i] = (char *)name;
        name += strlen(name) + 1;
    }
}

void xsb_compile(xsb_script_t *out, const char *file, const char *const roots[XSB_ROOTS],
                 bool lines, bool host) {
    static txParser parser;
    txParserJump jump;
    txScript *volatile script = NULL;
    fxInitializeParser(&parser, NULL, XSB_TOKEN_BYTES, 1993);
    parser.firstJump = &jump;
    if (setjmp(jump.jmp_buf) == 0) {
        parse(&parser, file, roots, (lines ? mxDebugFlag : 0) | (host ? mxCFlag : 0));
        fxParserHoist(&parser);
        fxParserBind(&parser);
        script = fxParserCode(&parser);
    }
    if (parser.errorCount)
        exit(1); /* already said, with its line */
    if (!script)
        xsb_fail("%s: compilation failed", file);
    fxTerminateParser(&parser);
    unpack(out, script);
}
