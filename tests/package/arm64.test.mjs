// The program of the arm64 package, under QEMU's user emulation: it starts, serves, records and ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { sysrootFolder } from '../../scripts/sysroot.mjs';
import { eventually } from '../e2e/device.mjs';
import { deb, sh, temporary, unpacked } from './packages.mjs';

const qemu = ['/usr/bin/qemu-aarch64', '/usr/bin/qemu-aarch64-static'].find((f) => existsSync(f)) ?? '';

test('it plays, answers and records on ARM64', async (t) => {
    t.timeout(120_000);
    const [folder, data] = [unpacked(t, deb('ocellus', 'arm64')), temporary(t)];
    const file = path.join(folder, 'usr/lib/ocellus/ocellus');
    t.regex(sh('readelf', ['-h', file]), /Machine: +AArch64/);
    // /proc/self/exe is QEMU's answer: the folder of the program
    const child = spawn(qemu, ['-L', sysrootFolder, file, 'run', '--json', '--port', '0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => (said += text));
    }
    const url = await eventually(async () => /"event":"listening","url":"([^"]+)\/"/.exec(said)?.[1], 'it listens', 40).catch((error) => t.fail(`${error}\n${said}`));
    const status = await eventually(async () => {
        const answer = await (await fetch(`${url}/api/status`)).json();
        return answer.channels?.[0]?.packets > 50 ? answer : undefined;
    }, 'packets', 40);
    t.is(status.channels[0].video.codec, 'h264');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    t.is(code, 0, said);
    const files = readdirSync(path.join(data, 'recordings/cam1'));
    t.is(files.length, 1);
    t.true(statSync(path.join(data, 'recordings/cam1', files[0] ?? '')).size > 10_000);
});

test('ocellus-ffmpeg for ARM64 is one, and links that FFmpeg', (t) => {
    const file = path.join(unpacked(t, deb('ocellus-ffmpeg', 'arm64')), 'usr/lib/ocellus/ocellus-ffmpeg');
    t.regex(sh('readelf', ['-hd', file]), /Machine: +AArch64[\s\S]*libavformat\.so/);
});
