/* The driver of a fuzz target where no fuzzing engine is at hand (gcc alone):
 *   PROGRAM PATH...                          runs each file, and each file in each folder, once
 *   PROGRAM --count COPIES [--seed N] [--save FILE] PATH...
 *                                            then so many changed copies of them, the same ones for
 *                                            the same N, as far as CPU_S_MAX allows; OC_FUZZ_COUNT
 *                                            in the environment wins
 *   PROGRAM --mutate SECONDS [--seed N] [--save FILE] PATH...
 *                                            as many of them as the time allows; OC_FUZZ_SECONDS in
 *                                            the environment wins over both
 *   PROGRAM --write FOLDER PATH...           writes each seed into the folder: the first corpus of
 *                                            another engine
 * A target that defines oc_fuzz_seed makes seeds in code; then no PATH is needed.
 * The input under way is written to FILE before it is run, so that a crash leaves it behind. The
 * last line says how many inputs ran and by which N. With clang, link the target with
 * -fsanitize=fuzzer instead.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SEEDS_MAX 512
#define INPUT_MAX (1 << 20)
#define CPU_S_MAX 20 /* seconds of processor time that --count takes at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional: writes seed number `index` (0, 1, ..) to at most size bytes; its length, 0 behind the
 * last one. */
__attribute__((weak)) size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

typedef struct seed {
    uint8_t *data;
    size_t size;
} seed_t;

static seed_t seeds[SEEDS_MAX];
static unsigned seeds_len;
static uint64_t random_state;

static uint32_t random_below(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % n;
}

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

static void load(const char *path) {
    struct stat info;
    if (stat(path, &info))
        die(path);
    if (S_ISDIR(info.st_mode)) {
        struct dirent **names;
        int n = scandir(path, &names, NULL, alphasort);
        if (n < 0)
            die(path);
        for (int i = 0; i < n; i++) {
            char full[4096];
            snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
            if (names[i]->d_name[0] != '.')
                load(full);
            free(names[i]);
        }
        free(names);
        return;
    }
    if (seeds_len == SEEDS_MAX)
        return;
    FILE *file = fopen(path, "rb");
    seed_t *s = &seeds[seeds_len++];
    s->size = (size_t)info.st_size;
    s->data = malloc(s->size ? s->size : 1);
    if (!file || !s->data || fread(s->data, 1, s->size, file) != s->size)
        die(path);
    fclose(file);
}

static void make_seeds(void) {
    static uint8_t buffer[1 << 16];
    size_t size;
    if (!oc_fuzz_seed)
        return;
    for (unsigned i = 0;
         seeds_len < SEEDS_MAX && (size = oc_fuzz_seed(i, buffer, sizeof buffer)) > 0; i++) {
        seed_t *s = &seeds[seeds_len++];
        s->size = size;
        s->data = malloc(size);
        if (!s->data)
            die("memory");
        memcpy(s->data, buffer, size);
    }
}

/* A copy of exactly the input's size, so that the sanitizer sees reads behind its end. */
static void run(const uint8_t *data, size_t size, const char *save) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        die("memory");
    memcpy(copy, data, size);
    if (save) {
        FILE *file = fopen(save, "wb");
        if (!file || fwrite(data, 1, size, file) != size || fclose(file))
            die(save);
    }
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static const uint32_t odd_numbers[] = {0,          1,          7,          8,          16,
                                       0x7F,       0x80,       0xFF,       0xFFFF,     0x10000,
                                       0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x00FFFFFF};

/* One change: a bit, a byte, a number that parsers get wrong, a part removed, doubled or cut off,
 * a part of another seed. */
static size_t change(uint8_t *data, size_t size) {
    uint32_t at = random_below((uint32_t)size), n = 1 + random_below(64);
    switch (random_below(8)) {
    case 0:
        data[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 1:
        data[at] = (uint8_t)random_below(256);
        break;
    case 2:
    case 3: {
        uint32_t v = odd_numbers[random_below(sizeof odd_numbers / sizeof odd_numbers[0])];
        for (uint32_t i = 0; i < 4 && at + i < size; i++)
            data[at + i] = (uint8_t)(v >> (24 - 8 * i));
        break;
    }
    case 4: {
        n = n < size - at ? n : (uint32_t)(size - at);
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    }
    case 5: {
        n = n < size - at ? n : (uint32_t)(size - at);
        if (size + n > INPUT_MAX)
            break;
        memmove(data + at + n, data + at, size - at);
        return size + n;
    }
    case 6:
        return random_below(4) ? size : at;
    default: {
        const seed_t *other = &seeds[random_below(seeds_len)];
        if (!other->size)
            break;
        uint32_t from = random_below((uint32_t)other->size);
        for (uint32_t i = 0; i < n && at + i < size && from + i < other->size; i++)
            data[at + i] = other->data[from + i];
        break;
    }
    }
    return size;
}

static int write_seeds(const char *folder) {
    for (unsigned i = 0; i < seeds_len; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed-%03u", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(seeds[i].data, 1, seeds[i].size, file) != seeds[i].size || fclose(file))
            die(path);
    }
    printf("%u seeds written\n", seeds_len);
    return 0;
}

/* Seconds of processor time so far. Where nothing counts them there is no limit. */
static long cpu_s(void) {
#ifdef CLOCK_PROCESS_CPUTIME_ID
    struct timespec used;
    if (!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used))
        return (long)used.tv_sec;
#endif
    return 0;
}

/* count: of copies; 0 = as many as the seconds allow. */
static uint64_t mutate(uint64_t count, long seconds, const char *save) {
    uint8_t *data = malloc(INPUT_MAX);
    uint64_t runs = 0;
    time_t end = time(NULL) + seconds;
    if (!data)
        die("memory");
    while (count ? runs < count : runs % 64 || time(NULL) < end) {
        if (count && runs % 64 == 0 && cpu_s() >= CPU_S_MAX) {
            printf("%d s of processor time are over: %llu of %llu copies\n", CPU_S_MAX,
                   (unsigned long long)runs, (unsigned long long)count);
            break;
        }
        const seed_t *s = &seeds[random_below(seeds_len)];
        size_t size = s->size < INPUT_MAX ? s->size : INPUT_MAX;
        memcpy(data, s->data, size);
        for (uint32_t n = 1 + random_below(6); n && size; n--)
            size = change(data, size);
        run(data, size, save);
        runs++;
    }
    free(data);
    return runs;
}

int main(int argc, char **argv) {
    long seconds = 0;
    uint64_t count = 0, seed = 0;
    const char *save = NULL, *folder = NULL;
    const char *copies = getenv("OC_FUZZ_COUNT");
    const char *soak = getenv("OC_FUZZ_SECONDS"); /* long runs set it for all targets */
    random_state = 0x9E3779B97F4A7C15u;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--mutate") && i + 1 < argc)
            seconds = strtol(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--count") && i + 1 < argc)
            count = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--save") && i + 1 < argc)
            save = argv[++i];
        else if (!strcmp(argv[i], "--write") && i + 1 < argc)
            folder = argv[++i];
        else
            load(argv[i]);
    }
    make_seeds();
    random_state ^= seed * 0xD1342543DE82EF95u;
    if (copies && count)
        count = strtoull(copies, NULL, 10);
    if (soak && (seconds || count)) {
        seconds = strtol(soak, NULL, 10);
        count = 0;
    }
    if (!seeds_len) {
        fprintf(stderr,
                "usage: %s [--count COPIES | --mutate SECONDS] [--seed N] [--save FILE] "
                "[--write FOLDER] PATH...\n",
                argv[0]);
        return 2;
    }
    if (folder)
        return write_seeds(folder);
    for (unsigned i = 0; i < seeds_len; i++)
        run(seeds[i].data, seeds[i].size, save);
    uint64_t runs = count > 0 || seconds > 0 ? mutate(count, seconds, save) : 0;
    printf("%u seeds, %llu changed copies by --seed %llu\n", seeds_len, (unsigned long long)runs,
           (unsigned long long)seed);
    for (unsigned i = 0; i < seeds_len; i++)
        free(seeds[i].data);
    return 0;
}
