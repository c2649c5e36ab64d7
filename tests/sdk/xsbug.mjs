// Listens as the debugger xsbug does: what machines of debug builds tell it.
import net from 'node:net';

/** One machine that has connected. */
class Machine {
    /** Everything it has sent. */
    text = '';

    /** The name it gave. */
    get name() {
        return /<login name="([^"]*)"/.exec(this.text)?.[1] ?? '';
    }

    /** The lines of its log. */
    get log() {
        return [...this.text.matchAll(/<log>([^<]*)/g)].map((match) => (match[1] ?? '').replaceAll('&#10;', '\n').trimEnd());
    }

    /** Names of its instruments. */
    get instruments() {
        return [...this.text.matchAll(/<instrument name="([^"]*)"/g)].map((match) => match[1] ?? '');
    }

    /** Each sample, one number per instrument. */
    get samples() {
        return [...this.text.matchAll(/<samples>([^<]*)<\/samples>/g)].map((match) => (match[1] ?? '').split(',').map(Number));
    }
}

/** On a free port of loopback, until the test ends. */
export class Xsbug {
    /** @type {Machine[]} */
    machines = [];
    port = 0;

    /** @param {import('ava').ExecutionContext} t @returns {Promise<Xsbug>} */
    static async listen(t) {
        const own = new Xsbug();
        /** @type {Set<net.Socket>} */
        const sockets = new Set();
        const server = net.createServer((socket) => {
            const machine = new Machine();
            own.machines.push(machine);
            sockets.add(socket);
            socket.on('error', () => {}); // a machine that ends resets its connection
            socket.setEncoding('utf8').on('data', (text) => {
                machine.text += text;
                if (text.includes('<login')) {
                    socket.write('\r\n<set-all-breakpoints></set-all-breakpoints>\r\n');
                }
                if (text.includes('<break')) {
                    socket.write('\r\n<go/>\r\n');
                }
            });
        });
        await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
        t.teardown(() => {
            server.close();
            for (const socket of sockets) {
                socket.destroy();
            }
        });
        const address = server.address();
        own.port = typeof address === 'object' && address ? address.port : 0;
        return own;
    }

    /** @param {string} name @returns {Machine | undefined} the last one that connected under it */
    find(name) {
        return this.machines.findLast((machine) => machine.name === name);
    }
}
