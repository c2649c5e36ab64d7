// Export of an hour of recordings against `cat` of the same files, in one run: by the command, fragmented and plain, and over HTTP.
//   node bench/export.mjs [--brief] [--build build/linux] [--runs N] [--minutes N] [--json FILE]
// Files and exports lie on tmpfs where there is one, so that no disk is measured.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begin, make } from './lib/bench.mjs';
import { median } from './p2p/lib/process.mjs';

const { values, build } = begin({ runs: '3', minutes: '60' }, { runs: '1', minutes: '1' });
make(build, ['needed', 'oc-remux']);
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ocellus-export-'));
const start = Date.parse('2026-11-20T08:00:00.000Z');
const stamp = (ms) => new Date(ms).toISOString().replace(/[-:]/g, '');

/** Boxes of a buffer. */
function* boxes(bytes, from = 0, to = bytes.length) {
    for (let at = from; at + 8 <= to; at += bytes.readUInt32BE(at)) yield { type: bytes.toString('latin1', at + 4, at + 8), at, end: at + bytes.readUInt32BE(at) };
}

/** Writes files of a quarter of an hour: the clip again and again, its times moved on. */
function makeFiles() {
    const one = join(folder, 'one.mp4');
    const channel = join(folder, 'recordings', 'cam1');
    mkdirSync(channel, { recursive: true });
    execFileSync(`${build}/oc-remux`, ['assets/clip.mp4', one, '--per-gop']);
    const clip = readFileSync(one);
    const first = [...boxes(clip)].find(({ type }) => type === 'moof').at;
    const init = clip.subarray(0, first);
    const scales = [...init.toString('latin1').matchAll(/mdhd/g)].map(({ index }) => init.readUInt32BE(index + 16));
    const minutes = Number(values.minutes);
    for (let from = 0; from < minutes; from += 15) {
        const length = Math.min(15, minutes - from);
        const parts = [init];
        for (let loop = 0; loop < length * 6; loop++) {
            const part = Buffer.from(clip.subarray(first));
            let track = 0;
            for (let at = part.indexOf('tfdt'); at >= 0; at = part.indexOf('tfdt', at + 4)) {
                track = part.readUInt32BE(at - 8); // of tfhd in front
                part.writeBigUInt64BE(part.readBigUInt64BE(at + 8) + BigInt(loop * 10 * scales[track - 1]), at + 8);
            }
            parts.push(part);
        }
        writeFileSync(join(channel, `cam1_${stamp(start + from * 60_000)}_${stamp(start + (from + length) * 60_000)}.mp4`), Buffer.concat(parts));
    }
    rmSync(one);
    return readdirSync(channel).sort().map((name) => join(channel, name));
}

/** Milliseconds of a command. */
function timed(command, args) {
    const out = join(folder, 'out.mp4');
    rmSync(out, { force: true });
    const from = performance.now();
    execFileSync(command, args(out), { stdio: ['ignore', 'ignore', 'inherit'] });
    const ms = performance.now() - from;
    const bytes = statSync(out).size;
    rmSync(out);
    return { ms, bytes };
}

const span = { from: new Date(start).toISOString(), to: new Date(start + Number(values.minutes) * 60_000).toISOString() };
const files = makeFiles();
const child = spawn(`${build}/ocellus`, ['run', '--json', '--port', '0', '--data', folder, '--input', 'fake:?fps=1', '--record', 'off', '--log', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
    const url = await new Promise((resolve, reject) => {
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (part) => {
            text += part;
            const line = text.split('\n').find((one) => one.includes('"listening"'));
            if (line !== undefined && text.includes(`${line}\n`)) resolve(JSON.parse(line).url.replace(/\/$/, ''));
        });
        child.on('exit', (code) => reject(new Error(`${build}/ocellus ended with ${code}`)));
    });
    const own = (format) => (out) => ['export', '--data', folder, '--channel', 'cam1', '--from', span.from, '--to', span.to, '--format', format, '--out', out];
    const ways = {
        cat: () => timed('sh', (out) => ['-c', `cat "$@" > "${out}"`, 'sh', ...files]),
        'ocellus export, fragmented': () => timed(`${build}/ocellus`, own('fragmented')),
        'ocellus export, plain': () => timed(`${build}/ocellus`, own('plain')),
        'HTTP, fragmented': () => timed('curl', (out) => ['-sf', '-o', out, `${url}/export/cam1.mp4?from=${span.from}&to=${span.to}`]),
        'HTTP, plain': () => timed('curl', (out) => ['-sf', '-o', out, `${url}/export/cam1.mp4?from=${span.from}&to=${span.to}&format=plain`]),
    };
    const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
    for (let run = 0; run < Number(values.runs); run++) for (const [name, way] of Object.entries(ways)) results[name].push(way());
    const base = median(results.cat.map(({ ms }) => ms));
    console.log(`${values.minutes} min in ${files.length} files, medians of ${values.runs} runs`);
    for (const [name, runs] of Object.entries(results)) {
        const ms = median(runs.map((run) => run.ms));
        console.log(`${name.padEnd(28)} ${(runs[0].bytes / 1e6).toFixed(1).padStart(8)} MB ${ms.toFixed(0).padStart(7)} ms  ${(ms / base).toFixed(2)} x cat`);
    }
    if (values.json) writeFileSync(values.json, JSON.stringify({ minutes: Number(values.minutes), files: files.length, results }, null, 4));
} finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('close', resolve));
    rmSync(folder, { recursive: true, force: true });
}
