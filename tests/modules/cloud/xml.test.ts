import { OcellusError } from 'ocellus/error';
import { readXml } from 'ocellus/xml';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const utf8 = (text: string) => new TextEncoder().encode(text);

function read(text: string | Uint8Array): string[] {
    const found: string[] = [];
    readXml(typeof text === 'string' ? utf8(text) : text, (path, value) => found.push(`${path}=${value}`));
    return found;
}

function codeOf(text: string): string {
    const error = assertThrows(() => read(text));
    assert(error instanceof OcellusError, String(error));
    return error.code;
}

test('elements at their ends, with paths and texts', () => {
    assertEqual(read('<?xml version="1.0"?><a><b>1</b><c x="y"> 2 &amp; &#x95E8;<!-- - --></c><d/></a>'), [
        'a/b=1',
        'a/c/@x=y',
        'a/c= 2 & 门',
        'a/d=',
        'a=',
    ]);
    assertEqual(read('<s3:a xmlns:s3="urn:x">t<s3:b><![CDATA[<&]]></s3:b>u</s3:a>'), ['a/b=<&', 'a=']);
    assertEqual(read('<a:><:b/></a:>'), ['a:/b=', 'a:=']);
    assertEqual(read('<a>\u{1F600}</a>'), ['a=\u{1F600}']);
});

test('attributes where their element begins, without declarations of name spaces', () => {
    const text = '<s:a xmlns="urn:x" xmlns:s="urn:y" token="1 &amp; 2" s:id=""><s:b n="3"/>t</s:a>';
    assertEqual(read(text), ['a/@token=1 & 2', 'a/@id=', 'a/b/@n=3', 'a/b=', 'a=']);
    assertEqual(codeOf('<a x="1" x="2"/>'), 'FORMAT');
    assertEqual(codeOf('<a x="&y;"/>'), 'FORMAT');
});

test('documents of other encodings', () => {
    const utf16 = Uint8Array.of(0xff, 0xfe, ...[...'<a>e</a>'].flatMap((c) => [c.charCodeAt(0), 0]));
    assertEqual(read(utf16), ['a=e']);
});

test('malformed documents, and those with a document type, are refused', () => {
    for (const text of ['', 'no XML', '<a>', '<a></b>', '<a>\x1F</a>', '<a>&x;</a>', '<a/><b/>', '<a>&#30;</a>']) {
        assertEqual(codeOf(text), 'FORMAT', text);
    }
    assertEqual(codeOf('<!DOCTYPE a><a/>'), 'FORMAT');
    assertEqual(codeOf('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), 'FORMAT');
    assertEqual(codeOf('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'), 'FORMAT');
});

test('limits of depth, names, texts, document and list', () => {
    assertEqual(read(`${'<a>'.repeat(16)}${'</a>'.repeat(16)}`).length, 16);
    assertEqual(codeOf(`${'<a>'.repeat(17)}${'</a>'.repeat(17)}`), 'TOO_BIG');
    assertEqual(read(`<${'n'.repeat(64)}/>`), [`${'n'.repeat(64)}=`]);
    assertEqual(codeOf(`<${'n'.repeat(65)}/>`), 'TOO_BIG');
    assertEqual(read(`<a>${'t'.repeat(4096)}</a>`)[0]?.length, 4098);
    assertEqual(codeOf(`<a>${'t'.repeat(4097)}</a>`), 'TOO_BIG');
    assertEqual(read(`<a ${'n'.repeat(64)}="${'t'.repeat(4096)}"/>`).length, 2);
    assertEqual(codeOf(`<a ${'n'.repeat(65)}=""/>`), 'TOO_BIG');
    assertEqual(codeOf(`<a n="${'t'.repeat(4097)}"/>`), 'TOO_BIG');
    assertEqual(codeOf(`<a>${' '.repeat(1024 * 1024)}</a>`), 'TOO_BIG');
    assertEqual(read(`<a>${'<b c=""/>'.repeat(2_047)}</a>`).length, 4095);
    assertEqual(codeOf(`<a>${'<b c=""/>'.repeat(2_048)}</a>`), 'TOO_BIG');
    const outer = 'n'.repeat(64);
    assertEqual(codeOf(`<${outer}>${'<a/>'.repeat(40_000)}</${outer}>`), 'TOO_BIG');
});

test('only the paths that are asked for are given, and count', () => {
    const only = (text: string, paths: readonly string[]): string[] => {
        const found: string[] = [];
        readXml(utf8(text), (path, value) => found.push(`${path}=${value}`), paths);
        return found;
    };
    const text = '<a x="1" xy="2"><b>1</b><bb>2</bb><c><b>3</b></c><b>4</b></a>';
    assertEqual(only(text, ['a/b', 'a/@x']), ['a/@x=1', 'a/b=1', 'a/b=4']);
    assertEqual(only(text, ['a']), ['a=']);
    assertEqual(only(text, ['', 'b', 'a/', 'a/b/']), []);
    assertEqual(only(text, []), []);
    const many = Array.from({ length: 60_000 }, (_, i) => `<e${i}/>`).join('');
    assertEqual(only(`<a>${many}<b>1</b></a>`, ['a/b']), ['a/b=1']);
});

test('what is no bytes is refused, and nothing is given of a document that breaks off', () => {
    assertThrows(() => readXml('<a/>' as unknown as Uint8Array, () => {}));
    let count = 0;
    assertThrows(() => readXml(utf8('<a><b/><b/>'), () => count++));
    assertEqual(count, 0);
});
