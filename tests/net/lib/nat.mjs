// NATs of the kinds that peers meet (RFC 4787 sections 4 and 5), by nftables. The box has the devices `in` and `out`.
import { must } from './run.mjs';

/** @typedef {'none' | 'full-cone' | 'port-restricted' | 'symmetric'} NatKind */

/** What `turnutils_natdiscovery` says of each. @type {Record<Exclude<NatKind, 'none'>, { mapping: string, filtering: string }>} */
export const verdicts = {
    'full-cone': { mapping: 'Endpoint Independent Mapping', filtering: 'Endpoint Independent Filtering' },
    'port-restricted': { mapping: 'Endpoint Independent Mapping', filtering: 'Address and Port Dependent Filtering' },
    symmetric: { mapping: 'Address and Port Dependent Mapping', filtering: 'Address and Port Dependent Filtering' },
};

/** Ports are kept where they are free, so that one inside socket has one outside address; `fully-random` gives one per destination. */
const masquerade = { 'full-cone': 'masquerade', 'port-restricted': 'masquerade', symmetric: 'masquerade fully-random' };

/**
 * Makes a namespace a NAT of this kind; a NAT that is there is replaced, and forgets its mappings.
 * @param {import('./namespaces.mjs').Namespaces} spaces
 * @param {string} name
 * @param {Exclude<NatKind, 'none'>} kind
 * @param {string} inside address of the one host inside (a full cone lets everybody in to it)
 */
export function setNat(spaces, name, kind, inside) {
    if (!(kind in masquerade)) {
        throw new Error(`no NAT "${kind}": none, ${Object.keys(masquerade).join(', ')}`);
    }
    const fullCone = kind === 'full-cone';
    must(
        spaces.argv(name, ['nft', '-f', '-']),
        `flush ruleset
table ip nat {
    chain post {
        type nat hook postrouting priority 100;
        oifname "out" ${masquerade[kind]}
    }
    chain pre {
        type nat hook prerouting priority -100;
        ${fullCone ? `iifname "out" udp dport 1024-65535 dnat to ${inside}` : ''}
    }
}
table ip guard {
    chain through {
        type filter hook forward priority 0;
        ${fullCone ? '' : 'iifname "out" ct state new drop'}
    }
    # A packet that matches no mapping must not become a connection of this box: masquerade would then give a crossing
    # packet of hole punching another port.
    chain here {
        type filter hook input priority 0;
        iifname "out" drop
    }
}
`,
    );
    if (!must(spaces.argv(name, ['nft', 'list', 'ruleset'])).includes('masquerade')) {
        throw new Error(`${name}: nft took the rules of a NAT, and there are none`);
    }
}
