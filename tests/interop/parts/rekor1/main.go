// rekor1 is the real Rekor v1 server with Trillian's log server and sequencer over in-memory storage in one process.
//
// Rekor is started with its own command line (`rekor1 serve --trillian_log_server.port=8090 ...`) after Trillian listens;
// TRILLIAN_ADDRESS says where that is (default 127.0.0.1:8090). Nothing is kept on disk: a restart begins a new tree.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/google/trillian"
	"github.com/google/trillian/extension"
	trillianlog "github.com/google/trillian/log"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/server"
	"github.com/google/trillian/server/admin"
	"github.com/google/trillian/server/interceptor"
	"github.com/google/trillian/storage"
	"github.com/google/trillian/storage/memory"
	"github.com/google/trillian/util/clock"
	"github.com/google/trillian/util/election"
	"github.com/google/trillian/util/election2"
	"github.com/sigstore/rekor/cmd/rekor-server/app"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/klog/v2"
)

func main() {
	quietKlog()
	address := os.Getenv("TRILLIAN_ADDRESS")
	if address == "" {
		address = "127.0.0.1:8090"
	}
	if err := startTrillian(context.Background(), address); err != nil {
		log.Fatalf("rekor1: trillian on %s: %v", address, err)
	}
	app.Execute()
}

// quietKlog leaves only errors: at its default level Trillian writes several lines for each sequencing pass.
func quietKlog() {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	_ = flags.Set("logtostderr", "false")
	_ = flags.Set("alsologtostderr", "false")
	_ = flags.Set("stderrthreshold", "ERROR")
	klog.SetOutput(os.Stderr)
	_ = flags.Set("v", "0")
}

func startTrillian(ctx context.Context, address string) error {
	metrics := monitoring.InertMetricFactory{}
	trees := memory.NewTreeStorage()
	registry := extension.Registry{
		AdminStorage:    memory.NewAdminStorage(trees),
		LogStorage:      newDeduplicating(memory.NewLogStorage(trees, metrics)),
		ElectionFactory: election2.NoopFactory{},
		QuotaManager:    quota.Noop(),
		MetricFactory:   metrics,
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	checks := interceptor.New(registry.AdminStorage, registry.QuotaManager, false, metrics)
	rpc := grpc.NewServer(grpc.ChainUnaryInterceptor(interceptor.ErrorWrapper, checks.UnaryInterceptor))
	trillian.RegisterTrillianLogServer(rpc, server.NewTrillianLogRPCServer(registry, clock.System))
	trillian.RegisterTrillianAdminServer(rpc, admin.New(registry, []trillian.TreeType{trillian.TreeType_LOG}))
	go func() { log.Fatalf("rekor1: trillian stopped: %v", rpc.Serve(listener)) }()
	go sequencer(registry).OperationLoop(ctx)
	return nil
}

func sequencer(registry extension.Registry) *trillianlog.OperationManager {
	info := trillianlog.OperationInfo{
		Registry:       registry,
		BatchSize:      1000,
		NumWorkers:     1,
		RunInterval:    50 * time.Millisecond,
		TimeSource:     clock.System,
		ElectionConfig: election.RunnerConfig{TimeSource: clock.System},
	}
	return trillianlog.NewOperationManager(info, trillianlog.NewSequencerManager(registry, 0))
}

// deduplicating answers ALREADY_EXISTS for a leaf that was queued before, as Trillian's databases do and its in-memory
// storage does not. Rekor turns that into its 409 with a Location.
type deduplicating struct {
	storage.LogStorage
	mutex sync.Mutex
	seen  map[string]*trillian.LogLeaf
}

func newDeduplicating(inner storage.LogStorage) *deduplicating {
	return &deduplicating{LogStorage: inner, seen: map[string]*trillian.LogLeaf{}}
}

func (d *deduplicating) QueueLeaves(ctx context.Context, tree *trillian.Tree, leaves []*trillian.LogLeaf,
	at time.Time) ([]*trillian.QueuedLogLeaf, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	queued := make([]*trillian.QueuedLogLeaf, 0, len(leaves))
	for _, leaf := range leaves {
		result, err := d.queueOne(ctx, tree, leaf, at)
		if err != nil {
			return nil, err
		}
		queued = append(queued, result)
	}
	return queued, nil
}

func (d *deduplicating) queueOne(ctx context.Context, tree *trillian.Tree, leaf *trillian.LogLeaf,
	at time.Time) (*trillian.QueuedLogLeaf, error) {
	identity := string(leaf.LeafIdentityHash)
	if first, ok := d.seen[identity]; ok {
		exists := status.New(codes.AlreadyExists, "leaf already exists").Proto()
		return &trillian.QueuedLogLeaf{Leaf: first, Status: exists}, nil
	}
	result, err := d.LogStorage.QueueLeaves(ctx, tree, []*trillian.LogLeaf{leaf}, at)
	if err != nil {
		return nil, err
	}
	d.seen[identity] = leaf
	return result[0], nil
}
