/** On the event `motion`: a clip of 20 s that begins 10 s before it, put to an HTTP server. */
import { backoffMs, sleep } from 'ocellus/app/base/time';
import { request } from 'ocellus/app/net/request';
import { start } from 'ocellus/app/system/application';
import { recordingBody } from 'ocellus/body';

const uploads = new Set<string>();

/** Tries for about two minutes; the clip stays among the recordings in any case. */
async function upload(path: string, url: string): Promise<void> {
    const name = path.replace(/^.*\//, '');
    for (let attempt = 0; attempt < 8; attempt++) {
        const body = recordingBody(path);
        try {
            const { status } = await request(`${url}/${name}`, { method: 'PUT', body, timeoutMs: 60_000 });
            console.info(`${name}: ${status}`);
            if (status < 300) return;
        } catch (error) {
            console.warn(`${name}: ${String(error)}`);
        } finally {
            body.close();
        }
        await sleep(backoffMs(attempt));
    }
}

void start({
    name: 'motion-clip',
    version: '1.0.0',
    settings: { url: { type: 'text', default: '', title: 'Address for clips', hint: 'http://nas.local/clips' } },
    started(app) {
        app.events.on('motion', async ({ channel }) => {
            const { path } = await app.recorder.clip({
                channel: channel ?? 'cam1',
                beforeSeconds: 10,
                afterSeconds: 10,
            });
            if (uploads.has(path)) return; // a second event in the same clip
            uploads.add(path);
            await upload(path, app.settings.url);
            uploads.delete(path);
        });
    },
});
