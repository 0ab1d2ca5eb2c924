// The cases: every bundle of the vectors as it is, and variants of those that verify, each changed in one place.
// A case is {name, bundle, root, artifact | sha256, key | identity + issuer, type}; all but the last are paths or text.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const beacon =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/' +
  'extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const actions = 'https://token.actions.githubusercontent.com';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const clone = (value) => structuredClone(value);

export function makeCases(vectors, scratch) {
  const originals = [...suiteCases(vectors), ...releaseCases(vectors)];
  const cases = [];
  for (const original of originals) {
    cases.push(original);
    if (original.artifact) {
      const digest = sha256(readFileSync(original.artifact));
      const asDigest = { ...original, name: `${original.name}/as-digest`, sha256: digest };
      delete asDigest.artifact;
      cases.push(asDigest);
    }
    if (!original.name.endsWith('_fail')) cases.push(...variants(original, scratch));
  }
  return cases;
}

function suiteCases(vectors) {
  const suite = join(vectors, 'sigstore');
  const directories = readdirSync(suite, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return directories.map(({ name }) => {
    const file = (member, otherwise) => {
      const path = join(suite, name, member);
      return existsSync(path) ? path : otherwise;
    };
    const text = (member, otherwise) => {
      const path = file(member);
      return path ? readFileSync(path, 'utf8').trim() : otherwise;
    };
    return withType({
      name: `suite/${name}`,
      bundle: file('bundle.sigstore.json'),
      root: file('trusted_root.json', join(vectors, 'public-good/trusted_root.json')),
      artifact: file('artifact', join(suite, 'a.txt')),
      key: file('key.pub'),
      identity: text('identity', beacon),
      issuer: text('issuer', actions),
    });
  });
}

function releaseCases(vectors) {
  const manifest = JSON.parse(readFileSync(join(vectors, 'cpython/manifest.json'), 'utf8'));
  return manifest.map((entry) =>
    withType({
      name: `release/${entry.bundle.replace('.sigstore.json', '')}`,
      bundle: join(vectors, 'cpython', entry.bundle),
      root: join(vectors, 'public-good/trusted_root.json'),
      sha256: entry.sha256,
      identity: entry.identity,
      issuer: entry.issuer,
    }),
  );
}

// The predicate type of a DSSE bundle, which chartseal wants to be named; a variant keeps that of its original.
function withType(test) {
  try {
    const { dsseEnvelope } = JSON.parse(readFileSync(test.bundle, 'utf8'));
    if (!dsseEnvelope) return test;
    return { ...test, type: JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64')).predicateType };
  } catch {
    return test;
  }
}

// Random numbers that are the same in every run: a case keeps its meaning when others come or go.
function numbersFrom(name) {
  let state = createHash('sha256').update(name).digest().readUInt32LE(0);
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

// One bit of a base64 member, anywhere in its bytes.
function flipIn(object, member, random) {
  const bytes = Buffer.from(object[member], 'base64');
  bytes[random(bytes.length)] ^= 1 << random(8);
  object[member] = bytes.toString('base64');
}

function flipCheckpoint(proof, part, random) {
  const note = proof.checkpoint.envelope;
  const split = note.indexOf('\n\n');
  if (part === 'text') {
    const at = random(split);
    proof.checkpoint.envelope = `${note.slice(0, at)}${note[at] === '7' ? '8' : '7'}${note.slice(at + 1)}`;
    return;
  }
  const line = note.slice(split + 2).split('\n')[0];
  const holder = { signature: line.slice(line.lastIndexOf(' ') + 1) };
  flipIn(holder, 'signature', random);
  const changed = line.slice(0, line.lastIndexOf(' ') + 1) + holder.signature;
  proof.checkpoint.envelope = note.replace(line, changed);
}

const plusOne = (object, member) => (object[member] = String(BigInt(object[member]) + 1n));

// name → (bundle, random) => void. One that throws does not apply to the bundle (the member is not there).
const breakages = {
  'signature-bit': (b, random) =>
    b.messageSignature
      ? flipIn(b.messageSignature, 'signature', random)
      : flipIn(b.dsseEnvelope.signatures[0], 'sig', random),
  'payload-bit': (b, random) => flipIn(b.dsseEnvelope, 'payload', random),
  'payload-type': (b) => (b.dsseEnvelope.payloadType += 'x'),
  'message-digest-bit': (b, random) => flipIn(b.messageSignature.messageDigest, 'digest', random),
  'certificate-bit-1': (b, random) => flipIn(leafOf(b), 'rawBytes', random),
  'certificate-bit-2': (b, random) => flipIn(leafOf(b), 'rawBytes', random),
  'set-bit': (b, random) => flipIn(entryOf(b).inclusionPromise, 'signedEntryTimestamp', random),
  'body-bit': (b, random) => flipIn(entryOf(b), 'canonicalizedBody', random),
  'log-id-bit': (b, random) => flipIn(entryOf(b).logId, 'keyId', random),
  'log-index-plus-one': (b) => plusOne(entryOf(b), 'logIndex'),
  'integrated-time-plus-one': (b) => plusOne(entryOf(b), 'integratedTime'),
  'kind-changed': (b) => (entryOf(b).kindVersion.kind += 'x'),
  'proof-hash-bit': (b, random) => {
    const hashes = entryOf(b).inclusionProof.hashes;
    flipIn(hashes, random(hashes.length), random);
  },
  'proof-hash-dropped': (b) => entryOf(b).inclusionProof.hashes.splice(0, 1)[0].length,
  'proof-root-bit': (b, random) => flipIn(entryOf(b).inclusionProof, 'rootHash', random),
  'proof-index-plus-one': (b) => plusOne(entryOf(b).inclusionProof, 'logIndex'),
  'proof-size-plus-one': (b) => plusOne(entryOf(b).inclusionProof, 'treeSize'),
  'checkpoint-text': (b, random) => flipCheckpoint(entryOf(b).inclusionProof, 'text', random),
  'checkpoint-signature-bit': (b, random) => flipCheckpoint(entryOf(b).inclusionProof, 'signature', random),
  'timestamp-bit-1': (b, random) => flipIn(tokenOf(b), 'signedTimestamp', random),
  'timestamp-bit-2': (b, random) => flipIn(tokenOf(b), 'signedTimestamp', random),
  'no-log-entry': (b) => (b.verificationMaterial.tlogEntries = []),
  'no-proof': (b) => remove(entryOf(b), 'inclusionProof'),
  'no-checkpoint': (b) => remove(entryOf(b).inclusionProof, 'checkpoint'),
  'no-promise': (b) => remove(entryOf(b), 'inclusionPromise'),
  'no-timestamps': (b) => tokenOf(b) && remove(b.verificationMaterial, 'timestampVerificationData'),
  'entry-twice': (b) => b.verificationMaterial.tlogEntries.push(clone(entryOf(b))),
  'timestamp-twice': (b) =>
    b.verificationMaterial.timestampVerificationData.rfc3161Timestamps.push(clone(tokenOf(b))),
  'unknown-media-type': (b) => (b.mediaType = 'application/vnd.dev.sigstore.bundle.v0.9+json'),
  'unknown-field': (b) => (b.verificationMaterial.unheardOf = true),
};

function remove(object, member) {
  if (object[member] === undefined) throw new Error(`no ${member}`);
  delete object[member];
}
const entryOf = (bundle) => bundle.verificationMaterial.tlogEntries[0];
const tokenOf = (bundle) => bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0];
const leafOf = (bundle) =>
  bundle.verificationMaterial.certificate ?? bundle.verificationMaterial.x509CertificateChain.certificates[0];

function variants(original, scratch) {
  const out = [...questions(original)];
  const text = readFileSync(original.bundle, 'utf8');
  for (const [name, breakIt] of Object.entries(breakages)) {
    const bundle = JSON.parse(text);
    const full = `${original.name}/${name}`;
    try {
      breakIt(bundle, numbersFrom(full));
    } catch {
      continue;
    }
    out.push({ ...original, name: full, bundle: write(scratch, full, bundle) });
  }
  const root = JSON.parse(readFileSync(original.root, 'utf8'));
  root.tlogs.forEach((log) => delete log.publicKey.validFor?.start);
  const full = `${original.name}/root-without-log-start`;
  out.push({ ...original, name: full, root: write(scratch, full, root) });
  return out;
}

// The same bundle, asked about something else.
function questions(original) {
  const other = { ...original, name: `${original.name}/other-digest`, sha256: sha256('another artifact') };
  delete other.artifact;
  if (original.key) return [other];
  return [
    other,
    { ...original, name: `${original.name}/other-identity`, identity: `${original.identity}x` },
    { ...original, name: `${original.name}/part-of-identity`, identity: original.identity.slice(1) },
    { ...original, name: `${original.name}/other-issuer`, issuer: `${original.issuer}x` },
  ];
}

function write(scratch, name, document) {
  const path = join(scratch, `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(document));
  return path;
}
