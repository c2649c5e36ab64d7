// The attack corpus against the server: with TLS and login, and in the clear behind a reverse proxy that is trusted.
import test from 'ava';
import { eventually, testApp } from '../e2e/device.mjs';
import { closed, password } from '../hosts/closed.mjs';
import { defects, entries } from './http/corpus.mjs';
import { frameEntries } from './http/frames.mjs';
import { attack } from './http/run.mjs';
import { talk } from './http/talk.mjs';

const host = '127.0.0.1';
/** The name of a channel: it stands in whatever the owner alone is told. */
const word = 'behindthelogin';
const listen = { tls: ['--login', 'always'], proxied: ['--listen', '127.0.0.1', '--trusted-proxy', '127.0.0.1'] };
/** Servers of one mark that may end up answering nobody, each for so many seconds; what is left of the mark is not run. */
const dead = { max: 3, seconds: 10 };

/** @param {import('ava').ExecutionContext} t @param {'tls' | 'proxied'} kind */
async function victim(t, kind) {
    const { device, url } = await closed(t, [...listen[kind], '--app', testApp('echo'), '--input', `${word}=fake:`]);
    /** @type {import('./http/talk.mjs').Target} */
    const target = { kind, port: Number(new URL(url).port), host, word, cookie: '' };
    const body = JSON.stringify({ user: 'admin', password });
    const send = [`POST /login HTTP/1.1\r\n{head}Origin: https://{host}\r\n{json}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`];
    target.cookie = await eventually(async () => {
        const { text } = await talk(target, { name: 'login', send, answers: ['200'], tail: false }, '', 0);
        return /set-cookie: (__Host-ocellus=[^;]+)/i.exec(text)?.[1];
    }, 'the login');
    return { device, target };
}

for (const kind of /** @type {const} */ (['tls', 'proxied'])) {
    const here = [...entries.filter(({ on }) => on === undefined || on.includes(kind)), ...(kind === 'tls' ? frameEntries : [])];

    test(`${kind}: each entry is answered or closed, reaches nothing behind the login, and no body is a request`, async (t) => {
        const { device, target } = await victim(t, kind);
        const found = await attack(target, here.filter(({ defect }) => defect === undefined));
        t.deepEqual([...found].filter(([, problems]) => problems.length > 0).map(([entry, problems]) => `${entry.name}: ${problems.join('; ')}`), []);
        t.is(device.process.exitCode, null);
        t.log(`${found.size} entries`);
    });

    test(`${kind}: what fails for a known defect still fails: take its mark away when it passes`, async (t) => {
        for (const defect of Object.keys(defects)) {
            const list = here.filter((entry) => entry.defect === defect);
            const passed = [];
            let [left, died, at] = [list, 0, 0];
            for (; left.length > 0 && died < dead.max; died++) {
                const { device, target } = await victim(t, kind);
                const found = await attack(target, left, { first: at, seconds: dead.seconds });
                passed.push(...[...found].filter(([, problems]) => problems.length === 0).map(([{ name }]) => name));
                at += found.size;
                left = left.slice(found.size);
                device.process.kill('SIGKILL');
            }
            t.log(`${defect}: ${list.length} entries, ${left.length} of them not run, ${passed.length} passed`);
            t.deepEqual(passed, [], defect);
        }
    });
}
