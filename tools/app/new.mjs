// `ocellus app new`: a folder with an application that runs.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Mistakes } from '../bundle/archive.mjs';
import { apiLevel } from '../bundle/needs.mjs';
import { writeTypesConfig } from './build.mjs';
import { namePattern, nameRule } from './manifest.mjs';

/** Files of the template that cannot have their own name there. @type {Readonly<Record<string, string>>} */
const renamed = { gitignore: '.gitignore' };

/**
 * @param {string} where folder to make; its last part is the name
 * @param {import('./kit.mjs').Kit} kit
 */
export function newApp(where, kit) {
    const folder = path.resolve(where);
    const name = path.basename(folder);
    if (!namePattern.test(name)) throw new Mistakes(`"${name}" is not allowed as a name: ${nameRule}`);
    if (existsSync(folder) && readdirSync(folder).length > 0) throw new Mistakes(`${where}: is there already, and not empty`);
    /** @param {string} below */
    const copy = (below) => {
        mkdirSync(path.join(folder, below), { recursive: true });
        for (const entry of readdirSync(path.join(kit.template, below), { withFileTypes: true })) {
            const from = path.join(below, entry.name);
            if (entry.isDirectory()) {
                copy(from);
                continue;
            }
            const text = readFileSync(path.join(kit.template, from), 'utf8');
            const to = path.join(folder, below, renamed[entry.name] ?? entry.name);
            writeFileSync(to, text.replaceAll('@NAME@', name).replaceAll('@API@', String(apiLevel)));
        }
    };
    copy('');
    writeTypesConfig(folder, kit);
    return folder;
}
