import { EventLog } from 'ocellus/app/events/event-log';
import { type Post, signature, Webhook, type WebhookOptions } from 'ocellus/app/events/webhook';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { assertEqual, test } from 'ocellus/test/harness';

/** A receiver that answers with what is planned, then 200; undefined: nobody is there. */
class Receiver {
    readonly got: { readonly url: string; readonly key: string; readonly id: number; readonly signed: string }[] = [];
    readonly planned: (number | undefined)[] = [];
    body = '';
    readonly pictures: { readonly key: string; readonly signed: string; readonly body: unknown }[] = [];
    /** Of pictures. */
    pictureStatus = 200;
    readonly post: Post = async (url, headers, body) => {
        if (headers['content-type'] === 'image/jpeg') {
            const { 'idempotency-key': key = '', 'ocellus-signature': signed = '' } = headers;
            this.pictures.push({ key, signed, body });
            return this.pictureStatus;
        }
        if (typeof body !== 'string') {
            throw new Error('an event is text');
        }
        const plan = this.planned.shift() ?? (this.planned.length > 0 ? undefined : 200);
        if (plan === undefined) {
            throw new Error('CONNECT');
        }
        const { event } = JSON.parse(body) as { readonly event: { readonly id: number } };
        this.body = body;
        if (plan === 200) {
            const key = headers['idempotency-key'] ?? '';
            this.got.push({ url, key, id: event.id, signed: headers['ocellus-signature'] ?? '' });
        }
        return plan;
    };
}

const url = 'https://example.com/events?token=abc';

function parts(plane = new FakePlane(), receiver = new Receiver()) {
    const host = new FakeHost();
    const log = new EventLog(plane, host);
    const waits: number[] = [];
    const state = {
        settings: { url, secret: '', pictures: true },
        closed: 0,
        quiet: (_atMs: number): boolean => false,
        pauses: 0,
        pause: (): void => undefined,
    };
    const options: WebhookOptions = {
        plane,
        host,
        log,
        settings: () => state.settings,
        channels: () => [{ name: 'front', title: 'Front Door' }],
        quiet: (atMs) => state.quiet(atMs),
        device: () => 'front door',
        post: receiver.post,
        picture: ({ id }) => {
            if (id === 99) {
                throw new Error('removed');
            }
            return { body: `jpeg ${id}`, hash: 'ab', close: () => void state.closed++ };
        },
        wait: async (count) => void waits.push(count),
        pause: async () => {
            state.pauses++;
            state.pause();
        },
    };
    const webhook = new Webhook(options);
    return { plane, host, log, receiver, waits, state, options, webhook };
}

async function raise(log: EventLog, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
        await log.keep({ kind: 'ring', channel: '', json: '{"a":1}' });
    }
}

test('a receiver gets what happened since it is one, also before it was looked at for the first time', async () => {
    const { host, log, receiver, options } = parts();
    await raise(log, 60);
    host.wallMs += 10_000; // meanwhile its address was set: nothing before that is its business
    await raise(log, 2);
    host.wallMs += 300;
    const webhook = new Webhook({ ...options, knownMs: () => 5000 });
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ id }) => id),
        [61, 62],
    );
});

test('what happened before there was a receiver is not sent; what happens then is, in order', async () => {
    const { log, receiver, webhook } = parts();
    await raise(log, 3);
    await webhook.follow();
    assertEqual(receiver.got, []);
    await raise(log, 120);
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ id }) => id),
        Array.from({ length: 120 }, (_, index) => index + 4),
    );
    await webhook.follow();
    assertEqual(receiver.got.length, 120);
});

test('the body and its signature', async () => {
    const { log, host, receiver, state, webhook } = parts();
    state.settings = { url, secret: 'key', pictures: true };
    await webhook.follow();
    await raise(log, 1);
    await webhook.follow();
    const seconds = Math.floor(host.wallMs / 1000);
    assertEqual(JSON.parse(receiver.body), {
        device: 'front door',
        event: {
            id: 1,
            kind: 'ring',
            mask: 0,
            channel: null,
            channelTitle: null,
            start: '2026-11-21T02:51:01.123Z',
            end: '2026-11-21T02:51:01.123Z',
            data: { a: 1 },
            picture: null,
            protected: false,
            raised: true,
        },
    });
    assertEqual(receiver.got[0]?.signed, signature('key', seconds, receiver.body));
    assertEqual(receiver.got[0]?.key, `1-${host.wallMs}`);
    assertEqual(
        signature('key', 5, 'The quick brown fox jumps over the lazy dog'),
        't=5,v1=58c7f98167eeda4c941a9989cb9a0d094ac1755618e4c54286d7d57ecf076eab',
    );
});

test('an event that begins waits for its picture, two seconds at most', async () => {
    const { log, plane, host, receiver, state, webhook } = parts();
    await webhook.follow();
    await raise(log, 1);
    state.pause = () => {
        const [row] = plane.kept;
        if (row !== undefined && state.pauses === 3) {
            plane.kept[0] = { ...row, picture: true };
        }
    };
    await webhook.follow();
    assertEqual([state.pauses, JSON.parse(receiver.body).event.picture], [3, '/thumbnail/event/1.jpg']);
    await raise(log, 1);
    await webhook.follow();
    assertEqual([state.pauses, JSON.parse(receiver.body).event.picture], [11, null]);
    await raise(log, 1);
    host.wallMs += 2000;
    await webhook.follow();
    assertEqual([state.pauses, receiver.got.length], [11, 3]);
});

test('a receiver that does not answer: tried again until it does, each event once', async () => {
    const { log, receiver, waits, webhook } = parts();
    await webhook.follow();
    await raise(log, 2);
    receiver.planned.push(undefined, 503, 401, 200);
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ id }) => id),
        [1, 2],
    );
    assertEqual(waits, [0, 1, 2]);
});

test('an event that the receiver refuses holds no other up', async () => {
    const { log, receiver, waits, webhook } = parts();
    await webhook.follow();
    await raise(log, 2);
    receiver.planned.push(422);
    await webhook.follow();
    assertEqual([receiver.got.map(({ id }) => id), waits], [[2], []]);
});

test('the next script goes on where this one was', async () => {
    const first = parts();
    await first.webhook.follow();
    await raise(first.log, 2);
    await first.webhook.follow();
    await raise(first.log, 3);
    const second = parts(first.plane);
    await second.webhook.follow();
    assertEqual(
        second.receiver.got.map(({ id }) => id),
        [3, 4, 5],
    );
});

test('another receiver gets what happens from then on', async () => {
    const { log, receiver, state, webhook } = parts();
    await webhook.follow();
    await raise(log, 2);
    state.settings = { url: 'https://example.org/', secret: '', pictures: true };
    await webhook.follow();
    await raise(log, 1);
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ url: to, id }) => [to, id]),
        [['https://example.org/', 3]],
    );
});

test('quiet hours: what happens in them is never sent', async () => {
    const { log, host, receiver, state, webhook } = parts();
    await webhook.follow();
    const night = host.wallMs;
    state.quiet = (atMs) => atMs === night;
    await raise(log, 2);
    host.wallMs += 1000;
    await raise(log, 1);
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ id }) => id),
        [3],
    );
});

test('what has waited for more than a day is left out', async () => {
    const { log, host, receiver, webhook } = parts();
    await webhook.follow();
    await raise(log, 1);
    host.wallMs += 86_400_001;
    await raise(log, 1);
    await webhook.follow();
    assertEqual(
        receiver.got.map(({ id }) => id),
        [2],
    );
});

test('the newest 1,000 of a backlog are sent', async () => {
    const first = parts();
    await first.webhook.follow();
    await raise(first.log, 1500);
    const second = parts(first.plane);
    await second.webhook.follow();
    assertEqual([second.receiver.got.length, second.receiver.got[0]?.id], [1000, 501]);
});

test('a host that keeps no events sends none', async () => {
    const { plane, receiver, webhook, waits } = parts();
    plane.keeps = false;
    await webhook.follow();
    assertEqual([receiver.got, waits], [[], []]);
});

/** An event that has its picture. */
async function pictured({ log, plane }: ReturnType<typeof parts>): Promise<void> {
    await raise(log, 1);
    const last = plane.kept.length - 1;
    const row = plane.kept[last];
    if (row !== undefined) {
        plane.kept[last] = { ...row, picture: true };
    }
}

test('a picture follows its event, signed by its hash, and its bytes are given back', async () => {
    const all = parts();
    const { host, receiver, state, webhook } = all;
    state.settings = { url, secret: 'key', pictures: true };
    await webhook.follow();
    await pictured(all);
    await webhook.follow();
    const signed = signature('key', Math.floor(host.wallMs / 1000), 'ab');
    assertEqual(receiver.pictures, [{ key: `1-${host.wallMs}-picture`, signed, body: 'jpeg 1' }]);
    assertEqual([receiver.got.length, state.closed], [1, 1]);
    state.settings = { url, secret: 'key', pictures: false };
    await pictured(all);
    await webhook.follow();
    assertEqual([receiver.got.length, receiver.pictures.length], [2, 1]);
});

test('a picture that may be taken later is sent again, its event is not', async () => {
    const all = parts();
    const { receiver, state, waits, webhook } = all;
    await webhook.follow();
    await pictured(all);
    receiver.pictureStatus = 503;
    const post = receiver.post;
    let failures = 0;
    Object.assign(receiver, {
        post: async (...args: Parameters<Post>) => {
            const status = await post(...args);
            if (status === 503 && ++failures === 3) {
                receiver.pictureStatus = 200;
            }
            return status;
        },
    });
    const again = new Webhook({ ...all.options, post: (...args) => receiver.post(...args) });
    await again.follow();
    assertEqual([receiver.got.length, receiver.pictures.length, waits.length], [1, 4, 3]);
    assertEqual(state.closed, 4);
});

test('a receiver that takes no pictures gets one; other settings try again', async () => {
    const all = parts();
    const { receiver, webhook } = all;
    await webhook.follow();
    receiver.pictureStatus = 415;
    await pictured(all);
    await pictured(all);
    await webhook.follow();
    assertEqual([receiver.got.length, receiver.pictures.length], [2, 1]);
    receiver.pictureStatus = 200;
    webhook.changed();
    await pictured(all);
    await webhook.follow();
    assertEqual([receiver.got.length, receiver.pictures.length], [3, 2]);
});
