// Source maps, as far as error messages need them.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Numbers of one base-64 VLQ segment. */
function decodeSegment(segment) {
    const numbers = [];
    let value = 0;
    let shift = 0;
    for (const letter of segment) {
        const digit = alphabet.indexOf(letter);
        value |= (digit & 31) << shift;
        shift += 5;
        if (digit & 32) continue;
        numbers.push(value & 1 ? -(value >> 1) : value >> 1);
        value = 0;
        shift = 0;
    }
    return numbers;
}

/** Source file and line (1-based) of a place in `file` (line 1-based, column 0-based), or undefined without a map. */
export function sourceLine(file, line, column = 0) {
    const mapFile = `${file}.map`;
    if (!existsSync(mapFile)) return undefined;
    const map = JSON.parse(readFileSync(mapFile, 'utf8'));
    let sourceAt = 0;
    for (const [index, group] of map.mappings.split(';').entries()) {
        let columnAt = 0;
        let found;
        for (const segment of group === '' ? [] : group.split(',')) {
            const [columns, , lines = 0] = decodeSegment(segment);
            columnAt += columns;
            sourceAt += lines;
            if (found === undefined || columnAt <= column) found = sourceAt;
        }
        if (index === line - 1) {
            return found === undefined ? undefined : { file: resolve(dirname(mapFile), map.sources[0]), line: found + 1 };
        }
    }
    return undefined;
}
