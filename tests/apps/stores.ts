/** Fetches orders for a store of S3 from a test and carries them out, one after the other; an event has what came of them. */
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import type { Keys } from 'ocellus/app/cloud/sigv4';
import { request } from 'ocellus/app/net/request';
import { fileBody } from 'ocellus/body';
import { Host } from 'ocellus/host';
import { HttpServer } from 'ocellus/http';
import { Plane } from 'ocellus/plane';

const host = new Host();
const plane = new Plane();

function report(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

interface Place {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly pathStyle: boolean;
    readonly keys: Keys;
    readonly ca?: string;
    /** Milliseconds that the clock of this device is ahead. */
    readonly ahead?: number;
}

interface Order {
    readonly do: 'put' | 'file' | 'get' | 'head' | 'list' | 'remove' | 'presign';
    readonly key: string;
    readonly text?: string;
    readonly isNew?: boolean;
    readonly etag?: string;
    readonly after?: string;
    readonly limit?: number;
    readonly seconds?: number;
}

async function putFile(store: ObjectStore, { key, text = '' }: Order): Promise<string> {
    const body = fileBody(text);
    try {
        return await store.put(key, body, { type: 'video/mp4', cacheControl: 'max-age=31536000, immutable' });
    } finally {
        body.close();
    }
}

function carryOut(store: ObjectStore, order: Order): Promise<unknown> | string {
    const { key, text = '', after, limit, seconds = 60 } = order;
    switch (order.do) {
        case 'put':
            return store.put(key, text, {
                type: 'application/json',
                ...(order.isNew !== undefined && { isNew: order.isNew }),
                ...(order.etag !== undefined && { etag: order.etag }),
            });
        case 'file':
            return putFile(store, order);
        case 'get':
            return store.get(key);
        case 'head':
            return store.head(key);
        case 'list':
            return store.list(key, after, limit);
        case 'remove':
            return store.remove(key);
        case 'presign':
            return store.presign(key, seconds);
    }
}

async function run(port: string): Promise<void> {
    const reply = await request(`http://127.0.0.1:${port}/orders`);
    const { place, orders } = JSON.parse(reply.text()) as { place: Place; orders: Order[] };
    const { keys, ahead = 0 } = place;
    const store = new S3Client({ ...place, keys: () => keys, now: () => Date.now() + ahead, stallMs: 10_000 });
    const results: unknown[] = [];
    for (const order of orders) {
        try {
            results.push((await carryOut(store, order)) ?? null);
        } catch (error) {
            const { code, message, again } = error as StoreError;
            results.push(error instanceof StoreError ? { code, message, again } : { code: String(error) });
        }
    }
    report('done', { results, aheadMs: store.clockAheadMs });
}

const server = new HttpServer({ plane })
    .route('GET', '/api/idle', () => ({}))
    .route('GET', '/api/run', ({ query }) => {
        void run(query);
        return {};
    });
const { port } = await server.serve(plane);
report('listening', { url: `http://127.0.0.1:${port}/` });
