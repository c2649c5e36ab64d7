/**
 * An application without capabilities asks for modules that need one, under any name. Run with all capabilities withheld
 * (xsrun --withhold): each of these tests fails where oc_app_surface_module looks at none.
 */
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** The modules of hosts/xs/oc_app_surface.c that need a capability. */
const guarded = [
    'embedded:io/socket/tcp',
    'embedded:io/socket/udp',
    'embedded:network/http/client',
    'embedded:storage/files',
    'embedded:storage/key-value',
    'ocellus/http',
    'ocellus/p2p',
];

/** Modules of the host that no application has. */
const inner = [
    'ocellus/link',
    'ocellus/mail',
    'ocellus/p2p-link',
    'ocellus/surface',
    'ocellus/globals',
    'ocellus/load-app',
    'main',
    'mc/config',
    'embedded:network/dns/resolver/udp',
    'socket',
    'file',
];

/** Other ways to write a name. Those that mean the same module must be refused, those that mean none are none. */
function forged(name: string): string[] {
    const up = '../'.repeat(3);
    return [
        name,
        `${name}.js`,
        `${name}.mjs`,
        `${name}.js.js`,
        `./${name}`,
        `../${name}`,
        `./${up}${name}`,
        `${up}${name}`,
        `./../${up}${name}`,
        `/${name}`,
        `${name}/`,
        `${name}/../${name}`,
        `ocellus/../${name}`,
        `./././${name}`,
        name.toUpperCase(),
        name[0]?.toUpperCase() + name.slice(1),
        ` ${name}`,
        `${name} `,
        `${name}\0`,
        `${name}\0.js`,
        `\0${name}`,
        `file:${name}`,
        `node:${name}`,
        name.replace(/^embedded:/, ''),
        name.replace(/^embedded:/, 'embedded:/'),
        name.replace(/^embedded:/, 'embedded:./'),
        name.replace(/^ocellus\//, 'ocellus//'),
        name.replaceAll('/', '\\'),
        name.replaceAll('/', '%2f'),
        name.replaceAll('o', '\u043e'),
        `${name}?x`,
        `${name}#x`,
    ];
}

const take = (specifier: string): Promise<unknown> => import(specifier);

async function refused(specifier: unknown): Promise<void> {
    let got: unknown;
    try {
        got = await take(specifier as string);
    } catch (error) {
        assert(error instanceof Error, `${String(specifier)}: no error`);
        return;
    }
    throw new Error(`${JSON.stringify(specifier)} gave ${Object.keys(got as object).join(', ')}`);
}

test('what needs a capability is not there, under any name', async () => {
    for (const name of guarded.flatMap(forged)) {
        await refused(name);
    }
});

test('what no application has is not there either', async () => {
    for (const name of inner.flatMap(forged)) {
        await refused(name);
    }
});

test('what is refused is refused as if it were not there', async () => {
    for (const name of guarded) {
        await assertRejects(take(name), { message: /no module/ });
    }
});

test('very long names, and what is no text, are refused', async () => {
    for (const length of [255, 256, 257, 4096, 70_000]) {
        await refused('a'.repeat(length));
        await refused(`./${'../'.repeat(length)}ocellus/p2p`);
        await refused(`ocellus/p2p${'\0'.repeat(length)}`);
        await refused(`ocellus/p2p${'.js'.repeat(length)}`);
    }
    for (const value of [undefined, null, 0, {}, [], ['ocellus/p2p'], () => 'ocellus/p2p']) {
        await refused(value);
    }
});

test('a name that changes between two looks is refused', async () => {
    let looks = 0;
    const name = { toString: () => (looks++ === 0 ? 'timer' : 'ocellus/p2p') };
    const module = await take(name as unknown as string).catch(() => ({}));
    assert(!('P2p' in (module as object)), 'the second look counted');
});

test('an archive that has a module of such a name opens nothing', async () => {
    await assertRejects(take('ocellus/p2p'), { message: /no module/ });
    const own = (await take('ocellus/impostor')) as { default: string };
    assertEqual(own.default, 'of the application');
});

test('asking again, and asking from a promise, changes nothing', async () => {
    const names = [...guarded, ...guarded, ...guarded];
    const results = await Promise.allSettled(names.map((name) => Promise.resolve(name).then(take)));
    assertEqual(results.filter(({ status }) => status === 'fulfilled').length, 0);
});
