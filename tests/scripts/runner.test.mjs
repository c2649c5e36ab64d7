// The runner: counts of every format it reads, what it does with failures, skips, hangs.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { ninjaNote } from '../../scripts/build.mjs';
import { parseCmocka, parseCtest, parseLine, parseTap } from '../../scripts/counts.mjs';
import { inBackground, run } from '../../scripts/lib.mjs';
import { program } from '../../scripts/step-kinds.mjs';
import { steps, stepsOf } from '../../scripts/steps.mjs';
import { failedFiles } from '../../scripts/step-kinds.mjs';
import { runLanes, runStep, verdict } from '../../scripts/test.mjs';

test('TAP: passed, failed, skipped with reason; a short plan is failures', (t) => {
    const tap = 'TAP version 13\nok 1 - a\nnot ok 2 - b\n  ---\n  name: AssertionError\n  ...\nok 3 - c # SKIP no camera\n\n1..5\n';
    t.deepEqual(parseTap(tap), { passed: 1, failed: 3, skipped: [{ name: 'c', reason: 'no camera' }] });
    t.is(parseTap('hello\n'), undefined);
});

test('closing line: counts and reasons', (t) => {
    t.deepEqual(parseLine('skip a b: no network\n3 passed, 1 failed, 2 skipped\n'), {
        passed: 3,
        failed: 1,
        skipped: [
            { name: 'a b', reason: 'no network' },
            { name: 'a test', reason: 'no reason given' },
        ],
    });
    t.deepEqual(parseLine('7 passed, 0 failed\n'), { passed: 7, failed: 0, skipped: [] });
    t.is(parseLine('passed\n'), undefined);
});

test('cmocka: several groups in one program', (t) => {
    const output =
        '[==========] tests: Running 2 test(s).\n[ RUN      ] a\n[       OK ] a\n[  PASSED  ] 2 test(s).\n' +
        '[==========] more: Running 2 test(s).\nskip b: needs root\n[  SKIPPED ] b\n[  PASSED  ] 0 test(s).\n' +
        '[  SKIPPED ] more: 1 test(s), listed below:\n[  SKIPPED ] b\n[  FAILED  ] more: 1 test(s), listed below:\n[  FAILED  ] c\n';
    const counts = parseCmocka('x_test', output);
    t.is(counts?.passed, 2);
    t.is(counts?.failed, 1);
    t.deepEqual(counts?.skipped, [{ name: 'x_test b', reason: 'needs root' }]);
});

test('ctest: a crash is a failure even when cmocka counted none', (t) => {
    const xml =
        '<testsuite><testcase name="a_test" status="run"><system-out>[  PASSED  ] 3 test(s).\n</system-out></testcase>' +
        '<testcase name="b_test" status="fail"><failure message="SEGFAULT"/><system-out>&lt;boom&gt;</system-out></testcase>' +
        '<testcase name="c_test" status="notrun"><skipped message="Unable to find executable"/></testcase></testsuite>';
    const { counts, failures } = parseCtest(xml);
    t.is(counts.passed, 3);
    t.is(counts.failed, 1);
    t.deepEqual(counts.skipped, [{ name: 'c_test', reason: 'Unable to find executable' }]);
    t.deepEqual(failures, [{ name: 'b_test: SEGFAULT', output: '<boom>' }]);
});

test('a program that says nothing is a failure, not a success', async (t) => {
    const silent = await program(['true'])(5);
    t.is(silent.counts.failed, 1);
    const crashed = await program(['sh', '-c', 'echo "5 passed, 0 failed"; exit 3'])(5);
    t.is(crashed.counts.failed, 1);
});

test('a step that makes progress goes on however long it takes', async (t) => {
    const outcome = await run(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1.5; done'], { timeout: 10 });
    t.is(outcome.code, 0, outcome.output);
    t.true(outcome.seconds > 10);
});

test('a step that hangs is ended with everything it started', async (t) => {
    const outcome = await run(['sh', '-c', 'sleep 60 & echo $!; wait'], { timeout: 2 });
    t.is(outcome.code, 124);
    t.regex(outcome.output, /ended after 2 s/);
    const child = Number(/^\d+/.exec(outcome.output)?.[0]);
    t.true(child > 1);
    // gone, or a zombie that nobody collects in a container without an init process
    const lives = () => {
        try {
            return !/\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8'));
        } catch {
            return false;
        }
    };
    for (let tries = 0; lives() && tries < 100; tries++) {
        await new Promise((done) => setTimeout(done, 100));
    }
    t.false(lives());
});

test('what is missing is a skip with its reason; a throw is a failure', async (t) => {
    const base = { tier: /** @type {const} */ ('test'), proves: 'x', timeout: 1 };
    const ok = async () => ({ counts: { passed: 1, failed: 0, skipped: [] }, output: '' });
    const absent = await runStep({ ...base, name: 'a', needs: ['no/such/file'], run: ok }, new Set());
    t.deepEqual(absent.counts, { passed: 0, failed: 0, skipped: [{ name: 'a', reason: 'no/such/file is not there' }] });
    const blocked = await runStep({ ...base, name: 'b', after: 'build', run: ok }, new Set(['build']));
    t.is(blocked.counts.skipped[0]?.reason, '"build" failed');
    const thrown = await runStep({ ...base, name: 'c', run: async () => Promise.reject(new Error('boom')) }, new Set());
    t.is(thrown.counts.failed, 1);
    t.regex(thrown.output, /boom/);
});

test('the last line is alone and exact; skips come before it; in "all" a skip fails', (t) => {
    const counts = { passed: 3, failed: 0, skipped: [{ name: 'a', reason: 'no camera' }] };
    t.deepEqual(verdict(counts, false), { lines: ['skipped: a: no camera', '3 passed, 0 failed, 1 skipped'], code: 0 });
    t.is(verdict(counts, true).code, 1);
    t.is(verdict({ passed: 0, failed: 0, skipped: [] }, false).code, 1);
    t.is(verdict({ passed: 9, failed: 1, skipped: [] }, false).code, 1);
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

/** @param {string} name @param {Partial<import('../../scripts/step-kinds.mjs').Step>} more @returns {import('../../scripts/step-kinds.mjs').Step} */
const made = (name, more) => ({ name, tier: 'test', proves: 'x', timeout: 5, run: async () => ({ counts: { passed: 1, failed: 0, skipped: [] }, output: '' }), ...more });

test('lanes: both run at once, what stands on the other lane waits for it, what is alone comes last', async (t) => {
    /** @type {string[]} */
    const happened = [];
    /** @type {() => void} */
    let open = () => {};
    const gate = new Promise((/** @type {(value: void) => void} */ go) => (open = go));
    /** @param {string} name @param {Promise<void>} [until] */
    const noted = (name, until) => async () => {
        happened.push(`${name} begins`);
        await until;
        happened.push(`${name} ends`);
        return { counts: { passed: 1, failed: 0, skipped: [] }, output: '' };
    };
    await runLanes(
        [
            made('built', { lane: 'back', run: noted('built', gate) }),
            made('waits', {
                run: async () => {
                    open(); // ends the step of the other lane, which runs meanwhile
                    return noted('waits')();
                },
            }),
            made('measured', { lane: 'alone', run: noted('measured') }),
            made('stands', { after: 'built', run: noted('stands') }),
        ],
        () => {},
    );
    t.deepEqual(happened.slice(0, 2).sort(), ['built begins', 'waits begins']);
    t.deepEqual(happened.slice(2), ['waits ends', 'built ends', 'stands begins', 'stands ends', 'measured begins', 'measured ends']);
});

test('lanes: a failure hides no other step of either lane, and skips what stands on it', async (t) => {
    /** @type {Record<string, string>} */
    const results = {};
    const broken = async () => Promise.reject(new Error('boom'));
    await runLanes(
        [made('a', { lane: 'back', run: broken }), made('b', { lane: 'back' }), made('c', { run: broken }), made('d', { after: 'a' }), made('e', { after: 'd' }), made('f', { lane: 'alone' })],
        ({ name, counts, output }) => (results[name] = `${counts.passed} ${counts.failed} ${counts.skipped.length}${output.includes('boom') ? ' boom' : ''}`),
    );
    t.deepEqual(results, { a: '0 1 0 boom', b: '1 0 0', c: '0 1 0 boom', d: '0 0 1', e: '0 0 1', f: '1 0 0' });
});

test('lanes: tests that failed beside others run again alone, once; a step in which nothing passed does not', async (t) => {
    /** @type {string[]} */
    const reports = [];
    let tries = 0;
    const busy = async () => ({ counts: { passed: 4, failed: tries++ === 0 ? 1 : 0, skipped: [] }, output: 'late' });
    const wrong = async () => ({ counts: { passed: 4, failed: 1, skipped: [] }, output: 'wrong' });
    const broken = async () => ({ counts: { passed: 0, failed: 1, skipped: [] }, output: '' });
    await runLanes(
        [made('busy', { lane: 'back', run: busy }), made('wrong', { run: wrong }), made('broken', { run: broken }), made('measured', { lane: 'alone', run: wrong })],
        ({ name, counts, output, repeated }) => reports.push(`${name}: ${counts.failed} ${output} ${repeated}`),
    );
    t.deepEqual(reports.sort(), ['broken: 1  false', 'busy, alone: 0 late false', 'busy: 1 late true', 'measured: 1 wrong false', 'wrong, alone: 1 wrong false', 'wrong: 1 wrong true']);
});

test('lanes: tests that failed in a crowd run again one by one, the others keep their counts', async (t) => {
    /** @type {string[]} */
    const reports = [];
    const again = async () => ({ counts: { passed: 7, failed: 0, skipped: [] }, output: 'one by one' });
    const crowd = async () => ({ counts: { passed: 5, failed: 2, skipped: [] }, output: 'late', again });
    await runLanes(
        [made('crowd', { lane: 'alone', crowded: true, run: crowd }), made('measured', { lane: 'alone', run: crowd })],
        ({ name, counts, output, repeated }) => reports.push(`${name}: ${counts.passed} ${counts.failed} ${output} ${repeated}`),
    );
    t.deepEqual(reports, ['crowd: 5 2 late true', 'measured: 5 2 late false', 'crowd, alone: 7 0 one by one false']);
});

test('of files, those with a failed test run again; all when it is not clear which', (t) => {
    const files = ['tests/e2e/browser/day.test.mjs', 'tests/e2e/run.test.mjs', 'tests/e2e/cloud.test.mjs'];
    const output = (/** @type {string} */ title) => `ok 1 - run › a\nnot ok 2 - ${title}\n  ---\n`;
    t.deepEqual(failedFiles(output('browser › day › plays › on'), files), [files[0]]);
    t.deepEqual(failedFiles(output('run › a'), files), [files[1]]);
    t.deepEqual(failedFiles(output('ended without a word'), files), files);
    t.deepEqual(failedFiles(`${output('run › a')}${output('cloud › b')}`, files), files.slice(1));
    t.deepEqual(failedFiles('', files), files);
    t.deepEqual(failedFiles(output('a title alone'), files.slice(0, 1)), files.slice(0, 1));
});

test('lanes: programs of the back get the processor last, their failures are told as elsewhere', async (t) => {
    const nice = ['sh', '-c', 'nice; cat /proc/self/autogroup 2> /dev/null || echo nice 19'];
    t.regex((await inBackground(() => run(nice))).output, /^19\n.*nice 19\n$/);
    t.not((await run(['nice'])).output, '19\n');
    t.is((await inBackground(() => run(['no-such-program']))).code, 127);
});

test('what ninja did is told', (t) => {
    t.is(ninjaNote('ninja: no work to do.\n'), 'nothing to do');
    t.is(ninjaNote('[1/12] a\n[12/12] b\n'), '12 steps');
});
