// `ocellus cloud cors`: the rules by which browsers let the page of a camera read a bucket. Rules of others stay.
import { Unable, Usage } from '../update/words.mjs';
import { children, escapeXml, parseXml, textOf, writeXml } from './xml.mjs';

/** @typedef {import('./s3.mjs').S3} S3 */

const ruleId = 'ocellus';
const rulesMax = 100; // of a bucket, as S3 limits them
/** The page reads with ranges: by addresses that are signed, or by headers of a key that can read. */
const methods = ['GET', 'HEAD'];
const requestHeaders = ['authorization', 'range', 'if-none-match', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
const replyHeaders = ['accept-ranges', 'content-length', 'content-range', 'date', 'etag'];
const seconds = 3600;

/** @param {readonly string[]} origins */
function ruleText(origins) {
    const all = (/** @type {string} */ name, /** @type {readonly string[]} */ values) => values.map((value) => `<${name}>${escapeXml(value)}</${name}>`).join('');
    const lists = all('AllowedOrigin', origins) + all('AllowedMethod', methods) + all('AllowedHeader', requestHeaders) + all('ExposeHeader', replyHeaders);
    return `<CORSRule><ID>${ruleId}</ID>${lists}<MaxAgeSeconds>${seconds}</MaxAgeSeconds></CORSRule>`;
}

/** The rules of the bucket but ours, as they are. @param {S3} s3 @returns {Promise<string[]>} */
async function others(s3) {
    const document = await s3.document('GET', { cors: '' });
    if (document === undefined) return [];
    const root = parseXml(Buffer.from(document));
    if (root?.localName !== 'CORSConfiguration') throw new Unable('the store answers with no CORS rules; is the endpoint one of S3?');
    return children(root, 'CORSRule').filter((rule) => textOf(rule, 'ID') !== ruleId).map(writeXml);
}

/** @param {readonly string[]} origins */
function checked(origins) {
    if (origins.length === 0) throw new Usage('--origin is missing: the address of the page, https://camera.example');
    for (const origin of origins) {
        if (origin !== '*' && !/^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(origin)) throw new Usage(`--origin: "${origin}" is not allowed: https://camera.example, without a path, or *`);
    }
    return origins;
}

/** The rules that browsers need, for whoever puts them by other means. @param {readonly string[]} origins */
export const corsText = (origins) => `<CORSConfiguration>${ruleText(checked(origins))}</CORSConfiguration>`;

/** Puts our rule in place of the one before. @param {readonly string[]} origins @param {boolean} isJson @param {S3} s3 */
export async function putCors(origins, isJson, s3) {
    const rule = ruleText(checked(origins));
    const rules = [...(await others(s3)), rule];
    if (rules.length > rulesMax) throw new Unable(`the bucket has ${rules.length - 1} other rules, and no room for one more`);
    const body = Buffer.from(`<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules.join('')}</CORSConfiguration>`);
    await s3.document('PUT', { cors: '' }, body);
    console.log(isJson ? JSON.stringify({ rules: rules.length }) : `written; the bucket has ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`);
    return 0;
}
