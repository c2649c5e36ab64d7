// `ocellus transcode`: objects of a strict store as input and output; what fails leaves nothing behind.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, program, temporary } from '../e2e/device.mjs';
import { serve } from '../e2e/store-orders.mjs';
import { presign } from '../engine/s3-presign.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { Uploads } from '../engine/s3-uploads.mjs';
import { make, probe } from './inputs.mjs';

const keys = { accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' };
const environment = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
/** The same program with sanitizers, which the runs that fail take. */
const sanitized = path.join(root, 'build', 'san', 'ocellus');
const megabyte = 1024 * 1024;

/** A store with one bucket, "film". @param {import('ava').ExecutionContext} t @param {Record<string, Buffer>} objects */
async function startStore(t, objects) {
    const store = new S3Stub();
    const film = /** @type {Map<string, import('../engine/s3-stub.mjs').Stored>} */ (store.buckets.get('film'));
    /** @param {string} key @param {Buffer} bytes */
    const put = (key, bytes) => film.set(key, { bytes, etag: `"${randomBytes(16).toString('hex')}"`, type: 'video/mp4', cacheControl: undefined });
    for (const [key, bytes] of Object.entries(objects)) put(key, bytes);
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const endpoint = `http://127.0.0.1:${port}`;
    return { store, film, put, endpoint, open: () => [...store.uploads.values()].reduce((sum, { all }) => sum + all.size, 0) };
}

/**
 * Runs it to its end.
 * @param {string[]} args @param {{ env?: NodeJS.ProcessEnv, program?: string, started?: (device: Device) => void }} [options]
 */
async function transcode(args, options = {}) {
    const device = new Device(['transcode', ...args], { env: { ...environment, ...options.env }, ...(options.program && { program: options.program }) });
    options.started?.(device);
    const { code, signal } = await device.ended;
    const lines = device.stderr.trimEnd().split('\n').filter(Boolean);
    return { code, signal, lines, events: device.events, end: device.events.findLast(({ event }) => event === 'transcoded') };
}

/** Processes that a process has started, by whichever of its threads. @param {number | undefined} pid */
const childrenOf = (pid) => readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean));

/** What another program finds in an MP4. @param {string} file */
function facts(file) {
    const { streams } = probe(['-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames,width,height,start_time,sample_aspect_ratio', file]);
    const errors = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { video: streams.find((/** @type {any} */ s) => s.width !== undefined), audio: streams.find((/** @type {any} */ s) => s.width === undefined), errors };
}

/** The payload of a stream, without its container. @param {string} file @param {string[]} how */
const payload = (file, ...how) => createHash('sha256').update(execFileSync('ffmpeg', ['-v', 'error', '-i', file, ...how, '-'], { maxBuffer: 2 ** 28 })).digest('hex');
const pictures = ['-map', '0:v', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb,filter_units=remove_types=6|7|8|9', '-f', 'h264'];
const sounds = ['-map', '0:a', '-c', 'copy', '-f', 'adts'];

/** The last frames of a picture that cannot be compressed: 20 MB and more in a few seconds. @param {string} file @param {number} [seconds] */
function makeLarge(file, seconds = 4) {
    const noise = ['-f', 'lavfi', '-i', 'color=gray:size=640x360:rate=25,noise=alls=100:allf=t', '-f', 'lavfi', '-i', 'sine=440:sample_rate=48000'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...noise, '-t', String(seconds), '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', '-g', '25', '-c:a', 'aac', file]);
    return readFileSync(file);
}

/** @type {[name: string, file: string, how: string[], width: number][]} */
const others = [
    ['H.263 and AC-3', 'h263.avi', ['-s', '352x288', '-c:v', 'h263', '-c:a', 'ac3'], 352],
    ['MPEG-2 and MP2', 'mpeg2.mpg', ['-c:v', 'mpeg2video', '-bf', '2', '-c:a', 'mp2'], 320],
    ['VP9 and Opus', 'vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'], 320],
];
for (const [name, file, how, width] of others) {
    test.serial(`[D1] [D2] [D4] ${name} from and to a store`, async (t) => {
        const folder = temporary(t);
        const source = path.join(folder, file);
        make(source, how, 4);
        const { film, endpoint, open } = await startStore(t, { 'a b/in': readFileSync(source) });
        const { code, lines, events, end } = await transcode(['s3://film/a b/in', 's3://film/out/é.mp4', '--endpoint', endpoint, '--json']);
        t.deepEqual([code, lines], [0, []]);
        const result = film.get('out/é.mp4');
        t.is(result?.type, 'video/mp4');
        t.is(end?.['bytes'], result?.bytes.length);
        const out = path.join(folder, 'out.mp4');
        writeFileSync(out, result?.bytes ?? '');
        const { video, audio, errors } = facts(out);
        t.deepEqual([video.codec_name, audio.codec_name, video.width, errors], ['h264', 'aac', width, '']);
        t.is(Number(video.nb_read_frames), Number(probe(['-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', source]).streams[0].nb_read_frames));
        t.true(Math.abs(Number(video.start_time) - Number(audio.start_time)) < 0.1, `${video.start_time} ${audio.start_time}`);
        t.true(Math.abs(Number(end?.['doneMs']) - 4000) < 250);
        t.true(events.length > 0 && events.every(({ event }) => ['progress', 'transcoded'].includes(String(event))));
        t.is(open(), 0);
        t.true(result?.bytes.includes('moof'));
    });
}

test.serial('[D2] [D4] H.264 and AAC are copied, unless they are to be encoded again', async (t) => {
    const folder = temporary(t);
    for (const name of ['in.ts', 'in.mp4', 'in.mkv', 'in.flv']) {
        const [source, out] = [path.join(folder, name), path.join(folder, `${name}.mp4`)];
        make(source, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '2', '-g', '25', '-c:a', 'aac'], 3);
        const { code, lines, end } = await transcode([source, out, '--json']);
        t.deepEqual([code, lines], [0, []], name);
        t.like(end, { video: 'h264 copied', audio: 'aac copied' }, name);
        t.is(payload(out, ...pictures), payload(source, ...pictures), name);
        t.is(payload(out, ...sounds), payload(source, ...sounds), name);
        const { video, audio, errors } = facts(out);
        t.deepEqual([Number(video.nb_read_frames), errors], [75, ''], name);
        t.true(Math.abs(Number(video.start_time) - Number(audio.start_time)) < 0.1, name);
        t.deepEqual(readdirSync(folder).filter((one) => one.endsWith('.part')), []);
    }
    const again = await transcode([path.join(folder, 'in.ts'), path.join(folder, 'again.mp4'), '--force', '--json', '--bitrate', '300000']);
    t.is(again.code, 0);
    t.regex(String(again.end?.['video']), /^h264 by /);
    t.is(again.end?.['audio'], 'aac by aac');
});

test.serial('[D1] [D3] a store that fails at random changes no byte of the result; parts are sent again from memory', async (t) => {
    const folder = temporary(t);
    const { store, film, endpoint, open } = await startStore(t, { in: makeLarge(path.join(folder, 'in.mp4')) });
    const run = (/** @type {string} */ key) => transcode(['s3://film/in', `s3://film/${key}`, '--endpoint', endpoint, '--json']);
    t.is((await run('plain')).code, 0);
    const plain = film.get('plain');
    t.true((plain?.bytes.length ?? 0) > 17 * megabyte, `${plain?.bytes.length}`);
    t.regex(String(plain?.etag), /-[3-9]"$/);
    for (const share of [0.01, 0.2]) {
        store.share = share;
        const { code, lines } = await run(`share-${share}`);
        t.is(code, 0, lines.join('\n'));
        t.true(film.get(`share-${share}`)?.bytes.equals(plain?.bytes ?? Buffer.alloc(0)), `${share}`);
    }
    t.true(store.seen.failed > 3, `${store.seen.failed}`);
    store.share = 0;
    t.is(open(), 0);

    // each request about the upload by itself: refused once, cut once, done but its reply lost
    for (const fault of ['500', 'slow-down', 'reset', 'lost', '503']) {
        for (const [method, query] of [['PUT', /partNumber=2/], ['POST', /uploadId/], ['GET', /^[^?]*$/]]) {
            let due = true;
            store.notice = (request) => {
                if (due && request.method === method && /** @type {RegExp} */ (query).test(request.url)) {
                    due = false;
                    store.faults.push(fault);
                }
            };
            const { code, lines } = await run('again');
            t.is(code, 0, `${fault} ${method}: ${lines.join('\n')}`);
            t.false(due);
            t.true(film.get('again')?.bytes.equals(plain?.bytes ?? Buffer.alloc(0)));
            t.is(open(), 0, `${fault} ${method}`);
        }
    }
});

test.serial('[D4] memory of the program that has the connections stays below 64 MB', async (t) => {
    const folder = temporary(t);
    const { endpoint } = await startStore(t, { in: makeLarge(path.join(folder, 'in.mp4'), 8) });
    let [peak, codecs] = [0, 0];
    const { code } = await transcode(['s3://film/in', 's3://film/out', '--endpoint', endpoint, '--json'], {
        started: (device) => {
            /** @param {number | string | undefined} pid */
            const highest = (pid) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
            const timer = setInterval(() => {
                try {
                    peak = Math.max(peak, highest(device.process.pid));
                    for (const child of childrenOf(device.process.pid)) codecs = Math.max(codecs, highest(child));
                } catch {
                    // it has ended
                }
            }, 10);
            void device.ended.then(() => clearInterval(timer));
        },
    });
    t.is(code, 0);
    t.true(peak > 5 && peak <= 64, `${peak} MB`);
    t.log(`at most ${peak.toFixed(1)} MB, ${codecs.toFixed(1)} MB the process with the codecs`);
});

test.serial('[D1] [D2] presigned addresses, and what they cannot do', async (t) => {
    const folder = temporary(t);
    const source = path.join(folder, 'in.mpg');
    make(source, ['-c:v', 'mpeg2video', '-c:a', 'mp2'], 3);
    const { film, endpoint, put } = await startStore(t, { in: readFileSync(source) });
    const of = (/** @type {string} */ method, /** @type {string} */ key) => presign(method, `${endpoint}/film/${key}`, keys);
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const { code, lines } = await transcode([of('GET', 'in'), of('PUT', 'out')], { env: none });
    t.deepEqual([code, lines], [0, []]);
    t.true((film.get('out')?.bytes.length ?? 0) > 50_000);
    const refused = await transcode([presign('GET', `${endpoint}/film/in`, keys, 60, Date.now() - 120_000), path.join(folder, 'x.mp4')], { env: none });
    t.is(refused.code, 1);
    t.regex(refused.lines.join('\n'), /HTTP 403 AccessDenied/);
    t.false(/Signature|STUBKEY/.test(refused.lines.join('\n')));
    t.false(existsSync(path.join(folder, 'x.mp4')));
    put('large', makeLarge(path.join(folder, 'large.mp4'), 8));
    t.true((film.get('large')?.bytes.length ?? 0) > 33 * megabyte);
    const large = await transcode([of('GET', 'large'), of('PUT', 'never')], { env: none });
    t.is(large.code, 1);
    t.regex(large.lines.join('\n'), /more than 32 MB.*s3:\/\//);
    t.false(film.has('never'));
});

const programs = /** @type {[string, string][]} */ ([['', program], [', with sanitizers', sanitized]]).filter(([, file]) => existsSync(file));
for (const [how, file] of programs) {
    test.serial(`[D3] [D5] what fails leaves no part and no object${how}`, async (t) => {
        const folder = temporary(t);
        const large = makeLarge(path.join(folder, 'in.mp4'));
        const { store, film, put, endpoint, open } = await startStore(t, { in: large, text: Buffer.from('no film '.repeat(9999)), empty: Buffer.alloc(0) });
        /** @param {string} from @param {{ env?: NodeJS.ProcessEnv, started?: (device: Device) => void, lines?: number }} [options] */
        const run = async (from, { lines = 1, ...options } = {}) => {
            const end = await transcode([from, 's3://film/out', '--endpoint', endpoint], { ...options, program: file });
            t.false(film.has('out'));
            t.is(open(), 0);
            t.deepEqual(store.faults, []);
            t.is(end.lines.length, lines, end.lines.join('\n'));
            return [end.code, end.lines.at(-1) ?? ''];
        };
        /** Once, before the request. @param {string} method @param {RegExp} url @param {() => void} act */
        const at = (method, url, act) => {
            store.notice = (request) => {
                if (request.method !== method || !url.test(request.url)) return;
                store.notice = () => {};
                act();
            };
        };
        /** @param {(string | number | null)[]} end @param {number} code @param {RegExp} line */
        const check = ([found, text], code, line) => {
            t.regex(String(text), line);
            t.is(found, code, String(text));
        };
        check(await run('s3://film/none'), 1, /s3:\/\/film\/none: HTTP 404 NoSuchKey$/);
        check(await run('s3://film/empty'), 1, /empty: it is empty$/);
        check(await run('s3://film/text'), 1, /text: .*(?:format|Invalid data)/);
        check(await run('s3://none/in'), 1, /HTTP 404 NoSuchBucket/);
        check(await run('s3://film/in', { env: { AWS_SECRET_ACCESS_KEY: 'x' } }), 1, /HTTP 403 SignatureDoesNotMatch; check the keys/);
        check(await run('s3://film/in', { env: { AWS_SECRET_ACCESS_KEY: '' } }), 1, /there are no keys/);

        store.region = 'eu-west-1';
        check(await run('s3://film/in'), 1, /HTTP 400 AuthorizationHeaderMalformed; its region is eu-west-1$/);
        store.region = 'us-east-1';
        at('PUT', /partNumber=1/, () => store.faults.push('denied'));
        check(await run('s3://film/in'), 1, /s3:\/\/film\/out: HTTP 403 AccessDenied/);
        at('PUT', /partNumber=2/, () => store.faults.push('quota'));
        check(await run('s3://film/in'), 1, /HTTP 403 QuotaExceeded/);
        at('POST', /uploads=/, () => store.faults.push('denied'));
        check(await run('s3://film/in'), 1, /HTTP 403 AccessDenied/);
        at('POST', /uploadId/, () => store.faults.push('too-large'));
        check(await run('s3://film/in'), 1, /HTTP 400 EntityTooLarge/);
        at('PUT', /partNumber=1/, () => store.faults.push('html'));
        check(await run('s3://film/in'), 1, /gives a part no tag/);

        let gets = 0;
        store.notice = ({ method }) => {
            if (method === 'GET' && ++gets === 6) put('in', large);
        };
        check(await run('s3://film/in'), 1, /s3:\/\/film\/in: it has changed while it was read/);
        put('in', large);
        store.notice = () => {};
        at('GET', /film\/in/, () => at('GET', /film\/in/, () => store.faults.push('denied')));
        check(await run('s3://film/in'), 1, /s3:\/\/film\/in: HTTP 403 AccessDenied/);

        for (const [signal, code] of /** @type {[NodeJS.Signals, number][]} */ ([['SIGTERM', 143], ['SIGINT', 130]])) {
            check(
                await run('s3://film/in', {
                    started: (device) =>
                        at('PUT', /partNumber=2/, () => {
                            store.faults.push('stall');
                            device.process.kill(signal);
                        }),
                }),
                code,
                /stopped/,
            );
        }
        // the store has begun an upload, and is about to say which
        const late = (/** @type {Device} */ device) => at('POST', /uploads=/, () => {
            store.faults.push('late');
            device.process.kill('SIGTERM');
        });
        check(await run('s3://film/in', { started: late }), 143, /stopped/);
        check(
            await run('s3://film/in', {
                lines: 2, // one of the log: how it ended
                started: (device) =>
                    at('PUT', /partNumber=1/, () => {
                        for (const child of childrenOf(device.process.pid)) process.kill(Number(child), 'SIGKILL');
                    }),
            }),
            1,
            /the process with the codecs has ended/,
        );
        store.skewMs = 3_600_000;
        t.is((await transcode(['s3://film/in', 's3://film/late', '--endpoint', endpoint], { program: file })).code, 0);
        t.true(film.has('late'));
    });
}

test.serial('[D2] AAC of more than two channels becomes two, as all other sound does', async (t) => {
    const folder = temporary(t);
    for (const [name, channels, how] of /** @type {[string, number, string][]} */ ([['six.mp4', 6, 'aac by aac'], ['two.mp4', 2, 'aac copied'], ['one.ts', 1, 'aac copied']])) {
        const [source, out] = [path.join(folder, name), path.join(folder, `out-${name}.mp4`)];
        make(source, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac', '-ac', String(channels)], 2);
        const { code, end } = await transcode([source, out, '--json']);
        t.deepEqual([code, end?.['audio']], [0, how], name);
        t.is(probe(['-select_streams', 'a', '-show_entries', 'stream=channels', out]).streams[0].channels, Math.min(channels, 2), name);
    }
});

/** Answers to a completion that are none. */
const shams = {
    'an error': '<?xml version="1.0"?><Error><Code>InternalError</Code></Error>',
    nothing: '',
    'a page': '<!DOCTYPE html><html><body>Sign in to the hotel</body></html>',
    'another document': '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
    'a result without a tag': '<CompleteMultipartUploadResult><Key>out</Key></CompleteMultipartUploadResult>',
};
for (const [name, sham] of Object.entries(shams)) {
    test.serial(`[D3] [D5] a completion that is answered with 200 and ${name} is asked for again, and is no success`, async (t) => {
        const { store, film, endpoint } = await startStore(t, { in: makeLarge(path.join(temporary(t), 'in.mp4')) });
        const uploads = new Uploads();
        store.uploads.set('film', uploads);
        const run = () => transcode(['s3://film/in', 's3://film/out', '--endpoint', endpoint, '--json']);
        uploads.sham = [sham, sham, sham];
        const failed = await run();
        t.is(failed.code, 1);
        t.regex(failed.lines.join('\n'), /film\/out: the store does not say that it has put the parts together/);
        t.deepEqual([film.has('out'), uploads.all.size, uploads.sham.length, failed.end], [false, 0, 0, undefined]);
        uploads.sham = [sham];
        const again = await run();
        t.deepEqual([again.code, film.get('out')?.bytes.length], [0, again.end?.['bytes']], again.lines.join('\n'));
        film.delete('out');
        uploads.mute = sham; // it has done it, and the object says so
        t.is((await run()).code, 0);
        t.deepEqual([film.has('out'), uploads.all.size], [true, 0]);
    });
}

test.serial('[D3] a write that is answered by something else is no success; without a tag, the object is looked for', async (t) => {
    const folder = temporary(t);
    const source = path.join(folder, 'in.mpg');
    make(source, ['-c:v', 'mpeg2video', '-c:a', 'mp2'], 2);
    const { store, film, endpoint } = await startStore(t, {});
    const run = () => transcode([source, 's3://film/out', '--endpoint', endpoint]);
    store.notice = ({ method }) => void (method === 'PUT' && store.faults.push('page/200'));
    const { code, lines } = await run();
    t.deepEqual([code, film.has('out')], [1, false]);
    t.regex(lines.join('\n'), /film\/out: the store does not say that it has it/);
    store.notice = () => {};
    store.kind = 'untagged';
    t.is((await run()).code, 0);
    t.true(film.has('out'));
});

/** What a header of the container says of the length, so that a cut one is known. @type {[name: string, how: string[]][]} */
const long = [
    ['film.mp4', ['-c:v', 'libx264', '-c:a', 'aac', '-movflags', '+faststart']],
    ['fragments.mp4', ['-c:v', 'libx264', '-g', '25', '-c:a', 'aac', '-movflags', '+frag_keyframe+global_sidx']],
    ['film.mkv', ['-c:v', 'libx264', '-g', '25', '-c:a', 'aac']],
    ['film.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
    ['film.avi', ['-c:v', 'mpeg4', '-c:a', 'mp2']],
    ['film.flv', ['-c:v', 'libx264', '-c:a', 'aac']],
    ['film.mov', ['-c:v', 'mpeg4', '-c:a', 'aac', '-movflags', '+faststart']],
    ['sound.mp3', ['-vn']],
];
test.serial('[D5] a file that is cut is told so: exit code 3, never 100 %, and what there is of it', async (t) => {
    t.timeout(300_000);
    const folder = temporary(t);
    const seconds = 10;
    for (const [name, how] of long) {
        const source = path.join(folder, name);
        make(source, [...how, '-pix_fmt', 'yuv420p'], seconds);
        const bytes = readFileSync(source);
        const whole = await transcode([source, path.join(folder, `${name}.out.mp4`), '--json']);
        t.deepEqual([whole.code, whole.lines], [0, []], name);
        t.like(whole.end, { percent: 100, cut: false }, name);
        for (const share of [0.3, 0.5, 0.66, 0.8]) {
            const [cut, out] = [path.join(folder, `cut-${name}`), path.join(folder, `${name}.${share}.mp4`)];
            writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
            const { code, lines, end } = await transcode([cut, out, '--json']);
            t.is(code, 3, `${name} ${share}: ${lines.join('\n')}`);
            t.regex(lines.join('\n'), /is cut: of \d+\.\d s it has \d\.\d s; the result has no more/, `${name} ${share}`);
            t.like(end, { cut: true }, name);
            // without its index an AVI is as long as its bytes let libavformat believe
            const of = name.endsWith('.avi') ? Number(end?.['durationMs']) : seconds * 1000;
            t.true(Math.abs(Number(end?.['durationMs']) - of) < 300, `${name} ${share}: ${JSON.stringify(end)}`);
            const done = (100 * Number(end?.['doneMs'])) / of;
            t.true(Math.abs(Number(end?.['percent']) - done) < 3 && Number(end?.['percent']) < 100, `${name} ${share}: ${JSON.stringify(end)}`);
            t.true(existsSync(out));
        }
    }
    // in an index of samples each byte counts
    const bytes = readFileSync(path.join(folder, 'film.mp4'));
    const cut = path.join(folder, 'byte.mp4');
    writeFileSync(cut, bytes.subarray(0, bytes.length - 1));
    t.is((await transcode([cut, path.join(folder, 'byte.out.mp4')])).code, 3);
});

test.serial('[D5] a stream that says nothing of its length is what there is of it; tracks that are longer are no cut', async (t) => {
    const folder = temporary(t);
    const stream = path.join(folder, 'film.ts');
    make(stream, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-g', '25', '-c:a', 'aac'], 8);
    const bytes = readFileSync(stream);
    for (const share of [0.4, 0.7, 0.95]) {
        const [cut, out] = [path.join(folder, 'cut.ts'), path.join(folder, `${share}.mp4`)];
        writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
        const { code, end } = await transcode([cut, out, '--json']);
        t.deepEqual([code, end?.['cut'], end?.['percent']], [0, false, 100]);
        t.true(Math.abs(Number(end?.['doneMs']) - Number(end?.['durationMs'])) < 600, JSON.stringify(end));
    }
    // a second sound track and subtitles go on behind the picture
    const words = path.join(folder, 'words.srt');
    writeFileSync(words, '1\n00:00:00,000 --> 00:00:01,000\na\n\n2\n00:00:13,000 --> 00:00:14,000\nb\n');
    for (const name of ['tracks.mkv', 'tracks.mp4']) {
        const source = path.join(folder, name);
        const input = ['-f', 'lavfi', '-t', '4', '-i', 'testsrc2=size=320x240:rate=25', '-f', 'lavfi', '-t', '4', '-i', 'sine', '-f', 'lavfi', '-t', '9', '-i', 'sine=880', '-i', words];
        const text = name.endsWith('mkv') ? 'srt' : 'mov_text';
        execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-map', '0', '-map', '1', '-map', '2', '-map', '3', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac', '-c:s', text, source]);
        const { code, lines, end } = await transcode([source, path.join(folder, `out-${name}.mp4`), '--json']);
        t.deepEqual([code, lines, end?.['cut']], [0, [], false], name);
    }
});

test.serial('[D5] a damaged or cut file ends with one line, or with what can be decoded', async (t) => {
    const folder = temporary(t);
    const source = path.join(folder, 'in.mpg');
    make(source, ['-c:v', 'mpeg2video', '-c:a', 'mp2'], 3);
    const bytes = readFileSync(source);
    for (let seed = 0; seed < 12; seed++) {
        const damaged = Buffer.from(bytes);
        for (let i = 0; i < 40 * seed; i++) damaged[(i * 7919 * (seed + 1) + 4096) % damaged.length] = (i * 31 + seed) & 255;
        writeFileSync(source, damaged.subarray(0, Math.floor((damaged.length * (12 - seed)) / 12)));
        const out = path.join(folder, `${seed}.mp4`);
        for (const [, file] of programs) {
            const { code, signal, lines } = await transcode([source, out, '--force'], { program: file });
            t.true(signal === null && (code === 0 || code === 1) && lines.length <= 1, lines.join('\n'));
            t.is(existsSync(out), code === 0);
            if (existsSync(out)) execFileSync('rm', [out]);
        }
    }
});

test('[D4] one line for what is missing or wrong', async (t) => {
    const folder = temporary(t);
    const clip = path.join(root, 'assets', 'clip.mp4');
    const out = path.join(folder, 'out.mp4');
    writeFileSync(path.join(folder, 'keys'), 'AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n', { mode: 0o644 });
    writeFileSync(path.join(folder, 'there.mp4'), 'x');
    copyFileSync(program, path.join(folder, 'ocellus'));
    /** @type {[args: string[], code: number, line: RegExp, program?: string][]} */
    const cases = [
        [[clip], 2, /an input and an output are needed/],
        [[clip, 's3://b/k'], 2, /output: a bucket has/],
        [[clip, out, '--bitrate', '5'], 2, /--bitrate: use a whole number from 32000/],
        [[clip, out, '--encoder', 'magic'], 2, /--encoder: use x264 or openh264/],
        [[clip, out, '--path-style', 'yes'], 2, /--path-style: use on or off/],
        [['s3://film/k', out, '--endpoint', 'film.example'], 2, /input: an endpoint is/],
        [['s3://film/k', out, '--keys', path.join(folder, 'keys')], 1, /others can read it: chmod 600/],
        [[path.join(folder, 'none.avi'), out], 1, /none\.avi: No such file/],
        [[folder, out], 1, /it is no file/],
        [[clip, path.join(folder, 'there.mp4')], 1, /there\.mp4: exists already/],
        [[clip, path.join(folder, 'no', 'x.mp4')], 1, /No such file or directory/],
        [[clip, out], 1, /transcode needs ocellus-ffmpeg, which /, path.join(folder, 'ocellus')],
    ];
    for (const [args, code, line, other] of cases) {
        const end = await transcode(args, other === undefined ? {} : { program: other });
        t.deepEqual([end.code, end.lines.length], [code, 1], end.lines.join('\n'));
        t.regex(end.lines[0] ?? '', line);
    }
    t.deepEqual(readdirSync(folder).sort(), ['keys', 'ocellus', 'there.mp4']);
    t.is(readFileSync(path.join(folder, 'there.mp4'), 'utf8'), 'x');
});
