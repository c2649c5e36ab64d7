/** Settings of home, away and night, which hold while one of them is chosen (ADR 97): part of settings-table.ts. Pure. */
import { choice, list, object, text } from 'ocellus/app/config/schema';
import type { Group } from 'ocellus/app/config/settings-entry';

/** The sets. */
export const modeNames = ['home', 'away', 'night'] as const;
/** One of them, or none: every camera as its own settings say. */
export const modeWords = ['none', ...modeNames] as const;
/** What is in force. */
export type ModeName = (typeof modeWords)[number];

/** Cameras of one set, at most. */
const camerasMax = 64;

const sameOnOff = choice(['same', 'on', 'off']);

/** What a set says of one camera; what it leaves out, or `same`, stays as its settings say. */
const cameraSchema = object({
    channel: text(/^[a-z0-9][a-z0-9-]{0,30}$/, 'the name of a channel'),
    record: choice(['same', 'continuous', 'scheduled', 'event', 'scheduled-event', 'never']),
    detect: sameOnOff,
});

function setOf(name: string) {
    return {
        privacy: {
            schema: sameOnOff,
            default: 'same',
            meaning: `while ${name} holds: \`on\`: nothing is captured; \`off\`: the hours of \`privacy.schedule\` do not count`,
        },
        notify: {
            schema: sameOnOff,
            default: 'same',
            meaning: `while ${name} holds: \`off\`: as in quiet hours; \`on\`: the quiet hours do not count`,
        },
        cameras: {
            schema: list(cameraSchema, camerasMax, 0),
            default: [],
            meaning: `while ${name} holds, of each \`channel\`: \`record\` in place of \`record.mode\`, \`detect\` in place of \`motion.enabled\` (off: \`sound.enabled\` too)`,
            allowed: 'a list of `channel`, `record` (a mode or `same`) and `detect` (`same`, `on`, `off`)',
        },
    } as const satisfies Group;
}

/** Of the settings. */
export const modeTable = {
    active: {
        schema: choice(modeWords),
        default: 'none',
        meaning: 'the set that holds: `home`, `away`, `night`; `none`: every camera as its own settings say',
    },
    home: setOf('home'),
    away: setOf('away'),
    night: setOf('night'),
} as const satisfies Group;
