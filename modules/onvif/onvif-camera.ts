/** Where an ONVIF camera has its video: its main and its smaller stream (ONVIF Device and Media Service, version 1). */
import { call, type Elements, escapeXml, type Login, OnvifError, type Post, textAt } from 'ocellus/app/onvif/soap';
import { shown } from 'ocellus/app/onvif/ws-discovery';
import { parseUrl } from 'ocellus/app/net/url';

/** A stream that a camera offers. */
export interface OnvifStream {
    /** RTSP, at the camera's own host, without user and password. */
    readonly input: string;
    /** "H264", "H265", "JPEG"; '' the camera does not say. */
    readonly codec: string;
    /** Pixels; 0: the camera does not say. */
    readonly width: number;
    readonly height: number;
}

/** What was found. */
export interface OnvifStreams {
    /** As its maker calls it; '': it does not say. */
    readonly maker: string;
    readonly model: string;
    readonly main: OnvifStream;
    /** A smaller one; undefined: there is none. */
    readonly sub: OnvifStream | undefined;
}

/** What it needs. */
export interface OnvifOptions {
    readonly post: Post;
    /** Milliseconds since 1970; by the clock of this device, which may be wrong. */
    readonly now: () => number;
}

/** Profiles that are looked at; a camera with more of them shows its main ones first. */
const profilesMax = 32;
/** Widths of a smaller stream: below, nothing is recognised on a tile. */
const subWidthMin = 320;

interface Profile extends Omit<OnvifStream, 'input'> {
    readonly token: string;
}

const utc = 'GetSystemDateAndTimeResponse/SystemDateAndTime/UTCDateTime';
const utcPaths = ['Date/Year', 'Date/Month', 'Date/Day', 'Time/Hour', 'Time/Minute', 'Time/Second'].map(
    (path) => `${utc}/${path}`,
);

/** The time of the camera in ms since 1970 (UTC); undefined: it does not say. */
export function cameraTime(elements: Elements): number | undefined {
    const at = (path: string): number => Number(textAt(elements, `${utc}/${path}`) ?? Number.NaN);
    const time = Date.UTC(
        at('Date/Year'),
        at('Date/Month') - 1,
        at('Date/Day'),
        at('Time/Hour'),
        at('Time/Minute'),
        at('Time/Second'),
    );
    return Number.isFinite(time) ? time : undefined;
}

const profilePath = 'GetProfilesResponse/Profiles';
/** What is read of a profile: its end comes last. */
const profilePaths = {
    token: `${profilePath}/@token`,
    codec: `${profilePath}/VideoEncoderConfiguration/Encoding`,
    width: `${profilePath}/VideoEncoderConfiguration/Resolution/Width`,
    height: `${profilePath}/VideoEncoderConfiguration/Resolution/Height`,
    end: profilePath,
} as const;

/** The profiles with video, in the camera's order. */
export function readProfiles(elements: Elements): Profile[] {
    const profiles: Profile[] = [];
    const one = new Map<string, string>();
    for (const [path, text] of elements) {
        if (path !== profilePaths.end) {
            one.set(path, text);
            continue;
        }
        const [token, codec] = [one.get(profilePaths.token) ?? '', one.get(profilePaths.codec)];
        const size = (side: 'width' | 'height'): number => Number(one.get(profilePaths[side])) || 0;
        if (token !== '' && codec !== undefined && profiles.length < profilesMax) {
            profiles.push({ token, codec: shown(codec), width: size('width'), height: size('height') });
        }
        one.clear();
    }
    return profiles;
}

/** The largest and, of those that are smaller, the smallest that is large enough; JPEG only where nothing else is. */
export function choose(profiles: readonly Profile[]): { main: Profile | undefined; sub: Profile | undefined } {
    const film = profiles.filter(({ codec }) => codec.toUpperCase() !== 'JPEG');
    const pixels = ({ width, height }: Profile): number => width * height;
    const bySize = [...(film.length > 0 ? film : profiles)].sort((a, b) => pixels(b) - pixels(a));
    const [main] = bySize;
    const smaller = bySize.filter((one) => main !== undefined && pixels(one) < pixels(main));
    const sub = smaller.filter(({ width }) => width >= subWidthMin).pop() ?? smaller[0];
    return { main, sub };
}

/** At the host that was asked: cameras behind a router or with a wrong setting name others (ADR 98). */
function atHost(uri: string, host: string): string | undefined {
    const [, port = '', rest = ''] =
        /^rtsp:\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:@]*)(:\d{1,5})?([/?][!-~]*)?$/i.exec(uri) ?? [];
    const shownHost = host.includes(':') ? `[${host}]` : host;
    return /^rtsp:/i.test(uri) && (port !== '' || rest !== '') ? `rtsp://${shownHost}${port}${rest}` : undefined;
}

const mediaPath = 'GetCapabilitiesResponse/Capabilities/Media/XAddr';
const uriPath = 'GetStreamUriResponse/MediaUri/Uri';
const makerPath = 'GetDeviceInformationResponse/Manufacturer';
const modelPath = 'GetDeviceInformationResponse/Model';

/** Asks the camera whose device service is at `service`. Rejects with `OnvifError`. */
export async function streamsOf(
    service: string,
    { user, password }: Pick<Login, 'user' | 'password'>,
    { post, now }: OnvifOptions,
): Promise<OnvifStreams> {
    const { host, port, secure } = parseUrl(service);
    const theirs = await timeOf(service, post);
    const aheadMs = theirs === undefined ? 0 : theirs - now();
    const login = { user, password, now: () => now() + aheadMs };
    try {
        const media = textAt(
            await call(
                post,
                service,
                '<td:GetCapabilities><td:Category>Media</td:Category></td:GetCapabilities>',
                [mediaPath],
                login,
            ),
            mediaPath,
        );
        if (media === undefined) {
            throw new OnvifError('media', 'the camera has no video service of ONVIF');
        }
        const path = /^https?:\/\/[^/?#]*(\/[!-~]*)?$/i.exec(media.trim())?.[1] ?? '/onvif/media_service';
        const at = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
        const { main, sub } = choose(
            readProfiles(await call(post, at, '<tm:GetProfiles/>', Object.values(profilePaths), login)),
        );
        const stream = async (profile: Profile): Promise<OnvifStream | undefined> => {
            const uri = textAt(await call(post, at, streamUri(profile.token), [uriPath], login), uriPath);
            const input = atHost(uri?.trim() ?? '', host);
            const { codec, width, height } = profile;
            return input === undefined ? undefined : { input, codec, width, height };
        };
        const first = main && (await stream(main));
        if (first === undefined) {
            throw new OnvifError('media', 'the camera offers no video by RTSP');
        }
        const asked = call(post, service, '<td:GetDeviceInformation/>', [makerPath, modelPath], login);
        const device = await asked.catch((): Elements => []);
        return {
            maker: shown(textAt(device, makerPath) ?? ''),
            model: shown(textAt(device, modelPath) ?? ''),
            main: first,
            sub: sub && (await stream(sub).catch(() => undefined)),
        };
    } catch (error) {
        const refused = error instanceof OnvifError && error.reason === 'password';
        if (refused && theirs === undefined) {
            const why = 'wrong user name or password, or the clocks of the camera and of this device differ too much';
            throw new OnvifError('clock', why);
        }
        throw error;
    }
}

function streamUri(token: string): string {
    return (
        '<tm:GetStreamUri><tm:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol>' +
        `</tt:Transport></tm:StreamSetup><tm:ProfileToken>${escapeXml(token)}</tm:ProfileToken></tm:GetStreamUri>`
    );
}

/** Asked without a login, which needs it (ONVIF Core Specification, 5.12). Undefined: it does not say. */
async function timeOf(service: string, post: Post): Promise<number | undefined> {
    try {
        return cameraTime(await call(post, service, '<td:GetSystemDateAndTime/>', utcPaths));
    } catch (error) {
        if (error instanceof OnvifError && (error.reason === 'silent' || error.reason === 'certificate')) {
            throw error;
        }
        return undefined;
    }
}
