/**
 * Addresses of sources for people: messages, logs and `/api/settings`. User and password are hidden, and behind the host
 * everything that is not known to be harmless, since cameras take passwords in paths and under many names. One rule for
 * the whole program: native/base/oc_redact.c is its twin, and tests/corpora/redact/vectors.tsv binds both.
 */

/** Lower case, in the order of the alphabet, a blank before and behind each; C has them from here (tools/settings). */
export const redactionWords = {
    /** Harmless words of paths and values: what makers of cameras and servers call their streams. */
    words:
        ' aac amp api asf audio auto av avi axis back bin c cam camera cameras cgi ch chan channel channels clip ' +
        'default demo door first flv front garage garden gate h hd hevc high hls http hv index isapi jpeg jpg k ' +
        'live livestream local low m main mainstream master mcast media mediainput medias medium mjpeg mjpg mkv ' +
        'mode mov mp mpeg multicast no off on onvif openh p play playlist preview primary profile profiles psia ' +
        'realmonitor rtp rtsp s sd sdp second secondary smp snapshot stream streaming streams sub substream tcp ' +
        'test track trackid tracks ts tunnel u ucast udp unicast v vga video videomain videos videostream ' +
        'videosub view webm x yard yes yuyv ',
    /** Keys whose value is shown when it is harmless. */
    plainKeys:
        ' audio bitrate camera ch channel clock codec compression encoder exposure flip format fps gop height ' +
        'interval listen loop mode name night object pathstyle probe profile proto protocol resolution rotate ' +
        'seed size sound stream streamtype subtype tlsverify tone track transcode transport transportmode type ' +
        'unicast video videocodec width ',
    /** Keys that are shown with their value hidden. */
    secretKeys:
        ' access_token api-key api_key apikey auth key login loginpas loginuse p pass passwd password passwort psw ' +
        'pswd pw pwd secret session sid sig signature tlsfingerprint token u user username usr x-signature ',
    localSchemes: ' alsa camera fake file replay scale test v4l2 ',
} as const;

/** Whether a word stands in a list. The lists stay as they are, text: as sets they took 14 KB of a board's heap. */
function isIn(list: keyof typeof redactionWords, word: string): boolean {
    return !word.includes(' ') && redactionWords[list].includes(` ${word} `);
}

/** What stands for a hidden part. */
const hidden = '***';

/** Digits that may be shown: of a part of a path that is a number, of one that has words as well, of a value. */
const digits = { alone: 3, together: 5, value: 8 } as const;

/** Scheme with slashes; `ffmpeg:` may stand before it. */
const start = /^(?:ffmpeg:)?([a-z][a-z0-9+.-]*):(?:\/\/)?/i;

/** Words of the list and few digits, joined by -, _ and dots. */
function isHarmless(text: string, alone: number, together: number): boolean {
    if (!/^[a-z\d._-]*$/i.test(text)) {
        return false;
    }
    const runs = text.match(/[a-z]+/gi) ?? [];
    const count = text.replace(/\D/g, '').length;
    return (
        text.length <= 2 ||
        (runs.every((run) => isIn('words', run.toLowerCase())) && count <= (runs.length > 0 ? together : alone))
    );
}

/** key=value, or one of them. */
function parameter(text: string): string {
    const at = text.indexOf('=');
    const key = at < 0 ? text : text.slice(0, at);
    const name = key.toLowerCase();
    const value = at < 0 ? '' : text.slice(at + 1);
    if (!isIn('plainKeys', name) && !isIn('secretKeys', name)) {
        return text === '' ? '' : hidden;
    }
    // the SHA-256 of a certificate is public
    const shown =
        (isIn('plainKeys', name) && isHarmless(value, digits.value, digits.value)) ||
        text === 'auth=basic' ||
        (name === 'tlsfingerprint' && /^[\da-f:]*$/i.test(value));
    return shown || value === '' ? text : `${key}=${hidden}`;
}

/** What is behind the host: a path, then parameters behind ? and #. */
function tail(text: string): string {
    const end = text.search(/[?#]/);
    const path = end < 0 ? text : text.slice(0, end);
    const parts = path.split('/').map((part) => (isHarmless(part, digits.alone, digits.together) ? part : hidden));
    const rest = end < 0 ? '' : text.slice(end);
    const shown = rest.slice(1).replace(/[^&#]+/g, parameter);
    return `${parts.join('/')}${rest.slice(0, 1)}${shown}`;
}

/** "host:word": a colon that no port follows, outside of brackets. */
const mistaken = /^[^[]*:(?!\d+$)/;

/** The host with its port. */
function hostOf(text: string): string {
    return /^[a-z\d.\-_:[\]%${}]*$/i.test(text) && !mistaken.test(text) ? text : hidden;
}

/** Replaces with `***` what must not be seen of an address; a path of a file, or a local source, is left as it is. */
export function redactUrl(address: string): string {
    const [scheme = '', name = ''] = start.exec(address) ?? [];
    const local = name.toLowerCase();
    if (scheme === '' || isIn('localSchemes', local) || (local === 'ffmpeg' && scheme.length === 7)) {
        return address;
    }
    const rest = address.slice(scheme.length);
    const [first = ''] = rest.split(/[/?#]/);
    // A password may hold what ends the host and should have been percent-encoded.
    const wrong = !first.includes('@') && mistaken.test(first);
    const at = (wrong ? rest : first).lastIndexOf('@') + 1;
    const behind = rest.slice(at);
    const [host = ''] = behind.split(/[/?#]/);
    return `${scheme}${at > 1 ? hidden : ''}${at > 0 ? '@' : ''}${hostOf(host)}${tail(behind.slice(host.length))}`;
}
