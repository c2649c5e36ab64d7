// Motion JPEG over HTTP as cheap cameras send it: boundaries that are missing, late or odd.
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { eventually, start } from '../e2e/device.mjs';
import { httpServer } from './servers.mjs';

const boundary = 'frame-7';

/** One second of pictures. */
function pictures() {
    const bytes = execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=1', '-q:v', '9', '-f', 'mjpeg', '-'], { maxBuffer: 2 ** 24 });
    const starts = [];
    for (let at = bytes.indexOf('ffd8ff', 0, 'hex'); at >= 0; at = bytes.indexOf('ffd8ff', at + 3, 'hex')) {
        starts.push(at);
    }
    return starts.map((at, i) => bytes.subarray(at, starts[i + 1]));
}

/** What stands before and behind a picture. @type {Record<string, (length: number) => [string, string]>} */
const ways = {
    usual: (length) => [`--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`, '\r\n'],
    behind: (length) => [`Content-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`, `\r\n--${boundary}\r\n`],
    'behind-bare': () => ['Content-Type: image/jpeg\r\n\r\n', `\r\n--${boundary}\r\n`],
    'behind-lf': (length) => [`Content-Type: image/jpeg\nContent-Length: ${length}\n\n`, `\n--${boundary}\n`],
    none: () => ['', ''],
};

test.serial('pictures are read wherever their boundaries are, with the times at which they came', async (t) => {
    t.timeout(120_000, 'cameras');
    const all = pictures();
    const inputs = [];
    for (const [name, around] of Object.entries(ways)) {
        const { at } = await httpServer(t, (_, response) => {
            let index = 0;
            response.writeHead(200, { 'Content-Type': `multipart/x-mixed-replace;boundary=${boundary}` });
            const timer = setInterval(() => {
                const picture = all[index++ % all.length] ?? Buffer.alloc(0);
                const [before, behind] = around(picture.length);
                response.write(Buffer.concat([Buffer.from(before), picture, Buffer.from(behind)]));
            }, 100);
            response.on('close', () => clearInterval(timer));
        });
        inputs.push('--input', `${name}=http://${at}/stream`);
    }
    const { device } = start(t, ['--record', 'off', ...inputs]);
    const channels = await eventually(async () => {
        const found = (await device.json('/api/status')).channels;
        return found.length === Object.keys(ways).length && found.every((/** @type {any} */ c) => c.packets > 60) ? found : undefined;
    }, 'all play', 60);
    for (const { name, video, lost } of channels) {
        t.like(video, { codec: 'mjpeg', width: 320, height: 240 }, name);
        t.true(video.fps < 20, `${name}: ${video.fps} pictures a second`); // 25 are what a format without times makes up
        t.deepEqual(lost, {}, name);
    }
});
