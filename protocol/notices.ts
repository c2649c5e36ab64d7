/**
 * What the transport of viewers tells a script (P2P_TAKE): a line of JSON, raw bytes behind it where an entry says so. Made of
 * it (tools/protocol): writers in C (native/p2p/view/oc_notices.h), types and fields in TypeScript (native/script/reply-rows.ts),
 * a table of docs/design/script.md.
 */

/** `text?` may be left out: '' in TypeScript, NULL in C. A list: one of these words. */
export type NoticeField = 'number' | 'text' | 'text?' | readonly string[];

/** One notice; its key is its `kind`. */
export interface Notice {
    readonly fields: Readonly<Record<string, NoticeField>>;
    /** A line feed and these follow. */
    readonly bytes?: true;
    /** In Markdown. */
    readonly meaning: string;
}

const ofSession = { session: 'number' } as const;
const ofView = { view: 'number', session: 'number' } as const;
const question = { ...ofView, label: 'text', peer: 'text' } as const;
const end = { ...ofView, reason: 'text' } as const;

/** In the order of the document. */
export const notices: Readonly<Record<string, Notice>> = {
    ready: { fields: {}, meaning: 'addresses are known' },
    'connect-fail': { fields: { reason: 'text?' }, meaning: 'a STUN or TURN server does not answer' },
    'addr-changed': { fields: {}, meaning: 'our address is another one' },
    'peer-error': { fields: { ...ofSession, reason: 'text' }, meaning: 'the network failed a viewer' },
    session: { fields: { ...ofSession, state: ['up', 'lost', 'back', 'over'], reason: 'text?', address: 'text?' }, meaning: '`reason` when it is over, else `address`' },
    candidate: { fields: { ...ofSession, line: 'text', mid: 'text' }, meaning: 'ours, for a viewer that trickles; empty `line`: no more' },
    watermark: { fields: { ...ofView, level: ['low', 'warn', 'high'] }, meaning: 'once for each crossing' },
    'send-start': { fields: question, meaning: "a question: `ACCEPT` or `REFUSE`. `peer` is its address, empty: not known yet. Labels that are none are refused without a script" },
    'receive-start': { fields: question, meaning: "the same; the label's action is `voice`" },
    'send-stop': { fields: end, meaning: 'once for each view that was accepted, or that left before its question was answered' },
    'receive-end': { fields: end, meaning: 'the same' },
    receive: { fields: ofView, bytes: true, meaning: 'a message of a `voice` that was accepted as `receive`; of those that nobody takes the oldest are dropped and counted' },
    control: { fields: ofView, bytes: true, meaning: 'a message of at most 1 KB of the viewer on its playback' },
    command: { fields: { ...ofView, request: 'number' }, bytes: true, meaning: 'a request of a command channel: `REPLY`' },
};
