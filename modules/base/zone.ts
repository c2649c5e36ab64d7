/** The time zone in force: what a setting means on this host. */
import { parseZone, type ZoneRule } from 'ocellus/app/base/zone-rule';
import type { HostApi } from 'ocellus/host';

/** A zone whose rule was read. */
export interface Zone {
    /** "Europe/Berlin"; the rule when it has no other name. */
    readonly name: string;
    /** POSIX TZ: "CET-1CEST,M3.5.0,M10.5.0/3" */
    readonly posix: string;
    readonly rule: ZoneRule;
}

const utc: Zone = { name: 'UTC', posix: 'UTC0', rule: { name: 'UTC', offset: 0, summer: undefined } };

function read(name: string, posix: string): Zone | undefined {
    const rule = parseZone(posix);
    return rule && { name, posix, rule };
}

/**
 * The zone of a setting: `system`, a name, or a rule; undefined: none of them. Asks the host each time, so that a change of
 * the system's zone is seen. A system without a zone, or with a wrong one, is in UTC, as for its C library.
 */
export function findZone(wanted: string, host: Pick<HostApi, 'zone'>): Zone | undefined {
    if (wanted === 'system') {
        const system = host.zone('');
        return (system && read(system.name, system.rule)) ?? utc;
    }
    const known = host.zone(wanted);
    return known === undefined ? read(wanted, wanted) : read(known.name, known.rule);
}

/** The same for a setting that was checked: UTC when the zone has gone since. */
export function zoneInForce({ timezone }: { readonly timezone: string }, host: Pick<HostApi, 'zone'>): Zone {
    return findZone(timezone, host) ?? utc;
}
