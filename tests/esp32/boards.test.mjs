// The files of hosts/esp32 that only the SDK reads: boards, partitions, compiler flags; and what documents quote of the host.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';

const host = path.join(root, 'hosts', 'esp32');
/** @param {string} name */
const text = (name) => readFileSync(path.join(host, name), 'utf8');
const boards = readdirSync(path.join(host, 'boards'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const signals = ['xclk', 'pclk', 'vsync', 'href', 'sda', 'scl', 'd0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'];

for (const { name } of boards) {
    const manifest = JSON.parse(text(`boards/${name}/manifest.json`));
    const camera = manifest.defines.camera;

    test(`${name}: every signal of the camera has a pin of its own`, (t) => {
        const pins = signals.map((signal) => camera[signal]);
        for (const [index, pin] of pins.entries()) {
            // an ESP32-S3 has GPIO 0 .. 21 and 26 .. 48; 26 .. 37 are flash and octal PSRAM
            t.true(Number.isInteger(pin) && ((pin >= 0 && pin <= 21) || (pin >= 38 && pin <= 48)), `${signals[index]}: ${pin}`);
        }
        const { power_pin, light_pin, light_level, privacy_pin, privacy_level } = manifest.defines.occamera ?? {};
        t.is(light_pin === undefined, light_level === undefined);
        t.is(privacy_pin === undefined, privacy_level === undefined);
        const used = [...pins, power_pin, light_pin, privacy_pin, camera.powerdown, camera.reset].filter((pin) => pin >= 0);
        t.is(new Set(used).size, used.length);
        t.is(manifest.build.ESP32_SUBCLASS, 'esp32s3');
        t.is(manifest.build.SUBPLATFORM, name);
        t.is(name, name.toLowerCase(), 'the SDK makes the platform lower case');
    });

    test(`${name}: the README says the same pins`, (t) => {
        const row = text('README.md')
            .split('\n')
            .find((line) => line.startsWith(`| \`${name}\``));
        const cells = row?.split('|').map((cell) => cell.trim()) ?? [];
        /** @param {string[]} names */
        const pins = (...names) => names.map((signal) => camera[signal]).join(' ');
        t.is(cells[3], pins('d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'));
        t.is(cells[4], pins('xclk', 'pclk', 'vsync', 'href'));
        t.is(cells[5], pins('sda', 'scl'));
    });
}

test('refused boards have a reason and no folder', (t) => {
    const refused = Object.entries(JSON.parse(text('boards/refused.json')));
    t.true(refused.length > 0);
    for (const [name, why] of refused) {
        t.regex(String(why), /JPEG/);
        t.false(boards.some((board) => board.name === name));
    }
});

test('partitions lie side by side in 8 MB, applications in a type of our own', (t) => {
    const rows = text('partitions.csv')
        .split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => line.split(',').map((cell) => cell.trim()))
        .map(([name = '', type = '', subtype = '', offset = '', size = '']) => ({
            name,
            type,
            subtype,
            offset: Number(offset),
            size: Number(size),
        }));
    t.deepEqual(
        rows.map((row) => row.name),
        ['nvs', 'otadata', 'phy_init', 'ota_0', 'ota_1', 'appA', 'appB', 'storage'],
    );
    let end = 0x9000; // behind bootloader and table
    for (const row of rows) {
        t.true(row.offset >= end, row.name);
        t.is(row.offset % (row.type === 'app' ? 0x10000 : 0x1000), 0, row.name);
        t.is(row.size % 0x1000, 0, row.name);
        end = row.offset + row.size;
    }
    t.is(end, 8 * 1024 * 1024);
    const slot = Number(/OC_APP_SLOT_TYPE\s+(0x\d+)/.exec(text('oc_app_slot.h'))?.[1]);
    for (const row of rows.filter(({ name }) => name.startsWith('app'))) {
        t.is(Number(row.type), slot);
        t.is(row.size, 256 * 1024);
    }
    t.false(rows.some((row) => Number(row.type) === 0x40), 'the SDK rewrites that one');
});

test('project sources are compiled for atomics in PSRAM and with the limits of a board', (t) => {
    t.deepEqual(text('cflags').trim().split('\n'), ['-mdisable-hardware-atomics', '-DOC_LIMITS_BOARD']);
    const { build } = JSON.parse(text('manifest.json'));
    t.is(build.OCELLUS_FLAGS, './cflags');
    t.is(build.C_FLAGS_SUBPLATFORM, '@$(OCELLUS_FLAGS)');
});

test('what the UDP transport needs of ESP-IDF is switched on', (t) => {
    const config = text('sdkconfig.defaults');
    for (const name of ['MBEDTLS_SSL_PROTO_DTLS', 'MBEDTLS_X509_CREATE_C', 'MBEDTLS_CHACHAPOLY_C', 'MBEDTLS_EXTERNAL_MEM_ALLOC', 'MBEDTLS_THREADING_C']) {
        t.true(config.includes(`CONFIG_${name}=y`), name);
    }
    const { modules } = JSON.parse(text('manifest.json'));
    const root_modules = JSON.parse(readFileSync(path.join(root, 'manifest.json'), 'utf8')).modules;
    const listed = [...modules['ocellus/*'].map((/** @type {string} */ one) => one.replace('../../', './')), ...root_modules['ocellus/*']];
    for (const { name } of readdirSync(path.join(root, 'native', 'p2p'), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
        t.true(listed.includes(`./native/p2p/${name}/*`), name);
    }
});

test('the script is told the version of the package, and settings that are JSON', (t) => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const source = text('oc_script_esp.c');
    t.is(/OC_VERSION "([^"]+)"/.exec(source)?.[1], version);
    const literal = /settings\[\] =([^;]+);/.exec(source)?.[1] ?? '';
    const json = [...literal.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => JSON.parse(`"${match[1]}"`)).join('');
    t.like(JSON.parse(json), { channels: [{ input: 'camera:' }], record: { enabled: false } });
});

test('docs/memory.md quotes the task table', (t) => {
    const memory = readFileSync(path.join(root, 'docs', 'memory.md'), 'utf8');
    const tasks = [...text('sys/oc_tasks.h').matchAll(/X\(\w+, "(\w+)", (\d+), (\d+), (\d+)\)/g)];
    t.is(tasks.length, 5);
    for (const [, name, core, priority, stack] of tasks) {
        const row = `| \`${name}\` | ${core} | ${priority} | ${Number(stack).toLocaleString('en')} |`;
        t.true(memory.includes(row), row);
    }
});
