// A static web server as release folders lie on: with ranges, and with the faults that a test dictates.
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

/** @param {import('ava').ExecutionContext} t @param {string} folder */
export async function serve(t, folder) {
    /** @type {{ url: string, range: string | undefined, at: number }[]} */
    const requests = [];
    const site = {
        url: '',
        requests,
        /** Bytes of a body after which the connection breaks, one entry for each bundle. @type {number[]} */
        cuts: [],
        /** Given in place of the folder. @type {((request: http.IncomingMessage, response: http.ServerResponse) => void) | undefined} */
        instead: undefined,
    };
    const server = http.createServer((request, response) => {
        const { range } = request.headers;
        const url = request.url ?? '';
        requests.push({ url, range, at: performance.now() });
        if (site.instead !== undefined) {
            site.instead(request, response);
            return;
        }
        const file = path.join(folder, path.basename(url));
        if (!existsSync(file)) {
            response.writeHead(404).end();
            return;
        }
        const all = readFileSync(file);
        const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
        const body = all.subarray(from);
        response.writeHead(range ? 206 : 200, { 'content-length': body.length, ...(range && { 'content-range': `bytes ${from}-${all.length - 1}/${all.length}` }) });
        const cut = url.endsWith('.ocb') ? site.cuts.shift() : undefined;
        if (cut === undefined) {
            response.end(body);
        } else {
            response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 200));
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        server.closeAllConnections();
        server.close();
    });
    site.url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/camera/index.json`;
    return site;
}
