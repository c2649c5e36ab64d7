// An application whose errors must name the lines of its TypeScript, on any host.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../e2e/device.mjs';
import { app, newFolder } from './folder.mjs';

const main = `import { start } from 'ocellus/app/system/application';
import { Bell } from './parts/bell';

interface Door { readonly bell: Bell }

async function missed(door: Door): Promise<string> {
    await Promise.resolve();
    return door.bell.missing(undefined as never); // main missed
}

void start({
    name: 'doorcam',
    started(camera) {
        const door: Door = { bell: new Bell() };
        camera.route('POST', '/api/throws', () => {
            setTimeout(() => {
                const rung = [1, 2, 3].map((times) => times * 2);
                door.bell.ring(rung.length); // main throws
            }, 0);
            return { status: 202 };
        });
        camera.route('POST', '/api/awaits', () => {
            void (async () => {
                for (let i = 0; i < 2; i++) {
                    await Promise.resolve();
                }
                door.bell.missing(undefined as never); // main awaits
            })();
            return { status: 202 };
        });
        camera.route('POST', '/api/arrow', () => {
            setTimeout(() => door.bell.missing(undefined as never), 0); // main arrow
            return { status: 202 };
        });
        camera.route('POST', '/api/chain', () => {
            void Promise.resolve().then(() => missed(door)); // main chain
            return { status: 202 };
        });
        camera.route('POST', '/api/endless', () => {
            setTimeout(() => door.bell.endless(1), 0); // main endless
            return { status: 202 };
        });
    },
});
`;

const bell = `/** Many lines of types become none. */
export interface Sound {
    readonly name: string;
}

export class Bell {
    private rings = 0;

    ring(times: number): void {
        const words = [];
        while (this.rings < times) {
            words.push(\`\${this.rings++}\`);
            if (this.rings === times) {
                throw new RangeError('no bell'); // bell throws
            }
        }
    }

    missing(sound: Sound): string {
        return sound.name.toUpperCase(); // bell awaits
    }

    endless(depth: number): number {
        return this.endless(depth + 1) + 1; // bell endless
    }
}
`;

const files = { 'src/main.ts': main, 'src/parts/bell.ts': bell };

/** @param {string} text @param {string} mark @returns {number} the line that ends with it */
const lineOf = (text, mark) => text.split('\n').findIndex((line) => line.endsWith(`// ${mark}`)) + 1;

/**
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} options of `ocellus app build`
 * @param {(archive: string) => import('../e2e/device.mjs').Device} run
 */
export async function errorsNameLines(t, options, run) {
    const folder = await newFolder(t, files);
    const built = await app(folder, ['build', ...options]);
    t.is(built.code, 0, built.err);
    const { name } = JSON.parse(readFileSync(path.join(folder, 'ocellus.json'), 'utf8'));
    const device = run(path.join(folder, 'build', `${name}${options.includes('--sdk') ? '-sdk' : ''}.xsa`));
    const url = await device.url();
    const message = async (/** @type {number} */ restarts) => {
        const { script } = await device.json('/api/status');
        return script.state === 'running' && script.restarts === restarts ? script.lastEnd.message : undefined; // the host's own answer has one line
    };
    // how, where in bell.ts it ends, and what of main.ts has called that
    const ways = [['throws', 'throws', 'throws'], ['awaits', 'awaits', 'awaits'], ['arrow', 'awaits', 'arrow'], ['chain', 'awaits', 'missed'], ['endless', 'endless']];
    for (const [i, [way = '', end = '', caller]] of ways.entries()) {
        const { status } = await fetch(`${url}/api/${way}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
        t.is(status, 202);
        const text = await eventually(() => message(i + 1).catch(() => undefined), `the end by ${way}`);
        const deepest = `src/parts/bell.ts:${lineOf(bell, `bell ${end}`)}`;
        t.true(text.includes(deepest), text);
        t.true(device.stderr.includes(deepest), device.stderr);
        if (caller !== undefined) {
            t.true(text.includes(`src/main.ts:${lineOf(main, `main ${caller}`)}`), text);
        }
    }
    t.is((await device.stop()).code, 0, device.stderr);
}
