// What the page makes of answers and entries: nothing that comes in is trusted; times, addresses, languages.
import test from 'ava';
import { load } from './load.mjs';

const { parseStatus } = await load('status.ts');
const { parseEvents, parseRecordings } = await load('api.ts');
const { parseUpdate } = await load('update-state.ts');
const { parseRoute } = await load('route.ts');
const { fileName } = await load('recording-route.ts');
const { check, patchOf, valueAt, groups, channelFields } = await load('settings-fields.ts');
const { preferredLanguage } = await load('text.ts');
const { onWall, setZone } = await load('zone.ts');
const { History } = await load('history.ts');

const anything = [undefined, null, 0, -1, Number.NaN, '', 'x', [], {}, [[]], { a: 1 }, true, () => 1];

test('answers of any shape are checked, never thrown at', (t) => {
    for (const value of anything) {
        t.is(parseStatus(value), undefined);
        t.is(parseRecordings(value), undefined);
        t.is(parseEvents(value), undefined);
        for (const key of ['state', 'video', 'audio', 'bitrate', 'latencyUs', 'recording', 'live', 'sub']) {
            const status = parseStatus({ channels: [{ name: 'a', [key]: value }, value] });
            t.is(status.channels.length, 1, key);
            t.is(typeof status.channels[0].playlist, 'string');
        }
        for (const key of ['version', 'script', 'clock', 'timezone', 'privacy', 'indicator', 'uptimeSeconds']) {
            t.deepEqual(parseStatus({ channels: [], [key]: value }).channels, []);
        }
    }
});

test('what is said of updates is checked too', (t) => {
    for (const value of anything) {
        t.is(parseUpdate(value), undefined);
        for (const key of ['name', 'slots', 'keys', 'progress', 'available', 'lastFailure', 'history']) {
            const update = parseUpdate({ state: 'idle', slots: [value], history: [value], [key]: value });
            t.is(update.state, 'idle', key);
            t.is(typeof update.version, 'string', key);
        }
    }
    const progress = [{ bytes: 5, of: 10 }, { bytes: 0, of: 10 }, { bytes: 7, of: 1 }, { bytes: -1, of: 1 }, { bytes: 1, of: 0 }, { bytes: 1 }, 0.4];
    t.deepEqual(progress.map((come) => parseUpdate({ state: 'x', progress: come }).progress), [0.5, 0, 1, 0, undefined, undefined, undefined]);
});

test('paths of recordings that lead elsewhere are left out', (t) => {
    const row = (/** @type {unknown} */ path) => ({ channel: 'a', path, start: 'never', end: null, bytes: '7', open: 1 });
    const page = parseRecordings({ recordings: [row('/recordings/a/b.mp4'), row('javascript:alert(1)'), row('//evil/x'), row(5)], next: 7 });
    t.deepEqual(page, { recordings: [{ channel: 'a', path: '/recordings/a/b.mp4', startMs: undefined, endMs: undefined, bytes: undefined, open: false, isProtected: undefined }], next: '7' });
});

test('cloud storage: what is lost and what is encrypted; a former device says neither', (t) => {
    const of = (/** @type {unknown} */ cloud) => parseStatus({ channels: [], cloud })?.cloud;
    const now = { state: 'sending', reason: '', lagMs: 4, waitingBytes: 5, gaps: 2, gapMs: 7000, encrypted: true };
    t.deepEqual(of(now), now);
    const { gaps: _gaps, gapMs: _gapMs, encrypted: _encrypted, ...former } = now;
    t.deepEqual(of(former), { ...former, gaps: 0, gapMs: 0, encrypted: false });
});

test('an earlier version of the device: no sub stream, no privacy, no zone; addresses follow from the name', (t) => {
    const status = parseStatus({ channels: [{ name: 'a b', state: 'running' }] });
    t.is(status.privacy, undefined);
    t.is(status.zone, undefined);
    t.is(status.channels[0].sub, undefined);
    t.is(status.channels[0].playlist, '/live/a%20b/index.m3u8');
    t.is(status.channels[0].mp4, '/live/a%20b.mp4');
    const two = parseStatus({ channels: [{ name: 'a', sub: { state: 'running' } }] }).channels[0];
    t.is(two.sub.playlist, '/live/a/sub/index.m3u8');
    t.is(two.sub.mp4, '/live/a.mp4?stream=sub');
});

test('routes: every room, damaged escapes, and what is no address', (t) => {
    t.deepEqual(parseRoute('#/live/front%20door'), { kind: 'live', channel: 'front door' });
    t.deepEqual(parseRoute('#/live/%zz'), { kind: 'live', channel: undefined });
    t.deepEqual(parseRoute('#/recordings/a/b.mp4'), { kind: 'recordings', channel: 'a', path: '/recordings/a/b.mp4' });
    t.deepEqual(parseRoute('#/recordings/a'), { kind: 'recordings', channel: 'a', path: undefined });
    t.deepEqual(parseRoute('#/settings'), { kind: 'settings' });
    for (const hash of ['', '#', '#/', '#/nothing', '#/a/b/c/d', '#javascript:alert(1)']) {
        t.deepEqual(parseRoute(hash), { kind: 'live', channel: undefined }, hash);
    }
    t.is(fileName('/recordings/a/%zz'), '%zz');
});

test('settings: each field refuses nonsense and takes what is allowed', (t) => {
    const fields = [...groups.flatMap((/** @type {any} */ group) => group.fields), ...channelFields];
    t.true(fields.length > 20);
    const ok = (/** @type {any} */ kind, /** @type {any} */ entered) => 'value' in check(kind, entered);
    const of = (/** @type {string} */ path) => fields.find((field) => field.path === path).kind;
    for (const { kind, path } of fields) {
        if (kind.type === 'whole') {
            t.true(ok(kind, String(kind.least)) && ok(kind, ` ${kind.most} `), path);
            for (const wrong of [kind.least - 1 || -1, kind.most + 1, '', '1e3', '0x10', '１', '99999999999999', '1 2']) {
                t.false(ok(kind, String(wrong)), `${path} ${wrong}`);
            }
        }
        if (kind.type === 'choice') {
            t.true(ok(kind, kind.words[0]) && !ok(kind, 'nothing') && !ok(kind, ''), path);
        }
    }
    t.deepEqual(check(of('http.hosts'), '\n \n'), { value: null });
    t.deepEqual(check(of('http.corsOrigins'), 'https://a.example  http://b.example:81'), { value: ['https://a.example', 'http://b.example:81'] });
    t.false(ok(of('http.corsOrigins'), 'https://a.example/path') || ok(of('http.corsOrigins'), Array.from({ length: 17 }, (_, n) => `https://a${n}.example`).join(' ')));
    t.deepEqual(check(of('sub'), ''), { value: null });
    t.false(ok(of('input'), '') || ok(of('name'), 'Yard') || ok(of('name'), '-a') || ok(of('record.name'), 'a b'));
    const hours = (/** @type {string} */ days, /** @type {string} */ from, /** @type {string} */ to) => ok(of('privacy.schedule'), [{ days, from, to }]);
    t.deepEqual(['0', '100', '2000'].map((text) => ok(of('live.partMs'), text)), [true, true, true]);
    t.false(ok(of('live.partMs'), '99') || ok(of('live.partMs'), '2001'));
    t.false(ok(of('privacy.schedule'), Array.from({ length: 17 }, () => ({ days: 'daily', from: '01:00', to: '02:00' }))));
    t.true(hours('daily', '08:00', '17:00') && hours('mon-fri', '08:00', '17:00') && hours('sat,sun', '22:00', '06:00') && hours('mon', '00:00', '24:00') && hours('mon-wed,fri', '00:00', '01:00'));
    t.false(hours('', '08:00', '17:00') || hours('mo', '08:00', '17:00') || hours('mon', '8:00', '17:00') || hours('mon', '25:00', '17:00') || hours('mon', '', '') || hours('mon', '08:00', '08:00'));
    t.deepEqual(check(of('privacy.schedule'), []), { value: null });
});

test('settings: no word of the device is shown as it is, in either language', async (t) => {
    const fields = [...groups.flatMap((/** @type {any} */ group) => group.fields), ...channelFields];
    const choices = fields.filter(({ kind }) => kind.type === 'choice');
    t.true(choices.length > 5);
    for (const [language, catalogue] of Object.entries({ en: (await load('text/en.ts')).en, zh: (await load('text/zh-cn.ts')).zhCn })) {
        for (const { path, kind, hint } of choices) {
            for (const one of kind.words) {
                const shown = catalogue[`choice.${one}`] ?? '';
                t.true(language === 'en' ? shown !== '' : /[^ -~]/.test(shown), `${path} ${one} in ${language}: "${shown}"`);
                t.notRegex(hint === undefined ? '' : catalogue[hint], new RegExp(`(?<!\\w)${one}(?:[:：、]|, \\w+:)`), `${path}: its hint names "${one}"`);
            }
        }
    }
});

test('a merge patch of paths, values at paths', (t) => {
    t.deepEqual(patchOf(new Map([['record.name', 'a'], ['record.audio', true], ['port', 1]])), { record: { name: 'a', audio: true }, port: 1 });
    t.is(valueAt({ a: { b: 0 } }, 'a.b'), 0);
    t.is(valueAt({ a: 1 }, 'a.b'), undefined);
    t.is(valueAt({}, 'constructor.name'), undefined);
});

test('the language: what was chosen, else the first known of the browser, else English', (t) => {
    t.is(preferredLanguage(['fr-FR', 'zh-TW', 'en']), 'zh-CN');
    t.is(preferredLanguage(['en-GB', 'zh-CN']), 'en');
    t.is(preferredLanguage(['zh']), 'zh-CN');
    t.is(preferredLanguage(['de', '', 'x']), 'en');
    t.is(preferredLanguage([]), 'en');
});

test('times as on the wall beside the device: summer, winter, a rule nobody knows', (t) => {
    const hour = (/** @type {string} */ utc) => onWall(Date.parse(utc)).getUTCHours();
    setZone({ name: 'Europe/Berlin', posix: 'CET-1CEST,M3.5.0,M10.5.0/3', offsetMinutes: 60 });
    t.is(hour('2026-01-15T12:00:00Z'), 13);
    t.is(hour('2026-07-15T12:00:00Z'), 14);
    t.is(hour('2026-10-25T00:59:59Z'), 2);
    t.is(hour('2026-10-25T01:00:00Z'), 2, 'the hour comes twice');
    setZone({ name: undefined, posix: '!!', offsetMinutes: -300 });
    t.is(hour('2026-07-15T12:00:00Z'), 7);
    setZone(undefined);
    t.is(onWall(0).getTime() + new Date(0).getTimezoneOffset() * 60_000, 0);
});

test('what is kept for the charts is bounded, and goes with its channel', (t) => {
    const history = new History();
    const status = (/** @type {string[]} */ names) => parseStatus({ channels: names.map((name) => ({ name, bitrate: 5 })) });
    for (let n = 0; n < 2000; n++) {
        history.push(status(['a', 'b']), n);
    }
    const samples = history.of('a');
    t.is(samples.times.length, 900);
    t.true(Object.values(samples).every((/** @type {any} */ column) => column.length === 900));
    t.is(samples.times.at(-1), 1999);
    history.push(status(['b']), 2000);
    t.is(history.of('a').times.length, 0);
});
