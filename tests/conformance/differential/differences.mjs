// Where the two verifiers are known to differ, and why. `cases` must match the whole name of a case; `we` is what
// chartseal says. An entry that matches cases of which none differs any more fails the comparison.
export const differences = [
];
