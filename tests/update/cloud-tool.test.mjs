// `ocellus cloud` against a strict store: what it lists, gets, finds wrong and deletes; each mistake is one clear line.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { at, day, dayMs, iso, next, secrets, twoDays, world } from './cloud-world.mjs';
import { Camera, holes, initOf, segmentMs } from './footage.mjs';
import { ocellus } from './tools.mjs';

test.serial('ls: devices, channels, days, hours; the day that goes on', async (t) => {
    const { objects, lines, rows, tool } = await world(t);
    t.deepEqual(await lines('ls'), ['']);
    twoDays(objects);
    new Camera(objects, { channel: 'back' });
    const other = new Camera(objects, { device: '=E9=96=80', channel: 'h=C3=B6f', name: 'höf' });
    other.record(at(1), 2);
    other.record(at(2), 1);
    other.write(iso(at(2)).slice(0, 13));
    new Camera(objects, { prefix: 'elsewhere/', device: 'not-ours' });
    for (let i = 0; i < 20; i++) other.put(`home/more-${String(i).padStart(2, '0')}/device.json`, '{}');
    other.put('home/not a name/x', '');

    t.deepEqual((await lines('ls')).filter((name) => !name.startsWith('more-')), ['門', 'cam 1']);
    t.is((await lines('ls')).length, 22);
    t.deepEqual(await lines('ls', 'cam 1'), ['front']);
    t.deepEqual(await rows('ls', '門'), [{ device: '門', channel: 'höf' }]);
    const bytes = /** @type {import('./footage.mjs').Segment} */ (other.segments[0]).bytes;
    t.deepEqual(await rows('ls', 'cam 1', 'front'), [
        { device: 'cam 1', channel: 'front', day, segments: 10, bytes: 10 * bytes, durationMs: 10 * segmentMs, events: 1, ended: true },
        { device: 'cam 1', channel: 'front', day: next, segments: 6, bytes: 6 * bytes, durationMs: 6 * segmentMs, events: 1, ended: true },
    ]);
    t.deepEqual(await rows('ls', '門', 'höf'), [{ device: '門', channel: 'höf', day, segments: 3, bytes: 3 * bytes, durationMs: 3 * segmentMs, events: 0, ended: false }]);
    t.deepEqual(
        (await rows('ls', 'cam 1', 'front', day)).map(({ hour, segments, ended }) => [hour, segments, ended]),
        [[`${day}T13Z`, 8, true], [`${day}T23Z`, 2, true]],
    );
    t.regex((await lines('ls', '門', 'höf', day))[1] ?? '', /^\S+T02Z {2}4\.0 s +\d\.\d MB +1 segments +0 events +open$/);
    other.put(`${other.folder}${day}/01.json`, '{"version":4}');
    const { code, err } = await tool('ls', ['門', 'höf', day]);
    t.is(code, 1);
    t.regex(err, /^ocellus cloud: home\/=E9=96=80\/h=C3=B6f\/\S+\/01\.json: has version 4, not 1 to 3$/);
});

test.serial('get: one MP4 with each sample once, in order, gaps closed; over midnight, from several recordings', async (t) => {
    const { store, objects, folder, lines, rows } = await world(t);
    const camera = twoDays(objects);
    /** Numbers of the samples of a span, by their kinds. @param {string} file */
    const samples = (file) => {
        const tracks = readMp4(path.join(folder, file));
        for (const track of tracks) {
            let end = -1;
            for (const { dts, duration } of track.samples) {
                t.true(end < 0 || (dts >= end && dts - end <= track.timescale / 10), `${track.kind}: ${dts} follows ${end}`);
                end = dts + duration;
            }
            t.true((track.samples[0]?.dts ?? 1) < track.timescale / 20, 'it begins at 0');
        }
        return /** @type {const} */ (['video', 'audio']).map((kind) => trackOf(tracks, kind).samples.map(({ data }) => `${data.toString('latin1', 0, 4)} ${data.readUInt32BE(4)}`));
    };
    /** What these segments have. @param {readonly import('./footage.mjs').Segment[]} segments */
    const expected = (segments) =>
        [1, 2].map((id) =>
            segments.flatMap(({ stem, startMs }) => {
                const own = camera.segments.filter((one) => one.stem === stem);
                const number = (startMs - (own[0]?.startMs ?? 0)) / segmentMs;
                return [0, 1, 2, 3].flatMap((second) => Array.from({ length: id === 1 ? 5 : 10 }, (_, i) => `${stem.slice(-4)} ${(number * 4 + second) * 100 + id * 50 + i}`));
            }),
        );
    const within = (/** @type {number} */ from, /** @type {number} */ to) => camera.segments.filter(({ startMs }) => startMs < to && startMs + segmentMs > from);

    const [line] = await lines('get', 'cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(48)), '-o', 'all.mp4');
    t.regex(line ?? '', /^all\.mp4: 0\.\d MB, 64\.0 s from \S+T13:00:00\.000Z on$/);
    t.deepEqual(samples('all.mp4'), expected(camera.segments));
    t.is(statSync(path.join(folder, 'all.mp4')).mode & 0o777, 0o600);

    const [from, to] = [at(13, 5000), at(13, 62_000)];
    const shown = await rows('get', 'cam 1', 'front', '--from', String(from), '--to', String(to), '--out', 'part.mp4');
    t.is(shown[0].event, 'progress');
    const exported = shown[shown.length - 1];
    t.deepEqual(exported, { event: 'exported', file: 'part.mp4', bytes: statSync(path.join(folder, 'part.mp4')).size, start: iso(at(13, segmentMs)), durationMs: 5 * segmentMs });
    t.deepEqual(samples('part.mp4'), expected(within(from, to)));
    const bytes = readFileSync(path.join(folder, 'part.mp4'));
    const sent = within(from, to).reduce((sum, one) => sum + one.bytes, initOf().length);
    t.is(bytes.length, sent, 'init and segments, nothing else');

    await lines('get', 'cam 1', 'front', '--from', iso(at(24, -1)), '--to', iso(at(24, 1)), '-o', 'midnight.mp4');
    t.deepEqual(samples('midnight.mp4'), expected(within(at(24, -1), at(24, 1))));

    store.share = 0.2;
    await lines('get', 'cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(48)), '-o', 'again.mp4');
    store.share = 0;
    t.true(store.seen.failed > 0);
    t.deepEqual(readFileSync(path.join(folder, 'again.mp4')), readFileSync(path.join(folder, 'all.mp4')), 'a store that fails at random changes no byte');
    store.skewMs = 3_600_000;
    await lines('get', 'cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(14)), '-o', 'skewed.mp4');
    t.deepEqual(readdirSync(folder).filter((name) => !name.endsWith('.mp4')), []);
});

test.serial('get: what is not as the index has it leaves no file', async (t) => {
    const { objects, folder, tool } = await world(t);
    const camera = twoDays(objects);
    const folderOfDay = camera.folderOf(at(13));
    const names = [...objects.keys()].filter((key) => key.startsWith(folderOfDay) && key.endsWith('.m4s'));
    const [one = '', two = ''] = names;
    const stored = new Map(objects);
    writeFileSync(path.join(folder, 'there.mp4'), 'mine');
    const span = ['cam 1', 'front', '--from', iso(at(13))];
    const changed = (/** @type {string} */ key, /** @type {Buffer | string | undefined} */ bytes) => () => (bytes === undefined ? objects.delete(key) : camera.put(key, bytes));
    const original = /** @type {import('./footage.mjs').Stored} */ (stored.get(two)).bytes;
    const init = `${one.replace(/-\d+\.m4s$/, '')}-init.mp4`;
    const longer = Buffer.from(original);
    longer.writeUInt32BE(0x7fffffff, 32); // the first fragment
    const third = /** @type {string} */ (names.find((name) => !name.startsWith(one.replace(/-\d+\.m4s$/, ''))));
    /** @type {readonly [() => unknown, string[], number, RegExp][]} */
    const table = [
        [() => 0, [...span, '-o', 'there.mp4'], 1, /there\.mp4: exists already; name another file$/],
        [() => 0, [...span, '-o', 'none/x.mp4'], 1, /none\/x\.mp4: ENOENT$/],
        [() => 0, ['cam 1', 'front', '--from', iso(at(15)), '--to', iso(at(16)), '-o', 'x.mp4'], 1, /cam 1, channel front: nothing of that time is in the store$/],
        [() => 0, ['cam 2', 'front', '--from', iso(at(13)), '-o', 'x.mp4'], 1, /nothing of that time/],
        [() => 0, ['cam 1', 'front', '-o', 'x.mp4'], 2, /--from is missing; see ocellus cloud --help$/],
        [() => 0, [...span], 2, /--out is missing; see/],
        [() => 0, [...span, '--to', iso(at(12)), '-o', 'x.mp4'], 2, /--to: lies before --from; see/],
        [changed(two, undefined), [...span, '-o', 'x.mp4'], 1, /\.m4s: the index names it, and it is not there$/],
        [changed(two, original.subarray(1)), [...span, '-o', 'x.mp4'], 1, /\.m4s: \d+ bytes, in the index \d+$/],
        [changed(two, Buffer.concat([original, original])), [...span, '-o', 'x.mp4'], 1, /\.m4s: more than \d+ bytes$/],
        [changed(two, Buffer.alloc(original.length)), [...span, '-o', 'x.mp4'], 1, /\.m4s: has no fragment$/],
        [changed(two, longer), [...span, '-o', 'x.mp4'], 1, /\.m4s: has a box that is longer than what it lies in$/],
        [changed(init, undefined), [...span, '-o', 'x.mp4'], 1, /-init\.mp4: the index needs it, and it is not there$/],
        [changed(`${third.replace(/-\d+\.m4s$/, '')}-init.mp4`, initOf(128)), [...span, '-o', 'x.mp4'], 1, /-init\.mp4 \(\S+Z\): has another coding than what lies before it/],
        [changed(`${folderOfDay}13.json`, '{}'), [...span, '-o', 'x.mp4'], 1, /13\.json: has version undefined, not 1 to 3$/],
    ];
    for (const [change, words, code, text] of table) {
        change();
        const result = await tool('get', words);
        t.is(result.code, code, `${words.join(' ')}: ${result.out}${result.err}`);
        t.regex(result.err, text);
        t.is(result.err.split('\n').length, 1, result.err);
        t.deepEqual(readdirSync(folder), ['there.mp4']);
        for (const [key, value] of stored) objects.set(key, value);
    }
    t.is(readFileSync(path.join(folder, 'there.mp4'), 'utf8'), 'mine');
});

test.serial('verify: sums of what is right; a line for each thing that is wrong', async (t) => {
    const { store, objects, tool, lines, rows } = await world(t);
    store.page = 1000; // fewer requests
    t.regex((await tool('verify')).err, /^ocellus cloud: there is no such footage in the store$/);
    const camera = twoDays(objects);
    const [sums] = await rows('verify');
    t.deepEqual(sums.verified, { days: 2, hours: 5, segments: 16, bytes: 16 * (camera.segments[0]?.bytes ?? 0), durationMs: 16 * segmentMs, gaps: 0, gapMs: 0, unnamed: 0, encrypted: 0, decrypted: 0, proven: 0, findings: 0, signers: [] });
    t.deepEqual(await lines('verify', 'cam 1', 'front', next), ['1 days, 3 hours, 6 segments, 0.0 MB, 24.0 s']);

    const stored = new Map(objects);
    const folder = camera.folderOf(at(13));
    const hour = `${folder}13.json`;
    const names = [...objects.keys()].filter((key) => key.startsWith(folder) && key.endsWith('.m4s')).map((key) => key.slice(folder.length));
    const [one = '', two = ''] = names;
    const text = (/** @type {string} */ key) => String(stored.get(key)?.bytes);
    /** The index of the hour, changed; the playlist follows. @param {(index: any) => void} change */
    const index = (change) => () => {
        const value = JSON.parse(text(hour));
        change(value);
        camera.put(hour, JSON.stringify(value));
    };
    const replaced = (/** @type {string} */ key, /** @type {string | RegExp} */ from, /** @type {string} */ to) => () => {
        t.not(text(key).replace(from, to), text(key));
        camera.put(key, text(key).replace(from, to));
    };
    const list = `${folder}13.m3u8`;
    const midnight = `${camera.folderOf(at(24))}00.json`;
    /** @type {readonly [string, () => unknown, RegExp[]][]} */
    const table = [
        ['a segment is not there', () => objects.delete(folder + one), [/-\d{10}\.m4s: is not there, and an index names it$/]],
        ['a segment has another size', () => camera.put(folder + one, 'short'), [/\.m4s: has 5 bytes, in the index \d+$/]],
        ['an init segment is not there', () => objects.delete(`${folder}${one.replace(/-\d+\.m4s$/, '')}-init.mp4`), [/-init\.mp4: is not there, and segments need it$/]],
        ['an index is damaged', () => camera.put(hour, '{"version":1'), [/13\.json: is no JSON object$/, /day\.json: names the hour 13, which has no index$/, /day\.m3u8: has 10 segments, the index 2$/]],
        ['an index is of another hour', replaced(hour, 'T13Z', 'T14Z'), [/13\.json: has hour "\S+T14Z", not "\S+T13Z"$/, /day\.json: names the hour 13/, /day\.m3u8: has 10 segments/]],
        ['a segment twice', index((value) => value.segments.splice(1, 0, value.segments[0])), [/13\.m3u8: has 8 segments, the index 9$/, /m4s is twice, or overlaps/, /day\.json: has 8 segments and \d+ bytes in the hour 13, its index others$/, /day\.m3u8: has 10 segments, the index 11$/]],
        ['bytes between segments', index((value) => (value.segments[0][2] -= 10)), [/: has \d+ bytes, in the index \d+$/, /13\.json: 10 bytes before \S+ are in no segment$/, /13\.m3u8: \S+: no discontinuity before it$/, /day\.json: has 8/, /day\.m3u8: \S+: no discontinuity/]],
        ['a segment that begins before the one before ends', index((value) => (value.segments[1][3] -= 2000)), [/begins 2000 ms before \S+ ends$/, /13\.m3u8: \S+: no discontinuity/, /day\.m3u8: /]],
        ['a segment of another hour', index((value) => (value.segments[0][3] -= 3_600_000)), [/begins at \S+T12:00:00\.000Z, in another hour$/, /13\.m3u8: \S+: another time than the index$/, /day\.m3u8: /]],
        ['a playlist is not there', () => objects.delete(list), [/13\.m3u8: is not there$/]],
        ['a playlist is no playlist', () => camera.put(list, '<html>'), [/13\.m3u8: is no playlist$/]],
        ['a playlist without its end', replaced(list, '#EXT-X-ENDLIST\n', ''), [/13\.m3u8: has no end, its index has$/]],
        ['a playlist with another segment', replaced(list, one, two), [/13\.m3u8: has \S+ where the index has \S+$/]],
        ['a playlist that is two segments short', replaced(list, /(?:#EXTINF:4\.000,\n\S+\n){2}#EXT-X-ENDLIST/, '#EXT-X-ENDLIST'), [/13\.m3u8: has 6 segments, the index 8$/]],
        ['a playlist with another length', replaced(list, 'EXTINF:4.000', 'EXTINF:4.500'), [/13\.m3u8: \S+: 4500 ms, in the index 4000$/]],
        ['a playlist without a discontinuity', replaced(list, '#EXT-X-DISCONTINUITY\n', ''), [/13\.m3u8: \S+: no discontinuity before it$/]],
        ['a playlist with another init segment', replaced(list, /MAP:URI="[^"]+"/, 'MAP:URI="x-init.mp4"'), [/13\.m3u8: \S+: with x-init\.mp4$/]],
        ['a playlist without an event', replaced(list, /#EXT-X-DATERANGE.*\n/, ''), [/13\.m3u8: has no event 7$/]],
        ['a playlist with a target that is too short', replaced(list, 'TARGETDURATION:10', 'TARGETDURATION:2'), [/13\.m3u8: \S+: longer than the target of 2 s$/]],
        ['no index of the day', () => objects.delete(`${folder}day.json`), [/day\.json: is not there, and hours are over$/]],
        ['a day without an hour', replaced(`${folder}day.json`, /\["13"[^\]]+\],?/, ''), [/day\.json: has no hour 13$/, /day\.m3u8: has 10 segments, the index 2$/]],
        ['a playlist of the day that is short', replaced(`${folder}day.m3u8`, /#EXTINF:4\.000,\n\S+\n#EXT-X-ENDLIST/, '#EXT-X-ENDLIST'), [/day\.m3u8: has 9 segments, the index 10$/]],
        ['an event that leads nowhere', replaced(`${folder}event-7.m3u8`, /ocellus_\S+\.m4s/, 'gone.m4s'), [/event-7\.m3u8: names gone\.m4s, which is not there$/]],
        ['a picture is not there', () => objects.delete(`${folder}event-7.jpg`), [/event-7\.jpg: is not there, and an index names it$/]],
        ['no device', () => objects.delete(`${camera.root}device.json`), [/device\.json: is not there$/]],
        ['a device without an id', () => camera.put(`${camera.root}device.json`, '{"version":1}'), [/device\.json: has no id$/]],
        [
            'a recording that skips bytes at midnight',
            () => {
                const value = JSON.parse(text(midnight));
                value.segments[0][1] += 1;
                camera.put(midnight, JSON.stringify(value));
            },
            [/00\.json: 1 bytes before \S+ are in no segment$/, /\.m4s: is not there/, /00\.json: \S+-\d{10}\.m4s is twice, or overlaps/, /00\.m3u8: has /, /\/day\.m3u8: has /],
        ],
        ['an empty index', () => camera.put(list, ''), [/13\.m3u8: is no playlist$/, /13\.m3u8: is empty$/]],
    ];
    for (const [what, change, patterns] of table) {
        change();
        const { code, out, err } = await tool('verify');
        const found = out.split('\n').filter((line) => line.startsWith('home/'));
        t.deepEqual([code, err], [1, ''], `${what}: ${out}`);
        t.is(found.length, patterns.length, `${what}: ${out}`);
        for (const pattern of patterns) t.true(found.some((line) => pattern.test(line)), `${what}: ${pattern}: ${out}`);
        for (const [key, value] of stored) objects.set(key, value);
    }
    t.deepEqual((await rows('verify'))[0].verified, sums.verified);
});

test.serial('verify: what a camera that goes on may leave is right; gaps are counted', async (t) => {
    const { objects, rows, tool } = await world(t);
    const camera = new Camera(objects);
    camera.record(at(13), 6, { skipped: [2, 3] });
    camera.record(at(14), 20);
    camera.write(iso(at(14)).slice(0, 13));
    const folder = camera.folderOf(at(14));
    const list = `${folder}14.m3u8`;
    camera.put(list, String(objects.get(list)?.bytes).replace(/(?:#EXTINF:4\.000,\n\S+\n){16}$/, ''));
    camera.put(`${folder}ocellus_20260101T000000.000Z-0000000001.m4s`, 'cut off');
    const [{ verified }] = await rows('verify');
    t.like(verified, { findings: 0, gaps: 1, gapMs: 2 * segmentMs, unnamed: 1, segments: 24 });
    const strict = await tool('verify', ['--continuous']);
    t.is(strict.code, 1);
    t.regex(strict.out, /13\.json: 8\.0 s before \S+ are missing\n/);
    camera.put(list, String(objects.get(list)?.bytes).replace(/#EXTINF:4\.000,\n\S+\n$/, ''));
    t.regex((await tool('verify')).out, /14\.m3u8: has 3 segments, the index 20\n/);
    const other = new Camera(objects, { channel: 'back' });
    other.record(at(5), 3);
    other.record(at(5, 2 * segmentMs - 2000), 2);
    other.write();
    t.regex((await tool('verify', ['cam 1', 'back'])).out, /overlaps \S+ by \d+ ms: was the clock set back\?\n/);
});

test.serial('verify of a day on which the stream was changed: the next recording begins with the group of pictures under way', async (t) => {
    const { objects, tool, rows } = await world(t);
    const camera = new Camera(objects);
    camera.record(at(6), 5);
    camera.record(at(6, 5 * segmentMs - 3500), 5);
    camera.record(at(6, 10 * segmentMs - 3500 - 1500), 5);
    camera.write(iso(at(6)).slice(0, 13));
    const [{ verified }] = await rows('verify');
    t.like(verified, { findings: 0, segments: 15 });
    camera.record(at(6, 15 * segmentMs - 5000 - 9000), 5);
    camera.write(iso(at(6)).slice(0, 13));
    const { code, out } = await tool('verify');
    t.is(code, 1);
    t.regex(out, /overlaps \S+ by 9000 ms: was the clock set back\?\n/);
});

test.serial('verify while the camera writes', async (t) => {
    const { store, objects, rows } = await world(t);
    const camera = new Camera(objects);
    const last = at(14);
    for (let i = 0; i < 3; i++) camera.record(last + i * 60_000, 2);
    camera.write(iso(last).slice(0, 13));
    let minute = 3;
    store.watch = (method, key) => {
        if (method !== 'GET' || minute >= 40 || !/\.(?:json|m3u8)$|^$/.test(key)) return;
        camera.record(last + minute++ * 60_000, 1);
        camera.write(iso(last).slice(0, 13));
    };
    const [{ verified }] = await rows('verify');
    t.is(verified.findings, 0);
    t.true(minute > 6);
});

test.serial('rm: days before one, in an order in which nobody is led to what is not there', async (t) => {
    const { store, objects, rows, tool, lines } = await world(t);
    const camera = twoDays(objects);
    const other = new Camera(objects, { channel: 'back' });
    other.record(at(13), 2);
    other.write();
    const all = new Map(objects);
    const ofDay = [...objects.keys()].filter((key) => key.startsWith(camera.folderOf(at(13))));
    t.deepEqual(holes(objects), []);
    const [dry] = await rows('rm', 'cam 1', 'front', '--before', next, '--dry-run');
    t.deepEqual([dry.deleted, dry.days, dry.objects], [false, [day], ofDay.length]);
    t.is(objects.size, all.size);

    let deleted = 0;
    /** @type {string[]} */
    const misled = [];
    store.watch = (method) => {
        misled.push(...holes(objects));
        if (method === 'DELETE') deleted++;
        if (method === 'DELETE' && deleted % 4 === 0) throw { status: 403, code: 'AccessDenied' };
    };
    let runs = 0;
    for (; runs < 50; runs++) {
        const { code, err } = await tool('rm', ['cam 1', 'front', '--before', next, '--yes']);
        if (code === 0) break;
        t.regex(err, /^ocellus cloud: DELETE film\/home\/\S+: HTTP 403; AccessDenied; check the keys and what they permit$/);
    }
    t.true(runs > 2 && runs < 50, 'each walk that is cut off goes on');
    t.deepEqual(misled, [], 'nobody was led to what is not there');
    store.watch = () => {};
    t.deepEqual(holes(objects), []);
    t.deepEqual([...objects.keys()].filter((key) => key.startsWith(camera.folderOf(at(13)))), []);
    t.deepEqual([...objects.keys()].sort(), [...all.keys()].filter((key) => !ofDay.includes(key)).sort(), 'nothing else');
    const event = String(objects.get(`${camera.folderOf(at(24))}event-8.m3u8`)?.bytes);
    t.false(event.includes(`../${day}/`), event);
    t.regex(event, /SEGMENTS\n#EXT-X-DATERANGE\S+\n#EXT-X-MAP:URI="ocellus\S+"\n#EXT-X-PROGRAM-DATE-TIME:\S+T00:00:00\.000Z\n#EXTINF:4\.000,\n/);
    t.is((await rows('verify'))[0].verified.findings, 0);
    t.deepEqual(await lines('rm', 'cam 1', 'front', '--before', next, '--yes'), ['deleted: 0 days, 0 objects, 0.0 MB of cam 1, channel front']);
});

test.serial('rm: a day that is not over stays; nobody there confirms nothing', async (t) => {
    const { objects, tool } = await world(t);
    const camera = new Camera(objects);
    camera.record(at(1), 1);
    camera.write(iso(at(1)).slice(0, 13));
    const before = objects.size;
    const stays = await tool('rm', ['cam 1', 'front', '--before', next, '--yes']);
    t.deepEqual([stays.code, stays.err], [1, `ocellus cloud: cam 1/front/${day}: stays: its camera may still write there; --force deletes it too`]);
    const silent = await tool('rm', ['cam 1', 'front', '--before', next, '--force']);
    t.deepEqual([silent.code, silent.err], [1, 'ocellus cloud: nobody is there to confirm: give --yes']);
    t.is(objects.size, before);
    const forced = await tool('rm', ['cam 1', 'front', '--before', next, '--force', '--yes']);
    t.is(forced.code, 0, forced.err);
    t.deepEqual([...objects.keys()], [`${camera.root}device.json`]);
    for (const [words, text] of /** @type {[string[], RegExp][]} */ ([
        [['cam 1', 'front'], /--before is missing; see/],
        [['cam 1', 'front', '--before', '2026-02-30'], /--before: "2026-02-30" is not allowed: a day as 2026-11-22, UTC; see/],
        [['cam 1', 'front', '--before', iso(Date.now() + 2 * dayMs).slice(0, 10)], /--before: a day in the future; see/],
        [['cam 1', '--before', day], /a word or file is missing; see/],
    ])) {
        const result = await tool('rm', words);
        t.is(result.code, 2);
        t.regex(result.err, text);
    }
});

test.serial('cors: printed, put, put again; rules of others stay', async (t) => {
    const { store, folder, tool, lines } = await world(t);
    const printed = await ocellus(folder, ['cloud', 'cors', '--origin', 'https://cam.example'], {});
    t.is(printed.code, 0, 'no store and no keys are needed');
    t.regex(printed.out, /^<CORSConfiguration><CORSRule><ID>ocellus<\/ID><AllowedOrigin>https:\/\/cam\.example<\/AllowedOrigin><AllowedMethod>GET<\/AllowedMethod><AllowedMethod>HEAD<\/AllowedMethod>.*<ExposeHeader>content-range<\/ExposeHeader>/);
    t.deepEqual(await lines('cors', '--origin', 'https://cam.example', '--put'), ['written; the bucket has 1 rule']);
    const theirs = '<CORSRule><ID>theirs &amp; more</ID><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>';
    store.cors.set('film', String(store.cors.get('film')).replace('<CORSRule>', `${theirs}<CORSRule>`));
    t.deepEqual(await lines('cors', '--origin', 'https://a.example:8443', '--origin', 'http://[::1]:8080', '--put'), ['written; the bucket has 2 rules']);
    const now = String(store.cors.get('film'));
    t.is(now.match(/<ID>ocellus<\/ID>/g)?.length, 1);
    t.false(now.includes('cam.example'));
    t.regex(now, /theirs &amp; more<\/ID><AllowedOrigin>https:\/\/\*\.example<\/AllowedOrigin><AllowedMethod>PUT</);
    t.regex(now, /<AllowedOrigin>https:\/\/a\.example:8443<\/AllowedOrigin><AllowedOrigin>http:\/\/\[::1\]:8080<\/AllowedOrigin>/);
    store.cors.set('film', '<!DOCTYPE x [<!ENTITY a "b">]><CORSConfiguration>&a;</CORSConfiguration>');
    t.regex((await tool('cors', ['--origin', '*', '--put'])).err, /the store answers with no CORS rules/);
    for (const words of [[], ['--origin', 'https://a.example/'], ['--origin', 'a.example'], ['--origin', 'https://u:p@a.example']]) {
        const { code, err } = await tool('cors', words);
        t.is(code, 2);
        t.regex(err, /^ocellus cloud: --origin/);
    }
});

test.serial('keys and places: each mistake is one clear line without a secret', async (t) => {
    const { store, objects, folder, place, tool, port } = await world(t);
    twoDays(objects);
    const lines = 'AWS_ACCESS_KEY_ID=STUBTEMPORARY\nAWS_SECRET_ACCESS_KEY=temporary\n# until tonight\nAWS_SESSION_TOKEN=to/ke+n==\n';
    writeFileSync(path.join(folder, 'keys'), lines, { mode: 0o600 });
    t.is((await tool('ls', ['--key-file', 'keys'], {})).out, 'cam 1');
    writeFileSync(path.join(folder, 'open'), lines, { mode: 0o640 });
    writeFileSync(path.join(folder, 'odd'), `${lines}secret=secret\n`, { mode: 0o600 });
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
    /** @type {readonly [string[], Record<string, string>, number, RegExp][]} */
    const table = [
        [[], none, 1, /AWS_ACCESS_KEY_ID is missing in the environment; or give --key-file$/],
        [[], { ...secrets, AWS_SECRET_ACCESS_KEY: 'sec ret' }, 1, /AWS_SECRET_ACCESS_KEY is no such key; copy it again$/],
        [[], { ...secrets, AWS_SECRET_ACCESS_KEY: 'wrong' }, 1, /GET film\/: HTTP 403; SignatureDoesNotMatch; .*check the keys and what they permit$/],
        [[], { ...secrets, AWS_ACCESS_KEY_ID: 'WRONG' }, 1, /GET film\/: HTTP 403; InvalidAccessKeyId; check the keys and what they permit$/],
        [['--key-file', 'open'], {}, 1, /open: others can read it: chmod 600 open$/],
        [['--key-file', 'odd'], {}, 1, /odd:5: no line AWS_ACCESS_KEY_ID=/],
        [['--key-file', 'nowhere'], {}, 1, /nowhere: cannot be read: ENOENT$/],
        [['--region', 'eu-west-1'], secrets, 1, /HTTP 400; AuthorizationHeaderMalformed; .*the bucket is elsewhere; its region is us-east-1$/],
        [['--region', 'eu west'], secrets, 2, /: a region has letters, digits and hyphens/],
        [['--bucket', 'none'], secrets, 1, /HTTP 404; NoSuchBucket; there is no such bucket; is path style needed\?$/],
        [['--bucket', 'No'], secrets, 2, /: a bucket has 3 to 63/],
        [['--endpoint', 'nowhere'], secrets, 2, /: the endpoint of the store is no address like/],
        [['--endpoint', 'ftp://a'], secrets, 2, /: the endpoint of the store is no address like/],
        [['--endpoint', 'http://u:secret@a'], secrets, 2, /: the endpoint of the store is no address like/],
        [['--endpoint', 'http://a/film'], secrets, 2, /: the endpoint of the store has neither a path/],
        [['--prefix', '../x'], secrets, 2, /--prefix: a prefix has parts/],
        [['--ca', 'nowhere'], secrets, 1, /nowhere: cannot be read: ENOENT$/],
        [['a', 'b', 'c'], secrets, 2, /DAY: "c" is not allowed: a day as/],
        [['--secret', 'x'], secrets, 2, /Unknown option '--secret'/],
        [['x'.repeat(64)], secrets, 2, /device: a name has 1 to 63 bytes/],
    ];
    for (const [words, env, code, text] of table) {
        const { code: own, out, err } = await ocellus(folder, ['cloud', 'ls', ...place, ...words], { ...none, ...env });
        t.deepEqual([own, out, err.split('\n').length], [code, '', 1], `${words.join(' ')}: ${err}`);
        t.regex(err, text);
        t.true(err.startsWith('ocellus cloud: '), err);
        t.false(/stub\/secret|sec ret|secret@|=secret|temporary/.test(err), err);
    }
    const requests = store.seen.requests;
    store.faults.push('500', 'slow-down', 'reset', '503');
    t.is((await tool('ls')).out, 'cam 1');
    t.is(store.seen.requests - requests, 5, 'a store may need a moment');
    store.faults.push(...Array.from({ length: 6 }, () => '500'));
    t.regex((await tool('ls')).err, /HTTP 500; InternalError; We encountered an internal error/);
    store.faults.push('html');
    t.regex((await tool('ls')).err, /the store answers with no list of objects; is the endpoint one of S3\?$/);
    t.regex((await ocellus(folder, ['cloud', 'ls', ...place, '--endpoint', `https://127.0.0.1:${port}`], secrets)).err, /^ocellus cloud: 127\.0\.0\.1:\d+: no TLS is there \(E\w+\)$/);
    for (const words of [['--help'], ['help'], ['ls', '--help']]) {
        const { code, out } = await ocellus(folder, ['cloud', ...words]);
        t.is(code, 0);
        t.regex(out, /^usage: ocellus cloud COMMAND /);
    }
    t.regex((await ocellus(folder, ['cloud', 'frob'])).err, /^ocellus cloud: "frob" is no command; see/);
    t.false(existsSync(path.join(folder, 'x')));
});
