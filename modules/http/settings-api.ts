/** Routes that read and change the settings: `/api/settings`, `/api/channels` (docs/design/api.md). */
import { withDeadline } from 'ocellus/app/base/time';
import { rightOf } from 'ocellus/app/commands/rights';
import { addChannel, patchChannel, patchSettings, removeChannel } from 'ocellus/app/config/change';
import { parseObject } from 'ocellus/app/config/json';
import type { Make, SettingsStore } from 'ocellus/app/config/settings-store';
import { channelNamed } from 'ocellus/app/config/recording-rules';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, redactedChannel } from 'ocellus/app/config/settings';
import type {
    ConfiguredChannelJson,
    ConfiguredChannelsJson,
    SettingsChangeJson,
    SettingsJson,
} from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { orNone, Reply, type Router } from 'ocellus/app/http/router';
import type { DesiredState } from 'ocellus/app/system/desired';
import { OcellusError } from 'ocellus/error';
import type { Limits } from 'ocellus/host';
import type { HttpRequest } from 'ocellus/http';

/** What the routes need. */
export interface SettingsApiOptions {
    readonly limits: Limits;
    readonly settingsStore: SettingsStore;
    readonly desired: Pick<DesiredState, 'problem' | 'given' | 'retry'>;
    /** What the last change set off; the answer waits for it, but not longer than `applyMs`. */
    readonly applied: () => Promise<readonly string[]>;
}

/** The host answers for a script after 5 s; a source may take longer to open. */
const applyMs = 3_500;

const base = '/api/channels/';

/** The last part of the path. */
function nameOf({ path }: HttpRequest): string {
    return path.slice(base.length);
}

/** The names of the channels that were opened again; undefined: it goes on in the background. */
async function waitFor(work: Promise<readonly string[]>): Promise<readonly string[] | undefined> {
    try {
        return await withDeadline(work, applyMs, 'apply');
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'TIMEOUT') {
            return undefined;
        }
        throw error;
    }
}

/** The user of a camera is for the owner to see: with it a password is half guessed. Others are shown that there is one. */
function shown<T extends { readonly user: string }>(channel: T, login: number | undefined): T {
    return channel.user === '' || rightOf(login) === 'own' ? channel : { ...channel, user: '***' };
}

/** In the answer about one channel its keys stand for themselves: "ring.bytes", not "channels[3].ring.bytes". */
function aboutOne(error: unknown): unknown {
    const index = /^channels\[\d+\]\./;
    return error instanceof SettingsError && index.test(error.at)
        ? new SettingsError(error.message.replace(index, ''), error.at.replace(index, ''), error.proposal)
        : error;
}

/** The routes, once each. */
export function settingsRoutes(router: Router, options: SettingsApiOptions): Router {
    const { settingsStore, desired, applied, limits } = options;
    const ownNames: ReadonlySet<string> = new Set(Object.keys(settingsStore.own));

    function settingsJson(): SettingsJson {
        const { fixed, revision, restart } = settingsStore;
        return { ...redacted(settingsStore.edited, settingsStore.own), fixed, revision, restart };
    }
    function channelJson(name: string): ConfiguredChannelJson {
        const channel = channelNamed(settingsStore.edited, name);
        if (channel === undefined) {
            throw new OcellusError('NOENT', `the settings have no channel named "${name.slice(0, 40)}"`);
        }
        return { ...redactedChannel(channel), ...desired.problem(name) };
    }
    /** Stores and applies; `fixed`: the keys that it is about. */
    async function change(
        request: HttpRequest,
        make: Make,
        fixed: readonly string[],
    ): Promise<readonly string[] | undefined> {
        const { revision } = parseQuery(request.query, ['revision']);
        settingsStore.checkFixed(fixed);
        await settingsStore.change(make, revision);
        return await waitFor(applied());
    }

    async function changeOne(request: HttpRequest, make: Make): Promise<void> {
        try {
            await change(request, make, ['channels']);
        } catch (error) {
            throw aboutOne(error);
        }
    }

    async function patchAll(request: HttpRequest): Promise<SettingsChangeJson> {
        const { keys, make } = patchSettings(parseObject(request.text(), 'body', 0, ownNames), settingsStore.own);
        if (keys.includes('live.targets')) {
            const { checkTargets } = await orNone(import('ocellus/app/live/push-rules'));
            checkTargets(settingsStore.tried(make).edited.live.targets);
        }
        const reopened = (await change(request, make, keys)) ?? null;
        return { settings: settingsJson(), restart: settingsStore.restart, reopened };
    }
    async function add(request: HttpRequest): Promise<Reply> {
        await changeOne(request, addChannel(parseObject(request.text(), 'body'), limits.channels));
        const { channels } = settingsStore.current;
        return new Reply(201, channelJson(channels[channels.length - 1]?.name ?? ''));
    }
    async function patchOne(request: HttpRequest): Promise<ConfiguredChannelJson> {
        const patch = parseObject(request.text(), 'body');
        const name = nameOf(request);
        const given = desired.given(name);
        await changeOne(request, patchChannel(name, patch));
        if (desired.given(name) === given) {
            void desired.retry(name); // nothing is new, so whoever saved it wants to see whether it works now
        }
        return channelJson(typeof patch.name === 'string' ? patch.name : name);
    }
    async function remove(request: HttpRequest): Promise<Reply> {
        await changeOne(request, removeChannel(nameOf(request)));
        return new Reply(204, undefined);
    }

    return router
        .route('GET', '/api/settings', ({ query, login }) => {
            parseQuery(query, []);
            const settings = settingsJson();
            return { ...settings, channels: settings.channels.map((channel) => shown(channel, login)) };
        })
        .route('PATCH', '/api/settings', patchAll)
        .route('GET', '/api/channels', ({ query, login }): ConfiguredChannelsJson => {
            parseQuery(query, []);
            const { current, revision } = settingsStore;
            return { channels: current.channels.map(({ name }) => shown(channelJson(name), login)), revision };
        })
        .route('POST', '/api/channels', add)
        .route('GET', `${base}*`, (request) => {
            parseQuery(request.query, []);
            return shown(channelJson(nameOf(request)), request.login);
        })
        .route('PATCH', `${base}*`, patchOne)
        .route('DELETE', `${base}*`, remove);
}
