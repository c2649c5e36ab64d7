/** The commands of the camera, once for the command channel and for HTTP (docs/design/commands.md). */
import {
    ArgumentSet,
    type AnyArgument,
    type CommandArguments,
    type CommandValues,
} from 'ocellus/app/commands/arguments';
import { type Act, allows, permits, type Right, rightOf, type Scope } from 'ocellus/app/commands/rights';
import { type JsonObject, parseObject } from 'ocellus/app/config/json';
import { SettingsError, text } from 'ocellus/app/config/schema';
import { OcellusError } from 'ocellus/error';

/** Whoever gives a command. */
export interface Caller {
    /** Its right, that of the login it came with. */
    readonly right: Right;
    /** Number of the WebRTC session; undefined: it came by HTTP. */
    readonly session: number | undefined;
    /** What it may do in the place of its right; left out: its right decides. */
    readonly scope?: Scope | undefined;
}

/** A command of an application. */
export interface Command<A extends CommandArguments = CommandArguments> {
    /** One line for people, at most 120 characters. */
    readonly meaning: string;
    /** The least right of whoever may give it. */
    readonly right: Right;
    /** Left out: none. */
    readonly arguments?: A;
    /**
     * Its answer: anything that JSON has, 16,000 bytes as text; undefined: `{}`. The message of what it throws is read
     * by the caller, who gets an error as well after 5 s.
     */
    run(values: CommandValues<A>, caller: Caller): unknown;
}

/** A command of the program. */
export interface OwnCommand {
    readonly meaning: string;
    readonly right: Right;
    readonly arguments: { readonly [name: string]: AnyArgument };
    readonly run: (values: JsonObject, caller: Caller) => unknown;
}

/** A command as the list has it. */
export interface CommandJson {
    readonly name: string;
    readonly meaning: string;
    readonly right: Right;
    /** Whether whoever reads the list may give it. */
    readonly allowed: boolean;
    readonly arguments: ReturnType<ArgumentSet['json']>;
}

/** A page of the list. */
export interface CommandsJson {
    readonly commands: readonly CommandJson[];
    /** `after` of the next page; null: there is none. */
    readonly next: string | null;
}

interface Entry extends Omit<OwnCommand, 'arguments'> {
    readonly set: ArgumentSet;
}

/** Bytes of an answer at most: a frame of the command channel has 16,384, on a board 16,256. */
export const answerMax = 16_000;
/** Bytes of a request at most: it is parsed by a recursive parser. */
const requestMax = 4096;
/** Commands that an application may add; each takes some 500 bytes of heap. */
const addedMax = 32;
/** Commands of a page of the list. */
const pageMax = 16;

const nameSchema = text(/^[a-z][a-z0-9-]{0,30}$/, '1 to 31 of a-z, 0-9 and -, a letter first');
const meaningSchema = text(/^[^\n]{1,120}$/, 'a line of 1 to 120 characters');

/** An answer that is JSON already: XS keeps each name of an object that is parsed until the script ends. */
export class JsonText {
    readonly text: string;

    constructor(text: string) {
        this.text = text;
    }
}

/** Commands about one camera, that of the argument `channel`, and the act that they are. */
const actAt: ReadonlyMap<string, Act> = new Map<string, Act>([
    ['key', 'see'],
    ['snapshot', 'see'],
    ['recordings', 'look'],
    ['events', 'look'],
    ['export', 'look'],
    ['settings', 'change'],
    ['record', 'change'],
    ['ptz', 'change'],
]);
/** Commands about the caller alone. */
const ownOnes: readonly string[] = ['commands', 'views'];

/**
 * Whether a scope allows a command. Of those that no table here names, an application's too, nobody knows about which
 * camera they are: they need all. A number in the place of a name is of whichever camera has it, so it is refused.
 */
function inScope(scope: Scope, name: string, right: Right, { channel, at }: JsonObject): boolean {
    const act = at !== undefined && name === 'snapshot' ? 'look' : actAt.get(name);
    if (act !== undefined) {
        return permits(scope, act, typeof channel === 'string' && !/^\d{1,4}$/.test(channel) ? channel : undefined);
    }
    const needed: Readonly<Record<Right, readonly Act[]>> = { watch: ['see', 'look'], operate: ['change'], own: [] };
    return ownOnes.includes(name) || (right !== 'own' && needed[right].every((one) => permits(scope, one)));
}

/** Bytes of a text as UTF-8. */
export function bytesOf(given: string): number {
    return new TextEncoder().encode(given).length;
}

/** One per script, made with the first command. */
export class CommandTable {
    readonly #entries = new Map<string, Entry>();
    /** Names that a request may have: XS keeps each until the script ends. */
    readonly #names = new Set<string>();
    #added = 0;

    /** `own`: those of the program. */
    constructor(own: { readonly [name: string]: OwnCommand }) {
        const list: OwnCommand = {
            meaning: 'The commands, what each takes, and which of them you may give.',
            right: 'watch',
            arguments: { after: { type: 'text', max: 31 } },
            run: ({ after = '' }, { right, scope }) => this.list(right, String(after), scope),
        };
        for (const [name, command] of Object.entries({ commands: list, ...own })) {
            this.#put(name, command, `command ${name}`);
        }
    }

    /**
     * Adds a command of the application. Throws `SettingsError`: a mistake of its declaration; `OcellusError` `EXIST`:
     * there is one of this name, `RANGE`: one too many.
     */
    add<const A extends CommandArguments>(name: string, command: Command<A>): void {
        const at = `command ${JSON.stringify(name)} of the application`;
        nameSchema.read(name, at);
        meaningSchema.read(command.meaning, `${at}: meaning`);
        if (!['watch', 'operate', 'own'].includes(command.right)) {
            throw new SettingsError(`${at}: right: watch, operate or own is needed`, at);
        }
        if (this.#entries.has(name)) {
            throw new OcellusError('EXIST', `${at}: there is a command of this name`);
        }
        if (this.#added === addedMax) {
            throw new OcellusError('RANGE', `${at}: an application may add ${addedMax} commands`);
        }
        const { meaning, right, arguments: given = {} } = command;
        if (Object.values<AnyArgument>(given).some(({ type }) => type === 'patch')) {
            throw new SettingsError(`${at}: patch is for commands of the program`, at);
        }
        const run = (values: JsonObject, caller: Caller): unknown =>
            command.run(values as unknown as CommandValues<A>, caller);
        this.#put(name, { meaning, right, arguments: given, run }, at);
        this.#added++;
    }

    /** A page of them by name, behind `after`; `scope`: as in `Caller`: allowed at one camera at least. */
    list(has: Right, after: string, scope?: Scope): CommandsJson {
        const channel = scope?.cameras?.[0] ?? 'any';
        const names = [...this.#entries.keys()].sort().filter((name) => name > after);
        const commands = names.slice(0, pageMax).flatMap((name): CommandJson[] => {
            const entry = this.#entries.get(name);
            return entry === undefined
                ? []
                : [
                      {
                          name,
                          meaning: entry.meaning,
                          right: entry.right,
                          allowed:
                              scope === undefined
                                  ? allows(has, entry.right)
                                  : inScope(scope, name, entry.right, { channel }),
                          arguments: entry.set.json(),
                      },
                  ];
        });
        return { commands, next: names.length > pageMax ? (commands[pageMax - 1]?.name ?? null) : null };
    }

    /** The arguments of a request by HTTP; '': none. Throws as `answer`. */
    parse(body: string): JsonObject {
        const bytes = bytesOf(body);
        if (bytes > requestMax) {
            throw new OcellusError('TOO_BIG', `more than ${requestMax} bytes`);
        }
        return body === '' ? {} : parseObject(body, 'request', 0, this.#names);
    }

    /**
     * The answer to a request of the command channel, as text of JSON. `login`: of the session, undefined: not known.
     * Throws `OcellusError` or `SettingsError`, whose message the viewer reads.
     */
    async answer(request: Uint8Array, session: number, login: number | undefined, scope?: Scope): Promise<string> {
        if (request.length > requestMax) {
            throw new OcellusError('TOO_BIG', `more than ${requestMax} bytes`);
        }
        const { command, ...given } = this.parse(new TextDecoder().decode(request));
        if (command !== undefined && typeof command !== 'string') {
            throw new OcellusError('INVAL', 'command: a text is needed');
        }
        return await this.run(command ?? '', given, { right: rightOf(login), session, scope });
    }

    /** The answer to a command, as text of JSON. Throws as `answer`. */
    async run(name: string, given: JsonObject, caller: Caller): Promise<string> {
        const entry = this.#entries.get(name);
        if (entry === undefined) {
            const shown = JSON.stringify(name.slice(0, 40));
            throw new OcellusError('NOENT', `command: ${shown} is not known: the command "commands" lists them`);
        }
        const { scope } = caller;
        if (scope === undefined && !allows(caller.right, entry.right)) {
            throw new OcellusError('DENIED', `command ${name}: this login may not: it needs the right ${entry.right}`);
        }
        const values = entry.set.read(given);
        if (scope !== undefined && !inScope(scope, name, entry.right, values)) {
            throw new OcellusError('DENIED', `command ${name}: this login may not, or not at this camera`);
        }
        if (entry.right !== 'watch') {
            const by = caller.session === undefined ? 'HTTP' : `viewer ${caller.session}`;
            console.log(`command ${name} by ${by}`);
        }
        const result = await entry.run(values, caller);
        const answer = result instanceof JsonText ? result.text : JSON.stringify(result ?? {});
        if (bytesOf(answer) > answerMax) {
            throw new OcellusError('TOO_BIG', `command ${name}: its answer has more than ${answerMax} bytes`);
        }
        return answer;
    }

    #put(name: string, { arguments: given, ...rest }: OwnCommand, at: string): void {
        const set = new ArgumentSet(given, at);
        for (const argument of ['command', ...set.names]) {
            this.#names.add(argument);
        }
        this.#entries.set(name, { ...rest, set });
    }
}
