/**
 * Runs beside the page, with a policy of its own: it reads what the device has in its store and nothing else. The device
 * redirects each address of `/api/cloud/` to the store, which the policy of the page does not let it read (ADR 75).
 */

/** What the page sends; without a path: the answer is no longer needed. */
export interface Order {
    readonly id: number;
    readonly path?: string;
}

/** What comes back. status 0: no answer, or one that the store lets no page read. */
export interface Reply {
    readonly id: number;
    readonly status: number;
    readonly bytes: ArrayBuffer | undefined;
}

const scope = self as unknown as { onmessage: (event: MessageEvent<Order>) => void; postMessage(reply: Reply, moved: Transferable[]): void };
/** Beside the folder of this file. */
const base = new URL('../api/cloud/', location.href).href;
/** Milliseconds of one object. */
const limitMs = 30_000;
const running = new Map<number, AbortController>();

async function read(path: string, stop: AbortSignal): Promise<Omit<Reply, 'id'>> {
    const { href } = new URL(path, base);
    if (!href.startsWith(base)) {
        return { status: 400, bytes: undefined };
    }
    const signal = AbortSignal.any([stop, AbortSignal.timeout(limitMs)]);
    const response = await fetch(href, { signal, referrerPolicy: 'no-referrer' });
    return { status: response.status, bytes: response.ok ? await response.arrayBuffer() : undefined };
}

scope.onmessage = async ({ data: { id, path } }) => {
    if (path === undefined) {
        running.get(id)?.abort();
        return;
    }
    const stop = new AbortController();
    running.set(id, stop);
    const found = await read(path, stop.signal).catch(() => ({ status: 0, bytes: undefined }));
    running.delete(id);
    scope.postMessage({ id, ...found }, found.bytes === undefined ? [] : [found.bytes]);
};
