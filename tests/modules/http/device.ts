/** A whole application on a fake plane and host, asked as by HTTP. */
import type { ErrorJson } from 'ocellus/app/http/api-types';
import { startOn } from 'ocellus/app/system/application';
import type { Facts } from 'ocellus/host';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';

export interface Device {
    readonly plane: FakePlane;
    readonly host: FakeHost;
    /** Status and body, parsed. */
    ask: (method: string, path: string, body?: unknown, login?: number) => Promise<[number, unknown]>;
    /** Status, code and key. */
    refused: (method: string, path: string, body?: unknown) => Promise<[number, string, string | undefined]>;
}

/** Starts one. */
export async function device(facts: Partial<Facts> = {}, plane = new FakePlane()): Promise<Device> {
    const host = new FakeHost(facts);
    await startOn({ plane, host });
    plane.calls.length = 0;
    let id = 0;
    const ask: Device['ask'] = async (method, path, body, login = 0) => {
        const [before = '', query = ''] = path.split('?');
        const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
        plane.requests.push(requestOf({ id: ++id, method, path: before, query, body: text, login }));
        const mine = id;
        plane.onRequests?.();
        for (let turn = 0; turn < 1000; turn++) {
            const reply = plane.replies.find((one) => one.id === mine);
            if (reply !== undefined) {
                return [reply.status, reply.body === '' ? '' : JSON.parse(reply.body)];
            }
            await undefined;
        }
        throw new Error(`${method} ${path}: no answer`);
    };
    return {
        plane,
        host,
        ask,
        refused: async (method, path, body) => {
            const [status, { error }] = (await ask(method, path, body)) as [number, ErrorJson];
            return [status, error.code, error.at];
        },
    };
}

/** The settings that it keeps; null: none. */
export const stored = (plane: FakePlane): unknown => JSON.parse(plane.stored.get('settings') ?? 'null');
