// Login: who gets in, who does not, and what is left behind.
import { spawn, spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { eventually, program, start, temporary } from '../e2e/device.mjs';
import { ask, basic, closed, cookieOf, login, origin, password, setPassword } from './closed.mjs';

test('ocellus password: what is refused, one line each, and nothing is written', (t) => {
    const data = temporary(t);
    /** @param {string[]} args @param {string} input */
    const run = (args, input = '') => spawnSync(program, ['password', '--data', data, ...args], { input, encoding: 'utf8' });
    for (const [input, why] of /** @type {const} */ ([
        ['', 'no password was given: run this in a terminal and type one, or pipe one in'],
        ['\n', 'too short: at least 10 characters'],
        ['123456789\n', 'too short: at least 10 characters'],
        ['äöüäöüäöü\n', 'too short: at least 10 characters'],
        [`${'x'.repeat(129)}\n`, 'too long: at most 128 bytes'],
        ['0123456789\u0007\n', 'control characters are not allowed'],
    ])) {
        const { status, stderr } = run([], input);
        t.is(status, 2, JSON.stringify(input));
        t.is(stderr, `ocellus: password: ${why}\n`);
    }
    const onLine = run([password]);
    t.is(onLine.status, 2);
    t.false(onLine.stderr.includes(password), 'what may be one is not shown');
    t.is(run(['--port', '1']).status, 2);
    t.is(spawnSync(program, ['run', '--remove'], { encoding: 'utf8' }).status, 2);
    t.deepEqual(readdirSync(data), []);
    writeFileSync(path.join(data, 'file'), '');
    t.is(spawnSync(program, ['password', '--data', path.join(data, 'file')], { input: `${password}\n` }).status, 1);
});

/**
 * `ocellus password` on a terminal; each answer is typed when its prompt is there.
 * @param {string} data @param {readonly string[]} answers "^C": the key
 * @returns {Promise<{ shown: string, code: number | null }>} everything a person sees
 */
function typed(data, answers) {
    const command = `'${program}' password --data '${data}'; echo code $?`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    let next = 0;
    return new Promise((resolve) => {
        terminal.stdout.setEncoding('utf8').on('data', (part) => {
            shown += part;
            const prompts = shown.match(/New password: |Once more: /g)?.length ?? 0;
            if (next < answers.length && next < prompts) {
                const answer = answers[next++] ?? '';
                terminal.stdin.write(answer === '^C' ? '\x03' : `${answer}\r`);
            }
        });
        terminal.on('close', () => resolve({ shown, code: Number(/code (\d+)/.exec(shown)?.[1] ?? -1) }));
    });
}

test('ocellus password on a terminal: asked twice, nothing is shown, a break leaves the terminal as it was', async (t) => {
    const data = temporary(t);
    const good = await typed(data, [password, password]);
    t.is(good.code, 0, good.shown);
    t.false(good.shown.includes(password));
    t.regex(good.shown, /^New password: \r\nOnce more: \r\ncode 0/);
    const before = readFileSync(path.join(data, 'access', 'users'), 'utf8');
    const differs = await typed(data, [password, 'another-password']);
    t.regex(differs.shown, /the two passwords differ[\s\S]*code 2/);
    t.regex((await typed(data, ['short'])).shown, /too short[\s\S]*code 2/);
    const broken = await typed(data, ['^C']);
    t.true(broken.code === 130 || broken.code === -1, broken.shown);
    t.is(readFileSync(path.join(data, 'access', 'users'), 'utf8'), before);
});

test('ocellus password --user: who may watch or operate, behind admin; what is refused, one line each', async (t) => {
    const data = temporary(t);
    /** @param {string[]} args */
    const run = (...args) => spawnSync(program, ['password', '--data', data, ...args], { input: `${password}\n`, encoding: 'utf8' });
    const users = () => readFileSync(path.join(data, 'access', 'users'), 'utf8').split('\n').slice(1, -1).map((line) => line.replace(/:scrypt:[^:]+:[^:]+:[^:]+:[^:]+:[^:]+/, ''));
    t.is(run('--user', 'guest').stderr, 'ocellus: password: admin has no password yet: run this without --user first\n');
    t.is(run().status, 0);
    t.is(run('--user', 'guest').status, 0);
    t.is(run('--user', 'hand', '--right', 'operate').status, 0);
    t.deepEqual(users(), ['admin', 'guest:watch', 'hand:operate']);
    for (const [args, why] of /** @type {const} */ ([
        [['--right', 'watch'], '--right: admin owns the camera: give --user as well'],
        [['--user', 'admin'], '--user: a name of at most 31 characters is needed, not admin'],
        [['--user', 'A b'], '--user: a name of at most 31 characters is needed, not admin'],
        [['--user', 'x', '--right', 'own'], '--right: use watch or operate'],
        [['--user', 'x', '--remove'], 'there is no user x'],
    ])) {
        t.is(run(...args).stderr, `ocellus: password: ${why}\n`);
    }
    t.is(run('--user', 'guest', '--right', 'operate').status, 0);
    t.is(run('--user', 'hand', '--remove').status, 0);
    t.deepEqual(users(), ['admin', 'guest:operate']);
    t.is(spawnSync(program, ['run', '--user', 'x'], { encoding: 'utf8' }).status, 2);
});

test('ocellus password: the file holds a salted hash, is for its owner only and is replaced as a whole', async (t) => {
    const data = temporary(t);
    const file = path.join(data, 'access', 'users');
    t.is((await setPassword(data)).status, 0);
    const first = readFileSync(file, 'utf8');
    t.regex(first, /^# [^\n]+\nadmin:scrypt:15:8:3:[\w-]{22}:[\w-]{43}\n$/);
    t.false(first.includes(password));
    t.is(lstatSync(file).mode & 0o777, 0o600);
    t.is(lstatSync(path.dirname(file)).mode & 0o777, 0o700);
    await setPassword(data);
    t.not(readFileSync(file, 'utf8'), first, 'another salt');
    t.deepEqual(readdirSync(path.dirname(file)), ['users'], 'nothing is left beside');
    writeFileSync(file, 'admin:plain:secret\n');
    const damaged = await setPassword(data);
    t.is(damaged.status, 1);
    t.regex(damaged.stderr, /^ocellus: password: access\/users, line 1: malformed; remove it by --remove\n$/);
    t.is(spawnSync(program, ['password', '--data', data, '--remove']).status, 0);
    t.is(spawnSync(program, ['password', '--data', data, '--remove']).status, 0, 'twice');
    t.deepEqual(readdirSync(path.dirname(file)), []);
});

/** What the program shows where it was started, for somebody elsewhere. @param {import('../e2e/device.mjs').Device} device */
const claimCode = async (device) => (await device.said(/^ocellus: no password is set: open https:\/\/[^\n ]+ and set one with the claim code ([A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}), which is good once and until the next start$/m))[1] ?? '';
const json = { 'content-type': 'application/json' };

/** Sends text in clear to the port of an HTTPS address. @param {string} url @param {string} text @returns {Promise<string>} all that comes back */
const inClear = (url, text) =>
    new Promise((resolve) => {
        let got = '';
        const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
        socket.setEncoding('latin1').on('data', (part) => (got += part));
        socket.on('error', () => undefined).on('close', () => resolve(got)).on('end', () => socket.end());
    });

test('HTTP in clear on a port of HTTPS: one line that says where, never a page or an answer of the API', async (t) => {
    const { url } = await closed(t);
    const { host } = new URL(url);
    for (const line of ['GET /', 'GET /api/status', 'HEAD /healthz', 'POST /login', 'PUT /app/x']) {
        const answer = await inClear(url, `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 40\r\n\r\n{"password":"${password}"}`);
        t.is(answer.split('\r\n')[0], 'HTTP/1.1 303 See Other', line);
        t.regex(answer, new RegExp(`\r\nLocation: https://${host}/\r\n`));
        t.true(answer.endsWith(`\r\n\r\nThis port speaks HTTPS: https://${host}/\n`), answer);
        t.false(/set-cookie|Zw3tschgen/i.test(answer));
    }
    t.regex(await inClear(url, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 400 /);
    for (const text of ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'DELETE /api/sessions HTTP/1.1\r\n\r\n', '\x00\x01\x02\x03\x04\x05\x06', 'GETTING\r\n\r\n']) {
        t.notRegex(await inClear(url, text), /HTTP\/1/, 'no request of a browser: closed as before');
    }
    t.is((await login(url)).status, 200, 'HTTPS is as it was');
});

test('beyond loopback without a password: nothing but the claim, by the code that the start shows and no file keeps', async (t) => {
    const { device, data } = start(t, ['--login', 'always', '--record', 'off']);
    const url = await device.url();
    const code = await claimCode(device);
    for (const path_ of ['/api/status', '/api/session', '/live/cam1/index.m3u8', '/metrics', '/api/network', '/api/settings']) {
        t.is((await ask(url, `GET ${path_}`)).status, 401, path_);
    }
    t.is((await ask(url, 'GET /')).headers['location'], './login');
    t.deepEqual((await ask(url, 'GET /api/claim')).json, { needed: true, code: true });
    const claim = (/** @type {object} */ body, headers = {}) => ask(url, 'POST /api/claim', { headers: { ...json, ...headers }, body: JSON.stringify(body) });
    t.is((await claim({ code, password }, { origin: 'https://elsewhere.example' })).status, 403, 'a page of another site');
    t.is((await claim({ code, password }, { 'content-type': 'text/plain' })).status, 415, 'what a form of another site can send');
    t.is((await claim({ password })).status, 403, 'without the code');
    t.is((await claim({ code: 'AAAAA-AAAAA', password })).status, 403);
    t.regex((await claim({ code, password: 'short' })).json.error.message, /at least 10 characters/);
    t.is((await login(url)).status, 401, 'nobody is there yet');
    const entered = await claim({ code: code.toLowerCase().replace('-', ' '), password });
    t.is(entered.status, 200, entered.text);
    t.deepEqual(entered.json, { user: 'admin' });
    t.deepEqual((await ask(url, 'GET /api/session', { headers: cookieOf(entered) })).json, { user: 'admin', right: 'own', acts: ['see', 'look', 'talk', 'change', 'delete'], cameras: 'all' });
    t.is((await login(url)).status, 200);
    t.is((await claim({ code, password: 'another-password' })).status, 409, 'once');
    t.deepEqual((await ask(url, 'GET /api/claim')).json, { needed: false, code: true });
    t.regex(readFileSync(path.join(data, 'access', 'users'), 'utf8'), /^# [^\n]+\nadmin:scrypt:15:8:3:[\w-]{22}:[\w-]{43}\n$/, 'as ocellus password writes it');
    t.is(lstatSync(path.join(data, 'access', 'users')).mode & 0o777, 0o600);
    t.is((await device.stop()).code, 0);
    const kept = readdirSync(path.join(data, 'log')).map((name) => readFileSync(path.join(data, 'log', name), 'utf8')).join('');
    t.regex(kept, /a wrong claim code came from 127\.0\.0\.1/);
    t.false(kept.includes(code), 'not in the log');
    t.is(device.stderr.split(code).length, 2, 'shown once');
});

test('strangers who guess from many addresses keep nobody from claiming', async (t) => {
    const { device } = start(t, ['--login', 'always', '--record', 'off']);
    const url = await device.url();
    const code = await claimCode(device);
    const claim = (/** @type {string} */ text, /** @type {string} */ from) => ask(url, 'POST /api/claim', { from, headers: json, body: JSON.stringify({ code: text, password }) });
    for (let n = 2; n < 42; n++) {
        t.is((await claim('AAAAA-AAAAA', `127.0.0.${n}`)).status, 403, String(n));
    }
    t.is((await claim(code, '127.0.0.1')).status, 200);
});

test('a claim code is guessed five times, then one waits', async (t) => {
    const { device } = start(t, ['--login', 'always', '--record', 'off']);
    const url = await device.url();
    const code = await claimCode(device);
    const guess = async (/** @type {string} */ text) => (await ask(url, 'POST /api/claim', { headers: json, body: JSON.stringify({ code: text, password }) })).status;
    /** @type {number[]} */
    const codes = [];
    while (codes.at(-1) !== 429) {
        codes.push(await guess('22222-22222'));
    }
    t.deepEqual(codes.slice(0, 5), [403, 403, 403, 403, 403]);
    await eventually(async () => ((await guess(code)) === 200 ? true : undefined), 'the wait is over');
});

test('the own password: another one by the old one ends the other sessions; the last one goes only where nobody else comes in', async (t) => {
    const { url } = await closed(t);
    const [own, other] = [cookieOf(await login(url)), cookieOf(await login(url))];
    const put = (/** @type {object} */ body, /** @type {Record<string, string>} */ headers) => ask(url, 'PUT /api/password', { headers: { ...json, ...headers }, body: JSON.stringify(body) });
    const fresh = 'another-password';
    t.is((await put({ old: password, password: fresh }, {})).status, 401);
    t.is((await put({ old: password, password: fresh }, own)).status, 403, 'a cookie alone changes nothing');
    t.is((await put({ old: 'wrong-wrong-wrong', password: fresh }, { ...own, ...origin(url) })).status, 403);
    t.is((await put({ old: password, password: 'short' }, { ...own, ...origin(url) })).status, 400);
    t.is((await ask(url, 'GET /api/session', { headers: other })).status, 200, 'nothing has changed');
    const changed = await put({ old: password, password: fresh }, { ...own, ...origin(url) });
    t.is(changed.status, 200, changed.text);
    const now = cookieOf(changed);
    t.is((await ask(url, 'GET /api/session', { headers: now })).status, 200, 'this browser goes on');
    t.is((await ask(url, 'GET /api/session', { headers: other })).status, 401, 'the others do not');
    t.is((await ask(url, 'GET /api/session', { headers: own })).status, 401);
    t.is((await login(url)).status, 401);
    t.is((await login(url, fresh)).status, 200);
    const remove = await ask(url, 'POST /api/password/remove', { headers: { ...json, ...now, ...origin(url) }, body: JSON.stringify({ old: fresh }) });
    t.is(remove.status, 409, remove.text);
    const { addresses, fingerprint, port } = (await ask(url, 'GET /api/network', { headers: now })).json;
    t.regex(fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    t.is(port, Number(new URL(url).port));
    t.true(Array.isArray(addresses) && !addresses.includes('127.0.0.1'));
});

test('on this machine: the first password needs no code, its change the old one, and it can go again', async (t) => {
    const { device, data } = start(t, ['--record', 'off']);
    const url = await device.url();
    const request = async (/** @type {string} */ method, /** @type {string} */ path_, /** @type {object} */ body, headers = {}) =>
        (await fetch(new URL(path_, url), { method, headers: { ...json, ...headers }, body: JSON.stringify(body) })).status;
    t.deepEqual(await (await fetch(new URL('/api/claim', url))).json(), { needed: true, code: false });
    t.is(await request('PUT', '/api/password', { old: '', password }), 404, 'there is none to change');
    t.is(await request('POST', '/api/claim', { password }, { origin: 'http://127.0.0.1:1' }), 403, 'a page on another port');
    t.is(await request('POST', '/api/claim', { password }), 204);
    t.is(await request('POST', '/api/claim', { password }), 409);
    t.is(await request('PUT', '/api/password', { old: 'wrong-wrong-wrong', password: 'another-password' }), 403);
    t.is(await request('PUT', '/api/password', { old: password, password: 'another-password' }), 204);
    t.regex((await (await fetch(new URL('/api/network', url))).json()).fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/, 'made before it is needed');
    t.is(spawnSync(program, ['password', '--data', data, '--user', 'guest'], { input: `${password}\n` }).status, 0);
    await device.said(/reloaded the users: 2/);
    t.is(await request('POST', '/api/password/remove', { old: 'another-password' }), 409, 'others are still there');
    t.is(spawnSync(program, ['password', '--data', data, '--user', 'guest', '--remove']).status, 0);
    t.is(await request('POST', '/api/password/remove', { old: password }), 403);
    t.is(await request('POST', '/api/password/remove', { old: 'another-password' }), 204);
    t.deepEqual(await (await fetch(new URL('/api/claim', url))).json(), { needed: true, code: false });
    t.false(device.stderr.includes('claim code'), 'none is needed here');
});

test('a login opens a session; it is listed, ended, and gone after logout', async (t) => {
    const { device, url } = await closed(t);
    t.is((await ask(url, 'GET /api/status')).status, 401);
    const entered = await login(url);
    t.is(entered.status, 200, entered.text);
    t.deepEqual(entered.json, { user: 'admin' });
    const cookie = String(entered.headers['set-cookie']?.[0]);
    t.regex(cookie, /^__Host-ocellus=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    const own = cookieOf(entered);
    await eventually(async () => ((await ask(url, 'GET /api/status', { headers: own })).status === 200 ? true : undefined), 'the application');
    t.is((await ask(url, 'GET /', { headers: own })).status, 200);
    t.is((await ask(url, 'GET /metrics', { headers: own })).status, 200);
    t.deepEqual((await ask(url, 'GET /api/session', { headers: own })).json, { user: 'admin', right: 'own', acts: ['see', 'look', 'talk', 'change', 'delete'], cameras: 'all' });

    const other = cookieOf(await login(url, password, { 'user-agent': 'Other "one" \u00fc' }));
    const { sessions } = (await ask(url, 'GET /api/sessions', { headers: own })).json;
    t.is(sessions.length, 2);
    t.deepEqual(sessions.map((/** @type {any} */ row) => row.current), [true, false]);
    t.regex(sessions[1].begun, /^\d{4}-\d\d-\d\dT/);
    t.is(sessions[1].address, '127.0.0.1');
    t.true(sessions.every((/** @type {any} */ row) => !cookie.includes(row.id)), 'the id is no secret');
    const changing = { ...own, ...origin(url) };
    t.is((await ask(url, 'DELETE /api/sessions/nothing', { headers: changing })).status, 404);
    t.is((await ask(url, `DELETE /api/sessions/${sessions[1].id}`, { headers: changing })).status, 204);
    t.is((await ask(url, 'GET /api/session', { headers: other })).status, 401);
    const third = cookieOf(await login(url));
    t.is((await ask(url, 'DELETE /api/sessions', { headers: changing })).status, 204);
    t.is((await ask(url, 'GET /api/session', { headers: third })).status, 401);
    t.is((await ask(url, 'GET /api/session', { headers: own })).status, 200, 'the own one stays');

    const out = await ask(url, 'POST /logout', { headers: changing });
    t.is(out.status, 303);
    t.regex(String(out.headers['set-cookie']), /^__Host-ocellus=; .*Max-Age=0$/);
    t.is((await ask(url, 'GET /api/session', { headers: own })).status, 401, 'the cookie of before is no good');
    t.is((await device.stop()).code, 0);
});

test('a form logs in without a script; what is wrong leads back to it', async (t) => {
    const { url } = await closed(t);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...origin(url) };
    const good = await ask(url, 'POST /login', { headers, body: `user=admin&password=${encodeURIComponent(password)}` });
    t.is(good.status, 303);
    t.is(good.headers['location'], './');
    t.is((await ask(url, 'GET /api/session', { headers: cookieOf(good) })).status, 200);
    const wrong = await ask(url, 'POST /login', { headers, body: 'user=admin&password=wrong-wrong' });
    t.is(wrong.headers['location'], './login#failed');
    t.is(wrong.headers['set-cookie'], undefined);
    for (const body of ['', 'user=admin', 'password=x', 'user=admin&password=a&password=b', 'user=admin&password=%zz', 'user=admin&password=%00', `user=admin&password=${'x'.repeat(200)}`]) {
        t.is((await ask(url, 'POST /login', { headers, body })).status, 400, body);
    }
    for (const body of ['', '[]', '{', '{"user":"admin"}', '{"user":"admin","password":1.5}', '{"user":"admin","password":"x","more":"y"}', '{"user":{"x":1},"password":"y"}', 'null']) {
        t.is((await ask(url, 'POST /login', { headers: { 'content-type': 'application/json' }, body })).status, 400, body);
    }
    t.is((await ask(url, 'POST /login', { headers, body: `user=${'x'.repeat(5000)}` })).status, 413);
    t.is((await ask(url, 'PUT /login', { headers, body: 'x' })).status, 405);
});

test('a session id that came along is not used on', async (t) => {
    const { url } = await closed(t);
    const planted = { cookie: `__Host-ocellus=${'A'.repeat(43)}` };
    const entered = await login(url, password, planted);
    t.not(cookieOf(entered).cookie, planted.cookie);
    t.is((await ask(url, 'GET /api/session', { headers: planted })).status, 401);
    const again = await login(url, password, { ...cookieOf(entered), ...origin(url) });
    t.is((await ask(url, 'GET /api/session', { headers: cookieOf(entered) })).status, 401, 'a new login ends the one before');
    t.is((await ask(url, 'GET /api/session', { headers: cookieOf(again) })).status, 200);
});

test('tries are counted by address: after five one waits, a right one then owes nothing', async (t) => {
    const { url } = await closed(t);
    /** @type {number[]} */
    const codes = [];
    let after = 0;
    while (after === 0) {
        const { status, headers } = await login(url, 'wrong-wrong-wrong');
        codes.push(status);
        after = status === 429 ? Number(headers['retry-after']) : 0; // the waits double: one comes that is longer than a request takes
    }
    t.deepEqual(codes.slice(0, 5), [401, 401, 401, 401, 401]);
    t.true(Number.isInteger(after), `${after}`);
    await eventually(async () => ((await login(url)).status === 200 ? true : undefined), 'the wait is over');
    const entered = await login(url);
    t.is((await login(url, 'wrong-wrong-wrong')).status, 401, 'owes nothing any more');
    const { text } = await ask(url, 'GET /metrics', { headers: cookieOf(entered) });
    t.regex(text, new RegExp(`^ocellus_http_logins_total\\{result="right"\\} 2\nocellus_http_logins_total\\{result="wrong"\\} ${codes.length}\nocellus_http_logins_total\\{result="refused"\\} \\d+$`, 'm'));
});

test('players: Basic on everything, with a range at the first request; browsers are not asked by a window', async (t) => {
    const data = temporary(t);
    await setPassword(data);
    const { device, url } = await closed(t, ['--record', 'on'], { data });
    const good = basic('admin', password);
    const path_ = await eventually(async () => {
        const { json } = await ask(url, 'GET /api/recordings', { headers: good });
        return json?.recordings?.[0]?.bytes > 1000 ? json.recordings[0].path : undefined;
    }, 'a recording');
    await setPassword(data); // the same, but what is remembered of it goes
    await device.until(() => (/reloaded the users: 1/.test(device.stderr) ? true : undefined), 'the new file');
    const part = await ask(url, `GET ${path_}`, { headers: { ...good, range: 'bytes=4-11' } });
    t.is(part.status, 206);
    t.is(part.text.slice(0, 4), 'ftyp');
    const refused = await ask(url, 'GET /live/cam1/index.m3u8', { headers: { 'user-agent': 'Lavf/59' } });
    t.is(refused.status, 401);
    t.regex(String(refused.headers['www-authenticate']), /^Basic realm="ocellus"/);
    t.is((await ask(url, 'GET /live/cam1/index.m3u8', { headers: { 'user-agent': 'Mozilla/5.0' } })).headers['www-authenticate'], undefined);
    for (const headers of [basic('admin', ''), basic('', password), basic('root', password), { authorization: 'Basic' }, { authorization: 'Basic !!!!' }, { authorization: `Bearer ${password}` }]) {
        t.is((await ask(url, 'GET /metrics', { headers })).status, 401, JSON.stringify(headers));
    }
    const posted = await ask(url, 'POST /api/nothing', { headers: { ...good, 'content-type': 'application/json' }, body: '{}' });
    t.is(posted.status, 404, 'no Origin is needed without a cookie');
});

test('another password ends every session and what is remembered of the old one', async (t) => {
    const { device, data, url } = await closed(t);
    const own = cookieOf(await login(url));
    t.is((await ask(url, 'GET /api/session', { headers: basic('admin', password) })).status, 200);
    await setPassword(data, 'another-password');
    await device.until(() => (/reloaded the users: 1/.test(device.stderr) ? true : undefined), 'the new file');
    t.is((await ask(url, 'GET /api/session', { headers: own })).status, 401);
    t.is((await ask(url, 'GET /api/session', { headers: basic('admin', password) })).status, 401);
    t.is((await ask(url, 'GET /api/session', { headers: basic('admin', 'another-password') })).status, 200);
    writeFileSync(path.join(data, 'access', 'users'), 'garbage\n');
    await device.until(() => (/line 1: malformed; the previous users stay valid/.test(device.stderr) ? true : undefined), 'a line');
    t.is((await login(url, 'another-password')).status, 200);
    spawnSync(program, ['password', '--data', data, '--remove']);
    await device.until(() => (/reloaded the users: 0/.test(device.stderr) ? true : undefined), 'nobody');
    t.is((await login(url, 'another-password')).status, 401);
});

test('a browser that logged in before is not kept out by others of its address; another password ends that', async (t) => {
    const { device, data, url } = await closed(t);
    const first = await login(url);
    const set = [first.headers['set-cookie'] ?? []].flat();
    t.is(set.length, 2);
    const [cookie = ''] = set.filter((line) => line.startsWith('__Host-ocellus-device='));
    t.regex(cookie, /^__Host-ocellus-device=[\w-]{64}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000$/);
    const known = { cookie: cookie.split(';')[0] ?? '' };
    t.is((await ask(url, 'GET /api/session', { headers: known })).status, 401, 'it opens nothing');
    const wrong = (/** @type {Record<string, string>} */ headers = {}) => login(url, 'not-the-password', headers);
    // Waits double with each try: on a busy machine one is reached that outlasts the next request.
    const locked = (/** @type {Record<string, string>} */ headers = {}) => eventually(async () => ((await wrong(headers)).status === 429 && (await wrong(headers)).status === 429 ? true : undefined), 'it has to wait');
    // A wait may end between two requests: the right password opens then, so it is tried again.
    const lockedOut = (/** @type {() => Promise<{ status: number }>} */ request, /** @type {string} */ what) =>
        eventually(async () => {
            await locked();
            return (await request()).status === 429 ? true : undefined;
        }, what);
    await lockedOut(() => login(url), 'a neighbour locks out who was never here');
    await lockedOut(() => ask(url, 'GET /api/session', { headers: basic('admin', 'another-one') }), 'Basic waits too');
    await locked();
    t.is((await login(url, password, known)).status, 200, 'and not who was');
    const changed = { cookie: `${known.cookie.slice(0, -1)}${known.cookie.endsWith('_') ? '-' : '_'}` };
    await lockedOut(() => login(url, password, changed), 'changed by one character it is a stranger');
    const again = [(await login(url, password, known)).headers['set-cookie'] ?? []].flat().find((line) => line.startsWith('__Host-ocellus-device='));
    t.is(again, cookie, 'it stays the same browser');
    await locked(known); // its own tries are counted
    await setPassword(data, 'another-password');
    await device.until(() => (/reloaded the users/.test(device.stderr) ? true : undefined), 'a line');
    await locked(known); // no device any more
    t.is((await login(url, 'another-password')).status, 429, 'its tries were those of its address');
    t.notRegex(device.stderr, new RegExp(known.cookie.slice(24, 60)));
});

test('viewers by UDP end with the login by which they came: logged out, ended by another, another password', async (t) => {
    const { device, data, url } = await closed(t);
    const by = basic('admin', password);
    await eventually(async () => ((await ask(url, 'GET /api/status', { headers: by })).status === 200 ? true : undefined), 'the application');
    t.is((await ask(url, 'PATCH /api/settings', { headers: { ...by, 'content-type': 'application/json' }, body: '{"p2p":{"loopback":true,"turn":["turn://viewer:s3cretword@127.0.0.1:9"]}}' })).status, 200);
    const captured = readFileSync('tests/corpora/sdp/chromium-156-offer.sdp', 'utf8').replace(/a=candidate:.*\r?\n/g, '');
    const sdp = `${captured.trimEnd()}\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n`;
    const offer = async (/** @type {Record<string, string>} */ headers) => {
        const answer = await ask(url, 'POST /api/p2p/offer', { headers: { ...headers, 'content-type': 'application/sdp' }, body: sdp });
        t.is(answer.status, 201, answer.text);
        t.is(answer.headers['link'], '<turn:127.0.0.1:9>; rel="ice-server"; username="viewer"; credential="s3cretword"; credential-type="password"');
        return Number(/^\/api\/p2p\/sessions\/(\d+)$/.exec(String(answer.headers['location']))?.[1]);
    };
    const there = async (/** @type {Record<string, string>} */ headers = by) =>
        (await ask(url, 'GET /api/p2p/sessions', { headers })).json.sessions.map((/** @type {any} */ row) => row.session);
    const gone = (/** @type {number[]} */ left, /** @type {Record<string, string>} */ headers = by) =>
        eventually(async () => ((await there(headers)).join() === left.join() ? true : undefined), `only ${left.join()}`);
    const [first, second] = [cookieOf(await login(url)), cookieOf(await login(url))].map((own) => ({ ...own, ...origin(url) }));
    const viewers = [await offer(first ?? {}), await offer(second ?? {}), await offer(by)];
    t.deepEqual(await there(), viewers);
    t.is((await ask(url, 'POST /logout', { headers: first })).status, 303);
    await gone(viewers.slice(1));
    t.is((await ask(url, 'DELETE /api/sessions', { headers: by })).status, 204);
    await gone(viewers.slice(2));
    await setPassword(data, 'another-password');
    await device.until(() => (/reloaded the users: 1/.test(device.stderr) ? true : undefined), 'the new file');
    await gone([], basic('admin', 'another-password'));
    t.is(device.stderr.match(/viewer \d+: the login has ended/g)?.length, 3, device.stderr);
    t.notRegex(device.stdout + device.stderr, /s3cretword/, 'of the TURN server, which those who are logged in are sent');
});

test('no secret is printed, logged or counted', async (t) => {
    const { device, data, url } = await closed(t, ['--log', 'debug']);
    const own = cookieOf(await login(url));
    await login(url, 'Wr0ng-secret-one');
    await ask(url, 'GET /metrics', { headers: basic('admin', 'Wr0ng-secret-two') });
    const link = (await ask(url, 'POST /api/links', { headers: { ...own, ...origin(url), 'content-type': 'application/json' }, body: '{"channel":"cam1","seconds":60}' })).json.path;
    const { text } = await ask(url, 'GET /metrics', { headers: own });
    const title = readFileSync(`/proc/${device.process.pid}/cmdline`, 'utf8');
    await device.stop();
    const all = device.stdout + device.stderr + text + title;
    const [, salt = '', hash = ''] = /:3:([^:]+):([^:\n]+)\n/.exec(readFileSync(path.join(data, 'access', 'users'), 'utf8')) ?? [];
    const key = readFileSync(path.join(data, 'access', 'key.pem'), 'utf8').split('\n')[1] ?? '';
    for (const secret of [password, 'Wr0ng-secret', own.cookie.split('=')[1] ?? '', String(link).split('/')[2] ?? '', salt, hash, key]) {
        t.true(secret.length > 10);
        t.false(all.includes(secret), secret);
    }
    t.regex(device.stderr, /a login from 127\.0\.0\.1 failed/);
    t.regex(device.stderr, /admin logged in from 127\.0\.0\.1/);
});
