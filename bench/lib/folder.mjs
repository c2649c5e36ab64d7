// A folder of a new application, ready to be built.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { install } from '../../tests/app/folder.mjs';

/** @param {string} program @param {string} top an empty folder @returns {string} `top`/hello */
export function newFolder(program, top) {
    execFileSync(program, ['app', 'new', 'hello'], { cwd: top });
    const folder = path.join(top, 'hello');
    install(folder);
    return folder;
}
