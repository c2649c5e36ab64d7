// The lines of the README, as a newcomer types them, one after the other: a request behind a `run` is answered by it.
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { start } from './device.mjs';

/** Words of a line of a shell without variables; what is quoted is one. @param {string} line */
const words = (line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

for (const name of ['README.md', 'README.zh-CN.md']) {
    test(`${name}: requests work behind the run that stands before them`, async (t) => {
        const lines = readFileSync(path.join(root, name), 'utf8')
            .split('\n')
            .map((line) => line.replace(/\s+#.*$/, ''))
            .filter((line) => /^(build\/linux\/ocellus run( |$)|curl )/.test(line) && !line.includes('--help'));
        t.true(lines.filter((line) => line.startsWith('curl')).length >= 3, lines.join('\n'));
        const first = lines.findIndex((line) => line.startsWith('curl'));
        const args = words(lines[first - 1] ?? '').slice(2);
        t.false(args.includes('--listen'), 'it runs on loopback');
        const { device, data } = start(t, args);
        copyFileSync(path.join(root, 'build', 'linux', 'clip.mp4'), path.join(data, 'c.mp4'));
        const url = await device.url();
        for (const line of lines.slice(first).filter((one) => one.startsWith('curl'))) {
            const given = words(line).slice(1);
            const address = given.find((word) => word.startsWith('http')) ?? '';
            const after = (/** @type {string} */ option) => given[given.indexOf(option) + 1] ?? '';
            const [key = '', value = ''] = given.includes('-H') ? after('-H').split(': ') : [];
            const request = {
                method: given.includes('-X') ? after('-X') : 'GET',
                ...(given.includes('-H') && { headers: { [key]: value } }),
                ...(given.includes('-d') && { body: after('-d').replace('c.mp4', path.join(data, 'c.mp4')) }),
            };
            /** @type {Response | undefined} */
            let answer;
            do {
                answer = await fetch(address.replace('http://127.0.0.1:8080', url), request);
            } while (answer.status === 503); // the script is not ready yet
            t.true(answer.ok, `${line}: ${answer.status} ${await answer.text()}`);
        }
    });
}
