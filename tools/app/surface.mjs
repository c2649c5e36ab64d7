// What capabilities mean, for people. Names, bits and the resource itself: tools/bundle/needs.mjs.
import { capabilities } from '../bundle/needs.mjs';

/** What an application that has it may do. @type {Readonly<Record<string, string>>} */
export const meanings = {
    network: 'connect to other machines',
    files: 'read and write files of its own folder',
    http: 'answer requests to the camera',
    media: 'run channels, record, read recordings and live pictures',
    viewers: 'serve viewers over WebRTC',
    settings: 'read and change the settings of the camera',
    system: 'open the HTTP server, end the program, switch the LED and privacy mode',
    update: 'replace the application by a newer one that a trusted key signed',
};

/** Others that one is of no use without. @type {Readonly<Record<string, readonly string[]>>} */
export const withOthers = { viewers: ['network'] };

export const names = Object.keys(capabilities);

/** @param {readonly string[]} list @returns {number} */
export const bitsOf = (list) => Object.entries(capabilities).reduce((bits, [name, bit]) => (list.includes(name) ? bits + bit : bits), 0);

/** @param {number} bits @returns {string[]} names; one that has none is its number */
export const namesOf = (bits) =>
    Array.from({ length: 32 }, (_, i) => 2 ** i)
        .filter((bit) => Math.floor(bits / bit) % 2 === 1)
        .map((bit) => Object.entries(capabilities).find(([, one]) => one === bit)?.[0] ?? `unknown (${bit})`);
