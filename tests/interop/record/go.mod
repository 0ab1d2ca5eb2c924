module chartseal.dev/interop/record

go 1.24
