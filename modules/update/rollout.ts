/** Which release a device takes. Pure. */
import { compareVersions } from 'ocellus/app/base/semver';
import type { Device, Release, ReleaseIndex, Revocation } from 'ocellus/app/update/types';
import { sha256 } from 'ocellus/crypto';

const buckets = 10_000;

/** The place of a device in the roll-out of a version, 0 to 9999: the same each time, another for each version. */
export function bucketOf(deviceId: string, version: string): number {
    const hash = sha256(new TextEncoder().encode(`${deviceId}\0${version}`));
    return new DataView(hash.buffer as ArrayBuffer, hash.byteOffset).getUint32(0) % buckets;
}

/** Whether the roll-out has come to this device. A higher percentage never takes one out. */
export function isReached({ version, percent, groups }: Release, { id, group }: Pick<Device, 'id' | 'group'>): boolean {
    return bucketOf(id, version) < (groups.get(group) ?? percent) * (buckets / 100);
}

function mayHave(release: Release, device: Device): boolean {
    return (
        release.channel === device.channel &&
        !release.recalled &&
        !release.paused &&
        release.counter >= device.counter &&
        release.apiLevel <= device.apiLevel &&
        compareVersions(release.host, device.host) <= 0 &&
        release.engines.includes(device.engine) &&
        !device.refused.has(release.sha256) &&
        isReached(release, device)
    );
}

/**
 * The newest release that this device may have, if it is newer than what runs. When what runs was recalled: also an
 * older one. Undefined: it stays.
 */
export function chooseRelease({ releases }: ReleaseIndex, device: Device): Release | undefined {
    let best: Release | undefined;
    for (const release of releases) {
        if (mayHave(release, device) && (best === undefined || compareVersions(release.version, best.version) > 0)) {
            best = release;
        }
    }
    if (best === undefined) {
        return undefined;
    }
    const order = compareVersions(best.version, device.version);
    const isRecalled = releases.some(({ version, recalled }) => recalled && version === device.version);
    return order > 0 || (isRecalled && order < 0) ? best : undefined;
}

/** A revocation of a key that this device still trusts. */
export function chooseRevocation({ revoked }: ReleaseIndex, trusted: readonly string[]): Revocation | undefined {
    return revoked.find(({ keys }) => keys.some((id) => trusted.includes(id)));
}
