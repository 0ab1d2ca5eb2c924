// Where the two verifiers are known to differ, and why. `cases` must match the whole name of a case; `we` is what
// chartseal says. An entry that matches cases of which none differs any more fails the comparison.
export const differences = [
  {
    cases: 'suite/trust-root-tlog-missing-validity-start_fail(/as-digest)?|[^/]+/[^/]+/root-without-log-start',
    we: 'reject',
    because: 'they take a log key without validFor.start for one that was always valid; the suite wants it refused',
  },
  {
    cases: '[^/]+/[^/]+/unknown-field',
    we: 'reject',
    because: 'they skip members that the bundle format does not have; what we cannot read might restrict the rest',
  },
  {
    cases: '[^/]+/[^/]+/unknown-media-type',
    we: 'reject',
    because: 'they look at the shape of a bundle and take any later 0.x for it; we know the versions we implement',
  },
  {
    cases: '[^/]+/[^/]+/(proof-root-bit|proof-size-plus-one)',
    we: 'reject',
    because: 'they use root and size of the checkpoint only; we want those of the proof to be the same',
  },
  {
    cases: 'suite/[^/]+/log-index-plus-one',
    we: 'reject',
    because: 'for an entry without SET they do not look at the outer index; with one log we want that of the proof',
  },
  {
    cases: '[^/]+/[^/]+/timestamp-bit-[12]',
    we: 'reject',
    because: 'they take a token whose DER, embedded certificate or named algorithm was changed outside the signed part',
  },
  {
    cases: '[^/]+/[^/]+/timestamp-twice',
    we: 'accept',
    because: 'they refuse two equal timestamps; we count distinct authorities, so that a copy adds nothing',
  },
  {
    cases: '[^/]+/[^/]+/no-checkpoint',
    we: 'accept',
    because: 'in bundles of version 0.1 the SET suffices; they read a checkpoint wherever there is a proof, and crash',
  },
];
