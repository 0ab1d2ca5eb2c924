// The verdict of @sigstore/verify on one case (see cases.mjs), offline, with the trusted root from a file.
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { verifyPrehashed } from './ecdsa.mjs';

// A function from a case to null (accepted) or the text of the refusal. `cache` is where the packages are.
export function makeVerifier(cache) {
  const require = createRequire(join(cache, 'package.json'));
  const { bundleFromJSON } = require('@sigstore/bundle');
  const { TrustedRoot } = require('@sigstore/protobuf-specs');
  const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

  const check = (test) => {
    const bundle = bundleFromJSON(JSON.parse(readFileSync(test.bundle, 'utf8')));
    const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(test.root, 'utf8')));
    const artifact = test.artifact ? readFileSync(test.artifact) : undefined;
    const digest = artifact ? createHash('sha256').update(artifact).digest('hex') : test.sha256;
    const entity = toSignedEntity(bundle, artifact);
    if (bundle.content.$case === 'dsseEnvelope') {
      requireSubject(bundle.content.dsseEnvelope, digest);
    } else if (!artifact) {
      // Node verifies signatures over messages only; here there is but a digest.
      const signature = bundle.content.messageSignature.signature;
      entity.signature.verifySignature = (key) => verifyPrehashed(key, Buffer.from(digest, 'hex'), signature);
    }
    if ((entity.key.$case === 'public-key') !== Boolean(test.key)) {
      throw new Error('a key was asked for and the bundle has a certificate, or the other way round');
    }
    new Verifier(toTrustMaterial(root, () => managedKey(test.key))).verify(entity, policyOf(test));
  };
  return (test) => {
    try {
      check(test);
      return null;
    } catch (error) {
      return `${error.code ?? error.name}: ${error.message}`;
    }
  };
}

function managedKey(file) {
  const publicKey = createPublicKey(readFileSync(file));
  return { publicKey, validFor: () => true };
}

// The package searches the identity as a regular expression; we mean exactly this text.
function policyOf(test) {
  if (test.key) return undefined;
  const literal = test.identity.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return { subjectAlternativeName: `^${literal}$`, extensions: { issuer: test.issuer } };
}

// The package leaves the statement to its caller.
function requireSubject(envelope, digest) {
  if (envelope.payloadType !== 'application/vnd.in-toto+json') throw new Error('no in-toto statement');
  const statement = JSON.parse(envelope.payload.toString('utf8'));
  if (!statement.subject?.some((subject) => subject.digest?.sha256 === digest)) {
    throw new Error('no subject has the digest of the artifact');
  }
}
