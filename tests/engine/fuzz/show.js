// Values as text: the same text on every engine, or one of them is wrong.
const escape = (text) => {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out += code > 31 && code < 127 ? text[i] : `\\${code.toString(16)}`;
  }
  return out;
};
/** 32 bits of a text (FNV-1a). */
export const sum = (text, before = 0x811c9dc5) => {
  let hash = before;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};
const shortest = (text) => (text.length > 60 ? `${escape(text.slice(0, 20))}~${text.length}~${sum(text)}` : escape(text));
const property = (o, key, depth) => {
  const d = Reflect.getOwnPropertyDescriptor(o, key);
  if (d === undefined) return 'gone';
  const flags = `${d.configurable ? '' : 'c'}${d.enumerable ? '' : 'e'}${d.writable === false ? 'w' : ''}`;
  const value = 'value' in d ? show(d.value, depth + 1) : `${d.get ? 'get' : ''}${d.set ? 'set' : ''}`;
  return `${flags === '' ? '' : `<${flags}>`}${value}`;
};
const own = (o, depth, skipped) => {
  const parts = [];
  for (const key of Reflect.ownKeys(o).slice(0, depth === 0 ? 60 : 7)) if (key !== skipped) parts.push(`${typeof key === 'symbol' ? 'sym' : escape(key)}:${property(o, key, depth)}`);
  return `${parts.join(' ')}${Reflect.isExtensible(o) ? '' : '!'}`;
};
export function show(v, depth = 0) {
  switch (typeof v) {
    case 'number':
      return Object.is(v, -0) ? '-0' : String(v);
    case 'string':
      return `"${shortest(v)}"`;
    case 'bigint':
      return `${v}n`;
    case 'symbol':
      return 'symbol';
    case 'function':
      return 'function';
    case 'object':
      break;
    default:
      return String(v);
  }
  if (v === null) return 'null';
  if (depth > 2) return Array.isArray(v) ? `[${v.length}]` : '..';
  if (ArrayBuffer.isView(v)) {
    if (v instanceof DataView) return `view ${v.byteOffset} ${v.byteLength}`;
    return `${v.constructor.name} ${v.byteOffset} ${Array.prototype.map.call(v, (x) => show(x)).join()}`;
  }
  if (v instanceof ArrayBuffer) return `buffer ${v.byteLength} ${new Uint8Array(v).join()}`;
  if (Array.isArray(v)) return `[${v.length}|${own(v, depth, 'length')}${Reflect.getOwnPropertyDescriptor(v, 'length').writable ? '' : ' fixed'}]`;
  if (v instanceof Map) return `map(${[...v].map(([k, x]) => `${show(k, depth + 1)}>${show(x, depth + 1)}`).join(' ')})`;
  if (v instanceof Set) return `set(${[...v].map((x) => show(x, depth + 1)).join(' ')})`;
  if (v instanceof RegExp) return `${v.flags} ${v.lastIndex}`;
  if (v instanceof Date) return `date ${v.getTime()}`;
  if (v instanceof Error) return `error ${v.name}`;
  return `{${own(v, depth)}}`;
}
