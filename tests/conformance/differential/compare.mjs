// compare.mjs CACHE VECTORS CHARTSEAL SCRATCH [-v]: runs both verifiers on every case and compares the verdicts.
import { spawnSync } from 'node:child_process';

import { makeCases } from './cases.mjs';
import { differences } from './differences.mjs';
import { makeVerifier } from './verify.mjs';

const [cache, vectors, chartseal, scratch, verbose] = process.argv.slice(2);

// null when chartseal accepts, or its reason. Exit codes other than yes, no and could-not-tell are no verdict.
function ours(test) {
  const asked = test.key
    ? ['--key', test.key]
    : ['--certificate-identity', test.identity, '--certificate-oidc-issuer', test.issuer];
  const run = spawnSync(
    chartseal,
    ['verify-blob', test.artifact ?? `sha256:${test.sha256}`, '--bundle', test.bundle, ...asked]
      .concat(['--trusted-root', test.root, '--output', 'json'])
      .concat(test.type ? ['--type', test.type] : []),
    { encoding: 'utf8', timeout: 30_000 },
  );
  if (run.status === 0) return null;
  if (run.status === 1 || run.status === 3) return `exit ${run.status}: ${(run.stdout || run.stderr).replace(/\s+/g, ' ')}`;
  throw new Error(`${test.name}: chartseal ended with ${run.status ?? run.signal}: ${run.stderr}`);
}

const known = differences.map((entry) => ({
  ...entry,
  pattern: new RegExp(`^(?:${entry.cases})$`),
  seen: 0,
  differ: 0,
}));
const theirs = makeVerifier(cache);
const wrong = [];
let agree = 0;
let different = 0;

for (const test of makeCases(vectors, scratch)) {
  const verdicts = { we: ours(test), they: theirs(test) };
  const say = ({ we, they }) => `we: ${we ?? 'accept'} | they: ${they ?? 'accept'}`;
  if (verbose) console.error(`${test.name}: ${say(verdicts)}`);
  const entries = known.filter((entry) => entry.pattern.test(test.name));
  entries.forEach((entry) => ++entry.seen);
  // The suite says itself what is right for its own cases, and what was broken must not pass with both.
  if (/^suite\/[^/]*_fail(\/|$)/.test(test.name) && verdicts.we === null) {
    wrong.push(`${test.name}: must be rejected; ${say(verdicts)}`);
  }
  if ((verdicts.we === null) === (verdicts.they === null)) {
    ++agree;
    continue;
  }
  const direction = verdicts.we === null ? 'accept' : 'reject';
  const explained = entries.filter((entry) => entry.we === direction);
  explained.forEach((entry) => ++entry.differ);
  if (explained.length > 0) ++different;
  else wrong.push(`${test.name}: the verdicts differ; ${say(verdicts)}`);
}
for (const entry of known) {
  if (entry.seen > 0 && entry.differ === 0) wrong.push(`differences.mjs: "${entry.cases}" no longer differs`);
}
for (const line of wrong) console.error(`differential: ${line}`);
console.log(`differential: ${agree} agree, ${different} known differences, ${wrong.length} unexplained`);
process.exit(wrong.length === 0 ? 0 : 1);
