// From protocol/events.ts: kinds in C, those of the program in TypeScript, texts of the page, docs/design/event-kinds.md.
import { cell, made, pageText, upper, wrap } from '../settings/made.mjs';

/** @typedef {import('../../protocol/events.ts').EventKind} EventKind */
/** @typedef {[kind: string, row: EventKind]} Row */

const source = 'protocol/events.ts';

/** @param {readonly Row[]} rows @returns {string} */
export function eventHeader(rows) {
    const entries = rows
        .filter(([, { by }]) => by === 'plane' || by === 'input')
        .map(([kind, { bit }]) => `    X(${upper(kind)}, "${kind}", ${bit === undefined ? 0 : `1u << ${bit - 1}`})`);
    return `/* ${made('protocol', source)} */
#ifndef OC_EVENT_KIND_H
#define OC_EVENT_KIND_H

#include <stdint.h>

/* clang-format off */
/* Kinds of events of the program: name, word in the log, bits of the mask (requirement A7); what each means:
 * docs/design/event-kinds.md. */
#define OC_EVENT_KIND_MAP(X) \\
${entries.join(' \\\n')}
/* clang-format on */

/* Whoever raises an event names one of them: any other does not compile. */
typedef enum oc_event_kind {
#define OC_EVENT_KIND_ENUM(name, word, mask) OC_EVENT_##name,
    OC_EVENT_KIND_MAP(OC_EVENT_KIND_ENUM)
#undef OC_EVENT_KIND_ENUM
} oc_event_kind_t;

/* Its word; static. */
const char *oc_event_kind_word(oc_event_kind_t kind);
/* Its bit of the mask of events; 0: it has none. */
uint32_t oc_event_kind_mask(oc_event_kind_t kind);

#endif
`;
}

/** @param {readonly Row[]} rows @returns {string[]} */
export function eventConstants(rows) {
    const own = rows.filter(([, { by }]) => by === 'plane').map(([kind]) => kind);
    const words = wrap(own.join(' '), 108).map((line) => `    ' ${line}`);
    const bits = rows.filter(([, { bit }]) => bit !== undefined).map(([kind, { bit }]) => `    ${kind}: ${bit},`);
    return [
        '/** Kinds of events that only the media plane and its host raise: each between two blanks. */',
        'export const programKinds =',
        ...`${words.join("' +\n")} ';`.split('\n'),
        '/** Kinds that have a bit of the mask of events, and its number from 1 on. */',
        'export const kindBits: Readonly<Record<string, number>> = Object.freeze({',
        ...bits,
        '});',
    ];
}

/** @param {readonly Row[]} rows @param {0 | 1} language @returns {string[]} lines of a catalogue */
export function eventTexts(rows, language) {
    return rows.map(([kind, { page }]) => pageText(`event.${kind}`, page[language]));
}

/** @type {readonly (readonly [by: string, heading: string, text: string])[]} */
const chapters = [
    ['plane', 'Of the program', 'The media plane and its host raise them; no application can. `code` is an error number (0: none), unless it says otherwise.'],
    ['input', 'Of the device', 'Inputs and detectors: `code` is 1 when it begins and 0 when it ends, `text` `on` or `off`. Applications may raise them too.'],
    ['app', 'Of the application that ships with it', 'Raised, or kept without being raised ([events.md](events.md#sources-of-events)).'],
    ['person', 'Of people', ''],
];

/** @param {EventKind} row @returns {string} */
function fieldsOf({ bit, lasts, code, path, text, data }) {
    const said = Object.entries({ bit, code, path, text, data }).filter(([, value]) => value !== undefined);
    return [...said.map(([name, value]) => `\`${name}\`: ${value}`), ...(lasts ? ['begins and ends'] : [])].join('; ');
}

/** @param {readonly Row[]} rows @returns {string} */
export function eventPage(rows) {
    const parts = chapters.map(([by, heading, text]) => {
        const lines = rows
            .filter(([, row]) => row.by === by)
            .map(([kind, row]) => `| \`${kind}\` | ${cell(row.meaning)} | ${cell(fieldsOf(row))} |`);
        return [`## ${heading}`, ...(text === '' ? [] : [text, '']), '| kind | meaning | it says |', '|---|---|---|', ...lines].join('\n');
    });
    return `<!-- ${made('protocol', source)} -->
# Kinds of events

Words of \`kind\` in the [log](api.md), in the [events that are kept](events.md) and for the handlers of an application. One
more is one entry of \`${source}\` and the line that raises it ([recipe](../recipes.md#an-event-kind)).

${parts.join('\n\n')}
`;
}
