// Names and patterns that no message has room for, cut inside of a character or not (XS 7805f1e43, 1a753a34c).
const t = (f) => { try { return f(); } catch (e) { return String(e?.message).length; } };
for (const c of ['ä', '€', '😀', 'x', '\ud800']) for (const n of [60, 80, 100, 125, 126, 127, 128, 129, 200, 250, 251, 252, 253, 254, 255, 256, 257, 258, 300, 1000, 5000]) for (const pre of ['', 'a', 'ab', 'abc']) {
  const name = pre + c.repeat(n);
  const f = { [name]() { throw new Error(name); } }[name];
  t(f); t(() => null[name]); t(() => undefined[name]()); t(() => ({})[name]()); t(() => new ({ [name]: class { } }[name])()[name]());
  t(() => { const o = { get [Symbol.toStringTag]() { return name; } }; o.x(); }); t(() => { const o = { [Symbol.toStringTag]: name }; o.x(); Object.freeze(o); o.y = 1; });
  t(() => { const o = Object.freeze({ [name]: 1, [Symbol.toStringTag]: name }); o[name] = 2; }); t(() => { const s = Symbol(name); ({})[s](); }); t(() => { const s = Symbol(name); Object.freeze({ [s]: 1 })[s] = 2; });
  t(() => new RegExp(name + '(')); t(() => new RegExp(name.slice(1) + '(?<' + name)); t(() => new RegExp('[' + name)); t(() => 'x'.replace(/(?<g>x)/, '$<' + name + '>'));
  t(() => JSON.parse(name)); t(() => JSON.parse('{"' + name)); t(() => JSON.parse('[1, ' + name)); t(() => BigInt(name)); t(() => BigInt('9'.repeat(n) + name)); t(() => Number(name)); t(() => new Date(name)); t(() => Date.parse(name)); t(() => 'x'.normalize(name)); t(() => 'x'.localeCompare(name)); t(() => decodeURIComponent('%' + name)); t(() => decodeURIComponent(encodeURIComponent(name).slice(0, -1))); t(() => encodeURI(name)); t(() => escape(name)); t(() => unescape(escape(name).slice(0, -2)));
  t(() => Symbol.for(name)); t(() => Symbol.keyFor(Symbol.for(name))); t(() => Reflect.construct(f, [])); t(() => class extends f { }); t(() => new Proxy({}, { get: name }).x); t(() => Object.defineProperty({}, name, { get: 1 })); t(() => { class A { #p; static r(o) { return o.#p; } } A.r({ [Symbol.toStringTag]: name }); });
  t(() => f.bind(null).bind(null).name); t(() => Function.prototype.toString.call(f)); t(() => { const e = new Error(name); e.name = name; e.stack; return `${e}`; }); t(() => { f.call.call.call(f); });
}
console.log('end');
