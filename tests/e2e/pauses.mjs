// The program and its helpers stand still for a while, as in a frozen cgroup, and nothing is lost or closed for it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, temporary, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { peer, play, signalling } from './viewers.mjs';
import { complete } from './whole.mjs';

/** A process and the helpers that it has now. @param {number} pid */
function family(pid) {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));
    return [pid, ...children];
}

/** Somebody who reads a progressive stream. @param {import('ava').ExecutionContext} t @param {string} url */
function reads(t, url) {
    const seen = { bytes: 0, ended: false };
    const request = http.get(url, (response) => {
        response.on('data', (/** @type {Buffer} */ part) => {
            seen.bytes += part.length;
        });
        response.on('close', () => {
            seen.ended = true;
        });
    });
    request.on('error', () => {
        seen.ended = true;
    });
    t.teardown(() => request.destroy());
    return seen;
}

/**
 * A camera that records a file and a source of a helper, viewers of each kind, and an application whose callback is under way.
 * @param {import('ava').ExecutionContext} t
 * @param {number} seconds
 */
export async function pause(t, seconds) {
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true } }));
    const clip = path.join(root, 'assets', 'clip.mp4');
    const { device, data } = start(t, ['--app', testApp('pauses'), '--settings', settings, '--record', 'on', '--record-audio', 'on', '--input', `cam1=${clip}`, '--input', 'made=test:']);
    const url = await device.url();
    const status = () => device.json('/api/status');
    /** @param {string} name */
    const packets = async (name) => Number((await status()).channels.find((/** @type {any} */ c) => c.name === name)?.packets ?? 0);
    let watching = true;
    t.teardown(() => {
        watching = false;
    });
    const live = { answered: 0, refused: 0, breaks: 0 };
    const player = play(`${url}/live/cam1/index.m3u8`, () => watching, live);
    const offers = await signalling(t, url, () => undefined);
    const viewer = peer(t, offers);
    const sent = async () => {
        const { sessions } = await device.json('/api/p2p/sessions');
        return Number(sessions[0]?.channels[0]?.acknowledgedBytes ?? 0);
    };
    const stream = reads(t, `${url}/live/made.mp4`);
    const more = async () => {
        const [cam1, made, acknowledged, bytes, answered, ticks] = [await packets('cam1'), await packets('made'), await sent(), stream.bytes, live.answered, device.events.filter((e) => e['event'] === 'tick').length];
        await eventually(async () => ((await packets('cam1')) > cam1 + 20 && (await packets('made')) > made + 20 ? true : undefined), 'packets');
        await device.until(() => (device.events.filter((e) => e['event'] === 'tick').length > ticks + 2 ? true : undefined), 'timers');
        await eventually(async () => ((await sent()) > acknowledged + 50_000 ? true : undefined), 'the data channel');
        await eventually(async () => (stream.ended || stream.bytes > bytes + 1000 ? true : undefined), 'the stream');
        await eventually(async () => (live.answered > answered + 2 ? true : undefined), 'the playlist');
    };
    await more();
    const before = await status();

    const count = device.events.filter((e) => e['event'] === 'computes').length;
    await device.until(() => (device.events.filter((e) => e['event'] === 'computes').length > count ? true : undefined), 'a callback');
    const all = family(Number(device.process.pid));
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    await sleep(seconds * 1000);
    for (const pid of all) process.kill(pid, 'SIGCONT');

    await device.until(() => /process-stalled: stopped or starved for [\d.]+ s/.exec(device.stderr) ?? undefined, 'the pause in the log');
    await more();
    const after = await status();
    t.is(after.script.restarts, 0, device.stderr);
    t.is(after.script.generation, before.script.generation);
    t.true(all.length > 1, 'a helper makes pictures');
    t.deepEqual(family(Number(device.process.pid)), all, 'no helper was replaced');
    t.false(stream.ended, 'the progressive stream was closed');
    t.false(viewer.events.some((e) => e['event'] === 'over' || e['event'] === 'channel'), viewer.stdout);
    watching = false;
    await player;
    t.is(live.refused, 0, 'playlists');
    const [file, made] = after.channels;
    t.like(file, { state: 'running', dropped: 0, sourceLosses: 0, lostGops: 0, lost: {} });
    t.like(made, { state: 'running', sourceLosses: 0 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const [cause, lost] of Object.entries(made.lost)) {
        t.regex(device.stderr, /made: packets-lost: /);
        t.true(metrics.includes(`ocellus_packets_lost_total{channel="made",stream="main",cause="${cause}"} ${lost}\n`), cause);
    }
    t.is((await device.stop()).code, 0, device.stderr);
    await viewer.until(() => viewer.events.find((e) => e['event'] === 'channel'), 'the end of the channel');
    const folder = path.join(data, 'recordings', 'cam1');
    const names = readdirSync(folder).filter((name) => name.endsWith('.mp4'));
    t.is(names.length, 1, names.join());
    const [recorded, source] = [readMp4(path.join(folder, names[0] ?? '')), readMp4(clip)];
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
}
