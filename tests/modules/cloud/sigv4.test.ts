// The examples that Amazon publishes for S3, with the results that it publishes.
import { hex, sha256 } from 'ocellus/crypto';
import {
    emptyPayload,
    encodePath,
    encodeQuery,
    encodeText,
    type Keys,
    type Scope,
    Signer,
    signingKey,
    stampOf,
    type UnsignedRequest,
    unsignedPayload,
} from 'ocellus/app/cloud/sigv4';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', service: 's3' };
const host = 'examplebucket.s3.amazonaws.com';
const atMs = Date.UTC(2013, 4, 24);
const utf8 = (text: string) => new TextEncoder().encode(text);

const signHeaders = (request: UnsignedRequest, by: Keys, within: Scope, payload: string, at: number) =>
    new Signer(by, within).headers(request, payload, at);
const presignedQuery = (request: UnsignedRequest, by: Keys, within: Scope, seconds: number, at: number) =>
    new Signer(by, within).query(request, seconds, at);

function signatureOf(authorization: string | undefined): string {
    return /Signature=([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '';
}

test('[A8] "GET Object" of the S3 documentation', () => {
    const headers = signHeaders(
        { method: 'GET', host, path: '/test.txt', headers: { Range: 'bytes=0-9' } },
        keys,
        scope,
        emptyPayload,
        atMs,
    );
    assertEqual(
        headers['authorization'],
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
            'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
            'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
    assertEqual(headers['x-amz-date'], '20130524T000000Z');
    assertEqual(headers['Range'], 'bytes=0-9');
    assertEqual(emptyPayload, hex(sha256(new Uint8Array(0))));
});

test('[A8] "PUT Object" of the S3 documentation', () => {
    const headers = signHeaders(
        {
            method: 'PUT',
            host,
            path: `/${encodePath('test$file.text')}`,
            headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        },
        keys,
        scope,
        hex(sha256(utf8('Welcome to Amazon S3.'))),
        atMs,
    );
    assertEqual(
        signatureOf(headers['authorization']),
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
});

test('[A8] "GET Bucket Lifecycle" and "List Objects" of the S3 documentation', () => {
    const lifecycle = { method: 'GET', host, path: '/', query: { lifecycle: '' } };
    assertEqual(
        signatureOf(signHeaders(lifecycle, keys, scope, emptyPayload, atMs)['authorization']),
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    );
    const list = { method: 'GET', host, path: '/', query: { prefix: 'J', 'max-keys': '2' } };
    assertEqual(
        signatureOf(signHeaders(list, keys, scope, emptyPayload, atMs)['authorization']),
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
});

test('[A8] the presigned address of the S3 documentation', () => {
    assertEqual(
        presignedQuery({ method: 'GET', host, path: '/test.txt' }, keys, scope, 86_400, atMs),
        'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
            '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
            '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
            '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
});

test('the derivation of a key, as AWS publishes it', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    assertEqual(
        hex(signingKey(secret, '20150830', { region: 'us-east-1', service: 'iam' })),
        'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
    assertEqual(
        hex(signingKey(secret, '20120215', { region: 'us-east-1', service: 'iam' })),
        'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d',
    );
});

test('keys and queries are encoded as a store does it', () => {
    assertEqual(encodePath('a b/c+d/~e/f_g-h.i'), 'a%20b/c%2Bd/~e/f_g-h.i');
    assertEqual(encodePath('tür/門/😀'), 't%C3%BCr/%E9%96%80/%F0%9F%98%80');
    assertEqual(encodePath("!*'()/%2F//"), '%21%2A%27%28%29/%252F//');
    assertEqual(encodeText('a/b=c&d'), 'a%2Fb%3Dc%26d');
    assertEqual(encodeQuery({ prefix: 'a b', 'list-type': '2', B: '1' }), 'B=1&list-type=2&prefix=a%20b');
    assertEqual(encodeQuery({}), '');
});

test('a session token is signed, in headers and in addresses', () => {
    const temporary = { ...keys, sessionToken: 'token+/=' };
    const request = { method: 'GET', host, path: '/test.txt' };
    const headers = signHeaders(request, temporary, scope, unsignedPayload, atMs);
    assertEqual(headers['x-amz-security-token'], 'token+/=');
    assert(headers['authorization']?.includes('host;x-amz-content-sha256;x-amz-date;x-amz-security-token'));
    const other = signHeaders(request, { ...keys, sessionToken: 'b' }, scope, unsignedPayload, atMs);
    assert(other['authorization'] !== headers['authorization']);
    const query = presignedQuery(request, temporary, scope, 60, atMs);
    assert(query.includes('&X-Amz-Security-Token=token%2B%2F%3D&'));
    assertEqual(query.includes('Security-Token'), !presignedQuery(request, keys, scope, 60, atMs).includes('Token'));
});

test('times are whole seconds, and an address is valid for a week at most', () => {
    assertEqual(stampOf(Date.UTC(2026, 11, 31, 23, 59, 59, 999)), '20261231T235959Z');
    assertEqual(stampOf(1000.5), '19700101T000001Z');
    for (const seconds of [0, -1, 1.5, 604_801, Number.NaN]) {
        assertThrows(() => presignedQuery({ method: 'GET', host, path: '/' }, keys, scope, seconds, atMs), {
            type: RangeError,
        });
    }
    assert(presignedQuery({ method: 'GET', host, path: '/' }, keys, scope, 604_800, atMs).includes('604800'));
});

test('a signer signs on the next day as a new one does', () => {
    const signer = new Signer(keys, scope);
    const request = { method: 'GET', host, path: '/test.txt' };
    for (const at of [atMs, atMs + 86_399_999, atMs + 86_400_000, atMs]) {
        assertEqual(
            signer.headers(request, emptyPayload, at),
            new Signer(keys, scope).headers(request, emptyPayload, at),
        );
    }
});
