// The debug variant speaks the xsbug protocol: a peer written here stops at a line of TypeScript, sees a local
// variable, steps and continues.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { root, run } from '../lib.mjs';

const build = join(root, 'build', 'debug');
const source = 'tests/engine/scripts/debugged.ts';

/** A debugger: reads what the machine says, sends commands. */
class Debugger {
    #text = '';
    #socket;
    constructor(server) {
        this.ready = once(server, 'connection').then(([socket]) => {
            this.#socket = socket;
            socket.setEncoding('utf8').on('data', (text) => (this.#text += text));
        });
    }
    /** Ends the connection; the machine then runs on. */
    close() {
        this.#socket?.destroy();
    }
    send(xml) {
        this.#socket.write(`\r\n${xml}\r\n`);
    }
    /** Waits for a pattern; forgets everything up to its end. */
    async expect(pattern) {
        for (let tries = 0; tries < 500; tries++) {
            const found = pattern.exec(this.#text);
            if (found) {
                this.#text = this.#text.slice(found.index + found[0].length);
                return found;
            }
            await new Promise((done) => setTimeout(done, 10));
        }
        throw new Error(`${pattern} not in ${this.#text.slice(0, 500)}`);
    }
}

test('a breakpoint in TypeScript stops; locals, step and go work', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = new Debugger(server);
    const program = run(join(build, 'xsrun'), ['--runaway', '200', 'ocellus/test/debugged', join(build, 'engine_scripts.xsa')], {
        env: { ...process.env, XSBUG_HOST: `127.0.0.1:${server.address().port}` },
    });
    t.teardown(() => peer.close());
    await peer.ready;
    await peer.expect(/<login name="xsrun"/);
    peer.send(`<set-all-breakpoints><breakpoint path="${source}" line="7"/></set-all-breakpoints>`);
    // The first command after the login lets the machine go.
    await peer.expect(new RegExp(`<frame name="area" [^>]*path="${source}" line="7"/><frame name="[^"]*" [^>]*path="${source}" line="11"/>`));
    await peer.expect(new RegExp(`<break path="${source}" line="7">`));
    await new Promise((done) => setTimeout(done, 500)); // longer than the watch's patience
    peer.send('<step/>');
    await peer.expect(new RegExp(`<frame name="area" [^>]*path="${source}" line="8"/>`));
    await peer.expect(/name="product" value="42"/);
    await peer.expect(new RegExp(`<break path="${source}" line="8">`));
    peer.send('<clear-all-breakpoints/>');
    peer.send('<go/>');
    const { status, out, err } = await program;
    t.is(out, '43\n');
    t.is(status, 0, err);
    server.close();
});

test('without XSBUG_HOST the debug variant runs alone; without a debugger it says so', async (t) => {
    const alone = await run(join(build, 'xsrun'), ['ocellus/test/debugged', join(build, 'engine_scripts.xsa')], {
        env: { ...process.env, XSBUG_HOST: '' },
    });
    t.is(alone.out, '43\n');
    t.is(alone.err, '');
    const refused = await run(join(build, 'xsrun'), ['ocellus/test/debugged', join(build, 'engine_scripts.xsa')], {
        env: { ...process.env, XSBUG_HOST: '127.0.0.1:9' },
    });
    t.is(refused.out, '43\n');
    t.is(refused.err, 'no debugger answers at XSBUG_HOST=127.0.0.1:9\n');
});
