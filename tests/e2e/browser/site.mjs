// A page of another site that plays live addresses by hls.js, as an integrator would write it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { root } from '../../../scripts/lib.mjs';

const page = `<!doctype html>
<style>body { margin: 0; display: grid; grid-template-columns: repeat(3, 320px) } video { width: 320px; height: 180px }</style>
<script type="module">
import Hls from '/hls.mjs';
/** Adds a player; resolves when it plays, rejects with what hls.js says. */
window.addPlayer = (address, id = 'v', options = {}) => {
    const video = document.body.appendChild(document.createElement('video'));
    video.id = id;
    video.muted = options.muted ?? true;
    const hls = new Hls({ enableWorker: false, maxLiveSyncPlaybackRate: 1.1 });
    hls.loadSource(address);
    hls.attachMedia(video);
    (window.players ??= {})[id] = hls;
    return new Promise((resolve, reject) => {
        hls.on(Hls.Events.ERROR, (_, data) => {
            (window.problems ??= []).push(id + ' ' + (data.fatal ? 'fatal ' : '') + data.details + ' ' + (data.response?.code ?? '') + ' ' + (data.frag?.relurl ?? data.url ?? ''));
            if (data.fatal) {
                reject(new Error(data.details));
            }
        });
        video.addEventListener('timeupdate', () => video.currentTime > 0 && !video.paused && resolve());
        void video.play();
    });
};
window.ready = true;
</script>`;

/** Tells when a beep of the test picture begins, as sample numbers of the context. */
const onset = `registerProcessor('onset', class extends AudioWorkletProcessor {
    quiet = 0;
    process([[samples = []]]) {
        for (let i = 0; i < samples.length; i++) {
            const loud = Math.abs(samples[i]) > 0.2;
            if (loud && this.quiet > sampleRate / 10) {
                this.port.postMessage((currentFrame + i) / sampleRate);
            }
            this.quiet = loud ? 0 : this.quiet + 1;
        }
        return true;
    }
});`;

/**
 * 20 s whose flash and beep, 100 ms at each full second, begin at the same instant: what a browser makes of it is its own.
 * The flash is where that of the test picture is.
 */
export function reference() {
    const flash = 'color=black:size=320x180:rate=30,drawbox=x=280:y=0:w=40:h=40:color=white:t=fill:enable=lt(mod(t\\,1)\\,0.099)';
    const beep = 'aevalsrc=0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1):sample_rate=48000';
    const sources = ['-f', 'lavfi', '-i', flash, '-f', 'lavfi', '-i', beep, '-t', '20'];
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'flac', '-strict', '-2', '-movflags', 'frag_keyframe+empty_moov'];
    return execFileSync('ffmpeg', ['-v', 'error', ...sources, ...codecs, '-f', 'mp4', '-'], { maxBuffer: 1 << 26 });
}

/**
 * Serves it on a port of its own; an origin that the device has to know (--cors-origin).
 * @param {{ teardown: (end: () => void) => void }} t
 * @param {Buffer} [film] what `/film.mp4` is
 * @returns {Promise<string>} the origin
 */
export async function playerSite(t, film = Buffer.alloc(0)) {
    const hls = readFileSync(path.join(root, 'node_modules', 'hls.js', 'dist', 'hls.light.mjs'));
    /** @type {Map<string, [type: string, body: string | Buffer]>} */
    const files = new Map([
        ['/hls.mjs', ['text/javascript', hls]],
        ['/onset.js', ['text/javascript', onset]],
        ['/film.mp4', ['video/mp4', film]],
    ]);
    const server = http.createServer((request, response) => {
        const [type, body] = files.get(request.url ?? '') ?? ['text/html', page];
        response.setHeader('content-type', type);
        response.end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
