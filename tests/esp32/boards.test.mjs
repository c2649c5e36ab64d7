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
        ['nvs', 'otadata', 'phy_init', 'slots', 'ota_0', 'ota_1', 'appA', 'appB', 'storage'],
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
        t.is(row.size, 512 * 1024);
    }
    t.false(rows.some((row) => Number(row.type) === 0x40), 'the SDK rewrites that one');
});

test('project sources are compiled for atomics in PSRAM and with the limits of a board', (t) => {
    t.deepEqual(text('cflags').trim().split('\n'), ['-mdisable-hardware-atomics', '-DOC_LIMITS_BOARD']);
    const { build } = JSON.parse(text('manifest.json'));
    t.is(build.OCELLUS_FLAGS, './cflags');
    t.is(build.C_FLAGS_SUBPLATFORM, '@$(OCELLUS_FLAGS)');
});

/** Components of ESP-IDF v6.0 that every other one may use, and those that the camera's component brings. */
const always = ['esp_common', 'esp_hw_support', 'esp_rom', 'esp_system', 'freertos', 'heap', 'log'];

/** Which component has a header that hosts/esp32 includes; read in ESP-IDF v6.0 (662a3be3). @type {Record<string, string>} */
const componentOf = {
    'driver/gpio.h': 'esp_driver_gpio',
    'driver/ledc.h': 'esp_driver_ledc',
    'esp_attr.h': 'esp_common',
    'esp_camera.h': 'esp32-camera',
    'esp_err.h': 'esp_common',
    'esp_event.h': 'esp_event',
    'esp_heap_caps.h': 'heap',
    'esp_log.h': 'log',
    'esp_netif.h': 'esp_netif',
    'esp_ota_ops.h': 'app_update',
    'esp_partition.h': 'esp_partition',
    'esp_random.h': 'esp_hw_support',
    'esp_rom_md5.h': 'esp_rom',
    'esp_system.h': 'esp_system',
    'esp_task_wdt.h': 'esp_system',
    'esp_timer.h': 'esp_timer',
    'freertos/FreeRTOS.h': 'freertos',
    'freertos/task.h': 'freertos',
    'lwip/dns.h': 'lwip',
    'lwip/sockets.h': 'lwip',
    'nvs.h': 'nvs_flash',
    'nvs_flash.h': 'nvs_flash',
    'psa/crypto.h': 'mbedtls',
};

/** Folders of headers that the SDK's makefile does not have. @type {Record<string, string[]>} */
const missing = {
    app_update: ['include'],
    mbedtls: ['port/include', 'port/psa_driver/include', 'mbedtls/include', 'mbedtls/tf-psa-crypto/include', 'mbedtls/tf-psa-crypto/drivers/builtin/include'],
    nvs_flash: ['include'],
};

test('every header of ESP-IDF that is included belongs to a component that the manifest names', (t) => {
    const folder = path.join(root, 'hosts', 'esp32');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[ch]$/.test(name));
    const included = new Set(files.flatMap((name) => [...text(name).matchAll(/^#include ["<]([^">]+)[">]/gm)].map((match) => match[1] ?? '')));
    const foreign = [...included].filter((name) => /^(driver|esp_|freertos\/|lwip\/|nvs|psa\/|mbedtls\/)/.test(name) && !files.some((file) => path.basename(file) === name));
    const { platforms } = JSON.parse(text('manifest.json'));
    const named = platforms.esp32.dependency.map((/** @type {{ idf?: string, name?: string }} */ one) => one.idf ?? one.name);
    t.deepEqual(
        foreign.filter((name) => componentOf[name] === undefined),
        [],
        'of which component?',
    );
    const needed = new Set(foreign.map((name) => componentOf[name] ?? '').filter((name) => !always.includes(name)));
    t.deepEqual(
        [...needed].filter((name) => !named.includes(name)),
        [],
    );
    t.true(named.includes('esp_jpeg'), 'esp_camera.h includes jpeg_decoder.h');
    const rules = text('make.esp32.mk');
    for (const [component, folders] of Object.entries(missing).filter(([name]) => needed.has(name))) {
        for (const one of folders) {
            t.true(rules.includes(`$(IDF_PATH)/components/${component}/${one}`), `${component}/${one}`);
        }
    }
    t.true(rules.includes(`-DMBEDTLS_CONFIG_FILE='"mbedtls/esp_config.h"'`), 'structs as the library has them');
    t.true(rules.indexOf('mbedtls/port/include') < rules.indexOf('mbedtls/mbedtls/include'), "ESP-IDF's headers stand before mbedTLS's");
});

test('watchdogs are on, and a panic restarts the board', (t) => {
    const lines = text('sdkconfig.defaults').split('\n');
    for (const name of ['ESP_INT_WDT', 'ESP_TASK_WDT_EN', 'ESP_TASK_WDT_PANIC', 'ESP_SYSTEM_PANIC_PRINT_REBOOT', 'BOOTLOADER_APP_ROLLBACK_ENABLE', 'ESP_ERR_TO_NAME_LOOKUP']) {
        t.true(lines.includes(`CONFIG_${name}=y`), name);
    }
    t.is(JSON.parse(text('manifest.json')).defines.xs.abortHook, 1);
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
    t.is(tasks.length, 6);
    for (const [, name, core, priority, stack] of tasks) {
        const row = `| \`${name}\` | ${core} | ${priority} | ${Number(stack).toLocaleString('en')} |`;
        t.true(memory.includes(row), row);
    }
});
