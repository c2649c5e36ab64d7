// Signalling between namespaces that share no address: a server on loopback at one place whose requests are made at another.
//   node signal.mjs listen              prints its port, then {"id", "path", "type", "body"} per POST; reads {"id", "status", "type", "body"}
//   node signal.mjs post URL TYPE       posts standard input, prints {"status", "type", "body"}
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

const self = fileURLToPath(import.meta.url);
const [mode, url = '', type = ''] = process.argv[1] === self ? process.argv.slice(2) : [];

if (mode === 'post') {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: await text(process.stdin) });
    console.log(JSON.stringify({ status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.text() }));
} else if (mode === 'listen') {
    /** @type {Map<number, import('node:http').ServerResponse>} */
    const waiting = new Map();
    let ids = 0;
    const server = createServer(async (request, response) => {
        const id = ++ids;
        waiting.set(id, response);
        console.log(JSON.stringify({ id, path: request.url, type: request.headers['content-type'], body: await text(request) }));
    });
    server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port })));
    createInterface({ input: process.stdin }).on('line', (line) => {
        const answer = JSON.parse(line);
        waiting.get(answer.id)?.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
        waiting.delete(answer.id);
    });
}

/**
 * @param {Awaited<ReturnType<typeof import('./topology.mjs').makeTopology>>} net
 * @param {import('./topology.mjs').Place} from where the requests come from
 * @param {import('./topology.mjs').Place} to where they are made
 * @param {string} base URL there, without a slash at its end
 * @param {(body: string) => string} [edit] changes the bodies of requests on their way
 * @returns {Promise<string>} the URL at `from` that stands for it
 */
export function carry(net, from, to, base, edit = (body) => body) {
    const child = net.spawn(from, [process.execPath, self, 'listen']);
    return new Promise((resolve, reject) => {
        child.once('close', () => reject(new Error('signal.mjs ended')));
        createInterface({ input: child.stdout }).on('line', async (line) => {
            const request = JSON.parse(line);
            if (request.port) {
                resolve(`http://127.0.0.1:${request.port}`);
                return;
            }
            const made = await net.exec(to, [process.execPath, self, 'post', `${base}${request.path}`, request.type], { input: edit(request.body) });
            const answer = made.code === 0 ? JSON.parse(made.stdout) : { status: 502, type: 'text/plain', body: made.stderr };
            child.stdin.write(`${JSON.stringify({ id: request.id, ...answer })}\n`);
        });
    });
}
