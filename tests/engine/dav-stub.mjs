// A web server that takes files by PUT, for tests/modules/live: each folder below /dav/ refuses in its own way, as real ones do.

/** What a folder is: a status for each method; `login`: for whom; `made`: folders have to be made; `reset`: no answer. */
const folders = {
    open: {},
    made: { made: true },
    login: { login: 'cam:pässwort' },
    denied: { PUT: 403 },
    full: { PUT: 507 },
    absent: { PUT: 409, MKCOL: 405 },
    plain: { PUT: 405, GET: 405, DELETE: 405 },
    moved: { PUT: 301 },
    large: { PUT: 413 },
    busy: { PUT: 503, GET: 503 },
    broken: { PUT: 500, GET: 500, DELETE: 500 },
    kept: { DELETE: 403 },
    reset: { reset: true },
    silent: { silent: true },
};

/** Files and folders of it, by their path. */
export class DavStub {
    /** @type {Map<string, { bytes: Buffer, type: string, cache: string, query: string }>} */
    files = new Map();
    /** @type {Set<string>} */
    made = new Set();

    /** @param {import('node:http').IncomingMessage} request @param {any} reply */
    serve(request, reply) {
        const [path = '', query = ''] = String(request.url).split('?');
        const name = path.split('/')[2] ?? '';
        /** @type {Record<string, any>} */
        const rules = folders[/** @type {keyof typeof folders} */ (name)] ?? { GET: 404, PUT: 404 };
        const method = String(request.method);
        if (rules['reset']) return void request.socket.resetAndDestroy();
        if (rules['silent']) return;
        const wants = rules['login'] && `Basic ${Buffer.from(rules['login']).toString('base64')}`;
        /** @type {Buffer[]} */
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            const status = wants && request.headers.authorization !== wants ? 401 : (rules[method] ?? this.#answer(method, path, rules, Buffer.concat(parts), request, query));
            const body = method === 'GET' && status === 200 ? this.files.get(path)?.bytes : `<html>${status}</html>`;
            reply.writeHead(status, status === 301 ? { location: '/elsewhere' } : {}).end(status === 204 ? undefined : body);
        });
    }

    /** @param {string} method @param {string} path @param {any} rules @param {Buffer} bytes @param {import('node:http').IncomingMessage} request @param {string} query */
    #answer(method, path, rules, bytes, request, query) {
        const folder = path.slice(0, path.lastIndexOf('/') + 1);
        const known = this.files.has(path);
        switch (method) {
            case 'MKCOL': {
                const above = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
                if (path === '/dav/' || path === '/dav/made/' || this.made.has(path)) return 405;
                if (above !== '/dav/made/' && !this.made.has(above)) return 409;
                this.made.add(path);
                return 201;
            }
            case 'PUT':
                if (rules.made && !this.made.has(folder)) return 409;
                this.files.set(path, { bytes, type: String(request.headers['content-type']), cache: String(request.headers['cache-control']), query });
                return known ? 204 : 201;
            case 'DELETE':
                return this.files.delete(path) ? 204 : 404;
            default:
                return known ? 200 : 404;
        }
    }
}
