/** Pictures for programs that take nothing but JPEG: of channels, and as text in a document. */
import { Body } from 'ocellus/body';
import type { StreamName } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { Mail } from 'ocellus/mail';

/** As oc_span_body_flag_t. */
const flags = Object.freeze({ sub: 1, picture: 4, jpeg: 8 } as const);

/** Milliseconds until a picture is given up: a decoder may have to begin first. */
const deadlineMs = 10_000;

function post(channel: number, bits: number): number {
    return native<(channel: number, beforeMs: number, untilMs: number, flags: number) => number>('xs_body_span').call(
        undefined,
        channel,
        0,
        0,
        bits,
    );
}

function take(number: number): Body {
    const body = new Body();
    const code = native<(number: number) => number>('xs_body_take').call(body, number);
    if (code < 0) {
        throw OcellusError.fromNumber(code);
    }
    return body;
}

/**
 * The newest key frame of a channel as a JPEG, decoded where the source makes none; close it when it was sent. `STATE`: no
 * key frame has come yet, or it cannot be decoded; `NOTSUP`: this host decodes nothing; `BUSY`: too many are open.
 */
export async function jpegBody(
    plane: { readonly mail: Mail },
    channel: number,
    stream: StreamName = 'main',
): Promise<Body> {
    const bits = flags.picture | flags.jpeg | (stream === 'sub' ? flags.sub : 0);
    const { value0 } = await plane.mail.answer(post(channel, bits), 'make a picture', deadlineMs);
    const body = take(value0);
    if (body.type !== 'image/jpeg') {
        body.close();
        throw new OcellusError('NOTSUP', 'this host decodes no pictures');
    }
    return body;
}

/**
 * A text with the bytes of a body in it as base64 (RFC 4648, section 4): `head`, those, `tail`. Nothing of it lies in the
 * heap. `CLOSED`: the body is closed, or its bytes are gone; `TOO_BIG`: it has more than 16 MB; `NOMEM`.
 */
export function base64Body(head: string, body: Body, tail: string): Body {
    const encoder = new TextEncoder();
    const made = new Body();
    const code = native<(head: Uint8Array, body: Body, tail: Uint8Array) => number>('xs_body_base64').call(
        made,
        encoder.encode(head),
        body,
        encoder.encode(tail),
    );
    if (code < 0) {
        throw OcellusError.fromNumber(code);
    }
    return made;
}
