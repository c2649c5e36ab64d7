// Inputs that mean harm, with the program as a person runs it: what they cost, where they lead.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { program, temporary } from '../e2e/device.mjs';
import { jpeg, pngBomb } from './bombs.mjs';
import { make } from './inputs.mjs';
import { httpServer } from './servers.mjs';

/**
 * One run until it ends: exit code, log, and the largest memory of any of its processes.
 * @param {import('ava').ExecutionContext} t
 * @param {string} input
 * @param {readonly string[]} [more]
 */
async function runOnce(t, input, more = []) {
    const wrapper = 'import resource, subprocess, sys\nend = subprocess.run(sys.argv[1:])\nprint("KB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, end.returncode)';
    const args = [program, 'run', '--port', '0', '--data', temporary(t), '--input', input, ...more];
    /** @type {[string, string]} */
    const [stdout, stderr] = await new Promise((resolve) => {
        execFile('/usr/bin/python3', ['-c', wrapper, ...args], { timeout: 60_000 }, (_, out, error) => resolve([out, error]));
    });
    const [, kilobytes = '0', code = ''] = /KB (\d+) (\d+)/.exec(stdout) ?? [];
    return { code: Number(code), stderr, megabytes: Number(kilobytes) / 1024 };
}

test.serial('a small file with a huge picture costs no memory, also while it is probed', async (t) => {
    const folder = temporary(t);
    const mkv = path.join(folder, 'png.mkv');
    t.true(pngBomb(mkv) < 2_000_000);
    const plain = path.join(folder, 'plain.mkv');
    make(plain, ['-an', '-c:v', 'libx264', '-preset', 'ultrafast'], 1);
    const base = await runOnce(t, plain, ['--duration', '1']);
    t.is(base.code, 0, base.stderr);
    const { code, stderr, megabytes } = await runOnce(t, mkv);
    t.log(`PNG in MKV: ${megabytes.toFixed(0)} MB; a small file: ${base.megabytes.toFixed(0)} MB`);
    t.true(megabytes < 150, `${megabytes} MB`);
    t.is(code, 1);
    t.regex(stderr, /png\.mkv: png cannot be decoded/);
    const list = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\npng.mkv\n#EXT-X-ENDLIST\n'; // libavformat probes its parts by itself
    const { at } = await httpServer(t, ({ url }, response) => {
        response.writeHead(200, { 'Content-Type': url === '/list.m3u8' ? 'application/vnd.apple.mpegurl' : 'video/x-matroska' });
        response.end(url === '/list.m3u8' ? list : readFileSync(mkv));
    });
    const nested = await runOnce(t, `http://${at}/list.m3u8`);
    t.log(`the same in a playlist: ${nested.megabytes.toFixed(0)} MB`);
    t.true(nested.megabytes < 150, `in a playlist: ${nested.megabytes} MB`);
    t.regex(nested.stderr, /png cannot be decoded/);
    const many = path.join(folder, 'many.mjpeg'); // pictures of a kind that is taken
    writeFileSync(many, Buffer.concat(Array(4).fill(jpeg(11_000))));
    const huge = await runOnce(t, `${many}#transcode=1`, ['--duration', '3', '--record', 'off']);
    t.log(`four JPEGs: ${huge.megabytes.toFixed(0)} MB`);
    t.true(huge.megabytes < 150, `${huge.megabytes} MB`);
    t.regex(huge.stderr, /many\.mjpeg: nothing in it can be decoded/);
});

test.serial('formats that no camera has are refused with a reason', async (t) => {
    const folder = temporary(t);
    const clip = path.join(folder, 'clip.ts');
    make(clip, ['-an', '-c:v', 'libx264', '-preset', 'ultrafast'], 1);
    for (const [name, content] of /** @type {[string, string][]} */ ([
        ['art.txt', 'Hello, terminal.\n'.repeat(200)],
        ['list.ffconcat', `ffconcat version 1.0\nfile ${clip}\n`],
        ['words.srt', '1\n00:00:01,000 --> 00:00:02,000\nHello\n\n'],
    ])) {
        writeFileSync(path.join(folder, name), content);
    }
    make(path.join(folder, 'moving.gif'), ['-an', '-c:v', 'gif'], 1);
    make(path.join(folder, 'one.jpg'), ['-an', '-frames:v', '1', '-c:v', 'mjpeg', '-f', 'image2'], 1);
    for (const name of ['art.txt', 'list.ffconcat', 'words.srt', 'moving.gif', 'one.jpg']) {
        const { code, stderr } = await runOnce(t, path.join(folder, name), ['--duration', '2']);
        t.is(code, 1, `${name}: ${stderr}`);
        t.regex(stderr, new RegExp(`${name.replace('.', '\\.')}: unsupported format or protocol`), name);
    }
});
