// Attacks from inside on the program as it is shipped: an application that did not declare a capability tries everything by
// which it could connect, resolve, fetch, listen, or read the settings (tests/apps/lib/attack.ts). A listener counts what
// comes; the process must not have a socket of the network at any moment that is looked at; and what asks the C library for
// the address of a name is noted (tests/hosts/resolver_stub.c).
import { copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';
import { sleep, start, temporary, testApp } from './device.mjs';

/**
 * Counts connections; each is closed.
 * @param {import('ava').ExecutionContext} t
 */
async function listen(t) {
    const counted = { connections: 0, port: 0 };
    const server = net.createServer((socket) => {
        counted.connections++;
        socket.on('error', () => undefined);
        socket.destroy();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    counted.port = /** @type {net.AddressInfo} */ (server.address()).port;
    t.teardown(() => server.close());
    return counted;
}

/** Sockets of IPv4 and IPv6 that a process holds: lines of /proc/net. @param {number} pid */
function sockets(pid) {
    const held = new Set(
        readdirSync(`/proc/${pid}/fd`).map((fd) => {
            try {
                return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
            } catch {
                return undefined; // closed meanwhile
            }
        }),
    );
    return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
        readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
            .split('\n')
            .slice(1)
            .filter((line) => line !== '' && held.has(line.trim().split(/\s+/)[9]))
            .map((line) => `${kind} ${line.trim()}`),
    );
}

/**
 * Runs an application until it has tried everything.
 * @param {import('ava').ExecutionContext} t
 * @param {string} app
 */
async function attacked(t, app) {
    const counted = await listen(t);
    const data = path.join(temporary(t), `data-${counted.port}`);
    mkdirSync(data, { mode: 0o700 });
    const names = path.join(temporary(t), 'names');
    writeFileSync(names, '');
    const env = { LD_PRELOAD: path.join(buildFolder('linux'), 'tests', 'hosts', 'resolver_stub.so'), OCELLUS_TEST_NAMES: names };
    const { device } = start(t, ['--app', testApp(app), '--input', 'fake:?seed=1'], { data, env });
    /** @type {string[]} */
    const seen = [];
    let watching = true;
    const watcher = (async () => {
        while (watching && device.process.exitCode === null) {
            try {
                seen.push(...sockets(/** @type {number} */ (device.process.pid)));
            } catch {
                break; // the process has gone
            }
            await sleep(5);
        }
    })();
    const report = /** @type {any} */ (await device.event('attacked'));
    watching = false;
    await watcher;
    await device.until(() => / may use: /.exec(device.stderr) ?? undefined, 'what it may use on stderr');
    await device.stop();
    return { report, seen, connections: counted.connections, looked: readFileSync(names, 'utf8'), log: device.stderr };
}

test('without capabilities: nothing is connected, resolved, fetched, listened on or read', async (t) => {
    const { report, seen, connections, looked, log } = await attacked(t, 'attack');
    const { client, resolve, forged, tcp, viewers, candidates, inner, mail, routes, files, ...commands } = report.outcomes;
    for (const [name, outcome] of Object.entries({ client, resolve, forged, tcp, viewers, candidates, inner, mail, routes, files })) {
        t.regex(String(outcome), /no module/, name);
    }
    for (const [name, outcome] of Object.entries(commands)) {
        t.is(outcome, 'DENIED', name);
    }
    t.true(Object.keys(commands).length >= 14);
    t.deepEqual(report.facts, { options: 0, settings: false, stored: false, capabilities: [] });
    t.is(report.rows, 0);
    t.is(connections, 0);
    t.deepEqual(seen, []);
    t.is(looked, '', 'no name is looked up');
    t.regex(log, /test_app_attack\.xsa may use: none \(host API \d+\)/);
});

test('with media alone: devices, but no network and no settings', async (t) => {
    const { report, seen, connections, looked, log } = await attacked(t, 'attack-media');
    for (const name of ['rtsp', 'http', 'https', 'name', 'recorded', 'sub', 'borrowed', 'file', 'store', 'listen', 'exit', 'log']) {
        t.is(report.outcomes[name], 'DENIED', name);
    }
    t.is(connections, 0);
    t.deepEqual(seen, []);
    t.is(report.facts.settings, false);
    t.is(looked, '');
    t.regex(log, /may use: media /);
});

test('with everything but network: nothing is connected, resolved or fetched, also not as a viewer', async (t) => {
    const { report, seen, connections, looked, log } = await attacked(t, 'attack-network');
    const { client, resolve, forged, tcp, viewers, candidates, inner, mail, ...commands } = report.outcomes;
    for (const [name, outcome] of Object.entries({ client, resolve, forged, tcp, viewers, candidates, inner, mail })) {
        t.regex(String(outcome), /no module/, name);
    }
    for (const [name, outcome] of Object.entries(commands)) {
        t.is(outcome, 'DENIED', name);
    }
    t.deepEqual([connections, seen, looked], [0, [], '']);
    t.regex(log, /may use: files http media settings system |may use: files, http, media, settings, system /);
});

test('with all: what the others did not reach is there', async (t) => {
    const { report, connections, looked } = await attacked(t, 'attack-granted');
    t.not(report.outcomes.rtsp, 'DENIED');
    t.is(report.outcomes.store, 'done');
    t.true(report.facts.options > 0);
    t.true(report.facts.capabilities.includes('network'));
    t.true(connections > 0, 'the listener counts');
    t.regex(looked, /^lookup\.test$/m, 'names are noted');
});

test('an application that replaces one with more gets nothing of it', async (t) => {
    const folder = temporary(t);
    const app = path.join(folder, 'app.xsa');
    copyFileSync(testApp('attack-granted'), app);
    const { device } = start(t, ['--app', app, '--app-watch', '--input', 'fake:?seed=1']);
    await device.event('attacked');
    copyFileSync(testApp('attack'), `${app}.new`);
    renameSync(`${app}.new`, app);
    const report = /** @type {any} */ (
        await device.until(() => device.events.filter((one) => one['event'] === 'attacked')[1], 'the second attack')
    );
    t.is(report.outcomes.rtsp, 'DENIED');
    t.is(report.outcomes.store, 'DENIED');
    t.regex(report.outcomes.client, /no module/);
    t.deepEqual(report.facts, { options: 0, settings: false, stored: false, capabilities: [] });
    t.is(report.rows, 0);
    await device.until(() => / may use: none /.exec(device.stderr) ?? undefined, 'the line of the second application');
});
