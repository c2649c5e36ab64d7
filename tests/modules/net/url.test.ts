import { parseUrl } from 'ocellus/app/net/url';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

test('addresses and their parts', () => {
    assertEqual(parseUrl('http://example.org'), { secure: false, host: 'example.org', port: 80, path: '/' });
    assertEqual(parseUrl('HTTPS://A.b:8443/c/d?e=f&g#h'), {
        secure: true,
        host: 'A.b',
        port: 8443,
        path: '/c/d?e=f&g',
    });
    assertEqual(parseUrl('http://10.0.0.1?x'), { secure: false, host: '10.0.0.1', port: 80, path: '/?x' });
    assertEqual(parseUrl('https://[fe80::1]:1/'), { secure: true, host: 'fe80::1', port: 1, path: '/' });
    assertEqual(parseUrl('https://a/#only'), { secure: true, host: 'a', port: 443, path: '/' });
});

test('what is no address throws, and is not shown', () => {
    for (const url of [
        '',
        'example.org',
        'ftp://example.org/',
        'http:///path',
        'http://user:secret@example.org/',
        'http://example.org:0/',
        'http://example.org:65536/',
        'http://example.org:123456/',
        'http://exa mple.org/',
        'http://example.org/a b',
        'http://example.org/\r\nX: y',
        'http://\u00e9.example/',
        'http://[::1/',
        'http://[example]/',
        'http://a\\b/',
        'javascript:alert(1)',
    ]) {
        const error = assertThrows(() => parseUrl(url), { type: TypeError });
        assert(url === '' || !error.message.includes('secret'));
    }
});
