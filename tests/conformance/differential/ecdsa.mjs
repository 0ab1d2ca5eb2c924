// ECDSA over a digest that was computed elsewhere (FIPS 186-5 §6.4.2), which node:crypto does not offer.
// For tests only: neither constant in time nor quick.

const curves = {
  'P-256': {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
  'P-384': {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  },
};

const mod = (a, m) => ((a % m) + m) % m;

function inverse(a, m) {
  let [r, s, x, y] = [mod(a, m), m, 1n, 0n];
  while (r !== 0n) {
    const q = s / r;
    [s, r] = [r, s - q * r];
    [y, x] = [x, y - q * x];
  }
  return mod(y, m);
}

// Points are [x, y], and null is the point at infinity. Both curves have a = -3.
function add(a, b, p) {
  if (!a || !b) return a ?? b;
  if (a[0] === b[0] && mod(a[1] + b[1], p) === 0n) return null;
  const slope =
    a[0] === b[0]
      ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], p)
      : (b[1] - a[1]) * inverse(b[0] - a[0], p);
  const x = mod(slope * slope - a[0] - b[0], p);
  return [x, mod(slope * (a[0] - x) - a[1], p)];
}

// i·a + j·b in one pass.
function combine(i, a, j, b, p) {
  const both = add(a, b, p);
  const length = Math.max(i.toString(2).length, j.toString(2).length);
  let sum = null;
  for (let bit = BigInt(length - 1); bit >= 0n; --bit) {
    sum = add(sum, sum, p);
    const [x, y] = [(i >> bit) & 1n, (j >> bit) & 1n];
    if (x || y) sum = add(sum, x && y ? both : x ? a : b, p);
  }
  return sum;
}

const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

// SEQUENCE { r INTEGER, s INTEGER }, each shorter than 128 bytes.
function parseSignature(der) {
  const integer = (at) => {
    if (der[at] !== 2 || der[at + 1] > 127) throw new Error('ECDSA signature: not an INTEGER');
    return [number(der.subarray(at + 2, at + 2 + der[at + 1])), at + 2 + der[at + 1]];
  };
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error('ECDSA signature: not a SEQUENCE');
  const [r, next] = integer(2);
  const [s, end] = integer(next);
  if (end !== der.length) throw new Error('ECDSA signature: trailing bytes');
  return [r, s];
}

export function verifyPrehashed(key, digest, signature) {
  const jwk = key.export({ format: 'jwk' });
  const curve = curves[jwk.crv];
  if (!curve) throw new Error(`ECDSA over a digest: ${jwk.crv ?? jwk.kty} is not supported here`);
  const [r, s] = parseSignature(signature);
  if (r <= 0n || r >= curve.n || s <= 0n || s >= curve.n) return false;
  const w = inverse(s, curve.n);
  const point = [number(Buffer.from(jwk.x, 'base64url')), number(Buffer.from(jwk.y, 'base64url'))];
  const u = mod(number(digest) * w, curve.n);
  const sum = combine(u, [curve.gx, curve.gy], mod(r * w, curve.n), point, curve.p);
  return sum !== null && mod(sum[0], curve.n) === r;
}
