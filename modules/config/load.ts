/** Settings from the command line, what is stored, the settings file and the defaults, in that order. Pure. */
import { findZone } from 'ocellus/app/base/zone';
import { zoneAllowed } from 'ocellus/app/base/zone-rule';
import { sealed } from 'ocellus/app/config/cloud-settings';
import {
    entryOf,
    fileOthersMax,
    type JsonObject,
    mergePatch,
    overlay,
    parseJson,
    patchAt,
} from 'ocellus/app/config/json';
import { withMode } from 'ocellus/app/config/modes';
import { nameInputs } from 'ocellus/app/config/names';
import type { OwnTree } from 'ocellus/app/config/own-settings';
import { checkP2p } from 'ocellus/app/config/p2p-settings';
import { checkPreroll, checkRecordedStream } from 'ocellus/app/config/recording-rules';
import { redactUrl } from 'ocellus/app/config/redact';
import { choice, refuse, type Schema, SettingsError, unknownKey } from 'ocellus/app/config/schema';
import { complete } from 'ocellus/app/config/settings-shape';
import type { Given, Group } from 'ocellus/app/config/settings-entry';
import { channelTable, isSetting, settingsTable } from 'ocellus/app/config/settings-table';
import { readStored } from 'ocellus/app/config/stored';
import {
    type ChannelSettings,
    channelDefaults,
    type FileChannel,
    type FileSettings,
    fileSchema,
    type RingSize,
    type Settings,
} from 'ocellus/app/config/settings';
import type { Facts, HostApi, Option } from 'ocellus/host';

/** What was asked for. */
export interface Loaded {
    /** As they hold: with the set that is chosen (`mode`) in front. */
    readonly settings: Settings;
    /** As people edit them: without it. */
    readonly edited: Settings;
    /** One JSON object per line on standard output. */
    readonly json: boolean;
    /** Print the settings and end. */
    readonly printOnly: boolean;
    /** What is stored, as far as it is JSON, for changes; `broken`: something is, but not JSON. */
    readonly stored: { readonly document: JsonObject; readonly broken: boolean };
    /** Channels come from what is stored: one that does not open is no reason not to start. */
    readonly channelsStored: boolean;
    /** Keys that the command line gives ("port", "record.name"). */
    readonly fixed: readonly string[];
    /** One line for each part of what is stored that is not used. */
    readonly problems: readonly string[];
}

/** What `loadSettings` reads of the facts. */
export type LoadFacts = Pick<Facts, 'options' | 'settings' | 'stored' | 'defaultInput' | 'limits'> &
    Partial<Pick<Facts, 'generation'>>;

type Zones = Pick<HostApi, 'zone'>;

/** A setting that an option of the command line gives: its place and its schema. */
interface OptionSetting {
    readonly key: string;
    readonly schema: Schema<unknown>;
}

/** Searched each time: a table would stay in a board's heap, one made for each load would leave much to collect. */
function optionSetting(name: string, group: Group = settingsTable, at = ''): OptionSetting | undefined {
    for (const key of Object.keys(group)) {
        const entry = group[key] ?? {};
        const found = isSetting(entry)
            ? entry.environment === name || (entry.option?.startsWith(name) && entry.option[name.length] === ' ')
                ? { key: `${at}${key}`, schema: entry.schema }
                : undefined
            : optionSetting(name, entry, `${at}${key}.`);
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}

/** Whether the host took it from the environment. */
function isVariable({ name }: Option): boolean {
    return /^[A-Z]/.test(name);
}

/** The key that an option of the command line gives. */
function keyOf(option: Option): string | undefined {
    const { name, value } = option;
    if (isVariable(option)) {
        return undefined;
    }
    if (name === 'input') {
        return 'channels';
    }
    return name === ownOption ? `app.${value.split('=')[0] ?? ''}` : optionSetting(name)?.key;
}

interface Input {
    readonly name: string | undefined;
    readonly input: string;
    /** '': none. */
    readonly sub: string;
}

interface Line {
    readonly inputs: readonly Input[];
    /** Settings that are given, as a file would have them. */
    readonly settings: FileSettings;
    /** Those of the environment: behind everything that is given. */
    readonly environment: FileSettings;
    readonly json: boolean;
    readonly printOnly: boolean;
}

/** An option's value by its schema; the message shows the text as it was given. */
function read(schema: Schema<unknown>, { name, value }: Option): unknown {
    if (schema.kind === 'flag') {
        return choice(['on', 'off']).read(value, `--${name}`) === 'on';
    }
    try {
        return schema.read(schema.fromText === undefined ? value : schema.fromText(value), `--${name}`);
    } catch (error) {
        throw error instanceof SettingsError && schema.fromText !== undefined
            ? refuse(`--${name}`, value, schema.allowed)
            : error;
    }
}

/** `[NAME=]URL[,sub=URL]`; the last `,sub=` counts. */
function readInput({ name: option, value }: Option): Input {
    const at = `--${option}`;
    const [, address = value, second] = /^(.*),sub=(.*)$/s.exec(value) ?? [];
    if (second === '') {
        throw refuse(`${at}: sub`, second, channelTable.sub.schema.allowed);
    }
    const sub = second === undefined ? '' : channelTable.sub.schema.read(second, `${at}: sub`);
    const [, name, input = address] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(address) ?? [];
    return {
        name: name === undefined ? undefined : channelTable.name.schema.read(name, at),
        input: channelTable.input.schema.read(input, at),
        sub,
    };
}

/** `KEY=VALUE`: a setting of the application. */
const ownOption = 'app-set';

function readOwn(option: Option, own: Group): JsonObject {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(option.value) ?? [];
    if (key === undefined || value === undefined) {
        throw refuse(`--${ownOption}`, option.value.slice(0, 40), 'KEY=VALUE');
    }
    const entry = entryOf(own, key);
    if (entry === undefined || !isSetting(entry)) {
        throw unknownKey(`--${ownOption} ${key.slice(0, 40)}`, own);
    }
    const { schema } = entry;
    // a name: `own` has it
    return { [key]: read(schema, { name: `${ownOption} ${key}`, value }) };
}

/** The host's own, and switches of this module. */
const otherOptions: readonly string[] = [
    'data',
    'settings',
    'app',
    'app-watch',
    'update-key',
    'update-trial',
    'json',
    'print-settings',
];

/** Of an application that took another's place: the options were given to that one, and do not stop this one. */
function readOwnLater(option: Option, own: Group): JsonObject {
    try {
        return readOwn(option, own);
    } catch (error) {
        if (!(error instanceof SettingsError)) {
            throw error;
        }
        console.warn(`${error.message}; left out`);
        return {};
    }
}

function readLine({ options, limits, generation = 1 }: LoadFacts, own: Group): Line {
    const channelsMax = limits.channels;
    const inputs: Input[] = [];
    let app: JsonObject = {};
    let environment: JsonObject = {};
    const values = new Map<string, OptionSetting & { readonly value: unknown }>();
    for (const option of options) {
        const known = optionSetting(option.name);
        if (option.name === 'input') {
            inputs.push(readInput(option));
        } else if (option.name === ownOption) {
            app = { ...app, ...(generation > 1 ? readOwnLater(option, own) : readOwn(option, own)) };
        } else if (known !== undefined && isVariable(option)) {
            const value = known.schema.read(option.value, option.name);
            environment = mergePatch(environment, patchAt(known.key, value)) as JsonObject;
        } else if (known !== undefined) {
            const { items } = known.schema;
            const before = values.get(option.name)?.value;
            const one = read(items?.schema ?? known.schema, option);
            const value = items === undefined ? one : Array.isArray(before) ? [...before, one] : [one];
            values.set(option.name, { ...known, value });
        } else if (!otherOptions.includes(option.name)) {
            throw new SettingsError(`--${option.name}: unknown option; see --help`);
        }
    }
    if (inputs.length > channelsMax) {
        throw new SettingsError(`--input: ${inputs.length} inputs are not allowed; use at most ${channelsMax}`);
    }
    let settings: JsonObject = { app };
    for (const [name, { key, schema, value }] of values) {
        const max = schema.items?.max ?? 1;
        if (Array.isArray(value) && value.length > max) {
            throw new SettingsError(`--${name}: ${value.length} times is not allowed; use at most ${max}`);
        }
        settings = mergePatch(settings, patchAt(key, value)) as JsonObject;
    }
    const given = (name: string): boolean => options.some((option) => option.name === name);
    return {
        inputs,
        settings: settings as FileSettings,
        environment: environment as FileSettings,
        json: given('json'),
        printOnly: given('print-settings'),
    };
}

function checkTls({ http }: Settings, where: string): void {
    if ((http.tlsCert === '') !== (http.tlsKey === '')) {
        const [given, missing] = http.tlsCert === '' ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
        throw new SettingsError(`${where}${given} requires ${missing}`);
    }
}

function readFile(settings: Facts['settings'], channelsMax: number, own: Group): FileSettings {
    if (settings === undefined) {
        return {};
    }
    return fileSchema(channelsMax, own).read(parseJson(settings.text, settings.path, fileOthersMax), settings.path);
}

function ringOf(channel: FileChannel, at: string): RingSize {
    const { seconds, bytes } = channel.ring ?? {};
    if (seconds !== undefined && bytes !== undefined) {
        throw new SettingsError(`${at}.ring: give seconds or bytes, not both`, `${at}.ring`);
    }
    return bytes !== undefined ? { bytes } : { seconds: seconds ?? channelTable.ring.seconds.default };
}

function channelsOf(given: readonly FileChannel[], where: string): ChannelSettings[] {
    const inputs = given.map((channel, index) => {
        if (channel.input === undefined) {
            throw new SettingsError(
                `${where}channels[${index}].input: missing; give ${channelTable.input.schema.allowed}`,
            );
        }
        return { name: channel.name, input: channel.input };
    });
    const names = nameInputs(inputs);
    return given.map((channel, index) => {
        const at = `${where}channels[${index}]`;
        const name = names[index] ?? '';
        if (names.indexOf(name) !== index) {
            throw new SettingsError(`${at}.name: "${name}" is not allowed: another channel has it`, `${at}.name`);
        }
        const whole = { ...complete(channelTable, channel), name };
        checkRecordedStream(whole, at);
        return { ...whole, ring: ringOf(channel, at) };
    });
}

function lineChannels(inputs: readonly Input[]): ChannelSettings[] {
    const names = nameInputs(inputs);
    return inputs.map(({ input, sub }, index) => {
        const name = names[index] ?? '';
        if (names.indexOf(name) !== index) {
            throw new SettingsError(
                `--input: "${name}=${redactUrl(input)}" is not allowed: the name "${name}" is used twice; rename one, as in b=clip.mp4`,
            );
        }
        return { ...channelDefaults, name, input, sub };
    });
}

/** Channels of a stored list that can be opened. */
function openable(channels: readonly FileChannel[], problems: string[]): readonly FileChannel[] {
    return channels.filter((channel, index) => {
        if (channel.input === undefined) {
            problems.push(`channels[${index}].input: missing; give ${channelTable.input.schema.allowed}`);
        }
        return channel.input !== undefined;
    });
}

/** What everything is read by. */
interface Rules {
    readonly facts: LoadFacts;
    readonly zones: Zones | undefined;
    readonly own: Group;
}

function merge(line: Line, file: FileSettings, { facts, zones, own }: Rules, where: string): Settings {
    const channels =
        line.inputs.length > 0
            ? lineChannels(line.inputs)
            : file.channels !== undefined
              ? channelsOf(file.channels, where)
              : [{ ...channelDefaults, name: 'cam1', input: facts.defaultInput }];
    // a key of the settings does not go with a secret of the environment
    const environment = file.cloud?.accessKeyId === undefined ? line.environment : {};
    const settings: Settings = {
        channels,
        ...complete(settingsTable, line.settings, file, environment),
        ...(Object.keys(own).length > 0 && {
            app: complete(own, line.settings.app as Given<Group>, file.app as Given<Group>) as OwnTree,
        }),
    };
    checkTls(settings, where);
    checkP2p(settings.p2p, where);
    if (channels.some(({ input }) => input === '')) {
        throw new SettingsError('--input: no source: this build ships no clip');
    }
    checkPreroll(settings, where);
    if (zones !== undefined && findZone(settings.timezone, zones) === undefined) {
        const at = line.settings.timezone === undefined ? `${where}timezone` : '--timezone';
        throw refuse(at, settings.timezone, zoneAllowed);
    }
    return settings;
}

/**
 * All settings, checked. Throws `SettingsError`, one line for a person. What is stored never stops a start: of it,
 * what does not fit is left out, with a line in `problems`; `strict`: what does not go together is thrown instead.
 * `zones`: who knows time zones; left out: names of zones are taken as they are. `own`: settings of the application.
 */
export function loadSettings(facts: LoadFacts, zones?: Zones, strict = false, own: Group = {}): Loaded {
    const rules = { facts, zones, own };
    const line = readLine(facts, own);
    const file = readFile(facts.settings, facts.limits.channels, own);
    const where = facts.settings === undefined ? '' : `${facts.settings.path}: `;
    const stored =
        facts.stored === undefined ? undefined : readStored(facts.stored.text, fileSchema(facts.limits.channels, own));
    const problems = [...(stored?.problems ?? [])];
    const common = {
        json: line.json,
        printOnly: line.printOnly,
        stored: { document: stored?.document ?? {}, broken: stored?.broken ?? false },
        fixed: [...new Set(facts.options.map(keyOf).filter((key) => key !== undefined))],
        problems,
    };
    const { channels, ...rest } = stored?.value ?? {};
    const layer = { ...rest, ...(channels !== undefined && { channels: openable(channels, problems) }) };
    const channelsStored = channels !== undefined && line.inputs.length === 0;
    try {
        const settings = merge(line, overlay(file, layer) as FileSettings, rules, stored === undefined ? where : '');
        const edited = sealed(settings, problems);
        return { ...common, settings: withMode(edited), edited, channelsStored };
    } catch (error) {
        if (strict || stored === undefined || !(error instanceof SettingsError)) {
            throw error;
        }
        problems.push(`${error.message}; ignoring all stored settings`);
        const edited = merge(line, file, rules, where);
        return { ...common, settings: withMode(edited), edited, channelsStored: false };
    }
}
