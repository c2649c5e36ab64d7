/** Documents of S3: why it refused, and which objects it has. What an answer means: s3-answers.ts. */
import { StoreError } from 'ocellus/app/cloud/object-store';
import type { Bytes } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import { readXml } from 'ocellus/xml';

/** An error document. */
export interface S3Fault {
    /** "NoSuchKey". */
    readonly code: string;
    /** One line of at most 200 printable characters of ASCII; may be ''. */
    readonly message: string;
    /** Where the bucket is, when the store says so; or ''. */
    readonly region: string;
}

/** A page of a list. */
export interface S3List {
    readonly objects: readonly { readonly key: string; readonly bytes: number }[];
    /** Of a list with a delimiter: the beginnings up to it that objects have in common. */
    readonly folders: readonly string[];
    /** Others follow behind the last one. */
    readonly more: boolean;
    /** Where the next page begins; or ''. */
    readonly token: string;
}

/** Characters of a store's own text in a message. */
const shownMax = 200;

/** Made once: a literal is compiled each time that it is evaluated, for some 0.1 ms. */
const sizePattern = /^\d{1,15}$/;

/** One line of a store's own text, without control characters. */
export function shown(text: string): string {
    return text
        .replace(/[^ -~]+/g, ' ')
        .trim()
        .slice(0, shownMax);
}

/** undefined: the bytes are no error document, or this host reads no XML. */
export function faultOf(bytes: Bytes): S3Fault | undefined {
    const found = new Map<string, string>();
    try {
        readXml(bytes, (path, text) => found.set(path, text), ['Error/Code', 'Error/Message', 'Error/Region']);
    } catch (error) {
        if (error instanceof OcellusError) {
            return undefined;
        }
        throw error;
    }
    const code = found.get('Error/Code');
    if (code === undefined || !/^[A-Za-z0-9.]{1,64}$/.test(code)) {
        return undefined;
    }
    return { code, message: shown(found.get('Error/Message') ?? ''), region: shown(found.get('Error/Region') ?? '') };
}

/** What is read of a list: an object's key and size, its end, a folder, and whether and where others follow. */
const listPaths = [
    'ListBucketResult/Contents/Key',
    'ListBucketResult/Contents/Size',
    'ListBucketResult/Contents',
    'ListBucketResult/CommonPrefixes/Prefix',
    'ListBucketResult/NextContinuationToken',
    'ListBucketResult/IsTruncated',
] as const;

/** Reads a reply to ListObjectsV2. Throws StoreError. */
export function listOf(bytes: Bytes): S3List {
    const objects: { key: string; bytes: number }[] = [];
    const folders: string[] = [];
    let token = '';
    let [key, size, more]: [string | undefined, number, string | undefined] = [undefined, Number.NaN, undefined];
    try {
        const take = (path: string, text: string): void => {
            switch (path) {
                case listPaths[0]:
                    key = text;
                    break;
                case listPaths[1]:
                    size = sizePattern.test(text) ? Number(text) : Number.NaN;
                    break;
                case listPaths[2]:
                    objects.push({ key: key ?? '', bytes: size });
                    [key, size] = [undefined, Number.NaN];
                    break;
                case listPaths[3]:
                    folders.push(text);
                    break;
                case listPaths[4]:
                    token = text;
                    break;
                default:
                    more = text;
            }
        };
        readXml(bytes, take, listPaths);
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOTSUP') {
            throw new StoreError('INVALID', 'this host has no parser of XML; install the package libexpat1', false);
        }
        throw error instanceof OcellusError ? noList() : error;
    }
    if (more === undefined || objects.some(({ key, bytes }) => key === '' || Number.isNaN(bytes))) {
        throw noList();
    }
    return { objects, folders, more: more === 'true', token };
}

function noList(): StoreError {
    return new StoreError('SERVER', 'the store answers with no list of objects; is the endpoint one of S3?', true);
}
