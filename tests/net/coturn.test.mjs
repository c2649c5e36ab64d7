// oc_turn and oc_gather against coturn on loopback: another implementation's idea of RFC 8656.
import { spawn } from 'node:child_process';
import test from 'ava';
import { startCoturn } from './lib/coturn.mjs';
import { startProbe } from './lib/probe.mjs';

/** @param {readonly string[]} argv */
const here = (argv) => spawn(argv[0] ?? '', argv.slice(1), { stdio: 'pipe' });
let port = 20000 + (process.pid % 1000) * 10; // below those that the kernel gives to clients

/**
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} [more]
 */
async function server(t, more = []) {
    port += 10;
    const coturn = await startCoturn(here, (argv) => argv, { addresses: ['127.0.0.1'], port, tlsPort: port + 5, more: ['allow-loopback-peers', 'verbose', ...more] });
    t.teardown(coturn.close);
    return { coturn, port };
}

/**
 * @param {import('ava').ExecutionContext} t
 * @param {Omit<Parameters<typeof startProbe>[1], 'server'>} options
 */
function probe(t, options) {
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let child;
    const started = startProbe((argv) => {
        const made = here(argv);
        child = made;
        return made;
    }, { server: '127.0.0.1', ...options });
    t.teardown(() => child?.kill('SIGKILL'));
    return started;
}

for (const transport of /** @type {const} */ (['udp', 'tcp', 'tls'])) {
    test.serial(`an allocation over ${transport}: bytes both ways, every padding, given back at the end`, async (t) => {
        const { coturn, port } = await server(t);
        const client = probe(t, { port: transport === 'tls' ? port + 5 : port, transport, ca: coturn.certificate });
        await client.relayed();
        for (const bytes of [4, 5, 6, 7, 1200]) {
            const { sent, received, wrong } = await client.echo(40, bytes, 2);
            t.deepEqual([sent, received, wrong], [40, 40, 0], `${bytes} bytes`);
        }
        const { byChannel } = await client.echo(100, 900, 2);
        t.true(byChannel > 250, `${byChannel} of 300 through the channel`);
        await client.stop();
        await coturn.logs(/refreshed, .*lifetime=0/);
        t.notRegex(coturn.log(), /error 4(00|20|37|42)/);
    });
}

test.serial('a wrong password is told once', async (t) => {
    const { port } = await server(t);
    const client = probe(t, { port, password: 'wrong' });
    const failed = await client.until((line) => line.event === 'failed', 10);
    t.deepEqual([failed.code, failed.reason], [401, 'user name or password refused']);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    t.is(client.lines.filter((line) => line.event === 'failed').length, 1);
});

test.serial('TLS: a name that is not in the certificate gets no allocation', async (t) => {
    const { coturn, port } = await server(t);
    const client = probe(t, { port: port + 5, transport: 'tls', ca: coturn.certificate, domain: 'other.test' });
    const failed = await client.until((line) => line.event === 'failed', 10);
    t.is(failed.reason, 'no connection to the server');
});

test.serial('a nonce that became stale is taken anew', async (t) => {
    const { coturn, port } = await server(t, ['stale-nonce=2']);
    const client = probe(t, { port });
    await client.relayed();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const { received } = await client.echo(50, 500, 10);
    t.true(received >= 45, `${received} of 50: the first wait for the permission`);
    await coturn.logs(/error 438/);
});

for (const transport of /** @type {const} */ (['udp', 'tcp'])) {
    test.serial(`a server that is started again in the middle of a stream, over ${transport}`, async (t) => {
        const { coturn, port } = await server(t);
        const client = probe(t, { port, transport });
        await client.relayed();
        t.is((await client.echo(20, 500, 5)).received, 20);
        const seen = client.lines.length;
        await coturn.down();
        await coturn.up();
        void client.echo(400, 500, 33); // goes on sending meanwhile
        const lost = await client.until((line) => line.event === 'lost' && line.kind === 'relayed', 20, seen);
        t.is(lost.code, transport === 'udp' ? 437 : 0);
        await client.relayed(20, seen);
        await client.until((line) => line.echo !== undefined, 30, seen);
        const { sent, received } = await client.echo(50, 500, 5);
        t.is(received, sent);
    });
}

test.serial('sent on to another server (300)', async (t) => {
    const second = await server(t);
    const first = await server(t, [`alternate-server=127.0.0.1:${second.port}`]);
    const client = probe(t, { port: first.port });
    await client.relayed();
    const { sent, received } = await client.echo(50, 500, 5);
    t.is(received, sent);
    await second.coturn.logs(/ALLOCATE processed, success/);
    t.notRegex(first.coturn.log(), /ALLOCATE processed, success/);
});

test.serial('a quota that is used up is told with its code', async (t) => {
    const { port } = await server(t, ['user-quota=1']);
    const first = probe(t, { port });
    await first.relayed();
    const second = probe(t, { port });
    const failed = await second.until((line) => line.event === 'failed', 10);
    t.is(failed.code, 486);
});
