import { importSettings, patchSettings } from 'ocellus/app/config/change';
import type { JsonObject } from 'ocellus/app/config/json';
import { loadSettings } from 'ocellus/app/config/load';
import type { Schema } from 'ocellus/app/config/schema';
import { redacted } from 'ocellus/app/config/settings';
import type { Group } from 'ocellus/app/config/settings-entry';
import { channelTable, isSetting, settingsTable } from 'ocellus/app/config/settings-table';
import { FakeHost } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const token = 'q7f3zkTOKENw81';
/** Addresses with a password in them, as people write them: at the places where they put it. */
const addresses = [
    `https://example.com/hooks/${token}`,
    `https://example.com/hook?token=${token}`,
    `http://example.com/${token}.jpg?x=1`,
    `rtsp://me:${token}@example.com/live`,
    `turn://me:${token}@example.com`,
];
/** Texts that may be anything: names for people, paths of files, rules of a time zone. */
const anything = ['name', 'title', 'user', 'snapshots.template', 'http.tlsCert', 'http.tlsKey', 'timezone'];

function takes(schema: Schema<unknown>, value: unknown): boolean {
    try {
        schema.read(value, '');
        return true;
    } catch {
        return false;
    }
}

/** Each setting that takes one of the addresses, with what is shown of it. */
function shownOf(group: Group, before = ''): (readonly [place: string, address: string, shown: string])[] {
    return Object.entries(group).flatMap(([key, entry]) => {
        const place = `${before}${key}`;
        if (!isSetting(entry)) {
            return shownOf(entry, `${place}.`);
        }
        return addresses.flatMap((address) =>
            [address, [address]].flatMap((given): [string, string, string][] => {
                if (!takes(entry.schema, given)) {
                    return [];
                }
                const document = place
                    .split('.')
                    .reduceRight<unknown>((value, name) => new Map([[name, value]]), given);
                const plain = (value: unknown): unknown =>
                    value instanceof Map
                        ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
                        : value;
                const whole = plain(document) as JsonObject;
                const shown = group === channelTable ? redacted({ channels: [whole] }) : redacted(whole);
                return [[place, address, JSON.stringify(shown)]];
            }),
        );
    });
}

test('no setting that takes an address shows the password in it', () => {
    const found = [...shownOf(settingsTable), ...shownOf(channelTable)];
    const places = [...new Set(found.map(([place]) => place))];
    for (const place of [
        'events.webhook.url',
        'snapshots.target',
        'update.url',
        'cloud.credentialsUrl',
        'input',
        'sub',
        'p2p.turn',
    ]) {
        assert(places.includes(place), `${place} takes none of them: ${places}`);
    }
    assertEqual(
        found.filter(([place, , shown]) => shown.includes(token) && !anything.includes(place)),
        [],
    );
});

const webhook = (url: string) => ({ events: { webhook: { url } } });
const secret = `https://example.com/hooks/${token}`;
const hidden = 'https://example.com/***/***';

function settingsOf(document: object) {
    const host = new FakeHost({ stored: { path: 'settings', text: JSON.stringify(document) } });
    return loadSettings(host.facts, host).settings;
}

test('an address that comes back as it is shown stays; one with another hidden part is refused', () => {
    const before = { ...webhook(secret), snapshots: { target: secret } };
    const settings = settingsOf(before);
    assertEqual(redacted(settings).events.webhook.url, hidden);
    const patched = (patch: object) => patchSettings(patch as JsonObject).make(before, settings);
    assertEqual(patched(webhook(hidden)), before);
    assertEqual(patched({ ...webhook('https://b.example/x'), snapshots: { target: hidden } }), {
        ...before,
        ...webhook('https://b.example/x'),
    });
    const error = assertThrows(() => patched(webhook('https://other.example/***')));
    assertEqual(
        (error as Error).message,
        'events.webhook.url: "***" stands for a hidden part: give it, or omit the key',
    );
    assertEqual(importSettings(redacted(before as JsonObject), 4)(before as JsonObject), before);
    assertThrows(() => importSettings(redacted(before as JsonObject), 4)({}));
});

test('a refusal does not repeat the password of an address', () => {
    for (const [document, place] of [
        [webhook(`https://me:${token}@example.com/x`), 'events.webhook.url'],
        [{ snapshots: { target: `ftp://example.com/${token}` } }, 'snapshots.target'],
        [{ update: { url: `https://example.com/${token} ` } }, 'update.url'],
        [{ cloud: { credentialsUrl: `http://example.com/${token}` } }, 'cloud.credentialsUrl'],
    ] as const) {
        const { message } = assertThrows(() => patchSettings(document as JsonObject)) as Error;
        assert(message.startsWith(place) && !message.includes(token), message);
    }
});
