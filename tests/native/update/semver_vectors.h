/* What is a version and what is none, by semver.org, and versions from the oldest to the newest:
 * for oc_semver (semver_test.c) and modules/base/semver.ts (tests/update/semver.test.mjs). */
#ifndef SEMVER_VECTORS_H
#define SEMVER_VECTORS_H

static const char *const good[] = {"0.0.0",
                                   "1.2.3",
                                   "10.20.30",
                                   "1.1.2-prerelease+meta",
                                   "1.1.2+meta",
                                   "1.0.0-alpha.0valid",
                                   "1.0.0-alpha-a.b-c-somethinglong+build.1-aef",
                                   "1.0.0-0A.is.legal",
                                   "1.0.0--",
                                   "1.0.0+001",
                                   "999999999999999999.0.0",
                                   "1.0.0-0",
                                   "1.2.3+a-b"};

static const char *const bad[] = {"",           "1",        "1.2",      "1.2.3.4",   "01.1.1",
                                  "1.01.1",     "1.1.01",   "1.2.3-",   "1.2.3+",    "1.2.3-01",
                                  "1.2.3-a..b", "1.2.3-a.", "1.2.3-.a", "1.2.3+a+b", "1.2.3-é",
                                  "v1.2.3",     "1.2.3 ",   " 1.2.3",   "-1.0.0",    "1..3",
                                  ".2.3",       "1.2.",     "1.2.3-+b", "1.2.3-a_b"};

static const char *const order[] = {"0.0.1",
                                    "0.1.0",
                                    "1.0.0-1",
                                    "1.0.0-2",
                                    "1.0.0-11",
                                    "1.0.0-A",
                                    "1.0.0-alpha",
                                    "1.0.0-alpha.1",
                                    "1.0.0-alpha.beta",
                                    "1.0.0-beta",
                                    "1.0.0-beta.2",
                                    "1.0.0-beta.11",
                                    "1.0.0-rc.1",
                                    "1.0.0",
                                    "1.0.9",
                                    "1.0.10",
                                    "1.2.0",
                                    "1.10.0",
                                    "9.0.0",
                                    "10.0.0",
                                    "99999999999999999999.0.0",
                                    "99999999999999999999.0.1"};

/* Build metadata does not count: each is the same as its neighbour in a pair. */
static const char *const same[] = {"1.0.0+a", "1.0.0+b.2", "1.0.0-a+a", "1.0.0-a"};

#endif
