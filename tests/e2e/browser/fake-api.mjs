// What a device with everything answers, kept in memory: channels, recordings, events, settings, privacy, sessions.

/** @typedef {import('./fake-device.mjs').Reply} Reply */
/** @typedef {import('./fake-past.mjs').FakePast} FakePast */

const live = { playlist: '/live/cam1/index.m3u8', first: 1, last: 9, viewers: 1 };

/** One channel of the status. @param {string} name @param {object} [more] */
export const channelOf = (name, more = {}) => ({
    id: 0,
    name,
    state: 'running',
    video: { codec: 'h264', width: 1920, height: 1080, fps: 29.97 },
    audio: { codec: 'aac', sampleRate: 48000, channels: 1 },
    bitrate: 2512000,
    gopMs: 1001,
    gopBytes: 60000,
    dropped: 0,
    sourceLosses: 2,
    latencyUs: { p50: 250, p99: 900, p999: 1000, max: 1200 },
    recording: { active: true, failing: false },
    live: { ...live, playlist: `/live/${name}/index.m3u8` },
    sub: null,
    ...more,
});

/** A file in the list of recordings. @param {string} channel @param {number} n counts back from the newest */
export const recordingOf = (channel, n) => {
    const start = new Date(Date.UTC(2026, 10, 21, 2, 51) - n * 5_400_000);
    const stamp = (/** @type {Date} */ date) => date.toISOString().replace(/[-:]/g, '');
    const end = new Date(start.getTime() + 5_400_000);
    return {
        channel,
        name: 'ocellus',
        path: `/recordings/${channel}/ocellus_${stamp(start)}_${n === 0 ? 'open' : stamp(end)}.mp4`,
        start: start.toISOString(),
        end: n === 0 ? null : end.toISOString(),
        bytes: 655_822_000 - n * 1_000_000,
        open: n === 0,
    };
};

/** A device's memory. Tests change it. */
export class FakeApi {
    channels = [channelOf('cam1')];
    /** @type {ReturnType<typeof recordingOf>[]} */
    recordings = [];
    /** @type {object[]} */
    events = [];
    /** @type {Record<string, any>} */
    settings = {
        channels: [{ name: 'cam1', input: 'rtsp://***@10.0.0.7/live', audio: true, loop: true, ring: { seconds: 12 }, prerollSeconds: 0, maxGopSize: 0 }],
        listen: ['127.0.0.1'],
        port: 8080,
        http: { login: 'remote', hosts: [], corsOrigins: [], trustedProxies: [], tlsCert: '', tlsKey: '' },
        record: { enabled: true, audio: false, name: 'ocellus', segmentMinutes: 90, prerollSeconds: 0 },
        live: { targetMs: 1000, partMs: 333 },
        timezone: 'Europe/Berlin',
        privacy: { schedule: [{ days: 'mon-fri', from: '08:00', to: '17:00' }] },
        indicator: { led: '' },
        log: 'info',
        fixed: ['port'],
    };
    /** Why channels do not run. @type {Record<string, string>} */
    problems = {};
    privacy = false;
    /** @type {string | null} */
    user = null;
    /** What that user may do. */
    right = 'own';
    restarting = false;
    /** Of the status; undefined: the settings name no store. @type {object | undefined} */
    cloud;
    /** What the time line shows; null: a device from before. @type {FakePast | null} */
    past = null;
    /** Requests that changed something, as `PATCH /api/settings`. @type {{ what: string, body: any }[]} */
    changes = [];
    /** The application. @type {Record<string, any>} */
    app = { name: 'ocellus', version: '0.1.0', panel: null, routes: [], settings: [], apiLevel: 1, capabilities: [] };
    /** What `GET /api/update` answers; null: the device has none. @type {Record<string, any> | null} */
    update = {
        name: 'camera',
        version: '1.2.3',
        state: 'idle',
        slot: 'a',
        host: '0.1.0',
        apiLevel: 1,
        engine: 'xs-13.3',
        counter: 3,
        keys: ['0123456789abcdef'],
        revoked: [],
        slots: [
            { slot: 'factory', name: 'camera', version: '0.1.0' },
            { slot: 'a', name: 'camera', version: '1.2.3', state: 'active', keyId: '0123456789abcdef', channel: 'stable', revision: 'r77', notes: 'Faster.', bytes: 210_000 },
            { slot: 'b', name: 'camera', version: '1.2.1', state: 'previous', keyId: '0123456789abcdef', channel: 'stable', revision: '', notes: '', bytes: 209_000 },
        ],
        trial: null,
        progress: null,
        available: null,
        lastFailure: { at: '2026-11-21T02:51:00.000Z', version: '1.2.2', why: 'threw', stack: 'Error: no door\n at ring (src/door.ts:12)' },
        history: [
            { at: '2026-11-21T02:52:00.000Z', version: '1.2.3', from: '1.2.1', result: 'committed', why: '', by: 'api', keyId: '0123456789abcdef' },
            { at: '2026-11-21T02:51:00.000Z', version: '1.2.2', from: '1.2.1', result: 'rolled-back', why: 'threw', by: 'api', keyId: '0123456789abcdef' },
            { at: '2026-11-21T02:50:00.000Z', version: '1.2.0', from: '1.2.0', result: 'rolled-back', why: 'crash-loop', by: 'host', keyId: '' },
        ],
    };
    /** Live pushes that run, as `GET /api/push` has them; the targets are those of the settings. @type {Record<string, any>[]} */
    pushes = [];
    /** Why updates are refused; '': they are not. */
    refusedUpdate = '';
    /** What the next PATCH is refused with. @type {{ message: string, at: string } | undefined} */
    refusal;

    status() {
        return {
            version: '0.1.0',
            name: 'front door',
            uptimeSeconds: 93784,
            script: { generation: 3, restarts: 2, lastEnd: null },
            clock: { now: '2026-11-21T02:51:00.123Z', quality: 'ntp' },
            timezone: { name: 'Europe/Berlin', posix: 'CET-1CEST,M3.5.0,M10.5.0/3', offsetMinutes: 60 },
            privacy: { on: this.privacy, by: this.privacy ? ['command'] : [] },
            indicator: { sensorOn: !this.privacy, watching: !this.privacy },
            cloud: this.cloud,
            channels: this.privacy ? this.channels.map((channel) => ({ ...channel, state: 'private', video: null, audio: null })) : this.channels,
        };
    }

    /** The answer of `/api/…`; undefined elsewhere. @param {URL} url @param {import('./fake-device.mjs').Asked} request @returns {Reply | undefined} */
    answer(url, request) {
        const past = this.past?.answer(url, request);
        if (past) {
            return past;
        }
        if (!url.pathname.startsWith('/api/')) {
            return undefined;
        }
        if (this.restarting) {
            return { status: 503, body: { error: { code: 'BUSY', message: 'restarting' } } };
        }
        return request.method === 'GET' ? this.#read(url) : this.#change(url, request);
    }

    /** @returns {{ name: string, url: string, watch?: Record<string, string> }[]} */
    #targets() {
        return this.settings['live'].targets ?? [];
    }

    /** @param {string} channel @param {string} method @param {string} target @returns {Reply} */
    #push(channel, method, target) {
        this.pushes = this.pushes.filter((one) => one['channel'] !== channel || one['target'] !== target);
        if (method === 'POST') {
            const addresses = this.#targets().find(({ name }) => name === target)?.watch ?? {};
            this.pushes.push({ channel, target, stream: 'main', state: 'runs', since: '2026-11-21T02:50:00.123Z', failures: 0, bitrate: 2_500_000, sentBytes: 18_750_000, sentPackets: 9000, leftOutGops: 1, leftOutPackets: 60, addresses, error: null });
        }
        return { body: this.pushes.at(-1) ?? {} };
    }

    /** @param {URL} url @returns {Reply | undefined} */
    #read(url) {
        switch (url.pathname) {
            case '/api/status':
                return { body: this.status() };
            case '/api/recordings':
                return { body: { recordings: this.recordings.filter((one) => one.channel === url.searchParams.get('channel')).reverse(), next: null } };
            case '/api/events':
                return { body: { events: this.events.slice(Number(url.searchParams.get('from'))), next: this.events.length } };
            case '/api/channels':
                return { body: { channels: this.settings['channels'].map((/** @type {any} */ channel) => ({ ...channel, problem: this.problems[channel.name] ?? null })), revision: '1' } };
            case '/api/settings':
                return { body: this.settings };
            case '/api/push':
                return { body: { maxPushes: 4, targets: this.#targets().map(({ name, url }) => ({ name, scheme: url.split(':')[0], host: new URL(url).host, stream: 'main' })), pushes: this.pushes } };
            case '/api/app':
                return { body: this.app };
            case '/api/update':
                return this.update === null ? { status: 404, body: { error: 'not found' } } : { body: this.update };
            case '/api/links':
                return { body: { links: [{ id: 'l1', channel: 'cam1', name: 'neighbour', created: '2026-11-20T02:51:00Z', expires: '2026-11-27T02:51:00Z' }] } };
            case '/api/claim':
                return { body: { needed: false, code: this.user !== '' } };
            case '/api/network':
                return { body: { port: 8080, addresses: ['camera.local', '192.168.1.20'], fingerprint: Array.from({ length: 32 }, () => 'A7').join(':') } };
            case '/api/session':
                return { body: { user: this.user, right: this.right } };
            case '/api/sessions':
                return {
                    body: {
                        sessions: [
                            { id: 'a', user: 'admin', begun: '2026-11-21T01:00:00Z', seen: '2026-11-21T02:51:00Z', address: '192.168.1.7', agent: 'Mozilla/5.0 Chrome/156.0', current: true },
                            { id: 'b', user: 'admin', begun: '2026-11-20T01:00:00Z', seen: '2026-11-20T02:51:00Z', address: '192.168.1.9', agent: 'Mozilla/5.0 Firefox/140.0', current: false },
                        ],
                    },
                };
            default:
                return { status: 404, body: { error: { code: 'NOENT', message: 'no such address' } } };
        }
    }

    /** @param {URL} url @param {import('./fake-device.mjs').Asked} asked @returns {Reply} */
    #change(url, { method, body }) {
        this.changes.push({ what: `${method} ${url.pathname}`, body });
        if (this.refusal) {
            const error = { code: 'INVAL', ...this.refusal };
            this.refusal = undefined;
            return { status: 400, body: { error } };
        }
        const [, , room, name] = url.pathname.split('/');
        if (room === 'update') {
            return this.refusedUpdate === '' ? { status: 202, body: { version: '1.2.4', state: 'staged' } } : { status: 403, body: { error: this.refusedUpdate } };
        }
        if (room === 'privacy') {
            this.privacy = body.on;
            return { body: { on: body.on, by: ['command'] } };
        }
        if (room === 'settings') {
            merge(this.settings, body);
            return { body: { settings: this.settings, restart: body.listen ? ['listen'] : [] } };
        }
        if (room === 'push') {
            return this.#push(String(name), method, method === 'POST' ? body.target : String(url.pathname.split('/')[4]));
        }
        if (room === 'channels') {
            return this.#changeChannel(method, name, body);
        }
        return room === 'links' && method === 'POST' ? { body: { id: 'l2', channel: body.channel, name: body.name ?? '', page: '/w/l2.abc/', path: '/w/l2.abc/live/cam1/index.m3u8', created: '2026-11-21T02:51:00Z', expires: '2026-11-22T02:51:00Z' } } : { status: 204 };
    }

    /** @param {string} method @param {string | undefined} name @param {any} body @returns {Reply} */
    #changeChannel(method, name, body) {
        const { channels } = this.settings;
        const at = channels.findIndex((/** @type {any} */ channel) => channel.name === name);
        if (method === 'POST') {
            const name = body.name ?? body.title.toLowerCase().replace(/\W+/g, '-');
            channels.push({ audio: true, loop: true, ring: { seconds: 12 }, prerollSeconds: 0, ...body, name });
            this.channels.push(channelOf(name, { id: channels.length, title: body.title ?? name }));
            return { status: 201, body: { ...body, name, problem: null } };
        }
        if (method === 'DELETE') {
            channels.splice(at, 1);
            this.channels = this.channels.filter((channel) => channel.name !== name);
            return { status: 204 };
        }
        merge(channels[at], body);
        return { body: channels[at] };
    }
}

/** RFC 7386. @param {Record<string, any>} target @param {Record<string, any>} patch */
function merge(target, patch) {
    for (const [key, value] of Object.entries(patch)) {
        if (value === null) {
            delete target[key];
        } else if (typeof value === 'object' && !Array.isArray(value)) {
            target[key] ??= {};
            merge(target[key], value);
        } else {
            target[key] = value;
        }
    }
}
