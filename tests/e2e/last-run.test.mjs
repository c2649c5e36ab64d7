// A start behind an update of the host says for how long each channel was without pictures.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { start, temporary } from './device.mjs';

const version = JSON.parse(readFileSync('package.json', 'utf8')).version;

/** A data directory that a program used until a moment ago. @param {import('ava').ExecutionContext} t */
async function used(t) {
    const data = temporary(t);
    const { device } = start(t, ['--record', 'on'], { data });
    await device.event('recording');
    await device.stop('SIGTERM');
    return { data, file: path.join(data, 'crash', 'last-run'), name: String(device.events.find((e) => e['event'] === 'recording')?.['path']) };
}

test('after an update of the host: which versions, for how long, and recordings keep their names', async (t) => {
    const { data, file, name } = await used(t);
    const left = readFileSync(file, 'utf8');
    t.regex(left, new RegExp(`^${version.replaceAll('.', '\\.')} \\d+ \\d+\\n$`));
    writeFileSync(file, left.replace(version, '0.0.9'));
    const { device } = start(t, ['--record', 'on'], { data });
    const event = await device.event('host-updated');
    t.is(event['channel'], 'cam1');
    t.regex(String(event['text']), new RegExp(`^${version.replaceAll('.', '\\.')} after 0\\.0\\.9: without pictures for \\d+\\.\\d s$`));
    t.true(Number(event['code']) > 0);
    await device.until(() => /cam1: updated: .* after 0\.0\.9/.exec(device.stderr) ?? undefined, 'a line of the log');
    t.false(existsSync(file), 'told once');
    const opened = await device.event('recording');
    /** @param {unknown} text */
    const before = (text) => String(text).replace(/_\d{8}T.*/, '');
    t.is(before(opened['path']), before(name));
});

test('the same version: started again; what is no such file says nothing', async (t) => {
    const { data, file } = await used(t);
    const again = start(t, [], { data }).device;
    t.regex(String((await again.event('host-restarted'))['text']), /: without pictures for \d+\.\d s$/);
    await again.stop('SIGTERM');
    // of another boot of the machine: the clocks do not agree about it
    writeFileSync(file, `0.0.9 ${Date.now() * 1000 - 5_000_000} 900000000000000000\n`);
    const other = start(t, [], { data }).device;
    t.regex(String((await other.event('host-updated'))['text']), /after 0\.0\.9$/);
    await other.stop('SIGKILL');
    for (const text of ['', '\0\0\0', 'x'.repeat(5000)]) {
        writeFileSync(file, text);
        const { device } = start(t, ['--duration', '3'], { data });
        t.is((await device.ended).code, 0);
        t.false(device.events.some((event) => String(event['event']).startsWith('host-')), JSON.stringify(text));
    }
});
