// A page of another site that plays live addresses by hls.js, as an integrator would write it.
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
 * Serves it on a port of its own; an origin that the device has to know (--cors-origin).
 * @param {{ teardown: (end: () => void) => void }} t
 * @returns {Promise<string>} the origin
 */
export async function playerSite(t) {
    const hls = readFileSync(path.join(root, 'node_modules', 'hls.js', 'dist', 'hls.light.mjs'));
    const server = http.createServer((request, response) => {
        const script = request.url?.endsWith('js');
        response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
        response.end(!script ? page : request.url === '/hls.mjs' ? hls : onset);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
