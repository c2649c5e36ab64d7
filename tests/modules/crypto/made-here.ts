/** Prints what this library makes, for tests/hosts/crypto.test.mjs to check with another one. */
import { AesGcm, hex, hkdfSha256, P256PrivateKey, pem, randomBytes } from 'ocellus/crypto';

const text = new TextEncoder().encode('made here');
for (let i = 0; i < 20; i++) {
    const [key, peer] = [P256PrivateKey.generate(), P256PrivateKey.generate()];
    const secret = randomBytes(i % 2 === 0 ? 16 : 32);
    const nonce = randomBytes(12);
    const made = {
        private: pem('PRIVATE KEY', key.export()),
        public: pem('PUBLIC KEY', key.publicKey().export()),
        peer: pem('PUBLIC KEY', peer.publicKey().export()),
        raw: hex(key.sign(text)),
        der: hex(key.signDer(text)),
        agreed: hex(key.agree(peer.publicKey())),
        key: hex(secret),
        nonce: hex(nonce),
        sealed: hex(new AesGcm(secret).seal(nonce, text, nonce)),
        derived: hex(hkdfSha256(secret, nonce, text, 100 + i)),
    };
    console.log(JSON.stringify(made));
}
