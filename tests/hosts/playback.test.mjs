// Spans of recordings over HTTP: as one HLS playlist of byte ranges, and as one MP4 without transcoding.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { eventually, program, start, temporary } from '../e2e/device.mjs';
import { channel, decode, range, record, segments } from './spans.mjs';

const begin = Date.parse('2026-11-20T08:00:00.000Z');
const fps = 4;

/** Three files with a gap: 0 to 40 s, 40 to 60 s, 100 to 130 s. Picture n is of second n / 4. @param {string} data */
function threeFiles(data) {
    const of = (/** @type {number} */ from, /** @type {number} */ seconds) => record(data, begin + from * 1000, { seconds, fps, first: from * fps, gop: 6, sound: true });
    return [of(0, 40), of(40, 20), of(100, 30)];
}

/** @param {string} file @returns {{ packets: { codec_type: string, dts: number, data_hash: string, flags: string }[] }} */
const packets = (file) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_packets', '-show_data_hash', 'MD5', file], { encoding: 'utf8', maxBuffer: 2 ** 28 }));

/** @param {string} file @param {string} type */
const hashes = (file, type) => packets(file).packets.flatMap((packet) => (packet.codec_type === type ? [packet.data_hash] : []));

/** @param {number} seconds from the beginning on */
const at = (seconds) => new Date(begin + seconds * 1000).toISOString();

test('[E9] 60 seeks over 3 h with gaps through one playlist find the right picture', async (t) => {
    const data = temporary(t);
    const slow = 2;
    const files = [0, 1500, 3000, 4600, 6200, 8000, 9600].map((from, i) => ({ from, seconds: i === 6 ? 1200 : 1300 }));
    for (const { from, seconds } of files) record(data, begin + from * 1000, { seconds, fps: slow, first: from * slow, gop: 4 });
    const { device } = start(t, [], { data });
    const url = await device.url();
    const list = `${url}/playback/${channel}/index.m3u8?from=${at(0)}&to=${at(10_800)}`;
    const answer = await fetch(list);
    t.is(answer.status, 200);
    t.is(answer.headers.get('content-type'), 'application/vnd.apple.mpegurl');
    const found = segments(await answer.text());
    t.is(found.at(-1)?.part, files.length - 1);
    let random = 12345;
    for (let i = 0; i < 60; i++) {
        random = (random * 1103515245 + 12345) % 2 ** 31;
        const second = (random / 2 ** 31) * 10_800;
        const file = files.findLast(({ from }) => from <= second);
        const inside = file !== undefined && second < file.from + file.seconds;
        const when = begin + second * 1000;
        const segment = found.findLast(({ atMs }) => atMs <= when);
        t.truthy(segment);
        if (!segment) continue;
        if (!inside) {
            t.true(when >= segment.atMs + segment.seconds * 1000, `${second} lies in a gap`);
            continue;
        }
        t.true(segment.seconds >= 2 && segment.seconds <= 6);
        const init = await range(new URL(segment.map.url, list).href, 0, segment.map.bytes);
        const body = await range(new URL(segment.url, list).href, segment.from, segment.bytes);
        const shown = decode(Buffer.concat([init, body]));
        const first = Number(shown[0]?.atMs);
        const picture = shown.findLast(({ atMs }) => atMs - first <= when - segment.atMs + 1);
        t.is(picture?.frame, Math.floor(second * slow + 0.002), `second ${second}`);
    }
});

test('[E9] an export has the packets of its files, in both formats, and nothing else', async (t) => {
    const data = temporary(t);
    const files = threeFiles(data);
    const { device } = start(t, [], { data });
    const url = await device.url();
    for (const format of ['fragmented', 'plain']) {
        const address = `${url}/export/${channel}.mp4?from=${at(7.9)}&to=${at(115)}&format=${format}`;
        const answer = await fetch(address);
        t.is(answer.status, 200);
        t.is(answer.headers.get('content-type'), 'video/mp4');
        t.regex(String(answer.headers.get('content-disposition')), /filename="2026-11-20T08-00-07Z\.mp4"/);
        const whole = Buffer.from(await answer.arrayBuffer());
        t.is(whole.length, Number(answer.headers.get('content-length')));
        const file = path.join(data, `${format}.mp4`);
        writeFileSync(file, whole);
        const video = hashes(file, 'video');
        const expected = files.flatMap((one) => hashes(one, 'video'));
        t.deepEqual(video, expected.slice(30, 30 + video.length), 'from the key frame of 7.5 s on');
        const sound = hashes(file, 'audio');
        t.true(files.flatMap((one) => hashes(one, 'audio')).join().includes(sound.join()));
        const box = createFile();
        box.appendBuffer(MP4BoxBuffer.fromArrayBuffer(/** @type {ArrayBuffer} */ (whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length)), 0));
        box.flush();
        t.deepEqual(
            box.getInfo().tracks.map(({ id }) => box.getTrackSamplesInfo(id).length),
            [video.length, sound.length],
            'as mp4box reads it',
        );
        const shown = decode(file);
        t.deepEqual(
            shown.map(({ frame }) => frame),
            [...Array.from({ length: 210 }, (_, i) => 30 + i), ...Array.from({ length: shown.length - 210 }, (_, i) => 400 + i)],
        );
        t.true(Number(shown.at(-1)?.frame) >= 115 * fps - 1 && Number(shown.at(-1)?.frame) < 118 * fps);
        for (const [i, { atMs }] of shown.entries()) t.true(Math.abs(atMs - Number(shown[0]?.atMs) - i * 250) < 90, `picture ${i} follows without a gap`);
        for (let i = 0; i < 40; i++) {
            const from = Math.floor((whole.length * i) / 41);
            const bytes = Math.min(1 + i * 977, whole.length - from);
            t.deepEqual(await range(address, from, bytes), whole.subarray(from, from + bytes));
        }
        const again = await fetch(address, { headers: { range: 'bytes=100-', 'if-range': String(answer.headers.get('etag')) } });
        t.is(again.status, 206);
        t.deepEqual(Buffer.from(await again.arrayBuffer()), whole.subarray(100));
        const head = await fetch(address, { method: 'HEAD' });
        t.is(head.headers.get('content-length'), `${whole.length}`);
    }
});

test('[E9] what is wrong with a span is named', async (t) => {
    const data = temporary(t);
    threeFiles(data);
    record(data, begin + 140_000, { seconds: 10, fps, first: 560, gop: 4, size: '320x176' });
    const { device } = start(t, [], { data });
    const url = await device.url();
    const get = async (/** @type {string} */ rest) => {
        const answer = await fetch(`${url}${rest}`);
        return { status: answer.status, text: await answer.text() };
    };
    for (const rest of [`/export/${channel}.mp4?from=${at(65)}&to=${at(90)}`, `/playback/${channel}/index.m3u8?from=${at(65)}&to=${at(90)}`, `/export/none.mp4?from=0&to=9`, `/export/.mp4?from=0&to=9`, `/playback/..%2f/index.m3u8?from=0&to=9`])
        t.is((await get(rest)).status, 404, rest);
    for (const rest of ['?to=5', '?from=x', '?from=5&to=4', '?from=5&to=y', `?from=0&to=${begin}`, '?from=1&to=2&format=avi']) {
        const { status, text } = await get(`/export/${channel}.mp4${rest}`);
        t.is(status, 400, rest);
        t.regex(text, /from|to|format|span/);
    }
    const changed = await get(`/export/${channel}.mp4?from=${at(0)}&to=${at(150)}`);
    t.is(changed.status, 409);
    t.is(JSON.parse(changed.text).error.changed, at(140));
    t.is((await get(`/playback/${channel}/index.m3u8?from=${at(0)}&to=${at(150)}`)).status, 200);
    t.is((await get(`/export/${channel}.mp4?from=${at(141)}&to=${at(150)}`)).status, 200);
    t.is((await fetch(`${url}/export/${channel}.mp4?from=1&to=2`, { method: 'POST' })).status, 405);
});

test('[E9] a damaged, empty or cut recording is left out of an export and named; the others are in it', async (t) => {
    const data = temporary(t);
    const files = threeFiles(data);
    const { device } = start(t, [], { data });
    const url = await device.url();
    const middle = String(files[1]);
    const whole = readFileSync(middle);
    const name = `${channel}/${path.basename(middle)}`;
    const expected = [String(files[0]), String(files[2])].flatMap((file) => hashes(file, 'video'));
    const torn = Buffer.from(whole);
    torn.fill(0x55, 0, 4096);
    for (const [bytes, how] of /** @type {[Buffer, string][]} */ ([[torn, 'overwritten'], [Buffer.alloc(0), 'empty'], [whole.subarray(0, 300), 'cut'], [Buffer.alloc(whole.length), 'zeros']])) {
        writeFileSync(middle, bytes);
        for (const format of ['fragmented', 'plain']) {
            const answer = await fetch(`${url}/export/${channel}.mp4?from=${at(0)}&to=${at(130)}&format=${format}`);
            t.is(answer.status, 200, `${how}, ${format}`);
            t.is(answer.headers.get('x-ocellus-left-out'), `1; ${name}`, how);
            const out = path.join(data, 'out.mp4');
            writeFileSync(out, Buffer.from(await answer.arrayBuffer()));
            t.deepEqual(hashes(out, 'video'), expected, `${how}, ${format}`);
            const saved = path.join(data, `${how}-${format}.mp4`);
            const { status, stdout, stderr } = spawnSync(program, ['export', '--data', data, '--channel', channel, '--from', at(0), '--to', at(130), '--format', format, '--json', '--out', saved], { encoding: 'utf8' });
            t.is(status, 0, stderr);
            t.regex(stderr, new RegExp(`^ocellus: export: 1 recordings of this span are damaged and left out: ${name}\n$`));
            t.is(JSON.parse(String(stdout.trim().split('\n').at(-1))).leftOut, 1);
        }
    }
    for (const file of files) writeFileSync(String(file), torn.subarray(0, 4096));
    t.is((await fetch(`${url}/export/${channel}.mp4?from=${at(0)}&to=${at(130)}`)).status, 404);
});

test('[E9] an export goes on while its files are deleted and renamed', async (t) => {
    const data = temporary(t);
    const files = threeFiles(data);
    const { device } = start(t, [], { data });
    const address = `${await device.url()}/export/${channel}.mp4?from=${at(0)}&to=${at(130)}`;
    const whole = Buffer.from(await (await fetch(address)).arrayBuffer());
    const answer = await fetch(address);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
    const parts = [(await reader.read()).value ?? new Uint8Array()];
    rmSync(/** @type {string} */ (files[1]));
    renameSync(/** @type {string} */ (files[2]), `${files[2]}.gone`);
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    t.deepEqual(Buffer.concat(parts), whole);
    t.not((await fetch(address)).headers.get('etag'), answer.headers.get('etag'));
});

test('[E9] a playlist of all from an instant on goes on at the live edge', async (t) => {
    const { device, data } = start(t);
    const url = await device.url();
    const row = await eventually(async () => (await device.json('/api/recordings')).recordings[0], 'a recording');
    const from = Date.parse(row.start) || Date.now();
    const list = `${url}/playback/${row.channel}/index.m3u8?from=${from}`;
    const first = await eventually(async () => {
        const answer = await fetch(list);
        const text = await answer.text();
        return answer.status === 200 && segments(text).length > 0 ? text : undefined;
    }, 'a segment');
    t.regex(first, /PLAYLIST-TYPE:EVENT/);
    t.notRegex(first, /ENDLIST/);
    const more = await eventually(async () => {
        const text = await (await fetch(list)).text();
        return segments(text).length >= 2 ? text : undefined;
    }, 'another segment');
    t.true(more.startsWith(first.trimEnd()));
    for (const segment of segments(more)) {
        const init = await range(new URL(segment.map.url, list).href, 0, segment.map.bytes);
        const body = await range(new URL(segment.url, list).href, segment.from, segment.bytes);
        t.is(init.toString('latin1', 4, 8), 'ftyp');
        t.is(body.toString('latin1', 4, 8), 'free');
    }
    t.is((await device.stop()).code, 0);
    const [named] = segments(first);
    const again = start(t, [], { data });
    const old = await fetch(new URL(String(named?.url), `${await again.device.url()}/playback/${row.channel}/index.m3u8`), { headers: { range: 'bytes=0-15' } });
    t.is(old.status, 206, 'the name that a playlist gave it while it was written');
});

test('[E9] ocellus export writes the same MP4, beside the program and when none runs', async (t) => {
    const data = temporary(t);
    threeFiles(data);
    const { device } = start(t, [], { data });
    const args = ['export', '--data', data, '--channel', channel, '--from', at(3.1), '--to', at(120)];
    for (const format of ['fragmented', 'plain']) {
        const answer = await fetch(`${await device.url()}/export/${channel}.mp4?from=${at(3.1)}&to=${at(120)}&format=${format}`);
        const out = path.join(data, `${format}-out.mp4`);
        const printed = execFileSync(program, [...args, '--format', format, '--json', '--out', out], { encoding: 'utf8' });
        t.deepEqual(readFileSync(out), Buffer.from(await answer.arrayBuffer()));
        t.is(statSync(out).mode & 0o777, 0o600);
        t.like(JSON.parse(String(printed.trim().split('\n').at(-1))), { event: 'exported', file: out, bytes: statSync(out).size, total: statSync(out).size });
        const again = spawnSync(program, [...args, '--format', format, '--out', out], { encoding: 'utf8' });
        t.is(again.status, 1);
        t.regex(again.stderr, /exists already; name another file/);
    }
    t.is((await device.stop()).code, 0);
    const alone = path.join(data, 'alone.mp4');
    execFileSync(program, [...args, '--out', alone]);
    t.deepEqual(readFileSync(alone), readFileSync(path.join(data, 'fragmented-out.mp4')));
    for (const [more, code, why] of /** @type {[string[], number, RegExp][]} */ ([
        [['--from', at(65), '--to', at(90), '--out', path.join(data, 'a')], 1, /nothing was recorded/],
        [['--to', 'x', '--out', path.join(data, 'a')], 2, /--to: x: use a time/],
        [['--format', 'avi', '--out', path.join(data, 'a')], 2, /use fragmented or plain/],
        [['--out', path.join(data, 'none', 'a')], 1, /No such file/],
        [[], 2, /--out are needed/],
    ])) {
        const outcome = spawnSync(program, [...args, ...more], { encoding: 'utf8' });
        t.is(outcome.status, code, outcome.stderr);
        t.regex(outcome.stderr, why);
    }
});
