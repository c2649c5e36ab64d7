/** Settings from the command line, what is stored, the settings file and the defaults, in that order. Pure. */
import { findZone, zoneAllowed } from 'ocellus/app/base/zone';
import { fileOthersMax, type JsonObject, overlay, parseJson } from 'ocellus/app/config/json';
import { nameInputs } from 'ocellus/app/config/names';
import { p2pSettings } from 'ocellus/app/config/p2p-settings';
import { redactUrl } from 'ocellus/app/config/redact';
import { choice, refuse, type Schema, SettingsError } from 'ocellus/app/config/schema';
import { readStored } from 'ocellus/app/config/stored';
import {
    type ChannelSettings,
    defaults,
    type FileChannel,
    type FileSettings,
    fileSchema,
    listenMax,
    namesMax,
    type RingSize,
    type Settings,
    schemas,
} from 'ocellus/app/config/settings';
import type { Facts, HostApi, LogLevel, Option } from 'ocellus/host';
import type { StreamName } from 'ocellus/plane';

/** What was asked for. */
export interface Loaded {
    readonly settings: Settings;
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
export type LoadFacts = Pick<Facts, 'options' | 'settings' | 'stored' | 'defaultInput' | 'limits'>;

type Zones = Pick<HostApi, 'zone'>;

/** The key that an option of the command line gives. */
const optionKeys: Readonly<Record<string, string>> = {
    input: 'channels',
    listen: 'listen',
    port: 'port',
    login: 'http.login',
    host: 'http.hosts',
    'cors-origin': 'http.corsOrigins',
    'trusted-proxy': 'http.trustedProxies',
    'tls-cert': 'http.tlsCert',
    'tls-key': 'http.tlsKey',
    name: 'record.name',
    record: 'record.enabled',
    'record-audio': 'record.audio',
    'segment-minutes': 'record.segmentMinutes',
    duration: 'duration',
    timezone: 'timezone',
    log: 'log',
};

interface Input {
    readonly name: string | undefined;
    readonly input: string;
    /** '': none. */
    readonly sub: string;
}

interface Line {
    readonly inputs: Input[];
    readonly listen: string[];
    readonly hosts: string[];
    readonly corsOrigins: string[];
    readonly trustedProxies: string[];
    port?: number;
    login?: 'remote' | 'always';
    tlsCert?: string;
    tlsKey?: string;
    name?: string;
    record?: boolean;
    recordAudio?: boolean;
    segmentMinutes?: number;
    duration?: number;
    log?: LogLevel;
    timezone?: string;
    json: boolean;
    printOnly: boolean;
}

/** An option's value by its schema; the message shows the text as it was given. */
function read<T>(schema: Schema<T>, { name, value }: Option): T {
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
        throw refuse(`${at}: sub`, second, schemas.sub.allowed);
    }
    const sub = second === undefined ? '' : schemas.sub.read(second, `${at}: sub`);
    const [, name, input = address] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(address) ?? [];
    return {
        name: name === undefined ? undefined : schemas.channelName.read(name, at),
        input: schemas.input.read(input, at),
        sub,
    };
}

function readLine(options: readonly Option[], channelsMax: number): Line {
    const line: Line = {
        inputs: [],
        listen: [],
        hosts: [],
        corsOrigins: [],
        trustedProxies: [],
        json: false,
        printOnly: false,
    };
    for (const option of options) {
        switch (option.name) {
            case 'input':
                line.inputs.push(readInput(option));
                break;
            case 'listen':
                line.listen.push(read(schemas.listen, option));
                break;
            case 'login':
                line.login = read(schemas.login, option);
                break;
            case 'host':
                line.hosts.push(read(schemas.host, option));
                break;
            case 'cors-origin':
                line.corsOrigins.push(read(schemas.corsOrigin, option));
                break;
            case 'trusted-proxy':
                line.trustedProxies.push(read(schemas.trustedProxy, option));
                break;
            case 'tls-cert':
                line.tlsCert = read(schemas.tlsFile, option);
                break;
            case 'tls-key':
                line.tlsKey = read(schemas.tlsFile, option);
                break;
            case 'port':
                line.port = read(schemas.port, option);
                break;
            case 'name':
                line.name = read(schemas.recordName, option);
                break;
            case 'record':
                line.record = read(choice(['on', 'off']), option) === 'on';
                break;
            case 'record-audio':
                line.recordAudio = read(choice(['on', 'off']), option) === 'on';
                break;
            case 'segment-minutes':
                line.segmentMinutes = read(schemas.segmentMinutes, option);
                break;
            case 'duration':
                line.duration = read(schemas.duration, option);
                break;
            case 'log':
                line.log = read(schemas.log, option);
                break;
            case 'timezone':
                line.timezone = read(schemas.timezone, option);
                break;
            case 'json':
                line.json = true;
                break;
            case 'print-settings':
                line.printOnly = true;
                break;
            case 'data':
            case 'settings':
            case 'app':
                break; // the host's own
            default:
                throw new SettingsError(`--${option.name}: unknown option; see --help`);
        }
    }
    if (line.inputs.length > channelsMax) {
        throw new SettingsError(`--input: ${line.inputs.length} inputs are not allowed: at most ${channelsMax}`);
    }
    checkCount('--listen', line.listen, listenMax);
    checkCount('--host', line.hosts, namesMax);
    checkCount('--cors-origin', line.corsOrigins, namesMax);
    checkCount('--trusted-proxy', line.trustedProxies, namesMax);
    return line;
}

function checkCount(name: string, values: readonly string[], most: number): void {
    if (values.length > most) {
        throw new SettingsError(`${name}: ${values.length} times is not allowed: at most ${most}`);
    }
}

/** Lists of the command line replace those of the file. */
function orFile<T>(line: readonly T[], file: readonly T[] | undefined): readonly T[] | undefined {
    return line.length > 0 ? line : file;
}

function httpOf(line: Line, file: FileSettings['http'], where: string): Settings['http'] {
    const http = {
        login: line.login ?? file?.login ?? defaults.http.login,
        hosts: orFile(line.hosts, file?.hosts) ?? defaults.http.hosts,
        corsOrigins: orFile(line.corsOrigins, file?.corsOrigins) ?? defaults.http.corsOrigins,
        trustedProxies: orFile(line.trustedProxies, file?.trustedProxies) ?? defaults.http.trustedProxies,
        tlsCert: line.tlsCert ?? file?.tlsCert ?? defaults.http.tlsCert,
        tlsKey: line.tlsKey ?? file?.tlsKey ?? defaults.http.tlsKey,
    };
    if ((http.tlsCert === '') !== (http.tlsKey === '')) {
        const [given, missing] = http.tlsCert === '' ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
        throw new SettingsError(`${where}${given}: alone is not allowed: ${missing} belongs to it`);
    }
    return http;
}

function readFile(settings: Facts['settings'], channelsMax: number): FileSettings {
    if (settings === undefined) {
        return {};
    }
    return fileSchema(channelsMax).read(parseJson(settings.text, settings.path, fileOthersMax), settings.path);
}

function ringOf(channel: FileChannel, at: string): RingSize {
    const { seconds, bytes } = channel.ring ?? {};
    if (seconds !== undefined && bytes !== undefined) {
        throw new SettingsError(`${at}.ring: both seconds and bytes are not allowed: one of them`, `${at}.ring`);
    }
    return bytes !== undefined ? { bytes } : { seconds: seconds ?? defaults.channel.ring.seconds };
}

/** Which stream is recorded. */
function streamOf({ sub = defaults.channel.sub, record }: FileChannel, at: string): StreamName {
    const stream = record?.stream ?? defaults.channel.record.stream;
    if (stream === 'sub' && sub === '') {
        const place = `${at}.record.stream`;
        throw new SettingsError(`${place}: "sub" is not allowed: the channel has no sub`, place);
    }
    return stream;
}

function channelsOf(given: readonly FileChannel[], where: string): ChannelSettings[] {
    const inputs = given.map((channel, index) => {
        if (channel.input === undefined) {
            throw new SettingsError(`${where}channels[${index}].input: missing; needed is ${schemas.input.allowed}`);
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
        return {
            name,
            input: inputs[index]?.input ?? '',
            sub: channel.sub ?? defaults.channel.sub,
            record: { stream: streamOf(channel, at) },
            audio: channel.audio ?? defaults.channel.audio,
            loop: channel.loop ?? defaults.channel.loop,
            ring: ringOf(channel, at),
            prerollSeconds: channel.prerollSeconds ?? defaults.channel.prerollSeconds,
            maxGopSize: channel.maxGopSize ?? defaults.channel.maxGopSize,
        };
    });
}

function lineChannels(inputs: readonly Input[]): ChannelSettings[] {
    const names = nameInputs(inputs);
    return inputs.map(({ input, sub }, index) => {
        const name = names[index] ?? '';
        if (names.indexOf(name) !== index) {
            throw new SettingsError(
                `--input: "${name}=${redactUrl(input)}" is not allowed: another input has that name`,
            );
        }
        return { ...defaults.channel, name, input, sub };
    });
}

/** A pre-roll can only reach back as far as the ring does. */
function checkPreroll({ channels, record }: Settings, where: string): void {
    for (const [index, { name, ring, prerollSeconds }] of channels.entries()) {
        const needed = Math.max(prerollSeconds, record.enabled ? record.prerollSeconds : 0);
        if ('seconds' in ring && needed > ring.seconds) {
            const at = needed > prerollSeconds ? 'record.prerollSeconds' : `channels[${index}].prerollSeconds`;
            throw new SettingsError(
                `${where}prerollSeconds: ${needed} is not allowed for channel ${name}: at most the ${ring.seconds} seconds of its ring`,
                at,
            );
        }
    }
}

/** Channels of a stored list that can be opened. */
function openable(channels: readonly FileChannel[], problems: string[]): readonly FileChannel[] {
    return channels.filter((channel, index) => {
        if (channel.input === undefined) {
            problems.push(`channels[${index}].input: missing; needed is ${schemas.input.allowed}`);
        }
        return channel.input !== undefined;
    });
}

function merge(line: Line, file: FileSettings, facts: LoadFacts, where: string, zones?: Zones): Settings {
    const channels =
        line.inputs.length > 0
            ? lineChannels(line.inputs)
            : file.channels !== undefined
              ? channelsOf(file.channels, where)
              : [{ ...defaults.channel, name: 'cam1', input: facts.defaultInput }];
    const settings: Settings = {
        channels,
        listen: orFile(line.listen, file.listen) ?? defaults.listen,
        port: line.port ?? file.port ?? defaults.port,
        http: httpOf(line, file.http, where),
        record: {
            enabled: line.record ?? file.record?.enabled ?? defaults.record.enabled,
            name: line.name ?? file.record?.name ?? defaults.record.name,
            segmentMinutes: line.segmentMinutes ?? file.record?.segmentMinutes ?? defaults.record.segmentMinutes,
            prerollSeconds: file.record?.prerollSeconds ?? defaults.record.prerollSeconds,
            audio: line.recordAudio ?? file.record?.audio ?? defaults.record.audio,
        },
        live: {
            targetMs: file.live?.targetMs ?? defaults.live.targetMs,
            partMs: file.live?.partMs ?? defaults.live.partMs,
        },
        duration: line.duration ?? file.duration ?? defaults.duration,
        log: line.log ?? file.log ?? defaults.log,
        timezone: line.timezone ?? file.timezone ?? defaults.timezone,
        privacy: { schedule: file.privacy?.schedule ?? defaults.privacy.schedule },
        indicator: { led: file.indicator?.led ?? defaults.indicator.led },
        p2p: p2pSettings(file.p2p, where),
    };
    if (channels.some(({ input }) => input === '')) {
        throw new SettingsError('--input: no source: this build ships no clip');
    }
    checkPreroll(settings, where);
    if (zones !== undefined && findZone(settings.timezone, zones) === undefined) {
        const at = line.timezone === undefined ? `${where}timezone` : '--timezone';
        throw refuse(at, settings.timezone, zoneAllowed);
    }
    return settings;
}

/**
 * All settings, checked. Throws `SettingsError`, one line for a person. What is stored never stops a start: of it,
 * what does not fit is left out, with a line in `problems`; `strict`: what does not go together is thrown instead.
 * `zones`: who knows time zones; left out: names of zones are taken as they are.
 */
export function loadSettings(facts: LoadFacts, zones?: Zones, strict = false): Loaded {
    const line = readLine(facts.options, facts.limits.channels);
    const file = readFile(facts.settings, facts.limits.channels);
    const where = facts.settings === undefined ? '' : `${facts.settings.path}: `;
    const stored =
        facts.stored === undefined ? undefined : readStored(facts.stored.text, fileSchema(facts.limits.channels));
    const problems = [...(stored?.problems ?? [])];
    const common = {
        json: line.json,
        printOnly: line.printOnly,
        stored: { document: stored?.document ?? {}, broken: stored?.broken ?? false },
        fixed: [...new Set(facts.options.map(({ name }) => optionKeys[name]).filter((key) => key !== undefined))],
        problems,
    };
    const { channels, ...rest } = stored?.value ?? {};
    const layer = { ...rest, ...(channels !== undefined && { channels: openable(channels, problems) }) };
    const channelsStored = channels !== undefined && line.inputs.length === 0;
    try {
        const settings = merge(
            line,
            overlay(file, layer) as FileSettings,
            facts,
            stored === undefined ? where : '',
            zones,
        );
        return { ...common, settings, channelsStored };
    } catch (error) {
        if (strict || stored === undefined || !(error instanceof SettingsError)) {
            throw error;
        }
        problems.push(`${error.message}; nothing that is stored is used`);
        return { ...common, settings: merge(line, file, facts, where, zones), channelsStored: false };
    }
}
