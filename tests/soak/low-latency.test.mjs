// Nine low-latency channels in one page of Chromium. OC_SOAK_LIVE_SECONDS: how long (300).
import test from 'ava';
import { openNine } from '../e2e/browser/wall.mjs';
import { quantile } from '../e2e/browser/watching.mjs';

const seconds = Number(process.env['OC_SOAK_LIVE_SECONDS'] ?? '300');

test(`nine low-latency channels for ${seconds} s in one page: none stalls`, async (t) => {
    t.timeout((seconds + 120) * 1000);
    const nine = await openNine(t);
    const connections = await nine.connections();
    const watched = await nine.watch(seconds);
    for (const [n, { ages, waits, jumps, longestMs, seconds: played, dropped }] of watched.entries()) {
        const age = [0.5, 0.99].map((q) => Math.round(quantile(ages, q)));
        t.log(`c${n}: age ${age.join(' / ')} ms, ${waits} waits, ${jumps} jumps, played ${played.toFixed(1)} s, longest pause ${Math.round(longestMs)} ms, ${dropped} dropped`);
    }
    t.log((await nine.problems()).join('\n'));
    t.true(connections <= 4, `${connections} connections`);
    t.true(watched.every(({ waits, jumps }) => waits === 0 && jumps === 0), 'waits, jumps');
    t.true(watched.every((one) => one.seconds > seconds * 0.98));
    t.true(watched.every(({ ages }) => quantile(ages, 0.5) <= 2000));
});
