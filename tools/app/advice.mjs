// What TypeScript says of a name that does not exist: it advises the types of Node and of browsers, and neither runs an
// application. Said instead: what is here in its place.

const request = "request of 'ocellus/app/net/request'";
const files = "'embedded:storage/files'";
const crypto = "'ocellus/crypto'";
const settings = 'settings of the application, app.settings';

/** @type {Readonly<Record<string, string>>} */
const forModules = {
    fs: files,
    'fs/promises': files,
    http: request,
    https: request,
    http2: request,
    axios: request,
    undici: request,
    'node-fetch': request,
    net: "'embedded:io/socket/tcp'",
    dgram: "'embedded:io/socket/udp'",
    crypto,
    timers: 'setTimeout and setInterval, which are global',
    buffer: 'Uint8Array, TextEncoder and TextDecoder',
    util: 'TextEncoder and TextDecoder, which are global',
    process: settings,
    os: settings,
};

/** @type {Readonly<Record<string, string>>} */
const forNames = {
    fetch: request,
    Headers: request,
    Request: request,
    Response: request,
    XMLHttpRequest: request,
    AbortController: `timeoutMs of ${request}`,
    URL: `text: ${request} takes an address as text, encodeURIComponent makes its parts`,
    URLSearchParams: 'encodeURIComponent',
    Buffer: 'Uint8Array, TextEncoder and TextDecoder',
    process: settings,
    localStorage: "'embedded:storage/key-value'",
    sessionStorage: "'embedded:storage/key-value'",
    crypto,
    performance: 'Date.now()',
    setImmediate: 'queueMicrotask, or setTimeout',
    require: 'import',
    module: 'export',
};

const neither = 'neither Node nor a browser runs an application, and no package of npm';

/** @param {boolean} isModule @param {string} word @returns {string | undefined} what to use in the place of a name */
function placeOf(isModule, word) {
    const plain = word.replace(/^node:/, '');
    for (const table of isModule || plain !== word ? [forModules] : [forNames, forModules]) {
        if (Object.hasOwn(table, plain)) return table[plain];
    }
    return undefined;
}

/** Every module that an advice names. @returns {string[]} */
export const advised = () =>
    [...new Set([...Object.values(forModules), ...Object.values(forNames)].flatMap((text) => [...text.matchAll(/'([^']+)'/g)].map(([, name = '']) => name)))];

/** The compiler's messages, a line each, with advice of ours. @param {string} text @returns {string} */
export const withAdvice = (text) =>
    text.replace(/^(.* error TS\d+: Cannot find (name|module)(?: or type declarations for side-effect import of)? '([^'\n]+)')([^\n]*)$/gm, (all, said, kind, word, rest) => {
        const place = placeOf(kind === 'module', word);
        if (place !== undefined) return `${said}: use ${place}; ${neither}`;
        const foreign = kind === 'module' && !/^(\.|\/|app\/|ocellus\/|embedded:)/.test(word);
        return foreign || rest.includes('Do you need') ? `${said}: ${neither}` : all;
    });
