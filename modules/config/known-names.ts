/** Every name that a property of JSON from outside may have. */
import type { Schema } from 'ocellus/app/config/schema';
import { fileSchema } from 'ocellus/app/config/settings';

/** Bodies of `/api` that are no settings, and what viewers by UDP say. */
const others = [
    ...['on', 'sdp', 'open', 'id', 'label', 'candidate'],
    ...['command', 'channel', 'stream', 'pause', 'resume', 'seek', 'speed'],
    ...['kind', 'data', 'now', 'seconds', 'backup'],
] as const;

function namesOf(schema: Schema<unknown>): readonly string[] {
    const inside = [...Object.values(schema.fields ?? {}), ...(schema.items ? [schema.items.schema] : [])];
    return [...Object.keys(schema.fields ?? {}), ...inside.flatMap(namesOf)];
}

/** Each between two blanks: as a set they took 5 KB of a board's heap. */
const all = ` ${[...new Set([...others, ...namesOf(fileSchema(1))])].join(' ')} `;

/** Whether it is one of those of the settings, or of the others. */
export function isKnownName(name: string): boolean {
    return !name.includes(' ') && all.includes(` ${name} `);
}
