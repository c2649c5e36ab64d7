// The runner: counts of every format it reads, what it does with failures, skips, hangs, and what passes on its second try.
import test from 'ava';
import { firstReason, parseCmocka, parseCtest, parseLine, parseTap } from '../../scripts/counts.mjs';
import { inBackground, run } from '../../scripts/lib.mjs';
import { failedFiles, program, secondTry } from '../../scripts/step-kinds.mjs';
import { steps, stepsOf } from '../../scripts/steps.mjs';
import { chosen, runLanes, verdict } from '../../scripts/test.mjs';

test('counts of TAP, of a closing line, of cmocka and ctest: a crash or a short plan is a failure, a skip has its reason', (t) => {
    const tap = 'TAP version 13\nok 1 - a\nnot ok 2 - b\n  ---\n  name: AssertionError\n  ...\nok 3 - c # SKIP no camera\n\n1..5\n';
    t.deepEqual(parseTap(tap), { passed: 1, failed: 3, skipped: [{ name: 'c', reason: 'no camera' }] });
    t.deepEqual(parseLine('skip a b: no network\n3 passed, 1 failed, 1 skipped\n'), { passed: 3, failed: 1, skipped: [{ name: 'a b', reason: 'no network' }] });
    t.is(parseTap('hello\n') ?? parseLine('passed\n'), undefined);
    const cmocka =
        '[  PASSED  ] 2 test(s).\nskip b: needs root\n[  SKIPPED ] b\n[  PASSED  ] 0 test(s).\n' +
        '[  SKIPPED ] more: 1 test(s), listed below:\n[  SKIPPED ] b\n[  FAILED  ] more: 1 test(s), listed below:\n[  FAILED  ] c\n';
    t.deepEqual(parseCmocka('x_test', cmocka), { passed: 2, failed: 1, skipped: [{ name: 'x_test b', reason: 'needs root' }] });
    const xml =
        '<testsuite><testcase name="a_test" status="run"><system-out>[  PASSED  ] 3 test(s).\n</system-out></testcase>' +
        '<testcase name="b_test" status="fail"><failure message="SEGFAULT"/><system-out>&lt;boom&gt;</system-out></testcase>' +
        '<testcase name="c_test" status="notrun"><skipped message="Unable to find executable"/></testcase></testsuite>';
    t.deepEqual(parseCtest(xml), {
        counts: { passed: 3, failed: 1, skipped: [{ name: 'c_test', reason: 'Unable to find executable' }] },
        failures: [{ name: 'b_test', why: 'SEGFAULT', output: '<boom>' }],
    });
});

test('a program that says nothing, crashes or hangs is a failure, not a success', async (t) => {
    t.is((await program(['true'])(60)).counts.failed, 1);
    t.is((await program(['sh', '-c', 'echo "5 passed, 0 failed"; exit 3'])(60)).counts.failed, 1);
    const hung = await run(['sh', '-c', 'sleep 600 & wait'], { timeout: 2 });
    t.is(hung.code, 124);
    t.regex(hung.output, /ended after 2 s/);
});

test('a program under test sees no proxy', async (t) => {
    Object.assign(process.env, { https_proxy: 'http://127.0.0.1:9', npm_config_noproxy: 'a' });
    t.is((await program(['sh', '-c', 'test -z "$https_proxy$npm_config_noproxy" && echo "1 passed, 0 failed"'])(60)).counts.passed, 1);
});

test('the last line is alone and exact; skips and what is flaky come before it; in "all" a skip fails, and everywhere a fourth flaky test', (t) => {
    const counts = { passed: 3, failed: 0, skipped: [{ name: 'a', reason: 'no camera' }] };
    t.deepEqual(verdict(counts, false), { lines: ['skipped: a: no camera', '3 passed, 0 failed, 1 skipped'], code: 0 });
    t.is(verdict(counts, true).code, 1);
    t.is(verdict({ passed: 0, failed: 0, skipped: [] }, false).code, 1);
    t.is(verdict({ passed: 9, failed: 1, skipped: [] }, false).code, 1);
    const flaky = Array.from({ length: 4 }, (_, n) => ({ name: `f${n}`, reason: 'late', output: '' }));
    t.deepEqual(verdict({ passed: 9, failed: 0, skipped: [], flaky: flaky.slice(3) }, true), { lines: ['flaky: f3: late', '9 passed, 0 failed, 0 skipped'], code: 0 });
    t.is(verdict({ passed: 9, failed: 0, skipped: [], flaky }, false).code, 1);
});

test('a second try: what passes alone is flaky, what fails again has failed; never for a report of a sanitizer, nor for many', async (t) => {
    const first = { counts: { passed: 5, failed: 3, skipped: [] }, output: 'first' };
    const good = { counts: { passed: 2, failed: 0, skipped: [] }, output: '' };
    const bad = { counts: { passed: 0, failed: 1, skipped: [] }, output: 'again' };
    const two = new Map([['a', '[  ERROR   ] --- 1 != 2\n'], ['b', 'Timeout']]);
    const flaky = [{ name: 'a', reason: '1 != 2', output: '[  ERROR   ] --- 1 != 2\n' }, { name: 'b', reason: 'Timeout', output: 'Timeout' }];
    t.deepEqual((await secondTry(first, two, async () => good)).counts, { passed: 8, failed: 0, skipped: [], flaky });
    const half = await secondTry(first, two, async (name) => (name === 'a' ? good : bad));
    t.deepEqual(half, { counts: { ...first.counts, flaky: flaky.slice(0, 1) }, output: 'first\n--- b, alone\nagain' });
    const never = async () => t.fail('it tried again');
    for (const failures of [new Map(), new Map([['a', 'x.c:1: runtime error: shift']]), new Map([['a', 'WARNING: ThreadSanitizer: data race']]), new Map('abcd'.split('').map((name) => [name, '']))]) {
        t.is(await secondTry(first, failures, /** @type {any} */ (never)), first);
    }
});

test('of files of ava, those with a failed test are known, with the reason; none when it is not clear which', (t) => {
    const files = ['tests/e2e/browser/day.test.mjs', 'tests/e2e/run.test.mjs', 'tests/e2e/cloud.test.mjs'];
    const said = (/** @type {string} */ title, message = "''") => `not ok 2 - ${title}\n  ---\n    details:\n      'is not true': 'false'\n    message: ${message}\n  ...\n`;
    const names = (/** @type {string} */ output, some = files) => [...failedFiles(`ok 1 - run › a\n${output}\n1..2\n`, some).keys()];
    t.deepEqual(names(said('browser › day › plays › on')), files.slice(0, 1));
    t.deepEqual(names(said('run › a') + said('cloud › b')), files.slice(1));
    t.deepEqual(names(said('ended without a word')), []);
    t.deepEqual([...failedFiles(said('run › a'), files)], [], 'ended without a plan');
    t.deepEqual(names(said('run › a', 'Exited because no new tests completed within the last 600000ms of inactivity')), [], 'others did not run');
    t.deepEqual(names(said('Error: late') + said('tests/e2e/run.test.mjs exited due to SIGSEGV')), files.slice(1, 2));
    t.deepEqual(names(said('a title alone'), files.slice(0, 1)), files.slice(0, 1));
    t.is(firstReason(said('run › a')), "run › a: 'is not true': 'false'");
    t.is(firstReason(said('run › a', '|-\n      one\n      two')), 'run › a: one');
    t.is(firstReason(said('run › a', '`one␊')), 'run › a: `one');
});

test('steps: unique names, builds named by "after" come first and not from a lane that runs later; "all" repeats nothing but builds', (t) => {
    t.is(new Set(steps.map((s) => s.name)).size, steps.length);
    const order = steps.map((s) => s.name);
    for (const s of steps) {
        if (s.after !== undefined) {
            t.true(order.indexOf(s.after) >= 0 && order.indexOf(s.after) < order.indexOf(s.name), s.name);
            const stand = steps.find(({ name }) => name === s.after);
            t.true(stand?.lane !== 'alone' || s.lane === 'alone', s.name);
            t.true(stepsOf(s.tier).some(({ name }) => name === s.after), `${s.name}: "${s.after}" is not of its tier`);
        }
    }
    const both = stepsOf('all').filter((s) => stepsOf('test').includes(s));
    t.deepEqual(both.map((s) => s.name), ['build linux', 'build viewer', 'build san']);
});

test('a part of a tier: the steps with these words in their names, and the builds that they stand on', (t) => {
    t.deepEqual(chosen('all', 'debugger').map(({ name }) => name), ['build debug', 'debugger']);
    t.is(chosen('test').length, stepsOf('test').length);
    t.throws(() => chosen('test', 'no such'), { message: /^no step of "test" has "no such" in its name: build linux; / });
});

test('lanes: what stands on the other lane waits for it, what is alone comes last; a failure hides no other step and skips what stands on it', async (t) => {
    /** @type {string[]} */
    const ended = [];
    /** @param {string} name @param {Partial<import('../../scripts/step-kinds.mjs').Step>} more @returns {import('../../scripts/step-kinds.mjs').Step} */
    const made = (name, more) => ({ name, tier: 'test', proves: 'x', timeout: 5, run: async () => ({ counts: { passed: 1, failed: 0, skipped: [] }, output: '' }), ...more });
    const broken = async () => Promise.reject(new Error('boom'));
    const slow = async () => {
        while (!['passes 1 0 ', 'one 1 0 ', 'late 1 0 '].every((said) => ended.includes(said))) await new Promise((resolve) => setImmediate(resolve));
        return { counts: { passed: 1, failed: 0, skipped: [] }, output: '' };
    };
    await runLanes(
        [made('built', { lane: 'back' }), made('alone', { lane: 'alone' }), made('stands', { after: 'built' }), made('waits', { after: 'late' }), made('passes', {}), made('slow', { lane: 'back', run: slow }), made('late', { lane: 'back' }), made('one', { lane: 'beside' }), made('broken', { lane: 'back', run: broken }), made('absent', { needs: ['no/such/file'] }), made('skipped', { after: 'broken' })],
        ({ name, counts, output }) => ended.push(`${name} ${counts.passed} ${counts.failed} ${counts.skipped[0]?.reason ?? /boom/.exec(output)?.[0] ?? ''}`),
    );
    t.true(ended.indexOf('stands 1 0 ') > ended.indexOf('built 1 0 '));
    t.is(ended.at(-1), 'alone 1 0 ');
    t.true(ended.indexOf('waits 1 0 ') > ended.indexOf('passes 1 0 '), 'a step that waits for a build lets others pass');
    t.deepEqual(ended.slice(0, -1).sort(), ['absent 0 0 no/such/file is not there', 'broken 0 1 boom', 'built 1 0 ', 'late 1 0 ', 'one 1 0 ', 'passes 1 0 ', 'skipped 0 0 "broken" failed', 'slow 1 0 ', 'stands 1 0 ', 'waits 1 0 ']);
});

test('lanes: programs of the back stand behind others, and do not starve beside them', async (t) => {
    const [own, back] = [await run(['nice']), await inBackground(() => run(['sh', '-c', 'nice; cat /proc/self/autogroup 2> /dev/null || echo nice 5']))];
    t.regex(back.output, new RegExp(`^${Math.min(19, Number(own.output) + 5)}\n.*nice 5\n$`));
});
