/** An index of releases as its publisher signs it. */
import { base64, P256PrivateKey } from 'ocellus/crypto';
import { keyIdOf } from 'ocellus/app/update/release-index';

/** JSON of a release; `more` changes it. */
export function releaseJson(version: string, more: Record<string, unknown> = {}): Record<string, unknown> {
    return {
        version,
        channel: 'stable',
        bundle: `camera-${version}.ocb`,
        bytes: 100,
        sha256: '00'.repeat(32),
        counter: 0,
        apiLevel: 1,
        host: '0.1.0',
        engines: ['xs-13.3', 'xs-17.7'],
        rollout: { percent: 100, groups: {}, paused: false },
        recalled: false,
        ...more,
    };
}

/** JSON of a payload. */
export function indexJson(
    version: number,
    releases: readonly Record<string, unknown>[] = [],
    more: Record<string, unknown> = {},
): Record<string, unknown> {
    return { version, expires: '2026-12-01T00:00:00Z', name: 'camera', releases, revoked: [], ...more };
}

/** One who publishes. */
export class Publisher {
    readonly key = P256PrivateKey.generate();
    readonly point = this.key.publicKey().point();
    readonly id = keyIdOf(this.point);

    /** The envelope around `payload`. */
    sign(payload: unknown, payloadType = 'application/vnd.ocellus.index+json'): string {
        return this.signText(JSON.stringify(payload), payloadType);
    }

    signText(text: string, payloadType = 'application/vnd.ocellus.index+json'): string {
        const encoder = new TextEncoder();
        const payload = encoder.encode(text);
        const head = encoder.encode(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
        const message = new Uint8Array(head.length + payload.length);
        message.set(head);
        message.set(payload, head.length);
        const signatures = [{ keyid: this.id, sig: base64(this.key.signDer(message)) }];
        return JSON.stringify({ payload: base64(payload), payloadType, signatures });
    }
}
