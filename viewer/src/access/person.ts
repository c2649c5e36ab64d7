/** People who have a password here, as the device tells them (docs/design/access.md). */
import { fields, text } from '../json.js';
import { parseRights, type Rights } from '../rights.js';
import { type PlainKey, t } from '../text.js';

/** Somebody with a password. */
export interface Person extends Rights {
    readonly name: string;
}

/** Acts in the order in which they are shown. */
export const actNames = ['see', 'look', 'talk', 'change', 'delete'] as const;

const texts: Readonly<Record<string, PlainKey>> = { see: 'actSee', look: 'actLook', talk: 'actTalk', change: 'actChange', delete: 'actDelete' };

/** An act in plain words. */
export function actText(act: string): string {
    const key = texts[act];
    return key === undefined ? act : t(key);
}

/** One of the list of the device; undefined: it is none. */
export function parsePerson(value: unknown): Person | undefined {
    const name = text(fields<{ readonly name?: unknown }>(value)?.name);
    return name === undefined ? undefined : { name, ...parseRights(value) };
}

/** What somebody may do, in a line. titleOf: what people call a camera. */
export function rightsText({ right, acts, cameras }: Rights, titleOf: (camera: string) => string = (name) => name): string {
    if (right === 'own') {
        return t('peopleOwn');
    }
    const where = cameras === undefined ? t('peopleAll') : cameras.map(titleOf).join(', ');
    const what = actNames.filter((act) => acts.includes(act)).map(actText);
    return t('peopleRights', { acts: what.join(', '), cameras: where });
}
