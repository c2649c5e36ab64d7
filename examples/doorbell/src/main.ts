/**
 * A doorbell. It rings by the button of the camera (the input `doorbell`) or by `POST /api/doorbell`. Each ring is an
 * event, a clip, and a webhook; the panel shows the last one.
 */
import { request } from 'ocellus/app/net/request';
import { type Application, start } from 'ocellus/app/system/application';

const settings = {
    channel: { type: 'text', default: 'cam1', max: 31, title: 'Camera at the door' },
    seconds: { type: 'whole', default: 10, min: 1, max: 60, title: 'Seconds of a clip after the ring' },
    webhook: { type: 'text', default: '', title: 'Webhook', hint: 'An address that gets a POST for each ring.' },
} as const;

/** The last ring. `clip`: address of its recording; null: there is none yet. */
let last: { readonly at: string; readonly clip: string | null } | null = null;

async function call(webhook: string, body: object): Promise<void> {
    if (webhook !== '') {
        const headers = { 'content-type': 'application/json' };
        const { status } = await request(webhook, { method: 'POST', headers, body: JSON.stringify(body) });
        console.info(`webhook: ${status}`);
    }
}

async function ring(app: Application<typeof settings>, at: string): Promise<void> {
    const { channel, seconds, webhook } = app.settings;
    last = { at, clip: null };
    await call(webhook, { event: 'ring', at });
    const { path } = await app.recorder.clip({ channel, beforeSeconds: 5, afterSeconds: seconds, name: 'doorbell' });
    last = { at, clip: `/${path}` };
    await call(webhook, { event: 'clip', at, clip: `/${path}` });
}

void start({
    name: 'doorbell',
    version: '1.0.0',
    settings,
    panel: { title: 'Doorbell' },
    started(app) {
        const rings = app.metrics.counter('rings_total', 'Rings at the door');
        app.events.on('doorbell', async ({ at, text }) => {
            if (text === 'off') return; // the button of the camera is let go
            rings.add();
            await ring(app, at);
        });
        app.route('GET', '/api/doorbell', () => ({ body: JSON.stringify({ last }) }));
        app.route('POST', '/api/doorbell', () => {
            app.events.raise({ kind: 'doorbell', channel: app.settings.channel });
            return { status: 202, body: '{}' };
        });
    },
});
