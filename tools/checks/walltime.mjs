// Tests wait for states, never for times: a machine may stand still for seconds. What `npm test` runs has no upper bound on wall time
// below the guards "only against hanging" (tests/guard.mjs, tests/native/support/test_wait.h), and no long sleep without its reason.
// An exception says why on its own line, in a comment that begins with "wall time:".
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Milliseconds below which a number is no guard against hanging. */
const guardMs = 180_000;
const use = 'hangS or hanging() of tests/guard.mjs';

/** What is no good, by the ending of a file; a rule with a group compares the milliseconds in it. @type {Record<string, [RegExp, string][]>} */
const rules = {
    mjs: [
        [/\b(?:AbortSignal|t)\.timeout\(([\d_]+)\)|\btimeout: ([\d_]+)/, `a limit in wall time: ${use}`],
        [/\bsetTimeout\(\(\) => .*\b(?:kill|reject|resolve|destroy)\(.*, ([\d_]+)\)/, `a limit in wall time: ${use}`],
        [/(?:\beventually\(.*|\.until\(.*|^\s*\}), ['`][^'`]*['`], (\d{1,2}|1[0-7]\d)\)/, 'a guard of its own: that of eventually() and until() is there'],
        [/\brace\(\[.*\b(?:sleep|setTimeout)\(/, `a race against wall time: await the state; the runner ends what hangs, or ${use}`],
        [/\b(?:Date|performance)\.now\(\) - [\w.]+\)* <=?(?: ([\d_]{7,}))?|\b(?:ms|took|elapsed|\w+Ms) <=? [\d_]+/, 'an upper bound on wall time: a lower bound, a state, a test in virtual time or a bench'],
        [/\bsleep\((?:[1-9]\d{3,}|\d+_\d+)\)(?!.* \/\/ )/, 'a sleep of a second or more: await the state, or say behind it what must not happen, or has to pass, meanwhile'],
    ],
    c: [
        [/\b(?:uv_timer_start\([^,]+, [^,]+,|poll\([^,]+, [^,]+,) *(\d{4,})/, 'a limit in wall time: TEST_WAIT_MS of test_wait.h'],
        [/\b(?:oc_posix_now_us|oc_esp_now_us|uv_hrtime|now_ms)\(\) - \w+ <|assert_in_range\([^;]*\b(?:oc_posix_now_us|uv_hrtime)\(/, 'an upper bound on wall time: a lower bound, a state, or a test in virtual time'],
        [/\b(?:oc_posix_now_us|oc_esp_now_us|uv_hrtime|now_ms)\(\) \+ (?!.*TEST_WAIT)/, 'a limit in wall time: TEST_WAIT_US of test_wait.h'],
    ],
};

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'tests/e2e', 'tests/hosts', 'tests/native', 'tests/app', 'tests/esp32', 'tests/xtensa'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => /\.(mjs|[ch])$/.test(name) && !/^tests\/e2e\/(browser|updates)\//.test(name) && existsSync(name)); // those folders are test:all's
let problems = 0;
for (const file of files) {
    for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
        for (const [pattern, what] of rules[file.endsWith('.mjs') ? 'mjs' : 'c'] ?? []) {
            const found = pattern.exec(line);
            const limit = Number((found?.[1] ?? found?.[2] ?? '0').replaceAll('_', ''));
            const short = found !== null && limit < (found[1] === undefined && found[2] === undefined ? 1 : guardMs);
            if (short && !/(?:\/\/|\/\*) wall time: \S/.test(line)) {
                console.error(`${file}:${index + 1}: ${what}`);
                problems++;
            }
        }
    }
}
console.log(`walltime: ${files.length} files, ${problems} problems`);
process.exit(problems > 0 ? 1 : 0);
