#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

// Every limit on bytes, counts, depths and durations that come from outside, each with its reason. Nothing
// else in the tree defines one (script/lint checks). Bytes unless the name says otherwise.
namespace chartseal::limits {

// -- base: JSON and YAML documents
inline constexpr size_t kMaxJsonBytes =
    16 << 20;                             // an AdmissionReview UPDATE carries two objects of up to 3 MiB
inline constexpr int kMaxJsonDepth = 64;  // Kubernetes objects with CRD schemas nest deepest, below 50
inline constexpr size_t kMaxJsonNodes = 1'000'000;  // bounds memory: a node costs about 80 bytes
inline constexpr size_t kMaxYamlBytes = 1 << 20;    // a policy file; etcd would not store more either
inline constexpr int kMaxYamlDepth = 32;            // a policy nests 8 deep; bounds yaml-cpp's recursion
inline constexpr size_t kMaxYamlNodes = 50'000;  // a policy has about 50; bounds memory of the largest text

// -- crypto
inline constexpr size_t kMaxCertificateBytes = 64 << 10;  // Fulcio's are about 1 KiB
inline constexpr size_t kMaxPemBytes = 1 << 20;           // a CA file with many certificates
inline constexpr int kMaxDerDepth = 24;                   // CMS in a TimeStampResp nests 12 deep
inline constexpr int kMaxChainLength = 8;                 // Fulcio: 2 or 3
inline constexpr int kMaxRsaBits = 8192;                  // verification time grows with the square
inline constexpr int kMinRsaBits = 2048;                  // NIST SP 800-131A: shorter keys are disallowed
inline constexpr size_t kMaxRsaExponentBytes = 4;         // Go takes 31 bits; everybody uses 65537
inline constexpr size_t kMaxPublicKeyBytes = 4 << 10;     // RSA of kMaxRsaBits needs 1.1 KiB
inline constexpr size_t kMaxCertificateExtensions =
    128;                                            // Fulcio's have about 30; bounds the duplicate check
inline constexpr int kMaxPathSignatureChecks = 32;  // same-named intermediates multiply the paths to try

// -- sigstore
inline constexpr size_t kMaxBundleBytes = 4 << 20;  // an SBOM attestation fits; a signature is about 6 KiB
inline constexpr size_t kMaxTrustedRootBytes = 1 << 20;  // the public-good root is 7 KiB
inline constexpr size_t kMaxTlogEntries = 32;            // spec/sigstore.md §2.3
inline constexpr size_t kMaxTimestamps = 32;             // spec/sigstore.md §2.3
inline constexpr size_t kMaxSubjects = 1024;             // spec/sigstore.md §2.3
inline constexpr size_t kMaxDigestsPerSubject = 32;      // spec/sigstore.md §2.3
inline constexpr size_t kMaxDsseSignatures = 16;         // one is accepted; more are read to say so
inline constexpr size_t kMaxLogBodyBytes = 4 << 20;      // an intoto entry may hold the whole envelope
inline constexpr size_t kMaxCheckpointBytes = 64 << 10;  // room for many cosignatures
inline constexpr size_t kMaxCheckpointLines = 128;       // three of text and one for each cosigning witness
inline constexpr size_t kMaxProofHashes = 64;            // a tree of 2^64 leaves has no longer path
inline constexpr size_t kMaxTimestampBytes = 64 << 10;   // a token with its chain is about 2 KiB
inline constexpr size_t kMaxScts = 32;                   // Fulcio embeds one; each costs a signature check
inline constexpr size_t kMaxTrustEntries = 64;           // logs or authorities of one kind in a trusted root
inline constexpr size_t kMaxLegacySignatures = 64;       // spec/sigstore.md §1.1
inline constexpr size_t kMaxLegacyPayloadBytes = 64 << 10;  // spec/sigstore.md §1.1

// -- chart
inline constexpr size_t kMaxChartArchiveBytes = 32 << 20;  // compressed; a release record holds below 1 MiB
inline constexpr size_t kMaxChartBytes = (100 << 20) - 1;  // unpacked, as helm (helm-oci §1.7)
inline constexpr size_t kMaxChartFileBytes = 5 << 20;      // one file, as helm (helm-oci §1.7)
inline constexpr size_t kMaxChartFiles = 20'000;           // of one archive, subcharts included
inline constexpr size_t kMaxChartPathBytes = 1024;         // of one entry's name
inline constexpr int kMaxSubchartDepth = 8;                // charts in charts; real ones nest 3 deep
inline constexpr size_t kMaxChartYamlBytes = 1 << 20;      // Chart.yaml, Chart.lock; real ones below 20 KiB
inline constexpr size_t kMaxPaxHeaderBytes = 64 << 10;     // a pax header holds a path
inline constexpr size_t kMaxChartDependencies = 1024;      // declared in one Chart.yaml
inline constexpr size_t kMaxTemplatePaths = 100'000;  // that helm renders templates of one chart and charts
                                                      // in it under, which aliases multiply; real: < 1000
inline constexpr size_t kMaxTemplatePathBytes = 16 << 20;  // of these paths together
inline constexpr size_t kMaxChartNameBytes = 63;           // the name becomes a DNS label in Kubernetes
inline constexpr size_t kMaxChartLinkDepth = 40;           // symbolic links followed for one path, as Linux

// -- chart: release records of helm
inline constexpr size_t kMaxReleaseBytes =
    2 << 20;  // as stored: Secrets hold 1 MiB, and base64 of it is longer
inline constexpr size_t kMaxReleaseJsonBytes = 32 << 20;  // unpacked: helm packs text to a fifth or less
inline constexpr size_t kMaxReleaseFiles = 10'000;        // templates and files of one chart in a record
inline constexpr size_t kMaxReleaseHooks = 1000;          // of one release
inline constexpr size_t kMaxRenderedDocuments = 10'000;   // of one release; large ones have hundreds
inline constexpr size_t kMaxRenderedNodes = 200'000;      // of one document, aliases expanded

// -- charts at admission and in audits
inline constexpr size_t kMaxVersionBytes = 256;  // a SemVer; tags are shorter
inline constexpr size_t kMaxRangeBytes = 1024;   // a range of versions, ">=1.2 <2 || 3.x"
inline constexpr size_t kMaxRangeTerms = 64;     // comparisons in one range
inline constexpr size_t kMaxChartSources = 64;   // charts that one object names
inline constexpr size_t kMaxResolvedTags = 8;    // that may all be the newest in a range; mostly one is
inline constexpr size_t kMaxChartPlaces = 16;  // repositories that the chart of one release is looked for in
inline constexpr size_t kMaxDefinitionCharts = 16;      // versions of charts looked into for one definition
inline constexpr size_t kMaxReleaseImages = 1024;       // distinct images of one release, hooks included
inline constexpr size_t kMaxKeptChartBytes = 64 << 20;  // of charts that were pulled, unpacked, all together
inline constexpr size_t kMaxKeptFingerprints =
    20'000;                                       // content fingerprints by digest, for ever while they fit
inline constexpr size_t kMaxKeptReleases = 2000;  // tags of releases that were admitted, with their digests
inline constexpr size_t kMaxInlineChartBytes = 2 << 20;  // of a chart inside an object (k3s chartContent)
inline constexpr size_t kMaxAuditThreads = 8;            // registries asked at the same time
inline constexpr size_t kMaxAuditObjects =
    500'000;  // read from one cluster; kept are names and references only
inline constexpr size_t kMaxReportResults = 2000;       // of one PolicyReport object, which etcd must hold
inline constexpr size_t kMaxReportMessageBytes = 1024;  // of one result

// -- publisher
inline constexpr size_t kMaxIgnoreFileBytes = 256 << 10;    // .helmignore
inline constexpr size_t kMaxIgnoreRules = 4096;             // each is tried for each path
inline constexpr size_t kMaxProvenanceBytes = 1 << 20;      // a PGP signature with Chart.yaml inside
inline constexpr size_t kUploadChunkBytes = 4 << 20;        // ghcr.io takes no larger PATCH (helm-oci §3.2)
inline constexpr size_t kMaxUploadChunkBytes = 64 << 20;    // what OCI-Chunk-Min-Length may ask for
inline constexpr int kMaxUploadAttempts = 3;                // of a whole blob after a broken session
inline constexpr int kMaxIndexWriteAttempts = 8;            // of the fallback index when others write it too
inline constexpr size_t kMaxTextOfOthersBytes = 4 << 20;    // output of helm that is searched for a digest
inline constexpr size_t kMaxIdentityTokenBytes = 32 << 10;  // a JWT; GitHub's are about 1.5 KiB
inline constexpr size_t kMaxSigningConfigBytes = 1 << 20;   // the public-good one is 1 KiB
inline constexpr size_t kMaxSigningServices = 64;           // of one kind in a signing config
inline constexpr size_t kMaxServiceAnswerBytes = 1 << 20;   // Fulcio, Rekor, TSA (spec/sigstore.md §5.6)
inline constexpr int kServiceRetries = 1;                   // extra tries (spec/sigstore.md §5.6)
inline constexpr absl::Duration kFulcioTime = absl::Seconds(30);     // one request (spec/sigstore.md §5.6)
inline constexpr absl::Duration kTimestampTime = absl::Seconds(30);  // the same
inline constexpr absl::Duration kRekorTime = absl::Seconds(90);      // the same; v2 waits for a checkpoint
inline constexpr absl::Duration kTokenTime = absl::Seconds(10);      // one request to a token provider
inline constexpr absl::Duration kMinTokenLife = absl::Seconds(10);   // a token that ends sooner is of no use
inline constexpr absl::Duration kMaxClockSkew = absl::Minutes(5);    // of whoever issued a token
inline constexpr size_t kMaxPrivateKeyBytes = 64 << 10;              // PEM of a private key
inline constexpr size_t kMaxPredicateBytes = 3 << 20;     // leaves room in kMaxBundleBytes after base64
inline constexpr size_t kMaxSignedBlobBytes = 1 << 30;    // sign-blob hashes a mapped file
inline constexpr size_t kMaxGithubAnswerBytes = 8 << 20;  // a page of releases with their assets
inline constexpr int kMaxGithubPages = 50;                // of releases, looking for a draft
inline constexpr size_t kMaxAssetBytes = 256 << 20;       // an asset that is compared by reading it
inline constexpr size_t kMaxWorkflowBytes = 1 << 20;      // GitHub takes 512 KiB
inline constexpr size_t kMaxReadmeBytes = 1 << 20;        // a chart's README

// -- net and oci
inline constexpr size_t kMaxUrlBytes = 8 << 10;         // pre-signed blob URLs are about 2 KiB
inline constexpr size_t kMaxHeaderBytes = 64 << 10;     // all header lines of one answer
inline constexpr size_t kMaxHeaderCount = 200;          // a registry sends about 15
inline constexpr size_t kMaxErrorBodyBytes = 64 << 10;  // spec/helm-oci-kubernetes.md §3.5
inline constexpr size_t kMaxHttpBodyBytes = 16 << 20;   // when a caller names no limit of its own
inline constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
inline constexpr absl::Duration kStallTime =
    absl::Seconds(20);                           // slower than kStallBytesPerSecond for this long
inline constexpr int kStallBytesPerSecond = 64;  // a server that trickles holds a worker
inline constexpr int kMaxIdleConnections = 64;   // kept open for reuse, all hosts together
inline constexpr absl::Duration kIdleConnectionTime =
    absl::Seconds(90);                                // most servers hang up sooner; closed by then
inline constexpr int kMaxRedirects = 10;              // spec/helm-oci-kubernetes.md §3.3
inline constexpr size_t kMaxReferenceBytes = 1024;    // host, repository, tag and the longest digest
inline constexpr size_t kMaxRepositoryBytes = 255;    // distribution spec
inline constexpr size_t kMaxTagBytes = 128;           // distribution spec
inline constexpr size_t kMaxManifestBytes = 4 << 20;  // registries refuse larger ones (distribution, zot)
inline constexpr int kMaxManifestDepth = 24;          // members that extensions nest; ours nest 4 deep
inline constexpr size_t kMaxManifestNodes = 200'000;  // bounds memory of one parsed manifest
inline constexpr size_t kMaxLayers = 1000;            // what cosign reads (spec/sigstore.md §1.1)
inline constexpr size_t kMaxIndexEntries = 2000;  // a referrers fallback index grows with each attestation
inline constexpr size_t kMaxReferrers = 2000;     // over all pages
inline constexpr int kMaxReferrerPages = 50;      // kMaxReferrers in pages of 40, the smallest seen
inline constexpr size_t kMaxRememberedRegistries = 1024;  // known to have the referrers API; few are in use
inline constexpr size_t kMaxTags = 100'000;               // a busy repository; bounds the list that is kept
inline constexpr int kMaxTagPages = 1000;  // some registries give 100 tags a page whatever was asked
inline constexpr size_t kMaxTagPageBytes = 4 << 20;     // 30'000 tags of the greatest length
inline constexpr size_t kMaxTokenBytes = 128 << 10;     // spec/helm-oci-kubernetes.md §3.1
inline constexpr size_t kMaxChallengeBytes = 16 << 10;  // all WWW-Authenticate values of one answer
inline constexpr size_t kMaxChallenges = 16;            // real answers have one to three
inline constexpr size_t kMaxCachedTokens = 4096;        // one per repository that is looked at
inline constexpr absl::Duration kMaxTokenLifetime = absl::Hours(1);  // a larger expires_in is not believed
inline constexpr size_t kMaxCredentialFileBytes = 1 << 20;  // hundreds of registries in one config.json
inline constexpr size_t kMaxHelperOutputBytes = 128 << 10;  // a registry token may be large
inline constexpr absl::Duration kMaxHelperTime = absl::Seconds(20);  // helpers may ask a cloud API
inline constexpr size_t kMaxCredentialBytes = 64 << 10;              // one user name, password or token

// -- verification
inline constexpr size_t kMaxReferrersRead = 64;         // manifests fetched for one digest; cosign reads all
inline constexpr int64_t kMaxEvidenceBytes = 32 << 20;  // bundles and payloads of one digest together
inline constexpr size_t kMaxFetchThreads = 16;          // parallel requests for one digest

// -- cli
inline constexpr size_t kMaxPipedBlobBytes = 256 << 20;  // standard input is held in memory; a file is mapped

// -- policy
inline constexpr size_t kMaxPolicyList =
    256;  // authorities, identities, globs or attestation types of one policy
inline constexpr size_t kMaxPatternBytes = 4096;      // a regular expression or glob in a policy
inline constexpr int64_t kMaxRegexpMemory = 1 << 20;  // RE2 program memory for one pattern

// -- webhook: what the API server sends and what it is answered
inline constexpr size_t kMaxReviewNameBytes = 512;    // uid, kind, namespace and such: Kubernetes allows 253
inline constexpr size_t kMaxReviewImageBytes = 1024;  // name, tag and digest together stay below 470
inline constexpr size_t kMaxReviewImages = 256;       // in one object; real pods have fewer than 30
inline constexpr size_t kMaxDenialBytes = 8 << 10;    // a screen or two for whoever reads the denial
inline constexpr size_t kMaxDenialLineBytes = 1536;   // one image: leaves room for others
inline constexpr size_t kMaxWarningBytes = 120;       // spec/helm-oci-kubernetes.md §6.1
inline constexpr size_t kMaxWarnings = 16;            // the API server drops all beyond 4 KiB in total
inline constexpr size_t kMaxAuditAnnotations = 32;    // each is written to every audit event of the request
inline constexpr size_t kMaxAuditAnnotationBytes = 1024;
inline constexpr absl::Duration kDefaultReviewTimeout = absl::Seconds(10);  // the API server's default
inline constexpr absl::Duration kMaxReviewTimeout = absl::Seconds(30);      // the most it can be told
inline constexpr absl::Duration kReviewMargin = absl::Milliseconds(200);    // to answer before it gives up
inline constexpr int kMaxImagesAtOnce = 8;    // of one request, so that it cannot take all workers
inline constexpr int kMaxVerifyWorkers = 64;  // threads that wait for registries; small stacks, mostly idle
inline constexpr size_t kMaxVerifyQueue = 1024;  // tasks that wait for a worker, at most 8 for each request

// -- webhook: configuration
inline constexpr size_t kMaxPlainHttpRegistries = 64;  // of a config file
inline constexpr size_t kMaxRegistryCaFiles = 64;      // registries with a CA of their own, in a config file
inline constexpr size_t kMaxMirrors = 256;             // rewrite rules in a config file
inline constexpr size_t kMaxMirrorsOfOne = 8;          // places tried for one name, one after the other
inline constexpr absl::Duration kMirrorPause =
    absl::Seconds(10);  // a mirror that could not be reached is asked last for this long
inline constexpr size_t kMaxImagePathRules = 256;    // kinds in the table of custom resources
inline constexpr size_t kMaxImagePathsPerKind = 64;  // paths of one kind in that table
inline constexpr size_t kMaxImagePathSteps = 32;     // the deepest that ships has 9
inline constexpr size_t kMaxClientNames = 64;        // allowed names of client certificates
inline constexpr absl::Duration kFilePollInterval =
    absl::Seconds(10);  // kubelet updates mounts about once a minute

// -- webhook: policies from files and from the cluster
inline constexpr size_t kMaxPolicyFiles = 1000;    // in one directory; a ConfigMap of 1 MiB holds fewer
inline constexpr size_t kMaxPolicyObjects = 5000;  // of one kind; every admission looks at each
inline constexpr size_t kMaxPolicySecrets = 1000;  // of one namespace, whose public keys are kept
inline constexpr size_t kMaxPolicySecretBytes =
    64 << 10;                                       // some 100 public keys in PEM; kMaxPolicyList are taken
inline constexpr size_t kMaxNamespaces = 50'000;    // whose labels are kept; Kubernetes is tested to 10,000
inline constexpr size_t kMaxConditionBytes = 2048;  // of a status message; Kubernetes allows 32 KiB
inline constexpr size_t kMaxStatusWrites = 10'000;  // that wait for the API server; one for each object
inline constexpr absl::Duration kFileSettleTime =
    absl::Milliseconds(200);  // a file that is still being written differs after this
inline constexpr absl::Duration kStatusWritePause =
    absl::Milliseconds(200);  // between two writes: the API server has others to serve

// -- webhook: what is remembered
inline constexpr size_t kMaxCachedDecisions =
    50'000;  // decisions; a large cluster runs some thousand digests
inline constexpr size_t kMaxCachedDecisionBytes = 32 << 20;  // all decisions together, whatever their texts
inline constexpr size_t kMaxKeptEvidenceBytes = 24 << 20;    // what judging again under a new policy can use
inline constexpr absl::Duration kYesLifetime =
    absl::Hours(1);  // a signature does not go away; keys and roots can
inline constexpr absl::Duration kNoLifetime =
    absl::Seconds(15);                       // whoever signs afterwards applies again soon
inline constexpr size_t kMaxFlights = 1024;  // digests being fetched at the same time
inline constexpr absl::Duration kMaxFlightTime =
    absl::Seconds(30);                              // the longest that anybody could wait for one
inline constexpr int kMaxFlightsPerHost = 24;       // so that one stalled registry leaves workers to others
inline constexpr size_t kMaxCredentialSets = 1024;  // distinct pull credentials in use at a time

// -- kube: talking to the API server
inline constexpr size_t kMaxKubeObjectBytes = 4 << 20;  // etcd stores 1.5 MiB; JSON may be longer
inline constexpr size_t kMaxKubeListBytes = 32 << 20;   // one page of a list
inline constexpr int kKubePageSize = 500;               // objects asked for at a time; what kubectl asks for
inline constexpr int kMaxKubePages = 1000;              // of one list
inline constexpr size_t kMaxKubeconfigBytes = 1 << 20;  // with certificates inside
inline constexpr size_t kMaxKubeTokenBytes = 64 << 10;  // a projected service account token is about 1 KiB
inline constexpr absl::Duration kKubeRequestTime = absl::Seconds(10);  // one read or write
inline constexpr absl::Duration kKubeListTime = absl::Seconds(30);     // one page of a list
inline constexpr absl::Duration kKubeWatchTime = absl::Minutes(5);     // then the server is asked again
inline constexpr absl::Duration kKubeMaxBackoff = absl::Seconds(30);   // between attempts while it is away
inline constexpr absl::Duration kKubeWatchSilence =
    absl::Seconds(150);  // an API server sends each watch a bookmark about once a minute: two did not come
inline constexpr size_t kMaxPullSecrets = 32;            // of one pod and its service account
inline constexpr size_t kMaxPullSecretBytes = 64 << 10;  // some 200 registries; kMaxCredentialSets are kept
inline constexpr absl::Duration kPullSecretLifetime =
    absl::Minutes(1);                            // how long a pull secret that was read is used
inline constexpr size_t kMaxLabels = 512;        // of one object; bounded by its size anyway
inline constexpr size_t kMaxSelectorTerms = 64;  // requirements of one label selector

// -- webhook: what it tells
inline constexpr size_t kMaxEventBytes = 1024;   // of a Kubernetes Event's message
inline constexpr size_t kMaxQueuedEvents = 256;  // more are dropped and counted
inline constexpr int kMaxEventsPerMinute = 60;   // over all; the API server stores each in etcd
inline constexpr absl::Duration kEventRepeatTime = absl::Minutes(5);  // the same about the same object
inline constexpr size_t kMaxRememberedEvents = 1024;                  // to know what was said already
inline constexpr size_t kMaxRecordBytes = 64 << 20;  // a decision record with the evidence of 256 images
inline constexpr size_t kMaxRecordFiles = 10'000;    // in the directory of decision records; the oldest go
inline constexpr int64_t kMaxRecordDirectoryBytes = 1 << 30;  // of these files together; the oldest go
inline constexpr size_t kMaxQueuedRecords = 128;  // waiting for the disk; more are dropped and counted
inline constexpr size_t kMaxQueuedLogLines =
    2048;  // waiting for standard error; more are dropped and counted
inline constexpr size_t kMaxMeasuredPolicies = 512;  // with time series of their own; the rest share one

// -- webhook: the listeners
inline constexpr size_t kMaxHeadBytes = 16 << 10;  // request line and headers; the API server sends 400 bytes
inline constexpr size_t kMaxBodyBytes = 16 << 20;  // spec/helm-oci-kubernetes.md §6.3
inline constexpr size_t kMaxBodiesBytes = 256 << 20;  // of all connections together: memory, whoever connects
inline constexpr int kMaxConnections = 8192;  // each costs some 30 KiB when idle; API servers keep a handful
inline constexpr size_t kMaxInlineBodyBytes = 256 << 10;  // read on the IO thread: under a millisecond
inline constexpr int kMaxInFlight = 64;  // reviews worked on at once; more are told to come back
inline constexpr absl::Duration kMaxHandshakeTime = absl::Seconds(5);
inline constexpr absl::Duration kMaxHeadTime = absl::Seconds(5);
inline constexpr absl::Duration kMaxBodyTime = absl::Seconds(10);
inline constexpr absl::Duration kMaxWriteTime = absl::Seconds(10);
inline constexpr absl::Duration kMaxLingerTime = absl::Seconds(2);       // to let a refused client read why
inline constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);  // when descriptors ran out
inline constexpr absl::Duration kMaxIdleTime = absl::Seconds(120);       // Go clients hang up first, at 90 s
inline constexpr absl::Duration kMaxConnectionAge = absl::Minutes(5);    // so that new replicas get load
inline constexpr absl::Duration kMaxDrainTime = absl::Seconds(25);  // below the usual 30 s before SIGKILL
inline constexpr int kMaxPlainConnections = 512;       // of a listener without TLS: probes and scrapers
inline constexpr size_t kSpareDescriptors = 1024;      // for registries, files and the API server
inline constexpr size_t kMaxChunkLineBytes = 4 << 10;  // chunk size with extensions, or all trailers
inline constexpr size_t kMaxLingerBytes = 32 << 20;    // of a body that was refused: twice the largest
inline constexpr absl::Duration kTimerTick = absl::Milliseconds(20);  // how exact the listeners' times are
inline constexpr absl::Duration kRetireIdleTime =
    absl::Seconds(1);  // an old connection that is quiet so long
inline constexpr absl::Duration kMaxSilenceWhenFull = absl::Seconds(1);  // then a newcomer takes the place
inline constexpr absl::Duration kTlsProbeInterval = absl::Seconds(1);    // between handshakes with ourselves
inline constexpr absl::Duration kMaxTlsProbeTime = absl::Seconds(2);     // kubelet waits for 1 s by default

}  // namespace chartseal::limits
