/* Command line of the bytecode compiler. */
#include "xsb.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: xsb [-d] [-c] [-n NAME] [-s ROOT]... [-t NATIVES] [-r PATH=FILE]... -o OUT.xsa "
    "[SPECIFIER=FILE.js]...\n"
    "  -d          keep file and line numbers (of the TypeScript source when there is a map)\n"
    "  -c          accept host functions: name(a, b) @ \"c_symbol\"\n"
    "  -n NAME     name of the archive (default app)\n"
    "  -s ROOT     folder that source paths are relative to (default: the current one);\n"
    "              of several the first that holds the file\n"
    "  -t NATIVES  write the C symbols used: one \"LENGTH SYMBOL\" per line, -1 is a destructor\n"
    "  -r PATH=F   add the file F as resource PATH\n";

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
/* What it allocates lives until it exits. */
const char *__asan_default_options(void) {
    return "detect_leaks=0";
}
#endif

static _Noreturn void wrong_usage(const char *what) {
    fprintf(stderr, "xsb: %s\n%s", what, usage);
    exit(2);
}

/* Splits NAME=FILE in place; returns FILE. */
static const char *split(char *argument) {
    char *equals = strchr(argument, '=');
    if (!equals || equals == argument || !equals[1])
        wrong_usage("expected NAME=FILE");
    *equals = 0;
    return equals + 1;
}

static int compare_natives(const void *a, const void *b) {
    const xsb_native_t *x = a, *y = b;
    int order = strcmp(x->symbol, y->symbol);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Sorted, each symbol once. */
static void write_natives(xsb_archive_t *archive, const char *path) {
    xsb_buffer_t text = {0};
    if (archive->native_count)
        qsort(archive->natives, archive->native_count, sizeof *archive->natives, compare_natives);
    for (unsigned i = 0; i < archive->native_count; i++) {
        const xsb_native_t *native = &archive->natives[i];
        char length[16];
        if (i && !strcmp(native->symbol, native[-1].symbol)) {
            if ((native->length < 0) != (native[-1].length < 0))
                xsb_fail("%s is used as a function and as a destructor", native->symbol);
            continue;
        }
        int count = snprintf(length, sizeof length, "%d ", native->length);
        xsb_buffer_put(&text, length, (size_t)count);
        xsb_buffer_put(&text, native->symbol, strlen(native->symbol));
        xsb_buffer_put8(&text, '\n');
    }
    xsb_buffer_write_file(&text, path);
}

int main(int argc, char **argv) {
    static char here[PATH_MAX], roots[XSB_ROOTS][PATH_MAX];
    xsb_archive_t archive = {.name = "app"};
    xsb_buffer_t out = {0};
    const char *output = NULL, *natives = NULL;
    unsigned root_count = 0;
    int option;
    if (!getcwd(here, sizeof here))
        xsb_fail("the current folder is gone");
    archive.roots[0] = here;
    opterr = 0;
    while ((option = getopt(argc, argv, "dcn:s:t:r:o:")) != -1) {
        xsb_buffer_t data = {0};
        const char *file;
        switch (option) {
        case 'd':
            archive.lines = true;
            break;
        case 'c':
            archive.host = true;
            break;
        case 'n':
            archive.name = optarg;
            break;
        case 's':
            if (root_count == XSB_ROOTS)
                wrong_usage("too many -s");
            if (!realpath(optarg, roots[root_count]))
                xsb_fail("%s: no such folder", optarg);
            archive.roots[root_count] = roots[root_count];
            root_count++;
            break;
        case 't':
            natives = optarg;
            break;
        case 'r':
            file = split(optarg);
            xsb_buffer_read_file(&data, file);
            xsb_archive_add_resource(&archive, optarg, &data);
            break;
        case 'o':
            output = optarg;
            break;
        default:
            wrong_usage("unknown option or missing value");
        }
    }
    if (!output)
        wrong_usage("no -o");
    for (int i = optind; i < argc; i++) {
        const char *file = split(argv[i]);
        xsb_archive_add_module(&archive, argv[i], file);
    }
    xsb_archive_finish(&archive, &out);
    if (natives)
        write_natives(&archive, natives);
    xsb_buffer_write_file(&out, output);
    return 0;
}
