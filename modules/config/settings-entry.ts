/** What an entry of the table of settings says. Types only: nothing of this is in the program. */
import type { Schema, TypeOf } from 'ocellus/app/config/schema';
import type { PageGroup } from 'ocellus/app/config/settings-table';

/** A field of a record that the script hands to the media plane (protocol/records.ts). */
export interface RecordField {
    readonly of: 'channel' | 'record' | 'listen' | 'p2p';
    /** In TypeScript. */
    readonly name: string;
    /** In C; left out: `name` in small letters with underscores. */
    readonly c?: string;
    /** Of a text: bytes with NUL, or a constant of C. */
    readonly size?: number | string;
    /** Of a number: the record has so many times the setting. */
    readonly times?: number;
    /** Of a choice: the field is true for this word. */
    readonly when?: string;
}

/** One setting. */
export interface Setting {
    readonly schema: Schema<unknown>;
    /** In force when nothing else is said; left out: it must be given, or load.ts finds one. */
    readonly default?: unknown;
    /** Words for `default` in documents. */
    readonly shown?: string;
    /** Option of the command line and its value: "port N". A list is given entry by entry. */
    readonly option?: string;
    /** Variable of the environment that gives it where nothing else does: a secret is no option of the command line. */
    readonly environment?: string;
    /** For `--help`. */
    readonly help?: string;
    /** For docs/design/cli.md; left out: `help`. */
    readonly meaning?: string;
    /** For docs/design/cli.md; left out: as the schema says. */
    readonly allowed?: string;
    /** On the page: group, label, and a hint if there is one (viewer/src/text). One text: 58 lists take 5 KB. */
    readonly page?: `${PageGroup} set.${string}`;
    /** On the page: shown first; the others of its group are folded. */
    readonly basic?: true;
    /** A change is in force after a restart of the program. */
    readonly restart?: true;
    /** It holds addresses with passwords: people see them redacted. */
    readonly secret?: true;
    /** It is a secret: people see `***`, and what comes back so stays as it is. */
    readonly hidden?: true;
    /** Of a list of objects, which `name` tells apart: which of their members hold an address, and which are secrets. */
    readonly items?: { readonly secret: readonly string[]; readonly hidden: readonly string[] };
    readonly record?: RecordField;
}

/** Settings under one key. */
export interface Group {
    readonly [key: string]: Setting | Group;
}

/** Complete settings of a group. */
export type Values<G> = {
    readonly [K in keyof G]: G[K] extends Setting ? TypeOf<G[K]['schema']> : Values<G[K]>;
};
/** What a document may say of a group. */
export type Given<G> = {
    readonly [K in keyof G]?: G[K] extends Setting ? TypeOf<G[K]['schema']> : Given<G[K]>;
};
