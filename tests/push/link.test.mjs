// Pushes to servers of others: what arrives is whole, in order and once; and what they say when they do not want it.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { eventually, freePort, sleep, start, temporary } from '../e2e/device.mjs';
import { make } from '../inputs/inputs.mjs';
import { certificate, tlsBefore } from '../inputs/servers.mjs';
import { Namespaces, problem } from '../net/lib/namespaces.mjs';
import { must, perhaps } from '../net/lib/run.mjs';
import { clip, Feed, folder, freeDatagramPort, nginx, nodeMediaServer, packets, recorded, secret, srtListener, tags } from './servers.mjs';

/** Pushes the whole clip, and says goodbye. @param {import('ava').ExecutionContext} t @param {string} url @param {string} file @param {ConstructorParameters<typeof Feed>[3]} [options] */
async function whole(t, url, file, options) {
    const feed = new Feed(t, url, file, options);
    await feed.line('open');
    await feed.line('given');
    await feed.stop(t);
    t.false(feed.lines.some((line) => line.startsWith('ended')), feed.output);
}

/** Every packet of the one file is in the other, once and in order. @param {import('ava').ExecutionContext} t @param {string} came @param {string} sent */
function same(t, came, sent) {
    const [got, expected] = [packets(came), packets(sent)];
    const at = expected.findIndex((packet, i) => got[i] !== packet);
    t.deepEqual([got.length, at, got.slice(at, at + 3)], [expected.length, at, expected.slice(at, at + 3)]);
}

/** Whether somebody listens there. @param {readonly string[]} before what runs a program there @param {number} port */
const says = (before, port) => perhaps([...before, 'ss', '-Htln', `sport = :${port}`]) !== '';

/** What a process may do, and what it has of the program: its socket, its pipe, the network. @param {import('ava').ExecutionContext} t @param {string} pid */
function shutIn(t, pid) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    t.regex(status, /^NoNewPrivs:\t1$/m);
    t.regex(status, /^Seccomp:\t2$/m);
    t.regex(status, /^CapPrm:\t0+\nCapEff:\t0+$/m);
    for (const name of ['cmdline', 'environ']) {
        t.false(readFileSync(`/proc/${pid}/${name}`, 'utf8').includes(secret), name);
    }
    const behind = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    t.deepEqual(behind.filter((name) => !/^(socket:|pipe:|anon_inode:|\/dev\/null$)/.test(name)), []);
    t.is(behind.filter((name) => name.startsWith('pipe:')).length, 1);
}

/** How a push ends that is not wanted. @param {import('ava').ExecutionContext} t @param {string} url @param {string} file @param {ConstructorParameters<typeof Feed>[3]} [options] */
async function ends(t, url, file, options = {}) {
    const feed = new Feed(t, url, file, { rate: 200_000, ...options });
    const line = await feed.line('ended');
    await feed.stop(t);
    const [, code = '', ms = '', why = ''] = /^ended (\S+) (\d+) (.*)/.exec(line) ?? [];
    return { code, ms: Number(ms), why };
}

test.serial('nginx-rtmp has every packet once, in order', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'flv');
    const { at, records } = await nginx(t);
    await whole(t, `rtmp://${at}/live/cam?token=${secret}`, file);
    same(t, await recorded(records, readFileSync(file).length - 4096), file);
});

test.serial('node-media-server has every packet once, in order; its signature is asked for, and one publisher is let in', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'flv');
    const { at, records, sign } = await nodeMediaServer(t, 'words');
    const unsigned = await ends(t, `rtmp://${at}/live/cam?sign=${secret}`, file);
    t.is(unsigned.code, 'PASSWORD', unsigned.why);
    await whole(t, `rtmp://${at}/live/cam?${sign('cam')}`, file);
    same(t, await recorded(records, readFileSync(file).length - 4096), file);
    const url = `rtmp://${at}/live/twice?${sign('twice')}`;
    const first = new Feed(t, url, file);
    await first.line('given');
    const second = await ends(t, url, file);
    t.is(second.code, 'PASSWORD', 'it closes the connection without a word');
    t.regex(second.why, /does nobody else publish there/);
    await first.stop(t);
});

test.serial('H.265, as our own FLV says it (Enhanced RTMP): node-media-server has every picture once, in order', async (t) => {
    t.timeout(120_000);
    const home = temporary(t);
    const [input, file] = [path.join(home, 'hevc.mp4'), path.join(home, 'own.flv')];
    make(input, ['-c:v', 'libx265', '-x265-params', 'log-level=none:keyint=25', '-preset', 'ultrafast', '-c:a', 'aac'], 20);
    const { device } = start(t, ['--record', 'off', '--input', `cam=${input}`]);
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.packets > 50 ? true : undefined), 'packets');
    const response = await fetch(`${await device.url()}/live/cam.flv`);
    const pieces = [];
    for await (const piece of /** @type {AsyncIterable<Uint8Array>} */ (response.body)) {
        pieces.push(piece);
        if (pieces.reduce((sum, { length }) => sum + length, 0) > 150_000) {
            break;
        }
    }
    await device.stop();
    writeFileSync(file, Buffer.concat(pieces));
    const sent = tags(file);
    t.true(sent.filter((tag) => tag.startsWith('9 ')).length > 25);
    const { at, records } = await nodeMediaServer(t);
    await whole(t, `rtmp://${at}/live/hevc?token=${secret}`, file);
    const came = tags(await recorded(records, readFileSync(file).length - 16384));
    t.is(came.findIndex((tag, i) => tag !== sent[i]), -1);
    t.is(came.length, sent.length);
});

test.serial('nginx-rtmp refuses: on_publish, another publisher, no such application; it drops a publisher, and stops', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'flv');
    const { at, http, child } = await nginx(t);
    const denied = await ends(t, `rtmp://${at}/denied/${secret}`, file);
    t.is(denied.code, 'PASSWORD', denied.why);
    t.is((await ends(t, `rtmp://${at}/unknown/${secret}`, file)).code, 'PASSWORD');
    const first = new Feed(t, `rtmp://${at}/live/${secret}`, file, { rate: 60_000 });
    await first.line('open');
    const second = await ends(t, `rtmp://${at}/live/${secret}`, file);
    t.deepEqual([second.code, second.why], ['EXIST', 'the server refuses: Already publishing']);
    await sleep(1200);
    await fetch(`http://127.0.0.1:${http}/control/drop/publisher?app=live&name=${secret}`);
    t.regex(await first.line('ended'), /^ended CLOSED \d+ the server closed the connection/);
    await first.stop(t);
    const next = new Feed(t, `rtmp://${at}/live/${secret}`, file, { rate: 60_000 });
    await next.line('open');
    await sleep(1200);
    child.kill('SIGKILL');
    t.regex(await next.line('ended'), /^ended CLOSED/);
    await next.stop(t);
});

test.serial('RTMPS: a certificate of nobody is refused with its fingerprint, pinned it is taken; one of another name is not', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'flv');
    const folder = temporary(t);
    const { port, records } = await nginx(t);
    const own = certificate(folder, 'own', 'IP:127.0.0.1');
    const other = certificate(folder, 'other', 'IP:127.0.0.1');
    const plain = own.fingerprint.replaceAll(':', '');
    const { at } = await tlsBefore(t, own, port);
    const refused = await ends(t, `rtmps://${at}/live/${secret}`, file);
    t.is(refused.code, 'CERTIFICATE');
    t.regex(refused.why, new RegExp(plain));
    const wrong = await ends(t, `rtmps://${at}/live/${secret}`, file, { pin: other.fingerprint });
    t.is(wrong.code, 'CERTIFICATE');
    t.regex(wrong.why, new RegExp(plain));
    await whole(t, `rtmps://${at}/live/pinned?token=${secret}`, file, { pin: own.fingerprint });
    same(t, await recorded(records, readFileSync(file).length - 4096), file);
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const env = { SSL_CERT_FILE: ca.cert };
    const named = await tlsBefore(t, certificate(folder, 'named', 'DNS:elsewhere.test', ca), port);
    const foreign = await ends(t, `rtmps://${named.at}/live/${secret}`, file, { env });
    t.is(foreign.code, 'CERTIFICATE');
    t.regex(foreign.why, /made out for another name/);
    const signed = await tlsBefore(t, certificate(folder, 'signed', 'IP:127.0.0.1', ca), port);
    await whole(t, `rtmps://${signed.at}/live/signed`, file, { env });
});

test.serial('SRT: a listener has every byte; another passphrase, and none, are refused; it goes away', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'ts');
    const words = `passphrase=${secret}-word`;
    const { at, file: came, child } = await srtListener(t, `&${words}&pbkeylen=24`);
    t.is((await ends(t, `srt://${at}?passphrase=${secret}-other`, file)).code, 'PASSWORD');
    t.is((await ends(t, `srt://${at}`, file)).code, 'PASSWORD');
    const feed = new Feed(t, `srt://${at}?streamid=cam&${words}&pbkeylen=24&latency=300`, file, { rate: 300_000 });
    const sent = readFileSync(file);
    await feed.line('given');
    await eventually(() => (readFileSync(came).length >= sent.length - 4096 ? true : undefined), 'it arrives');
    t.is(feed.helpers().length, 1);
    child.kill('SIGKILL');
    await feed.stop(t);
    const got = readFileSync(came); // its writer keeps the last block
    t.true(sent.subarray(0, got.length).equals(got));
    const gone = await srtListener(t);
    const next = new Feed(t, `srt://${gone.at}`, file, { rate: 40_000 });
    await next.line('open');
    await sleep(1000);
    gone.child.kill('SIGKILL');
    t.regex(await next.line('ended'), /^ended CLOSED/);
    await next.stop(t);
});

test.serial('SRT: the second address of a name is tried when nobody listens at the first', async (t) => {
    t.timeout(120_000);
    const file = clip(t, 'ts');
    const env = { LD_PRELOAD: path.join(folder, 'tests', 'hosts', 'resolver_stub.so') };
    const { at } = await srtListener(t);
    const port = at.split(':')[1];
    await whole(t, `srt://twice.test:${port}?streamid=${secret}`, file, { env });
    t.is((await ends(t, `srt://twice.test:${await freeDatagramPort()}?streamid=${secret}`, file, { env })).code, 'REFUSED');
});

test.serial('a process has at most 8 MB of its own, whatever the protocol', async (t) => {
    t.timeout(120_000);
    const { at } = await nginx(t);
    const pair = certificate(temporary(t), 'own', 'IP:127.0.0.1');
    const tls = await tlsBefore(t, pair, Number(at.split(':')[1]));
    const srt = await srtListener(t, `&passphrase=${secret}-words`);
    const pushes = [
        { url: `rtmp://${at}/live/a?${secret}`, file: clip(t, 'flv', 40) },
        { url: `rtmps://${tls.at}/live/b?${secret}`, file: clip(t, 'flv', 40), pin: pair.fingerprint },
        { url: `srt://${srt.at}?passphrase=${secret}-words`, file: clip(t, 'ts', 40) },
    ];
    for (const { url, file, pin = '' } of pushes) {
        const feed = new Feed(t, url, file, { pin, rate: 500_000 }); // 4 Mbit/s
        await feed.line('given');
        const memory = feed.memory();
        t.log(`${url.split(':')[0]}: ${memory} kB`);
        t.true(memory <= 8192, `${url.split(':')[0]}: ${memory} kB`);
        const [pid, ...others] = feed.helpers();
        t.deepEqual(others, []);
        shutIn(t, String(pid));
        await feed.stop(t);
    }
});

(problem() === '' ? test.serial : test.serial.skip)(`a server out of reach: nothing is acknowledged any more ${problem()}`, async (t) => {
    t.timeout(120_000);
    const spaces = new Namespaces(['one']);
    t.teardown(() => spaces.close());
    const before = spaces.argv('one', []);
    const { at, port } = await nginx(t, { before });
    const file = clip(t, 'flv', 60);
    const silently = async (/** @type {Feed} */ feed, /** @type {string} */ word) => {
        const since = Date.now();
        t.regex(await feed.line('ended'), new RegExp(`^ended TIMEOUT \\d+ ${word}`));
        t.true(Date.now() - since > 4_000 && Date.now() - since < 14_000, `after ${Date.now() - since} ms`);
        await feed.stop(t);
    };
    await eventually(() => (says(before, port) ? true : undefined), 'nginx');
    const feed = new Feed(t, `rtmp://${at}/live/${secret}`, file, { rate: 65_000, before });
    await feed.line('open');
    await sleep(1200);
    must([...before, 'nft', `add table ip f; add chain ip f in { type filter hook input priority 0; }; add rule ip f in tcp dport ${port} drop`]);
    await silently(feed, 'the server acknowledges nothing');
    await silently(new Feed(t, `rtmp://${at}/live/${secret}`, file, { before }), 'no answer in time');
});

(problem() === '' ? test.serial : test.serial.skip)(`SRT: what the network loses is sent again ${problem()}`, async (t) => {
    t.timeout(120_000);
    const spaces = new Namespaces(['lossy']);
    t.teardown(() => spaces.close());
    const before = spaces.argv('lossy', []);
    const file = clip(t, 'ts');
    const { at, file: came } = await srtListener(t, '&latency=2000', before);
    must([...before, 'nft', 'add table ip f; add chain ip f in { type filter hook input priority 0; }; add rule ip f in meta l4proto udp numgen random mod 100 < 5 counter drop']);
    const feed = new Feed(t, `srt://${at}?latency=2000&streamid=${secret}`, file, { rate: 150_000, before });
    const sent = readFileSync(file);
    await feed.line('given');
    await eventually(() => (readFileSync(came).length >= sent.length - 4096 ? true : undefined), 'it arrives');
    await feed.stop(t);
    const got = readFileSync(came);
    t.true(sent.subarray(0, got.length).equals(got));
    const lost = Number(/packets (\d+)/.exec(must([...before, 'nft', 'list', 'ruleset']))?.[1]);
    t.log(`${lost} datagrams lost`);
    t.true(lost > 10);
});

test.serial('a server that takes nothing any more', async (t) => {
    t.timeout(120_000);
    const { at, child } = await nginx(t);
    const feed = new Feed(t, `rtmp://${at}/live/${secret}`, clip(t, 'flv', 120), { rate: 2_000_000 });
    await feed.line('open');
    await sleep(300);
    child.kill('SIGSTOP');
    t.regex(await feed.line('ended'), /^ended TIMEOUT \d+ the server acknowledges nothing/);
    await feed.stop(t);
});

test.serial('nobody there, and servers that say nothing', async (t) => {
    t.timeout(120_000);
    const [flv, ts] = [clip(t, 'flv'), clip(t, 'ts')];
    t.is((await ends(t, `rtmp://127.0.0.1:${await freePort()}/live/${secret}`, flv)).code, 'REFUSED');
    t.is((await ends(t, `srt://127.0.0.1:${await freeDatagramPort()}?streamid=${secret}`, ts)).code, 'REFUSED');
    t.is((await ends(t, `rtmp://no-such-host.invalid/live/${secret}`, flv)).code, 'HOST');
    t.is((await ends(t, `srt://no-such-host.invalid:9000?streamid=${secret}`, ts)).code, 'HOST');
    const silent = net.createServer(() => {});
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => silent.close());
    const { port } = /** @type {net.AddressInfo} */ (silent.address());
    const silently = ['rtmp', 'rtmps'].map((scheme) => ends(t, `${scheme}://127.0.0.1:${port}/live/${secret}`, flv));
    const names = path.join(temporary(t), 'names'); // while it is there the name server says nothing
    writeFileSync(names, '');
    const env = { LD_PRELOAD: path.join(folder, 'tests', 'hosts', 'resolver_stub.so'), OCELLUS_TEST_NAMES: names };
    silently.push(ends(t, `rtmp://server.silent.test/live/${secret}`, flv, { env }));
    for (const { code, ms, why } of await Promise.all(silently)) {
        t.is(code, 'TIMEOUT', why);
        t.true(ms > 9_000 && ms < 14_000, `after ${ms} ms`);
    }
});
