/** Routes that find cameras: `/api/channels/search`, `/api/channels/search/address` (docs/design/api.md, ADR 98). */
import { hostOf } from 'ocellus/app/config/address';
import { parseObject } from 'ocellus/app/config/json';
import { shownTitle } from 'ocellus/app/config/names';
import { flag, object, text } from 'ocellus/app/config/schema';
import type { Settings } from 'ocellus/app/config/settings';
import type { CameraAddressJson, CameraSearchJson } from 'ocellus/app/http/api-types';
import { LongAnswer } from 'ocellus/app/http/long-answer';
import { parseQuery } from 'ocellus/app/http/query';
import { type Handler, Reply, type Router } from 'ocellus/app/http/router';
import { HttpError, request } from 'ocellus/app/net/request';
import { CameraSearch } from 'ocellus/app/onvif/camera-search';
import { streamsOf } from 'ocellus/app/onvif/onvif-camera';
import { OnvifError, type Post } from 'ocellus/app/onvif/soap';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import UDP from 'embedded:io/socket/udp';

/** What the routes need. */
export interface CameraSearchApiOptions {
    readonly settingsStore: { readonly current: Settings };
    readonly host: Pick<HostApi, 'clock'>;
    /** Left out: of the network. */
    readonly search?: Pick<CameraSearch, 'running' | 'problem' | 'cameras' | 'camera' | 'run'>;
    readonly post?: Post;
}

/** Milliseconds and bytes of one answer of a camera. */
const postMs = 5_000;
const postBytes = 256 * 1024;

const searchBody = object({ now: flag() });
const word = (show?: () => string) => text(/^[^\0]{0,128}$/, 'at most 128 characters', show);
const addressBody = object({ id: word(), user: word(), password: word(() => '***') });

/** Messages to cameras by HTTP; no redirect is followed. */
export const postByHttp: Post = async (service, message) => {
    const headers = { 'content-type': 'application/soap+xml; charset=utf-8' };
    const limits = { timeoutMs: postMs, deadlineMs: postMs, maxBytes: postBytes, redirects: 0 };
    try {
        const { status, bytes } = await request(service, { method: 'POST', headers, body: message, ...limits });
        return { status, bytes };
    } catch (error) {
        const code = error instanceof HttpError ? error.code : undefined;
        if (code === 'TLS') {
            throw new OnvifError('certificate', 'the certificate of the camera cannot be verified');
        }
        if (code === 'TOO_BIG' || code === 'PROTOCOL' || code === 'REDIRECT') {
            throw new OnvifError('protocol', 'the camera does not answer as ONVIF cameras do');
        }
        throw new OnvifError('silent', 'the camera does not answer');
    }
};

function searchByUdp(): CameraSearch {
    return new CameraSearch({
        open: (address, onReadable) => new UDP({ address, onReadable }),
    });
}

/** Adds the route of addresses, once, and gives what answers searches. */
export function cameraSearchRoutes(
    router: Router,
    { settingsStore, host, search = searchByUdp(), post = postByHttp }: CameraSearchApiOptions,
): Handler {
    const work = new LongAnswer<CameraAddressJson>('another camera is being asked: again in a few seconds');

    const channelAt = (address: string): string | null => {
        const at = ({ input, sub }: { readonly input: string; readonly sub: string }): boolean =>
            hostOf(input) === address || hostOf(sub) === address;
        const channel = settingsStore.current.channels.find(at);
        return channel === undefined ? null : shownTitle(channel.title, channel.name);
    };

    const json = (): CameraSearchJson => ({
        running: search.running,
        problem: search.problem === '' ? null : search.problem,
        cameras: search.cameras.map(({ endpoint, name, hardware, location, address }) => ({
            id: endpoint,
            name,
            model: hardware,
            location,
            address,
            channel: channelAt(address),
        })),
    });

    async function addressOf(service: string, user: string, password: string): Promise<CameraAddressJson> {
        try {
            const found = await streamsOf(service, { user, password }, { post, now: () => host.clock().wallMs });
            const name = found.model.startsWith(found.maker) ? found.model : `${found.maker} ${found.model}`.trim();
            return { ok: true, problem: null, reason: null, name, main: found.main, sub: found.sub ?? null };
        } catch (error) {
            if (!(error instanceof OnvifError)) {
                throw error;
            }
            const { message: problem, reason } = error;
            return { ok: false, problem, reason, name: '', main: null, sub: null };
        }
    }

    router.route('POST', '/api/channels/search/address', async (asked) => {
        parseQuery(asked.query, []);
        const body = asked.text();
        const { id = '', user = '', password = '' } = addressBody.read(parseObject(body, 'body'), '');
        const camera = search.camera(id);
        if (camera === undefined) {
            throw new OcellusError('NOENT', 'id: no camera with it was found by the last search; search again');
        }
        const found = await work.of(body, () => addressOf(camera.service, user, password));
        return found === undefined ? new Reply(202, { running: true }) : found;
    });

    return (asked) => {
        parseQuery(asked.query, []);
        const { now = false } = searchBody.read(parseObject(asked.text(), 'body'), '');
        if (now && !search.running) {
            search.run().catch((error: unknown) => console.error('camera search:', error));
        }
        return json();
    };
}
