// How many tests passed, failed and were skipped: read from what the test programs print.

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {{ name: string, reason: string }[]} skipped
 * @property {Flaky[]} [flaky] what failed once and passed alone: among the passed
 */
/**
 * A test, or a file of tests, that passed on its second try.
 * @typedef {object} Flaky
 * @property {string} name
 * @property {string} reason first line of what the first try said
 * @property {string} output of the first try
 */

/** More than these are not the machine's doing: a step has no second try then, and a run fails. */
export const flakyMax = 3;

/** @returns {Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: [] });

/** @param {Counts} a @param {Counts} b @returns {Counts} */
export function sum(a, b) {
    const flaky = [...(a.flaky ?? []), ...(b.flaky ?? [])];
    return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: [...a.skipped, ...b.skipped], ...(flaky.length > 0 ? { flaky } : {}) };
}

/**
 * The Test Anything Protocol, top level only (ava --tap, the TypeScript tests on XS).
 * @param {string} output
 * @returns {Counts | undefined} undefined: this is not TAP, or its plan was not fulfilled and nothing says so
 */
export function parseTap(output) {
    const counts = none();
    let plan = -1;
    let seen = 0;
    for (const line of output.split('\n')) {
        const planned = /^1\.\.(\d+)/.exec(line);
        if (planned) {
            plan = Number(planned[1]);
        }
        const test = /^(not )?ok(?: \d+)?(?: - | )?(.*)$/.exec(line);
        if (!test) {
            continue;
        }
        seen++;
        const [, not, text = ''] = test;
        const skip = /^(.*?) *# *(?:SKIP|TODO)\b *(.*)$/i.exec(text);
        if (skip) {
            counts.skipped.push({ name: skip[1] ?? '', reason: skip[2] || 'no reason given' });
        } else if (not) {
            counts.failed++;
        } else {
            counts.passed++;
        }
    }
    if (plan < 0 && seen === 0) {
        return undefined;
    }
    if (plan > seen) {
        counts.failed += plan - seen;
    }
    return counts;
}

/**
 * One closing line `N passed, N failed[, N skipped]`, with `skip NAME: REASON` lines anywhere before it.
 * @param {string} output
 * @returns {Counts | undefined}
 */
export function parseLine(output) {
    const last = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/gm)].at(-1);
    if (!last) {
        return undefined;
    }
    const skipped = [...output.matchAll(/^skip(?:ped)? (.+?): (.+)$/gm)].map((m) => ({ name: m[1] ?? '', reason: m[2] ?? '' }));
    for (let n = skipped.length; n < Number(last[3] ?? 0); n++) {
        skipped.push({ name: 'a test', reason: 'no reason given' });
    }
    return { passed: Number(last[1]), failed: Number(last[2]), skipped };
}

/** @param {string} text XML text */
function unescapeXml(text) {
    return text
        .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
        .replace(/&#(\d+);/g, (_, decimal) => String.fromCodePoint(Number(decimal)))
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&apos;/g, "'")
        .replace(/&amp;/g, '&');
}

/**
 * The JUnit file of ctest. A cmocka program counts as the tests it ran, any other as one.
 * @param {string} xml
 * @returns {{ counts: Counts, failures: { name: string, why: string, output: string }[] }}
 */
export function parseCtest(xml) {
    let counts = none();
    /** @type {{ name: string, why: string, output: string }[]} */
    const failures = [];
    for (const [, attributes = '', body = ''] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
        const name = unescapeXml(/name="([^"]*)"/.exec(attributes)?.[1] ?? '');
        const status = /status="([^"]*)"/.exec(attributes)?.[1] ?? '';
        const raw = /<system-out>([\s\S]*?)<\/system-out>/.exec(body)?.[1] ?? '';
        const output = unescapeXml(raw.replace(/^<!\[CDATA\[|\]\]>$/g, ''));
        const cmocka = parseCmocka(name, output);
        if (status === 'run') {
            counts = sum(counts, cmocka ?? { ...none(), passed: 1 });
        } else if (status === 'notrun' || status === 'disabled') {
            const reason = /<skipped message="([^"]*)"/.exec(body)?.[1] ?? 'not run';
            counts = sum(counts, { ...none(), skipped: [{ name, reason: unescapeXml(reason) }] });
        } else {
            const why = unescapeXml(/<failure message="([^"]*)"/.exec(body)?.[1] ?? 'failed');
            failures.push({ name, why, output });
            counts = sum(counts, cmocka && cmocka.failed > 0 ? cmocka : { ...none(), failed: 1 });
        }
    }
    return { counts, failures };
}

/**
 * @param {string} program
 * @param {string} output of a cmocka program, one or more groups
 * @returns {Counts | undefined}
 */
export function parseCmocka(program, output) {
    const counts = none();
    let found = false;
    for (const [, kind, number] of output.matchAll(/^\[ +(PASSED|FAILED|SKIPPED) +\][^\n]*?(\d+) test\(s\)/gm)) {
        found = true;
        if (kind === 'PASSED') {
            counts.passed += Number(number);
        } else if (kind === 'FAILED') {
            counts.failed += Number(number);
        }
    }
    // cmocka names a skipped test where it runs and again in the list at the end
    for (const test of new Set([...output.matchAll(/^\[ +SKIPPED +\] (\w+)\s*$/gm)].map((m) => m[1] ?? ''))) {
        counts.skipped.push({ name: `${program} ${test}`, reason: reasonOf(output, test) });
    }
    return found ? counts : undefined;
}

/** A cmocka test says why it skips on a line `skip TEST: REASON`. @param {string} output @param {string} test */
function reasonOf(output, test) {
    return new RegExp(`^skip ${test}: (.+)$`, 'm').exec(output)?.[1] ?? 'no reason given';
}

/**
 * What a failure of ava or of a cmocka program says first.
 * @param {string} output of one test, or of one file of tests
 */
export function firstReason(output) {
    const title = /^not ok \d+ - (.*)$/m.exec(output)?.[1];
    const messages = [...output.matchAll(/message: (?:[|>]-\n *)?'?([^\n']+)/g)].map((m) => m[1] ?? '').filter((m) => m !== 'Error thrown in test');
    const said = messages[0] ?? /details:\n +(.*)/.exec(output)?.[1] ?? /^\[ +ERROR +\] (?:--- )?(.*)$/m.exec(output)?.[1];
    return [title, said?.replace(/␊.*$/, '')].filter(Boolean).join(': ') || output.trim().split('\n', 1)[0] || 'it said nothing';
}
