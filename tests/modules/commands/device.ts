/** A whole application with a transport that a test plays: commands of both ways. */
import type { ErrorJson } from 'ocellus/app/http/api-types';
import { type ApplicationOptions, startOn } from 'ocellus/app/system/application';
import type { Facts } from 'ocellus/host';
import { FakeP2p, sessionOf } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, requestOf, rowOf } from 'ocellus/test/fake-plane';

/** Numbers of logins as the host gives them: an owner's, and those with a mark. */
export const logins = { own: 7, operate: 0x4000_0008, watch: 0x2000_0009, open: 0 } as const;

/** A command's answer, or the line of its refusal. */
export interface Answered {
    readonly status: number;
    /** Of the answer; undefined: refused. */
    readonly json: unknown;
    /** Why it was refused; '': it was not. */
    readonly error: string;
}

/** An application under test. */
export interface TestDevice {
    readonly plane: FakePlane;
    readonly host: FakeHost;
    readonly p2p: FakeP2p;
    send: (method: string, target: string, body: string, login: number) => Promise<Answered>;
    get: (path: string, login?: number) => Promise<Answered>;
    /** By HTTP; a text is sent as it is. */
    http: (name: string, body?: unknown, login?: number) => Promise<Answered>;
    /** By the command channel of the session of a login. */
    channel: (name: string, body?: Readonly<Record<string, unknown>>, login?: number) => Promise<Answered>;
    /** Bytes on a command channel. */
    raw: (text: string) => Promise<Answered>;
}

function failed(error: unknown): Answered {
    return { status: 0, json: undefined, error: error instanceof Error ? error.message : String(error) };
}

/** Channel `front` with a sub stream, channel `yard` without. */
export async function deviceWith(
    options: ApplicationOptions = {},
    facts: Partial<Facts> = {},
    stored: Readonly<Record<string, unknown>> = {},
): Promise<TestDevice> {
    const plane = new FakePlane();
    const p2p = new FakeP2p();
    const channels = [
        { name: 'front', input: 'test:' },
        { name: 'yard', input: 'test:' },
    ];
    const text = JSON.stringify({ channels, ...stored });
    plane.stored.set('settings', text);
    const host = new FakeHost({ stored: { path: 'settings', text }, ...facts });
    const transport = {
        make: (callbacks: FakeP2p['callbacks']) => {
            p2p.callbacks = callbacks;
            return p2p;
        },
        inUse: () => false,
        max: 8,
    };
    await startOn({ plane, host, transport }, options);
    plane.rows.splice(0, plane.rows.length);
    plane.rows.push(
        rowOf({ number: 0, name: 'front', state: 2, video_codec: 1, width: 640, height: 360 }),
        rowOf({ number: 1, name: 'yard', state: 2 }),
    );
    plane.subs.push(rowOf({ number: 0, name: 'front', state: 2, video_codec: 1, width: 320, height: 180 }));
    let id = 0;
    async function send(method: string, target: string, body: string, login: number): Promise<Answered> {
        const [path = '', query = ''] = target.split('?');
        const mine = ++id;
        plane.requests.push(requestOf({ id: mine, method, path, query, body, login }));
        plane.onRequests?.();
        for (let turn = 0; turn < 3000; turn++) {
            const reply = plane.replies.find((one) => one.id === mine);
            if (reply !== undefined) {
                const json = JSON.parse(reply.body === '' ? 'null' : reply.body) as unknown;
                const error = reply.status >= 400 ? (json as ErrorJson).error.message : '';
                return { status: reply.status, json: error === '' ? json : undefined, error };
            }
            await undefined;
        }
        return failed(`${method} ${target}: no answer`);
    }
    async function raw(bytes: string, session: number): Promise<Answered> {
        try {
            const peer = { session, view: 3, address: '' };
            const answer = await p2p.callbacks.onCommand?.(new TextEncoder().encode(bytes), peer);
            return { status: 200, json: JSON.parse(answer as string) as unknown, error: '' };
        } catch (error) {
            return failed(error);
        }
    }
    return {
        plane,
        host,
        p2p,
        send,
        get: (path, login = 0) => send('GET', path, '', login),
        http: (name, body, login = 0) => {
            const given = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
            return send('POST', `/api/commands/${name}`, given, login);
        },
        channel: (command, body = {}, login = 0) => {
            p2p.rows = [sessionOf(40, login)];
            return raw(JSON.stringify({ command, ...body }), 40);
        },
        raw: (bytes) => {
            p2p.rows = [sessionOf(40)];
            return raw(bytes, 40);
        },
    };
}
